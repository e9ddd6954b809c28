use std::cell::Cell;

use super::*;
use crate::Parameter;
use crate::histfactory::AuxiliaryDensity;
use crate::minimize::GridSearch;
use crate::morph::{McStatistics, MorphProcess, Morphing, TemplateMorph};
use crate::test_support::{check_derivatives, close};

const TRUTH: f64 = 0.3;

/// Templates that turn with z in three bins, and a strength.
fn model(statistics: McStatistics) -> MorphModel {
    let knots: Vec<f64> = (0..9).map(|k| -1.0 + 0.25 * f64::from(k)).collect();
    let morph = |name: &str, f: &dyn Fn(f64) -> [f64; 3]| {
        let rows: Vec<[f64; 3]> = knots.iter().map(|z| f(*z)).collect();
        let variances: Vec<[f64; 3]> = rows.iter().map(|r| r.map(|y| 0.02 * y)).collect();
        TemplateMorph::new(name, &knots, &rows, &variances, Morphing::default()).unwrap()
    };
    let signal = morph("s", &|z| [20.0, 30.0 + 5.0 * z.sin(), 60.0 * (0.3 * z).exp()]);
    let background = morph("b", &|z| [300.0 * (-0.5 * z).exp(), 100.0, 40.0 + 10.0 * z]);
    MorphModel::params()
        .parameter(Parameter::free("mu", 1.0).within(0.0, 10.0))
        .parameter(Parameter::free("z", 0.0).within(-1.0, 1.0))
        .measured("z", AuxiliaryDensity::Gaussian { sigma: 0.5 }, TRUTH)
        .channel(
            "score",
            [
                MorphProcess::morphing("s", "z", signal).times("mu"),
                MorphProcess::morphing("b", "z", background),
            ],
        )
        .statistics(statistics)
        .check()
        .unwrap()
}

/// Counts that agree with the templates at the truth, and move otherwise.
fn observed(model: &MorphModel, z: f64) -> Vec<f64> {
    let mut x: Vec<f64> = model.parameters().iter().map(|p| p.init).collect();
    x[1] = TRUTH;
    let shift = 30.0 * (z - TRUTH);
    let [a, b, c] = model.yields(&x)[..] else { panic!() };
    vec![a + shift, b - shift + shift * shift / 40.0, c - 0.3 * shift]
}

fn auxiliary(model: &MorphModel) -> Vec<f64> {
    model.auxiliaries().iter().map(|a| a.nominal).collect()
}

#[test]
fn exact_and_splined_counts_have_the_same_fit() {
    for term in [CountTerm::Poisson, CountTerm::BakerCousins] {
        let model = model(McStatistics::Exact);
        let search = GridSearch { tolerance: 1e-9, ..GridSearch::default() };
        let rescored = Rescored::new(&model, "z", |z| observed(&model, z), auxiliary(&model)).unwrap();
        let rescored = rescored.term(term).search(search);
        let exact = rescored.fit(&Fitter::default()).unwrap();
        assert!(exact.is_converged() && exact.n_unsettled == 0, "{exact:?}");
        let knots: Vec<f64> = (0..41).map(|k| -1.0 + 0.05 * f64::from(k)).collect();
        let splined = rescored.splined(&knots).unwrap();
        let smooth = Fitter::default().fit(&splined);
        assert!(smooth.is_converged());
        // Golden sections see a minimum to the root of the rounding.
        for (a, b) in exact.parameters.iter().zip(&smooth.parameters) {
            assert!(close(*a, *b, 1e-6), "{a} {b}");
        }
        assert!(close(exact.nll, smooth.nll, 1e-10));
        assert!(close(rescored.nll(&exact.parameters).unwrap(), exact.nll, 1e-12));
        for index in [0, 1] {
            let exact = rescored.minos(&Fitter::default(), &exact, index).unwrap();
            let smooth = Fitter::default().minos(&splined, &smooth, index).unwrap();
            for (a, b) in [(exact.up, smooth.up), (exact.down, smooth.down)] {
                assert!(close(a.unwrap(), b.unwrap(), 1e-5), "{index}: {a:?} {b:?}");
            }
        }
    }
}

#[test]
fn derivatives_of_splined_counts_match_finite_differences() {
    for statistics in [McStatistics::Exact, McStatistics::Gaussian, McStatistics::Propagated] {
        let model = model(statistics);
        for term in [CountTerm::Poisson, CountTerm::BakerCousins] {
            let rescored = Rescored::new(&model, "z", |z| observed(&model, z), auxiliary(&model)).unwrap();
            let knots: Vec<f64> = (0..21).map(|k| -1.0 + 0.1 * f64::from(k)).collect();
            let splined = rescored.term(term).splined(&knots).unwrap();
            let mut x = splined.inits();
            check_derivatives(&splined, &x, 1e-6);
            x.iter_mut().enumerate().for_each(|(i, x)| *x += 0.05 * (i % 3) as f64);
            check_derivatives(&splined, &x, 1e-6);
            x[1] = 1.01;
            assert_eq!(splined.nll(&x), f64::INFINITY);
        }
    }
}

#[test]
fn a_search_at_an_end_or_with_two_dips_says_so() {
    let model = model(McStatistics::Exact);
    let at = |z: f64| {
        let x = [1.0, z];
        model.yields(&x)
    };
    // Data of z = 1.3 cannot be met inside.
    let far = |_: f64| {
        let (end, before) = (at(1.0), at(0.7));
        end.iter().zip(before).map(|(e, b)| 2.0 * e - b).collect::<Vec<f64>>()
    };
    let fit = Rescored::new(&model, "z", far, auxiliary(&model)).unwrap().fit(&Fitter::default()).unwrap();
    assert_eq!((fit.status, fit.is_converged()), (RescoredStatus::AtEnd, false));
    // Counts that agree with the templates at two places.
    let twice = |z: f64| at(if z < 0.0 { -0.6 } else { 0.5 });
    let rescored = Rescored::new(&model, "z", twice, vec![0.0]).unwrap();
    let fit = rescored.fit(&Fitter::default()).unwrap();
    assert!(fit.is_converged());
    assert_eq!(fit.minima.len(), 2);
    // The measurement of zero draws both a little towards it.
    assert!((fit.minima[0].parameters[1] - 0.5).abs() < 0.1, "{:?}", fit.minima);
    assert!((fit.minima[1].parameters[1] + 0.6).abs() < 0.1, "{:?}", fit.minima);
    assert!(fit.minima[0].nll < fit.minima[1].nll);
}

#[test]
fn counts_that_are_none_are_refused() {
    let model = model(McStatistics::Exact);
    let calls = Cell::new(0);
    let bad = |_: f64| {
        calls.set(calls.get() + 1);
        if calls.get() > 10 { vec![1.0, -2.0, 0.0] } else { vec![300.0, 130.0, 100.0] }
    };
    let error = Rescored::new(&model, "z", bad, vec![0.0]).unwrap().fit(&Fitter::default()).unwrap_err();
    assert_eq!(error.to_string(), "observed counts must be finite and not negative, but value 1 is -2");
    let name = Rescored::new(&model, "zed", |_| vec![1.0; 3], vec![0.0]).unwrap_err().to_string();
    assert_eq!(name, "the parameter that counts change with must be one of the model, got zed");
    assert!(Rescored::new(&model, "z", |_| vec![1.0; 2], vec![0.0]).is_err());
    let mut fixed = model.clone();
    fixed.parameters[1].is_fixed = true;
    let error = Rescored::new(&fixed, "z", |_| vec![1.0; 3], vec![0.0]).unwrap_err().to_string();
    assert_eq!(error, "\"z\" must be free to be searched for, got fixed");
    assert!(Rescored::new(&model, "mu", |_| vec![1.0; 3], vec![]).is_err());
}
