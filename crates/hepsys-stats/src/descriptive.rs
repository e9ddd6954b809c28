use serde::{Deserialize, Serialize};
use statrs::distribution::{Binomial, DiscreteCDF};

use crate::error::check_values;
use crate::{ONE_SIGMA, StatsError};

/// A number and the interval in which its true value lies with the probability of one standard deviation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Estimate {
    /// The number.
    pub value: f64,
    /// The lower end of its interval.
    pub lower: f64,
    /// The upper end of its interval.
    pub upper: f64,
}

impl Estimate {
    /// Half the length of the interval.
    #[must_use]
    pub fn uncertainty(&self) -> f64 {
        0.5 * (self.upper - self.lower)
    }
}

/// The mean, with its standard error $s/\sqrt n$.
///
/// # Errors
///
/// [`StatsError::TooFewValues`] below two values, [`StatsError::BadValue`] for one that is NaN or infinite.
pub fn mean(values: &[f64]) -> Result<Estimate, StatsError> {
    let error = standard_deviation(values)? / (values.len() as f64).sqrt();
    let value = average(values);
    Ok(Estimate { value, lower: value - error, upper: value + error })
}

/// The standard deviation $s$, with $s^2 = \sum_i (x_i - \bar x)^2 / (n - 1)$.
///
/// # Errors
///
/// [`StatsError::TooFewValues`] below two values, [`StatsError::BadValue`] for one that is NaN or infinite.
pub fn standard_deviation(values: &[f64]) -> Result<f64, StatsError> {
    check_values("a standard deviation", values, 2)?;
    let mean = average(values);
    Ok((values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (values.len() - 1) as f64).sqrt())
}

/// The median, with the interval that order statistics give it.
///
/// As [`quantile`] at one half, which is the middle value, or the mean of the two in the middle.
///
/// ```
/// let median = hepsys_stats::median(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0])?;
/// assert_eq!((median.lower, median.value, median.upper), (3.0, 5.0, 7.0));
/// # Ok::<(), hepsys_stats::StatsError>(())
/// ```
///
/// # Errors
///
/// As [`quantile`]; three values are enough.
pub fn median(values: &[f64]) -> Result<Estimate, StatsError> {
    quantile(values, 0.5)
}

/// The value below which a fraction `q` of the distribution lies, with the interval that order statistics give it.
///
/// The value interpolates linearly between the sorted values $x_1 \dots x_n$ at the position $1 + (n - 1)\\,q$
/// (type 7 of Hyndman and Fan, the default of NumPy).
/// The interval goes from $x_l$ to $x_u$, with the largest $l$ and the smallest $u$ for which a binomial count $B(n, q)$
/// is below $l$, and at or above $u$, with a probability of at most 15.87 % each.
/// It holds for any distribution and covers at least 68.27 %.
///
/// # Errors
///
/// [`StatsError::BadParameter`] unless `0 < q < 1`, [`StatsError::BadValue`] for a value that is NaN or infinite,
/// [`StatsError::TooFewValues`] if no two values enclose the quantile with that probability.
pub fn quantile(values: &[f64], q: f64) -> Result<Estimate, StatsError> {
    if !(0.0 < q && q < 1.0) {
        return Err(StatsError::bad_parameter("a quantile", "between 0 and 1", q));
    }
    check_values("a quantile", values, 1)?;
    let (lower, upper) = order_statistics(values.len(), q)?;
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    Ok(Estimate { value: quantile_of_sorted(&sorted, q), lower: sorted[lower], upper: sorted[upper] })
}

/// The value of [`quantile`] without its interval, for values in increasing order however few they are.
///
/// # Panics
///
/// Without values, or unless `0 <= q <= 1`.
#[must_use]
pub fn quantile_of_sorted(sorted: &[f64], q: f64) -> f64 {
    assert!(!sorted.is_empty() && (0.0..=1.0).contains(&q), "a quantile {q} of {} values", sorted.len());
    let position = (sorted.len() - 1) as f64 * q;
    let (below, fraction) = (position.floor() as usize, position.fract());
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + fraction * (sorted[above] - sorted[below])
}

pub(crate) fn check_level(level: f64) -> Result<(), StatsError> {
    if 0.0 < level && level < 1.0 {
        Ok(())
    } else {
        Err(StatsError::bad_parameter("the level of an interval", "between 0 and 1", level))
    }
}

fn average(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The positions, counted from zero, of the sorted values that enclose the quantile.
fn order_statistics(n: usize, q: f64) -> Result<(usize, usize), StatsError> {
    let outside = 0.5 * (1.0 - ONE_SIGMA);
    let binomial = Binomial::new(q, n as u64)
        .map_err(|_| StatsError::bad_parameter("a quantile", "between 0 and 1", q))?;
    let cdf = |k: usize| binomial.cdf(k as u64);
    // The largest l with P(B <= l - 1) <= outside, as position l - 1; the smallest u with P(B >= u) <= outside.
    let n_low = first(n, |k| outside < cdf(k));
    let upper = first(n, |k| 1.0 - cdf(k) <= outside);
    match n_low.checked_sub(1) {
        Some(lower) if upper < n => Ok((lower, upper)),
        _ => {
            // Both tails are empty once q^n and (1-q)^n are small enough.
            let needed = (outside.ln() / q.max(1.0 - q).ln()).ceil() as usize;
            Err(StatsError::TooFewValues {
                what: format!("the interval of the quantile {q}"),
                needed,
                found: n,
            })
        }
    }
}

/// The first of `0..n` for which `holds`, which holds for all after it; `n` if there is none.
fn first(n: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, n);
    while low < high {
        let middle = (low + high) / 2;
        if holds(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use hepsys_core::Seed;
    use proptest::prelude::*;
    use rand::RngExt;

    use super::*;

    #[test]
    fn too_few_values_have_no_interval() {
        let error = median(&[1.0, 2.0]).unwrap_err();
        assert_eq!(error.to_string(), "the interval of the quantile 0.5 needs 3 or more values, got 2");
        assert!(median(&[1.0, 2.0, 3.0]).is_ok());
        let values: Vec<f64> = (0..18).map(f64::from).collect();
        assert!(quantile(&values, 0.9).is_ok());
        assert!(quantile(&values[..17], 0.9).is_err());
    }

    #[test]
    fn the_interval_of_the_median_covers_it() {
        let (mut covered, n_trials) = (0, 2000);
        let mut stream = Seed::new(5).stream();
        for _ in 0..n_trials {
            let values: Vec<f64> = (0..40).map(|_| stream.random::<f64>()).collect();
            let median = median(&values).unwrap();
            covered += usize::from(median.lower <= 0.5 && 0.5 <= median.upper);
        }
        // P(17 <= B(40, 1/2) < 24) = 0.7318 is the first symmetric coverage above 0.6827; 3 standard deviations of 0.01.
        let coverage = covered as f64 / f64::from(n_trials);
        assert!((coverage - 0.7318).abs() < 0.03, "{coverage}");
    }

    #[test]
    fn mean_and_deviation_of_few_numbers() {
        let mean = mean(&[1.0, 2.0, 3.0, 4.0]).unwrap();
        assert_eq!(mean.value, 2.5);
        assert!((mean.uncertainty() - (5.0_f64 / 12.0).sqrt()).abs() < 1e-15);
    }

    proptest! {
        #[test]
        fn the_interval_encloses_the_quantile(values in prop::collection::vec(-5.0..5.0_f64, 12..200), q in 0.2..0.8_f64) {
            let estimate = quantile(&values, q).unwrap();
            prop_assert!(estimate.lower <= estimate.value && estimate.value <= estimate.upper);
        }
    }
}
