use std::collections::HashSet;

use prost::Message;

use super::write;
use super::{Input, Model};
use crate::{MlpShape, NnError};

/// What a file is to compute, before [`Graph::check`] has looked at it.
///
/// The features of all inputs, in the order in which the inputs are added, are what the network sees.
#[derive(Debug, Clone, PartialEq)]
pub struct Graph {
    pub(super) name: String,
    pub(super) inputs: Vec<Input>,
    pub(super) network: Option<Network>,
    pub(super) outputs: Vec<(String, Output)>,
    pub(super) metadata: Vec<(String, String)>,
}

/// What an output of an exported graph holds, for each output $f$ of the network.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Output {
    /// $f$ itself: a logit, or the value of a regression.
    Linear,
    /// $1 / (1 + e^{-f})$: a score between zero and one.
    Sigmoid,
    /// $a + (b - a) / (1 + e^{-f})$: a number between a and b.
    Between(f64, f64),
    /// $\sum_j c_j\, e^{f_j} / \sum_k e^{f_k}$: a mean of these coefficients, one for each output of the network, weighted by its
    /// softmax. It has one column.
    Mixture(Vec<f64>),
}

impl Output {
    /// How many columns it has.
    pub(super) fn n_columns(&self, shape: &MlpShape) -> usize {
        if matches!(self, Self::Mixture(_)) { 1 } else { shape.n_outputs() }
    }

    /// That it fits the network, and that its numbers are finite in single precision.
    fn check(&self, name: &str, shape: &MlpShape) -> Result<(), NnError> {
        let coefficients: &[f64] = match self {
            Self::Linear | Self::Sigmoid => &[],
            Self::Between(low, high) => &[*low, *high],
            Self::Mixture(coefficients) => coefficients,
        };
        if matches!(self, Self::Mixture(_)) && coefficients.len() != shape.n_outputs() {
            return Err(NnError::LengthMismatch {
                what: format!("coefficients of the output \"{name}\""),
                expected: shape.n_outputs(),
                found: coefficients.len(),
            });
        }
        let what = format!("a coefficient of the output \"{name}\"");
        coefficients
            .iter()
            .try_for_each(|&c| NnError::check((c as f32).is_finite(), &what, "finite in single precision", c))
    }
}

/// The network, or the two among which an event chooses.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Network {
    pub(super) shape: MlpShape,
    pub(super) parts: Parts,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Parts {
    One(Vec<f64>),
    Two { input: String, from: f64, below: Vec<f64>, at_or_above: Vec<f64> },
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
        self.network = Some(Network { shape: shape.clone(), parts: Parts::One(parameters.to_vec()) });
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
        self.network = Some(Network { shape: shape.clone(), parts });
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
    /// The entries `inputs.<name>.features` and `inputs.<name>.units`, lists in JSON, are there without asking.
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
    ///   that ONNX allows (letters, digits and underscores, no digit first), or if [`Graph::choose`] asks for an input
    ///   that is not there or has several features.
    /// - [`NnError::LengthMismatch`] if the inputs have more or fewer features than the network has inputs,
    ///   or if shifts, scales, parameters or coefficients have another length than they should.
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
        let n_features = self.inputs.iter().map(|input| input.features.len()).sum();
        if n_features != network.shape.n_inputs() {
            return Err(NnError::LengthMismatch {
                what: format!("features of all inputs to a {} network", network.shape),
                expected: network.shape.n_inputs(),
                found: n_features,
            });
        }
        self.outputs.iter().try_for_each(|(name, output)| output.check(name, &network.shape))?;
        let rounded_away: Vec<f64> = self.inputs.iter().flat_map(Input::rounded_away).collect();
        network.check(&self.inputs, &rounded_away)?;
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

impl Network {
    /// Checks parameters and boundary, and lets the biases of the first layer take up what rounding the shifts left over.
    fn check(&mut self, inputs: &[Input], rounded_away: &[f64]) -> Result<(), NnError> {
        let shape = &self.shape;
        match &mut self.parts {
            Parts::One(parameters) => settle(shape, "the network", parameters, rounded_away),
            Parts::Two { input: name, from, below, at_or_above } => {
                let input = inputs.iter().find(|input| input.name == *name);
                let n_features = input.map(|input| input.features.len());
                if n_features != Some(1) {
                    let found = n_features.map_or("there is none".to_owned(), |n| format!("it has {n}"));
                    let wanted =
                        format!("an event chooses by the input \"{name}\", which must have one feature");
                    return Err(bad(format!("{wanted}, but {found}")));
                }
                let what = format!("the boundary in \"{name}\"");
                NnError::check((*from as f32).is_finite(), &what, "finite in single precision", *from)?;
                settle(shape, "the network below the boundary", below, rounded_away)?;
                settle(shape, "the network at or above the boundary", at_or_above, rounded_away)
            }
        }
    }
}

/// $W (x - r) + b = W x + (b - W r)$, and the check that the parameters are numbers.
fn settle(
    shape: &MlpShape,
    whose: &str,
    parameters: &mut [f64],
    rounded_away: &[f64],
) -> Result<(), NnError> {
    shape.check(parameters)?;
    if let Some(first) = shape.layers().next() {
        let (weights, biases) = parameters.split_at_mut(first.biases);
        for (row, bias) in weights.chunks(first.n_inputs).zip(biases) {
            *bias -= row.iter().zip(rounded_away).map(|(weight, rest)| weight * rest).sum::<f64>();
        }
    }
    for (index, &parameter) in parameters.iter().enumerate() {
        let what = format!("parameter {index} of {whose}");
        NnError::check((parameter as f32).is_finite(), &what, "finite in single precision", parameter)?;
    }
    Ok(())
}

fn bad(reason: impl Into<String>) -> NnError {
    NnError::BadGraph(reason.into())
}
