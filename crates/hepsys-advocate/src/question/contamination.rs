use serde::{Deserialize, Serialize};

use super::Question;
use crate::AdvocateError;

/// Events in a channel's data that its simulation does not have: $e_c = \langle w \rangle_c + \langle b \rangle_c$ with
/// $0 \le \langle b \rangle_c \le$ `at_most`, in units of the channel's simulated yield.
///
/// The function $b(x) \ge 0$ is the same in all channels that have such a limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Contamination {
    /// The channel.
    pub channel: String,
    /// The largest yield of $b$, relative to that of the channel's simulation.
    pub at_most: f64,
}

impl Contamination {
    pub(super) fn check(&self) -> Result<(), AdvocateError> {
        if self.at_most.is_finite() && self.at_most >= 0.0 {
            return Ok(());
        }
        let name = format!("the contamination of {}", self.channel);
        Err(AdvocateError::bad(name, "finite and not negative", self.at_most))
    }
}

impl Question {
    /// Lets the data of this channel hold background that its simulation lacks, up to this fraction of its simulated yield.
    ///
    /// ```
    /// use hepsys_advocate::{Limit, Question};
    /// // Up to 1 % of what is selected as J/psi may be background that looks as it likes.
    /// let question = Question::new()
    ///     .target("V", 1.0)
    ///     .control("J/psi", Limit::within(0.03))
    ///     .contamination("J/psi", 0.01);
    /// assert_eq!(question.contaminations()[0].at_most, 0.01);
    /// ```
    #[must_use]
    pub fn contamination(mut self, channel: impl Into<String>, at_most: f64) -> Self {
        self.contaminations.push(Contamination { channel: channel.into(), at_most });
        self
    }

    /// The channels whose data may hold background that their simulation lacks.
    #[must_use]
    pub fn contaminations(&self) -> &[Contamination] {
        &self.contaminations
    }

    /// Whether each of [`Question::channels`] may hold such background.
    pub(crate) fn contaminated(&self) -> Vec<bool> {
        let is = |channel: &str| self.contaminations.iter().any(|b| b.channel == channel);
        self.channels().into_iter().map(is).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::{Limit, Question};

    #[test]
    fn contaminated_channels_are_named_once_and_their_yields_checked() {
        let question = Question::new().target("V", 1.0).control("X", Limit::within(0.03));
        let contaminated = question.clone().contamination("X", 0.02).contamination("Y", 0.01);
        assert_eq!(contaminated.channels(), ["V", "X", "Y"]);
        assert_eq!(contaminated.contaminated(), [false, true, true]);
        contaminated.check().unwrap();
        let error = question.contamination("X", -0.1).check().unwrap_err().to_string();
        assert_eq!(error, "the contamination of X must be finite and not negative, got -0.1");
    }
}
