//! The published value of a quantity, and the verdict on ours.

use std::collections::BTreeMap;

use hepsys_report::JudgedQuantity;
use hepsys_stats::{Estimate, quantile_of_sorted};
use serde::{Deserialize, Serialize};

/// How many standard deviations of the published and the measured value together a quantity may be off.
///
/// With a dozen quantities a study, three standard deviations fail one study in thirty by chance.
pub const TOLERATED_DEVIATIONS: f64 = 3.0;

/// A value that somebody else found.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// The value.
    pub value: f64,
    /// Its standard deviation, from its own statistics.
    #[serde(default)]
    pub uncertainty: f64,
    /// A further difference that is allowed, with the reason in `source`.
    #[serde(default)]
    pub allowance: f64,
    /// Where it was published, or how it was found.
    pub source: String,
    /// Whether it is told without judging.
    #[serde(default)]
    pub only_reported: bool,
}

/// The expected values of a study, by the name of the quantity.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExpectedValues(BTreeMap<String, Expected>);

impl ExpectedValues {
    /// The verdict on a measured value: it passes within the allowance and three standard deviations of both together.
    /// Where nothing is expected it is reported.
    #[must_use]
    pub fn judge(&self, name: &str, unit: &str, measured: f64, uncertainty: f64) -> JudgedQuantity {
        let quantity = match self.0.get(name) {
            None => JudgedQuantity::reported(name, unit, measured),
            Some(e) if e.only_reported => {
                JudgedQuantity::reported(name, unit, measured).beside(e.value).from_source(&e.source)
            }
            Some(e) => {
                let tolerance = e.allowance + TOLERATED_DEVIATIONS * e.uncertainty.hypot(uncertainty);
                JudgedQuantity::judged(name, unit, measured, e.value, tolerance).from_source(&e.source)
            }
        };
        if uncertainty > 0.0 { quantity.with_uncertainty(uncertainty) } else { quantity }
    }

    /// Whether something is expected of this quantity.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The verdict on an estimate.
    #[must_use]
    pub fn judge_estimate(&self, name: &str, unit: &str, estimate: Estimate) -> JudgedQuantity {
        self.judge(name, unit, estimate.value, estimate.uncertainty())
    }

    /// The names of expectations that no quantity has taken up: a mistake in the specification.
    #[must_use]
    pub fn unused(&self, quantities: &[JudgedQuantity]) -> Vec<&str> {
        self.0
            .keys()
            .filter(|name| !quantities.iter().any(|q| q.name == **name))
            .map(String::as_str)
            .collect()
    }
}

/// The median, the least and the largest of some numbers; the median of none is NaN.
pub(crate) fn spread(values: impl IntoIterator<Item = f64>) -> [f64; 3] {
    let mut sorted: Vec<f64> = values.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    match (sorted.first(), sorted.last()) {
        (Some(&low), Some(&high)) => [quantile_of_sorted(&sorted, 0.5), low, high],
        _ => [f64::NAN; 3],
    }
}

/// The p-value of a test of compatibility: it passes at 0.01 or more.
#[must_use]
pub fn p_value(name: &str, measured: f64, source: &str) -> JudgedQuantity {
    let source = format!("{source} (a p-value of 0.01 or more)");
    JudgedQuantity::judged(name, "1", measured, 1.0, 0.99).from_source(source)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hepsys_report::Verdict;

    fn expected(text: &str) -> ExpectedValues {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn both_uncertainties_count() {
        let values = expected("mean = { value = 10.0, uncertainty = 0.3, source = \"a paper\" }");
        // 3 * hypot(0.3, 0.4) = 1.5
        assert_eq!(values.judge("mean", "1", 11.4, 0.4).verdict, Verdict::Pass);
        assert_eq!(values.judge("mean", "1", 11.6, 0.4).verdict, Verdict::Fail);
        assert_eq!(values.judge("mean", "1", f64::NAN, 0.4).verdict, Verdict::Fail);
    }

    #[test]
    fn what_is_not_expected_is_reported() {
        let values = expected("ratio = { value = 0.37, source = \"a talk\", only_reported = true }");
        assert_eq!(values.judge("ratio", "1", 5.0, 0.0).verdict, Verdict::Reported);
        assert_eq!(values.judge("other", "1", 5.0, 0.0).verdict, Verdict::Reported);
        assert_eq!(values.unused(&[values.judge("other", "1", 5.0, 0.0)]), ["ratio"]);
    }

    #[test]
    fn a_p_value_passes_at_a_hundredth() {
        assert_eq!(p_value("p", 1.0, "").verdict, Verdict::Pass);
        assert_eq!(p_value("p", 0.01, "").verdict, Verdict::Pass);
        assert_eq!(p_value("p", 0.009, "").verdict, Verdict::Fail);
        assert_eq!(p_value("p", f64::NAN, "").verdict, Verdict::Fail);
    }
}
