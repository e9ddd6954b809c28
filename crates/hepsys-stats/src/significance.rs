use std::fmt;

use crate::special::{ln_normal_survival, normal_quantile_of_ln_survival};
use crate::{PValue, StatsError};

/// A p-value in standard deviations of a normal distribution, one-sided: $Z = \Phi^{-1}(1 - p)$.
///
/// It is computed from $\ln p$, so it stays exact where $p$ is too small for a double.
/// $p = 1$ gives minus infinity.
///
/// ```
/// use hepsys_stats::{PValue, Significance};
///
/// let discovery = Significance::of_sigmas(5.0)?;
/// assert_eq!(format!("{:.3e}", discovery.p_value().value()), "2.867e-7");
/// assert_eq!(format!("{:.2}", PValue::new(0.05)?.significance()), "1.64");
/// assert_eq!(format!("{:.2}", PValue::counted(0, 100)?.significance()), "> 2.09");
/// # Ok::<(), hepsys_stats::StatsError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Significance {
    value: f64,
    lower: f64,
    upper: f64,
}

impl Significance {
    /// The significance of this many standard deviations.
    ///
    /// # Errors
    ///
    /// [`StatsError::BadParameter`] unless the number is finite.
    pub fn of_sigmas(value: f64) -> Result<Self, StatsError> {
        if value.is_finite() {
            Ok(Self { value, lower: value, upper: value })
        } else {
            Err(StatsError::bad_parameter("a significance", "finite", value))
        }
    }

    /// Its value; where it is a lower limit, the limit.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.value
    }

    /// Its interval of one standard deviation: that of the p-value, with the ends exchanged.
    ///
    /// The upper end is infinite where no toy exceeds the observation.
    #[must_use]
    pub fn interval(&self) -> (f64, f64) {
        (self.lower, self.upper)
    }

    /// Whether all that is known is a lower limit, because no toy exceeds the observation.
    #[must_use]
    pub fn is_lower_limit(&self) -> bool {
        self.upper == f64::INFINITY
    }

    /// The p-value, $p = 1 - \Phi(Z)$.
    #[must_use]
    pub fn p_value(&self) -> PValue {
        PValue::from_ln(ln_normal_survival(self.value))
    }
}

impl From<PValue> for Significance {
    fn from(p: PValue) -> Self {
        let (ln_p, ln_lower, ln_upper) = p.ln_parts();
        let lower = normal_quantile_of_ln_survival(ln_upper);
        let upper = normal_quantile_of_ln_survival(ln_lower);
        let value = if p.is_upper_limit() { lower } else { normal_quantile_of_ln_survival(ln_p) };
        Self { value, lower, upper }
    }
}

impl fmt::Display for Significance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_lower_limit() {
            f.write_str("> ")?;
        }
        self.value.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_significance_has_the_interval_of_its_p_value() {
        let z = PValue::counted(5, 100).unwrap().significance();
        let (lower, upper) = z.interval();
        assert!(lower < z.value() && z.value() < upper);
        assert!(!z.is_lower_limit());
    }

    #[test]
    fn without_exceeding_toys_the_significance_is_a_lower_limit() {
        let z = PValue::counted(0, 100).unwrap().significance();
        assert!(z.is_lower_limit());
        assert_eq!(z.value(), z.interval().0);
        // 1 - 0.158655^{1/100} = 0.018241, and Φ(-2.0916) = 0.018241; inverse to 1e-8.
        assert!((z.value() - 2.0916).abs() < 1e-3, "{}", z.value());
    }

    #[test]
    fn all_toys_exceeding_is_no_significance_at_all() {
        assert_eq!(PValue::counted(10, 10).unwrap().significance().value(), f64::NEG_INFINITY);
    }

    proptest! {
        #[test]
        fn significance_and_p_value_invert_each_other(z in -4.0..1000.0_f64) {
            let back = Significance::of_sigmas(z).unwrap().p_value().significance().value();
            prop_assert!((back - z).abs() < 1e-9 * z.abs().max(1.0));
        }

        #[test]
        fn a_smaller_p_value_is_more_significant(a in 1e-12..1.0_f64, b in 1e-12..1.0_f64) {
            let z = |p| PValue::new(p).unwrap().significance().value();
            prop_assert_eq!(a < b, z(b) < z(a));
        }
    }
}
