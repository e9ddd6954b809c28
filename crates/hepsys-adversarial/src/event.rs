use hepsys_core::{Feature, Sample, Seed};
use hepsys_nn::onnx::{Model, Reference};
use serde::{Deserialize, Serialize};

use crate::event_features::{EVENT_COLUMNS, EVENT_UNITS};
use crate::training_set::check_weights;
use crate::trees::{BoostedTrees, BoostedTreesParams};
use crate::{AdversarialError, Closure, ClosureParams, ScoredEvents, Scores};

/// The classes of an event's scores.
const CLASSES: [&str; 2] = ["signal", "background"];

/// A classifier of events by boosted trees on the scores of their jets, [`ScoredEvents::features`]; [`EventClassifier::params`]
/// begins one.
///
/// ```
/// use hepsys_adversarial::trees::BoostedTrees;
/// use hepsys_adversarial::{EventClassifier, Feature, Sample, ScoredEvents, Scores};
///
/// // Events of two jets, whose scores are what they are for reasons of their own.
/// let events = |signal: f64| {
///     let signal: Vec<f64> = (0..400).map(|i| signal + 0.1 * f64::from(i).sin()).collect();
///     let rest = |share: f64| signal.iter().map(|s| share * (1.0 - s)).collect::<Vec<f64>>();
///     let columns = vec![signal.clone(), rest(0.7), rest(0.3)];
///     let scores = Scores::new(["signal", "multijet", "beam-induced"].map(String::from).to_vec(), columns)?;
///     let wave = |a: f64| (0..200).map(|i| 200.0 + 50.0 * (a * f64::from(i)).sin()).collect::<Vec<f64>>();
///     let names = ["n_jet", "ht", "ht_miss_over_ht"].map(|name| (Feature::new(name, "1"), wave(1.0)));
///     ScoredEvents::new(scores, (0..200).map(|i| 2 * i..2 * i + 2).collect(), Sample::from_columns(names)?)
/// };
/// let (signal, multijet) = (events(0.6)?, events(0.3)?);
///
/// let params = EventClassifier::params().veto("beam-induced").trees(BoostedTrees::params().n_trees(20));
/// let trained = params.check()?.fit(&signal, &[&multijet])?;
/// assert!(trained.scores(&signal)?.of("signal")?.iter().all(|score| *score > 0.5));
/// # Ok::<(), hepsys_adversarial::AdversarialError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct EventClassifier;

/// Parameters of a classifier of events that nobody has checked yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EventClassifierParams {
    veto: String,
    trees: BoostedTreesParams,
}

/// Checked parameters of a classifier of events.
#[derive(Debug, Clone, PartialEq)]
pub struct EventClassifierValidParams(EventClassifierParams);

/// Boosted trees that tell events of signal from those of all backgrounds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainedEventClassifier {
    veto: String,
    trees: BoostedTrees,
}

impl EventClassifier {
    /// The parameters, with their defaults.
    #[must_use]
    pub fn params() -> EventClassifierParams {
        EventClassifierParams::default()
    }
}

impl Default for EventClassifierParams {
    fn default() -> Self {
        Self { veto: "beam-induced".to_owned(), trees: BoostedTrees::params() }
    }
}

impl EventClassifierParams {
    /// The class of jets whose two largest scores are features of an event. Defaults to `beam-induced`.
    #[must_use]
    pub fn veto(mut self, class: impl Into<String>) -> Self {
        self.veto = class.into();
        self
    }

    /// The trees. Defaults to [`BoostedTrees::params`]; names of features that they have are replaced.
    #[must_use]
    pub fn trees(mut self, trees: BoostedTreesParams) -> Self {
        self.trees = trees;
        self
    }

    /// Checks the parameters; only checked ones can be used.
    ///
    /// # Errors
    ///
    /// [`AdversarialError::Trees`] with the first that is outside its range.
    pub fn check(self) -> Result<EventClassifierValidParams, AdversarialError> {
        self.trees.clone().features([&self.veto]).check()?;
        Ok(EventClassifierValidParams(self))
    }
}

impl EventClassifierValidParams {
    /// Grows the trees: signal against the sum of the backgrounds, each with its own weights, which say how much of each
    /// background there is; the signal counts as much as all backgrounds together.
    ///
    /// # Errors
    ///
    /// [`AdversarialError::BadParameter`] without a background, or if jets have other classes in one sample than in another;
    /// [`AdversarialError::Weightless`] and [`AdversarialError::NegativeWeight`] with the sample whose weights cannot be used;
    /// [`AdversarialError::NoClass`] if scores of jets lack the class of the veto; [`AdversarialError::Trees`].
    pub fn fit(
        &self,
        signal: &ScoredEvents,
        backgrounds: &[&ScoredEvents],
    ) -> Result<TrainedEventClassifier, AdversarialError> {
        let EventClassifierParams { veto, trees } = &self.0;
        if backgrounds.is_empty() {
            return Err(AdversarialError::bad("the number of backgrounds", "one or more", 0));
        }
        let names = signal.features(veto)?.schema().clone();
        let mut columns = vec![Vec::new(); names.n_features()];
        let (mut is_signal, mut weights) = (Vec::new(), Vec::new());
        let total: f64 = backgrounds.iter().map(|background| background.weights().total()).sum();
        for (index, events) in std::iter::once(&signal).chain(backgrounds).enumerate() {
            let what = if index == 0 { "signal".to_owned() } else { format!("background {index}") };
            check_weights(&what, events.weights())?;
            let features = events.features(veto)?;
            if features.schema() != &names {
                let expected = format!("{:?}, as those of signal", signal.scores().classes());
                let found = format!("{:?}", events.scores().classes());
                return Err(AdversarialError::bad(format!("the classes of jets of {what}"), expected, found));
            }
            columns.iter_mut().zip(features.columns()).for_each(|(to, column)| to.extend_from_slice(column));
            is_signal.resize(is_signal.len() + events.n_events(), index == 0);
            if index == 0 {
                weights.extend(events.weights().scaled_to(total)?.iter());
            } else {
                weights.extend(events.weights().iter());
            }
        }
        let trees = trees.clone().features(names.names()).check()?.fit(&columns, &is_signal, &weights)?;
        Ok(TrainedEventClassifier { veto: veto.clone(), trees })
    }
}

impl TrainedEventClassifier {
    /// The log odds of signal of each event, $\ln\frac{s}{1-s}$: what histograms of the score are made of.
    ///
    /// # Shapes
    ///
    /// `[n_events]`
    ///
    /// # Errors
    ///
    /// [`AdversarialError::NoClass`] if the scores of jets lack the class of the veto, [`AdversarialError::Trees`] if they have
    /// other classes than in training.
    pub fn log_odds(&self, events: &ScoredEvents) -> Result<Vec<f64>, AdversarialError> {
        let features = self.features(events)?;
        let columns: Vec<&[f64]> = features.columns().collect();
        Ok(self.trees.logits(&columns)?)
    }

    /// The scores of events for the classes `signal` and `background`, which add up to one; both have all their digits.
    ///
    /// # Shapes
    ///
    /// `[2][n_events]`
    ///
    /// # Errors
    ///
    /// As [`log_odds`](Self::log_odds).
    pub fn scores(&self, events: &ScoredEvents) -> Result<Scores, AdversarialError> {
        let log_odds = self.log_odds(events)?;
        let of = |sign: f64| log_odds.iter().map(|logit| 1.0 / (1.0 + (-sign * logit).exp())).collect();
        Scores::new(CLASSES.map(str::to_owned).to_vec(), vec![of(1.0), of(-1.0)])
    }

    /// The honest test of the event score: [`Closure::test`] on events of a control region, simulated and measured.
    ///
    /// # Errors
    ///
    /// As [`log_odds`](Self::log_odds) and [`Closure::test`].
    pub fn closure(
        &self,
        params: &ClosureParams,
        simulation: &ScoredEvents,
        data: &ScoredEvents,
        seed: Seed,
    ) -> Result<Closure, AdversarialError> {
        let scores = (self.scores(simulation)?, self.scores(data)?);
        Closure::test(params, (&scores.0, simulation.weights()), (&scores.1, data.weights()), seed)
    }

    /// The trees.
    #[must_use]
    pub fn trees(&self) -> &BoostedTrees {
        &self.trees
    }

    /// The trees as an ONNX file: [`ScoredEvents::features`] as `x`, `[N, n_features]`, and the `scores` of background and
    /// signal, `[N, 2]`.
    ///
    /// # Errors
    ///
    /// [`AdversarialError::Nn`] as [`BoostedTrees::to_onnx`].
    pub fn to_onnx(&self) -> Result<Model, AdversarialError> {
        let unit = |name: &str| EVENT_COLUMNS.iter().zip(EVENT_UNITS).find(|(column, _)| **column == name);
        let feature = |name: &String| Feature::new(name, unit(name).map_or("1", |(_, unit)| unit));
        Ok(self.trees.to_onnx_of(self.trees.features().iter().map(feature))?)
    }

    /// What goes into that file for events and what has to come out: [`Bundle::model`](crate::Bundle::model) takes both.
    ///
    /// # Errors
    ///
    /// As [`log_odds`](Self::log_odds).
    pub fn reference(&self, events: &ScoredEvents) -> Result<Reference, AdversarialError> {
        let features = self.features(events)?;
        let columns: Vec<&[f64]> = features.columns().collect();
        Ok(self.trees.reference(&columns)?)
    }

    /// What the trees see of events.
    fn features(&self, events: &ScoredEvents) -> Result<Sample, AdversarialError> {
        let features = events.features(&self.veto)?;
        if !features.schema().names().eq(self.trees.features()) {
            let expected = format!("{:?}", self.trees.features());
            let found = format!("{:?}", features.schema().names().collect::<Vec<_>>());
            return Err(AdversarialError::bad("the features of events", expected, found));
        }
        Ok(features)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{JetTrees, TrainedJetTrees, TrainingSet, auc};
    use hepsys_sim::calorimeter_jets::{CalorimeterJets, JetRegion, Process, Source};

    fn generator() -> CalorimeterJets {
        CalorimeterJets::params().check().unwrap()
    }

    fn jet_trees() -> TrainedJetTrees {
        let jets =
            |source, seed| generator().jets(source, 1000, Seed::new(seed)).unwrap().to_sample().unwrap();
        let training = TrainingSet::new()
            .simulated("signal", jets(Source::simulated(Process::Signal), 1))
            .simulated("multijet", jets(Source::simulated(Process::Multijet), 2))
            .measured("beam-induced", jets(Source::data(Process::BeamInduced), 3));
        let trees = BoostedTrees::params().n_trees(20).depth(4);
        JetTrees::params().trees(trees).check().unwrap().fit(&training).unwrap()
    }

    fn events(jets: &TrainedJetTrees, source: Source, n: usize, seed: u64) -> ScoredEvents {
        let events = generator().events(source, n, Seed::new(seed)).unwrap();
        let scores = jets.scores(&events.jets().to_sample().unwrap()).unwrap();
        let ranges = (0..n).map(|event| events.jets_of(event)).collect();
        ScoredEvents::new(scores, ranges, events.to_sample().unwrap()).unwrap()
    }

    fn few() -> EventClassifierParams {
        EventClassifier::params().trees(BoostedTrees::params().n_trees(20).depth(3))
    }

    #[test]
    fn events_of_two_displaced_jets_are_found_and_close() {
        let jets = jet_trees();
        let of = |source, seed| events(&jets, source, 1500, seed);
        let (signal, multijet, beam) = (
            of(Source::simulated(Process::Signal), 1),
            of(Source::simulated(Process::Multijet), 2),
            of(Source::data(Process::BeamInduced), 3),
        );
        let trained = few().check().unwrap().fit(&signal, &[&multijet, &beam]).unwrap();
        assert_eq!(trained.trees().features().len(), 11);
        assert!(trained.trees().features().iter().all(|name| !name.contains("time")));
        let fresh = [Process::Multijet, Process::Signal].map(|p| of(Source::simulated(p), 7));
        let scores = fresh.each_ref().map(|events| trained.scores(events).unwrap());
        let [a, b] = scores.each_ref().map(|scores| scores.of("signal").unwrap());
        let ones = vec![1.0; 1500];
        let found = auc([a, b], [&ones, &ones]).unwrap().value;
        assert!(found > 0.99, "{found}");
        // Scores and log odds say the same.
        for (logit, score) in trained.log_odds(&fresh[1]).unwrap().iter().zip(b) {
            assert!((logit - (score / (1.0 - score)).ln()).abs() < 1e-9);
        }
        // Simulation against simulation closes.
        let control = |seed| of(Source::simulated(Process::Multijet).inside(JetRegion::Control), seed);
        let closure =
            trained.closure(&ClosureParams::default(), &control(8), &control(9), Seed::new(1)).unwrap();
        let pull = (closure.fresh.value - 0.5) / closure.fresh.null_sigma;
        assert!(pull.abs() < 4.0 && closure.scores.len() == 2, "{closure:?}");
        let text = serde_json::to_string(&trained).unwrap();
        assert_eq!(serde_json::from_str::<TrainedEventClassifier>(&text).unwrap(), trained);
    }

    #[test]
    fn the_score_knows_the_shares_of_the_backgrounds_and_not_the_signal_total() {
        let jets = jet_trees();
        let of = |source, seed, total: f64| {
            let generated = generator().events(source, 400, Seed::new(seed)).unwrap();
            let scores = jets.scores(&generated.jets().to_sample().unwrap()).unwrap();
            let ranges = (0..400).map(|event| generated.jets_of(event)).collect();
            let sample: Sample = generated.to_sample().unwrap().scaled_to(total).unwrap();
            ScoredEvents::new(scores, ranges, sample).unwrap()
        };
        let signal = |total| of(Source::simulated(Process::Signal), 1, total);
        let multijet = |total| of(Source::simulated(Process::Multijet), 2, total);
        let beam = |total| of(Source::data(Process::BeamInduced), 3, total);
        let params = few().check().unwrap();
        let log_odds = |signal: &ScoredEvents, shares: [f64; 2]| {
            let trained = params.fit(signal, &[&multijet(shares[0]), &beam(shares[1])]).unwrap();
            [multijet(1.0), beam(1.0)].map(|events| trained.log_odds(&events).unwrap())
        };
        let [multijet_mostly, other_total, beam_mostly] =
            [(400.0, [390.0, 10.0]), (7.0, [390.0, 10.0]), (400.0, [10.0, 390.0])]
                .map(|(total, shares)| log_odds(&signal(total), shares));
        let pairs = multijet_mostly.iter().flatten().zip(other_total.iter().flatten());
        assert!(pairs.into_iter().all(|(a, b)| (a - b).abs() < 1e-5));
        // What there is more of is less like signal.
        let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
        let [of_multijet, of_beam] = [0, 1].map(|b: usize| mean(&beam_mostly[b]) - mean(&multijet_mostly[b]));
        assert!(of_multijet > 0.1 && of_beam < -0.1, "{of_multijet}, {of_beam}");
    }

    #[test]
    fn bad_input_is_told() {
        let error = few().trees(BoostedTrees::params().depth(0)).check().unwrap_err().to_string();
        assert!(error.contains("depth"), "{error}");
        let jets = jet_trees();
        let signal = events(&jets, Source::simulated(Process::Signal), 20, 1);
        let params = few().check().unwrap();
        assert!(params.fit(&signal, &[]).unwrap_err().to_string().contains("backgrounds"));
        let other = few().veto("halo").check().unwrap();
        assert!(other.fit(&signal, &[&signal]).unwrap_err().to_string().contains("halo"));
        let columns = signal.scores().columns();
        let two = Scores::new(vec!["signal".into(), "beam-induced".into()], columns[1..].to_vec()).unwrap();
        let generated = generator().events(Source::simulated(Process::Signal), 20, Seed::new(1)).unwrap();
        let ranges = (0..20).map(|event| generated.jets_of(event)).collect();
        let two = ScoredEvents::new(two, ranges, generated.to_sample().unwrap()).unwrap();
        let error = params.fit(&signal, &[&signal, &two]).unwrap_err().to_string();
        assert!(error.contains("the classes of jets of background 2"), "{error}");
        let multijet = events(&jets, Source::simulated(Process::Multijet), 200, 2);
        let trained = params.fit(&signal, &[&multijet]).unwrap();
        assert!(trained.log_odds(&two).unwrap_err().to_string().contains("the features of events"));
    }
}
