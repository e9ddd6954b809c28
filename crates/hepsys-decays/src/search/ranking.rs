use serde::{Deserialize, Serialize};

use super::SearchRecord;
use crate::{Finder, Overlap, Relevance};

/// A candidate with its relevance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Ranked {
    /// The candidate among those of the finder.
    pub candidate: usize,
    /// Its relevance.
    pub relevance: Relevance,
    /// The simulation that it comes from.
    pub overlap: Overlap,
}

/// What a search found, the most relevant first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Ranking {
    /// The strategy.
    pub strategy: String,
    /// All candidates that were simulated.
    pub ranked: Vec<Ranked>,
    /// The candidates in the order in which they were asked for.
    pub asked: Vec<usize>,
    /// How many candidates there are.
    pub n_candidates: usize,
}

impl Ranking {
    pub(super) fn new(finder: &Finder, record: &SearchRecord, is_asked: impl Fn(usize) -> bool) -> Self {
        let asked: Vec<usize> = record
            .answers
            .iter()
            .map(|answer| answer.candidate)
            .filter(|&candidate| is_asked(candidate))
            .collect();
        let mut ranked: Vec<Ranked> = record
            .answers
            .iter()
            .filter(|answer| is_asked(answer.candidate))
            .map(|answer| {
                let overlap = record.refined.get(&answer.candidate).unwrap_or(&answer.overlap).clone();
                let candidate = &finder.candidates()[answer.candidate];
                Ranked {
                    candidate: answer.candidate,
                    relevance: Relevance::new(candidate, &overlap),
                    overlap,
                }
            })
            .collect();
        ranked.sort_by(|a, b| {
            b.relevance.value.total_cmp(&a.relevance.value).then(a.candidate.cmp(&b.candidate))
        });
        Self { strategy: record.strategy.clone(), ranked, asked, n_candidates: finder.candidates().len() }
    }

    /// The most relevant ones.
    #[must_use]
    pub fn leaders(&self, n: usize) -> &[Ranked] {
        &self.ranked[..n.min(self.ranked.len())]
    }

    /// Candidates that need more events: leaders whose statistical error is too large, and others that could still be leaders.
    pub(super) fn open(&self, n: usize, precision: f64, max_events: usize) -> Vec<&Ranked> {
        let is_imprecise =
            |found: &&Ranked| found.relevance.statistical_error > precision * found.relevance.value;
        let leaders = self.leaders(n).iter().filter(is_imprecise);
        let open = leaders.chain(self.undecided(n));
        open.filter(|found| found.overlap.n_events < max_events).collect()
    }

    /// The candidates that were simulated and that could still be among n leaders: the limit on their relevance at 95 % confidence is
    /// above the last leader, and they are not so well known that this is chance.
    #[must_use]
    pub fn undecided(&self, n: usize) -> Vec<&Ranked> {
        let Some(last) = self.ranked.get(n.saturating_sub(1)) else { return Vec::new() };
        let [low, _] = last.relevance.statistical_interval();
        let could_be = |found: &&Ranked| {
            // A tie that no number of events would end is decided.
            let is_tie = found.relevance.statistical_error < 0.03 * found.relevance.value;
            found.relevance.upper_limit >= low && !is_tie
        };
        self.ranked.iter().skip(n).filter(could_be).collect()
    }
}
