use hepsys_core::{CoreError, NuisanceParameter, Sample, Variation};

use crate::SimError;
use crate::tau_energy_scale::scale;

/// How many events of a process there are, as a nuisance parameter: weights times $1 + \nu$.
///
/// A sample does not say which process its events belong to: give this one the sample of its own.
///
/// ```
/// use hepsys_core::{Feature, Sample, Variation};
/// use hepsys_sim::fair::ProcessNormalization;
///
/// let diboson = Sample::from_columns([(Feature::new("x", "1"), vec![1.0, 2.0])])?;
/// let normalization = ProcessNormalization::new("diboson", 0.25)?;
/// assert_eq!(normalization.vary(&diboson, -0.25)?.weights().total(), 1.5);
/// # Ok::<(), hepsys_sim::SimError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ProcessNormalization {
    nuisance: NuisanceParameter,
}

impl ProcessNormalization {
    /// The number of events of `process`, known with the relative uncertainty `sigma`.
    ///
    /// # Errors
    ///
    /// [`CoreError::BadParameter`] unless `sigma` is positive and finite.
    pub fn new(process: &str, sigma: f64) -> Result<Self, SimError> {
        Ok(Self { nuisance: NuisanceParameter::gaussian(format!("{process} normalization"), sigma)? })
    }
}

impl Variation for ProcessNormalization {
    fn nuisance(&self) -> &NuisanceParameter {
        &self.nuisance
    }

    fn vary(&self, sample: &Sample, value: f64) -> Result<Sample, CoreError> {
        let weights = sample.weights().scaled(scale(&self.nuisance, value)?)?;
        sample.clone().with_weights(weights)
    }
}
