use hepsys_nn::NnError;
use thiserror::Error;

/// What can go wrong with environments, searches and agents.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RlError {
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
    /// A list does not have the length that a space, a population or a network asks for.
    #[error("{what}: expected {expected}, found {found}")]
    LengthMismatch {
        /// What is too long or too short.
        what: String,
        /// How many there should be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// An action is not one of the space.
    #[error("the action {action} is not one of {space}")]
    BadAction {
        /// The action.
        action: String,
        /// The space.
        space: String,
    },
    /// A reward or an observation is not a number.
    #[error("{what} must be {expected}, got {found}")]
    NotFinite {
        /// What it is.
        what: String,
        /// What would be right.
        expected: &'static str,
        /// What it is instead.
        found: f64,
    },
    /// An observation allows no action.
    #[error("step {step} of an episode allows no action: an environment that is over says so by `done`")]
    NothingAllowed {
        /// The step, counted from zero.
        step: usize,
    },
    /// The environment or the objective failed.
    #[error("{context}: {source}")]
    Environment {
        /// When it did.
        context: String,
        /// What it says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A saved state does not fit what it is used with.
    #[error("the saved state does not fit: {0}")]
    BadState(String),
    /// Something is wrong with a network.
    #[error(transparent)]
    Nn(#[from] NnError),
}

impl RlError {
    /// The failure of an environment or an objective, with what it was doing.
    pub fn environment(
        context: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Environment { context: context.into(), source: source.into() }
    }

    pub(crate) fn bad(
        name: impl Into<String>,
        expected: impl Into<String>,
        found: impl std::fmt::Display,
    ) -> Self {
        Self::BadParameter { name: name.into(), expected: expected.into(), found: found.to_string() }
    }

    /// [`RlError::BadParameter`] unless `holds`.
    pub(crate) fn check(
        holds: bool,
        name: &str,
        expected: &str,
        found: impl std::fmt::Display,
    ) -> Result<(), Self> {
        if holds { Ok(()) } else { Err(Self::bad(name, expected, found)) }
    }

    /// [`RlError::LengthMismatch`] unless the lengths agree.
    pub(crate) fn check_length(what: &str, expected: usize, found: usize) -> Result<(), Self> {
        if expected == found {
            return Ok(());
        }
        Err(Self::LengthMismatch { what: what.to_owned(), expected, found })
    }
}
