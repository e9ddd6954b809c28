use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;
use serde::Serialize;

use super::learner::Learner;
use super::{Optimizer, Schedule, TrainingParams};
use crate::NnError;

/// The loss of a model on a batch.
type Loss<'a, M, B> = Box<dyn Fn(&M, &B) -> <M as Learner>::Loss + 'a>;

/// One of the aims that a training pursues in turn: a loss, the parameters that follow it, and how.
///
/// Every batch passes through the phases in order; a phase takes one step on it, or passes with [`Phase::every`].
pub struct Phase<'a, M: Learner, B> {
    pub(super) name: String,
    pub(super) loss: Loss<'a, M, B>,
    optimizer: Option<Optimizer>,
    learning_rate: Option<Schedule>,
    trains: Vec<String>,
    every: usize,
}

/// All of a phase but its loss: what has to agree for a training to be resumed.
#[derive(Debug, Serialize)]
pub(super) struct Rules {
    name: String,
    pub(super) optimizer: Optimizer,
    pub(super) learning_rate: Schedule,
    trains: Vec<String>,
    every: usize,
}

impl<'a, M: Learner, B> Phase<'a, M, B> {
    /// A phase of this name that minimises a loss, which must be one number.
    ///
    /// It trains every parameter, with the optimiser and learning rate of the training, on every batch.
    pub fn new(name: impl Into<String>, loss: impl Fn(&M, &B) -> M::Loss + 'a) -> Self {
        Self {
            name: name.into(),
            loss: Box::new(loss),
            optimizer: None,
            learning_rate: None,
            trains: Vec::new(),
            every: 1,
        }
    }

    /// Takes its steps with this optimiser.
    #[must_use]
    pub fn optimizer(mut self, optimizer: Optimizer) -> Self {
        self.optimizer = Some(optimizer);
        self
    }

    /// Takes its steps at this rate.
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

    /// Its loss on a batch, ready for a step.
    pub(super) fn slope_of(&self, model: &M, batch: &B) -> Result<M::Slope, NnError> {
        M::check((self.loss)(model, batch), &self.name)
    }

    /// Its learning rate in an epoch, counted from zero.
    pub(super) fn rate(&self, training: &TrainingParams, epoch: usize) -> f64 {
        self.learning_rate.as_ref().unwrap_or(&training.learning_rate).rate(epoch)
    }

    /// Whether it acts on this batch, counted from zero.
    pub(super) fn acts_on(&self, batch: usize) -> bool {
        (batch + 1).is_multiple_of(self.every)
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
        }
    }

    pub(super) fn check(&self, training: &TrainingParams, model: &M) -> Result<(), NnError> {
        let rules = self.rules(training);
        rules.optimizer.check()?;
        rules.learning_rate.check()?;
        NnError::check(self.every > 0, "batches between steps", "positive", 0.0)?;
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
