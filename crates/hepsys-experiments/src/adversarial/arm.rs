//! One way of decorrelation: its training and what is measured of it.

use hepsys_adversarial::{
    Auc, Closure, ClosureParams, ControlRegion, Decorrelator, JetClassifier, Scores, TrainedJetClassifier,
    auc,
};
use hepsys_core::{Sample, Seed};
use hepsys_nn::{History, Run};
use serde::{Deserialize, Serialize};

use super::sample::{CLASSES, Samples};
use super::spec::CalratioSpec;
use crate::ExperimentError;
use crate::context::Profile;

/// One way of decorrelation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Arm {
    pub(super) name: String,
    pub(super) decorrelator: Decorrelator,
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
    pub(super) history: History,
}

/// How signal is told from a background by the ratio of their scores.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Against {
    pub(super) auc: Auc,
    /// The fraction of the background that passes where 80 % of the signal does, and its statistical error.
    pub(super) leakage: [f64; 2],
    /// Efficiencies of signal and background along cuts.
    pub(super) curve: Vec<[f64; 2]>,
}

/// The log odds of one score in the control region: counts of simulation and of data.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ShownScore {
    pub(super) simulation: Vec<f64>,
    pub(super) data: Vec<f64>,
}

/// The range of log odds that is shown, and its bins.
pub(super) const SHOWN: (f64, f64, usize) = (-12.0, 12.0, 40);

/// The efficiency of the signal at which leakages are given.
const WORKING_POINT: f64 = 0.8;

/// Efficiencies of the signal at which curves are drawn.
const CURVE_POINTS: usize = 100;

impl Arm {
    pub(super) fn new(decorrelator: Decorrelator) -> Self {
        Self { name: decorrelator.name().to_owned(), decorrelator }
    }

    pub(super) fn train(
        &self,
        spec: &CalratioSpec,
        profile: Profile,
        samples: &Samples,
        run: &Run,
    ) -> Result<Trained, ExperimentError> {
        let training = spec.training.of(profile);
        let [first, last] = training.learning_rate;
        let classifier = JetClassifier::params()
            .epochs(training.epochs[0], training.epochs[1])
            .learning_rate(first, last)
            .decorrelate(self.decorrelator.clone())
            .check()?
            .fit(&samples.training, Some(&samples.control), run)?;
        let measure = Measure { classifier: &classifier, run, seed: run.streams().named("measure") };
        let [signal, multijet, beam] = measure.test(&samples.test)?;
        let [first, second] = [0, 1].map(|region: usize| measure.closure(&samples.test_controls[region]));
        let ((first, shown), (second, _)) = (first?, second?);
        Ok(Trained {
            against: [
                Against::new(&signal, &multijet, CLASSES[1])?,
                Against::new(&signal, &beam, CLASSES[2])?,
            ],
            closures: [first, second],
            shown,
            history: classifier.history().clone(),
        })
    }
}

/// Measures a trained classifier.
struct Measure<'a> {
    classifier: &'a TrainedJetClassifier,
    run: &'a Run,
    seed: Seed,
}

impl Measure<'_> {
    /// The scores of each class; simulation is corrected where the classifier wants it.
    fn test(&self, test: &[Sample; 3]) -> Result<[Scores; 3], ExperimentError> {
        let scores = |class: usize| -> Result<Scores, ExperimentError> {
            let is_simulated = CLASSES[class] != CLASSES[2];
            let seed = self.seed.named(CLASSES[class]);
            let sample = if is_simulated {
                self.classifier.corrected(&test[class], seed)?
            } else {
                test[class].clone()
            };
            Ok(self.classifier.scores(&sample, self.run)?)
        };
        Ok([scores(0)?, scores(1)?, scores(2)?])
    }

    fn closure(&self, region: &ControlRegion) -> Result<(Closure, Vec<ShownScore>), ExperimentError> {
        let region = self.classifier.corrected_region(region, self.seed.named(region.name()))?;
        let (simulation, data) = (region.simulation(), region.data());
        let [of_simulation, of_data] =
            [simulation, data].map(|sample| self.classifier.scores(sample, self.run));
        let (of_simulation, of_data) = (of_simulation?, of_data?);
        let closure = Closure::test(
            &ClosureParams::default(),
            (&of_simulation, simulation.weights()),
            (&of_data, data.weights()),
            self.seed.named("closure"),
        )?;
        let shown = of_simulation.columns().iter().zip(of_data.columns()).map(|(simulation, data)| {
            ShownScore { simulation: histogram(simulation), data: histogram(data) }
        });
        Ok((closure, shown.collect()))
    }
}

/// Counts of the log odds of scores; what is beyond the range is counted at its ends.
fn histogram(scores: &[f64]) -> Vec<f64> {
    let (low, high, n_bins) = SHOWN;
    let mut counts = vec![0.0; n_bins];
    for score in scores {
        let odds = (score / (1.0 - score)).ln().clamp(low, high);
        let bin = (odds - low) / (high - low) * n_bins as f64;
        counts[(bin as usize).min(n_bins - 1)] += 1.0;
    }
    counts
}

impl Against {
    fn new(signal: &Scores, background: &Scores, class: &str) -> Result<Self, ExperimentError> {
        let ratio = |scores: &Scores| -> Result<Vec<f64>, ExperimentError> {
            let (of_signal, of_class) = (scores.of(CLASSES[0])?, scores.of(class)?);
            // Below the smallest positive number a score says no more.
            let log = |p: f64| p.max(f64::MIN_POSITIVE).ln();
            Ok(of_signal.iter().zip(of_class).map(|(s, b)| log(*s) - log(*b)).collect())
        };
        let [mut signal, mut background] = [ratio(signal)?, ratio(background)?];
        let auc = auc([&background, &signal], [&vec![1.0; background.len()], &vec![1.0; signal.len()]])?;
        signal.sort_by(f64::total_cmp);
        background.sort_by(f64::total_cmp);
        let passing = |efficiency: f64| {
            let place = ((1.0 - efficiency) * signal.len() as f64) as usize;
            let cut = signal[place.min(signal.len() - 1)];
            let n_above = background.len() - background.partition_point(|ratio| *ratio <= cut);
            n_above as f64 / background.len() as f64
        };
        let leakage = passing(WORKING_POINT);
        let error = (leakage * (1.0 - leakage) / background.len() as f64).sqrt();
        let curve = (1..CURVE_POINTS).map(|i| {
            let efficiency = i as f64 / CURVE_POINTS as f64;
            [efficiency, passing(efficiency)]
        });
        Ok(Self { auc, leakage: [leakage, error], curve: curve.collect() })
    }
}
