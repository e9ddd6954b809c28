//! Profiles, intervals and goodness beside those of another program.
//!
//! Those of `datasets/stats`, or of the folder `HEPSYS_STATS_REFERENCE` with its `reference.json` and `workspaces`, where two more are
//! that may not be shipped.

use std::path::{Path, PathBuf};

use hepsys_core::Seed;
use hepsys_stats::PseudoExperiments;
use hepsys_stats::fit::Fitter;
use hepsys_stats::histfactory::{BinnedLikelihood, Data, Model};
use hepsys_stats::hypothesis::{Asymptotic, ToyBased};
use hepsys_stats::workspace::{Interpolation, Workspace};
use serde_json::Value;

struct Case {
    name: String,
    model: Model,
    data: Data,
    reference: Value,
}

fn cases() -> Vec<Case> {
    let datasets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets/stats");
    let (reference, workspaces) = match std::env::var_os("HEPSYS_STATS_REFERENCE").map(PathBuf::from) {
        Some(root) => (root.join("reference.json"), root.join("workspaces")),
        None if datasets.is_dir() => (datasets.join("reference.json"), datasets),
        // A crate that is built from its tarball stands alone.
        None => return Vec::new(),
    };
    let read = |path: PathBuf| std::fs::read_to_string(path).unwrap();
    let all: Value = serde_json::from_str(&read(reference)).unwrap();
    let case = |(name, reference): (&String, &Value)| {
        let text = read(workspaces.join(format!("{name}.json")));
        let (model, data) = Workspace::parse(&text).unwrap().model(None, Interpolation::default()).unwrap();
        Case { name: name.clone(), model, data, reference: reference.clone() }
    };
    all.as_object().unwrap().iter().map(case).collect()
}

fn list(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

#[test]
fn scans_and_their_intervals_match() {
    for case in cases() {
        if case.name == "pyhf_coupled_histosys" {
            println!("{}: left out, its reference follows a local minimum above 0.9", case.name);
            continue;
        }
        if case.reference["scan"].is_null() {
            println!("{}: left out, the shipped reference has no scan", case.name);
            continue;
        }
        let likelihood = BinnedLikelihood::new(&case.model, case.data.clone());
        let (fitter, poi) = (Fitter::default(), case.model.poi().unwrap());
        let fit = fitter.fit(&likelihood);
        let (mu, expected) = (list(&case.reference["scan"]["mu"]), list(&case.reference["scan"]["t_mu"]));
        let start = std::time::Instant::now();
        let scan = fitter.scan(&likelihood, &fit, poi, &mu).unwrap();
        let elapsed = 1e3 * start.elapsed().as_secs_f64();
        assert_eq!(scan.failed().count(), 0, "{}", case.name);
        assert!(scan.deeper().is_none(), "{}", case.name);
        let at = |mu: f64| scan.points.iter().find(|p| p.value == mu).unwrap();
        let mut worst = 0.0_f64;
        for (mu, t) in mu.iter().zip(&expected) {
            let off = (at(*mu).rise - t).abs() / t.max(1.0);
            worst = worst.max(off);
        }
        println!("{}: {} points in {elapsed:.3} ms, worst {worst:.1e}", case.name, mu.len());
        // The reference's own minimum of the largest model is 1e-8 above ours, and points are two such minima apart.
        let tolerance = if case.name == "atlas_ttbar_ljets" { 5e-7 } else { 1e-10 };
        assert!(worst < tolerance, "{}", case.name);
        let minos = &case.reference["poi_minos_delta2nll_1"];
        for (side, end) in [("up", true), ("down", false)] {
            let Some(expected) = minos[side].as_f64() else { continue };
            let best = fit.parameters[poi];
            let ends = |intervals: Vec<hepsys_stats::fit::Interval>| {
                let interval = intervals[0];
                (if end { interval.high } else { interval.low }).unwrap() - best
            };
            let refined = ends(fitter.refined_intervals(&likelihood, &fit, &scan, 1.0).unwrap());
            let interpolated = ends(scan.intervals(1.0).unwrap());
            println!(
                "  {side}: {refined:.9} refined ({:.1e}), interpolated off by {:.1e}",
                (refined - expected).abs(),
                (interpolated - expected).abs()
            );
            assert!((refined - expected).abs() < 1e-8, "{} {side}: {refined} {expected}", case.name);
            assert!(
                (interpolated - expected).abs() < 1e-4,
                "{} {side}: {interpolated} {expected}",
                case.name
            );
        }
    }
}

#[test]
fn toys_of_a_search_converge() {
    for case in cases().into_iter().filter(|c| c.name == "atlas_susy_2018_31_A") {
        let likelihood = BinnedLikelihood::new(&case.model, case.data.clone());
        let (fitter, poi) = (Fitter::default(), case.model.poi().unwrap());
        let toys = ToyBased::new(&case.model, &likelihood, fitter.clone(), poi).unwrap();
        let run = |name: &str| PseudoExperiments::new(name).toys(400).seed(Seed::new(2));
        let start = std::time::Instant::now();
        let with = toys.with_signal(0.5, &run("with")).unwrap();
        let without = toys.without_signal(0.5, &run("without")).unwrap();
        let elapsed = start.elapsed().as_secs_f64();
        let levels = toys.cls(0.5, &with, &without).unwrap();
        let asymptotic = Asymptotic::new(&likelihood, fitter.clone(), poi).unwrap().cls(0.5).unwrap();
        println!("{}: 800 toys in {elapsed:.2} s\n  toys {levels:?}\n  formulas {asymptotic:?}", case.name);
        assert_eq!((levels.clsb.n_failed, levels.clb.n_failed), (0, 0));
        let cls = levels.observed.unwrap();
        assert!((cls.value - asymptotic.observed).abs() < 3.0 * cls.uncertainty() + 0.03);
        let fit = fitter.fit(&likelihood);
        let goodness = fitter.goodness(&likelihood, &fit).unwrap();
        let toys = fitter.goodness_toys(&case.model, &fit, &run("goodness")).unwrap();
        let compared = goodness.compared_with(&toys).unwrap();
        println!("  goodness {:.3} from toys {compared:?}", goodness.p_value.value());
        assert_eq!(compared.n_failed, 0);
    }
}

#[test]
fn several_starts_follow_the_lowest_of_two_minima() {
    for case in cases().into_iter().filter(|c| c.name == "pyhf_coupled_histosys") {
        let likelihood = BinnedLikelihood::new(&case.model, case.data.clone());
        let (fitter, poi) = (Fitter::default().starts(10), case.model.poi().unwrap());
        let fit = fitter.fit(&likelihood);
        let scan = fitter.scan(&likelihood, &fit, poi, &[0.5, 1.0, 2.0]).unwrap();
        // The only free nuisance parameter at 100001 places from -5 to 5: lower than the reference above 0.9.
        for (mu, twice_nll) in [(0.5, 26.606_892_174), (1.0, 28.478_443_470), (2.0, 34.576_391_407)] {
            let point = scan.points.iter().find(|p| p.value == mu).unwrap();
            let found = point.rise + 2.0 * fit.nll;
            // Places 1e-4 apart miss a minimum by the square of half of it.
            assert!((found - twice_nll).abs() < 1e-6, "{mu}: {found}");
        }
    }
}

#[test]
fn rankings_name_every_failure_and_agree_with_the_covariance() {
    for case in cases() {
        let likelihood = BinnedLikelihood::new(&case.model, case.data.clone());
        let fitter = Fitter::default().starts(if case.name.contains("coupled") { 10 } else { 1 });
        let poi = case.model.poi().unwrap();
        let fit = fitter.fit(&likelihood);
        let start = std::time::Instant::now();
        let ranking = fitter.ranking(&likelihood, &fit, poi).unwrap();
        let elapsed = 1e3 * start.elapsed().as_secs_f64();
        println!("{}: {} parameters in {elapsed:.1} ms", case.name, ranking.parameters.len());
        let failures: Vec<String> =
            ranking.failures().map(|(name, error)| format!("{name}: {error}")).collect();
        println!("  {} failures {failures:?}", failures.len());
        assert!(failures.iter().all(|f| !f.contains("did not converge")), "{}", case.name);
        for parameter in ranking.by_impact().into_iter().take(3) {
            println!("  {} {:?} {:?}", parameter.name, parameter.constraint, parameter.postfit);
        }
        let goodness = fitter.goodness(&likelihood, &fit);
        println!("  goodness {goodness:?}");
        if case.name == "atlas_ttbar_ljets" {
            let covariance = fit.covariance().unwrap();
            let n = fit.parameters.len();
            for parameter in &ranking.parameters {
                // To first order a parameter that moves by its error moves the other by covariance over error.
                let linear = covariance[parameter.index * n + poi] / parameter.error;
                if let (Ok(up), Ok(down)) = (&parameter.postfit.up, &parameter.postfit.down) {
                    assert!((0.5 * (up - down) - linear).abs() < 0.1 * ranking.error, "{}", parameter.name);
                }
            }
        }
    }
}
