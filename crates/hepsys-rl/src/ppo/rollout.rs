//! Episodes, collected and laid out for the training loop.

use hepsys_core::Seed;
use hepsys_nn::Batch;
use hepsys_nn::dense::Columns;

use super::advantage::generalized_advantages;
use super::agent::{Outlook, PpoAgent, Taken};
use super::running::Running;
use super::{PpoParams, RewardScale};
use crate::{Environment, RlError, Space};

/// The steps that an agent learns from.
#[derive(Debug)]
pub(super) struct Rollout {
    /// `[n_steps, n_observations]`, standardised as they were seen.
    pub(super) inputs: Columns<f64>,
    /// The columns of the [loss](super::loss).
    pub(super) terms: Columns<f64>,
    pub(super) advantages: Vec<f64>,
}

impl Batch for Rollout {
    fn n_events(&self) -> usize {
        self.advantages.len()
    }

    fn take(&self, events: &[usize]) -> Self {
        Self {
            inputs: self.inputs.take(events),
            terms: self.terms.take(events),
            advantages: events.iter().map(|&e| self.advantages[e]).collect(),
        }
    }
}

/// Steps while they are collected.
#[derive(Default)]
struct Steps {
    inputs: Vec<Vec<f64>>,
    /// Rows of the loss: everything but advantages and returns.
    raw: Vec<Vec<f64>>,
    log_probabilities: Vec<f64>,
    values: Vec<f64>,
    advantages: Vec<f64>,
}

/// What collects episodes: an agent that standardises more observations as it goes, and the scale of rewards.
#[derive(Debug, Clone)]
pub(super) struct Collector<'a> {
    pub(super) params: &'a PpoParams,
    pub(super) agent: PpoAgent,
    pub(super) rewards: Running,
    pub(super) seed: Seed,
    pub(super) n_episodes: usize,
    /// The sum of rewards of each episode, as the environment gave them.
    pub(super) returns: Vec<f64>,
}

impl Collector<'_> {
    /// Episodes, until there are enough steps; `None` if `is_interrupted` between two of them.
    pub(super) fn collect(
        &mut self,
        environment: &mut impl Environment,
        is_interrupted: &dyn Fn() -> bool,
    ) -> Result<Option<Rollout>, RlError> {
        let mut steps = Steps::default();
        while steps.inputs.len() < self.params.rollout {
            if is_interrupted() {
                return Ok(None);
            }
            let episode = self.n_episodes;
            self.episode(environment, &mut steps).map_err(|error| in_episode(error, episode))?;
            self.n_episodes += 1;
        }
        Ok(Some(steps.laid_out()?))
    }

    fn episode(&mut self, environment: &mut impl Environment, steps: &mut Steps) -> Result<(), RlError> {
        let mut stream = self.seed.named("actions").index(self.n_episodes).stream();
        let mut observation = environment.reset(self.seed.named("episode").index(self.n_episodes))?;
        let (mut rewards, mut total, mut discounted) = (Vec::new(), 0.0, 0.0);
        let first = steps.inputs.len();
        let mut last = 0.0;
        for step in 0..environment.max_steps() {
            self.agent.observations.see(&observation.values);
            let outlook = self.agent.outlook(&observation, step)?;
            let taken = self.agent.draw(&outlook, &mut stream)?;
            steps.push(
                self.agent.observations.standardized(&observation.values),
                &outlook,
                &taken,
                &self.agent.space,
            );
            let next = environment.step(&taken.action)?;
            if !next.reward.is_finite() {
                let what = format!("the reward of step {step}");
                return Err(RlError::NotFinite { what, expected: "finite", found: next.reward });
            }
            total += next.reward;
            discounted = self.params.discount * discounted + next.reward;
            self.rewards.see(&[discounted]);
            rewards.push(match self.params.reward_scale {
                RewardScale::Running => self.rewards.scaled(next.reward),
                RewardScale::AsGiven => next.reward,
            });
            observation = next.observation;
            last = 0.0;
            if next.done {
                break;
            }
            if step + 1 == environment.max_steps() {
                // Cut off: what it promises still counts.
                last = self.agent.value(&observation)?;
            }
        }
        let PpoParams { discount, trace, .. } = *self.params;
        steps.advantages.extend(generalized_advantages(
            &rewards,
            &steps.values[first..],
            last,
            discount,
            trace,
        )?);
        self.returns.push(total);
        Ok(())
    }
}

/// Says in which episode it happened.
fn in_episode(error: RlError, episode: usize) -> RlError {
    match error {
        RlError::Environment { context, source } => {
            RlError::Environment { context: format!("episode {episode}, {context}"), source }
        }
        other => other,
    }
}

impl Steps {
    fn push(&mut self, input: Vec<f64>, outlook: &Outlook, taken: &Taken, space: &Space) {
        self.inputs.push(input);
        let mut raw = taken.raw.clone();
        if matches!(space, Space::Discrete(_)) {
            raw.extend(outlook.allowed.iter().map(|is_allowed| f64::from(u8::from(*is_allowed))));
            raw.extend(&outlook.preferences);
        }
        self.raw.push(raw);
        self.log_probabilities.push(taken.log_probability);
        self.values.push(outlook.value);
    }

    fn laid_out(self) -> Result<Rollout, RlError> {
        let returns: Vec<f64> = self.advantages.iter().zip(&self.values).map(|(a, v)| a + v).collect();
        let ones = vec![1.0; returns.len()];
        let raw = transposed(&self.raw);
        let known = [&ones, &self.log_probabilities, &self.advantages, &returns];
        let terms = Columns::new(known.into_iter().chain(&raw).map(Vec::as_slice))?;
        let inputs = Columns::new(transposed(&self.inputs).iter().map(Vec::as_slice))?;
        Ok(Rollout { inputs, terms, advantages: self.advantages })
    }
}

fn transposed(rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let n_columns = rows.first().map_or(0, Vec::len);
    (0..n_columns).map(|c| rows.iter().map(|row| row[c]).collect()).collect()
}
