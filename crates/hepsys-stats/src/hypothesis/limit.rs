use thiserror::Error;

use super::{Asymptotic, Cls};
use crate::Generative;
use crate::root::brent;

/// The upper limit of a parameter of interest.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Limit {
    /// From the data.
    pub observed: Result<f64, LimitError>,
    /// What toys without signal give, from −2 to +2 standard deviations.
    pub expected: [Result<f64, LimitError>; 5],
}

/// Why there is no limit.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum LimitError {
    /// The level stays above.
    #[error("CLs is still {level:.3} at {at}, above {wanted}")]
    NotReached {
        /// The largest value that was tested.
        at: f64,
        /// The level there.
        level: f64,
        /// The level of the limit.
        wanted: f64,
    },
    /// A fit has no finite likelihood.
    #[error("the fit at {0} has no finite likelihood")]
    NotFinite(f64),
}

impl<L: Generative> Asymptotic<'_, L> {
    /// The upper limits with this confidence, such as 0.95: where CLs falls to one minus it.
    ///
    /// Values up to `highest` are tested, and those beyond the model's bounds too if it says so: bounds are for fits.
    #[must_use]
    pub fn limit(&self, confidence: f64, highest: f64) -> Limit {
        let wanted = 1.0 - confidence;
        let find = |level: &dyn Fn(&Cls) -> f64| -> Result<f64, LimitError> {
            // The level falls with μ; in logarithms it does so smoothly.
            let excess = |mu: f64| (level(&self.cls(mu)) / wanted).ln();
            let mut low = 0.0;
            let mut high = (highest / 64.0).max(f64::MIN_POSITIVE);
            loop {
                let value = excess(high);
                if value.is_nan() {
                    return Err(LimitError::NotFinite(high));
                }
                if value <= 0.0 {
                    break;
                }
                if high >= highest {
                    return Err(LimitError::NotReached { at: high, level: wanted * value.exp(), wanted });
                }
                low = high;
                high = (2.0 * high).min(highest);
            }
            // At zero the level is one by definition.
            let start = |mu: f64| if mu == 0.0 { -wanted.ln() } else { excess(mu) };
            brent(start, low, high, 1e-10 * high).ok_or(LimitError::NotFinite(high))
        };
        Limit {
            observed: find(&|cls| cls.observed),
            expected: std::array::from_fn(|i| find(&move |cls: &Cls| cls.expected[i])),
        }
    }
}
