#![doc = include_str!("../README.md")]

#[cfg(feature = "arrow")]
mod arrow;
mod binning;
mod error;
pub mod marks;
mod nuisance;
mod observe;
mod poisson;
mod region;
mod sample;
mod schema;
mod seed;
pub mod summary;
mod template;
#[cfg(feature = "tensor")]
mod tensor;
mod test_statistic;
mod variation;
mod weights;

pub use binning::Binning;
pub use error::CoreError;
pub use nuisance::{Constraint, NuisanceKind, NuisanceParameter};
pub use observe::{Interrupt, Observer, Silent};
pub use poisson::poisson;
pub use region::{Cut, Region};
pub use sample::Sample;
pub use schema::{Feature, Schema, Unit};
pub use seed::{Seed, Stream};
pub use summary::Summary;
pub use template::Template;
pub use test_statistic::TestStatistic;
pub use variation::Variation;
pub use weights::Weights;

/// The tensors of the feature `tensor`, so that its users need no second dependency.
#[cfg(feature = "tensor")]
pub use burn;

/// The record batches of the feature `arrow`.
#[cfg(feature = "arrow")]
pub use ::arrow as arrow_rs;
