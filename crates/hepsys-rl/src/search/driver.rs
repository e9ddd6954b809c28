use hepsys_core::Seed;
use hepsys_nn::Run;
use serde::{Deserialize, Serialize};

use super::{Found, Objective, SearchHistory, Searcher};
use crate::RlError;

/// How many evaluations a search has unless told otherwise.
pub const DEFAULT_BUDGET: usize = 10_000;

/// A black-box search; [`Search::params`] begins one.
#[derive(Debug, Clone, Copy)]
pub struct Search;

/// Parameters of a search that nobody has checked yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SearchParams {
    budget: usize,
    target: Option<f64>,
}

/// A search that is ready; see [`run`](SearchValidParams::run).
#[derive(Debug, Clone, PartialEq)]
pub struct SearchValidParams(SearchParams);

/// All that a search knows: write it with serde, read it back, and go on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SearchState<S> {
    /// What proposes the points.
    pub searcher: S,
    /// What was found when.
    pub history: SearchHistory,
    /// The point of the highest reward; if that is noisy, a lucky one.
    pub best: Option<Found>,
    /// The first point that reached the target and was [confirmed](Objective::confirms).
    pub hit: Option<Found>,
    /// How many points reached the target and were not confirmed.
    pub n_unconfirmed: usize,
    seed: Seed,
}

/// Why a search ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SearchStop {
    /// The target was reached, and confirmed.
    Hit,
    /// All evaluations were spent.
    Budget,
    /// The searcher says why there is nothing more to find.
    Converged(String),
    /// The run was interrupted; the same call goes on from there.
    Interrupted,
}

impl Default for SearchParams {
    fn default() -> Self {
        Self { budget: DEFAULT_BUDGET, target: None }
    }
}

impl Search {
    /// Parameters with their defaults.
    #[must_use]
    pub fn params() -> SearchParams {
        SearchParams::default()
    }
}

impl SearchParams {
    /// The most evaluations, over all calls. Defaults to [`DEFAULT_BUDGET`]; must be positive.
    ///
    /// A generation is evaluated as a whole or not at all: the search ends before one that the budget does not cover.
    #[must_use]
    pub fn budget(mut self, n_evaluations: usize) -> Self {
        self.budget = n_evaluations;
        self
    }

    /// The reward at which the search is over. Defaults to none; must be finite.
    #[must_use]
    pub fn target(mut self, reward: f64) -> Self {
        self.target = Some(reward);
        self
    }

    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// [`RlError::BadParameter`] with the first that is outside its range.
    pub fn check(self) -> Result<SearchValidParams, RlError> {
        RlError::check(self.budget > 0, "budget", "positive", self.budget)?;
        if let Some(target) = self.target {
            RlError::check(target.is_finite(), "target", "finite", target)?;
        }
        Ok(SearchValidParams(self))
    }
}

impl<S: Searcher> SearchState<S> {
    /// A search that begins with this searcher. Evaluations draw from the streams `evaluation` and `confirmation` of the run.
    #[must_use]
    pub fn new(searcher: S, run: &Run) -> Self {
        Self {
            searcher,
            history: SearchHistory::default(),
            best: None,
            hit: None,
            n_unconfirmed: 0,
            seed: run.streams(),
        }
    }

    /// Evaluates one generation, and tells whether the target was reached in it.
    fn generation(&mut self, objective: &impl Objective, target: Option<f64>) -> Result<bool, RlError> {
        let points = self.searcher.ask();
        let before = self.history.n_evaluations();
        let seeds: Vec<Seed> =
            (before..before + points.len()).map(|i| self.seed.named("evaluation").index(i)).collect();
        let rewards = objective.evaluate_all(&points, &seeds)?;
        let mut unconfirmed = 0;
        let mut hit = None;
        for (index, (point, &reward)) in points.iter().zip(&rewards).enumerate() {
            let found = || Found { point: point.clone(), reward, evaluation: before + index + 1 };
            if reward.is_finite() && self.best.as_ref().is_none_or(|best| reward > best.reward) {
                self.best = Some(found());
            }
            if hit.is_none() && target.is_some_and(|target| reward >= target) {
                if objective.confirms(point, self.seed.named("confirmation").index(before + index))? {
                    hit = Some(found());
                } else {
                    unconfirmed += 1;
                }
            }
        }
        self.searcher.tell(&rewards)?;
        // Only what cannot fail any more.
        self.history.push(&rewards);
        self.n_unconfirmed += unconfirmed;
        if self.hit.is_none() {
            self.hit = hit;
        }
        Ok(self.hit.is_some())
    }
}

impl SearchValidParams {
    /// Searches until the target, the budget, an interrupt, or until the searcher has converged.
    ///
    /// The run's observer hears of every generation, and its interrupt is looked for between them. The state is whole after each
    /// generation: the same call with one that was saved goes on identically, whatever the seed of this run.
    ///
    /// # Errors
    ///
    /// What the objective and the searcher say.
    pub fn run<S: Searcher>(
        &self,
        state: &mut SearchState<S>,
        objective: &impl Objective,
        run: &Run,
    ) -> Result<SearchStop, RlError> {
        run.observer().started(state.searcher.name(), self.0.budget as u64);
        let ended = self.generations(state, objective, run);
        run.observer().finished(state.searcher.name());
        ended
    }

    fn generations<S: Searcher>(
        &self,
        state: &mut SearchState<S>,
        objective: &impl Objective,
        run: &Run,
    ) -> Result<SearchStop, RlError> {
        loop {
            if state.hit.is_some() {
                return Ok(SearchStop::Hit);
            }
            if let Some(why) = state.searcher.converged() {
                return Ok(SearchStop::Converged(why.to_owned()));
            }
            if state.history.n_evaluations() + state.searcher.ask().len() > self.0.budget {
                return Ok(SearchStop::Budget);
            }
            if run.interrupt().is_requested() {
                return Ok(SearchStop::Interrupted);
            }
            state.generation(objective, self.0.target)?;
            let n = state.history.n_evaluations() as u64;
            let best = state.best.as_ref().map_or(f64::NEG_INFINITY, |best| best.reward);
            run.observer().advanced(state.searcher.name(), n, &format!("best reward {best:.6}"));
        }
    }
}
