#![doc = include_str!("../README.md")]

pub mod dibody;
mod error;
mod exponential;
mod normalization;
mod numbers;
mod signal;

pub use error::SimError;
pub use exponential::{Exponential, FEATURE, Scale};
pub use normalization::Normalization;
pub use signal::Signal;
