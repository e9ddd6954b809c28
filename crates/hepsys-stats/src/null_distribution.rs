use hepsys_core::TestStatistic;

use crate::error::check_values;
use crate::{ChiSquared, PValue, StatsError};

/// How a test statistic is distributed if the null hypothesis is true; larger values are less compatible with it.
///
/// ```
/// use hepsys_core::TestStatistic;
/// use hepsys_stats::NullDistribution;
///
/// let observed = TestStatistic::new(31.47)?;
/// let null = NullDistribution::chi_squared(13.0)?;
/// assert_eq!(format!("{:.2}", null.p_value(observed).significance()), "2.76");
///
/// let toys = NullDistribution::empirical(vec![11.2, 9.5, 14.8, 33.1])?;
/// assert_eq!(toys.p_value(observed).value(), 0.25);
/// # Ok::<(), hepsys_stats::StatsError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum NullDistribution {
    /// The values of toys.
    Empirical(Empirical),
    /// A $\chi^2$ distribution, with given or fitted degrees of freedom.
    ChiSquared(ChiSquared),
}

impl NullDistribution {
    /// The distribution of these toys.
    ///
    /// # Errors
    ///
    /// [`StatsError::TooFewValues`] without toys, [`StatsError::BadValue`] for one that is NaN or infinite.
    pub fn empirical(values: Vec<f64>) -> Result<Self, StatsError> {
        Ok(Self::Empirical(Empirical::new(values)?))
    }

    /// The $\chi^2$ distribution with `dof` degrees of freedom.
    ///
    /// # Errors
    ///
    /// [`StatsError::BadParameter`] unless they are positive and finite.
    pub fn chi_squared(dof: f64) -> Result<Self, StatsError> {
        Ok(Self::ChiSquared(ChiSquared::new(dof)?))
    }

    /// The $\chi^2$ distribution that fits these toys best.
    ///
    /// # Errors
    ///
    /// As [`ChiSquared::fit`].
    pub fn chi_squared_fitted(values: &[f64]) -> Result<Self, StatsError> {
        Ok(Self::ChiSquared(ChiSquared::fit(values)?))
    }

    /// The p-value of an observed test statistic.
    #[must_use]
    pub fn p_value(&self, observed: TestStatistic) -> PValue {
        match self {
            Self::Empirical(toys) => toys.p_value(observed.value()),
            Self::ChiSquared(chi_squared) => chi_squared.p_value(observed.value()),
        }
    }

    /// The probability of a value up to `t`.
    #[must_use]
    pub fn cdf(&self, t: f64) -> f64 {
        match self {
            Self::Empirical(toys) => toys.cdf(t),
            Self::ChiSquared(chi_squared) => chi_squared.cdf(t),
        }
    }
}

/// The distribution that values of toys have.
#[derive(Debug, Clone, PartialEq)]
pub struct Empirical {
    sorted: Vec<f64>,
}

impl Empirical {
    /// The distribution of these values.
    ///
    /// # Errors
    ///
    /// [`StatsError::TooFewValues`] without values, [`StatsError::BadValue`] for one that is NaN or infinite.
    pub fn new(mut values: Vec<f64>) -> Result<Self, StatsError> {
        check_values("an empirical distribution", &values, 1)?;
        values.sort_unstable_by(f64::total_cmp);
        Ok(Self { sorted: values })
    }

    /// The values in increasing order.
    #[must_use]
    pub fn sorted(&self) -> &[f64] {
        &self.sorted
    }

    /// The fraction of values that are not above `t`.
    #[must_use]
    pub fn cdf(&self, t: f64) -> f64 {
        self.sorted.partition_point(|&v| v <= t) as f64 / self.sorted.len() as f64
    }

    fn p_value(&self, t: f64) -> PValue {
        let n_exceeding = self.sorted.len() - self.sorted.partition_point(|&v| v < t);
        PValue::from_counts(n_exceeding, self.sorted.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn t(value: f64) -> TestStatistic {
        TestStatistic::new(value).unwrap()
    }

    #[test]
    fn an_equal_toy_exceeds() {
        let null = NullDistribution::empirical(vec![3.0, 1.0, 2.0, 2.0]).unwrap();
        assert_eq!(null.p_value(t(2.0)).counts(), Some((3, 4)));
        assert_eq!(null.p_value(t(2.5)).counts(), Some((1, 4)));
        assert!(null.p_value(t(3.5)).is_upper_limit());
        assert_eq!(null.cdf(2.0), 0.75);
    }

    #[test]
    fn toys_that_are_not_finite_are_named() {
        let error = NullDistribution::empirical(vec![1.0, f64::NAN]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the values of an empirical distribution must be finite, but value 1 is NaN"
        );
        assert!(NullDistribution::empirical(vec![]).is_err());
    }

    #[test]
    fn fitted_degrees_of_freedom_leave_an_interval() {
        let null = NullDistribution::chi_squared_fitted(&[3.0, 5.0, 7.0, 4.0]).unwrap();
        let p = null.p_value(t(9.0));
        let (lower, upper) = p.interval();
        assert!(lower < p.value() && p.value() < upper);
    }

    proptest! {
        #[test]
        fn p_values_fall_with_the_test_statistic(
            values in prop::collection::vec(0.1..50.0_f64, 2..50), a in 0.0..60.0_f64, more in 0.0..60.0_f64,
        ) {
            for null in [
                NullDistribution::empirical(values.clone()).unwrap(),
                NullDistribution::chi_squared(13.0).unwrap(),
                NullDistribution::chi_squared_fitted(&values).unwrap(),
            ] {
                prop_assert!(null.p_value(t(a + more)).value() <= null.p_value(t(a)).value());
            }
        }
    }
}
