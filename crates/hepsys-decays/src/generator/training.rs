use hepsys_core::{Feature, Sample, Seed};
use hepsys_nn::dense::Networks;
use hepsys_nn::flow::{
    ConditionalFlow, Conditioned, ConditionedColumns, DenseFlow, FlowShape, negative_log_likelihood,
};
use hepsys_nn::{
    Batch, Checkpoint, Device, History, Run, Standardizer, StopReason, Trainable, TrainingParams,
};
use rand::seq::SliceRandom;

use super::ModeSample;
use super::mode_sample::check_names;
use crate::DecaysError;

/// The events of several modes as one sample, with the index of each event's mode.
pub(super) struct Pooled {
    pub(super) sample: Sample,
    modes: Vec<usize>,
}

/// How a flow is trained on pooled events.
pub(super) struct Task<'a> {
    pub(super) training: &'a TrainingParams,
    pub(super) validation_fraction: f64,
    pub(super) standardizer: &'a Standardizer,
    pub(super) shape: &'a FlowShape,
    pub(super) checkpoint: Option<Checkpoint>,
}

impl Pooled {
    /// The events of all modes with these features; `index` tells the index of each mode.
    ///
    /// The weights of a mode are scaled to the number of unweighted events that it is worth, $(\sum w)^2 / \sum w^2$:
    /// what a mode counts in the loss is what it knows, and not its branching fraction.
    pub(super) fn new(
        modes: &[ModeSample],
        features: &[Feature],
        whose: &str,
        index: impl Fn(&str) -> Result<usize, DecaysError>,
    ) -> Result<Self, DecaysError> {
        check_names(modes)?;
        let mut pooled: Option<Self> = None;
        for mode in modes {
            let sample = mode.with_features(features, whose)?;
            let worth = sample.weights().effective_entries();
            let sample = sample.scaled_to(worth)?;
            let indices = vec![index(mode.name())?; sample.n_events()];
            pooled = Some(match pooled {
                None => Self { sample, modes: indices },
                Some(before) => {
                    Self { sample: before.sample.concat(&sample)?, modes: [before.modes, indices].concat() }
                }
            });
        }
        pooled.ok_or_else(|| DecaysError::bad("the modes", "one or more", "none"))
    }

    /// The positions of the events to train on, and of those kept aside: a part of each mode.
    fn split(&self, fraction: f64, seed: Seed) -> (Vec<usize>, Vec<usize>) {
        let (mut training, mut validation) = (Vec::new(), Vec::new());
        for mode in 0..self.modes.iter().max().map_or(0, |last| last + 1) {
            let mut events: Vec<usize> = (0..self.modes.len()).filter(|&e| self.modes[e] == mode).collect();
            events.shuffle(&mut seed.index(mode).stream());
            let n_aside = (fraction * events.len() as f64).round() as usize;
            validation.extend_from_slice(&events[..n_aside]);
            training.extend_from_slice(&events[n_aside..]);
        }
        (training, validation)
    }

    fn events(&self, positions: &[usize], task: &Task<'_>) -> Result<ConditionedColumns, DecaysError> {
        let scaled = task.standardizer.apply(&self.sample.take(positions)?)?;
        let modes: Vec<usize> = positions.iter().map(|&event| self.modes[event]).collect();
        Ok(ConditionedColumns::classes(&scaled, &modes, task.shape.n_conditions())?)
    }
}

impl Task<'_> {
    /// Trains a flow with these parameters on the events that are not kept aside: through the dense kernel on the CPU, and
    /// through tensors on other devices.
    pub(super) fn train(
        self,
        parameters: &[f64],
        pooled: &Pooled,
        run: &Run,
    ) -> Result<(Vec<f64>, History), DecaysError> {
        let seed = run.streams().named("validation");
        let (training, validation) = pooled.split(self.validation_fraction, seed);
        if training.is_empty() {
            let expected = "small enough to leave events to train on";
            return Err(DecaysError::bad("validation_fraction", expected, self.validation_fraction));
        }
        let (events, aside) = (pooled.events(&training, &self)?, pooled.events(&validation, &self)?);
        if *run.device() == Device::flex() {
            let flow = DenseFlow::<f32>::new(self.shape);
            let loss = |networks: &Networks, batch: &ConditionedColumns| {
                flow.negative_log_likelihood(networks, batch)
            };
            let (networks, history) = self.fit(loss, flow.networks(parameters)?, &events, &aside, run)?;
            Ok((networks.parameters().to_vec(), history))
        } else {
            let on_device = |events| Conditioned::new(events, run.device());
            let flow = ConditionalFlow::from_parameters(self.shape, parameters, run.device())?;
            let (events, aside) = (on_device(&events), on_device(&aside));
            let (flow, history) = self.fit(negative_log_likelihood, flow, &events, &aside, run)?;
            Ok((flow.to_parameters()?, history))
        }
    }

    /// Trains a flow of either form.
    fn fit<M: Trainable, B: Batch>(
        &self,
        loss: impl Fn(&M, &B) -> M::Loss,
        flow: M,
        events: &B,
        aside: &B,
        run: &Run,
    ) -> Result<(M, History), DecaysError> {
        let rules = self.training.clone().check()?;
        let mut trainer = rules.minimize(loss);
        if aside.n_events() > 0 {
            trainer = trainer.validate_on(aside);
        }
        if let Some(checkpoint) = &self.checkpoint {
            trainer = trainer.checkpoint(checkpoint.clone());
        }
        let trained = trainer.fit(flow, events, run)?;
        if trained.stopped == StopReason::Interrupted {
            return Err(DecaysError::Interrupted);
        }
        Ok((trained.model, trained.history))
    }
}

#[cfg(test)]
mod tests {
    use hepsys_core::Weights;

    use super::*;

    #[test]
    fn a_mode_counts_as_many_events_as_its_weights_are_worth_and_gives_its_part_to_the_validation() {
        let mode = |name: &str, weights: Vec<f64>| {
            let column = (Feature::new("x", "1"), vec![1.0; weights.len()]);
            let sample =
                Sample::from_columns([column]).unwrap().with_weights(Weights::new(weights).unwrap()).unwrap();
            ModeSample::new(name, sample).unwrap()
        };
        let modes = [mode("a", vec![0.01; 40]), mode("b", [vec![3.0; 10], vec![0.0; 10]].concat())];
        let features = [Feature::new("x", "1")];
        let pooled =
            Pooled::new(&modes, &features, "the first", |name| Ok(usize::from(name == "b"))).unwrap();
        // 40 events of one weight, and 10 of another: rounding of sums.
        assert!((pooled.sample.weights().total() - 50.0).abs() < 1e-12);
        assert!((pooled.sample.weights().get(0) - 1.0).abs() < 1e-12);
        let (training, validation) = pooled.split(0.25, Seed::new(1));
        assert_eq!((training.len(), validation.len()), (45, 15));
        assert_eq!(validation.iter().filter(|&&e| pooled.modes[e] == 0).count(), 10);
        let mut all = [training, validation].concat();
        all.sort_unstable();
        assert!(all.into_iter().eq(0..60));
    }
}
