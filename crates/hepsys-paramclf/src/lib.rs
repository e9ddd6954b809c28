#![doc = include_str!("../README.md")]

mod classifier;
mod coverage;
mod discriminant;
mod error;
mod export;
mod fit;
mod interval;
mod kernel_density;
mod measured;
mod measurement;
mod observable;
mod observed;
mod onnx;
mod params;
mod plane;
mod profile;
mod simulation;
mod summary;
mod templates;
mod train;
mod training_set;

pub use classifier::TrainedClassifier;
pub use coverage::{Coverage, CoverageToy, ToyData};
pub use discriminant::{Counter, Discriminant, ScoreBinning};
pub use error::ParamclfError;
pub use measured::{Measured, OVER_CONSTRAINED, ProfilePoint, Shifted};
pub use measurement::{Knowledge, MU, Measurement, MeasurementParams, Process, Untrained};
pub use observable::{AwareCut, Frozen, Observable, Sensitivity, Values};
pub use observed::Observed;
pub use params::{
    Adversary, Classifier, ClassifierParams, ClassifierValidParams, DEFAULT_BATCH_SIZE, DEFAULT_EPOCHS,
    DEFAULT_HIDDEN_LAYERS, DEFAULT_LEARNING_RATE, Guess, MOST_GAUSSIANS, Strategy,
};
pub use simulation::{Simulated, SimulatedPoints, Simulation, TrainedNuisance, VariedSimulation};
pub use summary::{profile_curve, score_figure};
pub use templates::{Density, SMALLEST_YIELD, TemplateOptions, Templates};
pub use training_set::TrainingSet;

pub use hepsys_core::summary::{Axis, Figure, Layer, Role};
pub use hepsys_core::{
    CoreError, Feature, Interrupt, NuisanceParameter, Observer, Region, Sample, Seed, Stream, Summary,
    Variation, Weights,
};
pub use hepsys_nn::onnx::Model as OnnxModel;
pub use hepsys_nn::{
    Activation, Device, History, NnError, Optimizer, Run, Schedule, Stopping, TrainingParams, Watched,
};
pub use hepsys_stats::fit::{Contour, PlaneScan};
pub use hepsys_stats::morph::{
    Beyond, CountTerm, KnotStatistics, McStatistics, Morphing, NegativeYields, SplineEnds, TemplateMorph,
};
pub use hepsys_stats::workspace::Workspace;
pub use hepsys_stats::{Fingerprint, PseudoExperiments, Shard, StatsError, Toy, poisson};

/// The random numbers of a [`Stream`] are drawn with this library's traits.
pub use rand;
