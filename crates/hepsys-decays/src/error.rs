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
    /// A particle at the beginning of a chain has no production fraction or spectrum.
    #[error("`{name}` has no {what}")]
    NotProduced {
        /// The particle.
        name: String,
        /// What it does not have.
        what: &'static str,
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
    /// A generator has not learnt a mode.
    #[error("there is no mode \"{mode}\"; there are {}", available.join(", "))]
    UnknownMode {
        /// The mode asked for.
        mode: String,
        /// The modes there are.
        available: Vec<String>,
    },
    /// The sample of a mode cannot be learnt, or compared, together with the others.
    #[error("the sample of mode \"{mode}\" {reason}")]
    BadMode {
        /// The mode.
        mode: String,
        /// What is wrong with its sample.
        reason: String,
    },
    /// The user asked to stop.
    #[error("interrupted")]
    Interrupted,
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
    /// Something is wrong with a statistical question.
    #[cfg(feature = "generator")]
    #[error(transparent)]
    Stats(#[from] hepsys_stats::StatsError),
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

    pub(crate) fn bad(
        name: impl Into<String>,
        expected: impl Into<String>,
        found: impl std::fmt::Display,
    ) -> Self {
        Self::BadParameter { name: name.into(), expected: expected.into(), found: found.to_string() }
    }

    /// [`DecaysError::BadParameter`] unless `holds`.
    pub(crate) fn check(
        holds: bool,
        name: &str,
        expected: &str,
        found: impl std::fmt::Display,
    ) -> Result<(), Self> {
        if holds { Ok(()) } else { Err(Self::bad(name, expected, found)) }
    }
}
