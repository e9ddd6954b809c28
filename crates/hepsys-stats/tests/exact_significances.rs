//! Significances that have closed forms, from models built in code.

use hepsys_stats::fit::Fitter;
use hepsys_stats::histfactory::{BinnedLikelihood, Data, Model};
use hepsys_stats::hypothesis::Asymptotic;
use hepsys_stats::workspace::{Channel, Interpolation, Modifier, Sample, Workspace};

fn signal(yields: f64) -> Sample {
    Sample::new("signal", [yields]).modifier(Modifier::normfactor("mu"))
}

fn model(background: Sample, s: f64, n: f64) -> (Model, Data) {
    let region = Channel::new("signal region").sample(signal(s)).sample(background);
    let workspace = Workspace::new("search", "mu").channel(region, [n]);
    workspace.model(None, Interpolation::default()).unwrap()
}

fn q0((model, data): &(Model, Data)) -> f64 {
    let likelihood = BinnedLikelihood::new(model, data.clone());
    let asymptotic = Asymptotic::new(&likelihood, Fitter::default(), model.poi().unwrap()).unwrap();
    asymptotic.q0().unwrap()
}

/// The values are rounded to ten digits or more behind the point.
fn assert_close(what: &str, found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-10, "{what}: {found}, expected {expected}");
}

#[test]
fn counts_over_a_known_background_match() {
    let background = |b: f64| Sample::new("background", [b]);
    // The Asimov significance of Eq. 97 in arXiv:1007.1727.
    for (s, b, z) in [(10.0, 100.0, 0.983_991_644_756_9), (5.0, 1.0, 3.391_329_183_482_0)] {
        assert_close("Z", q0(&model(background(b), s, s + b)).sqrt(), z);
        assert_close("Z", (2.0_f64 * ((s + b) * (s / b).ln_1p() - s)).sqrt(), z);
    }
    assert_close("q0", q0(&model(background(5.0), 10.0, 15.0)), 12.958_368_660_043);
    // A deficit is no discovery.
    assert_eq!(q0(&model(background(5.0), 10.0, 3.0)), 0.0);
}

#[test]
fn counts_with_a_control_region_match() {
    for (n, m, tau, z) in [
        (140.0, 100.0, 1.0, 2.588_026_080_4),
        (15.0, 10.0, 2.0, 2.723_433_030_5),
        (20.0, 10.0, 1.0, 3.397_980_735_9_f64.sqrt()),
    ] {
        let background =
            |yields: f64| Sample::new("background", [yields]).modifier(Modifier::normfactor("b"));
        let region = Channel::new("signal region").sample(signal(10.0)).sample(background(m / tau));
        let control = Channel::new("control region").sample(background(m));
        let workspace = Workspace::new("on and off", "mu").channel(region, [n]).channel(control, [m]);
        let built = workspace.model(None, Interpolation::default()).unwrap();
        assert_close("Z", q0(&built).sqrt(), z);
    }
}

#[test]
fn backgrounds_measured_by_poisson_and_gaussian_numbers_match() {
    for (s, b, sigma, poisson, gaussian) in [
        (10.0, 20.0, 4.0, 1.501_376_030_7, 1.545_513_855_9),
        (50.0, 100.0, 10.0, 3.172_972_860_8, 3.289_341_304_3),
    ] {
        let background = |modifier| Sample::new("background", [b]).modifier(modifier);
        let counted = model(background(Modifier::shapesys("b", [sigma])), s, s + b);
        assert_close("Poisson", q0(&counted).sqrt(), poisson);
        let measured = model(background(Modifier::staterror("b", [sigma])), s, s + b);
        assert_close("Gaussian", q0(&measured).sqrt(), gaussian);
    }
}
