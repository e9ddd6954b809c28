//! The one training loop of the workspace.
//!
//! [`Training`] says how to train, a loss closure says for what, and [`Trainer::fit`] does it.

mod batch;
mod checkpoint;
mod epoch;
mod fit;
mod history;
mod learner;
mod memory;
mod optimizer;
mod params;
mod phase;
mod schedule;
mod step;
mod stopping;

pub use batch::{Batch, Labelled, rows};
pub use checkpoint::Checkpoint;
pub use fit::{Trained, Trainer};
pub use history::{Epoch, History};
pub(crate) use learner::Learner;
pub use learner::Trainable;
pub use memory::OptimizerMemory;
pub use optimizer::Optimizer;
pub(crate) use optimizer::{Memory, Stored};
pub use params::{Training, TrainingParams};
pub use phase::Phase;
pub use schedule::Schedule;
pub use step::Step;
pub use stopping::{StopReason, Stopping, Watched};
