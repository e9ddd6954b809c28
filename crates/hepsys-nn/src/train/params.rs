use serde::{Deserialize, Serialize};

use super::learner::Learner;
use super::{Batch, Optimizer, Phase, Schedule, Stopping, Trainer};
use crate::NnError;

/// How to train, checked; made by [`TrainingParams::check`].
#[derive(Debug, Clone, PartialEq)]
pub struct Training(TrainingParams);

/// How to train: steps, batches and when to stop.
///
/// ```
/// use hepsys_nn::{Schedule, Stopping, Training};
///
/// let training = Training::params()
///     .batch_size(512)
///     .learning_rate(Schedule::constant(1e-3))
///     .stopping(Stopping::after(200))
///     .check()?;
/// # Ok::<(), hepsys_nn::NnError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct TrainingParams {
    /// How gradients become steps.
    pub optimizer: Optimizer,
    /// The learning rate of each epoch.
    pub learning_rate: Schedule,
    /// How many events make a batch; all of them, if not set.
    pub batch_size: Option<usize>,
    /// When it ends.
    pub stopping: Stopping,
}

impl Default for TrainingParams {
    fn default() -> Self {
        Self {
            optimizer: Optimizer::adam(),
            learning_rate: Schedule::constant(1e-3),
            batch_size: None,
            stopping: Stopping::after(100),
        }
    }
}

impl Training {
    /// Parameters to start from: Adam at a constant rate of $10^{-3}$, its paper's default,
    /// on all events at once, for 100 epochs.
    #[must_use]
    pub fn params() -> TrainingParams {
        TrainingParams::default()
    }

    /// A training that minimises one loss over every parameter.
    #[must_use]
    pub fn minimize<'a, M: Learner, B: Batch>(
        &self,
        loss: impl Fn(&M, &B) -> M::Loss + 'a,
    ) -> Trainer<'a, M, B> {
        self.alternate([Phase::new("loss", loss)])
    }

    /// A training that pursues these phases in turn, batch by batch.
    #[must_use]
    pub fn alternate<'a, M: Learner, B: Batch>(
        &self,
        phases: impl IntoIterator<Item = Phase<'a, M, B>>,
    ) -> Trainer<'a, M, B> {
        Trainer::new(self.0.clone(), phases.into_iter().collect())
    }

    /// The parameters.
    #[must_use]
    pub fn as_params(&self) -> &TrainingParams {
        &self.0
    }
}

impl TrainingParams {
    /// How gradients become steps.
    ///
    /// Defaults to [`Optimizer::adam`].
    #[must_use]
    pub fn optimizer(mut self, optimizer: Optimizer) -> Self {
        self.optimizer = optimizer;
        self
    }

    /// The learning rate of each epoch.
    ///
    /// Defaults to a constant `1e-3`; rates must be positive and finite.
    #[must_use]
    pub fn learning_rate(mut self, schedule: Schedule) -> Self {
        self.learning_rate = schedule;
        self
    }

    /// Shuffled batches of this many events; the last of an epoch holds the rest.
    ///
    /// Defaults to all events at once; must be positive.
    #[must_use]
    pub fn batch_size(mut self, n_events: usize) -> Self {
        self.batch_size = Some(n_events);
        self
    }

    /// When it ends.
    ///
    /// Defaults to after 100 epochs.
    #[must_use]
    pub fn stopping(mut self, stopping: Stopping) -> Self {
        self.stopping = stopping;
        self
    }

    /// The training, if the parameters make sense.
    ///
    /// # Errors
    ///
    /// [`NnError::BadParameter`] with the first that does not.
    pub fn check(self) -> Result<Training, NnError> {
        self.optimizer.check()?;
        self.learning_rate.check()?;
        self.stopping.check()?;
        NnError::check(self.batch_size != Some(0), "batch_size", "positive", 0.0)?;
        Ok(Training(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_outside_their_range_are_named() {
        let error = |params: TrainingParams| params.check().unwrap_err().to_string();
        let params = Training::params;
        assert_eq!(error(params().batch_size(0)), "batch_size must be positive, got 0");
        assert_eq!(error(params().stopping(Stopping::after(0))), "max_epochs must be positive, got 0");
        assert_eq!(
            error(params().optimizer(Optimizer::Sgd { momentum: 1.5 })),
            "momentum must be within 0 and 1, got 1.5"
        );
    }

    #[test]
    fn parameters_read_from_a_file_have_the_same_defaults() {
        let params: TrainingParams = serde_json::from_str(r#"{"batch_size": 32}"#).unwrap();
        assert_eq!(params, Training::params().batch_size(32));
        assert!(serde_json::from_str::<TrainingParams>(r#"{"epochs": 32}"#).is_err());
    }
}
