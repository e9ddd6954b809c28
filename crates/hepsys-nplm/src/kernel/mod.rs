//! The kernel method: the alternative as a sum of Gaussians around some of the events.

mod blocks;
mod centres;
mod fit;
mod gram;
mod logistic;
mod newton;
mod params;
mod preconditioner;
mod suggest;
mod summary;
#[cfg(test)]
mod tests;

pub use fit::{Convergence, KernelFit};
pub use params::{Kernel, KernelParams, KernelValidParams};
pub use suggest::{KernelSuggestion, PenaltyTrial};
