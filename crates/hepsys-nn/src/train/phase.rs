use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;
use serde::Serialize;

use super::learner::Learner;
use super::step::Draws;
use super::{Batch, Optimizer, Schedule, Step, TrainingParams};
use crate::{NnError, Run};

/// The loss of a model on a batch.
type Loss<'a, M, B> = Box<dyn Fn(&M, &B, &Step) -> <M as Learner>::Loss + 'a>;

/// One of the aims that a training pursues in turn: a loss, the parameters that follow it, and how.
///
/// Every batch passes through the phases in order; a phase takes one step on it, several with [`Phase::times`], or
/// passes with [`Phase::every`] or [`Phase::during`]. Together they say who trains, who is frozen, on which events, with
/// which loss, and how often:
///
/// ```
/// use hepsys_nn::dense::{Networks, Slope};
/// use hepsys_nn::{Batch, Device, NnError, Phase, Run, Schedule, Stopping, Training};
///
/// struct Numbers(Vec<f64>);
/// impl Batch for Numbers {
///     fn n_events(&self) -> usize {
///         self.0.len()
///     }
///     fn take(&self, events: &[usize]) -> Self {
///         Self(events.iter().map(|&e| self.0[e]).collect())
///     }
/// }
/// // Two numbers: `mean` follows one sample, `copy` another one and, more and more, the first number.
/// let (here, there) = (Numbers(vec![1.0; 64]), Numbers(vec![3.0; 40]));
/// let mean = |numbers: &Numbers| numbers.0.iter().sum::<f64>() / numbers.0.len() as f64;
/// let pull = |w: f64, to: f64| (0.5 * (w - to).powi(2), w - to);
/// let follow = Phase::new("follow", move |w: &Networks, batch: &Numbers| -> Result<Slope, NnError> {
///     let (value, slope) = pull(w.parameters()[0], mean(batch));
///     Ok(Slope::new(value, vec![slope, 0.0]))
/// });
/// let copy = Phase::beside("copy", &there, 10, move |w: &Networks, _: &Numbers, drawn: &Numbers, step| {
///     let towards = (step.epochs_of_phase() as f64 / 10.0).min(1.0);
///     let target = towards * w.parameters()[0] + (1.0 - towards) * mean(drawn);
///     let (value, slope) = pull(w.parameters()[1], target);
///     Ok(Slope::new(value, vec![0.0, slope]))
/// });
/// let run = Run::on(Device::flex());
/// let trained = Training::params()
///     .batch_size(16)
///     .learning_rate(Schedule::constant(0.05))
///     .stopping(Stopping::after(60))
///     .check()?
///     .alternate([follow.training(["mean"]), copy.training(["copy"]).times(2).during(10..).clip_gradient(0.5)])
///     .fit(Networks::empty().and_numbers("mean", &[0.0]).and_numbers("copy", &[0.0]), &here, &run)?;
/// assert!((trained.model.parameters()[0] - 1.0).abs() < 0.05);
/// assert!((trained.model.parameters()[1] - 1.0).abs() < 0.1);
/// # Ok::<(), NnError>(())
/// ```
pub struct Phase<'a, M: Learner, B> {
    pub(super) name: String,
    pub(super) loss: Loss<'a, M, B>,
    optimizer: Option<Optimizer>,
    learning_rate: Option<Schedule>,
    trains: Vec<String>,
    every: usize,
    pub(super) times: usize,
    first_epoch: usize,
    end_epoch: Option<usize>,
    clip_gradient: Option<f64>,
    /// How many events it draws beside the batch, and of how many.
    draws: Option<(usize, usize)>,
}

/// All of a phase but its loss: what has to agree for a training to be resumed.
#[derive(Debug, Serialize)]
pub(super) struct Rules {
    name: String,
    pub(super) optimizer: Optimizer,
    pub(super) learning_rate: Schedule,
    trains: Vec<String>,
    every: usize,
    #[serde(skip_serializing_if = "is_one")]
    times: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    during: Option<(usize, Option<usize>)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clip_gradient: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    draws: Option<(usize, usize)>,
}

fn is_one(n: &usize) -> bool {
    *n == 1
}

impl<'a, M: Learner, B> Phase<'a, M, B> {
    /// A phase of this name that minimises a loss, which must be one number.
    ///
    /// It trains every parameter, with the optimiser and learning rate of the training, on every batch. Its random numbers
    /// follow its name, which no other phase of the training may have.
    pub fn new(name: impl Into<String>, loss: impl Fn(&M, &B) -> M::Loss + 'a) -> Self {
        Self::at_step(name, move |model, batch, _| loss(model, batch))
    }

    /// The same for a loss that wants to know where the training is, to grow over epochs or for random numbers.
    pub fn at_step(name: impl Into<String>, loss: impl Fn(&M, &B, &Step) -> M::Loss + 'a) -> Self {
        Self {
            name: name.into(),
            loss: Box::new(loss),
            optimizer: None,
            learning_rate: None,
            trains: Vec::new(),
            every: 1,
            times: 1,
            first_epoch: 0,
            end_epoch: None,
            clip_gradient: None,
            draws: None,
        }
    }

    /// The same for a loss that also sees events of a second sample, `n_drawn` fresh ones at each step.
    ///
    /// The second sample may be longer or shorter than the first: it is shuffled with a stream of the phase, and again
    /// when all of it was seen.
    pub fn beside<D: Batch>(
        name: impl Into<String>,
        events: &'a D,
        n_drawn: usize,
        loss: impl Fn(&M, &B, &D, &Step) -> M::Loss + 'a,
    ) -> Self {
        let draws = Draws::new(events, n_drawn);
        let phase = Self::at_step(name, move |model, batch, step| loss(model, batch, &draws.of(step), step));
        Self { draws: Some((n_drawn, events.n_events())), ..phase }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Takes its steps with this optimiser.
    #[must_use]
    pub fn optimizer(mut self, optimizer: Optimizer) -> Self {
        self.optimizer = Some(optimizer);
        self
    }

    /// Takes its steps at this rate; the schedule begins in the first epoch of the phase.
    #[must_use]
    pub fn learning_rate(mut self, schedule: Schedule) -> Self {
        self.learning_rate = Some(schedule);
        self
    }

    /// Trains only the parameters at and below these paths: the names of the module's fields, such as
    /// `adversary` or `classifier.layers.0.weight`.
    #[must_use]
    pub fn training(mut self, paths: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.trains = paths.into_iter().map(Into::into).collect();
        self
    }

    /// Takes a step on every n-th batch only, beginning with the n-th; batches are counted over all epochs.
    #[must_use]
    pub fn every(mut self, n_batches: usize) -> Self {
        self.every = n_batches;
        self
    }

    /// Takes this many steps on a batch, each with fresh [drawn](Self::beside) events.
    #[must_use]
    pub fn times(mut self, n_steps: usize) -> Self {
        self.times = n_steps;
        self
    }

    /// Acts in these epochs only, counted from zero: `..10` before others begin, `10..` after them.
    #[must_use]
    pub fn during(mut self, epochs: impl std::ops::RangeBounds<usize>) -> Self {
        use std::ops::Bound;
        self.first_epoch = match epochs.start_bound() {
            Bound::Included(&first) => first,
            Bound::Excluded(&before) => before.saturating_add(1),
            Bound::Unbounded => 0,
        };
        self.end_epoch = match epochs.end_bound() {
            Bound::Included(&last) => Some(last.saturating_add(1)),
            Bound::Excluded(&end) => Some(end),
            Bound::Unbounded => None,
        };
        self
    }

    /// Shortens a gradient that is longer than `norm`; the length is that of all parameters that the phase trains.
    #[must_use]
    pub fn clip_gradient(mut self, norm: f64) -> Self {
        self.clip_gradient = Some(norm);
        self
    }

    /// Its loss on a batch, ready for a step.
    pub(super) fn slope_of(&self, model: &M, batch: &B, step: &Step) -> Result<M::Slope, NnError> {
        M::check((self.loss)(model, batch, step), &self.name)
    }

    /// The step that is number `repetition` of those on a batch, counted from zero over all epochs.
    pub(super) fn step(&self, epoch: usize, batch: usize, repetition: usize, run: &Run) -> Step {
        let count = batch / self.every * self.times + repetition;
        Step::new(epoch, self.first_epoch.min(epoch), count, run.streams().named(&self.name).named("step"))
    }

    /// Its learning rate in an epoch, counted from zero; a schedule of its own begins when it does.
    pub(super) fn rate(&self, training: &TrainingParams, epoch: usize) -> f64 {
        match &self.learning_rate {
            Some(own) => own.rate(epoch.saturating_sub(self.first_epoch)),
            None => training.learning_rate.rate(epoch),
        }
    }

    /// Whether it acts on this batch, counted from zero over all epochs.
    pub(super) fn acts_on(&self, epoch: usize, batch: usize) -> bool {
        let is_its_epoch = epoch >= self.first_epoch && self.end_epoch.is_none_or(|end| epoch < end);
        is_its_epoch && (batch + 1).is_multiple_of(self.every)
    }

    /// The norm that its gradients are shortened to.
    pub(super) fn clipped(&self) -> Option<f64> {
        self.clip_gradient
    }

    /// Whether it trains the parameter at this path.
    pub(super) fn trains(&self, path: &str) -> bool {
        self.trains.is_empty() || self.trains.iter().any(|wanted| is_below(path, wanted))
    }

    /// Its rules, filled up with those of the training.
    pub(super) fn rules(&self, training: &TrainingParams) -> Rules {
        Rules {
            name: self.name.clone(),
            optimizer: self.optimizer.unwrap_or(training.optimizer),
            learning_rate: self.learning_rate.clone().unwrap_or_else(|| training.learning_rate.clone()),
            trains: self.trains.clone(),
            every: self.every,
            times: self.times,
            during: (self.first_epoch > 0 || self.end_epoch.is_some())
                .then_some((self.first_epoch, self.end_epoch)),
            clip_gradient: self.clip_gradient,
            draws: self.draws,
        }
    }

    pub(super) fn check(&self, training: &TrainingParams, model: &M) -> Result<(), NnError> {
        let rules = self.rules(training);
        rules.optimizer.check()?;
        rules.learning_rate.check()?;
        NnError::check(self.every > 0, "batches between steps", "positive", 0.0)?;
        NnError::check(self.times > 0, "steps on a batch", "positive", 0.0)?;
        if let Some(end) = self.end_epoch {
            let name = format!("the epoch before which the phase {} ends", self.name);
            NnError::check(end > self.first_epoch, &name, "after its first", end as f64)?;
        }
        if let Some(norm) = self.clip_gradient {
            NnError::check_positive("the norm to clip gradients at", norm)?;
        }
        if let Some((n_drawn, n_events)) = self.draws {
            NnError::check(n_drawn > 0, "events to draw", "positive", 0.0)?;
            if n_events == 0 {
                return Err(NnError::NoEvents(format!("the sample that the phase {} draws from", self.name)));
            }
        }
        let available = model.paths();
        for wanted in &self.trains {
            if !available.iter().any(|path| is_below(path, wanted)) {
                return Err(NnError::NoSuchParameters {
                    phase: self.name.clone(),
                    wanted: wanted.clone(),
                    available,
                });
            }
        }
        Ok(())
    }
}

/// Whether a path is the wanted one or goes on from it.
fn is_below(path: &str, wanted: &str) -> bool {
    path.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The paths of the float parameters of a module.
pub(super) fn paths<M: Module>(model: &M) -> Vec<String> {
    #[derive(Default)]
    struct Paths {
        path: Vec<String>,
        found: Vec<String>,
    }

    impl ModuleVisitor for Paths {
        fn enter_module(&mut self, name: &str, _container_type: &str) {
            self.path.push(name.to_owned());
        }

        fn exit_module(&mut self, _name: &str, _container_type: &str) {
            self.path.pop();
        }

        fn visit_float<const R: usize>(&mut self, _parameter: &Param<Tensor<R>>) {
            self.found.push(self.path.join("."));
        }
    }

    let mut paths = Paths::default();
    model.visit(&mut paths);
    paths.found
}
