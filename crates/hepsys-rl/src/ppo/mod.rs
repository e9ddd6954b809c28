//! Proximal policy optimisation.

mod advantage;
mod agent;
mod distribution;
mod loss;
mod params;
mod rollout;
mod running;
mod state;
mod train;

pub use advantage::generalized_advantages;
pub use agent::PpoAgent;
pub use params::{DEFAULT_HIDDEN_LAYERS, DEFAULT_LEARNING_RATE, Ppo, PpoParams, PpoValidParams, RewardScale};
pub use state::{PpoState, PpoStop, PpoUpdate};

#[cfg(test)]
mod tests;
