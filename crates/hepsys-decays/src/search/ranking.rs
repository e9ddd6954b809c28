use std::collections::HashMap;

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
    /// The relative statistical error below which a relevance is known well enough.
    pub precision: f64,
}

impl Ranking {
    pub(super) fn new(finder: &Finder, record: &SearchRecord, asked: &[usize], precision: f64) -> Self {
        let answers: HashMap<usize, &Overlap> =
            record.answers.iter().map(|answer| (answer.candidate, &answer.overlap)).collect();
        let answered = asked.iter().filter_map(|candidate| {
            let overlap = record.refined.get(candidate).or_else(|| answers.get(candidate).copied())?;
            let relevance = Relevance::new(&finder.candidates()[*candidate], overlap);
            Some(Ranked { candidate: *candidate, relevance, overlap: overlap.clone() })
        });
        let mut ranked: Vec<Ranked> = answered.collect();
        ranked.sort_by(|a, b| {
            b.relevance.value.total_cmp(&a.relevance.value).then(a.candidate.cmp(&b.candidate))
        });
        let n_candidates = finder.candidates().len();
        Self { strategy: record.strategy.clone(), ranked, asked: asked.to_vec(), n_candidates, precision }
    }

    /// How many of `wanted` are found with each query, counted up to `most`: what a search is worth.
    #[must_use]
    pub fn found(&self, wanted: &[usize], most: usize) -> Vec<usize> {
        let hits = self.asked.iter().scan(0, |n_found, candidate| {
            *n_found += usize::from(wanted.contains(candidate));
            Some((*n_found).min(most))
        });
        hits.collect()
    }

    /// The candidates whose relevance is at least this part of that of the last of n leaders: ties are leaders, too.
    #[must_use]
    pub fn tied_leaders(&self, n: usize, part: f64) -> Vec<usize> {
        let Some(last) = self.ranked.get(n.saturating_sub(1)) else {
            return self.ranked.iter().map(|found| found.candidate).collect();
        };
        let least = part * last.relevance.value;
        let leaders = self.ranked.iter().take_while(|found| found.relevance.value >= least);
        leaders.map(|found| found.candidate).collect()
    }

    /// The most relevant ones.
    #[must_use]
    pub fn leaders(&self, n: usize) -> &[Ranked] {
        &self.ranked[..n.min(self.ranked.len())]
    }

    /// Candidates that need more events: leaders that are not well enough known, and others that could still be leaders.
    pub(super) fn open(&self, n: usize, max_events: usize) -> Vec<&Ranked> {
        let leaders =
            self.leaders(n).iter().filter(|found| !self.is_known(found) && found.relevance.value > 0.0);
        leaders.chain(self.undecided(n)).filter(|found| found.overlap.n_events < max_events).collect()
    }

    fn is_known(&self, found: &Ranked) -> bool {
        let Relevance { value, statistical_error, .. } = found.relevance;
        value > 0.0 && statistical_error <= self.precision * value
    }

    /// The candidates that were simulated and that could still be among n leaders: the limit on their relevance at 95 % confidence is
    /// above what n others have but for one standard deviation, and they are not known well enough to say that this is a tie. Those of which no event was selected are
    /// among them, even if they are ranked among the first n for want of others.
    #[must_use]
    pub fn undecided(&self, n: usize) -> Vec<&Ranked> {
        // So much have n candidates, whichever they are: one that is ranked by a lucky event has next to nothing for sure.
        let mut sure: Vec<f64> =
            self.ranked.iter().map(|found| found.relevance.statistical_interval()[0]).collect();
        sure.sort_by(|a, b| b.total_cmp(a));
        let low = sure.get(n.saturating_sub(1)).copied().unwrap_or_default();
        let could_be = |(rank, found): &(usize, &Ranked)| {
            let is_leader = *rank < n && found.relevance.value > 0.0;
            !is_leader && !self.is_known(found) && found.relevance.upper_limit >= low
        };
        self.ranked.iter().enumerate().filter(could_be).map(|(_, found)| found).collect()
    }
}
