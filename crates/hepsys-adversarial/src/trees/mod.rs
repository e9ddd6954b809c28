//! Gradient-boosted trees: the classifiers of events, or of jets, by a dozen engineered features.
//!
//! [`BoostedTrees::params`] begins a classifier of signal against background; several classes are told apart by
//! [`OneVsRest`]. What is trained is a list of [`Tree`]s of our own, which is scored, stored with serde and written to
//! ONNX without the library that grew it.
//!
//! # Single precision
//!
//! Features are compared in single precision everywhere, since that is what a file in ONNX does: `fit` rounds every
//! feature to the nearest `f32` before it looks for thresholds, and [`BoostedTrees::scores`] rounds before it compares.
//! Thresholds and leaves are single-precision numbers themselves. So an event takes the same branches in training, here
//! and in the file, also where its feature rounds across a threshold; only sums over trees differ, `f64` here and mostly
//! `f32` in runtimes.
//!
//! # Determinism
//!
//! No random number is drawn: events and features are all used by each tree. The trees are the same bits whatever the
//! number of threads; the order of the events decides the order of the library's sums, and so the last digits of a leaf.
//!
//! ```
//! use hepsys_adversarial::trees::BoostedTrees;
//!
//! // HT in GeV and the score of the leading jet of four background and four signal events.
//! let columns = [
//!     vec![310.0, 290.0, 280.0, 350.0, 300.0, 330.0, 305.0, 295.0],
//!     vec![0.10, 0.20, 0.15, 0.30, 0.80, 0.70, 0.95, 0.60],
//! ];
//! let is_signal = [false, false, false, false, true, true, true, true];
//!
//! let trees = BoostedTrees::params()
//!     .features(["ht", "jet_1_signal_score"])
//!     .n_trees(20)
//!     .min_leaf_weight(0.5)
//!     .check()?
//!     .fit(&columns, &is_signal, &[1.0; 8])?;
//!
//! assert!(trees.score(&[300.0, 0.9])? > 0.8);
//! assert!(trees.score(&[300.0, 0.1])? < 0.2);
//! # Ok::<(), hepsys_adversarial::trees::TreesError>(())
//! ```

mod classes;
mod columns;
mod ensemble;
mod error;
mod fit;
mod library;
mod model;
mod params;
#[cfg(test)]
mod tests;
mod tree;

pub use classes::OneVsRest;
pub use error::TreesError;
pub use model::BoostedTrees;
pub use params::{
    BoostedTreesParams, BoostedTreesValidParams, DEFAULT_BINS, DEFAULT_DEPTH, DEFAULT_L2,
    DEFAULT_LEARNING_RATE, DEFAULT_MIN_LEAF_WEIGHT, DEFAULT_TREES, MOST_BINS, MOST_DEPTH,
};
pub use tree::{Node, Tree};

pub use hepsys_nn::onnx::{Model as OnnxModel, TreeEnsemble};
