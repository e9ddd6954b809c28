//! Binned models against pyhf: every value of `datasets/stats/reference.json`, which pyhf 0.7.6 with exact Hessians computed.
//!
//! Two workspaces may not be shipped. `HEPSYS_STATS_REFERENCE=<folder>` adds a folder of the same form, with
//! `reference.json` and `workspaces/<name>.json`.

use std::fs;
use std::path::{Path, PathBuf};

use hepsys_stats::Likelihood;
use hepsys_stats::fit::Fitter;
use hepsys_stats::hessian::Hessian;
use hepsys_stats::histfactory::{BinnedLikelihood, Data, Model, NormInterpolation, ShapeInterpolation};
use hepsys_stats::hypothesis::Asymptotic;
use hepsys_stats::workspace::{Interpolation, Workspace};
use serde_json::Value;

/// A workspace and what pyhf says of it.
struct Case {
    name: String,
    workspace: Workspace,
    reference: Value,
}

impl Case {
    fn model(&self) -> (Model, Data) {
        self.workspace.model(None, Interpolation::default()).unwrap()
    }

    fn numbers(&self, key: &str) -> Vec<f64> {
        numbers(&self.reference[key])
    }

    /// Models with dips between their minima are compared by what a search from several places finds.
    fn fitter(&self) -> Fitter {
        Fitter::default().starts(if self.name.contains("coupled") { 10 } else { 1 })
    }
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap_or(f64::NAN)).collect()
}

fn folders() -> Vec<(PathBuf, PathBuf)> {
    let mut folders = Vec::new();
    let datasets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets");
    // A crate that is built from its tarball stands alone.
    if datasets.is_dir() {
        folders.push((datasets.join("stats/reference.json"), datasets.join("stats")));
    }
    if let Some(folder) = std::env::var_os("HEPSYS_STATS_REFERENCE").map(PathBuf::from) {
        folders.push((folder.join("reference.json"), folder.join("workspaces")));
    }
    folders
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (reference, workspaces) in folders() {
        let reference: Value = serde_json::from_str(&fs::read_to_string(reference).unwrap()).unwrap();
        for (name, reference) in reference.as_object().unwrap() {
            let text = fs::read_to_string(workspaces.join(format!("{name}.json"))).unwrap();
            let workspace = Workspace::parse(&text).unwrap();
            cases.push(Case { name: name.clone(), workspace, reference: reference.clone() });
        }
    }
    cases
}

fn largest(differences: impl Iterator<Item = f64>) -> f64 {
    differences.filter(|d| !d.is_nan()).fold(0.0, f64::max)
}

#[test]
fn parameters_and_data_stand_as_in_pyhf() {
    for case in cases() {
        let (model, data) = case.model();
        let names: Vec<&str> = model.parameters().iter().map(|p| p.name.as_str()).collect();
        let expected: Vec<&str> =
            case.reference["par_names"].as_array().unwrap().iter().map(|n| n.as_str().unwrap()).collect();
        assert_eq!(names, expected, "{}", case.name);
        assert_eq!(model.poi().map(|poi| names[poi]), case.reference["poi"].as_str());
        assert_eq!(model.inits(), case.numbers("init"));
        for (parameter, (bounds, fixed)) in model.parameters().iter().zip(
            case.reference["bounds"]
                .as_array()
                .unwrap()
                .iter()
                .zip(case.reference["fixed"].as_array().unwrap()),
        ) {
            assert_eq!(vec![parameter.bounds.0, parameter.bounds.1], numbers(bounds), "{}", parameter.name);
            assert_eq!(Some(parameter.is_fixed), fixed.as_bool(), "{}", parameter.name);
        }
        let all: Vec<f64> = data.counts.iter().chain(&data.auxiliary).copied().collect();
        let expected = case.numbers("data_with_aux");
        assert_eq!(all.len(), expected.len());
        assert!(largest(all.iter().zip(&expected).map(|(a, b)| (a - b).abs() / b.abs().max(1.0))) < 1e-14);
    }
}

#[test]
fn the_likelihood_and_its_gradient_are_those_of_pyhf_at_every_point() {
    let codes = [
        ("twice_nll", NormInterpolation::PolynomialExponential, ShapeInterpolation::PolynomialLinear),
        ("twice_nll_code1_code0", NormInterpolation::Exponential, ShapeInterpolation::Linear),
        // pyhf's code 2 does not join its parabola.
        (
            "twice_nll_code4_code2",
            NormInterpolation::PolynomialExponential,
            ShapeInterpolation::QuadraticOfPyhf,
        ),
    ];
    for case in cases() {
        // A sum of 132 parameters' terms of up to 10⁶ each.
        let tolerance = if case.name.contains("ttbar") { 1e-9 } else { 1e-11 };
        for (key, norm, shape) in codes {
            let (model, data) = case.workspace.model(None, Interpolation { norm, shape }).unwrap();
            let likelihood = BinnedLikelihood::new(&model, data);
            let mut gradient = vec![0.0; model.parameters().len()];
            for point in case.reference["points"].as_array().unwrap() {
                let x = numbers(&point["pars"]);
                let Some(expected) = point[key].as_f64() else { continue };
                let found = 2.0 * likelihood.gradient(&x, &mut gradient);
                assert!((found - expected).abs() <= tolerance * expected.abs(), "{} {key}", case.name);
                assert_eq!(2.0 * likelihood.nll(&x), found);
                if key == "twice_nll" {
                    let off = gradient.iter().zip(numbers(&point["grad"]));
                    assert!(largest(off.map(|(a, b)| (2.0 * a - b).abs() / b.abs().max(1.0))) < 1e-9);
                }
            }
        }
    }
}

#[test]
fn the_hessian_is_the_derivative_of_the_gradient() {
    for case in cases() {
        let (model, data) = case.model();
        let likelihood = BinnedLikelihood::new(&model, data);
        let n = model.parameters().len();
        let (mut gradient, mut hessian) = (vec![0.0; n], Hessian::new(likelihood.couplings()));
        let (mut above, mut below) = (vec![0.0; n], vec![0.0; n]);
        for point in case.reference["points"].as_array().unwrap() {
            let x = numbers(&point["pars"]);
            if !likelihood.hessian(&x, &mut gradient, &mut hessian).is_finite() {
                continue;
            }
            for i in (0..n).step_by(1 + n / 40) {
                let step = 1e-6 * x[i].abs().max(1e-2);
                let at = |value: f64, into: &mut [f64]| {
                    let mut x = x.clone();
                    x[i] = value;
                    likelihood.gradient(&x, into);
                };
                at(x[i] + step, &mut above);
                at(x[i] - step, &mut below);
                for k in 0..n {
                    let difference = (above[k] - below[k]) / (2.0 * step);
                    let scale = (hessian.get(i, i).abs() * hessian.get(k, k).abs()).sqrt().max(1.0);
                    // Rounding of the gradient over the step, on sums of up to 10⁶.
                    assert!((difference - hessian.get(i, k)).abs() < 1e-4 * scale, "{} {i} {k}", case.name);
                }
            }
        }
    }
}

#[test]
fn fits_end_at_the_published_minimum_with_its_errors() {
    for case in cases() {
        let (model, data) = case.model();
        let likelihood = BinnedLikelihood::new(&model, data);
        let fit = case.fitter().fit(&likelihood);
        assert!(fit.is_converged(), "{}: {:?} {}", case.name, fit.status, fit.edm);
        let (nll, mle) = (2.0 * fit.nll, &case.reference["mle"]);
        let expected = mle["twice_nll"].as_f64().unwrap();
        // pyhf rounds sums of n ln ν: at its own minimum of the largest model it is 1.1e-8 below 294.946069510068, which
        // is the likelihood there with 40 digits.
        assert!((nll - expected).abs() <= 2e-8, "{}: {nll} and {expected}", case.name);
        let errors = fit.hesse_errors().unwrap();
        let expected = numbers(&mle["hesse_err"]);
        let off = errors.iter().zip(&expected).map(|(a, b)| (a - b).abs() / b.abs().max(1e-3));
        assert!(largest(off) < 1e-6, "{}", case.name);
        let best = numbers(&mle["bestfit"]);
        let off = fit.parameters.iter().zip(&best).zip(&expected);
        assert!(largest(off.map(|((a, b), error)| (a - b).abs() / error.max(1e-3))) < 1e-5, "{}", case.name);
        let Some(poi) = model.poi() else { continue };
        let minos = case.fitter().minos(&likelihood, &fit, poi).unwrap();
        let expected = &case.reference["poi_minos_delta2nll_1"];
        for (found, key) in [(minos.up, "up"), (minos.down, "down")] {
            if let Some(expected) = expected.get(key) {
                match (found, expected.as_f64()) {
                    (Some(found), Some(expected)) => {
                        assert!(
                            (found / expected - 1.0).abs() < 3e-6,
                            "{} {key}: {found} {expected}",
                            case.name
                        );
                    }
                    (found, expected) => assert_eq!(found, expected, "{} {key}", case.name),
                }
            }
        }
    }
}

#[test]
fn levels_and_limits_are_those_of_pyhf() {
    for case in cases().into_iter().filter(|case| !case.name.contains("coupled")) {
        let (model, data) = case.model();
        let likelihood = BinnedLikelihood::new(&model, data);
        let calculator = Asymptotic::new(&likelihood, case.fitter(), model.poi().unwrap()).unwrap();
        let q0 = case.reference["q0"].as_f64().unwrap();
        assert!((calculator.q0().unwrap() - q0).abs() < 1e-9 * q0.max(1.0), "{}", case.name);
        for test in case.reference["hypotest"].as_array().unwrap() {
            let cls = calculator.cls(test["mu"].as_f64().unwrap()).unwrap();
            assert!((cls.observed - test["CLs_obs"].as_f64().unwrap()).abs() < 1e-8, "{}", case.name);
            let expected = numbers(&test["CLs_exp"]);
            assert!(largest(cls.expected.iter().zip(&expected).map(|(a, b)| (a - b).abs())) < 1e-8);
        }
        let limits = &case.reference["upper_limit_95_qtilde"];
        let Some(observed) = limits["obs"].as_f64() else { continue };
        let found = calculator.limit(0.95, 10.0);
        // What the reference's own root finder stopped at.
        let tolerance = if case.name.contains("synth") { 2e-5 } else { 1e-6 };
        assert!((found.observed.unwrap() - observed).abs() < tolerance, "{}", case.name);
        for (found, expected) in found.expected.iter().zip(numbers(&limits["exp_m2_m1_0_p1_p2"])) {
            assert!(
                expected.is_nan() || (found.as_ref().unwrap() - expected).abs() < tolerance,
                "{}",
                case.name
            );
        }
    }
}

/// The trap: two minima, between which minimisers and pyhf's own values lose their way.
#[test]
fn a_second_minimum_is_found_told_and_followed() {
    let Some(case) = cases().into_iter().find(|case| case.name == "pyhf_coupled_histosys") else { return };
    let (model, data) = case.model();
    let likelihood = BinnedLikelihood::new(&model, data);
    let poi = model.poi().unwrap();
    // lumi is fixed, so that only α is left at a given μ: what a grid finds is the truth.
    let lowest = |mu: f64, from: f64, to: f64| {
        let alpha = |k: i32| from + (to - from) * f64::from(k) / 1e5;
        (0..=100_000).map(|k| 2.0 * likelihood.nll(&[alpha(k), 1.0, mu])).fold(f64::INFINITY, f64::min)
    };

    let single = Fitter::default().fit(&likelihood);
    assert!((2.0 * single.nll - 28.033_062_869).abs() < 1e-6, "one start ends in the trap");
    let fit = Fitter::default().starts(10).fit(&likelihood);
    assert!((2.0 * fit.nll - 26.563_838_417).abs() < 1e-8);
    assert!((fit.parameters[poi] - 0.427_067).abs() < 1e-6);
    assert_eq!(fit.minima.len(), 2, "the second minimum is told");

    // Above μ of 0.8 the other minimum is the lower one. The reference, which follows the first, has 29.0237 at μ = 1,
    // and CLs = 0.0655 from it; the grid shows that its conditional fit is no minimum of the whole range.
    assert!((lowest(1.0, 0.0, 5.0) - 29.023_680_609).abs() < 1e-6);
    assert!((lowest(1.0, -5.0, 0.0) - 28.478_443_470).abs() < 1e-6);
    let calculator = Asymptotic::new(&likelihood, Fitter::default().starts(10), poi).unwrap();
    for mu in [0.2, 0.6, 1.0, 1.5, 2.0] {
        let found = 2.0 * calculator.observed().conditional(mu).nll;
        // The grid has a step of 5e-5 or less, and the curvature is 60 at most.
        assert!((found - lowest(mu, -5.0, 5.0)).abs() < 1e-6, "{mu}");
    }
    assert!((calculator.cls(1.0).unwrap().observed - 0.114_043_421_7).abs() < 1e-8);
}
