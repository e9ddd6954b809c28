//! The search for the worst weight function.

mod aim;
mod combination;
mod events;
mod function;
mod head;
mod member;
mod smoothness;
mod training;

pub(crate) use events::Events;
pub(crate) use function::{Kernel, Table};
pub(crate) use head::Head;
pub(crate) use member::Member;
pub(crate) use smoothness::{gradients, steepness};
pub(crate) use training::Way;
