use hepsys_core::Seed;
use serde::Serialize;

use super::checkpoint::Snapshot;
use super::learner::Learner;
use super::phase::Rules;
use super::stopping::Watch;
use super::{Batch, Checkpoint, Epoch, History, OptimizerMemory, Phase, StopReason, TrainingParams, Watched};
use crate::{NnError, Run};

/// What observers know the loop as.
const TASK: &str = "training";

/// A training with its losses, and what else belongs to it; made by [`Training::minimize`](super::Training::minimize)
/// and [`Training::alternate`](super::Training::alternate).
pub struct Trainer<'a, M: Learner, B> {
    pub(super) params: TrainingParams,
    pub(super) phases: Vec<Phase<'a, M, B>>,
    pub(super) projection: Option<Box<dyn Fn(M) -> M + 'a>>,
    pub(super) validation: Option<&'a B>,
    checkpoint: Option<Checkpoint>,
}

/// A trained network and how it came about.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Trained<M> {
    /// The network, ready for use: of the last epoch, or of the best if the stopping rule keeps it.
    pub model: M,
    /// The losses of each epoch.
    pub history: History,
    /// Why it ended.
    pub stopped: StopReason,
    /// The epoch of the lowest watched loss, counted from one.
    pub best_epoch: Option<usize>,
}

/// All that changes from epoch to epoch.
pub(super) struct State<M: Learner> {
    pub(super) model: M,
    pub(super) best: Option<M>,
    pub(super) steppers: Vec<M::Stepper>,
    pub(super) history: History,
}

/// What a checkpoint has to agree in with the training that resumes from it. More epochs are no disagreement.
#[derive(Serialize)]
struct Identity<'a> {
    params: TrainingParams,
    phases: Vec<Rules>,
    seed: Seed,
    n_events: usize,
    n_validation: Option<usize>,
    description: &'a [serde_json::Value],
}

impl<'a, M: Learner, B: Batch> Trainer<'a, M, B> {
    pub(super) fn new(params: TrainingParams, phases: Vec<Phase<'a, M, B>>) -> Self {
        Self { params, phases, projection: None, validation: None, checkpoint: None }
    }

    /// Puts the network back to where it is allowed to be, after each step.
    #[must_use]
    pub fn project(mut self, projection: impl Fn(M) -> M + 'a) -> Self {
        self.projection = Some(Box::new(projection));
        self
    }

    /// Evaluates the loss of the last phase on these events, which are not trained on, after each epoch.
    #[must_use]
    pub fn validate_on(mut self, events: &'a B) -> Self {
        self.validation = Some(events);
        self
    }

    /// Keeps a checkpoint; if the file is there already, the training goes on from it.
    #[must_use]
    pub fn checkpoint(mut self, checkpoint: Checkpoint) -> Self {
        self.checkpoint = Some(checkpoint);
        self
    }

    /// Trains the network.
    ///
    /// Batches are shuffled with the stream `epoch` of the run. The run's observer hears of every epoch,
    /// and its interrupt ends the training before the next batch; the epoch begun is then not counted.
    ///
    /// # Errors
    ///
    /// [`NnError::NoEvents`], [`NnError::BadParameter`], [`NnError::SamePhase`], [`NnError::NoSuchParameters`] and
    /// [`NnError::BadLoss`] for a training that cannot begin, [`NnError::Diverged`] for a loss that is not finite,
    /// [`NnError::Checkpoint`] and [`NnError::File`] for a checkpoint that is damaged, belongs to another training,
    /// or cannot be written.
    pub fn fit(&self, model: M, data: &B, run: &Run) -> Result<Trained<M>, NnError> {
        Ok(self.trained(model, &OptimizerMemory::default(), data, run)?.0)
    }

    /// Trains the network with an optimiser that remembers what it did before, and gives what it remembers then.
    ///
    /// For data that are made anew while the network learns, such as the episodes of an agent: the moments of Adam
    /// outlive each call, which otherwise is [`fit`](Self::fit). The memory of the first is the default one.
    /// Where there is a checkpoint to go on from, its memory counts.
    ///
    /// # Errors
    ///
    /// Those of [`fit`](Self::fit), and [`NnError::BadMemory`] for the memory of another training.
    pub fn fit_after(
        &self,
        before: &OptimizerMemory,
        model: M,
        data: &B,
        run: &Run,
    ) -> Result<(Trained<M>, OptimizerMemory), NnError> {
        let (trained, steppers) = self.trained(model, before, data, run)?;
        Ok((trained, OptimizerMemory::of::<M>(&steppers)?))
    }

    fn trained(
        &self,
        model: M,
        before: &OptimizerMemory,
        data: &B,
        run: &Run,
    ) -> Result<(Trained<M>, Vec<M::Stepper>), NnError> {
        self.check(&model, data)?;
        let identity = self.identity(data, run)?;
        let mut state = self.begin(model, before, &identity, run)?;
        run.observer().started(TASK, self.params.stopping.max_epochs as u64);
        let ended = self.epochs(&mut state, data, &identity, run);
        run.observer().finished(TASK);
        let stopped = ended?;
        let best_epoch = Watch::after(&state.history, &self.params.stopping).best_epoch();
        let model = state.best.unwrap_or(state.model).into_trained();
        Ok((Trained { model, history: state.history, stopped, best_epoch }, state.steppers))
    }

    /// Epoch after epoch, until there is a reason to stop.
    fn epochs(
        &self,
        state: &mut State<M>,
        data: &B,
        identity: &serde_json::Value,
        run: &Run,
    ) -> Result<StopReason, NnError> {
        let mut watch = Watch::after(&state.history, &self.params.stopping);
        let mut saved = state.history.n_epochs();
        let reason = loop {
            if let Some(reason) = watch.verdict() {
                break reason;
            }
            if !self.epoch(state, data, run)? {
                break StopReason::Interrupted;
            }
            let n_epochs = state.history.n_epochs();
            // An epoch has just been added.
            let epoch = &state.history.epochs[n_epochs - 1];
            run.observer().advanced(TASK, n_epochs as u64, &message(epoch));
            if watch.see(epoch) && self.params.stopping.keep_best {
                state.best = Some(state.model.clone());
            }
            if let Some(checkpoint) = &self.checkpoint
                && checkpoint.is_due(n_epochs)
            {
                checkpoint.save(&state.snapshot()?, identity)?;
                saved = n_epochs;
            }
        };
        if let Some(checkpoint) = &self.checkpoint
            && saved < state.history.n_epochs()
        {
            checkpoint.save(&state.snapshot()?, identity)?;
        }
        Ok(reason)
    }

    fn check(&self, model: &M, data: &B) -> Result<(), NnError> {
        NnError::check(!self.phases.is_empty(), "number of phases", "positive", 0.0)?;
        for (index, phase) in self.phases.iter().enumerate() {
            if self.phases[..index].iter().any(|other| other.name == phase.name) {
                return Err(NnError::SamePhase(phase.name.clone()));
            }
        }
        for (events, what) in
            [(Some(data), "the sample to train on"), (self.validation, "the validation sample")]
        {
            if events.is_some_and(|events| events.n_events() == 0) {
                return Err(NnError::NoEvents(what.to_owned()));
            }
        }
        let watched = self.params.stopping.watched;
        if watched == Watched::Validation && self.validation.is_none() {
            return Err(NnError::NoEvents("the validation sample that the stopping rule watches".to_owned()));
        }
        self.phases.iter().try_for_each(|phase| phase.check(&self.params, model))
    }

    fn identity(&self, data: &B, run: &Run) -> Result<serde_json::Value, NnError> {
        let Some(checkpoint) = &self.checkpoint else { return Ok(serde_json::Value::Null) };
        let mut params = self.params.clone();
        params.stopping.max_epochs = 0;
        let identity = Identity {
            params,
            phases: self.phases.iter().map(|phase| phase.rules(&self.params)).collect(),
            seed: run.streams(),
            n_events: data.n_events(),
            n_validation: self.validation.map(Batch::n_events),
            description: checkpoint.description(),
        };
        serde_json::to_value(identity).map_err(|e| NnError::checkpoint(checkpoint.path(), e.to_string()))
    }

    /// The state to begin with: that of the checkpoint, if there is one.
    fn begin(
        &self,
        model: M,
        before: &OptimizerMemory,
        identity: &serde_json::Value,
        run: &Run,
    ) -> Result<State<M>, NnError> {
        let model = model.into_training();
        let optimizers = || self.phases.iter().map(|p| p.rules(&self.params).optimizer);
        let saved = self.checkpoint.as_ref().map(|c| Ok::<_, NnError>((c, c.load(identity)?))).transpose()?;
        let Some((checkpoint, Some(snapshot))) = saved else {
            let phases = self.phases.iter().map(|phase| phase.name.clone()).collect();
            let history = History { phases, epochs: Vec::new() };
            let optimizers: Vec<_> = optimizers().collect();
            let steppers = before.steppers(&model, &optimizers, run)?;
            return Ok(State { model, best: None, steppers, history });
        };
        let damaged = |reason: String| NnError::checkpoint(checkpoint.path(), reason);
        let (n_epochs, max_epochs) = (snapshot.history.n_epochs(), self.params.stopping.max_epochs);
        if n_epochs > max_epochs {
            return Err(damaged(format!("it is after epoch {n_epochs}, beyond the last, {max_epochs}")));
        }
        if snapshot.steppers.len() != self.phases.len() {
            return Err(damaged(format!("it has optimisers for {} phases", snapshot.steppers.len())));
        }
        let restored = optimizers()
            .zip(&snapshot.steppers)
            .map(|(optimizer, memory)| model.recall(optimizer, memory, run).map_err(damaged))
            .collect::<Result<_, _>>()?;
        let best = snapshot.best.map(|record| model.clone().restore(record)).transpose();
        Ok(State {
            best: best.map_err(damaged)?,
            model: model.restore(snapshot.model).map_err(damaged)?,
            steppers: restored,
            history: snapshot.history,
        })
    }
}

impl<M: Learner> State<M> {
    fn snapshot(&self) -> Result<Snapshot, NnError> {
        Ok(Snapshot {
            history: self.history.clone(),
            model: self.model.record()?,
            best: self.best.as_ref().map(M::record).transpose()?,
            steppers: self.steppers.iter().map(M::memory).collect::<Result<_, _>>()?,
        })
    }
}

fn message(epoch: &Epoch) -> String {
    let losses: Vec<String> = epoch.losses.iter().flatten().map(|loss| format!("{loss:.6}")).collect();
    let validation = epoch.validation.map(|loss| format!(", validation {loss:.6}")).unwrap_or_default();
    format!("loss {}{validation}", losses.join(" | "))
}
