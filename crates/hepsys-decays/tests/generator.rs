//! The generator through its public API: learnt, moved, written, resumed.

mod three_kaons;

use std::sync::Arc;

use hepsys_core::{Feature, Interrupt, Observer, Sample, Seed, Weights};
use hepsys_decays::DecaysError;
use hepsys_decays::generator::{
    GeneratorParams, GeneratorValidation, KinematicsGenerator, ModeSample, TransportParams, compare,
};
use hepsys_nn::{Device, NnError, Run, Schedule, Stopping, Training, TrainingParams, Watched};
use rand::RngExt;
use three_kaons::{Detector, modes, simulate};

fn run() -> Run {
    Run::on(Device::flex()).seed(42)
}

fn training(batch_size: usize, rate: f64, epochs: usize) -> TrainingParams {
    Training::params()
        .batch_size(batch_size)
        .learning_rate(Schedule::cosine(rate, 0.01 * rate, 10))
        .stopping(Stopping::after(epochs))
}

fn small(epochs: usize) -> GeneratorParams {
    KinematicsGenerator::params().couplings(4).hidden_layers([16]).training(training(256, 0.02, epochs))
}

/// Three of the ten modes.
fn simulated(detector: Detector, n_events: usize, name: &str) -> Vec<ModeSample> {
    let seed = Seed::new(3).named(name);
    modes().unwrap()[2..5].iter().map(|mode| simulate(mode, detector, n_events, seed)).collect()
}

/// One feature, uniform in a range, with these weights.
fn uniform(name: &str, range: [f64; 2], weight: impl Fn(f64) -> f64, n: usize) -> ModeSample {
    let mut stream = Seed::new(9).named(name).stream();
    let x: Vec<f64> = (0..n).map(|_| range[0] + (range[1] - range[0]) * stream.random::<f64>()).collect();
    let weights = Weights::new(x.iter().map(|x| weight(*x)).collect::<Vec<_>>()).unwrap();
    let sample =
        Sample::from_columns([(Feature::new("m", "GeV"), x)]).unwrap().with_weights(weights).unwrap();
    ModeSample::new(name, sample).unwrap()
}

#[test]
fn a_generator_learns_its_modes_and_moves_to_another_detector() {
    let fast = simulated(Detector::Fast, 2500, "train");
    let generator = small(10).check().unwrap().fit(&fast, &run()).unwrap();
    let validate = |generator: &KinematicsGenerator, detector| {
        let test = simulated(detector, 4000, "test");
        GeneratorValidation::new(generator, &test, 4000, Seed::new(8)).unwrap()
    };
    let learnt = validate(&generator, Detector::Fast);
    let before = validate(&generator, Detector::Detailed);
    let few = simulated(Detector::Detailed, 500, "few");
    let transport = TransportParams::default().training(training(256, 5e-3, 10)).check().unwrap();
    let moved = transport.fit(&generator, &few, &run().named("transport")).unwrap();
    let after = validate(&moved, Detector::Detailed);
    println!("{:.3} {:.3} {:.3}", learnt.mean(), before.mean(), after.mean());
    // 300 steps of a small flow reach .04; the detectors are .1 apart.
    assert!(learnt.mean() < 0.07, "{:.3}", learnt.mean());
    assert!(after.mean() < 0.75 * before.mean(), "{:.3} {:.3}", before.mean(), after.mean());
    assert_eq!(moved.histories().len(), 2);

    // A mode is told from the others by its density.
    let own = &fast[2];
    let mean = |mode: &str| {
        let densities = generator.log_density(own.sample(), mode).unwrap();
        densities.iter().sum::<f64>() / densities.len() as f64
    };
    assert!(fast[..2].iter().all(|other| mean(own.name()) > mean(other.name()) + 0.5));

    let page = compare("Transport", &[("before", &before), ("after", &after)]);
    assert_eq!(page.quantities().count(), 1);
    assert_eq!(learnt.summary().quantities().count(), 3);
}

#[test]
fn a_generator_in_a_file_draws_the_same_events_and_a_wrong_one_is_refused() {
    let modes = [uniform("low", [1.0, 2.0], |_| 1.0, 300), uniform("high", [3.0, 4.0], |_| 1.0, 300)];
    let generator = small(2).check().unwrap().fit(&modes, &run()).unwrap();
    let json = serde_json::to_string(&generator).unwrap();
    let read: KinematicsGenerator = serde_json::from_str(&json).unwrap();
    assert_eq!(read, generator);
    let draw = |generator: &KinematicsGenerator, seed| generator.sample("low", 50, Seed::new(seed)).unwrap();
    assert_eq!(draw(&read, 1), draw(&generator, 1));
    assert_ne!(draw(&read, 1), draw(&generator, 2));
    for (from, to) in [
        (r#""modes":["low","high"]"#, r#""modes":["low"]"#),
        (r#""modes":["low","high"]"#, r#""modes":["low","low"]"#),
        (r#""n_couplings":4"#, r#""n_couplings":3"#),
        (
            r#""features":[{"name":"m","unit":"GeV"}],"standardizer""#,
            r#""features":[{"name":"n","unit":"GeV"}],"standardizer""#,
        ),
    ] {
        let wrong = json.replace(from, to);
        assert_ne!(wrong, json, "{from}");
        assert!(serde_json::from_str::<KinematicsGenerator>(&wrong).is_err(), "{to}");
    }
}

#[test]
fn weights_count() {
    // Weights of x on (0, 1) have the mean 2/3.
    let flat = uniform("flat", [0.0, 1.0], |_| 0.02, 3000);
    let rising = uniform("rising", [0.0, 1.0], |x| 50.0 * x, 3000);
    let generator = small(10).check().unwrap().fit(&[flat, rising], &run()).unwrap();
    for (mode, expected) in [("flat", 0.5), ("rising", 2.0 / 3.0)] {
        let drawn = generator.sample(mode, 4000, Seed::new(1)).unwrap();
        let mean = drawn.column("m").unwrap().iter().sum::<f64>() / 4000.0;
        // 3000 and 4000 events of a deviation of .29, and a training that goes on for 240 steps.
        assert!((mean - expected).abs() < 0.03, "{mode}: {mean}");
    }
}

#[test]
fn a_density_is_one_per_unit_of_each_feature() {
    let gev = uniform("m", [1.0, 2.0], |_| 1.0, 300);
    let values = gev.sample().column("m").unwrap().iter().map(|m| 1000.0 * m).collect::<Vec<_>>();
    let sample = Sample::from_columns([(Feature::new("m", "MeV"), values)]).unwrap();
    let mev = ModeSample::new("m", sample).unwrap();
    let density = |mode: &ModeSample| {
        let generator = small(3).check().unwrap().fit(std::slice::from_ref(mode), &run()).unwrap();
        generator.log_density(mode.sample(), "m").unwrap()
    };
    for (a, b) in density(&gev).iter().zip(density(&mev)) {
        // Rounding of the scaled features in single precision.
        assert!((a - b - 1000_f64.ln()).abs() < 1e-3, "{a} {b}");
    }
}

/// Asks to stop after so many epochs.
struct Stops(u64, Interrupt);

impl Observer for Stops {
    fn started(&self, _task: &str, _total: u64) {}

    fn advanced(&self, _task: &str, done: u64, _message: &str) {
        if self.0 <= done {
            self.1.request();
        }
    }

    fn finished(&self, _task: &str) {}
}

#[test]
fn a_stopped_training_resumes_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    let modes = simulated(Detector::Fast, 400, "train");
    let watched =
        training(256, 0.02, 6).stopping(Stopping::after(6).patience(5, Watched::Validation).keeping_best());
    let params = small(6).training(watched).validation_fraction(0.2).check().unwrap();
    let whole = params.fit(&modes, &run()).unwrap();
    assert_eq!(whole.histories()[0].validation_losses().count(), 6);

    let file = folder.path().join("generator.checkpoint");
    let interrupt = Interrupt::new();
    let stopped = run().interrupted_by(interrupt.clone()).observed_by(Arc::new(Stops(2, interrupt)));
    assert!(matches!(params.fit_resumed(&modes, &stopped, &file), Err(DecaysError::Interrupted)));
    let resumed = params.fit_resumed(&modes, &run(), &file).unwrap();
    assert_eq!(resumed, whole);
    let error = params.fit_resumed(&modes[..2], &run(), &file).unwrap_err();
    assert!(matches!(error, DecaysError::Nn(NnError::Checkpoint { .. })), "{error}");

    let transport =
        |epochs| TransportParams::default().training(training(128, 0.01, epochs)).check().unwrap();
    let (few, file) = (simulated(Detector::Detailed, 200, "few"), folder.path().join("transport.checkpoint"));
    let at_once = transport(5).fit(&whole, &few, &run()).unwrap();
    transport(2).fit_resumed(&whole, &few, &run(), &file).unwrap();
    assert_eq!(transport(5).fit_resumed(&whole, &few, &run(), &file).unwrap(), at_once);
}

#[test]
fn what_does_not_fit_together_is_named() {
    let params = small(1).check().unwrap();
    let low = uniform("low", [1.0, 2.0], |_| 1.0, 20);
    let fit = |modes: &[ModeSample]| params.fit(modes, &run());
    assert_eq!(fit(&[]).unwrap_err().to_string(), "the modes must be one or more, got none");
    let error = fit(&[low.clone(), low.clone()]).unwrap_err().to_string();
    assert_eq!(error, "the sample of mode \"low\" is there twice");
    let other = Sample::from_columns([(Feature::new("m", "MeV"), vec![1.0, 2.0])]).unwrap();
    let error =
        fit(&[low.clone(), ModeSample::new("other", other.clone()).unwrap()]).unwrap_err().to_string();
    assert_eq!(
        error,
        "the sample of mode \"other\" has the feature \"m\" in the unit MeV, but mode \"low\" has it in GeV"
    );

    let generator = fit(&[low, uniform("high", [2.0, 3.0], |_| 1.0, 20)]).unwrap();
    let error = generator.sample("middle", 1, Seed::new(1)).unwrap_err().to_string();
    assert_eq!(error, "there is no mode \"middle\"; there are low, high");
    let error = generator.transport(&[uniform("middle", [1.0, 2.0], |_| 1.0, 20)], &run()).unwrap_err();
    assert_eq!(error.to_string(), "there is no mode \"middle\"; there are low, high");
    let error = generator.log_density(&other, "low").unwrap_err().to_string();
    assert_eq!(
        error,
        "the sample of mode \"low\" has the feature \"m\" in the unit MeV, but the generator has it in GeV"
    );
    let spread = uniform("low", [1.0, 1.0], |_| 1.0, 20);
    assert!(fit(&[spread]).unwrap_err().to_string().starts_with("feature \"m\" cannot be scaled"));
}
