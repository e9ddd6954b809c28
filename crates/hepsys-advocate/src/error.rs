use hepsys_core::CoreError;
use hepsys_nn::NnError;
use hepsys_stats::{PseudoExperimentError, StatsError};
use thiserror::Error;

/// What can go wrong when the devil's advocate is called.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AdvocateError {
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
    /// A channel that is named has no simulation.
    #[error("there is no simulation of \"{name}\"; there is one of {}", available.join(", "))]
    NoChannel {
        /// The channel.
        name: String,
        /// The channels that there are.
        available: Vec<String>,
    },
    /// A channel has too few events, or weights that do not sum to a positive number.
    #[error("the simulation of \"{channel}\" {reason}")]
    BadChannel {
        /// The channel.
        channel: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No weight function within its range respects all limits.
    #[error("no efficiency respects all limits at once: {}", conflicting.join(" contradicts "))]
    Infeasible {
        /// The limits that contradict each other; without any one of them the others could be met.
        conflicting: Vec<String>,
    },
    /// No point respects all rows and bounds of a linear program.
    #[error("no point respects all rows and bounds of the linear program")]
    Contradiction,
    /// What is maximized has no limit.
    #[error(
        "nothing limits the efficiency: give a range of weights, a Lipschitz constant or more control channels"
    )]
    Unbounded,
    /// A network's weights cannot meet the limits, though others might.
    #[error(
        "the weights of the {method} network respect no combination of the limits, which the flat weight w = 1 does not either: \
         train longer, or allow steeper weights"
    )]
    OutOfReach {
        /// How the weights were searched for.
        method: &'static str,
    },
    /// A solver of linear programs failed.
    #[error("{solver} did not solve the linear program: {reason}")]
    Solver {
        /// The solver.
        solver: String,
        /// What it said.
        reason: String,
    },
    /// The user asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// The searches of several seeds could not be made.
    #[error(transparent)]
    Seeds(#[from] PseudoExperimentError),
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

impl AdvocateError {
    pub(crate) fn bad(
        name: impl Into<String>,
        expected: impl Into<String>,
        found: impl std::fmt::Display,
    ) -> Self {
        Self::BadParameter { name: name.into(), expected: expected.into(), found: found.to_string() }
    }
}
