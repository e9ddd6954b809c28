//! The fused CPU kernel for small dense networks: forward, loss and backward in one pass over the events.
//!
//! Networks of a hundred parameters on ten thousand events are too small for a tensor library:
//! a matrix product of seven columns spends its time on everything but arithmetic.
//! This kernel walks through the events in blocks of [`LANES`], keeps a block's activations in the cache,
//! and hands each block's outputs to an [`EventLoss`], which answers with $\partial L/\partial f$ per event.
//!
//! Events are in single or double precision ([`Real`]); sums over events always end in `f64`,
//! in blocks of fixed size that are added in order.
//! Every path computes the same fused operations on the same lanes in the same order, so that neither the width of
//! vector instructions nor the number of threads changes a bit.
//!
//! Layers of a few hundred weights and more go through a library for products of matrices, block by block.
//!
//! The same network as burn tensors is [`Mlp`](crate::Mlp); a test holds the two together.

// In loops over lanes the same index runs through several arrays; that is what becomes vector instructions.
#![allow(clippy::needless_range_loop)]

pub(crate) mod aligned;
mod block;
mod columns;
mod descent;
mod hessian;
mod kernel;
pub(crate) mod loss;
mod losses;
pub(crate) mod matrix;
mod narrow;
mod networks;
mod real;
mod walk;

pub use columns::Columns;
pub use kernel::Dense;
pub(crate) use kernel::check_length;
pub use loss::{CurvedLoss, Derivatives, EventLoss, LossSums};
pub use losses::{CrossEntropy, Linear, SoftmaxCrossEntropy, SquaredError};
pub use networks::{Networks, Slope};
pub use real::Real;

/// How many events a block holds.
pub const LANES: usize = 64;

/// How many partial sums an accumulator keeps; a divisor of [`LANES`].
pub(crate) const PARTIALS: usize = 16;

#[cfg(test)]
mod tests;
