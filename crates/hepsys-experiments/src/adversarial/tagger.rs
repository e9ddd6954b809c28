//! A trained classifier of jets: a network or boosted trees.

use hepsys_adversarial::{
    Closure, ClosureParams, ControlRegion, JetClassifierParams, JetTrees, Scores, TrainedJetClassifier,
    TrainedJetTrees,
};
use hepsys_core::{Sample, Seed};
use hepsys_nn::{History, Run};

use super::measure::ShownScore;
use super::sample::{CLASSES, Samples};
use crate::ExperimentError;

/// A trained classifier of jets, and the run in which it is used.
pub(crate) struct Tagger<'a> {
    model: Model,
    run: &'a Run,
    seed: Seed,
}

enum Model {
    Network(Box<TrainedJetClassifier>),
    Trees(TrainedJetTrees),
}

impl<'a> Tagger<'a> {
    /// A network of these parameters.
    pub(super) fn network(
        params: JetClassifierParams,
        samples: &Samples,
        run: &'a Run,
    ) -> Result<Self, ExperimentError> {
        let network = params.check()?.fit(&samples.training, Some(&samples.control), run)?;
        Ok(Self::trained(network, run))
    }

    /// Boosted trees on what a jet looks like in thirty numbers.
    pub(super) fn trees(samples: &Samples, run: &'a Run) -> Result<Self, ExperimentError> {
        Ok(Self::of(Model::Trees(JetTrees::params().check()?.fit(&samples.training)?), run))
    }

    /// A network that is trained already.
    pub(crate) fn trained(network: TrainedJetClassifier, run: &'a Run) -> Self {
        Self::of(Model::Network(Box::new(network)), run)
    }

    fn of(model: Model, run: &'a Run) -> Self {
        Self { model, run, seed: run.streams().named("measure") }
    }

    /// The network, if it is one.
    pub(super) fn as_network(&self) -> Option<&TrainedJetClassifier> {
        match &self.model {
            Model::Network(network) => Some(network),
            Model::Trees(_) => None,
        }
    }

    /// The losses of its training.
    pub(crate) fn history(&self) -> Option<History> {
        self.as_network().map(|network| network.history().clone())
    }

    /// Where its random numbers come from.
    pub(crate) fn seed(&self) -> Seed {
        self.seed
    }

    /// The scores of jets as they are.
    pub(crate) fn scores(&self, jets: &Sample) -> Result<Scores, ExperimentError> {
        Ok(match &self.model {
            Model::Network(network) => network.scores(jets, self.run)?,
            Model::Trees(trees) => trees.scores(jets)?,
        })
    }

    /// The scores of simulated jets, which are corrected first where the classifier wants it.
    pub(super) fn simulated_scores(&self, jets: &Sample, name: &str) -> Result<Scores, ExperimentError> {
        match self.as_network() {
            Some(network) => self.scores(&network.corrected(jets, self.seed.named(name))?),
            None => self.scores(jets),
        }
    }

    /// The scores of each class; background of the beam is data.
    pub(super) fn test(&self, test: &[Sample; 3]) -> Result<[Scores; 3], ExperimentError> {
        let [signal, multijet, beam] = test;
        Ok([
            self.simulated_scores(signal, CLASSES[0])?,
            self.simulated_scores(multijet, CLASSES[1])?,
            self.scores(beam)?,
        ])
    }

    /// The scores of simulation and data in a control region.
    pub(crate) fn region(&self, region: &ControlRegion) -> Result<[Scores; 2], ExperimentError> {
        Ok([self.simulated_scores(region.simulation(), region.name())?, self.scores(region.data())?])
    }

    /// Whether anybody can tell simulation from data by the scores, and their distributions.
    pub(crate) fn closure(
        &self,
        region: &ControlRegion,
        [simulation, data]: &[Scores; 2],
    ) -> Result<(Closure, Vec<ShownScore>), ExperimentError> {
        let closure = Closure::test(
            &ClosureParams::default(),
            (simulation, region.simulation().weights()),
            (data, region.data().weights()),
            self.seed.named("closure"),
        )?;
        let both = simulation.columns().iter().zip(data.columns());
        Ok((closure, both.map(|(simulation, data)| ShownScore::of_scores(simulation, data)).collect()))
    }
}
