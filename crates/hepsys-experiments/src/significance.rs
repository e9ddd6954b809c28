//! The significance of toys with a signal.

use hepsys_core::TestStatistic;
use hepsys_stats::{ChiSquared, NullDistribution, Significance, median};

use crate::ExperimentError;

/// The significance of the median of toys with a signal.
#[derive(Debug, Clone, Copy)]
pub struct MedianSignificance {
    /// From the χ² that the statistic should follow.
    pub asymptotic: f64,
    /// Half the interval that the order statistics of the median give it.
    pub uncertainty: f64,
    /// From the toys without signal.
    pub empirical: Significance,
}

impl MedianSignificance {
    /// From the statistics of toys with and without a signal, and the distribution of the latter.
    ///
    /// # Errors
    ///
    /// If there are too few toys.
    pub fn new(signal: &[f64], null: &[f64], chi_squared: &ChiSquared) -> Result<Self, ExperimentError> {
        let distribution = NullDistribution::chi_squared(chi_squared.dof())?;
        let middle = median(signal)?;
        let z = |t: f64| -> Result<f64, ExperimentError> {
            Ok(distribution.p_value(TestStatistic::new(t.max(0.0))?).significance().value())
        };
        let observed = TestStatistic::new(middle.value)?;
        Ok(Self {
            asymptotic: z(middle.value)?,
            uncertainty: 0.5 * (z(middle.upper)? - z(middle.lower)?),
            empirical: NullDistribution::empirical(null.to_vec())?.p_value(observed).significance(),
        })
    }

    /// The empirical significance, in words.
    #[must_use]
    pub fn empirical_in_words(&self) -> String {
        let z = self.empirical.value();
        if self.empirical.is_lower_limit() {
            return format!("no toy without signal exceeds it: Z > {z:.2} empirically");
        }
        let (low, high) = self.empirical.interval();
        format!("{z:.2} empirically, between {low:.2} and {high:.2}")
    }
}
