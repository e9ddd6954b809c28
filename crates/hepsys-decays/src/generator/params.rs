use hepsys_nn::flow::FlowShape;
use hepsys_nn::{Optimizer, Schedule, Stopping, Training, TrainingParams, Watched};
use serde::{Deserialize, Serialize};

use super::KinematicsGenerator;
use crate::DecaysError;

/// How many couplings the flow has unless told otherwise: two rounds of the four splits of four features.
pub const DEFAULT_COUPLINGS: usize = 8;

/// The width of the hidden layers of each coupling unless told otherwise.
pub const DEFAULT_HIDDEN_LAYERS: [usize; 2] = [32, 32];

/// How many events make a batch unless told otherwise.
pub const DEFAULT_BATCH_SIZE: usize = 1024;

/// How many epochs a training has unless told otherwise.
pub const DEFAULT_EPOCHS: usize = 20;

/// The learning rate of the first epoch unless told otherwise; it falls to a hundredth.
pub const DEFAULT_LEARNING_RATE: f64 = 8e-3;

/// Parameters of a generator that nobody has checked yet; [`KinematicsGenerator::params`] begins them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GeneratorParams {
    couplings: usize,
    hidden_layers: Vec<usize>,
    training: TrainingParams,
    validation_fraction: f64,
}

impl Default for GeneratorParams {
    fn default() -> Self {
        Self {
            couplings: DEFAULT_COUPLINGS,
            hidden_layers: DEFAULT_HIDDEN_LAYERS.to_vec(),
            training: falling(DEFAULT_BATCH_SIZE, DEFAULT_LEARNING_RATE, DEFAULT_EPOCHS),
            validation_fraction: 0.0,
        }
    }
}

/// Adam at a rate that falls to a hundredth along a cosine.
pub(super) fn falling(batch_size: usize, rate: f64, epochs: usize) -> TrainingParams {
    Training::params()
        .optimizer(Optimizer::adam())
        .batch_size(batch_size)
        .learning_rate(Schedule::cosine(rate, 0.01 * rate, epochs))
        .stopping(Stopping::after(epochs))
}

impl KinematicsGenerator {
    /// The parameters of a generator, with their defaults.
    #[must_use]
    pub fn params() -> GeneratorParams {
        GeneratorParams::default()
    }
}

impl GeneratorParams {
    /// How many couplings the flow has; positive.
    ///
    /// Defaults to [`DEFAULT_COUPLINGS`]. $2 \lceil \log_2 n \rceil$ let each of $n$ features see all others.
    #[must_use]
    pub fn couplings(mut self, n_couplings: usize) -> Self {
        self.couplings = n_couplings;
        self
    }

    /// The width of each hidden layer of a coupling's network. Defaults to [`DEFAULT_HIDDEN_LAYERS`].
    #[must_use]
    pub fn hidden_layers(mut self, widths: impl Into<Vec<usize>>) -> Self {
        self.hidden_layers = widths.into();
        self
    }

    /// How it is trained.
    ///
    /// Defaults to Adam on batches of [`DEFAULT_BATCH_SIZE`] events, at a rate that falls from
    /// [`DEFAULT_LEARNING_RATE`] to a hundredth of it along a cosine within [`DEFAULT_EPOCHS`] epochs.
    #[must_use]
    pub fn training(mut self, training: TrainingParams) -> Self {
        self.training = training;
        self
    }

    /// The part of each mode's events that is kept aside to watch the training with; at least zero and below one.
    ///
    /// Defaults to none. A rule that [watches](Stopping) the validation loss needs some.
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
    pub fn check(self) -> Result<GeneratorValidParams, DecaysError> {
        self.shape(1, 1)?;
        check_training(&self.training, self.validation_fraction)?;
        Ok(GeneratorValidParams(self))
    }

    fn shape(&self, n_features: usize, n_modes: usize) -> Result<FlowShape, DecaysError> {
        Ok(FlowShape::new(n_features, n_modes, self.couplings, &self.hidden_layers)?)
    }
}

/// Checks how something is trained.
pub(super) fn check_training(training: &TrainingParams, validation_fraction: f64) -> Result<(), DecaysError> {
    if !(0.0..1.0).contains(&validation_fraction) {
        return Err(DecaysError::bad(
            "validation_fraction",
            "at least zero and below one",
            validation_fraction,
        ));
    }
    training.clone().check()?;
    if training.stopping.watched == Watched::Validation && validation_fraction == 0.0 {
        let expected = "positive where the stopping rule watches the validation loss";
        return Err(DecaysError::bad("validation_fraction", expected, 0));
    }
    Ok(())
}

/// A generator that is ready to be trained; see [`GeneratorValidParams::fit`].
#[derive(Debug, Clone, PartialEq)]
pub struct GeneratorValidParams(GeneratorParams);

impl GeneratorValidParams {
    /// The parameters.
    #[must_use]
    pub fn as_params(&self) -> &GeneratorParams {
        &self.0
    }

    pub(super) fn training(&self) -> &TrainingParams {
        &self.0.training
    }

    pub(super) fn validation_fraction(&self) -> f64 {
        self.0.validation_fraction
    }

    /// The flow of so many features and modes.
    pub(super) fn flow(&self, n_features: usize, n_modes: usize) -> Result<FlowShape, DecaysError> {
        self.0.shape(n_features, n_modes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_outside_their_range_are_named() {
        let error = |params: GeneratorParams| params.check().unwrap_err().to_string();
        let params = KinematicsGenerator::params;
        assert_eq!(error(params().couplings(0)), "a flow needs one or more features and couplings");
        assert_eq!(
            error(params().validation_fraction(1.0)),
            "validation_fraction must be at least zero and below one, got 1"
        );
        let watching = falling(10, 0.1, 3).stopping(Stopping::after(3).patience(1, Watched::Validation));
        assert!(error(params().training(watching)).starts_with("validation_fraction must be positive"));
        assert!(error(params().hidden_layers([3, 0])).contains("every layer of a network needs a unit"));
    }
}
