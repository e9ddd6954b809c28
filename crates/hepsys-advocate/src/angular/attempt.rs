//! One agent with one seed.

use std::cell::RefCell;

use hepsys_core::{Seed, Stream};
use hepsys_rl::{
    BoxSpace, Cem, Cmaes, Objective, Ppo, PpoParams, PpoState, RlError, Search, SearchState, SearchStop,
    Searcher,
};
use rand::RngExt;
use serde::{Deserialize, Serialize};

use super::{
    Agent, AngularEnvironment, AngularError, AngularProblem, Confirmation, EXPLAINED_BELOW, Run, reward,
};

/// The most steps of [`AngularProblem::refine`].
const REFINEMENT_STEPS: usize = 40;

/// How far from zero a refinement begins.
const REFINEMENT_START: f64 = 0.02;

/// What [`Agent::Ppo`] may change a coefficient by in one step.
pub const PPO_INCREMENT: f64 = 0.05;

/// One agent with one seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Attempt {
    /// Who.
    pub agent: Agent,
    /// Its seed, counted from zero.
    pub seed: usize,
    /// How many evaluations it had, until its hit if there was one.
    pub evaluations: usize,
    /// The evaluations that came nearer to the data than all before; of Gauss–Newton the last one, on all events of the pool.
    pub improvements: Vec<Evaluated>,
    /// The first evaluation below [`EXPLAINED_BELOW`] that a look at new events confirmed during the search.
    pub hit: Option<Evaluated>,
    /// How many evaluations were below [`EXPLAINED_BELOW`] before, and not confirmed.
    pub n_unconfirmed: usize,
    /// Its best coefficients.
    pub coefficients: Vec<f64>,
    /// What they are worth on new events.
    pub confirmation: Confirmation,
}

/// What an evaluation gave: events that were drawn by chance, so the lowest of many is a lucky one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Evaluated {
    /// Which evaluation it was, counted from one.
    pub evaluation: usize,
    /// Its χ²/N.
    pub chi_squared_per_n: f64,
}

impl Attempt {
    /// The first evaluation below [`EXPLAINED_BELOW`], confirmed or not.
    #[must_use]
    pub fn first_below(&self) -> Option<Evaluated> {
        self.improvements.iter().copied().find(|at| at.chi_squared_per_n < EXPLAINED_BELOW)
    }
}

/// The parameters of [`Agent::Ppo`] for so many evaluations, found by trying some.
///
/// Short rollouts and a fast learning rate: an evaluation costs more than the learning. Rewards count for some ten steps, half an
/// episode.
#[must_use]
pub fn ppo_for(budget: usize) -> PpoParams {
    Ppo::params().budget(budget).rollout(400).learning_rate(3e-3).discount(0.9).initial_deviation(0.2)
}

/// What an agent comes to.
struct Outcome {
    coefficients: Vec<f64>,
    evaluations: usize,
    improvements: Vec<Evaluated>,
    hit: Option<Evaluated>,
    n_unconfirmed: usize,
}

impl AngularProblem {
    /// What one agent comes to within a budget of evaluations, and what that is worth on new events.
    ///
    /// Its random numbers are streams of the run that belong to the agent and the seed, so that attempts do not depend on each other.
    ///
    /// # Errors
    ///
    /// [`AngularError::Interrupted`] if the run was; what the agent says otherwise.
    pub fn attempt(
        &self,
        agent: Agent,
        seed: usize,
        budget: usize,
        run: &Run,
    ) -> Result<Attempt, AngularError> {
        let run = &run.named(agent.key()).index(seed);
        let start = vec![0.0; self.n_coefficients()];
        let outcome = match agent {
            Agent::Cmaes => {
                let searcher = Cmaes::params().step_size(0.05).check()?.begin(&start, &self.space, run)?;
                self.searched(searcher, budget, run)?
            }
            Agent::Cem => {
                let searcher = Cem::params().deviation(0.08).check()?.begin(&start, &self.space, run)?;
                self.searched(searcher, budget, run)?
            }
            Agent::GaussNewton => self.refined(run)?,
            Agent::Ppo => self.learnt(budget, run)?,
        };
        let confirmation = self.confirm(&outcome.coefficients, run.streams().named("verdict"))?;
        let Outcome { coefficients, evaluations, improvements, hit, n_unconfirmed } = outcome;
        Ok(Attempt { agent, seed, evaluations, improvements, hit, n_unconfirmed, coefficients, confirmation })
    }

    fn searched(&self, searcher: impl Searcher, budget: usize, run: &Run) -> Result<Outcome, AngularError> {
        let search = Search::params().budget(budget).target(reward(0.5 * EXPLAINED_BELOW)).check()?;
        let objective = Recorded { problem: self, chi_squared_per_n: RefCell::default() };
        let mut state = SearchState::new(searcher, run);
        if search.run(&mut state, &objective, run)? == SearchStop::Interrupted {
            return Err(AngularError::Interrupted);
        }
        let evaluated = objective.chi_squared_per_n.into_inner();
        let hit = state.hit.as_ref().map(|hit| Evaluated {
            evaluation: hit.evaluation,
            chi_squared_per_n: evaluated[hit.evaluation - 1],
        });
        Ok(Outcome {
            evaluations: hit.map_or(evaluated.len(), |hit| hit.evaluation),
            improvements: improvements(&evaluated),
            hit,
            n_unconfirmed: state.n_unconfirmed,
            // The best of many noisy rewards is a lucky one; the middle of the last population is not.
            coefficients: state.hit.map_or_else(|| state.searcher.mean(), |hit| hit.point),
        })
    }

    fn refined(&self, run: &Run) -> Result<Outcome, AngularError> {
        let mut stream: Stream = run.streams().named("start").stream();
        let start: Vec<f64> = (0..self.n_coefficients())
            .map(|_| REFINEMENT_START * (2.0 * stream.random::<f64>() - 1.0))
            .collect();
        let (coefficients, agreement) = self.refine(&start, REFINEMENT_STEPS)?;
        let chi_squared_per_n = agreement.chi_squared_per_n();
        let last = Evaluated { evaluation: REFINEMENT_STEPS, chi_squared_per_n };
        Ok(Outcome {
            coefficients,
            evaluations: REFINEMENT_STEPS,
            improvements: vec![last],
            hit: (chi_squared_per_n < EXPLAINED_BELOW).then_some(last),
            n_unconfirmed: 0,
        })
    }

    fn learnt(&self, budget: usize, run: &Run) -> Result<Outcome, AngularError> {
        let ppo = ppo_for(budget).check()?;
        let mut environment = AngularEnvironment::new(self, PPO_INCREMENT)?;
        let mut state: PpoState = ppo.begin(&environment, run)?;
        let greedy = run.streams().named("greedy");
        while environment.confirmed().is_none() && environment.n_evaluations() < budget {
            if ppo.update(&mut state, &mut environment, run)?.is_none() {
                return Err(AngularError::Interrupted);
            }
            if environment.confirmed().is_none() {
                environment.greedy_episode(&state.agent, greedy.index(state.updates.len()))?;
            }
        }
        let hits = environment.hits();
        let hit = environment.confirmed();
        let best = hit.or_else(|| hits.last());
        Ok(Outcome {
            evaluations: hit.map_or(environment.n_evaluations(), |hit| hit.evaluation),
            improvements: improvements(environment.chi_squared_per_n()),
            hit: hit.map(|hit| Evaluated {
                evaluation: hit.evaluation,
                chi_squared_per_n: hit.chi_squared_per_n,
            }),
            n_unconfirmed: hits.iter().filter(|hit| !hit.is_confirmed).count(),
            coefficients: best
                .map_or_else(|| environment.coefficients().to_vec(), |hit| hit.coefficients.clone()),
        })
    }
}

/// The problem as an objective that writes down what it was asked.
struct Recorded<'a> {
    problem: &'a AngularProblem,
    chi_squared_per_n: RefCell<Vec<f64>>,
}

impl Objective for Recorded<'_> {
    fn space(&self) -> &BoxSpace {
        self.problem.space()
    }

    fn evaluate(&self, coefficients: &[f64], seed: Seed) -> Result<f64, RlError> {
        let agreement = self.problem.drawn_agreement(coefficients, seed);
        let agreement = agreement.map_err(|error| RlError::environment("an evaluation", error))?;
        let x = agreement.chi_squared_per_n();
        self.chi_squared_per_n.borrow_mut().push(x);
        Ok(reward(x))
    }

    fn confirms(&self, coefficients: &[f64], seed: Seed) -> Result<bool, RlError> {
        self.problem.confirms(coefficients, seed)
    }
}

/// Those that are below all before them.
fn improvements(chi_squared_per_n: &[f64]) -> Vec<Evaluated> {
    let mut found: Vec<Evaluated> = Vec::new();
    for (evaluation, &chi_squared_per_n) in (1..).zip(chi_squared_per_n) {
        if found.last().is_none_or(|best| chi_squared_per_n < best.chi_squared_per_n) {
            found.push(Evaluated { evaluation, chi_squared_per_n });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_improvement_is_below_all_before_it() {
        let found = improvements(&[4.0, 5.0, 3.0, 3.5, 3.0, 0.5]);
        let found: Vec<_> = found.iter().map(|at| (at.evaluation, at.chi_squared_per_n)).collect();
        assert_eq!(found, [(1, 4.0), (3, 3.0), (6, 0.5)]);
        assert!(improvements(&[]).is_empty());
    }
}
