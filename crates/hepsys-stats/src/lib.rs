#![doc = include_str!("../README.md")]

mod chi_squared;
mod descriptive;
mod error;
mod event_pool;
mod fingerprint;
mod finite;
mod goodness_of_fit;
pub mod minimize;
mod null_distribution;
mod p_value;
mod pseudo_experiment;
mod shard;
mod significance;
mod special;
pub mod toy_file;
mod toys;

pub use chi_squared::ChiSquared;
pub use descriptive::{Estimate, mean, median, quantile, standard_deviation};
pub use error::StatsError;
pub use event_pool::{EventPool, PoolOverlap};
pub use fingerprint::Fingerprint;
pub use goodness_of_fit::KolmogorovSmirnov;
pub use hepsys_core::poisson;
pub use null_distribution::{Empirical, NullDistribution};
pub use p_value::{ONE_SIGMA, PValue, binomial_interval};
pub use pseudo_experiment::{DEFAULT_TOYS, PseudoExperimentError, PseudoExperiments};
pub use shard::Shard;
pub use significance::Significance;
pub use toy_file::ToyFileError;
pub use toys::{Toy, Toys};
