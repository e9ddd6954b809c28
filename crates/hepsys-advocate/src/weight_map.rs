use hepsys_core::{Feature, Sample, Schema};
use hepsys_nn::dense::{Columns, Dense};
use hepsys_nn::{MlpShape, Standardizer};
use serde::{Deserialize, Serialize};

use crate::AdvocateError;
use crate::search::{Head, Kernel, Table, gradients, steepness};

/// A weight function $w(x)$: what an efficiency would have to be wrong by for the bias that was found.
///
/// It can be kept as JSON, applied to events with [`weights`](Self::weights), and leaves for other programs as an
/// [ONNX file](Self::onnx) or a [histogram](Self::histogram).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct WeightMap {
    pub(crate) features: Vec<Feature>,
    pub(crate) standardizer: Option<Standardizer>,
    pub(crate) shape: MlpShape,
    pub(crate) parameters: Vec<f64>,
    pub(crate) head: Head,
    pub(crate) alpha: Vec<f64>,
    /// Of the contamination, if there is one.
    pub(crate) beta: Vec<f64>,
}

/// A map as it stands in a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    features: Vec<Feature>,
    standardizer: Option<Standardizer>,
    shape: MlpShape,
    parameters: Vec<f64>,
    head: Head,
    alpha: Vec<f64>,
    #[serde(default)]
    beta: Vec<f64>,
}

impl TryFrom<Unchecked> for WeightMap {
    type Error = AdvocateError;

    fn try_from(file: Unchecked) -> Result<Self, AdvocateError> {
        let Unchecked { features, standardizer, shape, parameters, head, alpha, beta } = file;
        let expect = |what: &str, expected: usize, found: usize| {
            if expected == found {
                Ok(())
            } else {
                Err(AdvocateError::bad(what, expected.to_string(), found))
            }
        };
        expect("the parameters of a weight map", shape.n_parameters(), parameters.len())?;
        expect("the inputs of the network of a weight map", features.len(), shape.n_inputs())?;
        let n_functions = head.n_functions(shape.n_outputs());
        expect("the coefficients of a weight map", n_functions, alpha.len())?;
        if !beta.is_empty() {
            expect("the coefficients of a contamination", n_functions, beta.len())?;
        }
        if head == Head::Sigmoid {
            expect("the outputs of a network with a sigmoid", 1, shape.n_outputs())?;
        }
        if let Some(number) = parameters.iter().chain(&alpha).chain(&beta).find(|number| !number.is_finite())
        {
            return Err(AdvocateError::bad("the numbers of a weight map", "finite", number));
        }
        Schema::new(features.iter().cloned())?;
        if let Some(standardizer) = &standardizer {
            let unscaled = features.iter().find(|f| standardizer.shift_and_scale(f.name()).is_none());
            if let Some(feature) = unscaled {
                let name = format!("the scaling of {}", feature.name());
                return Err(AdvocateError::bad(name, "there", "none"));
            }
        }
        Ok(Self { features, standardizer, shape, parameters, head, alpha, beta })
    }
}

impl WeightMap {
    /// The features that the weight depends on.
    #[must_use]
    pub fn features(&self) -> &[Feature] {
        &self.features
    }

    /// What is subtracted from a feature, and what it is then divided by: the units that the smoothness is given in.
    #[must_use]
    pub fn shift_and_scale(&self, feature: &str) -> (f64, f64) {
        let scaling = self.standardizer.as_ref().and_then(|scaling| scaling.shift_and_scale(feature));
        scaling.unwrap_or((0.0, 1.0))
    }

    /// The lowest and the highest weight that there can be anywhere.
    #[must_use]
    pub fn range(&self) -> (f64, f64) {
        let low = self.alpha.iter().fold(f64::INFINITY, |low, a| low.min(*a));
        let high = self.alpha.iter().fold(f64::NEG_INFINITY, |high, a| high.max(*a));
        (low, high)
    }

    /// The weight of each event.
    ///
    /// # Errors
    ///
    /// [`AdvocateError::Core`] for a sample without one of the features, [`AdvocateError::BadParameter`] for an event at which the
    /// network of a file overflows.
    pub fn weights(&self, sample: &Sample) -> Result<Vec<f64>, AdvocateError> {
        self.combined(&self.alpha, &self.points(sample)?)
    }

    /// The contamination $b(x)$ at each event, relative to the simulated density; nothing if the question had none.
    ///
    /// # Errors
    ///
    /// Those of [`weights`](Self::weights).
    pub fn contamination(&self, sample: &Sample) -> Result<Option<Vec<f64>>, AdvocateError> {
        if self.beta.is_empty() {
            return Ok(None);
        }
        self.combined(&self.beta, &self.points(sample)?).map(Some)
    }

    /// $|\nabla w|$ of each event, in the units that the smoothness is given in.
    ///
    /// # Errors
    ///
    /// [`AdvocateError::Core`] for a sample without one of the features.
    pub fn steepness(&self, sample: &Sample) -> Result<Vec<f64>, AdvocateError> {
        let dense = Dense::<f64>::new(self.shape.clone());
        let kernel = Kernel { dense: &dense, parameters: &self.parameters };
        Ok(steepness(&gradients(&kernel, self.head, &self.points(sample)?)?, &self.alpha))
    }

    fn points(&self, sample: &Sample) -> Result<Table, AdvocateError> {
        let names: Vec<&str> = self.features.iter().map(Feature::name).collect();
        let mut sample = sample.select_features(&names)?;
        if let Some(standardizer) = &self.standardizer {
            sample = standardizer.apply(&sample)?;
        }
        Ok(sample.columns().map(<[f64]>::to_vec).collect())
    }

    /// $\sum_j c_j h_j$ at points in the units of the network.
    pub(crate) fn combined(&self, coefficients: &[f64], points: &Table) -> Result<Vec<f64>, AdvocateError> {
        let dense = Dense::<f64>::new(self.shape.clone());
        let inputs = Columns::new(points.iter().map(Vec::as_slice))?;
        let functions = self.head.functions(&dense.outputs(&self.parameters, &inputs)?);
        let sum = |event: usize| functions.iter().zip(coefficients).map(|(h, c)| c * h[event]).sum();
        let sums: Vec<f64> = (0..inputs.n_events()).map(sum).collect();
        // Parameters of a file may be finite and overflow all the same.
        match sums.iter().position(|sum| !sum.is_finite()) {
            None => Ok(sums),
            Some(event) => {
                Err(AdvocateError::bad(format!("the weight of event {event}"), "finite", sums[event]))
            }
        }
    }
}
