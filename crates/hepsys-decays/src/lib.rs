#![doc = include_str!("../README.md")]

mod analysis;
mod candidates;
mod chain;
mod dec;
mod error;
mod finder;
mod overlap;
mod particles;
mod pdg;
mod relevance;
mod search;
mod summary;
mod table;

pub use analysis::{Analysis, AnalysisFile, Detector, Flavour, MassCut, Parents, Reach, SignalDecay, Track};
pub use candidates::{Assignment, Candidate};
pub use chain::Chain;
pub use error::DecaysError;
pub use finder::{Finder, FinderParams};
pub use overlap::Overlap;
pub use particles::{ParticleProperties, ParticleTable};
pub use relevance::Relevance;
pub use search::{
    Answer, Exhaustive, Queries, Ranked, Ranking, SearchParams, SearchRecord, SearchValidParams, Strategy,
    Surrogate, UpperBound,
};
pub use table::{BranchingFraction, DecayMode, DecayTable, ParticleId};

pub use hepsys_core::{Binning, Interrupt, Observer, Seed};
