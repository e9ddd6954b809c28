use hepsys_core::{CoreError, NuisanceParameter, Sample, Variation};

use crate::SimError;

/// How many events there are, as a nuisance parameter: weights times $e^{\nu}$, so never negative.
///
/// ```
/// use hepsys_core::{Feature, Sample, Variation};
/// use hepsys_sim::Normalization;
///
/// let sample = Sample::from_columns([(Feature::new("x", "1"), vec![1.0, 2.0])])?;
/// let luminosity = Normalization::new(0.025)?;
/// assert!((luminosity.vary(&sample, 0.025)?.weights().total() - 2.0506).abs() < 1e-4);
/// # Ok::<(), hepsys_sim::SimError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Normalization {
    nuisance: NuisanceParameter,
}

impl Normalization {
    /// The normalisation, known with uncertainty `sigma`.
    ///
    /// # Errors
    ///
    /// [`SimError::BadParameter`] unless `sigma` is positive and finite.
    pub fn new(sigma: f64) -> Result<Self, SimError> {
        Ok(Self { nuisance: NuisanceParameter::gaussian("normalization", sigma)? })
    }
}

impl Variation for Normalization {
    fn nuisance(&self) -> &NuisanceParameter {
        &self.nuisance
    }

    fn vary(&self, sample: &Sample, value: f64) -> Result<Sample, CoreError> {
        let weights = sample.weights().scaled(value.exp())?;
        sample.clone().with_weights(weights)
    }
}

#[cfg(test)]
mod tests {
    use hepsys_core::Feature;

    use super::*;

    #[test]
    fn opposite_shifts_undo_each_other() {
        let sample = Sample::from_columns([(Feature::new("x", "1"), vec![1.0, 2.0, 3.0])]).unwrap();
        let normalization = Normalization::new(0.1).unwrap();
        let there = normalization.vary(&sample, 0.3).unwrap();
        let back = normalization.vary(&there, -0.3).unwrap();
        // e^0.3 e^-0.3 is one to rounding.
        assert!((back.weights().total() - 3.0).abs() < 1e-14);
        assert_eq!(there.column("x").unwrap(), sample.column("x").unwrap());
    }
}
