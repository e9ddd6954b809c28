use thiserror::Error;

/// What can be wrong with the nouns of an analysis.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum CoreError {
    /// A sample was asked for a feature that its schema does not have.
    #[error("no feature \"{name}\"; the sample has {}", list(available))]
    UnknownFeature {
        /// The feature asked for.
        name: String,
        /// The features there are.
        available: Vec<String>,
    },
    /// Two features of one schema share a name.
    #[error("feature \"{0}\" appears twice")]
    DuplicateFeature(String),
    /// Two samples that should describe the same features do not.
    #[error("schemas differ: expected features {}, found {}", list(expected), list(found))]
    SchemaMismatch {
        /// The features of the first.
        expected: Vec<String>,
        /// The features of the second.
        found: Vec<String>,
    },
    /// Columns, or columns and weights, disagree about the number of events.
    #[error("{what} has {found} events, expected {expected}")]
    LengthMismatch {
        /// What is too long or too short.
        what: String,
        /// How many events there should be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A value is NaN or infinite.
    #[error("{what} must be finite, but event {event} has {value}")]
    NotFinite {
        /// The column, or "weights".
        what: String,
        /// The event, counted from zero.
        event: usize,
        /// The value.
        value: f64,
    },
    /// An event index is beyond the end of the sample.
    #[error("event {index} asked for, but the sample has {n_events} events")]
    NoSuchEvent {
        /// The event asked for, counted from zero.
        index: usize,
        /// How many there are.
        n_events: usize,
    },
    /// A total weight that has to be positive is not.
    #[error("the total weight must be positive, but it is {0}")]
    NonPositiveTotal(f64),
    /// Bin edges do not describe bins.
    #[error("bin edges must be finite and increase: {0}")]
    BadEdges(String),
    /// A selection cannot be understood.
    #[error("cut \"{cut}\" is not understood: {reason}")]
    BadCut {
        /// The text of the cut.
        cut: String,
        /// What is wrong with it.
        reason: String,
    },
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
    /// A record batch or tensor does not fit the sample it should become.
    #[error("{0}")]
    Conversion(String),
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
