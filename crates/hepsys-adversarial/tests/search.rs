//! A whole search on the generator of displaced jets: from jets to a limit, through the public API.

use hepsys_adversarial::trees::BoostedTrees;
use hepsys_adversarial::{
    Binning, Closure, ClosureCorrelation, ClosureParams, EfficiencyMap, EventClassifier, JetFeatures,
    JetTrees, LimitModel, MapAxis, Sample, ScoredEvents, Seed, Source as From, TrainedJetTrees, TrainingSet,
    Weights, closure_ratios, score_slices, score_template,
};
use hepsys_sim::calorimeter_jets::{CalorimeterJets, JetEvents, JetRegion, Process, Source};

fn generator() -> CalorimeterJets {
    CalorimeterJets::params().check().unwrap()
}

fn jets(source: Source, n: usize, seed: u64) -> Sample {
    generator().jets(source, n, Seed::new(seed)).unwrap().to_sample().unwrap()
}

fn jet_trees(features: JetFeatures) -> TrainedJetTrees {
    let training = TrainingSet::new()
        .simulated("signal", jets(Source::simulated(Process::Signal), 2000, 1))
        .simulated("multijet", jets(Source::simulated(Process::Multijet), 2000, 2))
        .measured("beam-induced", jets(Source::data(Process::BeamInduced), 2000, 3));
    let trees = BoostedTrees::params().n_trees(40).depth(4);
    JetTrees::params().features(features).trees(trees).check().unwrap().fit(&training).unwrap()
}

fn scored(jets: &TrainedJetTrees, events: &JetEvents) -> ScoredEvents {
    let ranges = (0..events.n_events()).map(|event| events.jets_of(event)).collect();
    let scores = jets.scores(&events.jets().to_sample().unwrap()).unwrap();
    ScoredEvents::new(scores, ranges, events.to_sample().unwrap()).unwrap()
}

#[test]
fn a_search_goes_from_jets_to_a_limit_and_an_efficiency_map() {
    let jets = jet_trees(JetFeatures::calratio());
    let make = |source: Source, n, seed| generator().events(source, n, Seed::new(seed)).unwrap();
    let of = |source, n, seed| scored(&jets, &make(source, n, seed));
    let (signal, multijet, beam) = (
        of(Source::simulated(Process::Signal), 2000, 1),
        of(Source::simulated(Process::Multijet), 3000, 2),
        of(Source::data(Process::BeamInduced), 2000, 3),
    );
    let trees = BoostedTrees::params().n_trees(40).depth(3);
    let params = EventClassifier::params().trees(trees).check().unwrap();
    let events = params.fit(&signal, &[&multijet, &beam]).unwrap();

    // Other events than those of training, at the yields that are expected.
    let tested = make(Source::simulated(Process::Signal), 2000, 11);
    let signal = scored(&jets, &tested);
    let (multijet, beam) = (
        of(Source::simulated(Process::Multijet), 3000, 12),
        of(Source::data(Process::BeamInduced), 2000, 13),
    );
    let log_odds = |events_of: &ScoredEvents| events.log_odds(events_of).unwrap();
    let bins = Binning::new([-8.0, -1.0, 1.0, 8.0]).unwrap();
    let template = |name: &str, of: &ScoredEvents, expected: f64| {
        let weights = Weights::uniform(expected / of.n_events() as f64, of.n_events()).unwrap();
        score_template(name, &bins, &log_odds(of), &weights).unwrap()
    };
    let control = |source: Source, seed| of(source.inside(JetRegion::Control), 4000, seed);
    let [simulation, data] =
        [control(Source::simulated(Process::Multijet), 21), control(Source::data(Process::Multijet), 22)];
    let closure = events.closure(&ClosureParams::default(), &simulation, &data, Seed::new(1)).unwrap();
    assert!(closure.largest_distance() > 0.02, "{closure:?}");
    let unit = Weights::unit(4000);
    let ratios = closure_ratios(&bins, (&log_odds(&simulation), &unit), (&log_odds(&data), &unit)).unwrap();
    let limit = |with_closure: bool| {
        let model = LimitModel::new(template("signal", &signal, 20.0))
            .background(template("multijet", &multijet, 3e4), From::Simulation)
            .background(template("beam-induced", &beam, 500.0), From::Data);
        let model =
            if with_closure { model.closure(ratios.clone(), ClosureCorrelation::Bins) } else { model };
        model.check().unwrap().expected_limit().unwrap()
    };
    let (without, with) = (limit(false), limit(true));
    assert!(without.median > 0.0 && with.median > without.median, "{without:?} {with:?}");
    assert!(with.gain_over(&without) < 0.0);

    // What a preserved search would give away.
    let truth = tested.decays().unwrap();
    let passes: Vec<bool> = log_odds(&signal).iter().map(|logit| *logit > 1.0).collect();
    let modes = generator().decay_modes().iter().map(|mode| mode.name.clone()).collect::<Vec<_>>();
    let mut map = EfficiencyMap::of_two([
        MapAxis::bins("pt", "GeV", Binning::new([40.0, 90.0, 500.0]).unwrap()).unwrap(),
        MapAxis::bins("abs_eta", "1", Binning::new([0.0, 1.4, 2.4]).unwrap()).unwrap(),
        MapAxis::categories("decay_mode", modes).unwrap(),
    ])
    .unwrap();
    assert_eq!(map.fill(&truth, &passes).unwrap(), 0.0);
    let expected = map.expected_yield(&truth).unwrap();
    let n_passing = passes.iter().filter(|passes| **passes).count() as f64;
    assert!((expected.value / n_passing - 1.0).abs() < 1e-9, "{expected:?}");
}

#[test]
fn slices_of_a_score_see_the_times_and_trees_without_them_close() {
    let region = |source: Source, seed| jets(source.inside(JetRegion::Control), 5000, seed);
    let [simulation, data] =
        [region(Source::simulated(Process::Multijet), 31), region(Source::data(Process::Multijet), 32)];
    let without = jet_trees(JetFeatures::calratio().without_time());
    let scores = [&simulation, &data].map(|sample| without.scores(sample).unwrap());
    let closure = Closure::test(
        &ClosureParams::default(),
        (&scores[0], simulation.weights()),
        (&scores[1], data.weights()),
        Seed::new(1),
    )
    .unwrap();
    let pull = (closure.fresh.value - 0.5) / closure.fresh.null_sigma;
    assert!(pull.abs() < 4.0, "{:?}", closure.fresh);
    let features = [&simulation, &data].map(|sample| JetFeatures::calratio().of(sample).unwrap());
    let of = |kind: usize| (scores[kind].of("signal").unwrap(), &features[kind]);
    let slices = score_slices(3, of(0), of(1)).unwrap();
    for slice in slices {
        for input in &slice.inputs {
            let is_time = input.feature.starts_with("time");
            if is_time && input.feature != "time_width" {
                assert!(input.distance > 0.1, "{input:?}");
            } else if !is_time {
                assert!(input.corrected > 1e-3, "{input:?}");
            }
        }
    }
}
