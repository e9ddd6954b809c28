use hepsys_core::CoreError;
use hepsys_nn::NnError;
use hepsys_stats::workspace::WorkspaceError;
use hepsys_stats::{PseudoExperimentError, StatsError};
use thiserror::Error;

/// What can go wrong with classifiers, their templates and the measurement with them.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ParamclfError {
    /// A parameter is outside its range.
    #[error("{name} must be {expected}, got {found}")]
    BadParameter {
        /// The parameter.
        name: String,
        /// What would be right.
        expected: String,
        /// What was given.
        found: String,
    },
    /// A two-point systematic uncertainty was to be trained on.
    #[error(
        "\"{0}\" is a two-point systematic uncertainty: only two models of it are simulated, so a classifier would learn to be blind to, \
         or to interpolate between, two points of which nobody knows whether the truth lies anywhere near; keep it for the fit, or \
         say `train_on_two_points` if you know why"
    )]
    TwoPoint(String),
    /// A sample holds no event, or weights that sum to zero or less.
    #[error("the {sample} at {z} must have events of a positive total weight")]
    Empty {
        /// The sample.
        sample: String,
        /// The value of the nuisance parameter, with its name.
        z: String,
    },
    /// There is no simulation at a value of the nuisance parameter.
    #[error("{what} at {nuisance} = {z}: {reason}")]
    NotSimulated {
        /// What was to be simulated.
        what: String,
        /// The nuisance parameter.
        nuisance: String,
        /// Its value.
        z: f64,
        /// Why there is none.
        reason: String,
    },
    /// A likelihood of a classifier that moves with z has no form that other programs could read.
    #[error(
        "a workspace holds one list of counts, but the score of {0} changes with the nuisance parameter, and with it the observed counts n_b(z): \
         freeze the classifier at one value first"
    )]
    MovingCounts(String),
    /// A fit found no minimum.
    #[error("the fit {what} ended without a minimum: {reason}")]
    NoMinimum {
        /// What was fitted.
        what: String,
        /// Why it is none.
        reason: String,
    },
    /// The user asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// Toys could not be made.
    #[error(transparent)]
    Toys(#[from] PseudoExperimentError),
    /// Something is wrong with a sample.
    #[error(transparent)]
    Core(#[from] CoreError),
    /// Something is wrong with a network.
    #[error(transparent)]
    Nn(#[from] NnError),
    /// Something is wrong with a statistical question.
    #[error(transparent)]
    Stats(#[from] StatsError),
    /// A workspace cannot be written.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
}

impl ParamclfError {
    pub(crate) fn bad(
        name: impl Into<String>,
        expected: impl Into<String>,
        found: impl std::fmt::Display,
    ) -> Self {
        Self::BadParameter { name: name.into(), expected: expected.into(), found: found.to_string() }
    }
}
