//! From jets to events and to a limit.

use hepsys_adversarial::{
    Auc, Binning, Closure, ClosureCorrelation, ClosureParams, ClosureRatio, EfficiencyMap, EventClassifier,
    ExpectedLimit, LimitModel, MapAxis, ScoredEvents, Source as Origin, Template, TrainedEventClassifier,
    TrainedJetClassifier, Weights, auc, closure_ratios, score_template,
};
use hepsys_core::Seed;
use hepsys_sim::calorimeter_jets::{CalorimeterJets, JetEvents, JetRegion, Process, Source};
use serde::{Deserialize, Serialize};

use super::measure::ShownScore;
use super::sample::{CLASSES, generator, source};
use super::spec::CalratioSpec;
use super::tagger::Tagger;
use crate::ExperimentError;

/// How many generated multijet events, and simulated ones of the control region, are above each edge of the event score at least.
const EVENTS_ABOVE: [usize; 5] = [20, 60, 180, 540, 1620];

/// The ends of the outer bins of log odds.
const FAR: f64 = 60.0;

/// Where efficiency maps cut: the fraction of the signal below.
const MAP_BELOW: f64 = 0.3;

/// A search with the scores of jets.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Search {
    /// How the event score tells signal from each background.
    pub(super) aucs: [Auc; 2],
    /// The event score of the control region's events.
    pub(super) closure: Closure,
    /// Its log odds there.
    pub(super) shown: ShownScore,
    /// The edges of its bins.
    pub(super) edges: Vec<f64>,
    /// Expected events of signal, multijet and beam-induced background in them.
    pub(super) yields: [Vec<f64>; 3],
    /// Data over simulation in them.
    pub(super) ratios: Vec<ClosureRatio>,
    /// The expected limit, and the one that a perfect simulation would have.
    pub(super) limits: [ExpectedLimit; 2],
    /// What is preserved of it; trees of jets are not.
    pub(super) kept: Option<Kept>,
}

/// A search for others to use.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) jets: TrainedJetClassifier,
    pub(super) events: TrainedEventClassifier,
    /// The efficiency map, as a table.
    pub(super) map: String,
    /// The log odds above which events pass in it.
    pub(super) cut: f64,
}

/// Makes events and scores their jets.
struct Maker<'a> {
    generator: CalorimeterJets,
    tagger: &'a Tagger<'a>,
    n_events: usize,
    seed: Seed,
}

impl Maker<'_> {
    fn events(&self, source: Source, name: &str) -> Result<JetEvents, ExperimentError> {
        Ok(self.generator.events(source, self.n_events, self.seed.named(name))?)
    }

    fn scored(&self, source: Source, name: &str) -> Result<ScoredEvents, ExperimentError> {
        scored(self.tagger, &self.events(source, name)?)
    }

    /// Events of each process.
    fn processes(&self, name: &str) -> Result<[ScoredEvents; 3], ExperimentError> {
        let [a, b, c] = Process::ALL.map(|process| self.scored(source(process), name));
        Ok([a?, b?, c?])
    }
}

/// Events with the scores of their jets.
pub(super) fn scored(tagger: &Tagger<'_>, events: &JetEvents) -> Result<ScoredEvents, ExperimentError> {
    let scores = tagger.scores(&events.jets().to_sample()?)?;
    let jets = (0..events.n_events()).map(|event| events.jets_of(event)).collect();
    Ok(ScoredEvents::new(scores, jets, events.to_sample()?)?)
}

impl Search {
    pub(super) fn new(
        spec: &CalratioSpec,
        n_events: usize,
        tagger: &Tagger<'_>,
        seed: Seed,
    ) -> Result<Self, ExperimentError> {
        let maker = Maker { generator: generator(&spec.sample)?, tagger, n_events, seed };
        let [signal, multijet, beam] = maker.processes("learn")?;
        let events = EventClassifier::params().check()?.fit(&signal, &[&multijet, &beam])?;
        let control = |source: Source| maker.scored(source.inside(JetRegion::Control), "control");
        let simulation = control(Source::simulated(Process::Multijet))?;
        let data = control(Source::data(Process::Multijet))?;
        let closure =
            events.closure(&ClosureParams::default(), &simulation, &data, tagger.seed().named("events"))?;
        let tested = maker.processes("test")?;
        let [signal, multijet, beam] = tested.each_ref().map(|tested| events.log_odds(tested));
        let tested = [signal?, multijet?, beam?];
        let [simulation, data] = [&simulation, &data].map(|events_of| events.log_odds(events_of));
        let control = [simulation?, data?];
        let bins = bins(&tested[1], &control[0])?;
        let weights = Weights::unit(n_events);
        let ratios = closure_ratios(&bins, (&control[0], &weights), (&control[1], &weights))?;
        let templates = templates(&tested, spec.search.expected, &bins)?;
        let [signal, multijet, beam] = templates.clone();
        let perfect =
            LimitModel::new(signal).background(multijet, Origin::Simulation).background(beam, Origin::Data);
        let wrong = perfect.clone().closure(ratios.clone(), ClosureCorrelation::default());
        let unit = vec![1.0; n_events];
        let area = |background: usize| auc([&tested[background], &tested[0]], [&unit, &unit]);
        let kept = match tagger.as_network() {
            None => None,
            Some(jets) => Some(Kept::new(&maker, jets, &events, &tested[0])?),
        };
        Ok(Self {
            aucs: [area(1)?, area(2)?],
            closure,
            shown: ShownScore::of_log_odds(&control[0], &control[1]),
            yields: templates.map(|template| template.yields().to_vec()),
            edges: bins.edges().to_vec(),
            ratios,
            limits: [wrong.check()?.expected_limit()?, perfect.check()?.expected_limit()?],
            kept,
        })
    }
}

/// Bins with ever fewer events, but enough of both for a ratio in the control region and for a yield of multijet background.
fn bins(multijet: &[f64], control: &[f64]) -> Result<Binning, ExperimentError> {
    let [multijet, control] = [multijet, control].map(|scores| {
        let mut scores = scores.to_vec();
        scores.sort_by(|a, b| b.total_cmp(a));
        scores
    });
    let edge = |n: usize| Some(multijet.get(n)?.min(*control.get(n)?));
    let mut edges: Vec<f64> = EVENTS_ABOVE.into_iter().filter_map(edge).collect();
    edges.retain(|edge| edge.abs() < FAR);
    edges.extend([-FAR, FAR]);
    edges.sort_by(f64::total_cmp);
    edges.dedup();
    Ok(Binning::new(edges)?)
}

/// What is expected of each process in the bins.
fn templates(
    tested: &[Vec<f64>; 3],
    expected: [f64; 3],
    bins: &Binning,
) -> Result<[Template; 3], ExperimentError> {
    let [signal, multijet, beam] = [0, 1, 2].map(|process: usize| {
        let scores = &tested[process];
        let weights = Weights::uniform(expected[process] / scores.len() as f64, scores.len())?;
        Ok::<_, ExperimentError>(score_template(CLASSES[process], bins, scores, &weights)?)
    });
    Ok([signal?, multijet?, beam?])
}

impl Kept {
    fn new(
        maker: &Maker<'_>,
        jets: &TrainedJetClassifier,
        events: &TrainedEventClassifier,
        signal: &[f64],
    ) -> Result<Self, ExperimentError> {
        let mut sorted = signal.to_vec();
        sorted.sort_by(f64::total_cmp);
        let cut = sorted[(MAP_BELOW * sorted.len() as f64) as usize];
        let modes = maker.generator.decay_modes().iter().map(|mode| mode.name.clone()).collect::<Vec<_>>();
        let mut map = EfficiencyMap::of_two([
            MapAxis::bins("pt", "GeV", Binning::new([40.0, 80.0, 140.0, 501.0])?)?,
            MapAxis::bins("abs_eta", "1", Binning::new([0.0, 1.4, 2.5])?)?,
            MapAxis::categories("decay_mode", modes)?,
        ])?;
        let truth = maker.events(source(Process::Signal), "test")?.decays()?;
        let passes: Vec<bool> = signal.iter().map(|logit| *logit > cut).collect();
        map.fill(&truth, &passes)?;
        Ok(Self { jets: jets.clone(), events: events.clone(), map: map.to_csv(), cut })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_hold_what_a_ratio_needs() {
        let scores =
            |n: usize, shift: f64| (0..n).map(|i| shift + 10.0 * i as f64 / n as f64).collect::<Vec<_>>();
        let (multijet, control) = (scores(1000, 0.0), scores(800, -1.0));
        let found = bins(&multijet, &control).unwrap();
        // 20, 60, 180 and 540 of 800; the fifth would need more than there are.
        assert_eq!(found.n_bins(), 5);
        let above = |scores: &[f64], edge: f64| scores.iter().filter(|score| **score > edge).count();
        for (edge, n) in found.edges()[1..5].iter().rev().zip(EVENTS_ABOVE) {
            assert!(above(&multijet, *edge) >= n && above(&control, *edge) == n, "{edge}: {n}");
        }
        let [lowest, highest] = [found.edges()[0], found.edges()[5]];
        assert_eq!((lowest, highest), (-FAR, FAR));
    }

    #[test]
    fn equal_scores_and_few_events_make_one_bin_less() {
        assert_eq!(bins(&[1.0; 100], &[1.0; 100]).unwrap().n_bins(), 2);
        assert_eq!(bins(&[1.0; 5], &[1.0; 5]).unwrap().n_bins(), 1);
    }
}
