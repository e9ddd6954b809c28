use hepsys_core::CoreError;
use hepsys_sim::SimError;
use thiserror::Error;

/// What can go wrong when backgrounds are looked for.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DecaysError {
    /// A file does not follow its format.
    #[error("{file}, line {line}: {what}")]
    Syntax {
        /// The file.
        file: String,
        /// The line, counted from one.
        line: usize,
        /// What was found, and what was expected.
        what: String,
    },
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
    /// An analysis names a particle that the table does not know.
    #[error("{context}: there is no particle `{name}` in the decay table")]
    UnknownParticle {
        /// Where it is named.
        context: String,
        /// The particle.
        name: String,
    },
    /// An analysis cannot be read.
    #[error("the analysis {file}: {what}")]
    Analysis {
        /// The file.
        file: String,
        /// What is wrong.
        what: String,
    },
    /// The signal never passes its own selection.
    #[error(
        "of {n_events} simulated signal decays none passes the selection of \"{analysis}\": look at its cuts"
    )]
    NoSignal {
        /// The analysis.
        analysis: String,
        /// How many were simulated.
        n_events: usize,
    },
    /// No chain can reach the least relevance that is asked for.
    #[error("no decay chain of \"{analysis}\" can reach a relevance of {min_relevance}")]
    NoCandidates {
        /// The analysis.
        analysis: String,
        /// The least relevance.
        min_relevance: f64,
    },
    /// There are more chains than can be kept.
    #[error("more than {limit} chains can reach the least relevance: raise it, or allow fewer particles")]
    TooManyCandidates {
        /// How many may be kept.
        limit: usize,
    },
    /// What was kept of a search belongs to another.
    #[error("the saved search does not fit: {0}")]
    BadState(String),
    /// Something is wrong with the nouns themselves.
    #[error(transparent)]
    Core(#[from] CoreError),
    /// Something is wrong with the simulation.
    #[error(transparent)]
    Sim(#[from] SimError),
    /// Something is wrong with a network.
    #[cfg(any(feature = "generator", feature = "rl"))]
    #[error(transparent)]
    Nn(#[from] hepsys_nn::NnError),
    /// Something is wrong with an agent.
    #[cfg(feature = "rl")]
    #[error(transparent)]
    Rl(#[from] hepsys_rl::RlError),
}

impl DecaysError {
    pub(crate) fn syntax(file: &str, line: usize, found: &str, expected: &str) -> Self {
        let what = format!("found `{found}`, expected {expected}");
        Self::Syntax { file: file.to_owned(), line, what }
    }

    /// [`DecaysError::BadParameter`] unless `holds`.
    pub(crate) fn check(
        holds: bool,
        name: &str,
        expected: &str,
        found: impl std::fmt::Display,
    ) -> Result<(), Self> {
        if holds {
            return Ok(());
        }
        let (name, expected) = (name.to_owned(), expected.to_owned());
        Err(Self::BadParameter { name, expected, found: found.to_string() })
    }
}
