//! When there is nothing more to find: App. B.3 of the tutorial.

use serde::{Deserialize, Serialize};

use super::{CmaesState, LARGEST_CONDITION};

/// How many generations the criteria may look back.
const LONGEST_MEMORY: usize = 20_000;

/// What the criteria remember of the rewards of generations.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Ranks {
    /// The best and the median reward of each generation. Minus infinity is the lowest number.
    generations: Vec<(f64, f64)>,
    /// The range of the last one.
    range: f64,
}

impl Ranks {
    /// Takes note of the rewards of a generation, from the best.
    pub(super) fn see(&mut self, rewards: &[f64], n_dimensions: usize) {
        // Infinity has no JSON.
        let finite = |reward: f64| reward.max(f64::MIN);
        let (best, worst) = (finite(rewards[0]), finite(rewards[rewards.len() - 1]));
        self.generations.push((best, finite(rewards[rewards.len() / 2])));
        self.range = (best / 2.0 - worst / 2.0) * 2.0;
        if !self.range.is_finite() {
            self.range = f64::MAX;
        }
        let kept = LONGEST_MEMORY.max(50 * n_dimensions);
        if self.generations.len() > kept {
            self.generations.remove(0);
        }
    }

    /// The range of the best rewards of the last `n` generations, if there are as many.
    fn range_of_best(&self, n: usize) -> Option<f64> {
        let recent = &self.generations[self.generations.len().checked_sub(n)?..];
        let (low, high) = recent
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), (best, _)| (l.min(*best), h.max(*best)));
        Some(high - low)
    }

    /// Whether neither best nor median are better in the last 30 % of the last fifth of the generations than in its first 30 %.
    fn stagnates(&self, n_dimensions: usize, population: usize) -> bool {
        let least = 120 + 30 * n_dimensions / population;
        let n = (self.generations.len() / 5).max(least);
        let Some(first) = self.generations.len().checked_sub(n) else { return false };
        let part = 3 * n / 10;
        let old = &self.generations[first..first + part];
        let new = &self.generations[self.generations.len() - part..];
        median(new, |g| g.0) <= median(old, |g| g.0) && median(new, |g| g.1) <= median(old, |g| g.1)
    }
}

fn median(generations: &[(f64, f64)], of: impl Fn(&(f64, f64)) -> f64) -> f64 {
    let mut values: Vec<f64> = generations.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

impl CmaesState {
    /// Which criterion is met.
    pub(super) fn stopped(&self) -> Option<&'static str> {
        let n = self.mean.len();
        if self.generation == 0 {
            return None;
        }
        let population = self.params.constants(n).population;
        let deviation = |k: usize| self.step_size * self.covariance[k * n + k].max(0.0).sqrt();
        let most = self.axes.iter().copied().fold(0.0, f64::max);
        let tolerance = self.params.point_tolerance * self.params.step_size;
        // One of the axes a generation, in turn.
        let axis = usize::try_from(self.generation).unwrap_or(0) % n;
        let moves = |m: f64, by: f64| m + by != m;
        let along = 0.1 * self.step_size * self.axes[axis];
        let window = 10 + (30 * n).div_ceil(population);
        let range = self.ranks.range_of_best(window).map(|range| range.max(self.ranks.range));

        if self.condition() > LARGEST_CONDITION {
            Some("the covariance matrix has a condition number above 1e14")
        } else if (0..n).all(|k| deviation(k).max(self.step_size * self.path_c(k)) < tolerance) {
            Some("the deviation of every coordinate is below the tolerance")
        } else if range.is_some_and(|range| range <= self.params.reward_tolerance) {
            Some("the rewards of many generations differ by less than the tolerance")
        } else if self.step_size * most > 1e4 * self.params.step_size {
            Some("the step size grew by 1e4: it was far too small, or the reward has no maximum")
        } else if (0..n).any(|k| !moves(self.mean[k], 0.2 * deviation(k))) {
            Some("a coordinate is known to its last digit")
        } else if (0..n).all(|k| !moves(self.mean[k], along * self.basis[axis * n + k])) {
            Some("a step along an axis changes no digit")
        } else if self.ranks.stagnates(n, population) {
            Some("neither best nor median rewards have become better")
        } else {
            None
        }
    }
}
