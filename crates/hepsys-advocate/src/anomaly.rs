use hepsys_stats::{Significance, StatsError};
use serde::{Deserialize, Serialize};

use crate::{AdvocateError, Bound, Effect};

/// More events, or fewer, than backgrounds explain: what a measurement would claim.
///
/// ```
/// use hepsys_advocate::Anomaly;
/// let anomaly = Anomaly::new(130.0).background("B+ -> K+ pi pi", 80.0).background("combinatorial", 20.0);
/// // 30 events above 100: 2.9 standard deviations.
/// assert!((anomaly.expected_alone()?.significance - 2.87).abs() < 0.01);
/// # Ok::<(), hepsys_advocate::AdvocateError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anomaly {
    observed: f64,
    backgrounds: Vec<(String, f64)>,
    #[serde(default)]
    fixed: f64,
}

/// An anomaly at some expectation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Excess {
    /// The events that backgrounds bring.
    pub expected: f64,
    /// What there is above them.
    pub excess: f64,
    /// $Z = \pm\sqrt{2\\,(n \ln(n/b) - n + b)}$, negative for a deficit.
    pub significance: f64,
}

impl Anomaly {
    /// So many events were observed.
    #[must_use]
    pub fn new(observed: f64) -> Self {
        Self { observed, backgrounds: Vec::new(), fixed: 0.0 }
    }

    /// A background with its expected yield, by the name of its channel.
    #[must_use]
    pub fn background(mut self, channel: impl Into<String>, expected: f64) -> Self {
        self.backgrounds.push((channel.into(), expected));
        self
    }

    /// A background that no weights touch, such as one that was measured.
    #[must_use]
    pub fn fixed_background(mut self, expected: f64) -> Self {
        self.fixed += expected;
        self
    }

    /// The anomaly as it is claimed, with the efficiencies of the simulation.
    ///
    /// # Errors
    ///
    /// [`AdvocateError::BadParameter`] for yields that are negative or not finite, or no background at all.
    pub fn expected_alone(&self) -> Result<Excess, AdvocateError> {
        self.excess(|_| Ok(1.0))
    }

    /// The anomaly under a weight function: $N_b \to N_b\\, e_b / e_{b0}$ for each background.
    ///
    /// # Errors
    ///
    /// Those of [`expected_alone`](Self::expected_alone), and [`AdvocateError::NoChannel`] for a background that is no channel.
    pub fn under(&self, effect: &Effect) -> Result<Excess, AdvocateError> {
        let of = effect.efficiencies.iter();
        self.with(&of.map(|efficiency| (efficiency.channel.as_str(), efficiency.value)).collect::<Vec<_>>())
    }

    /// The anomaly under the weights of a bound: what is left of it can be explained by no efficiency that the limits admit.
    ///
    /// # Errors
    ///
    /// Those of [`under`](Self::under).
    pub fn under_bound(&self, bound: &Bound) -> Result<Excess, AdvocateError> {
        self.with(&bound.efficiencies.iter().map(|(channel, e)| (channel.as_str(), *e)).collect::<Vec<_>>())
    }

    fn with(&self, efficiencies: &[(&str, f64)]) -> Result<Excess, AdvocateError> {
        self.excess(|background| {
            let channel = efficiencies.iter().find(|(channel, _)| *channel == background);
            channel.map(|(_, efficiency)| *efficiency).ok_or_else(|| AdvocateError::NoChannel {
                name: background.to_owned(),
                available: efficiencies.iter().map(|(channel, _)| (*channel).to_owned()).collect(),
            })
        })
    }

    fn excess(&self, factor: impl Fn(&str) -> Result<f64, AdvocateError>) -> Result<Excess, AdvocateError> {
        let n = self.observed;
        if !(n >= 0.0 && n.is_finite()) {
            return Err(AdvocateError::bad("the observed events", "finite and not negative", n));
        }
        let mut expected = self.fixed;
        for (channel, yield_) in &self.backgrounds {
            if !(*yield_ >= 0.0 && yield_.is_finite()) {
                let what = format!("the expected events of {channel}");
                return Err(AdvocateError::bad(what, "finite and not negative", yield_));
            }
            expected += yield_ * factor(channel)?;
        }
        if expected <= 0.0 {
            return Err(AdvocateError::bad("the expected events", "positive", expected));
        }
        let log = if n > 0.0 { n * (n / expected).ln() } else { 0.0 };
        let significance = (n - expected).signum() * (2.0 * (log - n + expected)).max(0.0).sqrt();
        Ok(Excess { expected, excess: n - expected, significance })
    }
}

impl Excess {
    /// The significance with its p-value.
    ///
    /// # Errors
    ///
    /// [`StatsError`] if there is no such significance.
    pub fn as_significance(&self) -> Result<Significance, StatsError> {
        Significance::of_sigmas(self.significance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Efficiency;

    #[test]
    fn a_background_that_grows_takes_the_anomaly_with_it() {
        let anomaly = Anomaly::new(130.0).background("b", 80.0).fixed_background(20.0);
        let efficiency = Efficiency { channel: "b".into(), value: 1.25, error: 0.0 };
        let effect = Effect { bias: 0.25, error: 0.0, violation: 0.0, efficiencies: vec![efficiency] };
        let under = anomaly.under(&effect).unwrap();
        assert_eq!((under.expected, under.excess), (120.0, 10.0));
        assert!(under.significance < 1.0);
        let error = anomaly.clone().background("misspelt", 1.0).under(&effect).unwrap_err();
        assert!(matches!(error, AdvocateError::NoChannel { .. }), "{error}");
        let deficit = Anomaly::new(80.0).background("b", 100.0).expected_alone().unwrap();
        // √(2 (80 ln 0.8 + 20))
        assert!((deficit.significance + 2.072).abs() < 1e-3, "{deficit:?}");
    }

    #[test]
    fn yields_that_are_none_are_named() {
        let error = Anomaly::new(3.0).background("b", f64::NAN).expected_alone().unwrap_err().to_string();
        assert!(error.starts_with("the expected events of b must be"), "{error}");
        assert!(Anomaly::new(3.0).expected_alone().is_err());
    }
}
