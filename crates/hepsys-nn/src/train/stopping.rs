use serde::{Deserialize, Serialize};

use super::history::{Epoch, History};
use crate::NnError;

/// When a training ends.
///
/// ```
/// use hepsys_nn::{Stopping, Watched};
/// let stopping = Stopping::after(1000).patience(20, Watched::Validation).min_delta(1e-4).keeping_best();
/// assert_eq!(stopping.max_epochs, 1000);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Stopping {
    /// The last epoch.
    pub max_epochs: usize,
    /// After how many epochs without improvement to stop; defaults to never.
    #[serde(default)]
    pub patience: Option<usize>,
    /// Which loss has to improve; defaults to the training loss.
    #[serde(default)]
    pub watched: Watched,
    /// By how much, to count; defaults to `0`: any improvement counts.
    #[serde(default)]
    pub min_delta: f64,
    /// Whether the result is the network of the best epoch rather than of the last; defaults to no.
    #[serde(default)]
    pub keep_best: bool,
}

/// The loss that decides about improvement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Watched {
    /// The training loss of the last phase.
    #[default]
    Training,
    /// Its loss on the validation events.
    Validation,
}

/// Why a training ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StopReason {
    /// All epochs were done.
    MaxEpochs,
    /// The loss did not improve for as many epochs as the patience lasts.
    NoImprovement,
    /// The run was interrupted; with a checkpoint, the same call goes on from there.
    Interrupted,
}

impl Stopping {
    /// Ends after this many epochs.
    #[must_use]
    pub fn after(max_epochs: usize) -> Self {
        Self { max_epochs, patience: None, watched: Watched::Training, min_delta: 0.0, keep_best: false }
    }

    /// Ends also after `epochs` epochs in a row without improvement of the watched loss.
    #[must_use]
    pub fn patience(mut self, epochs: usize, watched: Watched) -> Self {
        self.patience = Some(epochs);
        self.watched = watched;
        self
    }

    /// Only a loss lower than the last improvement by more than this counts as one, and renews the patience.
    #[must_use]
    pub fn min_delta(mut self, min_delta: f64) -> Self {
        self.min_delta = min_delta;
        self
    }

    /// The result is the network after the epoch of the lowest watched loss.
    ///
    /// The training loss of an epoch is taken before its last step, so with [`Watched::Training`] the network kept
    /// is slightly ahead of the loss it is kept for.
    #[must_use]
    pub fn keeping_best(mut self) -> Self {
        self.keep_best = true;
        self
    }

    pub(crate) fn check(&self) -> Result<(), NnError> {
        NnError::check(self.max_epochs > 0, "max_epochs", "positive", self.max_epochs as f64)?;
        NnError::check(self.patience != Some(0), "patience", "positive", 0.0)?;
        let delta = self.min_delta;
        NnError::check(delta.is_finite() && delta >= 0.0, "min_delta", "finite and not negative", delta)
    }
}

/// Follows the watched loss. Its state is a function of the history, so a checkpoint need not hold it.
#[derive(Debug)]
pub(crate) struct Watch<'a> {
    stopping: &'a Stopping,
    n_epochs: usize,
    /// The epoch of the lowest loss.
    lowest: Option<(usize, f64)>,
    /// The last epoch that was an improvement, from which patience counts.
    improved: Option<(usize, f64)>,
}

impl<'a> Watch<'a> {
    /// The watch as it stands after these epochs.
    pub(crate) fn after(history: &History, stopping: &'a Stopping) -> Self {
        let mut watch = Self { stopping, n_epochs: 0, lowest: None, improved: None };
        for epoch in &history.epochs {
            watch.see(epoch);
        }
        watch
    }

    /// Takes note of the next epoch, and tells whether it is the best so far.
    pub(crate) fn see(&mut self, epoch: &Epoch) -> bool {
        self.n_epochs += 1;
        let loss = match self.stopping.watched {
            Watched::Training => epoch.loss(),
            Watched::Validation => epoch.validation,
        };
        let Some(loss) = loss else { return false };
        if self.improved.is_none_or(|(_, best)| loss < best - self.stopping.min_delta) {
            self.improved = Some((self.n_epochs, loss));
        }
        let is_lowest = self.lowest.is_none_or(|(_, lowest)| loss < lowest);
        if is_lowest {
            self.lowest = Some((self.n_epochs, loss));
        }
        is_lowest
    }

    /// The best epoch, counted from one.
    pub(crate) fn best_epoch(&self) -> Option<usize> {
        self.lowest.map(|(epoch, _)| epoch)
    }

    /// Why it is over, if it is.
    pub(crate) fn verdict(&self) -> Option<StopReason> {
        let since_improved = self.n_epochs - self.improved.map_or(0, |(epoch, _)| epoch);
        if self.stopping.patience.is_some_and(|patience| since_improved >= patience) {
            return Some(StopReason::NoImprovement);
        }
        (self.n_epochs >= self.stopping.max_epochs).then_some(StopReason::MaxEpochs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stops_after(losses: &[f64], stopping: &Stopping) -> (usize, Option<StopReason>) {
        let mut watch = Watch::after(&History::default(), stopping);
        for loss in losses {
            if watch.verdict().is_some() {
                break;
            }
            watch.see(&Epoch { losses: vec![Some(*loss)], validation: Some(-loss) });
        }
        (watch.n_epochs, watch.verdict())
    }

    #[test]
    fn the_lowest_loss_is_kept_even_where_it_is_no_improvement() {
        let stopping = Stopping::after(10).min_delta(0.5).keeping_best();
        let mut watch = Watch::after(&History::default(), &stopping);
        let is_kept = |watch: &mut Watch<'_>, loss: f64| {
            watch.see(&Epoch { losses: vec![Some(loss)], validation: None })
        };
        assert!([3.0, 2.8, 2.6].into_iter().all(|loss| is_kept(&mut watch, loss)));
        assert!(!is_kept(&mut watch, 2.7));
        assert_eq!(watch.best_epoch(), Some(3));
    }

    #[test]
    fn patience_counts_epochs_since_the_best() {
        let losses = [3.0, 2.0, 2.5, 2.1, 2.0, 1.0];
        let stopping = Stopping::after(10).patience(3, Watched::Training);
        assert_eq!(stops_after(&losses, &stopping), (5, Some(StopReason::NoImprovement)));
        let stopping = Stopping::after(10).patience(4, Watched::Training);
        assert_eq!(stops_after(&losses, &stopping), (6, None));
    }

    #[test]
    fn an_improvement_below_the_least_one_does_not_count() {
        let stopping = Stopping::after(10).patience(2, Watched::Training).min_delta(0.5);
        assert_eq!(stops_after(&[3.0, 2.8, 2.6, 2.4], &stopping), (3, Some(StopReason::NoImprovement)));
    }

    #[test]
    fn the_validation_loss_can_be_watched() {
        let stopping = Stopping::after(10).patience(2, Watched::Validation);
        assert_eq!(stops_after(&[3.0, 2.0, 1.0], &stopping).0, 3);
        assert_eq!(stops_after(&[1.0, 2.0, 3.0, 4.0], &stopping), (4, None));
    }

    #[test]
    fn the_last_epoch_ends_it() {
        assert_eq!(stops_after(&[1.0; 5], &Stopping::after(3)), (3, Some(StopReason::MaxEpochs)));
    }
}
