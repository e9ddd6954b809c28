mod kolmogorov;

use crate::error::check_values;
use crate::{PValue, StatsError};

/// The Kolmogorov–Smirnov test: the largest distance between two cumulative distributions.
///
/// ```
/// use hepsys_stats::{ChiSquared, KolmogorovSmirnov};
///
/// let null = ChiSquared::new(4.0)?;
/// let toys = [1.2, 2.2, 2.9, 3.1, 3.9, 4.6, 6.0, 8.8];
/// let test = KolmogorovSmirnov::one_sample(&toys, |t| null.cdf(t))?;
/// assert_eq!(format!("{:.4} {:.3}", test.statistic(), test.p_value()), "0.1760 0.931");
/// # Ok::<(), hepsys_stats::StatsError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KolmogorovSmirnov {
    statistic: f64,
    p_value: PValue,
}

impl KolmogorovSmirnov {
    /// Do `values` follow the distribution with this cumulative probability?
    ///
    /// $$ D = \sup_x |F_n(x) - F(x)| $$
    ///
    /// The p-value is exact for up to 2000 values ([Marsaglia, Tsang and Wang](https://doi.org/10.18637/jss.v008.i18); in the tail twice the one-sided probability,
    /// to a relative 1e-10), and above that asymptotic in the bulk, to about 1e-5.
    /// The distribution must be known beforehand: if a parameter was fitted to the same values the p-value is too large.
    ///
    /// # Errors
    ///
    /// [`StatsError::TooFewValues`] without values, [`StatsError::BadValue`] for one that is NaN or infinite,
    /// or whose cumulative probability is not between 0 and 1.
    pub fn one_sample(values: &[f64], cdf: impl Fn(f64) -> f64) -> Result<Self, StatsError> {
        let sorted = sorted("a Kolmogorov–Smirnov test", values)?;
        let n = sorted.len() as f64;
        let mut statistic: f64 = 0.0;
        for (i, &x) in sorted.iter().enumerate() {
            let f = cdf(x);
            if !(0.0..=1.0).contains(&f) {
                return Err(StatsError::BadValue {
                    what: format!("the cumulative probability at {x}"),
                    expected: "between 0 and 1".into(),
                    index: i,
                    value: f,
                });
            }
            let below = i as f64 / n;
            let above = (i + 1) as f64 / n;
            statistic = statistic.max(f - below).max(above - f);
        }
        Ok(Self { statistic, p_value: PValue::clamped(kolmogorov::one_sample(sorted.len(), statistic)) })
    }

    /// Do two sets of values follow the same distribution?
    ///
    /// The p-value is exact, by counting paths, while the product of the two sizes is at most 10⁷,
    /// and asymptotic above, to about 1e-2 of itself. Equal values in both sets make it larger than it should be.
    ///
    /// # Errors
    ///
    /// [`StatsError::TooFewValues`] if a set is empty, [`StatsError::BadValue`] for a value that is NaN or infinite.
    pub fn two_sample(first: &[f64], second: &[f64]) -> Result<Self, StatsError> {
        let a = sorted("the first set of a Kolmogorov–Smirnov test", first)?;
        let b = sorted("the second set of a Kolmogorov–Smirnov test", second)?;
        let (mut i, mut j, mut distance) = (0, 0, 0);
        while i < a.len() && j < b.len() {
            let x = a[i].min(b[j]);
            i += a[i..].iter().take_while(|&&v| v == x).count();
            j += b[j..].iter().take_while(|&&v| v == x).count();
            // The distance times the product of the sizes is an integer, and comparing integers is exact.
            distance = distance.max((i * b.len()).abs_diff(j * a.len()));
        }
        let statistic = distance as f64 / (a.len() * b.len()) as f64;
        Ok(Self { statistic, p_value: PValue::clamped(kolmogorov::two_sample(a.len(), b.len(), distance)) })
    }

    /// The largest distance $D$, between 0 and 1.
    #[must_use]
    pub fn statistic(&self) -> f64 {
        self.statistic
    }

    /// The probability of a distance at least as large if the distributions agree.
    #[must_use]
    pub fn p_value(&self) -> PValue {
        self.p_value
    }
}

fn sorted(what: &str, values: &[f64]) -> Result<Vec<f64>, StatsError> {
    check_values(what, values, 1)?;
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    Ok(sorted)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_value_has_the_uniform_answer() {
        // D = max(x, 1 - x) is uniform on [1/2, 1], so p = 2 (1 - D).
        for x in [0.1, 0.3, 0.5, 0.8] {
            let test = KolmogorovSmirnov::one_sample(&[x], |x| x).unwrap();
            assert!((test.p_value().value() - 2.0 * (1.0 - test.statistic())).abs() < 1e-12, "{x}");
        }
    }

    #[test]
    fn a_cdf_that_is_none_is_refused() {
        let error = KolmogorovSmirnov::one_sample(&[0.2, 1.5], |x| x).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the cumulative probability at 1.5 must be between 0 and 1, but value 1 is 1.5"
        );
    }

    #[test]
    fn equal_sets_agree() {
        let test = KolmogorovSmirnov::two_sample(&[1.0, 2.0, 2.0], &[2.0, 1.0, 2.0]).unwrap();
        assert_eq!(test.statistic(), 0.0);
        assert_eq!(test.p_value().value(), 1.0);
    }

    #[test]
    fn separate_sets_have_the_combinatorial_answer() {
        // Two of the C(6,3) = 20 orders separate three values from three.
        let test = KolmogorovSmirnov::two_sample(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]).unwrap();
        assert_eq!(test.statistic(), 1.0);
        assert!((test.p_value().value() - 0.1).abs() < 1e-15);
    }

    proptest! {
        #[test]
        fn the_order_of_the_sets_does_not_matter(
            a in prop::collection::vec(0.0..1.0_f64, 1..30), b in prop::collection::vec(0.0..1.2_f64, 1..30),
        ) {
            let (ab, ba) =
                (KolmogorovSmirnov::two_sample(&a, &b).unwrap(), KolmogorovSmirnov::two_sample(&b, &a).unwrap());
            prop_assert_eq!(ab.statistic(), ba.statistic());
            // Sums of the same probabilities in another order.
            prop_assert!((ab.p_value().value() - ba.p_value().value()).abs() < 1e-12);
        }
    }
}
