use crate::{CoreError, NuisanceParameter, Sample};

/// How a sample changes with a nuisance parameter: a detector effect, a reweighting, a normalisation.
///
/// Selections come after the variation, since an event may move across a cut.
pub trait Variation: Send + Sync {
    /// The nuisance parameter ν.
    fn nuisance(&self) -> &NuisanceParameter;

    /// The sample as it would be for ν = `value`; zero gives the sample itself.
    ///
    /// # Errors
    ///
    /// A [`CoreError`] if the sample lacks a feature that the variation needs.
    fn vary(&self, sample: &Sample, value: f64) -> Result<Sample, CoreError>;
}
