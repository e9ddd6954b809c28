//! The training of one network for one aim, through the one training loop.

use hepsys_nn::dense::{Dense, Networks, Slope};
use hepsys_nn::{
    Batch, Device, History, Mlp, MlpShape, NnError, Run, Schedule, StopReason, Stopping, Tensor, Training,
    Watched,
};

use super::aim::Pursuit;
use super::events::Events;
use super::function::{Kernel, OnDevice};
use crate::{AdvocateError, Steps};

/// The name of the network in checkpoints and errors.
const NETWORK: &str = "weights";

/// How a network is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Kernel,
    Tensors,
}

impl Way {
    /// The dense kernel on the CPU, tensors elsewhere.
    pub(crate) fn of(run: &Run) -> Self {
        if *run.device() == Device::flex() { Self::Kernel } else { Self::Tensors }
    }
}

/// The rules of a training.
#[derive(Debug, Clone)]
pub(crate) struct Rules<'a> {
    pub(crate) batch_size: usize,
    pub(crate) learning_rate: f64,
    pub(crate) steps: &'a Steps,
    pub(crate) way: Way,
}

/// A trained network.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) parameters: Vec<f64>,
    pub(crate) history: History,
    /// Whether there was no progress for as long as the patience lasts.
    pub(crate) has_converged: bool,
}

impl Rules<'_> {
    /// How many epochs without progress end a training.
    fn patience(&self, n_places: usize) -> usize {
        self.steps.patience.div_ceil(n_places.div_ceil(self.batch_size.min(n_places))).max(1)
    }

    fn training(&self, n_places: usize, n_steps: usize) -> Result<Training, NnError> {
        let steps_per_epoch = n_places.div_ceil(self.batch_size.min(n_places));
        // All batches of nearly the same size: a rest of a few events would make a step of its own.
        let batch_size = n_places.div_ceil(steps_per_epoch);
        let epochs = |n_steps: usize| n_steps.div_ceil(steps_per_epoch).max(1);
        let rate = self.learning_rate;
        Training::params()
            .batch_size(batch_size)
            .learning_rate(Schedule::cosine(rate, 0.01 * rate, epochs(n_steps)))
            .stopping(
                Stopping::after(epochs(n_steps))
                    .patience(self.patience(n_places), Watched::Validation)
                    .min_delta(self.steps.tolerance)
                    .keeping_best(),
            )
            .check()
    }

    /// Trains a network from these parameters.
    pub(crate) fn train(
        &self,
        pursuit: &Pursuit<'_>,
        (shape, start): (&MlpShape, &[f64]),
        (events, validation): (&Events, &Events),
        run: &Run,
    ) -> Result<Outcome, AdvocateError> {
        let training = self.training(events.n_events(), pursuit.n_steps)?;
        let outcome = match self.way {
            Way::Kernel => {
                let kernel = Dense::<f32>::new(shape.clone());
                let networks =
                    Networks::init([] as [(String, MlpShape); 0], run).and(NETWORK, shape.clone(), start)?;
                let loss = |networks: &Networks, batch: &Events| -> Result<Slope, NnError> {
                    let function = Kernel { dense: &kernel, parameters: networks.parameters() };
                    function.slope(&pursuit.step(&function, batch)?)
                };
                training
                    .minimize(loss)
                    .validate_on(validation)
                    .fit(networks, events, run)
                    .map(|trained| (trained.model.parameters().to_vec(), trained.history, trained.stopped))
            }
            Way::Tensors => {
                let network = Mlp::from_parameters(shape, start, run.device())?;
                let loss = |network: &Mlp, batch: &Events| -> Tensor<1> {
                    let function = OnDevice::new(network);
                    match pursuit.step(&function, batch) {
                        Ok(step) => function.loss(&step),
                        // A loss of tensors cannot fail: it is no number, and the reason is kept.
                        Err(error) => {
                            pursuit.state.borrow_mut().failure.get_or_insert(AdvocateError::Nn(error));
                            Tensor::from_data([f64::NAN], run.device())
                        }
                    }
                };
                let trained = training.minimize(loss).validate_on(validation).fit(network, events, run);
                trained.and_then(|t| Ok((t.model.to_parameters()?, t.history, t.stopped)))
            }
        };
        if let Some(failure) = pursuit.state.borrow_mut().failure.take() {
            return Err(failure);
        }
        let (parameters, history, stopped) = outcome?;
        if stopped == StopReason::Interrupted {
            return Err(AdvocateError::Interrupted);
        }
        let has_converged = stopped == StopReason::NoImprovement
            || late_gain(&history, self.patience(events.n_events())) <= self.steps.tolerance;
        Ok(Outcome { parameters, history, has_converged })
    }
}

/// By how much the last `window` epochs lowered what a training was watched by; infinite for a training that is no longer.
fn late_gain(history: &History, window: usize) -> f64 {
    let losses: Vec<f64> = history.validation_losses().collect();
    let (before, last) = losses.split_at(losses.len().saturating_sub(window));
    let lowest = |losses: &[f64]| losses.iter().fold(f64::INFINITY, |low, loss| low.min(*loss));
    (lowest(before) - lowest(last)).max(0.0)
}
