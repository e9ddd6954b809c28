//! Black-box search: an objective that gives a reward for a point, and what looks for the highest.

mod driver;
mod history;

pub use driver::{DEFAULT_BUDGET, Search, SearchParams, SearchState, SearchStop, SearchValidParams};
pub use history::{Found, SearchHistory, SearchPoint};

use hepsys_core::Seed;

use crate::{BoxSpace, RlError};

/// A reward for a point: an episode of one step.
pub trait Objective {
    /// The points.
    fn space(&self) -> &BoxSpace;

    /// The reward of a point; higher is better, and $-\infty$ is a point that is no solution at all.
    ///
    /// What is random in it is drawn from `seed` and from nothing else.
    ///
    /// # Errors
    ///
    /// [`RlError::Environment`] with what failed.
    fn evaluate(&self, point: &[f64], seed: Seed) -> Result<f64, RlError>;

    /// The rewards of a generation, in order; one after the other unless an objective knows better.
    ///
    /// # Errors
    ///
    /// Those of [`evaluate`](Self::evaluate).
    fn evaluate_all(&self, points: &[Vec<f64>], seeds: &[Seed]) -> Result<Vec<f64>, RlError> {
        points.iter().zip(seeds).map(|(point, seed)| self.evaluate(point, *seed)).collect()
    }

    /// Whether a point that reached the target keeps its promise, say on a larger sample that was not searched on.
    ///
    /// A search whose rewards are noisy finds what was lucky. Defaults to yes.
    ///
    /// # Errors
    ///
    /// [`RlError::Environment`] with what failed.
    fn confirms(&self, _point: &[f64], _seed: Seed) -> Result<bool, RlError> {
        Ok(true)
    }
}

/// Something that proposes points and is told their rewards.
///
/// All of it is its state: one that is written with serde, read back and asked again goes on as if nothing had happened.
pub trait Searcher {
    /// What tables and progress bars call it.
    fn name(&self) -> &'static str;

    /// The points of this generation; the same until their rewards are told.
    fn ask(&mut self) -> Vec<Vec<f64>>;

    /// Learns from the rewards of the points that [`ask`](Self::ask) gave, in their order.
    ///
    /// # Errors
    ///
    /// [`RlError::LengthMismatch`] unless there is one for each, and [`RlError::NotFinite`] for NaN.
    fn tell(&mut self, rewards: &[f64]) -> Result<(), RlError>;

    /// The point in the middle of the distribution from which it proposes.
    fn mean(&self) -> Vec<f64>;

    /// Why there is nothing more to find, if so.
    fn converged(&self) -> Option<&'static str>;
}

/// The positions of rewards, the best first, and the first of equal ones first.
pub(crate) fn ranked(rewards: &[f64], expected: usize) -> Result<Vec<usize>, RlError> {
    RlError::check_length("rewards of a generation", expected, rewards.len())?;
    if let Some(&found) = rewards.iter().find(|r| r.is_nan() || **r == f64::INFINITY) {
        let what = "the reward of a point".to_owned();
        return Err(RlError::NotFinite { what, expected: "a number or minus infinity", found });
    }
    let mut order: Vec<usize> = (0..rewards.len()).collect();
    order.sort_by(|&a, &b| rewards[b].total_cmp(&rewards[a]));
    Ok(order)
}
