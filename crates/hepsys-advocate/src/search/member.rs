//! One search: one seed, one split of the simulation, every method and direction.

use std::cell::RefCell;

use hepsys_core::Feature;
use hepsys_nn::dense::Dense;
use hepsys_nn::{History, MlpShape, Run, Standardizer};

use super::aim::{Aim, Pursuit, State};
use super::combination::{Problem, steepest_of};
use super::events::Events;
use super::function::Kernel;
use super::head::Head;
use super::smoothness::gradients;
use super::training::{Rules, Way};
use crate::effect::{Effect, Efficiency};
use crate::worst_case::Found;
use crate::{AdvocateError, AdvocateValidParams, Direction, Method, WeightMap};

/// How many events of each channel programs are solved on while a network is trained.
const MONITORED_EVENTS: usize = 20_000;

/// How many events of each channel show how steep a finished weight function is.
const STEEP_EVENTS: usize = 20_000;

/// A search with a split of its own.
pub(crate) struct Member<'a> {
    params: &'a AdvocateValidParams,
    problem: Problem,
    channels: Vec<String>,
    features: &'a [Feature],
    standardizer: Option<&'a Standardizer>,
    /// Training, validation, test.
    parts: [Events; 3],
    monitor: Events,
    way: Way,
}

/// A network after a training, or before.
struct Network {
    head: Head,
    shape: MlpShape,
    parameters: Vec<f64>,
    history: History,
    has_converged: bool,
}

impl<'a> Member<'a> {
    pub(crate) fn new(
        params: &'a AdvocateValidParams,
        (features, standardizer): (&'a [Feature], Option<&'a Standardizer>),
        events: &Events,
        way: Way,
        run: &Run,
    ) -> Self {
        let question = params.question();
        let parts = events.split(params.fractions(), &mut run.streams().named("split").stream());
        let monitor = parts[0].at_most(MONITORED_EVENTS);
        Self {
            params,
            problem: Problem::new(question, params.weight_range(), params.smoothness(), params.solver()),
            channels: question.channels().into_iter().map(str::to_owned).collect(),
            features,
            standardizer,
            parts,
            monitor,
            way,
        }
    }

    /// What every method finds in every direction.
    pub(crate) fn search(&self, run: &Run) -> Result<Vec<Found>, AdvocateError> {
        let methods = self.params.methods();
        let pretrained = if methods.iter().any(|method| *method != Method::Direct) {
            Some(self.pretrain(run)?)
        } else {
            None
        };
        let mut all = Vec::new();
        for &direction in self.params.directions() {
            let start =
                pretrained.as_ref().map(|network| self.finish(network, Method::Pretrained, direction));
            let start = start.transpose()?;
            for &method in methods {
                let found = match (method, &pretrained, &start) {
                    (Method::Pretrained, _, Some(start)) => start.clone(),
                    (Method::Alternating | Method::Lagrangian, Some(network), Some(start)) => {
                        let updated = self.update(network, method, direction, run)?;
                        let mut found = self.finish(&updated, method, direction)?;
                        // An update that lost on events that it did not see is none.
                        if found.reached < start.reached {
                            found = Found { method, kept_start: true, curve: found.curve, ..start.clone() };
                        }
                        found
                    }
                    _ => self.finish(&self.direct(direction, run)?, method, direction)?,
                };
                all.push(found);
            }
        }
        Ok(all)
    }

    fn pretrain(&self, run: &Run) -> Result<Network, AdvocateError> {
        let shape = self.params.shape(self.parts[0].n_features(), self.channels.len())?;
        let run = run.named("pretraining");
        let start = shape.glorot_uniform(run.streams().named("init"));
        let n_steps = self.params.steps().pretraining;
        self.train((Aim::Classify, Head::Softmax), (&shape, &start), Direction::Up, n_steps, &run)
    }

    fn update(
        &self,
        network: &Network,
        method: Method,
        direction: Direction,
        run: &Run,
    ) -> Result<Network, AdvocateError> {
        let aim = if method == Method::Alternating { Aim::Seed } else { Aim::Lagrangian };
        let run = run.named(method.key()).named(direction.key());
        let start = (&network.shape, network.parameters.as_slice());
        self.train((aim, Head::Softmax), start, direction, self.params.steps().update, &run)
    }

    fn direct(&self, direction: Direction, run: &Run) -> Result<Network, AdvocateError> {
        let shape = self.params.shape(self.parts[0].n_features(), 1)?;
        let run = run.named(Method::Direct.key()).named(direction.key());
        let start = shape.glorot_uniform(run.streams().named("init"));
        let n_steps = self.params.steps().direct;
        self.train((Aim::Direct, Head::Sigmoid), (&shape, &start), direction, n_steps, &run)
    }

    fn train(
        &self,
        (aim, head): (Aim, Head),
        (shape, start): (&MlpShape, &[f64]),
        direction: Direction,
        n_steps: usize,
        run: &Run,
    ) -> Result<Network, AdvocateError> {
        let pursuit = Pursuit {
            aim,
            head,
            problem: &self.problem,
            direction,
            monitor: &self.monitor,
            n_steps,
            state: RefCell::new(State::default()),
        };
        let method = match aim {
            Aim::Classify => Method::Pretrained,
            Aim::Seed => Method::Alternating,
            Aim::Lagrangian => Method::Lagrangian,
            Aim::Direct => Method::Direct,
        };
        let rules = Rules {
            batch_size: self.params.batch_size(),
            learning_rate: self.params.learning_rate(),
            steps: self.params.steps(),
            way: self.way,
        };
        let [training, validation, _] = &self.parts;
        let whole = validation.clone().whole();
        let outcome = rules.train(&pursuit, (shape, start), (training, &whole), run);
        let outcome = outcome.map_err(|error| out_of_reach(error, method))?;
        Ok(Network {
            head,
            shape: shape.clone(),
            parameters: outcome.parameters,
            history: outcome.history,
            has_converged: outcome.has_converged,
        })
    }

    /// The last word of the linear program, and what comes of it on each part of the simulation.
    fn finish(
        &self,
        network: &Network,
        method: Method,
        direction: Direction,
    ) -> Result<Found, AdvocateError> {
        let dense = Dense::<f64>::new(network.shape.clone());
        let kernel = Kernel { dense: &dense, parameters: &network.parameters };
        let head = network.head;
        let [training, validation, test] = &self.parts;
        let means = training.mean_functions(&kernel, head)?;
        let slopes = gradients(&kernel, head, &training.at_most(STEEP_EVENTS).points())?;
        let combination =
            self.problem.solve_smooth(direction, &means, &slopes).map_err(|e| out_of_reach(e, method))?;
        let on_validation = validation.mean_functions(&kernel, head)?;
        let reached = self.problem.worth(
            direction,
            (
                &self.problem.efficiencies(&on_validation, &combination),
                &self.problem.contaminations(&on_validation, &combination),
            ),
            &combination,
        );
        let map = WeightMap {
            features: self.features.to_vec(),
            standardizer: self.standardizer.cloned(),
            shape: network.shape.clone(),
            parameters: network.parameters.clone(),
            head,
            alpha: combination.alpha,
            beta: combination.beta,
        };
        let on_test = gradients(&kernel, head, &test.at_most(STEEP_EVENTS).points())?;
        let is_pretrained = method == Method::Pretrained;
        Ok(Found {
            method,
            direction,
            training: self.effect(&map, training)?,
            validation: self.effect(&map, validation)?,
            test: self.effect(&map, test)?,
            reached,
            steepness: steepest_of(&on_test, &map.alpha).max(steepest_of(&on_test, &map.beta)),
            has_converged: network.has_converged,
            kept_start: false,
            curve: if is_pretrained {
                Vec::new()
            } else {
                network.history.validation_losses().map(|loss| -direction.sign() * loss).collect()
            },
            map,
        })
    }

    /// The efficiencies of the channels under these weights.
    fn effect(&self, map: &WeightMap, events: &Events) -> Result<Effect, AdvocateError> {
        let points = events.points();
        let mut weights = map.combined(&map.alpha, &points)?;
        let mut contaminations = vec![0.0; self.channels.len()];
        if !map.beta.is_empty() {
            let extra = map.combined(&map.beta, &points)?;
            for ((weight, b), (channel, part)) in weights.iter_mut().zip(extra).zip(events.parts()) {
                contaminations[channel] += part * b;
                *weight += if self.problem.contaminated[channel] { b } else { 0.0 };
            }
        }
        let mut values = vec![0.0; self.channels.len()];
        for ((channel, part), weight) in events.parts().zip(&weights) {
            values[channel] += part * weight;
        }
        let mut variances = vec![0.0; self.channels.len()];
        for ((channel, part), weight) in events.parts().zip(&weights) {
            variances[channel] += (part * (weight - values[channel])).powi(2);
        }
        let error: f64 = self.problem.shares.iter().zip(&variances).map(|(share, v)| share * share * v).sum();
        Ok(Effect {
            bias: self.problem.bias(&values),
            error: error.sqrt(),
            // Without a limit, none is exceeded.
            violation: self
                .problem
                .excess(&values, &contaminations)
                .into_iter()
                .reduce(f64::max)
                .unwrap_or(0.0),
            efficiencies: self
                .channels
                .iter()
                .zip(values.iter().zip(&variances))
                .map(|(channel, (&value, variance))| Efficiency {
                    channel: channel.clone(),
                    value,
                    error: variance.sqrt(),
                })
                .collect(),
        })
    }
}

/// A contradiction inside a program over the functions of a network is one of these functions, for the limits themselves have none.
fn out_of_reach(error: AdvocateError, method: Method) -> AdvocateError {
    match error {
        AdvocateError::Contradiction => AdvocateError::OutOfReach { method: method.name() },
        other => other,
    }
}
