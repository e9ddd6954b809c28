use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use hepsys_core::Seed;
use serde::Serialize;

use super::batch::shuffled;
use super::checkpoint::Snapshot;
use super::optimizer::Stepper;
use super::phase::Rules;
use super::stopping::Watch;
use super::{Batch, Checkpoint, Epoch, History, Phase, StopReason, TrainingParams, Watched};
use crate::mlp::read;
use crate::{NnError, Run};

/// What observers know the loop as.
const TASK: &str = "training";

/// A training with its losses, and what else belongs to it; made by [`Training::minimize`](super::Training::minimize)
/// and [`Training::alternate`](super::Training::alternate).
pub struct Trainer<'a, M, B> {
    params: TrainingParams,
    phases: Vec<Phase<'a, M, B>>,
    projection: Option<Box<dyn Fn(M) -> M + 'a>>,
    validation: Option<&'a B>,
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
struct State<M> {
    model: M,
    best: Option<M>,
    steppers: Vec<Stepper>,
    history: History,
}

/// What a checkpoint has to agree in with the training that resumes from it. More epochs are no disagreement.
#[derive(Serialize)]
struct Identity<'a> {
    params: TrainingParams,
    phases: Vec<Rules>,
    seed: Seed,
    n_events: usize,
    n_validation: Option<usize>,
    description: &'a serde_json::Value,
}

impl<'a, M: Module, B: Batch> Trainer<'a, M, B> {
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
    /// [`NnError::NoEvents`], [`NnError::BadParameter`], [`NnError::NoSuchParameters`] and [`NnError::BadLoss`]
    /// for a training that cannot begin, [`NnError::Diverged`] for a loss that is not finite,
    /// [`NnError::Checkpoint`] and [`NnError::File`] for a checkpoint that is damaged, belongs to another training,
    /// or cannot be written.
    pub fn fit(&self, model: M, data: &B, run: &Run) -> Result<Trained<M>, NnError> {
        self.check(&model, data)?;
        let identity = serde_json::json!(self.identity(data, run));
        let mut state = self.begin(model, &identity, run)?;
        run.observer().started(TASK, self.params.stopping.max_epochs as u64);
        let ended = self.epochs(&mut state, data, &identity, run);
        run.observer().finished(TASK);
        let stopped = ended?;
        let best_epoch = Watch::after(&state.history, &self.params.stopping).best_epoch();
        let model = state.best.unwrap_or(state.model).valid();
        Ok(Trained { model, history: state.history, stopped, best_epoch })
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

    /// Takes the state through one epoch; an interrupt leaves it as it was, and returns false.
    fn epoch(&self, state: &mut State<M>, data: &B, run: &Run) -> Result<bool, NnError> {
        let epoch = state.history.n_epochs();
        let n_events = data.n_events();
        let size = self.params.batch_size.map_or(n_events, |size| size.min(n_events));
        let order = (size < n_events).then(|| shuffled(n_events, run.streams(), epoch));
        let n_batches = n_events.div_ceil(size);

        let mut model = state.model.clone();
        let mut steppers = state.steppers.clone();
        let mut losses = vec![Vec::new(); self.phases.len()];
        for index in 0..n_batches {
            if run.interrupt().is_requested() {
                return Ok(false);
            }
            let part =
                order.as_ref().map(|o| data.take(&o[index * size..((index + 1) * size).min(n_events)]));
            let batch = part.as_ref().unwrap_or(data);
            for ((phase, stepper), losses) in self.phases.iter().zip(&mut steppers).zip(&mut losses) {
                if !phase.acts_on(epoch * n_batches + index) {
                    continue;
                }
                let loss = phase.loss_of(&model, batch)?;
                losses.push((loss.clone().without_autodiff(), batch.n_events()));
                let gradients = GradientsParams::from_grads(loss.backward(), &model);
                let rate = phase.rules(&self.params).learning_rate.rate(epoch);
                model = stepper.step(rate, model, gradients, &|path| phase.trains(path));
                if let Some(projection) = &self.projection {
                    model = projection(model);
                }
            }
        }

        let losses = losses.into_iter().map(average).collect::<Result<Vec<_>, _>>()?;
        let validation = self.validation.map(|events| self.validation_loss(&model, events)).transpose()?;
        // The validation loss is one of the last phase.
        for (phase, loss) in self.phases.iter().zip(&losses).chain(self.phases.last().zip(Some(&validation)))
        {
            if let Some(loss) = *loss
                && !loss.is_finite()
            {
                return Err(NnError::Diverged { phase: phase.name.clone(), epoch: epoch + 1, loss });
            }
        }
        state.model = model;
        state.steppers = steppers;
        state.history.epochs.push(Epoch { losses, validation });
        Ok(true)
    }

    /// The loss of the last phase on events that are not trained on.
    fn validation_loss(&self, model: &M, events: &B) -> Result<f64, NnError> {
        let model = model.valid();
        let n_events = events.n_events();
        let size = self.params.batch_size.map_or(n_events, |size| size.min(n_events));
        let phase = self.phases.last();
        let mut losses = Vec::new();
        for start in (0..n_events).step_by(size) {
            let part = (size < n_events).then(|| {
                let positions: Vec<usize> = (start..(start + size).min(n_events)).collect();
                events.take(&positions)
            });
            let batch = part.as_ref().unwrap_or(events);
            losses.extend(phase.map(|phase| ((phase.loss)(&model, batch), batch.n_events())));
        }
        // `check` has seen a phase and an event.
        Ok(average(losses)?.unwrap_or(f64::NAN))
    }

    fn check(&self, model: &M, data: &B) -> Result<(), NnError> {
        NnError::check(!self.phases.is_empty(), "number of phases", "positive", 0.0)?;
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

    fn identity(&self, data: &B, run: &Run) -> Identity<'_> {
        let mut params = self.params.clone();
        params.stopping.max_epochs = 0;
        Identity {
            params,
            phases: self.phases.iter().map(|phase| phase.rules(&self.params)).collect(),
            seed: run.streams(),
            n_events: data.n_events(),
            n_validation: self.validation.map(Batch::n_events),
            description: self.checkpoint.as_ref().map_or(&serde_json::Value::Null, Checkpoint::description),
        }
    }

    /// The state to begin with: that of the checkpoint, if there is one.
    fn begin(&self, model: M, identity: &serde_json::Value, run: &Run) -> Result<State<M>, NnError> {
        let model = model.train();
        let steppers = || self.phases.iter().map(|p| Stepper::new(p.rules(&self.params).optimizer));
        let Some((checkpoint, snapshot)) = self
            .checkpoint
            .as_ref()
            .map(|checkpoint| Ok::<_, NnError>(checkpoint.load(identity)?.map(|s| (checkpoint, s))))
            .transpose()?
            .flatten()
        else {
            let phases = self.phases.iter().map(|phase| phase.name.clone()).collect();
            let history = History { phases, epochs: Vec::new() };
            return Ok(State { model, best: None, steppers: steppers().collect(), history });
        };
        let damaged = |reason: String| NnError::checkpoint(checkpoint.path(), reason);
        let max_epochs = self.params.stopping.max_epochs;
        if snapshot.history.n_epochs() > max_epochs {
            let n_epochs = snapshot.history.n_epochs();
            return Err(damaged(format!("it is after epoch {n_epochs}, beyond the last, {max_epochs}")));
        }
        let device = run.device().clone().without_autodiff();
        let restored = steppers()
            .zip(&snapshot.steppers)
            .map(|(stepper, memory)| stepper.recall(memory, &device).map_err(damaged))
            .collect::<Result<_, _>>()?;
        let best = snapshot.best.map(|record| Snapshot::restore(model.clone(), record)).transpose();
        Ok(State {
            best: best.map_err(damaged)?,
            model: Snapshot::restore(model, snapshot.model).map_err(damaged)?,
            steppers: restored,
            history: snapshot.history,
        })
    }
}

impl<M: Module> State<M> {
    fn snapshot(&self) -> Result<Snapshot, NnError> {
        Ok(Snapshot {
            history: self.history.clone(),
            model: Snapshot::record(&self.model)?,
            best: self.best.as_ref().map(Snapshot::record).transpose()?,
            steppers: self.steppers.iter().map(Stepper::memory).collect::<Result<_, _>>()?,
        })
    }
}

/// The mean of losses, each of which stands for a number of events; summed on the host, in the order of the batches.
fn average(losses: Vec<(Tensor<1>, usize)>) -> Result<Option<f64>, NnError> {
    let (losses, events): (Vec<_>, Vec<_>) = losses.into_iter().unzip();
    if losses.is_empty() {
        return Ok(None);
    }
    let total: usize = events.iter().sum();
    let losses = read(Tensor::cat(losses, 0))?;
    Ok(Some(losses.iter().zip(&events).map(|(loss, n)| loss * *n as f64).sum::<f64>() / total as f64))
}

fn message(epoch: &Epoch) -> String {
    let losses: Vec<String> = epoch.losses.iter().flatten().map(|loss| format!("{loss:.6}")).collect();
    let validation = epoch.validation.map(|loss| format!(", validation {loss:.6}")).unwrap_or_default();
    format!("loss {}{validation}", losses.join(" | "))
}
