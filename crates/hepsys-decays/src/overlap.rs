//! How much of a chain passes the selection of a signal.

mod moments;
mod simulation;
mod tracks;

pub use moments::Overlap;
pub(crate) use simulation::{Simulation, particle};
pub use tracks::TrackEvents;
