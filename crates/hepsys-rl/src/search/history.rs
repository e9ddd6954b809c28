use serde::{Deserialize, Serialize};

/// A point with its reward, and when it was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Found {
    /// The point.
    pub point: Vec<f64>,
    /// Its reward, as it was evaluated.
    pub reward: f64,
    /// Which evaluation it was, counted from one.
    pub evaluation: usize,
}

/// What a search found, generation by generation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SearchHistory {
    /// The generations, from the first.
    pub generations: Vec<SearchPoint>,
}

/// One generation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SearchPoint {
    /// How many evaluations there were, with those of this generation.
    pub evaluations: usize,
    /// The highest reward of this generation, unless all are minus infinity.
    pub best: Option<f64>,
    /// The highest reward until then, unless all are minus infinity.
    pub best_so_far: Option<f64>,
}

impl SearchHistory {
    /// How many evaluations there were.
    #[must_use]
    pub fn n_evaluations(&self) -> usize {
        self.generations.last().map_or(0, |point| point.evaluations)
    }

    /// Adds a generation.
    pub(super) fn push(&mut self, rewards: &[f64]) {
        let finite = |reward: f64| reward.is_finite().then_some(reward);
        let best = rewards.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let before = self.generations.last().and_then(|point| point.best_so_far);
        let best_so_far = finite(before.map_or(best, |before| before.max(best)));
        let evaluations = self.n_evaluations() + rewards.len();
        self.generations.push(SearchPoint { evaluations, best: finite(best), best_so_far });
    }
}
