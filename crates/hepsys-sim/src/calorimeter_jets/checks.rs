//! Checks of the many numbers of the benchmark, whose errors name the number and whose it is.

use crate::SimError;
use crate::numbers::check;

/// Mean numbers of objects beyond which a jet is no jet.
const LARGEST_MEAN: f64 = 1000.0;

/// Numbers beyond which products of a few of them leave single precision.
const LARGEST: f64 = 1e6;

/// The checks of one owner of parameters.
pub(super) struct Checks<'a>(&'a str);

impl<'a> Checks<'a> {
    pub(super) fn of(owner: &'a str) -> Self {
        Self(owner)
    }

    pub(super) fn check(
        &self,
        what: &str,
        expected: &str,
        value: f64,
        is_right: bool,
    ) -> Result<(), SimError> {
        check(&format!("{what} of {}", self.0), expected, value, is_right)
    }

    pub(super) fn finite(&self, what: &str, value: f64) -> Result<(), SimError> {
        self.check(what, "between -1e6 and 1e6", value, value.abs() <= LARGEST)
    }

    pub(super) fn positive(&self, what: &str, value: f64) -> Result<(), SimError> {
        self.check(what, "positive and at most 1e6", value, 0.0 < value && value <= LARGEST)
    }

    pub(super) fn not_negative(&self, what: &str, value: f64) -> Result<(), SimError> {
        self.check(what, "between 0 and 1e6", value, (0.0..=LARGEST).contains(&value))
    }

    pub(super) fn fraction(&self, what: &str, value: f64) -> Result<(), SimError> {
        self.check(what, "between 0 and 1", value, (0.0..=1.0).contains(&value))
    }

    /// Widths in η and φ: a jet is narrow.
    pub(super) fn width(&self, what: &str, value: f64) -> Result<(), SimError> {
        self.check(what, "between 0 and 1", value, (0.0..=1.0).contains(&value))
    }

    pub(super) fn mean(&self, what: &str, value: f64) -> Result<(), SimError> {
        self.check(what, "between 0 and 1000", value, (0.0..=LARGEST_MEAN).contains(&value))
    }

    pub(super) fn degrees_of_freedom(&self, of_what: &str, value: f64) -> Result<(), SimError> {
        let what = format!("the degrees of freedom of {of_what}");
        self.check(&what, "between 0.1 and 1e6", value, (0.1..=LARGEST).contains(&value))
    }

    pub(super) fn range(&self, what: &str, [low, high]: [f64; 2]) -> Result<(), SimError> {
        self.finite(&format!("the lower end of {what}"), low)?;
        let expected = format!("between the lower end, {low}, and 1e6");
        self.check(&format!("the upper end of {what}"), &expected, high, low <= high && high <= LARGEST)
    }
}
