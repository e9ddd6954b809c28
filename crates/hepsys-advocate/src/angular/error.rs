use hepsys_core::CoreError;
use hepsys_rl::RlError;
use hepsys_sim::SimError;
use hepsys_stats::StatsError;
use thiserror::Error;

/// What can go wrong when agents look for an efficiency.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AngularError {
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
    /// There are not as many coefficients as the efficiency has.
    #[error("the efficiency has {expected} coefficients, got {found}")]
    BadCoefficients {
        /// How many there should be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// The user asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// A number is none.
    #[error(transparent)]
    Core(#[from] CoreError),
    /// An agent failed.
    #[error(transparent)]
    Rl(#[from] RlError),
    /// Something cannot be simulated.
    #[error(transparent)]
    Sim(#[from] SimError),
    /// Something is wrong with a statistical question.
    #[error(transparent)]
    Stats(#[from] StatsError),
}

impl AngularError {
    /// [`AngularError::BadParameter`] unless `holds`.
    pub(super) fn check(
        holds: bool,
        name: &str,
        expected: &str,
        found: impl std::fmt::Display,
    ) -> Result<(), Self> {
        if holds {
            return Ok(());
        }
        let found = found.to_string();
        Err(Self::BadParameter { name: name.to_owned(), expected: expected.to_owned(), found })
    }
}
