mod kolmogorov;

use hepsys_core::{CoreError, Weights};

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

    /// Do two sets of weighted values follow the same distribution?
    ///
    /// The cumulative distributions are $F(x) = \sum_{x_i \le x} w_i / \sum_i w_i$.
    /// The p-value is asymptotic, for as many values as the weights are worth, $(\sum w)^2 / \sum w^2$ in each set:
    /// a good guide where many weights share the total, and none where a few dominate.
    ///
    /// ```
    /// use hepsys_core::Weights;
    /// use hepsys_stats::KolmogorovSmirnov;
    ///
    /// // A value of weight two is two values.
    /// let weights = Weights::new([1.0, 2.0])?;
    /// let test = KolmogorovSmirnov::weighted_two_sample(&[0.1, 0.7], &weights, &[0.4, 0.9], &Weights::unit(2))?;
    /// assert!((test.statistic() - 0.5).abs() < 1e-15);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`StatsError::TooFewValues`] if a set is empty, [`StatsError::BadValue`] for a value that is NaN or infinite, for a
    /// negative weight, and for weights that sum to zero, [`StatsError::Core`] unless each value has a weight.
    pub fn weighted_two_sample(
        first: &[f64],
        first_weights: &Weights,
        second: &[f64],
        second_weights: &Weights,
    ) -> Result<Self, StatsError> {
        let a = cumulative("the first set of a Kolmogorov–Smirnov test", first, first_weights)?;
        let b = cumulative("the second set of a Kolmogorov–Smirnov test", second, second_weights)?;
        let (mut i, mut j, mut statistic) = (0, 0, 0.0_f64);
        let (mut below_a, mut below_b) = (0.0, 0.0);
        while i < a.len() && j < b.len() {
            let x = a[i].0.min(b[j].0);
            while i < a.len() && a[i].0 == x {
                below_a = a[i].1;
                i += 1;
            }
            while j < b.len() && b[j].0 == x {
                below_b = b[j].1;
                j += 1;
            }
            statistic = statistic.max((below_a - below_b).abs());
        }
        let (n, m) = (first_weights.effective_entries(), second_weights.effective_entries());
        Ok(Self { statistic, p_value: PValue::clamped(kolmogorov::limit(n * m / (n + m), statistic)) })
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

/// The values in order, each with the part of the weight that is at or below it.
fn cumulative(what: &str, values: &[f64], weights: &Weights) -> Result<Vec<(f64, f64)>, StatsError> {
    check_values(what, values, 1)?;
    if weights.len() != values.len() {
        let what = format!("the weights of {what}");
        return Err(CoreError::LengthMismatch { what, expected: values.len(), found: weights.len() }.into());
    }
    let bad = |index: usize, value: f64, what: &str, expected: &str| StatsError::BadValue {
        what: what.to_owned(),
        expected: expected.to_owned(),
        index,
        value,
    };
    if let Some((index, weight)) = weights.iter().enumerate().find(|(_, weight)| *weight < 0.0) {
        return Err(bad(index, weight, &format!("a weight of {what}"), "zero or positive"));
    }
    let total = weights.total();
    if total <= 0.0 {
        return Err(bad(values.len() - 1, total, &format!("the sum of the weights of {what}"), "positive"));
    }
    let mut sorted: Vec<(f64, f64)> = values.iter().copied().zip(weights.iter()).collect();
    sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let mut sum = 0.0;
    for (_, weight) in &mut sorted {
        sum += *weight;
        *weight = sum / total;
    }
    Ok(sorted)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::RngExt;

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

    #[test]
    fn a_weight_is_a_number_of_equal_values() {
        let (a, b) = ([0.3, 0.1, 0.8], [0.2, 0.9, 0.4, 0.85]);
        let weights = |w: &[f64]| Weights::new(w.to_vec()).unwrap();
        let repeated = KolmogorovSmirnov::two_sample(&[0.3, 0.1, 0.1, 0.1, 0.8], &b).unwrap();
        let b_weights = Weights::uniform(0.25, 4).unwrap();
        let weighted =
            KolmogorovSmirnov::weighted_two_sample(&a, &weights(&[1.0, 3.0, 1.0]), &b, &b_weights).unwrap();
        assert!((weighted.statistic() - repeated.statistic()).abs() < 1e-15);
        let test = |w: &[f64]| KolmogorovSmirnov::weighted_two_sample(&a, &weights(w), &b, &b_weights);
        assert!(test(&[1.0, -1.0, 1.0]).unwrap_err().to_string().contains("value 1 is -1"));
        assert!(test(&[0.0; 3]).is_err() && test(&[1.0; 2]).is_err());
    }

    #[test]
    fn weighted_sets_of_one_distribution_have_uniform_p_values() {
        let mut stream = hepsys_core::Seed::new(3).stream();
        let mut set = |n: usize| {
            let x: Vec<f64> = (0..n).map(|_| stream.random::<f64>()).collect();
            let w: Vec<f64> = x.iter().map(|x| 0.5 + x).collect();
            (x, Weights::new(w).unwrap())
        };
        let small = (0..200).filter(|_| {
            let ((a, wa), (b, wb)) = (set(400), set(300));
            KolmogorovSmirnov::weighted_two_sample(&a, &wa, &b, &wb).unwrap().p_value().value() < 0.1
        });
        // 20 ± 4.2, three standard deviations; the asymptotic p-value is a little large.
        let small = small.count();
        assert!((7..=33).contains(&small), "{small}");
    }

    proptest! {
        #[test]
        fn unit_weights_change_nothing(
            a in prop::collection::vec(0.0..1.0_f64, 1..30), b in prop::collection::vec(0.0..1.2_f64, 1..30),
        ) {
            let unit = |v: &[f64]| Weights::unit(v.len());
            let plain = KolmogorovSmirnov::two_sample(&a, &b).unwrap();
            let weighted = KolmogorovSmirnov::weighted_two_sample(&a, &unit(&a), &b, &unit(&b)).unwrap();
            prop_assert!((plain.statistic() - weighted.statistic()).abs() < 1e-12);
        }

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
