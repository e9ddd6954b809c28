#![doc = include_str!("../README.md")]

pub mod dibody;
mod error;
mod exponential;
pub mod fair;
mod gaussian_pair;
mod higgsml;
mod normalization;
mod numbers;
mod signal;
mod tau_energy_scale;

pub use error::SimError;
pub use exponential::{Exponential, FEATURE, Scale};
pub use gaussian_pair::{Class, ExactScore, ExactTemplates, GaussianPair};
pub use normalization::Normalization;
pub use signal::Signal;
pub use tau_energy_scale::{DEFAULT_TAU_MASS, TauEnergyScale};
