//! The chains that could fake a signal.

mod assignment;
mod fraction;
mod subsets;
mod walk;

pub use assignment::Assignment;
pub(crate) use assignment::{assignments, without_negligible};
pub(crate) use fraction::fraction;
pub(crate) use walk::{Found, Walk};

use serde::{Deserialize, Serialize};

use crate::{BranchingFraction, Chain};

/// A chain that could fake the signal, and what is known of it without a simulation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Candidate {
    /// The chain.
    pub chain: Chain,
    /// The chain in words; it is also the name of its random numbers.
    pub name: String,
    /// How often it happens when its first particle decays, in any order of equal daughters.
    pub fraction: BranchingFraction,
    /// The ways to take its tracks for those of the signal.
    pub assignments: Vec<Assignment>,
    /// The relevance that it would have, were every event selected and no track misidentified in another way:
    /// production, branching fraction and extra tracks over those of the selected signal.
    pub scale: f64,
}

impl Candidate {
    /// What the relevance cannot exceed: all events of all assignments are selected.
    #[must_use]
    pub fn upper_bound(&self) -> f64 {
        self.scale * self.assignments.iter().map(|assignment| assignment.probability).sum::<f64>()
    }
}
