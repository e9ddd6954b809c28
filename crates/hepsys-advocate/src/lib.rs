#![doc = include_str!("../README.md")]

#[cfg(feature = "rl")]
pub mod angular;
mod anomaly;
mod bound;
mod effect;
mod efficiencies;
mod error;
mod infeasible;
mod limit;
mod method;
mod params;
mod preparation;
mod program;
mod question;
mod search;
mod shadow_price;
mod simulation;
mod solver;
mod summary;
mod weight_export;
mod weight_map;
mod worst_case;

pub use anomaly::{Anomaly, Excess};
pub use bound::{
    BinnedBound, BinnedBoundParams, BinnedBoundValidParams, BinnedChannels, Bound, DEFAULT_BINS,
    DEFAULT_WEIGHT_RANGE, Directions, Grid, MOST_BINS,
};
pub use effect::{Effect, Efficiency};
pub use efficiencies::LimitPrice;
pub use error::AdvocateError;
pub use limit::Limit;
pub use method::{Method, Steps};
pub use params::{
    Advocate, AdvocateParams, AdvocateValidParams, DEFAULT_BATCH_SIZE, DEFAULT_HIDDEN_LAYERS, DEFAULT_SEEDS,
};
pub use program::{CERTIFIED_TO, LinearProgram, Optimum};
pub use question::{Contamination, Direction, Question};
pub use shadow_price::{DEFAULT_TIGHTENING, ShadowPrice, shadow_prices};
pub use simulation::Simulation;
pub use solver::Solver;
pub use summary::price_table;
pub use weight_export::WeightHistogram;
pub use weight_map::WeightMap;
pub use worst_case::{Found, Spread, WorstCase};

pub use hepsys_core::{CoreError, Feature, Interrupt, Observer, Sample, Seed, Summary, Weights};
pub use hepsys_nn::onnx::Model as OnnxModel;
pub use hepsys_nn::{Device, NnError, Run};
pub use hepsys_stats::{
    Fingerprint, PseudoExperimentError, PseudoExperiments, Shard, Significance, StatsError,
};

/// The random numbers of a seed's stream are drawn with this library's traits.
pub use rand;
