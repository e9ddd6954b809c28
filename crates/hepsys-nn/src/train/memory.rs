use serde::{Deserialize, Serialize};

use super::learner::Learner;
use super::optimizer::{Memory, Optimizer};
use crate::{NnError, Run};

/// What the optimisers of a training remember, phase by phase, such as the moments of Adam.
///
/// [`Trainer::fit_after`](super::Trainer::fit_after) takes one and gives one; the default remembers nothing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OptimizerMemory {
    phases: Vec<Vec<Remembered>>,
}

/// The memory of one parameter, with the bytes of its tensors beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Remembered {
    memory: Memory,
    bytes: Vec<Vec<u8>>,
}

impl OptimizerMemory {
    /// What optimisers at work remember.
    pub(super) fn of<M: Learner>(steppers: &[M::Stepper]) -> Result<Self, NnError> {
        let remembered = |memory: Memory| {
            let bytes = memory.tensors.iter().map(|tensor| tensor.bytes.clone()).collect();
            Remembered { memory, bytes }
        };
        let of_phase = |stepper| Ok(M::memory(stepper)?.into_iter().map(remembered).collect());
        Ok(Self { phases: steppers.iter().map(of_phase).collect::<Result<_, NnError>>()? })
    }

    /// Optimisers with this memory, one for each phase.
    pub(super) fn steppers<M: Learner>(
        &self,
        model: &M,
        optimizers: &[Optimizer],
        run: &Run,
    ) -> Result<Vec<M::Stepper>, NnError> {
        if self.phases.is_empty() {
            return Ok(optimizers.iter().copied().map(M::stepper).collect());
        }
        if self.phases.len() != optimizers.len() {
            let (found, expected) = (self.phases.len(), optimizers.len());
            return Err(NnError::BadMemory(format!("it has {found} phases, not {expected}")));
        }
        let recalled = self.phases.iter().zip(optimizers).map(|(phase, optimizer)| {
            let memory: Vec<Memory> = phase.iter().map(Remembered::whole).collect();
            model.recall(*optimizer, &memory, run).map_err(NnError::BadMemory)
        });
        recalled.collect()
    }
}

impl Remembered {
    fn whole(&self) -> Memory {
        let mut memory = self.memory.clone();
        for (tensor, bytes) in memory.tensors.iter_mut().zip(&self.bytes) {
            tensor.bytes.clone_from(bytes);
        }
        memory
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dense::{Networks, Slope};
    use crate::train::{Batch, Stopping, Training};
    use crate::{Device, Labelled, Mlp, MlpShape};
    use hepsys_core::{Feature, Sample};

    struct Nothing;

    impl Batch for Nothing {
        fn n_events(&self) -> usize {
            1
        }

        fn take(&self, _: &[usize]) -> Self {
            Self
        }
    }

    fn bowl(networks: &Networks, _: &Nothing) -> Result<Slope, NnError> {
        let w = networks.parameters();
        Ok(Slope::new(w.iter().map(|w| w * w).sum(), w.iter().map(|w| 2.0 * w).collect()))
    }

    #[test]
    fn two_trainings_with_one_memory_are_one_training() -> Result<(), NnError> {
        let run = Run::on(Device::flex());
        let training = |n| Training::params().stopping(Stopping::after(n)).check();
        let start = || Networks::init(Vec::<(String, MlpShape)>::new(), &run).and_numbers("w", &[1.0, -2.0]);
        let whole = training(5)?.minimize(bowl).fit(start(), &Nothing, &run)?;
        let none = OptimizerMemory::default();
        let (half, memory) = training(2)?.minimize(bowl).fit_after(&none, start(), &Nothing, &run)?;
        let json = serde_json::to_string(&memory).unwrap();
        let memory: OptimizerMemory = serde_json::from_str(&json).unwrap();
        let (rest, _) = training(3)?.minimize(bowl).fit_after(&memory, half.model, &Nothing, &run)?;
        assert_eq!(rest.model, whole.model);
        Ok(())
    }

    #[test]
    fn a_module_of_tensors_goes_on_as_well() -> Result<(), NnError> {
        let run = Run::on(Device::flex());
        let sample = Sample::from_columns([(Feature::new("x", "1"), vec![0.5, 1.0, 2.0])])?;
        let data = Labelled::new(&sample, &[1.0, 0.0, 3.0], run.device())?;
        let shape = MlpShape::new(1, &[3], 1, crate::Activation::Tanh)?;
        let loss = |network: &Mlp, batch: &Labelled| {
            (network.forward(batch.inputs()) - batch.targets()).powi_scalar(2).mean()
        };
        let training = |n| Training::params().stopping(Stopping::after(n)).check();
        let start = || Mlp::init(&shape, &run);
        let whole = training(4)?.minimize(loss).fit(start(), &data, &run)?;
        let none = OptimizerMemory::default();
        let (half, memory) = training(1)?.minimize(loss).fit_after(&none, start(), &data, &run)?;
        let (rest, _) = training(3)?.minimize(loss).fit_after(&memory, half.model, &data, &run)?;
        assert_eq!(rest.model.to_parameters()?, whole.model.to_parameters()?);
        Ok(())
    }

    #[test]
    fn the_memory_of_another_training_is_refused() -> Result<(), NnError> {
        let run = Run::on(Device::flex());
        let training = Training::params().stopping(Stopping::after(1)).check()?;
        let networks =
            |n: usize| Networks::init(Vec::<(String, MlpShape)>::new(), &run).and_numbers("w", &vec![1.0; n]);
        let trainer = training.minimize(bowl);
        let (_, memory) = trainer.fit_after(&OptimizerMemory::default(), networks(2), &Nothing, &run)?;
        let error = trainer.fit_after(&memory, networks(3), &Nothing, &run).unwrap_err().to_string();
        assert!(error.contains("another length"), "{error}");
        Ok(())
    }
}
