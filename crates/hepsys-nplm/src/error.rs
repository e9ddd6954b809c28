use hepsys_core::CoreError;
use hepsys_nn::NnError;
use hepsys_stats::{PseudoExperimentError, StatsError};
use thiserror::Error;

/// What can go wrong with a test for new physics.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NplmError {
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
    /// A sample has no event, or the reference expects none.
    #[error("the {0} must not be empty")]
    Empty(String),
    /// An auxiliary measurement belongs to no nuisance parameter, or the other way round.
    #[error("no nuisance parameter \"{name}\"; the test has {}", if known.is_empty() { "none".to_owned() } else { known.join(", ") })]
    UnknownNuisance {
        /// The name that nothing answers to.
        name: String,
        /// The nuisance parameters there are.
        known: Vec<String>,
    },
    /// Taylor coefficients do not fit the sample they were computed on.
    #[error("the Taylor coefficients of \"{nuisance}\" should be {expected}, got {found}")]
    BadCoefficients {
        /// The nuisance parameter.
        nuisance: String,
        /// What they should be: a shape `[order][events]`, or finite.
        expected: String,
        /// What they are.
        found: String,
    },
    /// No start of the optimiser came to a finite value.
    #[error("the loss is not finite from any of {starts} starts (nuisance parameters at {nuisances:?})")]
    NotFinite {
        /// How many starts there were.
        starts: usize,
        /// The nuisance parameters where they began.
        nuisances: Vec<f64>,
    },
    /// No weight clip brackets the target.
    #[error(
        "the median of t has not crossed {aim:.2} after {n_steps} clips, the last of them {last} with a median of {median:.2}"
    )]
    NoClip {
        /// How many clips were tried.
        n_steps: usize,
        /// The last of them.
        last: f64,
        /// The median of t there.
        median: f64,
        /// That of the target.
        aim: f64,
    },
    /// Toys could not be made.
    #[error(transparent)]
    Toys(#[from] PseudoExperimentError),
    /// The user asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// Something is wrong with a sample.
    #[error(transparent)]
    Core(#[from] CoreError),
    /// Something is wrong with a network.
    #[error(transparent)]
    Nn(#[from] NnError),
    /// Something is wrong with a statistical question.
    #[error(transparent)]
    Stats(#[from] StatsError),
}
