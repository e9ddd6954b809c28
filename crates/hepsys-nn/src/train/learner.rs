//! What the loop asks of a model, so that tensors and the dense kernel share it.

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

use super::checkpoint::Snapshot;
use super::optimizer::{Memory, Optimizer, Stepper, clipping_factor};
use super::phase::paths;
use crate::mlp::read;
use crate::{NnError, Run};

/// What can be trained: every [`Module`] of tensors on any device, and [`Networks`](crate::dense::Networks) through the
/// dense kernel on the CPU.
///
/// The losses of a module are [`Tensor`]s of one number, those of networks a
/// [`Slope`](crate::dense::Slope) or the error that kept it from being computed.
pub trait Trainable: Learner {}

impl<M: Learner> Trainable for M {}

/// The parts of a model that the loop deals with; sealed, for their types stay inside.
pub trait Learner: Clone {
    /// What a loss closure gives for a batch.
    type Loss;
    /// The same, seen to be fit for a step.
    type Slope;
    /// The value of a loss, left where it was computed until an epoch ends.
    type Value;
    /// An optimiser at work, with what it remembers.
    type Stepper: Clone;

    /// An optimiser that remembers nothing yet.
    fn stepper(optimizer: Optimizer) -> Self::Stepper;

    /// The model, ready to be trained.
    #[must_use]
    fn into_training(self) -> Self;

    /// The model, ready to be used.
    #[must_use]
    fn into_trained(self) -> Self;

    /// The paths of its parameters.
    fn paths(&self) -> Vec<String>;

    /// Looks at the loss of a phase.
    fn check(loss: Self::Loss, phase: &str) -> Result<Self::Slope, NnError>;

    /// The value of a loss that a step is taken for.
    fn value(slope: &Self::Slope) -> Self::Value;

    /// The value of a loss that only its value is wanted of.
    fn value_alone(loss: Self::Loss) -> Result<Self::Value, NnError>;

    /// The values on the host.
    fn to_host(values: Vec<Self::Value>) -> Result<Vec<f64>, NnError>;

    /// The model after a step for the parameters that `trains` names by their path, along a gradient no longer than `clip`.
    #[must_use]
    fn step(
        self,
        stepper: &mut Self::Stepper,
        rate: f64,
        slope: Self::Slope,
        clip: Option<f64>,
        trains: &dyn Fn(&str) -> bool,
    ) -> Self;

    /// The parameters, as bytes of a checkpoint.
    fn record(&self) -> Result<Vec<u8>, NnError>;

    /// The model with recorded parameters, or what is wrong with them.
    fn restore(self, record: Vec<u8>) -> Result<Self, String>;

    /// What an optimiser remembers.
    fn memory(stepper: &Self::Stepper) -> Result<Vec<Memory>, NnError>;

    /// An optimiser with this memory, or what is wrong with it.
    fn recall(&self, optimizer: Optimizer, memory: &[Memory], run: &Run) -> Result<Self::Stepper, String>;
}

impl<M: Module> Learner for M {
    type Loss = Tensor<1>;
    type Slope = Tensor<1>;
    type Value = Tensor<1>;
    type Stepper = Stepper;

    fn stepper(optimizer: Optimizer) -> Stepper {
        Stepper::new(optimizer)
    }

    fn into_training(self) -> Self {
        self.train()
    }

    fn into_trained(self) -> Self {
        self.valid()
    }

    fn paths(&self) -> Vec<String> {
        paths(self)
    }

    fn check(loss: Tensor<1>, phase: &str) -> Result<Tensor<1>, NnError> {
        let found = match loss.dims() {
            [1] if loss.is_tracked() => return Ok(loss),
            [1] => "it does not depend on it".to_owned(),
            [n] => format!("it is {n} numbers"),
        };
        Err(NnError::BadLoss { phase: phase.to_owned(), found })
    }

    fn value(loss: &Tensor<1>) -> Tensor<1> {
        loss.clone().without_autodiff()
    }

    fn value_alone(loss: Tensor<1>) -> Result<Tensor<1>, NnError> {
        Ok(loss)
    }

    fn to_host(values: Vec<Tensor<1>>) -> Result<Vec<f64>, NnError> {
        read(Tensor::cat(values, 0))
    }

    fn step(
        self,
        stepper: &mut Stepper,
        rate: f64,
        loss: Tensor<1>,
        clip: Option<f64>,
        trains: &dyn Fn(&str) -> bool,
    ) -> Self {
        let gradients = GradientsParams::from_grads(loss.backward(), &self);
        let factor = clip.and_then(|norm| clipping_factor(norm, &self, &gradients, trains));
        stepper.step(rate, self, gradients, factor, trains)
    }

    fn record(&self) -> Result<Vec<u8>, NnError> {
        Snapshot::record(self)
    }

    fn restore(self, record: Vec<u8>) -> Result<Self, String> {
        Snapshot::restore(self, record)
    }

    fn memory(stepper: &Stepper) -> Result<Vec<Memory>, NnError> {
        stepper.memory()
    }

    fn recall(&self, optimizer: Optimizer, memory: &[Memory], run: &Run) -> Result<Stepper, String> {
        let device = self.devices().pop().unwrap_or_else(|| run.device().clone()).without_autodiff();
        Stepper::new(optimizer).recall(memory, &device)
    }
}
