#![doc = include_str!("../README.md")]

mod activation;
pub mod dense;
mod device;
mod error;
mod file;
pub mod flow;
pub mod loss;
mod mlp;
pub mod onnx;
mod run;
pub mod sequence;
mod shape;
mod standardize;
mod train;
mod weight_clip;

pub use activation::Activation;
pub use device::{available_devices, device_by_name};
pub use error::NnError;
pub use mlp::Mlp;
pub use run::Run;
pub use shape::{Layer, MlpShape};
pub use standardize::Standardizer;
pub use train::{
    Batch, Checkpoint, Epoch, History, Labelled, Optimizer, OptimizerMemory, Phase, Schedule, Step,
    StopReason, Stopping, Trainable, Trained, Trainer, Training, TrainingParams, Watched, rows,
};
pub use weight_clip::{Clipped, WeightClip};

/// The library of tensors and modules below; its derive macros ask for it by this name.
pub use burn;
pub use burn::module::Module;
pub use burn::tensor::{Device, Tensor};

pub use hepsys_core::{Interrupt, Observer, Sample, Seed};
