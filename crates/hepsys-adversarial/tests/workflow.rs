//! The method on the generator of displaced jets, through the public API.

use std::process::Command;
use std::time::{Duration, Instant};

use hepsys_adversarial::{
    AdversarialError, Adversary, Blocks, Checkpoint, Closure, ClosureParams, ControlRegion, Decorrelator,
    Device, Inputs, JetClassifier, JetClassifierParams, Reversal, Run, Sample, Seed, TrainedJetClassifier,
    TrainingSet, Weights,
};
use hepsys_sim::calorimeter_jets::{CalorimeterJets, JetRegion, Process, Source};

fn jets(source: Source, n: usize, seed: u64) -> Sample {
    let generator = CalorimeterJets::params().check().unwrap();
    generator.jets(source, n, Seed::new(seed)).unwrap().to_sample().unwrap()
}

fn training(n: usize) -> TrainingSet {
    TrainingSet::new()
        .simulated("signal", jets(Source::simulated(Process::Signal), n, 1))
        .simulated("multijet", jets(Source::simulated(Process::Multijet), n, 2))
        .measured("beam-induced", jets(Source::data(Process::BeamInduced), n, 3))
}

fn control(n: usize, seed: u64) -> ControlRegion {
    let [simulation, data] = [Source::simulated(Process::Multijet), Source::data(Process::Multijet)]
        .map(|source| jets(source.inside(JetRegion::Control), n, seed));
    ControlRegion::new("di-jet", simulation, data).unwrap()
}

fn run() -> Run {
    Run::on(Device::flex()).seed(5)
}

/// A classifier small enough for a test.
fn small(decorrelator: impl Into<Decorrelator>) -> JetClassifierParams {
    let params = JetClassifier::params().hidden_layers([24]).batch_size(128).epochs(2, 3);
    params.learning_rate(5e-3, 1e-3).decorrelate(decorrelator)
}

fn closure(classifier: &TrainedJetClassifier, region: &ControlRegion) -> Closure {
    let region = classifier.corrected_region(region, Seed::new(11)).unwrap();
    let scores = |sample: &Sample| classifier.scores(sample, &run()).unwrap();
    let (simulation, data) = (region.simulation(), region.data());
    Closure::test(
        &ClosureParams::default(),
        (&scores(simulation), simulation.weights()),
        (&scores(data), data.weights()),
        Seed::new(3),
    )
    .unwrap()
}

#[test]
fn the_generator_has_the_columns_of_the_inputs() {
    let sample = jets(Source::simulated(Process::Signal), 3, 1);
    for column in Inputs::calratio().columns() {
        assert!(sample.column(&column).is_ok(), "{column}");
    }
}

#[test]
fn a_naive_classifier_shows_the_difference_and_a_decorrelated_one_less() {
    let (training, control, fresh) = (training(1500), control(1500, 7), self::control(3000, 8));
    let fit = |decorrelator: Decorrelator| {
        let params = small(decorrelator).check().unwrap();
        closure(&params.fit(&training, Some(&control), &run()).unwrap(), &fresh)
    };
    let naive = fit(Decorrelator::None);
    assert!(naive.fresh.value > 0.56, "{:?}", naive.fresh);
    let removed = fit(Decorrelator::Remove(vec!["clus_time".into()]));
    assert!((removed.fresh.value - 0.5).abs() < 4.0 * removed.fresh.null_sigma, "{:?}", removed.fresh);
    for decorrelator in [Adversary::default().into(), Decorrelator::Correct(Blocks::cluster_time(15))] {
        let name = decorrelator.name();
        let closed = fit(decorrelator);
        assert!(
            closed.fresh.value < naive.fresh.value - 0.02,
            "{name}: {:?} {:?}",
            closed.fresh,
            naive.fresh
        );
        assert!(closed.largest_distance() < naive.largest_distance(), "{name}");
    }
}

#[test]
fn bad_input_is_told() {
    let params = small(Adversary::default()).check().unwrap();
    let error = |training: &TrainingSet, control: Option<&ControlRegion>| {
        params.fit(training, control, &run()).unwrap_err().to_string()
    };
    let (good, region) = (training(20), control(20, 1));
    assert!(error(&good, None).contains("adversary on log-scores needs a control region"));

    // A jet without clusters.
    let signal = jets(Source::simulated(Process::Signal), 5, 1);
    let columns =
        signal.schema().features().iter().cloned().zip(signal.columns()).map(|(feature, column)| {
            let mut column = column.to_vec();
            if feature.name().starts_with("clus") {
                column[3] = 0.0;
            }
            (feature, column)
        });
    let empty = Sample::from_columns(columns).unwrap();
    let set = TrainingSet::new().simulated("signal", empty).simulated("multijet", signal.clone());
    let message = error(&set, Some(&region));
    assert!(message.contains("event 3 of the sample \"signal\" has no clusters"), "{message}");

    // Weights of which none counts, and a time that is no number.
    let weightless = signal.clone().with_weights(Weights::new(vec![0.0; 5]).unwrap()).unwrap();
    let set =
        TrainingSet::new().simulated("signal", signal.clone()).measured("beam-induced", weightless.clone());
    assert!(error(&set, Some(&region)).contains("\"beam-induced\" needs events of a positive total weight"));
    let message = ControlRegion::new("di-jet", signal.clone(), weightless).unwrap_err().to_string();
    assert!(message.contains("di-jet, data"), "{message}");
    let columns =
        signal.schema().features().iter().cloned().zip(signal.columns()).map(|(feature, column)| {
            let mut column = column.to_vec();
            if feature.name() == "clus_time_2" {
                column[4] = f64::NAN;
            }
            (feature, column)
        });
    let message = Sample::from_columns(columns).unwrap_err().to_string();
    assert!(message.contains("clus_time_2") && message.contains('4'), "{message}");

    // Signal in the control region.
    let labelled = |label: f64| {
        let labels = vec![1.0, label, 1.0, 1.0, 1.0];
        signal.clone().with_column(hepsys_adversarial::Feature::new("class", "1"), labels).unwrap()
    };
    let region = |label| ControlRegion::new("di-jet", labelled(label), signal.clone()).unwrap();
    assert!(region(1.0).without_class("class", 0.0, "signal").is_ok());
    let message = region(0.0).without_class("class", 0.0, "signal").unwrap_err();
    assert!(matches!(message, AdversarialError::SignalInControl { first: 1, n_events: 1, .. }), "{message}");
}

/// The parameters of a training with a checkpoint, as text.
fn trained(path: &std::path::Path, decorrelator: Decorrelator) -> String {
    let params = small(decorrelator).epochs(2, 6).check().unwrap();
    let checkpoint = Checkpoint::every(1, path);
    let classifier = params.fit_from(&training(300), Some(&control(300, 7)), checkpoint, &run()).unwrap();
    serde_json::to_string(&classifier).unwrap()
}

fn adversary_or_reversal(reversal: bool) -> Decorrelator {
    if reversal { Decorrelator::GradientReversal(Reversal::default()) } else { Adversary::default().into() }
}

/// What the child of the next test does; without its variable it does nothing.
#[test]
fn child_that_trains_until_it_is_killed() {
    if let Ok(path) = std::env::var("HEPSYS_KILLED_TRAINING") {
        trained(path.as_ref(), adversary_or_reversal(path.ends_with("reversal")));
    }
}

#[test]
fn a_killed_training_goes_on_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["adversary", "reversal"] {
        let path = folder.path().join(name);
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["child_that_trains_until_it_is_killed", "--exact", "--test-threads=1"])
            .env("HEPSYS_KILLED_TRAINING", &path)
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let begin = Instant::now();
        while !path.exists() {
            assert!(begin.elapsed() < Duration::from_secs(120), "no epoch was written in two minutes");
            assert!(child.try_wait().unwrap().is_none(), "the child ended before its first epoch did");
            std::thread::sleep(Duration::from_millis(5));
        }
        child.kill().unwrap();
        assert!(!child.wait().unwrap().success(), "the child finished before it was killed");
        let is_reversal = name == "reversal";
        let resumed = trained(&path, adversary_or_reversal(is_reversal));
        let whole = trained(&folder.path().join(format!("whole {name}")), adversary_or_reversal(is_reversal));
        assert_eq!(resumed, whole, "{name}");
    }
}

#[test]
fn threads_change_no_bit() {
    let fit = || {
        let params =
            small(Decorrelator::Disco(hepsys_adversarial::Penalty::default())).epochs(0, 2).check().unwrap();
        serde_json::to_string(&params.fit(&training(200), Some(&control(200, 7)), &run()).unwrap()).unwrap()
    };
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap().install(fit);
    assert_eq!(fit(), one);
}
