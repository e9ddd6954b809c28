//! One way of decorrelation: its training and what is measured of it.

use hepsys_adversarial::{Closure, ControlRegionReport, Decorrelator, ExpectedYields, JetClassifier, Scores};
use hepsys_core::Sample;
use hepsys_nn::{History, Run};
use serde::{Deserialize, Serialize};

use super::sample::{CLASSES, Samples, no_event};
use super::spec::AdversarialDibodySpec;
use crate::ExperimentError;
use crate::adversarial::measure::{Against, ShownScore, cut};
use crate::adversarial::tagger::Tagger;
use crate::context::Profile;

/// One way of decorrelation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Arm {
    pub(super) name: String,
    pub(super) decorrelator: Decorrelator,
    /// Its simulation has the scale of the data.
    pub(super) is_calibrated: bool,
}

/// A trained classifier and how it does.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Trained {
    /// How signal is told from background, both as the detector has them.
    pub(super) against: Against,
    /// What passes where 1 % of the background of data do.
    pub(super) passing: Passing,
    /// In the control region of the training, in its central part, and in the window, with other events.
    pub(super) closures: [Closure; 3],
    /// The score of the signal in the first.
    pub(super) shown: ShownScore,
    /// Whether the control region is one.
    pub(super) report: ControlRegionReport,
    pub(super) history: History,
}

/// Fractions that pass a cut on the signal's score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Passing {
    /// Of the signal as the detector has it.
    pub(super) signal: f64,
    /// Of the signal as the simulation has it.
    pub(super) simulated_signal: f64,
    /// Of the background as the simulation has it.
    pub(super) simulated_background: f64,
}

/// The fraction of the background of data that passes the cut.
const BACKGROUND: f64 = 0.01;

/// Inputs that are not shifted themselves.
const ANGLES: [&str; 3] = ["eta1", "eta2", "dphi"];

/// The same way, so many times as strong; nothing for a way without strength.
pub(super) fn scaled(decorrelator: &Decorrelator, factor: f64) -> Option<Decorrelator> {
    let strength = decorrelator.strength()?;
    decorrelator.clone().with_strength(factor * strength)
}

impl Arm {
    pub(super) fn new(decorrelator: Decorrelator, is_calibrated: bool) -> Self {
        let name = if is_calibrated { "calibrated simulation" } else { decorrelator.name() };
        Self { name: name.to_owned(), decorrelator, is_calibrated }
    }

    pub(super) fn train(
        &self,
        spec: &AdversarialDibodySpec,
        profile: Profile,
        samples: &Samples,
        run: &Run,
    ) -> Result<Trained, ExperimentError> {
        let (training, network) = (spec.training.of(profile), &spec.network);
        let [first, last] = training.learning_rate;
        let classifier = JetClassifier::params()
            .inputs(samples.inputs.clone())
            .hidden_layers(network.hidden_layers.clone())
            .dropout(network.dropout)
            .batch_size(network.batch_size)
            .epochs(training.epochs[0], training.epochs[1])
            .learning_rate(first, last)
            .decorrelate(self.decorrelator.clone())
            .check()?
            .fit(&samples.training, Some(&samples.control), run)?;
        let tagger = Tagger::trained(classifier, run);
        let scores = |sample: &Sample| tagger.scores(sample);
        let [signal, background] = samples.test.each_ref().map(scores);
        let [simulated_signal, simulated_background] = samples.simulated.each_ref().map(scores);
        let (signal, background, main) = (signal?, background?, simulated_background?);
        let simulated = [&simulated_signal?, &main];
        let [of_bands, of_centre, of_window] =
            samples.regions.each_ref().map(|region| tagger.closure(region, &tagger.region(region)?));
        let (of_bands, shown) = of_bands?;
        let Some(shown) = shown.into_iter().next() else { return Err(no_event()) };
        // Events of the training's region, for those of the other one are part of the main sample.
        let control = scores(samples.control.simulation())?;
        let report = report(samples, (&control, &main), &tagger)?;
        Ok(Trained {
            against: Against::new(&signal, &background, CLASSES)?,
            passing: passing([&signal, &background], simulated)?,
            closures: [of_bands, of_centre?.0, of_window?.0],
            shown,
            report,
            history: tagger.history().unwrap_or_default(),
        })
    }
}

/// The three conditions of a control region, with the angles as features that should be well modelled.
fn report(
    samples: &Samples,
    (control, main): (&Scores, &Scores),
    tagger: &Tagger<'_>,
) -> Result<ControlRegionReport, ExperimentError> {
    let [signal, background] = samples.yields;
    let region = &samples.regions[0];
    let [simulation, data] =
        [region.simulation(), region.data()].map(|sample| sample.select_features(&ANGLES));
    Ok(ControlRegionReport::params().check()?.report(
        ExpectedYields { signal, background },
        (control, samples.control.simulation().weights()),
        (main, samples.simulated[1].weights()),
        (&simulation?, &data?),
        tagger.seed().named("report"),
    )?)
}

/// What passes where a fraction of the background of data does.
fn passing(measured: [&Scores; 2], simulated: [&Scores; 2]) -> Result<Passing, ExperimentError> {
    let mut background = measured[1].of(CLASSES[0])?.to_vec();
    background.sort_by(f64::total_cmp);
    if background.is_empty() {
        return Err(no_event());
    }
    let cut = cut(&background, BACKGROUND);
    let above = |scores: &Scores| -> Result<f64, ExperimentError> {
        let scores = scores.of(CLASSES[0])?;
        Ok(scores.iter().filter(|score| **score >= cut).count() as f64 / scores.len() as f64)
    };
    Ok(Passing {
        signal: above(measured[0])?,
        simulated_signal: above(simulated[0])?,
        simulated_background: above(simulated[1])?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(signal: impl Iterator<Item = f64>) -> Scores {
        let signal: Vec<f64> = signal.collect();
        let other = signal.iter().map(|score| 1.0 - score).collect();
        Scores::new(CLASSES.map(str::to_owned).to_vec(), vec![signal, other]).unwrap()
    }

    #[test]
    fn one_of_a_hundred_measured_events_passes() {
        let measured = scores((0..1000).map(|i| f64::from(i) / 1000.0));
        let simulated = scores((0..1000).map(|i| f64::from(i) / 2000.0));
        let signal = scores([0.5, 0.9, 0.995, 0.999].into_iter());
        let found = passing([&signal, &measured], [&signal, &simulated]).unwrap();
        let expected = Passing { signal: 0.5, simulated_signal: 0.5, simulated_background: 0.0 };
        assert_eq!(found, expected);
        assert!(passing([&signal, &scores(std::iter::empty())], [&signal, &simulated]).is_err());
    }

    #[test]
    fn only_ways_with_a_strength_are_scaled() {
        let penalty = |strength| Decorrelator::Disco(hepsys_adversarial::Penalty::of_strength(strength));
        assert_eq!(scaled(&penalty(10.0), 0.5), Some(penalty(5.0)));
        assert_eq!(scaled(&Decorrelator::None, 2.0), None);
    }
}
