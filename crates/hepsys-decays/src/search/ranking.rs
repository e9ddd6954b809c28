use serde::{Deserialize, Serialize};

use super::SearchRecord;
use crate::{Finder, Overlap, Relevance};

/// How many candidates beyond the leaders are looked at with more events at least.
const BEYOND: usize = 10;

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
                // The larger simulation counts alone, for it begins with the events of the smaller one.
                let refined = record.refined.iter().find(|refined| refined.candidate == answer.candidate);
                let overlap = refined.unwrap_or(answer).overlap.clone();
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

    /// Candidates that are or could be among the leaders, and that were simulated with fewer events than this.
    ///
    /// One could be if it is among the next few, or if its relevance plus two standard deviations reaches that of the last leader.
    pub(super) fn open_leaders(&self, n: usize, n_events: usize) -> Vec<usize> {
        let last = self.ranked.get(n - 1).map_or(0.0, |last| last.relevance.value);
        let could_be = |(rank, found): &(usize, &Ranked)| {
            let Relevance { value, statistical_error, .. } = found.relevance;
            *rank < n + BEYOND || value + 2.0 * statistical_error >= last
        };
        let ranked = self.ranked.iter().enumerate().filter(could_be);
        let open =
            ranked.filter(|(_, found)| found.overlap.n_events < n_events && found.relevance.value > 0.0);
        open.map(|(_, found)| found.candidate).collect()
    }

    /// The candidates that were simulated and cannot be excluded from the leaders: none of their events passed, or too few, and the
    /// limit on their relevance at 95 % confidence is above the last leader.
    #[must_use]
    pub fn undecided(&self, n: usize) -> Vec<&Ranked> {
        let last = self.ranked.get(n - 1).map_or(0.0, |last| last.relevance.value);
        self.ranked.iter().skip(n).filter(|found| found.relevance.upper_limit >= last).collect()
    }
}
