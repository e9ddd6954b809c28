//! Where a fit or a test could give a number that is none.

use std::path::Path;

use hepsys_stats::fit::{FitError, Fitter};
use hepsys_stats::histfactory::{AuxiliaryDensity, BinnedLikelihood, Data, Model};
use hepsys_stats::hypothesis::{Asymptotic, LimitError, Statistic, TestStatistics};
use hepsys_stats::workspace::{Channel, Interpolation, Modifier, ParameterConfig, Sample, Workspace};
use hepsys_stats::{Likelihood, Measurements, Parameter};

/// `n` counts where `s` μ + `b` are expected, with μ between two bounds.
fn count(n: f64, s: f64, b: f64, bounds: (f64, f64)) -> (Model, Data) {
    let signal = Sample::new("signal", [s]).modifier(Modifier::normfactor("mu"));
    let region = Channel::new("region").sample(signal).sample(Sample::new("background", [b]));
    Workspace::new("count", "mu")
        .channel(region, [n])
        .parameter(&ParameterConfig::new("mu").within(bounds.0, bounds.1))
        .model(None, Interpolation::default())
        .unwrap()
}

#[test]
fn a_deeper_place_is_told_and_no_ratio_of_zero() {
    // The best value stands at its upper bound, and the likelihood still rises beyond.
    let (model, data) = count(90.0, 5.0, 4.0, (0.0, 10.0));
    let likelihood = BinnedLikelihood::new(&model, data);
    let statistics = TestStatistics::new(&likelihood, Fitter::default(), 0);
    assert!(matches!(statistics.at(Statistic::TwoSided, 12.0), Err(FitError::Deeper { .. })));
    let calculator = Asymptotic::new(&likelihood, Fitter::default(), 0).unwrap();
    let limit = calculator.limit(0.95, 100.0).observed;
    assert!(matches!(limit, Err(LimitError::Fit(FitError::Deeper { .. }))), "{limit:?}");

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets/stats/pyhf_coupled_histosys.json");
    // A crate that is built from its tarball stands alone.
    let Ok(text) = std::fs::read_to_string(path) else { return };
    let (model, data) = Workspace::parse(&text).unwrap().model(None, Interpolation::default()).unwrap();
    let likelihood = BinnedLikelihood::new(&model, data);
    let poi = model.poi().unwrap();
    // One start ends in the higher of two minima.
    let statistics = TestStatistics::new(&likelihood, Fitter::default(), poi);
    assert!(2.0 * statistics.best().nll > 28.0);
    assert!(matches!(statistics.at(Statistic::TwoSided, 0.4), Err(FitError::Deeper { .. })));
}

#[test]
fn without_sensitivity_data_say_nothing() {
    let (model, data) = count(45.0, 1.0, 50.0, (0.0, 10.0));
    let likelihood = BinnedLikelihood::new(&model, data);
    let calculator = Asymptotic::new(&likelihood, Fitter::default(), 0).unwrap();
    for mu in [1e-12, 1e-9, 1e-7, 1e-5] {
        let cls = calculator.cls(mu).unwrap();
        assert!(cls.observed > 0.999 && cls.observed <= 1.0, "{mu}: {cls:?}");
        assert!(cls.expected.iter().all(|level| (0.99..=1.0).contains(level)), "{mu}: {cls:?}");
    }
}

#[test]
fn minos_ends_before_what_is_impossible_and_refuses_what_is_fixed() {
    // −2Δln L = 2(μ − 1 − ln μ) is one at 0.3017 and 2.3577; below zero nothing can be expected.
    let (model, data) = count(1.0, 1.0, 0.0, (-10.0, 10.0));
    let likelihood = BinnedLikelihood::new(&model, data);
    let fitter = Fitter::default();
    let fit = fitter.fit(&likelihood);
    let minos = fitter.minos(&likelihood, &fit, 0).unwrap();
    let rise = |mu: f64| 2.0 * (mu - 1.0 - mu.ln());
    for side in [minos.up, minos.down] {
        assert!((rise(1.0 + side.unwrap()) - 1.0).abs() < 1e-6, "{minos:?}");
    }
    let fixed = fitter.fix(0, 0.5);
    let fit = fixed.fit(&likelihood);
    assert_eq!(fixed.minos(&likelihood, &fit, 0), Err(FitError::Fixed("mu".into())));
    assert_eq!(fixed.minos(&likelihood, &fit, 7), Err(FitError::NoParameter { index: 7, n: 1 }));
    assert!(matches!(Asymptotic::new(&likelihood, Fitter::default(), 7), Err(FitError::NoParameter { .. })));
}

#[test]
fn widths_are_those_of_what_was_measured() {
    let mass = AuxiliaryDensity::LogNormal { sigma: 0.02 };
    let measured = Measurements::new().and(Parameter::free("mass", 91.0), mass, 91.0).unwrap();
    let fit = Fitter::default().fit(&measured);
    let (width, error) = (measured.parameters()[0].width.unwrap(), fit.hesse_errors().unwrap()[0]);
    assert!((width - 1.82).abs() < 1e-12 && (error / width - 1.0).abs() < 1e-9, "{width} {error}");

    // 400 counts where τ = 100: γ = 4 ± 0.2.
    let (model, data) = count(50.0, 10.0, 40.0, (0.0, 10.0));
    let counted = AuxiliaryDensity::Poisson { tau: 100.0 };
    let (model, _) = model.constrained(&data, "mu", counted, 400.0).unwrap();
    assert_eq!(model.parameters()[0].width, Some(0.2));
}

#[test]
fn limits_do_not_depend_on_how_far_is_searched() {
    let (model, data) = count(1e4, 1e6, 1e4, (0.0, 10.0));
    let likelihood = BinnedLikelihood::new(&model, data);
    let calculator = Asymptotic::new(&likelihood, Fitter::default(), 0).unwrap();
    let limit = |highest: f64| calculator.limit(0.95, highest).observed.unwrap();
    for highest in [1e-3, 100.0, 1e6] {
        assert!((limit(highest) / limit(1.0) - 1.0).abs() < 1e-8, "{highest}");
    }
    for (confidence, highest) in [(95.0, 1.0), (0.0, 1.0), (f64::NAN, 1.0), (0.95, 0.0), (0.95, f64::NAN)] {
        let refused = calculator.limit(confidence, highest).observed;
        assert!(matches!(refused, Err(LimitError::BadArgument { .. })), "{confidence} {highest}");
    }
}
