//! The covariance matrix adaptation evolution strategy.

mod constants;
mod params;
mod state;
mod stop;

pub use params::{Cmaes, CmaesParams, CmaesValidParams, DEFAULT_STEP_SIZE, LARGEST_CONDITION, Recombination};
pub use state::CmaesState;

#[cfg(test)]
mod tests;
