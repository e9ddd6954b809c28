use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Ranking, SearchParams};
use crate::{DecaysError, Finder, Overlap, Relevance};

/// What was simulated of a candidate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Answer {
    /// The candidate among those of the finder.
    pub candidate: usize,
    /// Its chain, for people and for checks.
    pub name: String,
    /// The simulation.
    pub overlap: Overlap,
}

/// All that a search has simulated, in the order in which it was asked for: written with serde, it is what a search resumes from.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SearchRecord {
    /// The strategy.
    pub strategy: String,
    /// The events of each query.
    pub events: usize,
    /// A number that tells the table, detector, analysis and seed of the [`Finder`] from others.
    pub finder: u64,
    /// The answers.
    pub answers: Vec<Answer>,
    /// The candidates that were simulated with more events after the search, with all of their events.
    pub refined: BTreeMap<usize, Overlap>,
}

impl SearchRecord {
    /// The same answers for another strategy, which pays for them when it asks and does not have to simulate them again.
    #[must_use]
    pub fn answers_for(&self, strategy: &str) -> Self {
        Self { strategy: strategy.to_owned(), refined: BTreeMap::new(), ..self.clone() }
    }
}

/// The questions of a search: what has been simulated, and what may still be.
pub struct Queries<'a> {
    finder: &'a Finder,
    params: &'a SearchParams,
    /// Answers of this run and of those before it.
    record: SearchRecord,
    by_candidate: HashMap<usize, usize>,
    /// What the strategy has asked for in this run, those that were known before included.
    asked: Vec<usize>,
    is_asked: Vec<bool>,
    keep: &'a mut dyn FnMut(&SearchRecord),
    best: Option<(f64, usize)>,
}

impl<'a> Queries<'a> {
    pub(super) fn new(
        finder: &'a Finder,
        params: &'a SearchParams,
        strategy: &str,
        mut record: SearchRecord,
        keep: &'a mut dyn FnMut(&SearchRecord),
    ) -> Result<Self, DecaysError> {
        let fingerprint = finder.fingerprint();
        if record == SearchRecord::default() {
            record.strategy = strategy.to_owned();
            (record.events, record.finder) = (params.events, fingerprint);
        }
        if (record.strategy.as_str(), record.events) != (strategy, params.events) {
            return Err(DecaysError::BadState(format!(
                "it is a search by {} with {} events, not by {strategy} with {}",
                record.strategy, record.events, params.events
            )));
        }
        let mut by_candidate = HashMap::new();
        for (i, answer) in record.answers.iter().enumerate() {
            check(finder, answer)?;
            by_candidate.insert(answer.candidate, i);
        }
        if record.finder != fingerprint {
            let what = "it belongs to another table, detector, analysis or seed";
            return Err(DecaysError::BadState(what.to_owned()));
        }
        let is_asked = vec![false; finder.candidates().len()];
        params.observer.started(strategy, params.budget.min(is_asked.len()) as u64);
        Ok(Self { finder, params, record, by_candidate, asked: Vec::new(), is_asked, keep, best: None })
    }

    /// Where the candidates are.
    #[must_use]
    pub fn finder(&self) -> &'a Finder {
        self.finder
    }

    /// How many of the most relevant candidates are wanted.
    #[must_use]
    pub fn leaders(&self) -> usize {
        self.params.leaders
    }

    /// Whether nothing more may be asked: the budget is spent, all is known, or somebody wants to stop.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.left() == 0 || self.params.interrupt.is_requested()
    }

    /// How many candidates may still be asked for.
    #[must_use]
    pub fn left(&self) -> usize {
        self.params.budget.min(self.is_asked.len()).saturating_sub(self.asked.len())
    }

    /// Whether the strategy has asked for this candidate.
    #[must_use]
    pub fn is_asked(&self, candidate: usize) -> bool {
        self.is_asked[candidate]
    }

    /// The relevances of these candidates; nothing for those that the budget does not reach.
    ///
    /// What is not known yet is simulated, on all threads. A candidate that was asked for before costs nothing.
    ///
    /// # Errors
    ///
    /// Those of [`Finder::simulate`].
    ///
    /// # Panics
    ///
    /// For a candidate that is none of the finder's.
    pub fn ask(&mut self, candidates: &[usize]) -> Result<Vec<Option<Relevance>>, DecaysError> {
        let mut new = Vec::new();
        for &candidate in candidates {
            if !self.is_asked[candidate] && !self.is_over() {
                self.is_asked[candidate] = true;
                self.asked.push(candidate);
                if !self.by_candidate.contains_key(&candidate) {
                    new.push(candidate);
                }
            }
        }
        let answers = simulate(self.finder, &new, self.params.events)?;
        for answer in answers {
            self.by_candidate.insert(answer.candidate, self.record.answers.len());
            self.record.answers.push(answer);
        }
        if !new.is_empty() {
            (self.keep)(&self.record);
        }
        let answers: Vec<_> = candidates.iter().map(|&candidate| self.answer(candidate)).collect();
        self.report(candidates, &answers);
        Ok(answers)
    }

    /// The relevance of a candidate that was asked for.
    #[must_use]
    pub fn answer(&self, candidate: usize) -> Option<Relevance> {
        let overlap = self.overlap(candidate)?;
        Some(Relevance::new(&self.finder.candidates()[candidate], overlap))
    }

    /// The simulation of a candidate that was asked for.
    #[must_use]
    pub fn overlap(&self, candidate: usize) -> Option<&Overlap> {
        let answer = *self.by_candidate.get(&candidate).filter(|_| self.is_asked[candidate])?;
        Some(&self.record.answers[answer].overlap)
    }

    /// The relevance of the last of the leaders so far; zero as long as there are fewer.
    #[must_use]
    pub fn least_leader(&self) -> f64 {
        self.last_leader(|found| found.value)
    }

    /// What the last of the leaders so far surely has: the relevance less two standard deviations; zero as long as there are fewer.
    #[must_use]
    pub fn sure_leader(&self) -> f64 {
        self.last_leader(|found| found.value - 2.0 * found.statistical_error).max(0.0)
    }

    /// As many have so much or more as there are leaders.
    fn last_leader(&self, of: impl Fn(Relevance) -> f64) -> f64 {
        let mut values: Vec<f64> = self.asked.iter().filter_map(|&i| self.answer(i)).map(of).collect();
        values.sort_by(|a, b| b.total_cmp(a));
        values.get(self.params.leaders - 1).copied().unwrap_or_default()
    }

    fn report(&mut self, candidates: &[usize], answers: &[Option<Relevance>]) {
        for (&candidate, answer) in candidates.iter().zip(answers) {
            if let Some(answer) = answer
                && self.best.is_none_or(|(best, _)| answer.value > best)
            {
                self.best = Some((answer.value, candidate));
            }
        }
        let message = self.best.map_or_else(String::new, |(value, candidate)| {
            format!("{value:.3} {}", self.finder.candidates()[candidate].name)
        });
        self.params.observer.advanced(&self.record.strategy, self.asked.len() as u64, &message);
    }

    /// Simulates the candidates that could be leaders with more and more events, and ranks everything.
    pub(super) fn finish(mut self) -> Result<Ranking, DecaysError> {
        let SearchParams { leaders, precision, max_events, interrupt, observer, .. } = self.params;
        observer.finished(&self.record.strategy);
        let task = format!("{}: leaders", self.record.strategy);
        // Each round has four times as many events.
        let n_rounds = (*max_events as f64 / self.params.events as f64).log(4.0).ceil() as u64;
        observer.started(&task, n_rounds);
        let mut rounds = 0;
        loop {
            let ranking = Ranking::new(self.finder, &self.record, &self.asked, *precision);
            let open = ranking.open(*leaders, *max_events);
            observer.advanced(
                &task,
                rounds,
                &format!("{} chains are simulated with more events", open.len()),
            );
            if open.is_empty() || interrupt.is_requested() {
                observer.finished(&task);
                return Ok(ranking);
            }
            let more = open.par_iter().map(|found| {
                let mut overlap = found.overlap.clone();
                // Four times as many altogether; the number of events names the round.
                let n_events = (3 * overlap.n_events).min(max_events - overlap.n_events);
                let candidate = &self.finder.candidates()[found.candidate];
                overlap.add(&self.finder.simulate(candidate, n_events, overlap.n_events)?);
                Ok((found.candidate, overlap))
            });
            let more = more.collect::<Result<Vec<_>, DecaysError>>()?;
            self.record.refined.extend(more);
            (self.keep)(&self.record);
            rounds += 1;
        }
    }
}

fn check(finder: &Finder, answer: &Answer) -> Result<(), DecaysError> {
    let candidate = finder.candidates().get(answer.candidate);
    if candidate.is_some_and(|candidate| candidate.name == answer.name) {
        return Ok(());
    }
    let what = format!("its candidate {} is \"{}\", which is not so here", answer.candidate, answer.name);
    Err(DecaysError::BadState(what))
}

fn simulate(finder: &Finder, candidates: &[usize], n_events: usize) -> Result<Vec<Answer>, DecaysError> {
    let answers = candidates.par_iter().map(|&candidate| {
        let chain = &finder.candidates()[candidate];
        let overlap = finder.simulate(chain, n_events, 0)?;
        Ok(Answer { candidate, name: chain.name.clone(), overlap })
    });
    answers.collect()
}
