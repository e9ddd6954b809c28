use serde::{Deserialize, Serialize};

use crate::ParticleId;

/// How often a decay happens, and how well that is known.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BranchingFraction {
    /// The fraction.
    pub value: f64,
    /// The standard deviation of its logarithm; zero where the table gives no error.
    pub relative_error: f64,
    /// Whether it, or a factor of it, was predicted and never measured.
    pub predicted: bool,
}

impl BranchingFraction {
    /// A fraction from a table, without an error.
    #[must_use]
    pub fn listed(value: f64) -> Self {
        Self { value, relative_error: 0.0, predicted: false }
    }

    /// A fraction with the standard deviation of its natural logarithm.
    #[must_use]
    pub fn measured(value: f64, relative_error: f64) -> Self {
        Self { value, relative_error, predicted: false }
    }

    /// A prediction with its error in powers of ten.
    #[must_use]
    pub fn predicted(value: f64, error_dex: f64) -> Self {
        Self { value, relative_error: error_dex * std::f64::consts::LN_10, predicted: true }
    }

    /// The fraction of one decay after the other; relative errors of different decays add in quadrature.
    #[must_use]
    pub fn times(&self, other: &Self) -> Self {
        Self {
            value: self.value * other.value,
            relative_error: self.relative_error.hypot(other.relative_error),
            predicted: self.predicted || other.predicted,
        }
    }

    /// The fraction of the same decay so many times; its relative error counts as often.
    #[must_use]
    pub fn to_the(&self, n: usize) -> Self {
        let value = self.value.powi(n as i32);
        Self { value, relative_error: n as f64 * self.relative_error, predicted: self.predicted }
    }

    /// The fraction times a number without an error.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        Self { value: factor * self.value, ..*self }
    }

    /// The fraction of one decay or the other; absolute errors add in quadrature.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let value = self.value + other.value;
        let error = (self.value * self.relative_error).hypot(other.value * other.relative_error);
        let relative_error = if value > 0.0 { error / value } else { 0.0 };
        Self { value, relative_error, predicted: self.predicted || other.predicted }
    }
}

/// One way in which a particle decays.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct DecayMode {
    /// How often.
    pub fraction: BranchingFraction,
    /// Into what, in the order of the file.
    pub daughters: Vec<ParticleId>,
    /// The name of EvtGen's decay model.
    pub model: String,
}

impl DecayMode {
    /// A mode that happens by phase space.
    #[must_use]
    pub fn new(fraction: BranchingFraction, daughters: Vec<ParticleId>) -> Self {
        Self { fraction, daughters, model: "PHSP".to_owned() }
    }

    /// The relative error in a comment with `value a +- b`.
    pub(super) fn error_of(comment: &str) -> Option<f64> {
        let (_, rest) = comment.split_once("value ")?;
        let (value, rest) = rest.split_once("+-")?;
        let value: f64 = value.trim().parse().ok()?;
        let error: f64 = rest.split_whitespace().next()?.parse().ok()?;
        let relative = error / value;
        (relative.is_finite() && relative >= 0.0).then_some(relative)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_propagate() {
        let (a, b) = (BranchingFraction::measured(0.3, 0.1), BranchingFraction::predicted(0.1, 0.5));
        let both = a.times(&b);
        assert!((both.value - 0.03).abs() < 1e-15 && both.predicted);
        assert!((both.relative_error - 0.1_f64.hypot(0.5 * std::f64::consts::LN_10)).abs() < 1e-15);
        let either = a.plus(&BranchingFraction::measured(0.1, 0.4));
        assert!((either.relative_error - 0.05 / 0.4).abs() < 1e-15);
        assert_eq!(BranchingFraction::listed(0.0).plus(&BranchingFraction::listed(0.0)).relative_error, 0.0);
    }

    #[test]
    fn comments_may_hold_errors() {
        assert_eq!(DecayMode::error_of("PDG S041.1 ; value 0.2 +- 0.05"), Some(0.25));
        for comment in ["", "value", "value x +- 1", "value 0 +- 1", "value 1 +- -1", "a value 1"] {
            assert_eq!(DecayMode::error_of(comment), None, "{comment}");
        }
    }
}
