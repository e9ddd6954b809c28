#![doc = include_str!("../README.md")]

mod delta;
mod error;
mod events;
mod experiment;
mod fit;
mod fitted_nuisances;
mod kernel;
mod nuisances;
mod objective;
mod paper;
mod params;
mod reconstruction;
mod search;
mod selection;
mod summary;
mod taylor;
mod taylor_loss;
mod taylor_study;
mod tensor_objective;
#[cfg(test)]
mod tests;
mod training;
mod validation;

pub use error::NplmError;
pub use experiment::{Experiment, LearnedTest, Outcome, Truth};
pub use fit::NplmFit;
pub use kernel::{
    Convergence, Kernel, KernelFit, KernelParams, KernelSuggestion, KernelValidParams, PenaltyTrial,
};
pub use nuisances::{Auxiliary, ExactCoefficients, Nuisances, ShapeEffect, TaylorCoefficients};
pub use params::{
    Converged, DEFAULT_FINALISTS, DEFAULT_STARTS, Nplm, NplmParams, NplmValidParams, Optimizer, Paper,
    Precision, Scaling,
};
pub use reconstruction::Reconstruction;
pub use search::{Certificate, StartResult};
pub use selection::{ClipScan, ModelSelection, ScannedClip};
pub use taylor::{TaylorExpansion, TaylorParams};
pub use taylor_study::TaylorStudy;
pub use training::{TrainingPercentiles, TrainingPoint};
pub use validation::{Validation, ValidationPoint};

pub use hepsys_core::summary::{Figure, Table};
pub use hepsys_core::{
    Binning, CoreError, Feature, Interrupt, NuisanceParameter, Observer, Region, Sample, Seed, Stream,
    Summary, Template, TestStatistic, Variation, Weights,
};
pub use hepsys_nn::{Activation, Clipped, Device, MlpShape, NnError, Run, WeightClip};
pub use hepsys_stats::minimize::Status;
pub use hepsys_stats::{
    ChiSquared, Estimate, EventPool, Fingerprint, KolmogorovSmirnov, NullDistribution, PValue,
    PseudoExperimentError, PseudoExperiments, Shard, Significance, StatsError, Toy, Toys, median, poisson,
};

/// The random numbers of a [`Stream`] are drawn with this library's traits.
pub use rand;
