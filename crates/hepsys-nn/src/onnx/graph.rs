use std::collections::HashSet;

use prost::Message;

use super::network::{Network, Parts};
use super::write;
use super::{Input, Model, Output, TreeEnsemble};
use crate::sequence::SequenceShape;
use crate::{MlpShape, NnError};

/// What a file is to compute, before [`Graph::check`] has looked at it.
///
/// The features of all inputs, in the order in which the inputs are added, are what a dense network or an ensemble of trees
/// sees; a network on sequences finds its sequences by their names.
#[derive(Debug, Clone, PartialEq)]
pub struct Graph {
    pub(super) name: String,
    pub(super) inputs: Vec<Input>,
    pub(super) network: Option<Network>,
    pub(super) outputs: Vec<(String, Output)>,
    pub(super) metadata: Vec<(String, String)>,
}

impl Graph {
    /// A graph with a name, and nothing in it yet.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            inputs: Vec::new(),
            network: None,
            outputs: Vec::new(),
            metadata: Vec::new(),
        }
    }

    /// Adds an input; its features follow those of the inputs before it.
    #[must_use]
    pub fn input(mut self, input: Input) -> Self {
        self.inputs.push(input);
        self
    }

    /// The network, with its parameters in the order of [`MlpShape`].
    ///
    /// Replaces a network that was given before.
    #[must_use]
    pub fn network(mut self, shape: &MlpShape, parameters: &[f64]) -> Self {
        self.network = Some(Network::Dense { shape: shape.clone(), parts: Parts::One(parameters.to_vec()) });
        self
    }

    /// Two networks of one shape that see the same inputs:
    /// events whose `input` is at least `from` are evaluated by the second, all others by the first.
    ///
    /// The input has to have one feature, and is compared in the user's units and in single precision,
    /// so that an event at `from` itself belongs to the second.
    /// Replaces a network that was given before.
    #[must_use]
    pub fn choose(
        mut self,
        input: impl Into<String>,
        from: f64,
        shape: &MlpShape,
        below: &[f64],
        at_or_above: &[f64],
    ) -> Self {
        let (below, at_or_above) = (below.to_vec(), at_or_above.to_vec());
        let parts = Parts::Two { input: input.into(), from, below, at_or_above };
        self.network = Some(Network::Dense { shape: shape.clone(), parts });
        self
    }

    /// A network on sequences, with its parameters in the order of [`SequenceShape`].
    ///
    /// Each of its sequences needs an [`Input::sequence`] of its name; the features of all other inputs, in the order in
    /// which these are added, are its flat features.
    /// Replaces a network that was given before.
    #[must_use]
    pub fn sequence_network(mut self, shape: &SequenceShape, parameters: &[f64]) -> Self {
        self.network = Some(Network::Sequences { shape: shape.clone(), parameters: parameters.to_vec() });
        self
    }

    /// An ensemble of trees in the place of a network: its outputs are sums of leaves.
    ///
    /// Replaces a network that was given before.
    #[must_use]
    pub fn trees(mut self, ensemble: &TreeEnsemble) -> Self {
        self.network = Some(Network::Trees(ensemble.clone()));
        self
    }

    /// Adds an output.
    ///
    /// # Shapes
    ///
    /// `[N, n_outputs]`, or `[N, 1]` for [`Output::Mixture`], in single precision
    #[must_use]
    pub fn output(mut self, name: impl Into<String>, output: Output) -> Self {
        self.outputs.push((name.into(), output));
        self
    }

    /// Adds an entry to the metadata of the file, such as where the network comes from.
    ///
    /// Without asking there are the entries `inputs.<name>.features`, `inputs.<name>.units`, for scaled inputs
    /// `inputs.<name>.shifts` and `inputs.<name>.scales`, and `inputs.<name>.ignored` where there are such features, all of
    /// them lists in JSON.
    #[must_use]
    pub fn metadata(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.push((key.into(), value.into()));
        self
    }

    /// Puts the file together.
    ///
    /// # Errors
    ///
    /// - [`NnError::BadGraph`] if the name, an input, the network or an output is missing, if names collide or are none
    ///   that ONNX allows (letters, digits and underscores, no digit first), if [`Graph::choose`] asks for an input
    ///   that is not there or has several features, if an input ignores a feature that it does not have, if a sequence has
    ///   no input or an input no sequence, or if trees are none: a node without a place, a child before its parent.
    /// - [`NnError::LengthMismatch`] if the inputs have more or fewer features than the network has inputs, a sequence
    ///   another number of objects, or if shifts, scales, parameters or coefficients have another length than they should.
    /// - [`NnError::BadParameter`] for a parameter, shift, scale or boundary that is NaN or infinite, or a scale that is
    ///   zero; each of them in single precision.
    pub fn check(mut self) -> Result<Model, NnError> {
        let mut network = self.network.take().ok_or_else(|| bad("the graph has no network"))?;
        if self.name.is_empty() {
            return Err(bad("the graph has no name"));
        }
        if self.inputs.is_empty() || self.outputs.is_empty() {
            let missing = if self.inputs.is_empty() { "input" } else { "output" };
            return Err(bad(format!("graph \"{}\" has no {missing}", self.name)));
        }
        self.check_names()?;
        self.inputs.iter().try_for_each(Input::check)?;
        network.check_inputs(&self.inputs)?;
        let n_outputs = network.n_outputs();
        self.outputs.iter().try_for_each(|(name, output)| output.check(name, n_outputs))?;
        network.settle(&self.inputs)?;
        Ok(Model::of(write::model(&self, &network).encode_to_vec()))
    }

    /// That the names of inputs and outputs, and the keys of the metadata, are names and differ.
    fn check_names(&self) -> Result<(), NnError> {
        let inputs = self.inputs.iter().map(|input| input.name.as_str());
        let mut seen = HashSet::new();
        for name in inputs.chain(self.outputs.iter().map(|(name, _)| name.as_str())) {
            let is_identifier = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            if !is_identifier {
                let rule = "must consist of letters, digits and underscores, and not begin with a digit";
                return Err(bad(format!("the name of an input or output {rule}, got \"{name}\"")));
            }
            if name.starts_with(write::INSIDE) {
                let inside = write::INSIDE;
                return Err(bad(format!(
                    "names with \"{inside}\" are used inside the graph, got \"{name}\""
                )));
            }
            if !seen.insert(name) {
                return Err(bad(format!("two inputs or outputs are called \"{name}\"")));
            }
        }
        let mut seen = HashSet::new();
        for (key, _) in write::metadata(self) {
            if key.is_empty() || !seen.insert(key.clone()) {
                return Err(bad(format!("keys of the metadata must differ and not be empty, got \"{key}\"")));
            }
        }
        Ok(())
    }
}

pub(super) fn bad(reason: impl Into<String>) -> NnError {
    NnError::BadGraph(reason.into())
}
