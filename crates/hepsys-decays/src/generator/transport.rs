use std::path::Path;

use hepsys_nn::{Checkpoint, Run, TrainingParams};
use serde::{Deserialize, Serialize};

use super::model::{WHOSE, index_of};
use super::params::{check_training, falling};
use super::training::{Pooled, Task};
use super::{KinematicsGenerator, ModeSample};
use crate::DecaysError;

/// How many detailed events make a batch unless told otherwise.
pub const DEFAULT_TRANSPORT_BATCH_SIZE: usize = 512;

/// How many epochs a transport has unless told otherwise: 150 steps on 5000 events.
pub const DEFAULT_TRANSPORT_EPOCHS: usize = 15;

/// The learning rate of its first epoch unless told otherwise; it falls to a hundredth.
pub const DEFAULT_TRANSPORT_RATE: f64 = 7e-4;

/// How a generator is moved to a more detailed simulation, by training it further on few events; not checked yet.
///
/// Modes without detailed events move along: they share all weights but those of the mode itself with the others, so
/// what the detector does to all modes alike is carried over, and what it does to one mode alone is not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TransportParams {
    training: TrainingParams,
    validation_fraction: f64,
}

impl Default for TransportParams {
    fn default() -> Self {
        Self {
            training: falling(DEFAULT_TRANSPORT_BATCH_SIZE, DEFAULT_TRANSPORT_RATE, DEFAULT_TRANSPORT_EPOCHS),
            validation_fraction: 0.0,
        }
    }
}

impl TransportParams {
    /// How it is trained further.
    ///
    /// Defaults to Adam on batches of [`DEFAULT_TRANSPORT_BATCH_SIZE`] events, at a rate that falls from
    /// [`DEFAULT_TRANSPORT_RATE`] to a hundredth of it along a cosine within [`DEFAULT_TRANSPORT_EPOCHS`] epochs.
    #[must_use]
    pub fn training(mut self, training: TrainingParams) -> Self {
        self.training = training;
        self
    }

    /// The part of each mode's events that is kept aside to watch the training with; at least zero and below one.
    ///
    /// Defaults to none: of a few hundred events each is worth more to learn from.
    #[must_use]
    pub fn validation_fraction(mut self, fraction: f64) -> Self {
        self.validation_fraction = fraction;
        self
    }

    /// Checks the parameters; only checked ones can be used.
    ///
    /// # Errors
    ///
    /// [`DecaysError::BadParameter`] or [`DecaysError::Nn`] with the first that is outside its range.
    pub fn check(self) -> Result<TransportValidParams, DecaysError> {
        check_training(&self.training, self.validation_fraction)?;
        Ok(TransportValidParams(self))
    }
}

/// A transport that is ready to be done; see [`TransportValidParams::fit`].
#[derive(Debug, Clone, PartialEq)]
pub struct TransportValidParams(TransportParams);

impl TransportValidParams {
    /// The generator, trained further on detailed events of some or all of its modes.
    ///
    /// # Errors
    ///
    /// [`DecaysError::UnknownMode`] for a mode that the generator has not learnt, [`DecaysError::BadMode`] for one that
    /// is there twice or has other features, [`DecaysError::Interrupted`], and those of the training.
    pub fn fit(
        &self,
        generator: &KinematicsGenerator,
        detailed: &[ModeSample],
        run: &Run,
    ) -> Result<KinematicsGenerator, DecaysError> {
        self.fit_with(generator, detailed, run, None)
    }

    /// The same, with a checkpoint after every epoch to go on from.
    ///
    /// # Errors
    ///
    /// As [`fit`](Self::fit), and [`NnError::Checkpoint`](hepsys_nn::NnError::Checkpoint) for a file of another training.
    pub fn fit_resumed(
        &self,
        generator: &KinematicsGenerator,
        detailed: &[ModeSample],
        run: &Run,
        checkpoint: impl AsRef<Path>,
    ) -> Result<KinematicsGenerator, DecaysError> {
        self.fit_with(generator, detailed, run, Some(Checkpoint::every(1, checkpoint.as_ref())))
    }

    fn fit_with(
        &self,
        generator: &KinematicsGenerator,
        detailed: &[ModeSample],
        run: &Run,
        checkpoint: Option<Checkpoint>,
    ) -> Result<KinematicsGenerator, DecaysError> {
        let modes = generator.modes();
        let pooled = Pooled::new(detailed, generator.features(), WHOSE, |mode| index_of(modes, mode))?;
        let mut content = generator.content().clone();
        let names: Vec<&str> = detailed.iter().map(ModeSample::name).collect();
        let described = (generator, &names, self.0.validation_fraction);
        let task = Task {
            training: &self.0.training,
            validation_fraction: self.0.validation_fraction,
            standardizer: &content.standardizer,
            shape: &content.shape,
            checkpoint: checkpoint.map(|c| c.describing(&described)).transpose()?,
        };
        let (parameters, history) = task.train(&content.parameters, &pooled, run)?;
        content.parameters = parameters;
        content.histories.push(history);
        KinematicsGenerator::try_from(content)
    }
}

impl KinematicsGenerator {
    /// This generator, moved to a more detailed simulation with the default [`TransportParams`].
    ///
    /// # Errors
    ///
    /// As [`TransportValidParams::fit`].
    pub fn transport(&self, detailed: &[ModeSample], run: &Run) -> Result<Self, DecaysError> {
        TransportParams::default().check()?.fit(self, detailed, run)
    }
}
