use std::fmt;

use serde::Serialize;
use statrs::function::beta::inv_beta_reg;

use crate::descriptive::check_level;
use crate::{Significance, StatsError};

/// The level of the intervals that are given unless another one is asked for: one standard deviation, 68.27 %.
pub const ONE_SIGMA: f64 = 0.682_689_492_137_085_9;

/// The probability, under the null hypothesis, of a test statistic at least as large as the observed one.
///
/// It comes from a known distribution, or from counting: $k$ of $n$ toys reach the observed value.
///
/// ```
/// use hepsys_stats::PValue;
///
/// let p = PValue::counted(5, 100)?;
/// assert_eq!(p.value(), 0.05);
/// assert_eq!(format!("{p:.3}"), "0.050");
///
/// // No toy reaches the observed value: there is an upper limit, at 84 % one-sided.
/// let p = PValue::counted(0, 100)?;
/// assert!(p.is_upper_limit());
/// assert_eq!(format!("{p:.3}"), "< 0.018");
/// # Ok::<(), hepsys_stats::StatsError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PValue(Source);

/// Finite numbers only, so that any p-value has a JSON form.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Source {
    Known { ln_p: f64 },
    Fitted { ln_p: f64, ln_lower: f64, ln_upper: f64 },
    Counted { n_exceeding: usize, n_toys: usize },
}

impl PValue {
    /// The p-value of this size.
    ///
    /// # Errors
    ///
    /// [`StatsError::BadParameter`] unless `0 < p <= 1`.
    pub fn new(p: f64) -> Result<Self, StatsError> {
        if 0.0 < p && p <= 1.0 {
            Ok(Self::from_ln(p.ln()))
        } else {
            Err(StatsError::bad_parameter("a p-value", "above 0 and not above 1", p))
        }
    }

    /// The p-value that $k$ exceeding toys of $n$ give: $k/n$ with its Clopper–Pearson interval.
    ///
    /// A toy exceeds if its test statistic is equal to the observed one or larger.
    ///
    /// # Errors
    ///
    /// [`StatsError::BadParameter`] without toys or with more exceeding ones than there are.
    pub fn counted(n_exceeding: usize, n_toys: usize) -> Result<Self, StatsError> {
        if n_toys == 0 {
            return Err(StatsError::bad_parameter("the number of toys of a p-value", "positive", n_toys));
        }
        if n_toys < n_exceeding {
            let expected = format!("at most the number of toys, {n_toys}");
            return Err(StatsError::bad_parameter("the number of exceeding toys", expected, n_exceeding));
        }
        Ok(Self::from_counts(n_exceeding, n_toys))
    }

    pub(crate) fn from_counts(n_exceeding: usize, n_toys: usize) -> Self {
        Self(Source::Counted { n_exceeding, n_toys })
    }

    pub(crate) fn from_ln(ln_p: f64) -> Self {
        Self(Source::Known { ln_p })
    }

    /// For probabilities that rounding may have carried beyond their range, or below every double.
    pub(crate) fn clamped(p: f64) -> Self {
        Self::from_ln(p.clamp(f64::MIN_POSITIVE, 1.0).ln())
    }

    pub(crate) fn fitted(ln_p: f64, ln_lower: f64, ln_upper: f64) -> Self {
        Self(Source::Fitted { ln_p, ln_lower, ln_upper })
    }

    /// Its value; $k/n$ for counted toys, which is zero where no toy exceeds.
    ///
    /// A value too small for a double is zero too: [`ln_value`](Self::ln_value) has it.
    #[must_use]
    pub fn value(&self) -> f64 {
        match self.0 {
            Source::Counted { n_exceeding, n_toys } => n_exceeding as f64 / n_toys as f64,
            Source::Known { ln_p } | Source::Fitted { ln_p, .. } => ln_p.exp(),
        }
    }

    /// The logarithm of its value; minus infinity where no toy exceeds.
    #[must_use]
    pub fn ln_value(&self) -> f64 {
        match self.0 {
            Source::Counted { .. } => self.value().ln(),
            Source::Known { ln_p } | Source::Fitted { ln_p, .. } => ln_p,
        }
    }

    /// Whether all that is known is an upper limit, because no toy exceeds.
    #[must_use]
    pub fn is_upper_limit(&self) -> bool {
        matches!(self.0, Source::Counted { n_exceeding: 0, .. })
    }

    /// The exceeding toys and all toys, if it was counted.
    #[must_use]
    pub fn counts(&self) -> Option<(usize, usize)> {
        match self.0 {
            Source::Counted { n_exceeding, n_toys } => Some((n_exceeding, n_toys)),
            _ => None,
        }
    }

    /// Its interval of one standard deviation.
    ///
    /// For counted toys the Clopper–Pearson interval, for a fitted distribution that of the fit's uncertainty,
    /// and no more than the value itself for a known distribution.
    #[must_use]
    pub fn interval(&self) -> (f64, f64) {
        match self.0 {
            Source::Known { ln_p } => (ln_p.exp(), ln_p.exp()),
            Source::Fitted { ln_lower, ln_upper, .. } => (ln_lower.exp(), ln_upper.exp()),
            Source::Counted { n_exceeding, n_toys } => clopper_pearson(n_exceeding, n_toys, ONE_SIGMA),
        }
    }

    /// $(k+1)/(n+1)$ for counted toys, which is never too small on average; the value itself otherwise.
    ///
    /// It counts the observation among the toys, so that $P(p \le \alpha) \le \alpha$ under the null hypothesis.
    #[must_use]
    pub fn conservative(&self) -> f64 {
        match self.0 {
            Source::Counted { n_exceeding, n_toys } => (n_exceeding as f64 + 1.0) / (n_toys as f64 + 1.0),
            _ => self.value(),
        }
    }

    /// The significance, $Z = \Phi^{-1}(1 - p)$; a lower limit where the p-value is an upper one.
    #[must_use]
    pub fn significance(&self) -> Significance {
        Significance::from(*self)
    }

    /// Logarithms of the value and of the ends of its interval.
    pub(crate) fn ln_parts(&self) -> (f64, f64, f64) {
        match self.0 {
            Source::Known { ln_p } => (ln_p, ln_p, ln_p),
            Source::Fitted { ln_p, ln_lower, ln_upper } => (ln_p, ln_lower, ln_upper),
            Source::Counted { .. } => {
                let (lower, upper) = self.interval();
                (self.ln_value(), lower.ln(), upper.ln())
            }
        }
    }
}

impl fmt::Display for PValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_upper_limit() {
            f.write_str("< ")?;
            return self.interval().1.fmt(f);
        }
        if self.value() == 0.0 {
            // Below the smallest double: the power of ten is all there is to show.
            return write!(f, "1e{:.0}", self.ln_value() / std::f64::consts::LN_10);
        }
        self.value().fmt(f)
    }
}

/// The Clopper–Pearson interval of a probability of which `n_successes` of `n_trials` trials are the measurement.
///
/// It covers the true probability at least as often as `level` says, with equal probability left out on both sides.
/// Without successes its upper end is the one-sided limit at $(1 + \mathrm{level})/2$.
///
/// # Errors
///
/// [`StatsError::BadParameter`] unless `0 < level < 1`, there is a trial, and there are no more successes than trials.
pub fn binomial_interval(n_successes: usize, n_trials: usize, level: f64) -> Result<(f64, f64), StatsError> {
    check_level(level)?;
    if n_trials == 0 {
        return Err(StatsError::bad_parameter("the number of trials", "positive", n_trials));
    }
    if n_trials < n_successes {
        let expected = format!("at most the number of trials, {n_trials}");
        return Err(StatsError::bad_parameter("the number of successes", expected, n_successes));
    }
    Ok(clopper_pearson(n_successes, n_trials, level))
}

fn clopper_pearson(n_successes: usize, n_trials: usize, level: f64) -> (f64, f64) {
    let (k, n) = (n_successes as f64, n_trials as f64);
    let outside = 0.5 * (1.0 - level);
    let lower = if n_successes == 0 { 0.0 } else { inv_beta_reg(k, n - k + 1.0, outside) };
    let upper = if n_successes == n_trials { 1.0 } else { inv_beta_reg(k + 1.0, n - k, 1.0 - outside) };
    (lower, upper)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use statrs::distribution::{Binomial, DiscreteCDF};

    use super::*;

    #[test]
    fn no_and_all_toys_have_closed_intervals() {
        let outside = 0.5 * (1.0 - ONE_SIGMA);
        let (lower, upper) = PValue::counted(0, 60).unwrap().interval();
        assert_eq!(lower, 0.0);
        // 1 - (α/2)^{1/n}; the library's inverse stops at 1e-8 or better.
        assert!((upper - (1.0 - outside.powf(1.0 / 60.0))).abs() < 1e-8);
        let (lower, upper) = PValue::counted(60, 60).unwrap().interval();
        assert_eq!(upper, 1.0);
        assert!((lower - outside.powf(1.0 / 60.0)).abs() < 1e-8);
    }

    #[test]
    fn the_conservative_p_value_is_never_zero() {
        assert_eq!(PValue::counted(0, 99).unwrap().conservative(), 0.01);
        assert_eq!(PValue::counted(99, 99).unwrap().conservative(), 1.0);
    }

    #[test]
    fn impossible_counts_are_refused() {
        let error = PValue::counted(3, 2).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the number of exceeding toys must be at most the number of toys, 2, got 3"
        );
        assert!(PValue::counted(0, 0).is_err());
        assert!(PValue::new(0.0).is_err());
        assert!(PValue::new(f64::NAN).is_err());
    }

    #[test]
    fn a_p_value_below_every_double_is_shown_by_its_power() {
        assert_eq!(PValue::from_ln(-2302.6).to_string(), "1e-1000");
    }

    proptest! {
        #[test]
        fn the_interval_leaves_its_probability_outside(k in 1_usize..50, more in 1_usize..500) {
            let n = k + more;
            let (lower, upper) = PValue::counted(k, n).unwrap().interval();
            prop_assert!(lower < k as f64 / n as f64 && (k as f64 / n as f64) < upper);
            let outside = 0.5 * (1.0 - ONE_SIGMA);
            let at_lower = 1.0 - Binomial::new(lower, n as u64).unwrap().cdf(k as u64 - 1);
            let at_upper = Binomial::new(upper, n as u64).unwrap().cdf(k as u64);
            // The inverse stops at about 1e-8 of a probability whose slope is of order n.
            prop_assert!((at_lower - outside).abs() < 1e-5, "{at_lower}");
            prop_assert!((at_upper - outside).abs() < 1e-5, "{at_upper}");
        }
    }
}
