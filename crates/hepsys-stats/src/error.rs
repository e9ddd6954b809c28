use hepsys_core::CoreError;
use thiserror::Error;

use crate::fit::FitError;
use crate::pseudo_experiment::PseudoExperimentError;
use crate::toy_file::ToyFileError;

/// What can be wrong with a statistical question.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StatsError {
    /// A parameter is outside its range.
    #[error("{name} must be {expected}, got {value}")]
    BadParameter {
        /// The parameter.
        name: String,
        /// What would be right.
        expected: String,
        /// What was given.
        value: String,
    },
    /// A likelihood is zero, or no number, wherever it was looked for.
    #[error("the likelihood is finite for no \"{parameter}\" between {low} and {high}")]
    NowhereFinite {
        /// The parameter that was searched along.
        parameter: String,
        /// Where its range begins.
        low: f64,
        /// Where it ends.
        high: f64,
    },
    /// There are fewer values than the question needs.
    #[error("{what} needs {needed} or more values, got {found}")]
    TooFewValues {
        /// What was asked for.
        what: String,
        /// How many values it needs.
        needed: usize,
        /// How many there are.
        found: usize,
    },
    /// A value cannot belong to the distribution it is compared with.
    #[error("{what} must be {expected}, but value {index} is {value}")]
    BadValue {
        /// Which values.
        what: String,
        /// What would be right.
        expected: String,
        /// Which of them, counted from zero.
        index: usize,
        /// Its value.
        value: f64,
    },
    /// A pool of events holds fewer than a toy asks for.
    #[error("the pool has {available} events for {what}, but a toy asks for {asked}")]
    PoolTooSmall {
        /// The data or the reference.
        what: String,
        /// How many it asks for.
        asked: usize,
        /// How many there are to draw from.
        available: usize,
    },
    /// Two parts of a likelihood do not agree about a parameter that both have.
    #[error(
        "parameter \"{name}\" has {what} {first} in part {first_part}, but {second} in part {second_part}"
    )]
    Disagreement {
        /// The parameter.
        name: String,
        /// What they do not agree about.
        what: String,
        /// What the first of them says.
        first: String,
        /// The place of the first of them.
        first_part: usize,
        /// What the second says.
        second: String,
        /// The place of the second.
        second_part: usize,
    },
    /// An auxiliary measurement stands in two parts of a likelihood.
    #[error(
        "the auxiliary measurement of \"{name}\" stands in parts {first} and {second} and would count twice; one has to leave it out"
    )]
    CountedTwice {
        /// The parameter that it measures.
        name: String,
        /// The first part.
        first: usize,
        /// The second part.
        second: usize,
    },
    /// A raw event appears twice in a pool.
    #[error("raw event {0} appears twice in the pool")]
    DuplicateEvent(usize),
    /// A fit gives no number.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// Something is wrong with the nouns themselves.
    #[error(transparent)]
    Core(#[from] CoreError),
    /// A run of pseudo-experiments did not end well.
    #[error(transparent)]
    PseudoExperiments(#[from] PseudoExperimentError),
    /// A file of toys cannot be read or written.
    #[error(transparent)]
    ToyFile(#[from] ToyFileError),
}

impl StatsError {
    #[expect(clippy::needless_pass_by_value, reason = "callers give literals")]
    pub(crate) fn bad_parameter(
        name: impl Into<String>,
        expected: impl Into<String>,
        value: impl ToString,
    ) -> Self {
        Self::BadParameter { name: name.into(), expected: expected.into(), value: value.to_string() }
    }
}

/// Refuses values that are NaN or infinite, and lists shorter than `needed`.
pub(crate) fn check_values(what: &str, values: &[f64], needed: usize) -> Result<(), StatsError> {
    if values.len() < needed {
        return Err(StatsError::TooFewValues { what: what.into(), needed, found: values.len() });
    }
    match values.iter().position(|v| !v.is_finite()) {
        None => Ok(()),
        Some(index) => Err(StatsError::BadValue {
            what: format!("the values of {what}"),
            expected: "finite".into(),
            index,
            value: values[index],
        }),
    }
}
