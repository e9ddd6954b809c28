use hepsys_core::CoreError;
use thiserror::Error;

/// What can be wrong with a generator or a variation.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum SimError {
    /// A parameter is outside its range.
    #[error("{name} must be {expected}, got {value}")]
    BadParameter {
        /// The parameter.
        name: String,
        /// What would be right.
        expected: String,
        /// What was given.
        value: f64,
    },
    /// There is no regime of this name.
    #[error("no regime \"{0}\"; there are muon-like, electron-like and tau-like")]
    UnknownRegime(String),
    /// Something is wrong with the nouns themselves.
    #[error(transparent)]
    Core(#[from] CoreError),
}
