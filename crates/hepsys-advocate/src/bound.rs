mod channels;
mod grid;
mod params;
mod solve;

pub use channels::BinnedChannels;
pub use grid::{Directions, Grid};
pub use params::{
    BinnedBound, BinnedBoundParams, BinnedBoundValidParams, DEFAULT_BINS, DEFAULT_WEIGHT_RANGE, MOST_BINS,
};

use serde::{Deserialize, Serialize};

use crate::{Direction, LimitPrice};

/// The largest bias in one direction, with the weight in each bin that reaches it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Bound {
    /// The efficiency of the target, less one.
    pub bias: f64,
    /// Which way it was pushed.
    pub direction: Direction,
    /// The efficiency of each channel relative to its simulation, as [`Question::channels`](crate::Question::channels) orders them.
    pub efficiencies: Vec<(String, f64)>,
    /// What each side of each limit costs.
    pub prices: Vec<LimitPrice>,
    /// By how much the size of the bias grows for each unit of the Lipschitz constant, if there is one.
    ///
    /// In one dimension, with one control channel and no limit of the weights, it is the Wasserstein distance of the two channels.
    pub lipschitz_price: Option<f64>,
    /// The weight in each bin.
    pub weights: Vec<f64>,
    /// The contamination b in each bin, relative to the density of the channel that it is added to, if the question has any.
    pub contamination: Option<Vec<f64>>,
    /// Whether a bin has events of any channel. Weights of others are bridges between those that have.
    pub populated: Vec<bool>,
    /// The bins.
    pub grid: Grid,
}

impl Bound {
    /// The weight of an event with these features.
    #[must_use]
    pub fn weight_at(&self, features: &[f64]) -> f64 {
        self.weights[self.grid.index_of(features)]
    }

    /// The efficiency of a channel relative to its simulation.
    #[must_use]
    pub fn efficiency_of(&self, channel: &str) -> Option<f64> {
        self.efficiencies.iter().find(|(name, _)| name == channel).map(|(_, efficiency)| *efficiency)
    }
}
