//! The training of each strategy, on the CPU through the dense kernel and on other devices through tensors.

mod events;
mod fused;
mod mixture;
mod tensors;

pub(crate) use events::{Columns32, Prepared};

use hepsys_nn::{
    Checkpoint, Device, History, MlpShape, NnError, Run, StopReason, Stopping, Trained, Training,
};

use crate::params::Adversary;
use crate::{ClassifierValidParams, ParamclfError};

/// What one network is trained with.
pub(crate) struct Task<'a> {
    pub(crate) params: &'a ClassifierValidParams,
    pub(crate) shape: MlpShape,
    pub(crate) adversary: Option<&'a Adversary>,
    pub(crate) events: Prepared,
    pub(crate) checkpoint: Option<Checkpoint>,
}

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

/// A trained network.
pub(crate) struct Outcome {
    pub(crate) parameters: Vec<f64>,
    pub(crate) history: History,
}

impl Task<'_> {
    /// Trains the network on the device of the run.
    pub(crate) fn run(self, way: Way, run: &Run) -> Result<Outcome, ParamclfError> {
        match way {
            Way::Kernel => self.fused(run),
            Way::Tensors => self.on_device(run),
        }
    }

    /// The rules of the training. The value of a game is low while the adversary knows nothing, so no epoch of it is the best: it goes
    /// to its last.
    fn training(&self) -> Result<Training, ParamclfError> {
        let training = self.params.training().clone();
        let max_epochs = training.stopping.max_epochs;
        let training =
            if self.adversary.is_some() { training.stopping(Stopping::after(max_epochs)) } else { training };
        Ok(training.check()?)
    }
}

/// A training that came to its end; one that was interrupted is none, and its checkpoint goes on.
fn finished<M>(trained: Result<Trained<M>, NnError>) -> Result<Trained<M>, ParamclfError> {
    let trained = trained?;
    if trained.stopped == StopReason::Interrupted { Err(ParamclfError::Interrupted) } else { Ok(trained) }
}

/// The parameters that an adversary begins with: it has one input only.
fn adversary_start(shape: &MlpShape, run: &Run) -> Vec<f64> {
    shape.fan_in_uniform(run.named("adversary").streams().named("init"))
}
