//! Networks on sequences: the clusters, tracks and muon segments of a jet, with numbers of the jet itself.
//!
//! Each sequence passes through convolutions of kernel 1 (the same small dense layers for every object), then a
//! long short-term memory; what it remembers after the last object joins the numbers of the jet in a dense network:
//!
//! ```text
//! clusters [15, 12] ─ conv 64-32-32-16 ─ LSTM 10 ┐
//! tracks   [20, 10] ─ conv 64-32-32-16 ─ LSTM 10 ├─ dense 512 ─ 64 ─ logits
//! segments [20,  6] ─ conv 32-16-8     ─ LSTM  5 │
//! jet      [3] ──────────────────────────────────┘
//! ```
//!
//! A sequence that is shorter than its length is filled up with zeros, which pass through the network as objects do.
//!
//! [`SequenceShape`] knows the parameters, [`SequenceKernel`] evaluates and differentiates on the CPU,
//! [`SequenceNetwork`] is the same network as tensors of any device; a test holds the two together, and [`SequenceEngine`]
//! chooses between them.

// In loops over lanes the same index runs through several arrays; that is what becomes vector instructions.
#![allow(clippy::needless_range_loop)]

mod branch;
mod dropout;
mod engine;
mod events;
mod head;
mod kernel;
mod lstm;
mod module;
mod shape;

pub use dropout::Dropout;
pub use engine::{Forward, SequenceEngine};
pub use events::Rows;
pub use kernel::{Pass, SequenceKernel};
pub use module::SequenceNetwork;
pub use shape::{Branch, SequenceShape};
pub(crate) use shape::{BranchLayout, Memory};

#[cfg(test)]
mod tests;
