//! The toys of `ghosh2021` without a network: Gaussian clouds, whose optimal score is a projection, in 40 bins of its logit.
//!
//! The expected half-widths are those of `spec/paramclf.md`, computed for this project from the same densities.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, SQRT_2};

use hepsys_core::Seed;
use hepsys_stats::fit::Fitter;
use hepsys_stats::histfactory::AuxiliaryDensity;
use hepsys_stats::minimize::GridSearch;
use hepsys_stats::morph::{
    CountTerm, MorphLikelihood, MorphModel, MorphProcess, Morphing, Rescored, RescoredStatus, TemplateMorph,
};
use hepsys_stats::{Parameter, poisson};
use rand_distr::{Distribution, StandardNormal};
use statrs::function::erf::erfc;
use statrs::function::gamma::ln_gamma;

const SIGMA: f64 = 0.7;
const SIGNAL: f64 = 500.0;
const BACKGROUND: f64 = 50_000.0;
const N_BINS: usize = 40;

/// The probability of each bin of the logit $4.08\,s\,t$ on −10 to 10, ends open, if the projection $t$ is at `mean`, where the
/// classifier expects classes at ±s.
fn bins(mean: f64, s: f64) -> Vec<f64> {
    let edge = |i: usize| match i {
        0 => f64::NEG_INFINITY,
        N_BINS => f64::INFINITY,
        i => (-10.0 + 0.5 * i as f64) / (2.0 * s / (SIGMA * SIGMA)),
    };
    let above = |i: usize| 0.5 * erfc((edge(i) - mean) / (SIGMA * SQRT_2));
    (0..N_BINS).map(|i| above(i) - above(i + 1)).collect()
}

fn times(bins: Vec<f64>, number: f64) -> Vec<f64> {
    bins.into_iter().map(|p| p * number).collect()
}

/// Templates of both classes at the knots, with a strength and a measured z.
fn model(knots: &[f64], measured: (f64, f64), template: impl Fn(f64, f64) -> Vec<f64>) -> MorphModel {
    let morph = |name: &str, class: f64, number: f64| {
        let rows: Vec<Vec<f64>> = knots.iter().map(|&z| times(template(z, class), number)).collect();
        let variances = vec![vec![0.0; N_BINS]; knots.len()];
        TemplateMorph::new(name, knots, &rows, &variances, Morphing::default()).unwrap()
    };
    MorphModel::params()
        .parameter(Parameter::free("mu", 1.0).within(0.0, 5.0))
        .parameter(Parameter::free("z", measured.0).within(knots[0], knots[knots.len() - 1]))
        .measured("z", AuxiliaryDensity::Gaussian { sigma: measured.1 }, measured.0)
        .channel(
            "score",
            [
                MorphProcess::morphing("signal", "z", morph("signal", 1.0, SIGNAL)).times("mu"),
                MorphProcess::morphing("background", "z", morph("background", -1.0, BACKGROUND)),
            ],
        )
        .check()
        .unwrap()
}

/// z from 0 to 2.2 π/4, every tenth of π/4.
fn angles() -> Vec<f64> {
    (0..=22).map(|k| 0.1 * FRAC_PI_4 * f64::from(k)).collect()
}

fn sum(a: Vec<f64>, b: Vec<f64>) -> Vec<f64> {
    a.into_iter().zip(b).map(|(a, b)| a + b).collect()
}

#[test]
fn a_frozen_classifier_has_the_published_widths() {
    // Trained at π/4; its templates turn with z.
    let model = model(&angles(), (FRAC_PI_4, 0.5), |z, class| bins(class * (z - FRAC_PI_4).cos(), 1.0));
    for (mu, z, width) in [
        (1.0, FRAC_PI_4, 0.068),
        (1.0, 1.5 * FRAC_PI_4, 0.0758),
        (1.0, FRAC_PI_2, 0.1156),
        (2.0, FRAC_PI_4, 0.0881),
        (2.0, 1.5 * FRAC_PI_4, 0.0964),
        (2.0, FRAC_PI_2, 0.1363),
    ] {
        let counts = |class: f64, n| times(bins(class * (z - FRAC_PI_4).cos(), 1.0), n);
        let counts = sum(counts(1.0, mu * SIGNAL), counts(-1.0, BACKGROUND));
        let likelihood = MorphLikelihood::new(&model, model.data(counts));
        let fit = Fitter::default().starts(4).fit(&likelihood);
        assert!(fit.is_converged());
        let minos = Fitter::default().minos(&likelihood, &fit, 0).unwrap();
        let half = 0.5 * (minos.up.unwrap() - minos.down.unwrap());
        println!(
            "frozen, mu {mu}, z {z:.4}: {:.5} ± {half:.5}, z {:.5}",
            fit.parameters[0], fit.parameters[1]
        );
        assert!((half / width - 1.0).abs() < 0.01, "{half} {width}");
    }
}

#[test]
fn an_aware_classifier_has_the_published_widths() {
    // Its templates are the same at every z, and its observed counts turn.
    let model = model(&angles(), (FRAC_PI_4, 0.5), |_, class| bins(class, 1.0));
    for (mu, truth, width) in [
        (1.0, FRAC_PI_4, 0.068),
        (1.0, 1.5 * FRAC_PI_4, 0.0682),
        (1.0, FRAC_PI_2, 0.0683),
        (2.0, FRAC_PI_2, 0.0884),
    ] {
        let observed = |z: f64| {
            let counts = |class: f64, n| times(bins(class * (z - truth).cos(), 1.0), n);
            sum(counts(1.0, mu * SIGNAL), counts(-1.0, BACKGROUND))
        };
        let rescored =
            Rescored::new(&model, "z", observed, vec![FRAC_PI_4]).unwrap().term(CountTerm::BakerCousins);
        let fit = rescored.fit(&Fitter::default()).unwrap();
        assert!(fit.is_converged(), "{fit:?}");
        let minos = rescored.minos(&Fitter::default(), &fit, 0).unwrap();
        let half = 0.5 * (minos.up.unwrap() - minos.down.unwrap());
        println!(
            "aware, mu {mu}, z {truth:.4}: {:.5} ± {half:.5}, z {:.5}, {} minima",
            fit.parameters[0],
            fit.parameters[1],
            fit.minima.len()
        );
        assert!((half / width - 1.0).abs() < 0.01, "{half} {width}");
        assert!((fit.parameters[0] - mu).abs() < 0.01, "{fit:?}");
        // The counts change with the cosine of the distance, which is flat at zero: the measurement at π/4 draws z.
        assert!((fit.parameters[1] - truth).abs() < 0.1, "{fit:?}");
    }
}

/// Centres at ±(1 + z), so that the score stretches with z.
fn stretching() -> MorphModel {
    let knots: Vec<f64> = (0..=28).map(|k| -0.35 + 0.025 * f64::from(k)).collect();
    model(&knots, (0.0, 0.1), |z, class| bins(class * (1.0 + z), 1.0 + z))
}

#[test]
fn without_the_gamma_function_of_the_counts_z_runs_to_an_end() {
    let model = stretching();
    for truth in [0.0, 0.1] {
        let observed = |z: f64| {
            let counts = |class: f64, n| times(bins(class * (1.0 + truth), 1.0 + z), n);
            sum(counts(1.0, SIGNAL), counts(-1.0, BACKGROUND))
        };
        for term in [CountTerm::Poisson, CountTerm::BakerCousins] {
            let rescored = Rescored::new(&model, "z", observed, vec![0.0]).unwrap().term(term);
            let fit = rescored.fit(&Fitter::default()).unwrap();
            println!(
                "stretching, z {truth}, {term:?}: mu {:.5}, z {:.5}",
                fit.parameters[0], fit.parameters[1]
            );
            assert!(fit.is_converged());
            assert!((fit.parameters[0] - 1.0).abs() < 0.002 && (fit.parameters[1] - truth).abs() < 0.002);
            let knots: Vec<f64> = (0..=140).map(|k| -0.35 + 0.005 * f64::from(k)).collect();
            let smooth = Fitter::default().fit(&rescored.splined(&knots).unwrap());
            assert!(smooth.is_converged());
            assert!((smooth.parameters[1] - fit.parameters[1]).abs() < 1e-4);
        }
        let rescored = Rescored::new(&model, "z", observed, vec![0.0]).unwrap();
        let without = |z: f64| {
            let gamma: f64 = observed(z).iter().map(|n| ln_gamma(n + 1.0)).sum();
            rescored.fit_at(&Fitter::default(), z).unwrap().nll - gamma
        };
        let found = GridSearch::default().minimize(without, -0.35, 0.35);
        assert!(found.minima[0].is_at_end, "{:?}", found.minima);
    }
}

#[test]
fn events_are_counted_anew_at_each_trial() {
    // One toy of about 50500 events: counts are steps in z.
    let model = stretching();
    let (truth, mut stream) = (0.1, Seed::new(4).named("events").stream());
    let mut cloud = |class: f64, mean: f64| -> Vec<f64> {
        let n_events = poisson(mean, &mut stream).unwrap();
        let mut normal = || -> f64 { StandardNormal.sample(&mut stream) };
        (0..n_events).map(|_| class * (1.0 + truth) + SIGMA * normal()).collect()
    };
    let events = [cloud(1.0, SIGNAL), cloud(-1.0, BACKGROUND)].concat();
    let observed = |z: f64| {
        let mut counts = vec![0.0; N_BINS];
        for t in &events {
            let logit = 2.0 * (1.0 + z) * t / (SIGMA * SIGMA);
            counts[(2.0 * (logit + 10.0)).clamp(0.0, N_BINS as f64 - 1.0) as usize] += 1.0;
        }
        counts
    };
    let rescored = Rescored::new(&model, "z", observed, vec![0.0]).unwrap();
    let fit = rescored.fit(&Fitter::default()).unwrap();
    println!(
        "events: {:?}, mu {:.4}, z {:.5}, {} trials, {} minima",
        fit.status,
        fit.parameters[0],
        fit.parameters[1],
        fit.n_trials,
        fit.minima.len()
    );
    assert_eq!(fit.status, RescoredStatus::Converged);
    // σ_μ = 0.07 and σ_z = 0.004; four of each.
    assert!((fit.parameters[0] - 1.0).abs() < 0.28 && (fit.parameters[1] - truth).abs() < 0.016);
    assert_eq!(rescored.fit(&Fitter::default()).unwrap(), fit);
}
