//! Which candidates to simulate, when all of them would take too long.

#[cfg(feature = "rl")]
mod agent;
mod exhaustive;
mod features;
mod queries;
mod ranking;
mod surrogate;
mod upper_bound;

#[cfg(feature = "rl")]
pub use agent::Agent;
pub use exhaustive::Exhaustive;
pub use queries::{Answer, Queries, SearchRecord};
pub use ranking::{Ranked, Ranking};
pub use surrogate::Surrogate;
pub use upper_bound::UpperBound;

use std::fmt;
use std::sync::Arc;

use hepsys_core::{Interrupt, Observer, Seed, Silent};

use crate::{DecaysError, Finder};

/// A way to decide which candidates are simulated.
///
/// A strategy asks, and the answers cost: each is a simulation. It has to decide by its answers and by the seed alone, for an interrupted
/// search is resumed by asking again what was asked before, which costs nothing.
pub trait Strategy: Sync {
    /// What tables and progress bars call it.
    fn name(&self) -> &'static str;

    /// Asks until the search [is over](Queries::is_over), or until there is nothing left to ask.
    ///
    /// # Errors
    ///
    /// Those of [`Queries::ask`], and its own.
    fn search(&self, queries: &mut Queries<'_>, seed: Seed) -> Result<(), DecaysError>;
}

/// How a search is run; [`check`](Self::check) and [`run`](SearchValidParams::run) it.
#[derive(Clone)]
pub struct SearchParams {
    events: usize,
    budget: usize,
    leaders: usize,
    precision: f64,
    max_events: usize,
    seed: Seed,
    observer: Arc<dyn Observer>,
    interrupt: Interrupt,
}

/// A search whose numbers make sense.
#[derive(Debug, Clone)]
pub struct SearchValidParams(SearchParams);

impl fmt::Debug for SearchParams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SearchParams")
            .field("events", &self.events)
            .field("budget", &self.budget)
            .field("leaders", &self.leaders)
            .field("precision", &self.precision)
            .field("max_events", &self.max_events)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}

impl Default for SearchParams {
    fn default() -> Self {
        Self {
            events: 4000,
            budget: usize::MAX,
            leaders: 10,
            precision: 0.03,
            max_events: 1_000_000,
            seed: Seed::new(1),
            observer: Arc::new(Silent),
            interrupt: Interrupt::new(),
        }
    }
}

impl SearchParams {
    /// A search with 4000 events for each query, and no budget.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many events are simulated for each query.
    #[must_use]
    pub fn events(mut self, n_events: usize) -> Self {
        self.events = n_events;
        self
    }

    /// How many candidates may be simulated.
    #[must_use]
    pub fn budget(mut self, n_queries: usize) -> Self {
        self.budget = n_queries;
        self
    }

    /// How many of the most relevant candidates are wanted, ten by default, and the relative statistical error that each is simulated to in
    /// the end, 0.03 by default.
    #[must_use]
    pub fn leaders(mut self, n_leaders: usize, precision: f64) -> Self {
        self.leaders = n_leaders;
        self.precision = precision;
        self
    }

    /// How many events a candidate is simulated with at most, a million by default.
    ///
    /// A candidate is given up only when the limit on its relevance at 95 % confidence is below the last leader. One of which no event
    /// passes, and whose upper bound is large, needs many: what is still open then is what [`Ranking::undecided`] lists.
    #[must_use]
    pub fn max_events(mut self, n_events: usize) -> Self {
        self.max_events = n_events;
        self
    }

    /// The seed of what a strategy draws; the simulations have that of the [`Finder`].
    #[must_use]
    pub fn seed(mut self, seed: Seed) -> Self {
        self.seed = seed;
        self
    }

    /// Who is told of progress and of the most relevant candidate so far.
    #[must_use]
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = observer;
        self
    }

    /// What stops the search after the batch at work; what was simulated is kept.
    #[must_use]
    pub fn interrupt(mut self, interrupt: Interrupt) -> Self {
        self.interrupt = interrupt;
        self
    }

    /// The same search, if its numbers make sense.
    ///
    /// # Errors
    ///
    /// [`DecaysError::BadParameter`] for no events, no budget, no leaders, an error that is none, or fewer events at most than for a query.
    pub fn check(self) -> Result<SearchValidParams, DecaysError> {
        for (name, n) in [
            ("the number of events of a query", self.events),
            ("the budget of a search", self.budget),
            ("the number of leaders", self.leaders),
        ] {
            DecaysError::check(n > 0, name, "positive", n)?;
        }
        let precision = self.precision;
        let is_error = 0.0 < precision && precision.is_finite();
        DecaysError::check(is_error, "the error of a leader", "positive and finite", precision)?;
        let at_least = format!("at least those of a query, {}", self.events);
        let max = self.max_events;
        DecaysError::check(max >= self.events, "the largest number of events", &at_least, max)?;
        Ok(SearchValidParams(self))
    }
}

impl SearchValidParams {
    /// Searches, and ranks what was found.
    ///
    /// `record` is what an earlier run of the same search left, or [`SearchRecord::default`]; what it holds is not simulated again.
    /// `keep` is given the record after each batch, to write it where it survives.
    ///
    /// # Errors
    ///
    /// [`DecaysError::BadState`] for the record of another search, and those of the strategy and of [`Finder::simulate`].
    pub fn run(
        &self,
        finder: &Finder,
        strategy: &dyn Strategy,
        record: SearchRecord,
        keep: &mut dyn FnMut(&SearchRecord),
    ) -> Result<Ranking, DecaysError> {
        let Self(params) = self;
        let mut queries = Queries::new(finder, params, strategy.name(), record, keep)?;
        strategy.search(&mut queries, params.seed.named(strategy.name()))?;
        queries.finish()
    }
}
