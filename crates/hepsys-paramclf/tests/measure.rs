//! Measurements with observables that are no networks: cuts that move, planes of bins, toys that are interrupted.

mod common;

use std::sync::atomic::{AtomicUsize, Ordering};

use common::{Exact, knots, logit_edges, nuisance, values};
use hepsys_paramclf::rand::RngExt;
use hepsys_paramclf::{
    AwareCut, Discriminant, Feature, Fingerprint, Interrupt, Measurement, NuisanceParameter, Observed,
    ParamclfError, PseudoExperiments, Sample, ScoreBinning, Seed, Simulated, TemplateOptions, Templates, Toy,
    ToyData, TrainedNuisance, Weights, poisson,
};
use hepsys_sim::GaussianPair;

/// A peak at z over a flat background between 0 and 10.
fn peak(is_signal: bool, z: f64, n: usize, seed: Seed) -> Sample {
    let mut stream = seed.stream();
    let mut uniform = || stream.random::<f64>();
    let x: Vec<f64> = (0..n)
        .map(|_| {
            if is_signal {
                z + 0.3 * ((0..12).map(|_| uniform()).sum::<f64>() - 6.0)
            } else {
                10.0 * uniform()
            }
        })
        .collect();
    Sample::from_columns([(Feature::new("x", "GeV"), x)]).unwrap()
}

const EXPECTED: [f64; 2] = [100.0, 400.0];

fn simulate(z: f64, n: usize) -> Result<Simulated, ParamclfError> {
    let weighted = |is_signal: bool, name: &str, expected: f64| -> Result<Sample, ParamclfError> {
        let sample = peak(is_signal, z, n, Seed::new(3).named(name));
        Ok(sample.with_weights(Weights::uniform(expected / n as f64, n)?)?)
    };
    Ok(Simulated {
        signal: weighted(true, "signal", EXPECTED[0])?,
        background: weighted(false, "background", EXPECTED[1])?,
    })
}

fn position() -> TrainedNuisance {
    TrainedNuisance::new(&NuisanceParameter::gaussian("position", 0.2).unwrap(), 5.0).unwrap()
}

/// Below, on, and above the peak, wherever it is assumed to be.
fn two_cuts() -> [AwareCut<impl Fn(f64) -> f64 + Send + Sync>; 2] {
    [-0.6, 0.6].map(|side| AwareCut::new("x", move |z: f64| z + side))
}

fn passing() -> ScoreBinning {
    ScoreBinning::new([0.0, 0.5, 1.0]).unwrap()
}

fn measurement(discriminant: &Discriminant<'_>) -> Measurement {
    let simulation = |z: f64| simulate(z, 40_000);
    let templates = Templates::new(
        &position(),
        discriminant,
        &simulation,
        &values(4.0, 6.0, 21),
        TemplateOptions::default(),
    );
    Measurement::params().grid_points(21).check(&templates.unwrap()).unwrap()
}

#[test]
fn cuts_that_move_measure_a_peak_and_where_it_is() {
    let [lower, upper] = two_cuts();
    let discriminant = Discriminant::new(&lower, passing()).and(&upper, passing());
    let measurement = measurement(&discriminant);
    let data = simulate(5.3, 40_000).unwrap();
    let data = data.signal.concat(&data.background).unwrap();
    let observed = Observed::of(&discriminant, &data).unwrap().measured(5.3);
    let found = measurement.fit(&observed).unwrap();
    // The window holds 95 % of the peak and 12 % of the background, and the rest constrains the background.
    assert!((found.mu - 1.0).abs() < 0.05, "{found:?}");
    assert!((found.z - 5.3).abs() < 0.05, "{found:?}");
    let half = found.half_width().unwrap();
    assert!(half > 0.1 && half < 0.2, "{half}");
}

#[test]
fn counts_in_steps_are_made_once_for_each() {
    let calls = AtomicUsize::new(0);
    let counts = |z: f64| {
        calls.fetch_add(1, Ordering::Relaxed);
        vec![z]
    };
    let observed = Observed::moving(counts).in_steps_of(0.25).unwrap();
    for z in [0.1, 0.12, -0.1, 0.13, 0.3] {
        assert_eq!(observed.counts(z), [(4.0_f64 * z).round() / 4.0]);
    }
    // Multiples 0 (also as minus zero) and 0.25.
    assert!(calls.load(Ordering::Relaxed) <= 3);
    assert!(Observed::moving(|z| vec![z]).in_steps_of(0.0).is_err());
    assert!(!Observed::fixed(vec![1.0]).in_steps_of(1.0).unwrap().moves());
}

/// A toy of Poisson numbers of events, with a measurement of z that is off by chance.
fn draw(toy: &Toy) -> Result<ToyData, ParamclfError> {
    let [signal, background] = EXPECTED.map(|mean| poisson(mean, &mut toy.stream(&format!("{mean}"))));
    let signal = peak(true, 5.1, signal?, toy.seed().named("signal"));
    let data = signal.concat(&peak(false, 5.1, background?, toy.seed().named("background")))?;
    let mut stream = toy.stream("measurement");
    let off = (0..12).map(|_| stream.random::<f64>()).sum::<f64>() - 6.0;
    Ok(ToyData { data, measured: 5.1 + 0.2 * off })
}

#[test]
fn a_coverage_study_that_was_stopped_ends_where_it_would_have_ended() {
    let [lower, upper] = two_cuts();
    let discriminant = Discriminant::new(&lower, passing()).and(&upper, passing());
    let measurement = measurement(&discriminant);
    let toys = || PseudoExperiments::new("toys").toys(60).seed(Seed::new(1));
    let whole = measurement.coverage(&discriminant, 1.0, 0.01, &toys(), draw).unwrap();

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("toys.jsonl");
    let fingerprint = Fingerprint::of(&"coverage").unwrap();
    let interrupt = Interrupt::new();
    let stopped = toys().resume_from(&file, &fingerprint).interrupted_by(interrupt.clone());
    let stop_amid = |toy: &Toy| {
        if toy.index() == 20 {
            interrupt.request();
        }
        draw(toy)
    };
    let error = measurement.coverage(&discriminant, 1.0, 0.01, &stopped, stop_amid).unwrap_err();
    assert!(matches!(error, ParamclfError::Toys(_)), "{error}");
    let resumed = toys().resume_from(&file, &fingerprint);
    assert_eq!(measurement.coverage(&discriminant, 1.0, 0.01, &resumed, draw).unwrap(), whole);

    let (part, (low, high)) = whole.coverage().unwrap();
    // Four standard deviations of sixty toys around 0.68, and the spread that the intervals promise.
    assert!((part - 0.683).abs() < 0.24 && low < part && part < high, "{part}");
    assert!(whole.bias().unwrap().value.abs() < 0.1, "{:?}", whole.bias());
    let promised = whole.mean_half_width().unwrap().value;
    assert!((whole.spread().unwrap() / promised - 1.0).abs() < 0.4, "{promised}");
}

#[test]
fn the_contour_of_one_ends_where_the_intervals_do() {
    let toy = GaussianPair::rotation();
    let exact = Exact::aware(&toy, &logit_edges(&ScoreBinning::logit(20, 8.0).unwrap()));
    let measurement = exact.measurement(&toy, &knots(), Measurement::params());
    let observed = exact.asimov(1.0, 0.9);
    let found = measurement.fit(&observed).unwrap();
    let plane = measurement.plane(&observed, &values(0.85, 1.15, 31), &values(0.8, 1.0, 31)).unwrap();
    let points: Vec<(f64, f64)> =
        plane.contours(1.0).into_iter().flat_map(|contour| contour.points).collect();
    let largest = |f: fn(&(f64, f64)) -> f64| points.iter().map(f).fold(f64::MIN, f64::max);
    let smallest = |f: fn(&(f64, f64)) -> f64| points.iter().map(f).fold(f64::MAX, f64::min);
    // A third of the distance of two points.
    assert!((largest(|p| p.0) - found.mu_high.unwrap()).abs() < 3e-3);
    assert!((smallest(|p| p.0) - found.mu_low.unwrap()).abs() < 3e-3);
    assert!((largest(|p| p.1) - found.z_high.unwrap()).abs() < 2e-3);
    assert!((smallest(|p| p.1) - found.z_low.unwrap()).abs() < 2e-3);
    let frozen = Exact::frozen(
        &toy,
        hepsys_sim::ExactScore::Frozen { z: 0.3 },
        &[-30.0, -4.0, -1.0, 0.0, 1.0, 4.0, 30.0],
    );
    let measurement = frozen.measurement(&toy, &knots(), Measurement::params());
    let plane =
        measurement.plane(&frozen.asimov(1.0, 0.9), &values(0.7, 1.3, 9), &values(0.88, 0.92, 9)).unwrap();
    assert!(plane.failed().next().is_none());
    assert_eq!(nuisance(&toy).nominal(), toy.nominal());
}
