//! What almost every analysis names: `use hepsys::prelude::*;`.
//!
//! Samples and what is known about them, the context of a fit, toys and p-values, and the entry point of each method.
//! Left out are error types, formats, plots, generators and everything that belongs to one method only:
//! they are named with their crate, as in `hepsys::nplm::TaylorParams`.

pub use hepsys_core::{
    Binning, Feature, NuisanceParameter, Region, Sample, Seed, Summary, TestStatistic, Variation, Weights,
};
pub use hepsys_stats::{KolmogorovSmirnov, NullDistribution, PValue, PseudoExperiments, Significance};

#[cfg(feature = "advocate")]
pub use hepsys_advocate::{Advocate, Direction, Limit, Simulation};
#[cfg(feature = "decays")]
pub use hepsys_decays::{AnalysisFile, DecayTable, FinderParams, ParticleTable};
#[cfg(feature = "io")]
pub use hepsys_io::read_sample;
#[cfg(any(feature = "advocate", feature = "generator", feature = "nplm", feature = "paramclf"))]
pub use hepsys_nn::{Device, Run};
#[cfg(feature = "nplm")]
pub use hepsys_nplm::{Auxiliary, Nplm, Nuisances};
#[cfg(feature = "paramclf")]
pub use hepsys_paramclf::{Classifier, Discriminant, Measurement, Observed, Strategy, Templates};
#[cfg(feature = "report")]
pub use hepsys_report::Page;
