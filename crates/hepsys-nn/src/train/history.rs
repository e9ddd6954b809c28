use serde::{Deserialize, Serialize};

/// What each epoch of a training came to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct History {
    /// The names of the phases.
    pub phases: Vec<String>,
    /// The epochs, from the first.
    pub epochs: Vec<Epoch>,
}

/// The losses of one epoch.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Epoch {
    /// The loss of each phase before its steps, averaged over the batches by their numbers of events;
    /// nothing for a phase that did not act in this epoch.
    pub losses: Vec<Option<f64>>,
    /// The loss of the last phase on the validation events, after the epoch's last step.
    pub validation: Option<f64>,
}

impl Epoch {
    /// The loss of the last phase.
    #[must_use]
    pub fn loss(&self) -> Option<f64> {
        self.losses.last().copied().flatten()
    }
}

impl History {
    /// How many epochs there were.
    #[must_use]
    pub fn n_epochs(&self) -> usize {
        self.epochs.len()
    }

    /// The loss of the last phase, epoch by epoch.
    pub fn losses(&self) -> impl Iterator<Item = f64> + '_ {
        self.epochs.iter().filter_map(Epoch::loss)
    }

    /// The validation loss, epoch by epoch.
    pub fn validation_losses(&self) -> impl Iterator<Item = f64> + '_ {
        self.epochs.iter().filter_map(|epoch| epoch.validation)
    }

    /// The loss of one phase, in the epochs in which it acted.
    pub fn losses_of(&self, phase: &str) -> impl Iterator<Item = f64> + '_ {
        let index = self.phases.iter().position(|name| name == phase);
        self.epochs.iter().filter_map(move |epoch| index.and_then(|i| epoch.losses[i]))
    }
}
