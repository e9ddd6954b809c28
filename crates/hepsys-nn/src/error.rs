use std::path::{Path, PathBuf};

use hepsys_core::CoreError;
use thiserror::Error;

/// What can go wrong with networks and their training.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NnError {
    /// A layer without units, or a network that a kernel does not take.
    #[error("{0}")]
    BadShape(String),
    /// A list does not have the length that the network asks for.
    #[error("{what}: expected {expected}, found {found}")]
    LengthMismatch {
        /// What is too long or too short.
        what: String,
        /// How many there should be.
        expected: usize,
        /// How many there are.
        found: usize,
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
    /// A feature has no spread, or no mean, to be scaled with.
    #[error(
        "feature \"{feature}\" cannot be scaled: its scale is {scale}, but it must be finite and not negligible"
    )]
    Unscalable {
        /// The feature.
        feature: String,
        /// What it would be divided by.
        scale: f64,
    },
    /// There is nothing to train on.
    #[error("training needs events, but {0} has none")]
    NoEvents(String),
    /// No device has this name.
    #[error("no device \"{name}\"; hepsys knows cpu, flex, ndarray and wgpu")]
    UnknownDevice {
        /// The name asked for.
        name: String,
    },
    /// The device is behind a Cargo feature that this build does not have.
    #[error("device \"{device}\" needs the Cargo feature `{feature}` of hepsys-nn, which this build lacks")]
    MissingFeature {
        /// The device asked for.
        device: String,
        /// The feature that brings it.
        feature: String,
    },
    /// The graphics driver offers nothing to compute on.
    #[error("device \"{0}\" finds no adapter: is a graphics driver installed?")]
    NoAdapter(String),
    /// The device could not give its values back.
    #[error("the device cannot be read: {0}")]
    Device(String),
    /// A loss became NaN or infinite.
    #[error("the loss of phase \"{phase}\" is {loss} in epoch {epoch}: try a smaller learning rate")]
    Diverged {
        /// The phase of the training.
        phase: String,
        /// The epoch, counted from one.
        epoch: usize,
        /// The loss.
        loss: f64,
    },
    /// A loss does not depend on the parameters of the network.
    #[error("the loss of phase \"{phase}\" must be one number that depends on the network, but {found}")]
    BadLoss {
        /// The phase of the training.
        phase: String,
        /// What it is instead.
        found: String,
    },
    /// There is no network of this name.
    #[error("no network \"{name}\"; there are {}", available.join(", "))]
    NoNetwork {
        /// The name that nothing answers to.
        name: String,
        /// The networks there are.
        available: Vec<String>,
    },
    /// A phase trains parameters that the network does not have.
    #[error("phase \"{phase}\" trains \"{wanted}\", but the network has {}", available.join(", "))]
    NoSuchParameters {
        /// The phase of the training.
        phase: String,
        /// The path asked for.
        wanted: String,
        /// The paths there are.
        available: Vec<String>,
    },
    /// Two phases have the same name, and would draw the same random numbers.
    #[error(
        "two phases of the training are called \"{0}\": random numbers follow the name, so each needs its own"
    )]
    SamePhase(String),
    /// What an optimiser remembers is of another training.
    #[error("the optimiser's memory does not fit this training: {0}")]
    BadMemory(String),
    /// A graph that is to be exported lacks something, or names collide in it.
    #[error("{0}")]
    BadGraph(String),
    /// A checkpoint is not one, is damaged, or belongs to another training.
    #[error("checkpoint {}: {reason}", path.display())]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A checkpoint or an exported network cannot be read or written.
    #[error("file {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Something is wrong with a sample.
    #[error(transparent)]
    Core(#[from] CoreError),
}

impl NnError {
    pub(crate) fn check_positive(name: &str, value: f64) -> Result<(), Self> {
        Self::check(value.is_finite() && value > 0.0, name, "positive and finite", value)
    }

    /// [`NnError::BadParameter`] unless `holds`.
    pub(crate) fn check(holds: bool, name: &str, expected: &str, value: f64) -> Result<(), Self> {
        if holds {
            return Ok(());
        }
        Err(Self::BadParameter { name: name.to_owned(), expected: expected.to_owned(), value })
    }

    pub(crate) fn checkpoint(path: &Path, reason: impl Into<String>) -> Self {
        Self::Checkpoint { path: path.to_owned(), reason: reason.into() }
    }

    pub(crate) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        |source| Self::File { path, source }
    }
}
