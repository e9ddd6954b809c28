//! Decays by phase space alone: matrix elements are one.

mod block;
mod decay_events;
mod largest_weight;
mod n_body;
mod turn;
mod two_body;

pub(crate) use block::{BLOCK, Block, Row, store};
pub use decay_events::DecayEvents;
pub(crate) use largest_weight::largest_weight;
pub use n_body::PhaseSpace;
pub(crate) use two_body::{check_masses, decay, direction, momentum};
pub use two_body::{two_body_decay, two_body_momentum};
