use hepsys_core::CoreError;
use hepsys_nn::NnError;
use hepsys_stats::StatsError;
use hepsys_stats::hypothesis::LimitError;
use hepsys_stats::workspace::WorkspaceError;
use thiserror::Error;

use crate::trees::TreesError;

/// What can go wrong while a classifier is kept from learning a difference, and while that is tested.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AdversarialError {
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
    /// A sample has no event, or weights of which none is positive.
    #[error("the sample \"{0}\" needs events of a positive total weight")]
    Weightless(String),
    /// A sample has a negative weight, which a classifier cannot be trained with.
    #[error(
        "event {event} of the sample \"{sample}\" has the negative weight {weight}: a training needs weights of at least zero"
    )]
    NegativeWeight {
        /// The sample.
        sample: String,
        /// The event, counted from zero.
        event: usize,
        /// Its weight.
        weight: f64,
    },
    /// An event has no object where every event needs one.
    #[error(
        "event {event} of the sample \"{sample}\" has no {sequence}: every one of their features is zero"
    )]
    EmptySequence {
        /// The sample.
        sample: String,
        /// The sequence.
        sequence: String,
        /// The event, counted from zero.
        event: usize,
    },
    /// A control region holds events of a class that must not be there.
    #[error(
        "the control region \"{region}\" holds {n_events} simulated events labelled {class} ({column} = {value}), the first is event {first}: \
         an adversary there would teach the classifier to hide its signal"
    )]
    SignalInControl {
        /// The region.
        region: String,
        /// The class that must not be there.
        class: String,
        /// The column with labels.
        column: String,
        /// The label.
        value: f64,
        /// How many there are.
        n_events: usize,
        /// The first of them, counted from zero.
        first: usize,
    },
    /// A training set without the classes that are asked for.
    #[error("there is no class \"{name}\"; there are {available:?}")]
    NoClass {
        /// The class.
        name: String,
        /// Those there are.
        available: Vec<String>,
    },
    /// The way of decorrelation needs a control region.
    #[error("{0} needs a control region with simulation and data")]
    NoControlRegion(String),
    /// A table that was read makes no sense.
    #[error("line {line}: {problem}")]
    BadTable {
        /// The line, counted from one.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// The user asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// Something is wrong with a sample.
    #[error(transparent)]
    Core(#[from] CoreError),
    /// Something is wrong with a network or its training.
    #[error(transparent)]
    Nn(#[from] NnError),
    /// Something is wrong with a statistical question.
    #[error(transparent)]
    Stats(#[from] StatsError),
    /// There is no limit.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// The numbers of a search make no model.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// Something is wrong with boosted trees or their events.
    #[error(transparent)]
    Trees(#[from] TreesError),
}

impl AdversarialError {
    pub(crate) fn bad(
        name: impl Into<String>,
        expected: impl Into<String>,
        found: impl std::fmt::Display,
    ) -> Self {
        Self::BadParameter { name: name.into(), expected: expected.into(), found: found.to_string() }
    }

    pub(crate) fn check(holds: bool, name: &str, expected: &str, found: f64) -> Result<(), Self> {
        if holds { Ok(()) } else { Err(Self::bad(name, expected, found)) }
    }
}
