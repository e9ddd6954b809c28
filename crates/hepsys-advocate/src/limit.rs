use serde::{Deserialize, Serialize};

use crate::AdvocateError;

/// How far a measured efficiency, or a ratio of two, may lie from what the simulation says: $1 + \text{low} \le e \le 1 + \text{high}$.
///
/// ```
/// use hepsys_advocate::Limit;
/// let limit = Limit::within(0.03);
/// assert_eq!((limit.low(), limit.high()), (-0.03, 0.03));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    low: f64,
    high: f64,
}

impl Limit {
    /// Within this of the simulation, on both sides: `0.03` is ± 3 %.
    #[must_use]
    pub fn within(deviation: f64) -> Self {
        Self { low: -deviation, high: deviation }
    }

    /// Between these deviations from the simulation; `between(-0.01, 0.05)` is what a control channel allows that was
    /// measured 2 % high, with an error of 3 %.
    #[must_use]
    pub fn between(low: f64, high: f64) -> Self {
        Self { low, high }
    }

    /// The lowest deviation.
    #[must_use]
    pub fn low(self) -> f64 {
        self.low
    }

    /// The highest deviation.
    #[must_use]
    pub fn high(self) -> f64 {
        self.high
    }

    /// That both are numbers, the lower one above −1 and not above the higher one.
    pub(crate) fn check(self, of: &str) -> Result<(), AdvocateError> {
        let Self { low, high } = self;
        if low.is_finite() && high.is_finite() && low > -1.0 && low <= high {
            return Ok(());
        }
        let expected = "two finite deviations above -1, the lower one first (0.03 is 3 %)";
        Err(AdvocateError::bad(format!("the limit of {of}"), expected, format!("[{low}, {high}]")))
    }
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let percent = |deviation: f64| (deviation * 1e6).round() / 1e4;
        if self.low == -self.high {
            write!(f, "± {} %", percent(self.high))
        } else {
            write!(f, "{:+} % to {:+} %", percent(self.low), percent(self.high))
        }
    }
}
