use hepsys_core::{CoreError, Feature, Sample};
use serde::{Deserialize, Serialize};

use crate::NnError;

/// Brings features to the scale that networks learn on, and remembers how.
///
/// ```
/// use hepsys_core::{Feature, Sample};
/// use hepsys_nn::Standardizer;
///
/// let sample = Sample::from_columns([(Feature::new("pt", "GeV"), vec![20.0, 40.0, 60.0])])?;
/// let standardizer = Standardizer::fit(&sample)?;
/// let scaled = standardizer.apply(&sample)?;
/// assert_eq!(scaled.column("pt")?[1], 0.0);
/// # Ok::<(), hepsys_nn::NnError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Standardizer {
    features: Vec<Scaling>,
}

/// What a file says, before anybody has divided by it.
#[derive(Deserialize)]
struct Unchecked {
    features: Vec<Scaling>,
}

impl TryFrom<Unchecked> for Standardizer {
    type Error = NnError;

    fn try_from(Unchecked { features }: Unchecked) -> Result<Self, NnError> {
        for (index, Scaling { name, shift, scale }) in features.iter().enumerate() {
            if features[..index].iter().any(|other| other.name == *name) {
                return Err(CoreError::DuplicateFeature(name.clone()).into());
            }
            NnError::check(shift.is_finite(), &format!("the shift of \"{name}\""), "finite", *shift)?;
            if !(scale.is_finite() && *scale > 0.0) {
                return Err(NnError::Unscalable { feature: name.clone(), scale: *scale });
            }
        }
        Ok(Self { features })
    }
}

/// A standard deviation smaller than this, relative to the largest value, is none: sums of a million events round at 1e-13.
const SMALLEST_SPREAD: f64 = 1e-11;

/// What happens to one feature: $x \to (x - \text{shift}) / \text{scale}$.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Scaling {
    name: String,
    shift: f64,
    scale: f64,
}

impl Standardizer {
    /// $x \to (x - \mu) / \sigma$, with the weighted mean and standard deviation of each feature of this sample.
    ///
    /// # Errors
    ///
    /// [`NnError::Unscalable`] for a feature that is the same everywhere, or whose weighted variance is not positive,
    /// as can happen with negative weights.
    pub fn fit(sample: &Sample) -> Result<Self, NnError> {
        let features = sample.schema().names().zip(sample.columns()).map(|(name, column)| {
            let shift = mean_of(name, column, sample)?;
            let squares: Vec<f64> = column.iter().map(|x| (x - shift) * (x - shift)).collect();
            let scale = mean_of(name, &squares, sample)?.sqrt();
            // What is left of a constant is the rounding of its mean.
            let largest = column.iter().fold(0.0, |largest: f64, x| largest.max(x.abs()));
            if !scale.is_finite() || scale <= SMALLEST_SPREAD * largest {
                return Err(NnError::Unscalable { feature: name.to_owned(), scale });
            }
            Ok(Scaling { name: name.to_owned(), shift, scale })
        });
        Ok(Self { features: features.collect::<Result<_, NnError>>()? })
    }

    /// The sample with its features scaled and without units; features that were not fitted stay as they are.
    ///
    /// # Errors
    ///
    /// [`NnError::Core`] if the sample lacks a fitted feature.
    pub fn apply(&self, sample: &Sample) -> Result<Sample, NnError> {
        let mut scaled = sample.clone();
        for Scaling { name, shift, scale } in &self.features {
            let values: Vec<f64> = sample.column(name)?.iter().map(|x| (x - shift) / scale).collect();
            scaled = scaled.with_column(Feature::new(name, "1"), values)?;
        }
        Ok(scaled)
    }

    /// Shift and scale of a feature in $x \to (x - \text{shift}) / \text{scale}$, or `None` if it was not fitted.
    #[must_use]
    pub fn shift_and_scale(&self, feature: &str) -> Option<(f64, f64)> {
        let scaling = self.features.iter().find(|scaling| scaling.name == feature)?;
        Some((scaling.shift, scaling.scale))
    }
}

fn mean_of(name: &str, column: &[f64], sample: &Sample) -> Result<f64, NnError> {
    let weights = sample.weights();
    let total = weights.total();
    if total <= 0.0 || column.is_empty() {
        return Err(NnError::Unscalable { feature: name.to_owned(), scale: f64::NAN });
    }
    Ok(column.iter().zip(weights.iter()).map(|(x, w)| x * w).sum::<f64>() / total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hepsys_core::Weights;

    fn sample(values: &[f64], weights: &[f64]) -> Sample {
        Sample::from_columns([(Feature::new("x", "GeV"), values.to_vec())])
            .unwrap()
            .with_weights(Weights::new(weights.to_vec()).unwrap())
            .unwrap()
    }

    #[test]
    fn a_standardized_sample_has_weighted_mean_zero_and_deviation_one() {
        let sample = sample(&[1.0, 4.0, 6.0, -3.0], &[2.0, 0.5, 1.0, 3.0]);
        let scaled = Standardizer::fit(&sample).unwrap().apply(&sample).unwrap();
        let moment = |power| {
            let column = scaled.column("x").unwrap();
            column.iter().zip(sample.weights().iter()).map(|(x, w)| w * x.powi(power)).sum::<f64>()
                / sample.weights().total()
        };
        // Rounding of four terms of order one.
        assert!(moment(1).abs() < 1e-14);
        assert!((moment(2) - 1.0).abs() < 1e-14);
    }

    #[test]
    fn a_constant_has_no_scale_however_its_sum_rounds() {
        for (value, n_events, weight) in [(5.3, 50, 1.0), (0.1, 10_000, 1.0), (-87.3, 42_500, 0.2)] {
            let constant = sample(&vec![value; n_events], &vec![weight; n_events]);
            assert!(matches!(Standardizer::fit(&constant), Err(NnError::Unscalable { .. })), "{value}");
        }
    }

    #[test]
    fn the_scaling_of_one_sample_applies_to_another_and_survives_a_file() {
        let standardizer = Standardizer::fit(&sample(&[0.0, 2.0], &[1.0; 2])).unwrap();
        let json = serde_json::to_string(&standardizer).unwrap();
        let standardizer: Standardizer = serde_json::from_str(&json).unwrap();
        let scaled = standardizer.apply(&sample(&[3.0], &[1.0])).unwrap();
        assert_eq!(scaled.column("x").unwrap(), [2.0]);
    }

    #[test]
    fn shift_and_scale_are_those_of_the_sample() {
        let standardizer = Standardizer::fit(&sample(&[3.0, 7.0], &[1.0; 2])).unwrap();
        assert_eq!(standardizer.shift_and_scale("x"), Some((5.0, 2.0)));
        assert_eq!(standardizer.shift_and_scale("y"), None);
    }

    #[test]
    fn a_file_with_a_scaling_that_is_none_is_refused() {
        let read = |features: &str| {
            let json = format!(r#"{{"features": [{features}]}}"#);
            serde_json::from_str::<Standardizer>(&json).unwrap_err().to_string()
        };
        for scale in ["0.0", "-1.0"] {
            let error = read(&format!(r#"{{"name": "x", "shift": 0.0, "scale": {scale}}}"#));
            assert!(error.starts_with("feature \"x\" cannot be scaled"), "{error}");
        }
        let twice = [r#"{"name": "x", "shift": 0.0, "scale": 1.0}"#; 2].join(",");
        assert!(read(&twice).starts_with("feature \"x\" appears twice"));
    }

    #[test]
    fn a_constant_feature_is_named() {
        let error = Standardizer::fit(&sample(&[5.3, 5.3, 5.3], &[1.0; 3])).unwrap_err();
        assert!(error.to_string().starts_with("feature \"x\" cannot be scaled"), "{error}");
    }
}
