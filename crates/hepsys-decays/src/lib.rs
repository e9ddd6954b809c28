#![doc = include_str!("../README.md")]

mod analysis;
mod candidates;
mod chain;
mod dec;
mod error;
mod finder;
mod gaussian_process;
#[cfg(feature = "generator")]
pub mod generator;
mod overlap;
mod particles;
mod pdg;
mod prediction;
mod relevance;
mod search;
mod summary;
mod table;

pub use analysis::{Analysis, AnalysisFile, Detector, Flavour, MassCut, Parents, Reach, SignalDecay, Track};
pub use candidates::{Assignment, Candidate};
pub use chain::Chain;
pub use error::DecaysError;
pub use finder::{Finder, FinderParams};
pub use gaussian_process::Kernel;
pub use overlap::{Overlap, TrackEvents};
pub use particles::{ParticleProperties, ParticleTable};
pub use prediction::{
    CrossValidation, ExtendedTable, Folds, FractionModel, FractionModelParams, FractionModelValidParams,
    HeldOut, Scores,
};
pub use relevance::Relevance;
#[cfg(feature = "rl")]
pub use search::Agent;
pub use search::{
    Answer, Exhaustive, Queries, Ranked, Ranking, SearchParams, SearchRecord, SearchValidParams, Strategy,
    Surrogate, UpperBound,
};
pub use table::{BranchingFraction, DecayMode, DecayTable, ParticleId};

pub use hepsys_core::{Binning, Feature, Interrupt, Observer, Sample, Seed};
#[cfg(any(feature = "generator", feature = "rl"))]
pub use hepsys_nn::{Device, Run};
