//! From jets to events and to a limit.

use hepsys_adversarial::{
    Auc, Binning, Closure, ClosureCorrelation, ClosureParams, ClosureRatio, EfficiencyMap, EventClassifier,
    ExpectedLimit, LimitModel, MapAxis, ScoredEvents, Scores, Source as ClassSource, Template,
    TrainedEventClassifier, TrainedJetClassifier, Weights, auc, closure_ratios, score_template,
};
use hepsys_core::Seed;
use hepsys_sim::calorimeter_jets::{CalorimeterJets, JetEvents, JetRegion, Origin, Process, Source};
use serde::{Deserialize, Serialize};

use super::measure::ShownScore;
use super::sample::{CLASSES, generator, source};
use super::spec::CalratioSpec;
use super::tagger::Tagger;
use crate::ExperimentError;

/// How many generated multijet events, and simulated ones of the control region, are above each edge of the event score at least;
/// the first number is also the least of a bin.
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
    /// How many events of each process are expected.
    expected: [f64; 3],
    seed: Seed,
}

impl Maker<'_> {
    fn events(&self, source: Source, name: &str) -> Result<JetEvents, ExperimentError> {
        Ok(self.generator.events(source, self.n_events, self.seed.named(name))?)
    }

    /// Events with the scores of their jets, as many by their weights as are expected.
    fn scored(&self, source: Source, name: &str) -> Result<ScoredEvents, ExperimentError> {
        let events = self.events(source, name)?;
        let jets = events.jets().to_sample()?;
        let scores = match source.origin {
            Origin::Simulation => self.tagger.simulated_scores(&jets, name)?,
            Origin::Data => self.tagger.scores(&jets)?,
        };
        scored(scores, &events, self.expected[source.process.index()])
    }

    /// Events of each process.
    fn processes(&self, name: &str) -> Result<[ScoredEvents; 3], ExperimentError> {
        let [a, b, c] = Process::ALL.map(|process| self.scored(source(process), name));
        Ok([a?, b?, c?])
    }

    /// Simulation and data of the control region.
    fn control(&self) -> Result<[ScoredEvents; 2], ExperimentError> {
        let [simulation, data] = [Source::simulated(Process::Multijet), Source::data(Process::Multijet)]
            .map(|source| self.scored(source.inside(JetRegion::Control), "control"));
        Ok([simulation?, data?])
    }
}

/// Events with the scores of all their jets, which are worth so many.
pub(super) fn scored(
    scores: Scores,
    events: &JetEvents,
    expected: f64,
) -> Result<ScoredEvents, ExperimentError> {
    let jets = (0..events.n_events()).map(|event| events.jets_of(event)).collect();
    Ok(ScoredEvents::new(scores, jets, events.to_sample()?.scaled_to(expected)?)?)
}

/// Events with their log odds.
struct Judged {
    log_odds: Vec<f64>,
    weights: Weights,
}

impl Judged {
    fn new(trees: &TrainedEventClassifier, events: &ScoredEvents) -> Result<Self, ExperimentError> {
        Ok(Self { log_odds: trees.log_odds(events)?, weights: events.weights().clone() })
    }

    fn template(&self, name: &str, bins: &Binning) -> Result<Template, ExperimentError> {
        Ok(score_template(name, bins, &self.log_odds, &self.weights)?)
    }
}

impl Search {
    /// Trains trees on the scores that jets of some events have, and looks at others; `is_kept` says whether the search is to be
    /// preserved.
    pub(super) fn new(
        spec: &CalratioSpec,
        n_events: usize,
        tagger: &Tagger<'_>,
        seed: Seed,
        is_kept: bool,
    ) -> Result<Self, ExperimentError> {
        let (generator, expected) = (generator(&spec.sample)?, spec.search.expected);
        let maker = Maker { generator, tagger, n_events, expected, seed };
        let [signal, multijet, beam] = maker.processes("learn")?;
        let trees = EventClassifier::params().check()?.fit(&signal, &[&multijet, &beam])?;

        let [simulation, data] = maker.control()?;
        let seed = tagger.seed().named("events");
        let closure = trees.closure(&ClosureParams::default(), &simulation, &data, seed)?;
        let (simulation, data) = (Judged::new(&trees, &simulation)?, Judged::new(&trees, &data)?);

        let [signal, multijet, beam] = maker.processes("test")?.map(|tested| Judged::new(&trees, &tested));
        let tested = [signal?, multijet?, beam?];
        let bins = bins(&tested[1].log_odds, &simulation.log_odds)?;
        let [signal, multijet, beam] =
            [0, 1, 2].map(|process: usize| tested[process].template(CLASSES[process], &bins));
        let templates = [signal?, multijet?, beam?];
        let ratios = closure_ratios(
            &bins,
            (&simulation.log_odds, &simulation.weights),
            (&data.log_odds, &data.weights),
        )?;
        let unit = vec![1.0; n_events];
        let area =
            |background: usize| auc([&tested[background].log_odds, &tested[0].log_odds], [&unit, &unit]);
        let kept = match tagger.as_network().filter(|_| is_kept) {
            None => None,
            Some(jets) => Some(Kept::new(&maker, jets, &trees, &tested[0].log_odds)?),
        };
        Ok(Self {
            aucs: [area(1)?, area(2)?],
            closure,
            shown: ShownScore::of_log_odds(&simulation.log_odds, &data.log_odds),
            edges: bins.edges().to_vec(),
            limits: limits(templates.clone(), &ratios)?,
            yields: templates.map(|template| template.yields().to_vec()),
            ratios,
            kept,
        })
    }
}

/// The expected limit with the closure difference as an uncertainty, and without.
fn limits(
    [signal, multijet, beam]: [Template; 3],
    ratios: &[ClosureRatio],
) -> Result<[ExpectedLimit; 2], ExperimentError> {
    let perfect = LimitModel::new(signal)
        .background(multijet, ClassSource::Simulation)
        .background(beam, ClassSource::Data);
    let wrong = perfect.clone().closure(ratios.iter().copied(), ClosureCorrelation::default());
    Ok([wrong.check()?.expected_limit()?, perfect.check()?.expected_limit()?])
}

/// Bins with ever fewer events, each with enough of both for a ratio in the control region and for a yield of multijet background.
fn bins(multijet: &[f64], control: &[f64]) -> Result<Binning, ExperimentError> {
    let samples = [multijet, control].map(|scores| {
        let mut scores = scores.to_vec();
        scores.sort_by(|a, b| b.total_cmp(a));
        scores
    });
    let above = |edge: f64| samples.each_ref().map(|scores| scores.partition_point(|score| *score >= edge));
    let has_enough = |begin: [usize; 2], end: [usize; 2]| {
        begin.iter().zip(end).all(|(begin, end)| begin + EVENTS_ABOVE[0] <= end)
    };
    let all = samples.each_ref().map(Vec::len);
    let (mut edges, mut taken) = (vec![FAR], [0, 0]);
    for n in EVENTS_ABOVE {
        let [Some(a), Some(b)] = samples.each_ref().map(|scores| scores.get(n - 1)) else { break };
        let edge = a.min(*b);
        let found = above(edge);
        if edge.abs() < FAR && has_enough(taken, found) && has_enough(found, all) {
            edges.push(edge);
            taken = found;
        }
    }
    edges.push(-FAR);
    edges.reverse();
    Ok(Binning::new(edges)?)
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

    /// How many scores each bin has.
    fn counts(bins: &Binning, scores: &[f64]) -> Vec<usize> {
        let edges = bins.edges();
        let inside = |pair: &[f64]| scores.iter().filter(|s| pair[0] <= **s && **s < pair[1]).count();
        edges.windows(2).map(inside).collect()
    }

    #[test]
    fn bins_hold_what_a_ratio_needs() {
        let scores = |n: u32, shift: f64| {
            (0..n).map(|i| shift + 10.0 * f64::from(i) / f64::from(n)).collect::<Vec<_>>()
        };
        let (multijet, control) = (scores(1000, 0.0), scores(800, -1.0));
        let found = bins(&multijet, &control).unwrap();
        // 20, 60, 180 and 540 of 800; the fifth would need more than there are.
        assert_eq!(counts(&found, &control), [260, 360, 120, 40, 20]);
        assert!(counts(&found, &multijet).iter().all(|n| *n >= 20));
    }

    #[test]
    fn a_bin_with_too_little_of_one_sample_is_joined_with_the_next() {
        // Fifty equal scores of one and thirty of the other, and then nothing of the first for a while.
        let scores = |n_equal: u32, next: f64| {
            (0..1000).map(|i| if i < n_equal { 5.0 } else { next - 0.001 * f64::from(i) }).collect::<Vec<_>>()
        };
        let (multijet, control) = (scores(50, -1.0), scores(30, 3.0));
        let found = bins(&multijet, &control).unwrap();
        for sample in [&multijet, &control] {
            let counts = counts(&found, sample);
            assert!(counts.iter().all(|n| *n >= 20) && counts.iter().sum::<usize>() == 1000, "{counts:?}");
        }
    }

    #[test]
    fn equal_scores_and_few_events_make_one_bin() {
        assert_eq!(bins(&[1.0; 100], &[1.0; 100]).unwrap().n_bins(), 1);
        assert_eq!(bins(&[1.0; 5], &[1.0; 5]).unwrap().n_bins(), 1);
    }
}
