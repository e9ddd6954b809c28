use super::StatisticToy;
use crate::special::ln_normal_survival;
use crate::{Estimate, PValue, StatsError, Toys, quantile};

/// Two statistics that differ by less, relative to the larger or absolutely below one, are equal: fits are not exact, and counts
/// give the same statistic again and again.
const TIE: f64 = 1e-7;

/// A p-value from toys, some of which may have failed.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct ToyPValue {
    /// The statistic of the data.
    pub observed_statistic: f64,
    /// The fraction of toys whose statistic is at least as large, of those that have one, with its binomial interval.
    pub p_value: PValue,
    /// How many toys have no statistic, because a fit did not converge.
    pub n_failed: usize,
    /// What the fraction would be if all failed toys were below, and if all were above.
    pub range: (f64, f64),
}

impl ToyPValue {
    /// Counts the toys whose statistic is at least as large as `observed`.
    ///
    /// # Errors
    ///
    /// [`StatsError::BadParameter`] if no toy has a statistic.
    pub fn new(observed: f64, toys: &Toys<StatisticToy>) -> Result<Self, StatsError> {
        let values = sorted(toys);
        let (n_above, n_failed) = (n_above(&values, observed), toys.n_toys() - values.len());
        let n_toys = toys.n_toys() as f64;
        Ok(Self {
            observed_statistic: observed,
            p_value: PValue::counted(n_above, values.len())?,
            n_failed,
            range: (n_above as f64 / n_toys, (n_above + n_failed) as f64 / n_toys),
        })
    }
}

/// The significance levels of a tested μ from toys.
///
/// A statistic of zero is reached by every toy: where $\hat\mu > \mu$ the levels are one, while asymptotic formulas, which do not
/// see that half of all toys have a statistic of exactly zero, give smaller ones.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ToyCls {
    /// The p-value with signal.
    pub clsb: ToyPValue,
    /// One minus the p-value without signal: the fraction of toys without signal that are as far from μ as the data.
    pub clb: ToyPValue,
    /// Their ratio; `None` if no toy without signal is as far from μ as the data.
    pub observed: Option<Estimate>,
    /// What toys without signal give, from −2 to +2 standard deviations: the levels of the quantiles of their statistic.
    ///
    /// The intervals hold what the number of toys leaves open, of the quantile and of the fractions beyond it.
    pub expected: [Estimate; 5],
}

impl ToyCls {
    pub(super) fn new(
        observed: f64,
        with: &Toys<StatisticToy>,
        without: &Toys<StatisticToy>,
    ) -> Result<Self, StatsError> {
        let clsb = ToyPValue::new(observed, with)?;
        let clb = ToyPValue::new(observed, without)?;
        let (with, without) = (sorted(with), sorted(without));
        let mut expected = Vec::with_capacity(5);
        for n_sigmas in [2.0, 1.0, 0.0, -1.0, -2.0] {
            // The larger the statistic, the smaller the level.
            let t = quantile(&without, 1.0 - ln_normal_survival(n_sigmas).exp())?;
            expected.push(expected_level(&with, &without, t));
        }
        let expected = std::array::from_fn(|i| expected[i]);
        Ok(Self { observed: ratio(&clsb.p_value, &clb.p_value), clsb, clb, expected })
    }
}

/// $p/q$ with the intervals of both added in quadrature, each side for itself.
fn ratio(p: &PValue, q: &PValue) -> Option<Estimate> {
    if q.value() == 0.0 {
        return None;
    }
    let value = p.value() / q.value();
    let ((p_low, p_high), (q_low, q_high)) = (p.interval(), q.interval());
    // Partial derivatives: 1/q by p, and value/q by q.
    let size = |by_p: f64, by_q: f64| (by_p / q.value()).hypot(value * by_q / q.value());
    let lower = value - size(p.value() - p_low, q_high - q.value());
    let upper = value + size(p_high - p.value(), q.value() - q_low);
    Some(Estimate { value, lower: lower.max(0.0), upper })
}

/// The level of a quantile of the statistic without signal.
fn expected_level(with: &[f64], without: &[f64], t: Estimate) -> Estimate {
    let level = |t: f64| {
        let [p, q] = [with, without].map(|values| PValue::from_counts(n_above(values, t), values.len()));
        // A quantile is not above the largest value, so that at least this one is not below it.
        ratio(&p, &q).unwrap_or(Estimate { value: 0.0, lower: 0.0, upper: 1.0 })
    };
    let at = level(t.value);
    let (low, high) = (level(t.upper).value, level(t.lower).value);
    Estimate {
        value: at.value,
        lower: (at.value - (at.value - at.lower).hypot(at.value - low)).max(0.0),
        upper: at.value + (at.upper - at.value).hypot(high - at.value),
    }
}

fn sorted(toys: &Toys<StatisticToy>) -> Vec<f64> {
    let mut values: Vec<f64> = toys.values().iter().filter_map(|t| t.statistic).collect();
    values.sort_unstable_by(f64::total_cmp);
    values
}

/// How many of the sorted values are at least `t`.
fn n_above(sorted: &[f64], t: f64) -> usize {
    sorted.len() - sorted.partition_point(|v| *v < t - TIE * t.max(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn toys(statistics: impl IntoIterator<Item = Option<f64>>) -> Toys<StatisticToy> {
        let toy = |statistic: Option<f64>| StatisticToy {
            statistic,
            estimate: None,
            problem: statistic.is_none().then(|| "no minimum".into()),
        };
        let values: Vec<StatisticToy> = statistics.into_iter().map(toy).collect();
        Toys::new("toys", (0..values.len()).collect(), values)
    }

    #[test]
    fn failed_toys_are_counted() {
        let p = ToyPValue::new(2.0, &toys([Some(1.0), Some(2.0 - 1e-8), Some(3.0), None])).unwrap();
        assert_eq!(p.p_value.counts(), Some((2, 3)));
        assert_eq!((p.n_failed, p.range), (1, (0.5, 0.75)));
        assert!(ToyPValue::new(2.0, &toys([None, None])).is_err());
    }

    #[test]
    fn levels_of_equal_distributions_are_one() {
        let values = || toys((0..100).map(|i| Some(f64::from(i))));
        let cls = ToyCls::new(50.0, &values(), &values()).unwrap();
        assert_eq!(cls.observed.unwrap().value, 1.0);
        assert!(cls.expected.iter().all(|e| e.value == 1.0));
        // Two binomial fractions of one half of a hundred: 0.05 each, so sqrt(2) * 0.1 of the ratio, and a bit more.
        let uncertainty = cls.observed.unwrap().uncertainty();
        assert!((uncertainty - 0.1414).abs() < 0.02, "{uncertainty}");
    }

    #[test]
    fn without_toys_beyond_the_data_there_is_no_ratio() {
        let values = || toys((0..100).map(|i| Some(f64::from(i))));
        assert!(ToyCls::new(1000.0, &values(), &values()).unwrap().observed.is_none());
        let few = toys([Some(1.0), Some(2.0)]);
        assert!(ToyCls::new(1.0, &values(), &few).unwrap_err().to_string().contains("more values"));
    }
}
