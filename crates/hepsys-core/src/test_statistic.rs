use std::fmt;

use serde::{Deserialize, Serialize};

use crate::CoreError;

/// The value of a test statistic: larger means less compatible with the null hypothesis.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct TestStatistic(f64);

impl TestStatistic {
    /// The test statistic with this value.
    ///
    /// # Errors
    ///
    /// [`CoreError::BadParameter`] if it is NaN or infinite.
    pub fn new(value: f64) -> Result<Self, CoreError> {
        if value.is_finite() {
            Ok(Self(value))
        } else {
            Err(CoreError::BadParameter { name: "a test statistic".into(), expected: "finite".into(), value })
        }
    }

    /// Its value.
    #[must_use]
    pub fn value(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for TestStatistic {
    type Error = CoreError;

    fn try_from(value: f64) -> Result<Self, CoreError> {
        Self::new(value)
    }
}

impl From<TestStatistic> for f64 {
    fn from(t: TestStatistic) -> Self {
        t.0
    }
}

impl fmt::Display for TestStatistic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
