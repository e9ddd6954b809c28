use thiserror::Error;

/// What can go wrong with boosted trees.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum TreesError {
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
    /// Columns, classes and weights disagree about the number of events, or rows about the number of features.
    #[error("{what}: expected {expected}, found {found}")]
    LengthMismatch {
        /// What is too long or too short.
        what: String,
        /// How many there should be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A feature of an event is NaN, infinite, or too large for single precision.
    #[error("\"{feature}\" must be finite in single precision, but event {event} has {value}")]
    NotFinite {
        /// The feature.
        feature: String,
        /// The event, counted from zero.
        event: usize,
        /// The value.
        value: f64,
    },
    /// A weight is negative, NaN or infinite.
    #[error(
        "weights must be finite and not negative, but event {event} has {weight}: a tree cannot be grown on negative \
         curvature; train on events of positive weight, such as those of another generator or reweighted ones"
    )]
    BadWeight {
        /// The event, counted from zero.
        event: usize,
        /// The weight.
        weight: f64,
    },
    /// No event has a weight.
    #[error("all {0} events have weight zero")]
    NoWeight(usize),
    /// A class has no event of positive weight, so there is nothing to tell it from.
    #[error("there are no {class} events of positive weight: trees tell two classes apart")]
    EmptyClass {
        /// The class.
        class: String,
    },
    /// Trees that were read from a file do not fit together.
    #[error("tree {tree}: {reason}")]
    BadTree {
        /// The tree, counted from zero.
        tree: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// A leaf has no finite value.
    #[error(
        "tree {tree} has a leaf without a finite value, since the score of its events is 0 or 1 already: \
         raise min_leaf_weight or l2"
    )]
    Diverged {
        /// The tree, counted from zero.
        tree: usize,
    },
    /// The library that grows trees refused.
    #[error("the trees did not grow: {0}")]
    Library(String),
}

impl TreesError {
    pub(super) fn bad(
        name: impl Into<String>,
        expected: impl Into<String>,
        found: impl std::fmt::Display,
    ) -> Self {
        Self::BadParameter { name: name.into(), expected: expected.into(), found: found.to_string() }
    }

    /// That there are as many as there should be.
    pub(super) fn check_length(what: &str, expected: usize, found: usize) -> Result<(), Self> {
        if found == expected {
            return Ok(());
        }
        Err(Self::LengthMismatch { what: what.to_owned(), expected, found })
    }
}
