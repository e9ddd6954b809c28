#![doc = include_str!("../README.md")]

pub mod dense;
mod run;

pub use burn::tensor::Device;
pub use run::Run;
