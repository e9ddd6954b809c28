//! Export of trained networks and trees as ONNX files, for the frameworks of experiments to run.
//!
//! A [`Graph`] is put together from [`Input`]s, a network, two or an ensemble of trees, and outputs; [`Graph::check`] makes
//! the file, and a [`Bundle`] keeps files together with inputs and outputs to check them by.
//! Inputs come in the units that the user has them in, since the file standardizes them itself, and clips nothing.
//! All values in the file are in single precision: the parameters of a network, which are `f64` here, are rounded.
//! What the rounding of a shift leaves over is taken up by the biases of the first layer, so that a large offset
//! costs no precision.
//!
//! | in the file | as |
//! | --- | --- |
//! | inputs | `[N, n_features]` each, `N` being whatever number of events a run brings; sequences `[N, length, n_features]` |
//! | standardization | `Sub`, `Div`; `Mul` by zero for ignored features |
//! | several inputs | `Concat`, in the order in which they were added |
//! | layers | `Gemm`, with `Tanh`, `Sigmoid` or `Relu` between two |
//! | choice between two networks | `GreaterOrEqual`, `Where`; both are evaluated for every event |
//! | sequences | `Transpose`, `Conv` and `Relu`, `Transpose`, `LSTM` |
//! | trees | `TreeEnsembleRegressor` for one output, `TreeEnsembleClassifier` for several |
//! | outputs | `Identity`, `Sigmoid`, also scaled with `Mul` and `Add`, `[N, n_outputs]` each, `Softmax`, or `Softmax` and `MatMul`, `[N, 1]` |
//! | metadata | names, units, shifts and scales of the features of each input, what the user adds, `hepsys` with its version as producer |
//!
//! The format is version 8, its operators are those of version 13, for trees those of version 3 of `ai.onnx.ml`: runtimes
//! since 2022 read them.
//!
//! ```
//! use hepsys_core::Feature;
//! use hepsys_nn::onnx::{Graph, Input, Output};
//! use hepsys_nn::{Activation, MlpShape, Seed};
//!
//! let shape = MlpShape::new(3, &[16, 16], 1, Activation::Tanh)?;
//! let parameters = shape.glorot_uniform(Seed::new(1));
//!
//! let model = Graph::named("aware classifier")
//!     .input(
//!         Input::new("x", [Feature::new("pt", "GeV"), Feature::new("eta", "1")])
//!             .scaled(&[50.0, 0.0], &[20.0, 2.5]),
//!     )
//!     .input(Input::new("z", [Feature::new("z", "1")]).scaled(&[0.785], &[0.785]))
//!     .network(&shape, &parameters)
//!     .output("score", Output::Sigmoid)
//!     .metadata("about", "trained on simulated events")
//!     .check()?;
//!
//! let path = std::env::temp_dir().join("aware_classifier.onnx");
//! model.write(&path)?;
//! assert_eq!(std::fs::read(&path).unwrap(), model.to_bytes());
//! # Ok::<(), hepsys_nn::NnError>(())
//! ```
//!
//! The network of an event may depend on an input, as where a nuisance parameter acts differently up and down:
//!
//! ```
//! # use hepsys_core::Feature;
//! # use hepsys_nn::onnx::{Graph, Input, Output};
//! # use hepsys_nn::{Activation, MlpShape, Seed};
//! let shape = MlpShape::new(2, &[8], 1, Activation::Relu)?;
//! let [below, at_or_above] = [1, 2].map(|seed| shape.glorot_uniform(Seed::new(seed)));
//! let model = Graph::named("split classifier")
//!     .input(Input::new("x", [Feature::new("mass", "GeV")]).scaled(&[91.0], &[5.0]))
//!     .input(Input::new("z", [Feature::new("z", "1")]))
//!     .choose("z", 1.0, &shape, &below, &at_or_above)
//!     .output("score", Output::Sigmoid)
//!     .output("logit", Output::Linear)
//!     .check()?;
//! # Ok::<(), hepsys_nn::NnError>(())
//! ```
//!
//! A [network on sequences](crate::sequence) takes one input a sequence, and its flat features:
//!
//! ```
//! # use hepsys_core::Feature;
//! # use hepsys_nn::onnx::{Graph, Input, Output};
//! # use hepsys_nn::Seed;
//! use hepsys_nn::sequence::{Branch, SequenceShape};
//!
//! let shape = SequenceShape::new([Branch::new("tracks", 2, 20, &[16, 8], 5)], 1, &[32], 3)?;
//! let parameters = shape.glorot_uniform(Seed::new(1));
//! let track = [Feature::new("pt", "GeV"), Feature::new("z0", "mm")];
//! let model = Graph::named("jet classifier")
//!     .input(Input::sequence("tracks", 20, track).scaled(&[0.0, 0.0], &[500.0, 250.0]))
//!     .input(Input::new("jet", [Feature::new("eta", "1")]))
//!     .sequence_network(&shape, &parameters)
//!     .output("scores", Output::Softmax)
//!     .check()?;
//! # Ok::<(), hepsys_nn::NnError>(())
//! ```

mod bundle;
mod graph;
mod input;
mod model;
mod network;
mod output;
mod proto;
mod sequences;
#[cfg(test)]
mod tests;
mod trees;
mod write;

pub use bundle::{Bundle, Preserved, Reference, Values};
pub use graph::Graph;
pub use input::Input;
pub use model::Model;
pub use output::Output;
pub use trees::TreeEnsemble;
