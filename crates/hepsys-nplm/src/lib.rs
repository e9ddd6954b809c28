#![doc = include_str!("../README.md")]

mod delta;
mod error;
mod events;
mod fit;
mod nuisances;
mod objective;
mod params;
mod reconstruction;
mod summary;
mod taylor;
mod taylor_loss;
mod tensor_objective;
#[cfg(test)]
mod tests;

pub use error::NplmError;
pub use fit::{NplmFit, StartResult};
pub use nuisances::{Auxiliary, ExactCoefficients, Nuisances, ShapeEffect, TaylorCoefficients};
pub use params::{
    Converged, DEFAULT_STARTS, Nplm, NplmParams, NplmValidParams, Optimizer, Paper, Precision, Scaling,
};
pub use reconstruction::Reconstruction;
pub use taylor::{TaylorExpansion, TaylorParams};

pub use hepsys_core::{
    Binning, CoreError, Feature, Interrupt, NuisanceParameter, Observer, Region, Sample, Seed, Stream,
    Summary, Template, TestStatistic, Variation, Weights,
};
pub use hepsys_nn::{Activation, Clipped, Device, MlpShape, NnError, Run, WeightClip};
pub use hepsys_stats::minimize::Status;
pub use hepsys_stats::{
    ChiSquared, EventPool, Fingerprint, KolmogorovSmirnov, NullDistribution, PValue, PseudoExperimentError,
    PseudoExperiments, Shard, Significance, StatsError, Toy, Toys, median, poisson,
};

/// The random numbers of a [`Stream`] are drawn with this library's traits.
pub use rand;
