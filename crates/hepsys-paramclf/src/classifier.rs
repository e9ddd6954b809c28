use hepsys_core::{Feature, Sample};
use hepsys_nn::dense::Dense;
use hepsys_nn::{History, MlpShape, Standardizer};
use serde::{Deserialize, Serialize};

use crate::observable::{Observable, Values};
use crate::params::Strategy;
use crate::train::Columns32;
use crate::{ParamclfError, TrainedNuisance, TrainingSet};

/// A trained classifier: its logit for any events, at any value of the nuisance parameter.
///
/// Serialised with serde it is complete: read back, it gives the same scores to the last bit. What does not fit together is refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct TrainedClassifier {
    pub(crate) strategy: Strategy,
    pub(crate) nuisance: TrainedNuisance,
    pub(crate) inputs: Vec<Feature>,
    pub(crate) standardizer: Standardizer,
    pub(crate) spread: f64,
    pub(crate) networks: Networks,
    histories: Vec<History>,
}

/// What a file says, before anybody has looked whether it fits together.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    strategy: Strategy,
    nuisance: TrainedNuisance,
    inputs: Vec<Feature>,
    standardizer: Standardizer,
    spread: f64,
    networks: Networks,
    histories: Vec<History>,
}

impl TryFrom<Unchecked> for TrainedClassifier {
    type Error = ParamclfError;

    fn try_from(file: Unchecked) -> Result<Self, ParamclfError> {
        let Unchecked { strategy, nuisance, inputs, standardizer, spread, networks, histories } = file;
        let bad = |name: &str, expected: &str, found: String| {
            Err(ParamclfError::bad(format!("{name} of a classifier"), expected, found))
        };
        if !(spread > 0.0 && spread.is_finite()) {
            return bad("the spread of z", "positive and finite", spread.to_string());
        }
        if let Some(lost) = inputs.iter().find(|f| standardizer.shift_and_scale(f.name()).is_none()) {
            return bad("the inputs", "scaled", format!("\"{}\", which is not", lost.name()));
        }
        let parts = match &networks {
            Networks::One(network) => vec![network],
            Networks::Split { below, above, .. } => vec![below, above],
        };
        if (parts.len() == 2) != (strategy == Strategy::AwareSplit) {
            return bad("the networks", "those of its strategy", parts.len().to_string());
        }
        let n_inputs = inputs.len() + usize::from(strategy.knows_z());
        for Network { shape, parameters } in &parts {
            if inputs.is_empty() || shape.n_inputs() != n_inputs || shape.n_outputs() != 1 {
                return bad("the networks", "of its inputs and one output", shape.to_string());
            }
            if parameters.len() != shape.n_parameters() || parameters.iter().any(|p| !p.is_finite()) {
                let expected = format!("{} finite numbers", shape.n_parameters());
                return bad("the parameters", &expected, format!("{} numbers", parameters.len()));
            }
        }
        Ok(Self { strategy, nuisance, inputs, standardizer, spread, networks, histories })
    }
}

/// One network, or two of which z chooses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Networks {
    One(Network),
    Split { at: f64, below: Network, above: Network },
}

/// A network on scaled inputs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Network {
    pub(crate) shape: MlpShape,
    pub(crate) parameters: Vec<f64>,
}

impl TrainedClassifier {
    pub(crate) fn new(
        strategy: Strategy,
        set: &TrainingSet,
        inputs: Vec<Feature>,
        standardizer: Standardizer,
        networks: Networks,
        histories: Vec<History>,
    ) -> Self {
        let (nuisance, spread) = (set.nuisance.clone(), set.spread());
        Self { strategy, nuisance, inputs, standardizer, spread, networks, histories }
    }

    /// What it knows of z.
    #[must_use]
    pub fn strategy(&self) -> &Strategy {
        &self.strategy
    }

    /// The nuisance parameter.
    #[must_use]
    pub fn nuisance(&self) -> &TrainedNuisance {
        &self.nuisance
    }

    /// The features that it sees, without z.
    #[must_use]
    pub fn inputs(&self) -> &[Feature] {
        &self.inputs
    }

    /// The training of its network, or of each of the two of a split classifier.
    #[must_use]
    pub fn histories(&self) -> &[History] {
        &self.histories
    }

    /// The logit $\ln\frac{s}{1-s}$ of the score of each event at `z`; a classifier that does not know z gives the same for all.
    ///
    /// # Errors
    ///
    /// [`ParamclfError::Core`] if the sample lacks a feature.
    pub fn logits(&self, sample: &Sample, z: f64) -> Result<Vec<f64>, ParamclfError> {
        Ok(self.scorer(sample)?.logits(z))
    }

    /// The logits at many values of z, one row a value; the events are laid out once.
    ///
    /// # Shapes
    ///
    /// `[n_z][n_events]`
    ///
    /// # Errors
    ///
    /// As [`logits`](Self::logits).
    pub fn logits_at(&self, sample: &Sample, z: &[f64]) -> Result<Vec<Vec<f64>>, ParamclfError> {
        let scorer = self.scorer(sample)?;
        Ok(z.iter().map(|&z| scorer.logits(z)).collect())
    }

    /// How the logit of each event changes with z, $\partial f/\partial z$, at `z`.
    ///
    /// # Errors
    ///
    /// As [`logits`](Self::logits).
    pub fn sensitivities(&self, sample: &Sample, z: f64) -> Result<Vec<f64>, ParamclfError> {
        Ok(self.scorer(sample)?.sensitivities(z))
    }

    /// The events, laid out for the kernel.
    pub(crate) fn scorer<'a>(&'a self, sample: &Sample) -> Result<Scorer<'a>, ParamclfError> {
        let names: Vec<&str> = self.inputs.iter().map(Feature::name).collect();
        let scaled = self.standardizer.apply(&sample.select_features(&names)?)?;
        Ok(Scorer { classifier: self, columns: Columns32::new(scaled.columns())? })
    }
}

/// A classifier with events laid out for it.
pub(crate) struct Scorer<'a> {
    classifier: &'a TrainedClassifier,
    columns: Columns32,
}

impl Scorer<'_> {
    pub(crate) fn logits(&self, z: f64) -> Vec<f64> {
        self.logits_of(self.network(z), z)
    }

    /// By central differences of a thousandth of the trained range, with the network that z has: single precision of the logits over
    /// it leaves three digits.
    pub(crate) fn sensitivities(&self, z: f64) -> Vec<f64> {
        let half = 1e-3 * self.classifier.spread;
        let network = self.network(z);
        let (below, above) = (self.logits_of(network, z - half), self.logits_of(network, z + half));
        above.iter().zip(below).map(|(above, below)| (above - below) / (2.0 * half)).collect()
    }

    fn network(&self, z: f64) -> &Network {
        match &self.classifier.networks {
            Networks::Split { at, below, .. } if z < *at => below,
            Networks::One(network) | Networks::Split { above: network, .. } => network,
        }
    }

    fn logits_of(&self, network: &Network, z: f64) -> Vec<f64> {
        let scaled = (z - self.classifier.nuisance.nominal()) / self.classifier.spread;
        network.logits(&self.columns, scaled)
    }
}

impl Network {
    /// The logits at a scaled z, which is one input more if the network has one more than there are columns.
    ///
    /// At one z it is a network without that input: its weights times z go into the biases of the first layer.
    fn logits(&self, columns: &Columns32, z: f64) -> Vec<f64> {
        let n_inputs = columns.n_columns();
        if n_inputs == self.shape.n_inputs() {
            return outputs(&self.shape, &self.parameters, columns);
        }
        let shape =
            MlpShape::new(n_inputs, self.shape.hidden(), self.shape.n_outputs(), self.shape.activation())
                .expect("a network with one input less has units in every layer");
        let mut layers = self.shape.layers();
        let mut parameters = Vec::with_capacity(shape.n_parameters());
        if let Some(first) = layers.next() {
            let rows = self.parameters[first.weights..first.biases].chunks_exact(first.n_inputs);
            let (weights, by_z): (Vec<&[f64]>, Vec<f64>) =
                rows.map(|row| (&row[..n_inputs], row[n_inputs])).unzip();
            weights.iter().for_each(|row| parameters.extend_from_slice(row));
            let end = first.biases + first.n_outputs;
            let biases = self.parameters[first.biases..end].iter().zip(&by_z);
            parameters.extend(biases.map(|(bias, weight)| bias + weight * z));
            parameters.extend_from_slice(&self.parameters[end..]);
        }
        outputs(&shape, &parameters, columns)
    }
}

fn outputs(shape: &MlpShape, parameters: &[f64], columns: &Columns32) -> Vec<f64> {
    let outputs = Dense::<f32>::new(shape.clone()).outputs(parameters, columns);
    // Columns are laid out from the network's own list of inputs, and what is read from a file was checked.
    outputs.expect("the columns are those of the network").swap_remove(0)
}

impl Observable for TrainedClassifier {
    fn name(&self) -> String {
        self.strategy.name()
    }

    fn moves(&self) -> bool {
        self.strategy.knows_z()
    }

    fn of<'a>(&'a self, sample: &'a Sample) -> Result<Values<'a>, ParamclfError> {
        let scorer = self.scorer(sample)?;
        Ok(Box::new(move |z| scorer.logits(z)))
    }
}
