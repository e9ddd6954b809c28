//! One classifier of jets: its training, and all that is measured of it.

use hepsys_adversarial::{Closure, Decorrelator, JetClassifier, JetClassifierParams};
use hepsys_nn::{History, Run};
use serde::{Deserialize, Serialize};

use super::events::Search;
use super::measure::{Against, ShownScore};
use super::region::Region;
use super::sample::{CLASSES, Samples, TestSamples};
use super::spec::{CalratioSpec, SampleSpec, TrainingSpec};
use super::tagger::Tagger;
use crate::ExperimentError;
use crate::context::Profile;

/// The arm that all others are compared with.
pub(super) const NAIVE: &str = "naive";

/// The one that is shown beside it.
pub(super) const DECORRELATED: &str = "adversary on log-scores";

/// Both of them, before and after.
pub(super) const COMPARED: [&str; 2] = [NAIVE, DECORRELATED];

/// The classifier of the search before.
pub(super) const TREES: &str = "boosted trees";

/// One classifier of jets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Arm {
    pub(super) name: String,
    pub(super) way: Way,
    pub(super) depth: Depth,
}

/// How much of it is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Depth {
    /// The scores of jets.
    Scores,
    /// What is behind them in the control region, too.
    Region,
    /// Events and the limit of a search, too.
    Search,
    /// And what others need to repeat it.
    Preservation,
}

/// What it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Way {
    /// A network, kept from the error of simulation or not.
    Network(Decorrelator),
    /// Boosted trees.
    Trees,
}

/// A trained classifier and how it does.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Trained {
    /// How signal is told from each background.
    pub(super) against: [Against; 2],
    /// In the control region of the training, with other jets, and in the second one.
    pub(super) closures: [Closure; 2],
    /// The scores in the first.
    pub(super) shown: Vec<ShownScore>,
    /// The losses of a network.
    pub(super) history: Option<History>,
    /// What is behind the scores in the control region.
    pub(super) region: Option<Region>,
    /// Of a classifier that goes on to events.
    pub(super) search: Option<Search>,
}

impl TrainingSpec {
    /// The network of the study.
    pub(super) fn network(&self) -> JetClassifierParams {
        let [first, last] = self.learning_rate;
        JetClassifier::params().epochs(self.epochs[0], self.epochs[1]).learning_rate(first, last)
    }
}

impl Arm {
    pub(super) fn new(way: Way) -> Self {
        let name = match &way {
            Way::Network(decorrelator) => decorrelator.name(),
            Way::Trees => TREES,
        };
        Self { name: name.to_owned(), way, depth: Depth::Scores }
    }

    fn tagger<'a>(
        &self,
        training: TrainingSpec,
        samples: &Samples,
        run: &'a Run,
    ) -> Result<Tagger<'a>, ExperimentError> {
        match &self.way {
            Way::Trees => Tagger::trees(samples, run),
            Way::Network(decorrelator) => {
                Tagger::network(training.network().decorrelate(decorrelator.clone()), samples, run)
            }
        }
    }

    /// Trains the classifier with jets of its own and measures it.
    pub(super) fn train(
        &self,
        spec: &CalratioSpec,
        sample: &SampleSpec,
        profile: Profile,
        run: &Run,
    ) -> Result<Trained, ExperimentError> {
        let jets = run.streams().named("jets");
        let sizes = spec.sizes.of(profile);
        let tagger = self.tagger(spec.training.of(profile), &Samples::new(sample, sizes, jets)?, run)?;
        let samples = TestSamples::new(sample, sizes, jets)?;
        let [signal, multijet, beam] = tagger.test(&samples.test)?;
        let [first, second] = &samples.test_controls;
        let scores = tagger.region(first)?;
        let (closure, shown) = tagger.closure(first, &scores)?;
        let (second, _) = tagger.closure(second, &tagger.region(second)?)?;
        let region = if self.depth >= Depth::Region {
            Some(Region::new(spec, &tagger, first, &scores, &multijet)?)
        } else {
            None
        };
        drop(samples);
        let search = if self.depth >= Depth::Search {
            Some(Search::new(spec, sizes.events, &tagger, jets, self.depth == Depth::Preservation)?)
        } else {
            None
        };
        Ok(Trained {
            against: [
                Against::new(&signal, &multijet, [CLASSES[0], CLASSES[1]])?,
                Against::new(&signal, &beam, [CLASSES[0], CLASSES[2]])?,
            ],
            closures: [closure, second],
            shown,
            history: tagger.history(),
            region,
            search,
        })
    }
}
