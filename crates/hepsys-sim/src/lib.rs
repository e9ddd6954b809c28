#![doc = include_str!("../README.md")]

mod acceptance;
mod angular;
mod branching_ratio;
pub mod calorimeter_jets;
mod decay_chain;
pub mod dibody;
mod error;
mod exponential;
pub mod fair;
mod four_momentum;
mod gaussian_pair;
mod higgsml;
pub mod mass;
mod normalization;
mod numbers;
mod phase_space;
mod production;
mod rotation;
mod signal;
mod smearing;
mod tau_energy_scale;
mod turn_on;

pub use acceptance::Acceptance;
pub use angular::{
    AngularDensity, AngularMoments, AngularObservables, DecayAngles, KstarMuMu, KstarMuMuEvents,
};
pub use branching_ratio::BranchingRatioChannel;
pub use decay_chain::Particle;
pub use error::SimError;
pub use exponential::{Exponential, FEATURE, Scale};
pub use four_momentum::FourMomentum;
pub use gaussian_pair::{Class, ExactScore, ExactTemplates, GaussianPair};
pub use normalization::Normalization;
pub use phase_space::{DecayEvents, PhaseSpace, two_body_decay, two_body_momentum};
pub use production::ProductionSpectrum;
pub use rotation::Rotation;
pub use signal::Signal;
pub use smearing::MomentumResolution;
pub use tau_energy_scale::{DEFAULT_TAU_MASS, TauEnergyScale};
pub use turn_on::TurnOn;
