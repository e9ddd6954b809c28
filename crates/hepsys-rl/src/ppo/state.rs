use hepsys_core::Seed;
use hepsys_nn::{Batch, OptimizerMemory, Run};
use serde::{Deserialize, Serialize};

use super::rollout::Collector;
use super::running::Running;
use super::train::learn;
use super::{PpoAgent, PpoValidParams};
use crate::{Environment, RlError};

/// What observers know an agent as.
const TASK: &str = "PPO";

/// All that an agent and its training know between two updates: write it with serde, read it back, and go on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PpoState {
    /// The agent as it is now.
    pub agent: PpoAgent,
    /// What came of each update.
    pub updates: Vec<PpoUpdate>,
    memory: OptimizerMemory,
    rewards: Running,
    n_episodes: usize,
    seed: Seed,
}

/// One rollout and what was learnt from it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PpoUpdate {
    /// How many steps there were in the environment, with those of this rollout.
    pub steps: usize,
    /// How many episodes this rollout had.
    pub episodes: usize,
    /// The mean sum of rewards of its episodes, in the environment's units and not discounted.
    pub mean_return: f64,
    /// The highest of them.
    pub best_return: f64,
    /// The loss of the last epoch, averaged over its batches.
    pub loss: f64,
}

/// Why an agent stopped learning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PpoStop {
    /// The mean return of a rollout reached the target.
    Target,
    /// All steps were spent.
    Budget,
    /// The run was interrupted; the same call goes on from the last update.
    Interrupted,
}

impl PpoState {
    /// How many steps it took in its environment.
    #[must_use]
    pub fn n_steps(&self) -> usize {
        self.updates.last().map_or(0, |update| update.steps)
    }
}

impl PpoValidParams {
    /// An agent for this environment that knows nothing. All random numbers are from streams of the run.
    ///
    /// # Errors
    ///
    /// [`RlError::BadParameter`] or [`RlError::Nn`] for a space or observations that it cannot learn with, such as infinite bounds.
    pub fn begin(&self, environment: &impl Environment, run: &Run) -> Result<PpoState, RlError> {
        let n_observations = environment.n_observations();
        RlError::check(environment.max_steps() > 0, "the steps of an episode", "positive", 0)?;
        Ok(PpoState {
            agent: PpoAgent::new(&self.0, environment.space(), n_observations, run)?,
            updates: Vec::new(),
            memory: OptimizerMemory::default(),
            rewards: Running::new(1),
            n_episodes: 0,
            seed: run.streams(),
        })
    }

    /// One rollout, and what is learnt from it; `None`, with the state as it was, if the run was interrupted.
    ///
    /// # Errors
    ///
    /// [`RlError::BadState`] for the state of another environment, and what the environment or the training say; the state is then
    /// as it was.
    pub fn update(
        &self,
        state: &mut PpoState,
        environment: &mut impl Environment,
        run: &Run,
    ) -> Result<Option<PpoUpdate>, RlError> {
        if *state.agent.space() != environment.space() {
            let found = environment.space();
            return Err(RlError::BadState(format!("its actions are {}, not {found}", state.agent.space())));
        }
        let mut collector = Collector {
            params: &self.0,
            agent: state.agent.clone(),
            rewards: state.rewards.clone(),
            seed: state.seed,
            n_episodes: state.n_episodes,
            returns: Vec::new(),
        };
        let Some(rollout) = collector.collect(environment, &|| run.interrupt().is_requested())? else {
            return Ok(None);
        };
        let training = run_of(run, state.seed, state.updates.len());
        let steps = state.n_steps();
        let Some((networks, memory, loss)) =
            learn(&self.0, &collector.agent, &state.memory, &rollout, steps, &training)?
        else {
            return Ok(None);
        };
        let n = collector.returns.len();
        let update = PpoUpdate {
            steps: steps + rollout.n_events(),
            episodes: n,
            mean_return: collector.returns.iter().sum::<f64>() / n as f64,
            best_return: collector.returns.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            loss,
        };
        state.agent = PpoAgent { networks, ..collector.agent };
        state.memory = memory;
        state.rewards = collector.rewards;
        state.n_episodes = collector.n_episodes;
        state.updates.push(update);
        Ok(Some(update))
    }

    /// Updates until the target, the budget or an interrupt.
    ///
    /// The run's observer hears of every update. The same call with a state that was saved goes on identically, whatever the seed of
    /// this run.
    ///
    /// # Errors
    ///
    /// Those of [`update`](Self::update).
    pub fn run(
        &self,
        state: &mut PpoState,
        environment: &mut impl Environment,
        run: &Run,
    ) -> Result<PpoStop, RlError> {
        run.observer().started(TASK, self.0.budget as u64);
        let ended = self.updates(state, environment, run);
        run.observer().finished(TASK);
        ended
    }

    fn updates(
        &self,
        state: &mut PpoState,
        environment: &mut impl Environment,
        run: &Run,
    ) -> Result<PpoStop, RlError> {
        loop {
            let reached =
                |update: &PpoUpdate| self.0.target.is_some_and(|target| update.mean_return >= target);
            if state.updates.last().is_some_and(reached) {
                return Ok(PpoStop::Target);
            }
            if state.n_steps() >= self.0.budget {
                return Ok(PpoStop::Budget);
            }
            let Some(update) = self.update(state, environment, run)? else {
                return Ok(PpoStop::Interrupted);
            };
            let message = format!("mean return {:.6}", update.mean_return);
            run.observer().advanced(TASK, update.steps as u64, &message);
        }
    }
}

/// The run of a training, which the user's observer need not hear of epoch by epoch.
fn run_of(run: &Run, seed: Seed, update: usize) -> Run {
    Run::on(run.device().clone())
        .seeded(seed.named("update").index(update))
        .interrupted_by(run.interrupt().clone())
}
