//! From a rollout to a better agent.

use hepsys_nn::dense::{Dense, Networks, Slope};
use hepsys_nn::{NnError, OptimizerMemory, Run, StopReason};

use super::PpoParams;
use super::agent::PpoAgent;
use super::loss::{Choice, Normal, Surrogate};
use super::rollout::Rollout;
use crate::{RlError, Space};

/// Keeps equal advantages from being divided by zero.
const SMALLEST_DEVIATION: f64 = 1e-8;

/// What the training loop minimises: the loss on a batch of steps, and its clipped gradient by all parameters.
pub(super) struct Objective<'a> {
    params: &'a PpoParams,
    kernel: Dense<f64>,
    space: Space,
}

impl<'a> Objective<'a> {
    pub(super) fn new(params: &'a PpoParams, agent: &PpoAgent) -> Result<Self, RlError> {
        Ok(Self { params, kernel: agent.kernel()?, space: agent.space.clone() })
    }

    pub(super) fn slope(&self, networks: &Networks, batch: &Rollout) -> Result<Slope, NnError> {
        let mut slope = self.unclipped(networks, batch)?;
        let norm = slope.gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
        if norm > self.params.largest_gradient {
            let scale = self.params.largest_gradient / norm;
            slope.gradient.iter_mut().for_each(|g| *g *= scale);
        }
        Ok(slope)
    }

    pub(super) fn unclipped(&self, networks: &Networks, batch: &Rollout) -> Result<Slope, NnError> {
        let n = batch.advantages.len() as f64;
        let mean = batch.advantages.iter().sum::<f64>() / n;
        let variance = batch.advantages.iter().map(|a| (a - mean).powi(2)).sum::<f64>() / n;
        let surrogate = Surrogate {
            terms: &batch.terms,
            clip: self.params.clip,
            value_weight: self.params.value_weight,
            entropy_weight: self.params.entropy_weight,
            inverse: 1.0 / n,
            advantage_shift: mean,
            advantage_scale: 1.0 / (variance.sqrt() + SMALLEST_DEVIATION),
        };
        let mut slope = networks.flat();
        let (of_networks, log_deviations) = networks.parameters().split_at(self.kernel.n_parameters());
        slope.value = match self.space {
            Space::Box(_) => {
                let loss = Normal { surrogate, log_deviations };
                self.kernel.loss_and_gradient(of_networks, &batch.inputs, &loss, &mut slope.gradient)?
            }
            Space::Discrete(n_choices) => {
                let loss = Choice { surrogate, n_choices };
                self.kernel.loss_and_gradient(of_networks, &batch.inputs, &loss, &mut slope.gradient)?
            }
        };
        Ok(slope)
    }
}

/// The networks after they have learnt from a rollout, what their optimiser remembers then, and the mean loss of the last epoch;
/// `None` if they were interrupted.
pub(super) fn learn(
    params: &PpoParams,
    agent: &PpoAgent,
    memory: &OptimizerMemory,
    rollout: &Rollout,
    steps: usize,
    run: &Run,
) -> Result<Option<(Networks, OptimizerMemory, f64)>, RlError> {
    let objective = Objective::new(params, agent)?;
    let trainer = params
        .training(steps)?
        .minimize(|networks: &Networks, batch: &Rollout| objective.slope(networks, batch));
    let (trained, memory) = trainer.fit_after(memory, agent.networks.clone(), rollout, run)?;
    if trained.stopped == StopReason::Interrupted {
        return Ok(None);
    }
    let loss = trained.history.losses().last().unwrap_or(f64::NAN);
    Ok(Some((trained.model, memory, loss)))
}
