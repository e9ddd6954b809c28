//! Scans, rankings and goodness of fit of small models.

use hepsys_core::Seed;
use hepsys_stats::fit::{CONTOUR_LEVELS, FitError, Fitter};
use hepsys_stats::histfactory::{BinnedLikelihood, Data, Model};
use hepsys_stats::workspace::{Channel, Interpolation, Modifier, ParameterConfig, Sample, Workspace};
use hepsys_stats::{Likelihood, PseudoExperiments, Shard};

fn built(workspace: &Workspace) -> (Model, Data) {
    workspace.model(None, Interpolation::default()).unwrap()
}

fn signal(yields: &[f64]) -> Sample {
    Sample::new("signal", yields).modifier(Modifier::normfactor("mu"))
}

/// Two bins with an excess, a background with two uncertainties.
fn excess() -> (Model, Data) {
    let background = Sample::new("background", [50.0, 60.0])
        .modifier(Modifier::shapesys("b", [5.0, 12.0]))
        .modifier(Modifier::normsys("scale", 0.9, 1.1));
    let region = Channel::new("region").sample(signal(&[10.0, 20.0])).sample(background);
    built(&Workspace::new("search", "mu").channel(region, [64.0, 75.0]))
}

fn grid(low: f64, high: f64, n: u32) -> Vec<f64> {
    (0..=n).map(|i| low + (high - low) * f64::from(i) / f64::from(n)).collect()
}

#[test]
fn intervals_of_a_scan_are_those_of_minos() {
    let (model, data) = excess();
    let likelihood = BinnedLikelihood::new(&model, data);
    let (fitter, poi) = (Fitter::default(), model.poi().unwrap());
    let fit = fitter.fit(&likelihood);
    let minos = fitter.minos(&likelihood, &fit, poi).unwrap();
    let scan = fitter.scan(&likelihood, &fit, poi, &grid(0.0, 3.0, 12)).unwrap();
    assert_eq!(scan.failed().count(), 0);
    // The best value lies between two points and is one too.
    assert_eq!(scan.points.len(), 14);
    let best = fit.parameters[poi];
    let expected = [minos.down, minos.up].map(|v| v.map(|v| best + v).unwrap());
    let refined = fitter.refined_intervals(&likelihood, &fit, &scan, 1.0).unwrap();
    assert_eq!(refined.len(), 1);
    assert!((refined[0].low.unwrap() - expected[0]).abs() < 1e-8, "{refined:?} {expected:?}");
    assert!((refined[0].high.unwrap() - expected[1]).abs() < 1e-8, "{refined:?} {expected:?}");
    // A cubic over a quarter, where the third derivative changes slowly.
    let interpolated = scan.intervals(1.0).unwrap();
    assert!((interpolated[0].low.unwrap() - expected[0]).abs() < 1e-4, "{interpolated:?} {expected:?}");
    assert!((interpolated[0].high.unwrap() - expected[1]).abs() < 1e-4, "{interpolated:?} {expected:?}");
    // Five is beyond the scan on the left.
    let wide = scan.intervals(5.0).unwrap();
    assert!(wide[0].low.is_none() && wide[0].high.is_some(), "{wide:?}");
}

#[test]
fn a_coarse_scan_does_not_lose_its_interval() {
    let (model, data) = excess();
    let likelihood = BinnedLikelihood::new(&model, data);
    let (fitter, poi) = (Fitter::default(), model.poi().unwrap());
    let fit = fitter.fit(&likelihood);
    let scan = fitter.scan(&likelihood, &fit, poi, &[-2.0, 5.0]).unwrap();
    assert_eq!(fitter.refined_intervals(&likelihood, &fit, &scan, 1.0).unwrap().len(), 1);
}

#[test]
fn a_point_that_cannot_be_fitted_says_so() {
    let region = Channel::new("region").sample(signal(&[10.0])).sample(Sample::new("background", [5.0]));
    let (model, data) = built(&Workspace::new("search", "mu").channel(region, [12.0]));
    let likelihood = BinnedLikelihood::new(&model, data);
    let fitter = Fitter::default();
    let fit = fitter.fit(&likelihood);
    // At -1 the expectation is negative.
    let scan = fitter.scan(&likelihood, &fit, 0, &[-1.0, 0.0, 2.0]).unwrap();
    assert_eq!(scan.failed().map(|p| p.value).collect::<Vec<_>>(), [-1.0]);
    let error = scan.intervals(1.0).unwrap_err().to_string();
    assert!(error.starts_with("the fit at mu = -1 did not converge: the function was not finite"), "{error}");
    let error = fitter.scan(&likelihood, &fit, 0, &[0.0, 2.0, 1.0]).unwrap_err();
    assert_eq!(error.to_string(), "the values of a scan of mu must be increasing, but value 2 is 1");
    assert!(fitter.scan(&likelihood, &fit, 7, &[0.0]).is_err());
}

#[test]
fn a_scan_finds_the_deeper_minimum() {
    let (model, data) = excess();
    let likelihood = BinnedLikelihood::new(&model, data);
    let (fitter, poi) = (Fitter::default(), model.poi().unwrap());
    // A fit at a wrong place plays the part of a local minimum.
    let wrong = fitter.clone().fix(poi, 3.0).fit(&likelihood);
    let scan = fitter.scan(&likelihood, &wrong, poi, &grid(0.0, 3.0, 6)).unwrap();
    assert_eq!(scan.deeper().unwrap().value, 1.0);
}

#[test]
fn contours_lie_at_their_level() {
    let yields =
        |factor: &str, data: &[f64]| Sample::new(factor, data).modifier(Modifier::normfactor(factor));
    let background = Sample::new("background", [40.0, 40.0, 40.0]).modifier(Modifier::normsys("b", 0.9, 1.1));
    let region = Channel::new("region")
        .sample(yields("first", &[30.0, 20.0, 0.0]))
        .sample(yields("second", &[0.0, 20.0, 30.0]))
        .sample(background);
    let (model, data) = built(&Workspace::new("two", "first").channel(region, [75.0, 85.0, 66.0]));
    let likelihood = BinnedLikelihood::new(&model, data);
    let fitter = Fitter::default();
    let fit = fitter.fit(&likelihood);
    let indices = ["first", "second"].map(|name| model.index_of(name).unwrap());
    let errors = indices.map(|i| fit.hesse_errors().unwrap()[i]);
    let axis = |k: usize| {
        let best = fit.parameters[indices[k]];
        grid(best - 3.5 * errors[k], best + 3.5 * errors[k], 14)
    };
    let plane = fitter.scan_plane(&likelihood, &fit, indices, &axis(0), &axis(1)).unwrap();
    assert_eq!((plane.points.len(), plane.failed().count()), (225, 0));
    for level in CONTOUR_LEVELS {
        let contours = plane.contours(level);
        assert_eq!(contours.len(), 1);
        assert!(contours[0].is_closed);
        for &(x, y) in &contours[0].points {
            let there = fitter.clone().fix(indices[0], x).fix(indices[1], y).fit(&likelihood);
            // A cubic over half a standard deviation.
            assert!((2.0 * (there.nll - fit.nll) - level).abs() < 1e-3, "{x} {y}");
        }
        // The contour of one degree of freedom's level reaches as far as the scan of one parameter.
        let highest = plane.contours(1.0)[0].points.iter().map(|p| p.0).fold(f64::MIN, f64::max);
        let up = fitter.minos(&likelihood, &fit, indices[0]).unwrap().up.unwrap();
        assert!((highest - fit.parameters[indices[0]] - up).abs() < 0.05 * up);
    }
}

/// A search with so many counts that everything is linear.
fn linear() -> (Model, Data) {
    let background = Sample::new("background", [10_000.0])
        .modifier(Modifier::staterror("stat", [50.0]))
        .modifier(Modifier::normsys("scale", 0.992, 1.008));
    let region = Channel::new("region").sample(signal(&[100.0])).sample(background);
    let mu = ParameterConfig::new("mu").within(-10.0, 10.0);
    built(&Workspace::new("search", "mu").channel(region, [10_100.0]).parameter(&mu))
}

#[test]
fn impacts_of_measurements_add_up_to_the_error() {
    let (model, data) = linear();
    let likelihood = BinnedLikelihood::new(&model, data);
    let (fitter, poi) = (Fitter::default(), model.poi().unwrap());
    let fit = fitter.fit(&likelihood);
    let ranking = fitter.ranking(&likelihood, &fit, poi).unwrap();
    assert_eq!(ranking.failures().count(), 0);
    let ranked = ranking.by_impact();
    assert_eq!(ranked.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["scale", "stat[0]"]);
    let observables: Vec<f64> = ranked
        .iter()
        .map(|p| {
            let impact = p.observable.as_ref().unwrap();
            0.5 * (impact.down.clone().unwrap() - impact.up.clone().unwrap())
        })
        .collect();
    // 80 and 50 events of background over 100 of signal.
    assert!((observables[0] - 0.8).abs() < 1e-3 && (observables[1] - 0.5).abs() < 1e-3, "{observables:?}");
    let variance = observables.iter().map(|i| i * i).sum::<f64>() + 10_100.0 / 100.0_f64.powi(2);
    assert!((variance.sqrt() / ranking.error - 1.0).abs() < 1e-3);
    // Data as expected pull nothing, and one bin cannot constrain.
    for parameter in ranked {
        let constraint = parameter.constraint.unwrap();
        assert!(constraint.pull.abs() < 1e-6 && (constraint.reduction - 1.0).abs() < 1e-6, "{constraint:?}");
        let (post, pre) =
            (parameter.postfit.size().unwrap(), parameter.prefit.as_ref().unwrap().size().unwrap());
        assert!((post - pre).abs() < 1e-6);
    }
}

#[test]
fn a_ranking_does_not_depend_on_threads_and_names_what_failed() {
    let background = Sample::new("background", [50.0, 2.0]).modifier(Modifier::shapesys("b", [5.0, 3.0]));
    let region = Channel::new("region").sample(signal(&[10.0, 20.0])).sample(background);
    let (model, data) = built(&Workspace::new("search", "mu").channel(region, [64.0, 20.0]));
    let ranking = |n_threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        let data = data.clone();
        pool.install(|| {
            let likelihood = BinnedLikelihood::new(&model, data);
            let fit = Fitter::default().fit(&likelihood);
            Fitter::default().ranking(&likelihood, &fit, model.poi().unwrap()).unwrap()
        })
    };
    let one = ranking(1);
    assert_eq!(one, ranking(3));
    // τ = 4/9: one standard deviation less of the parameter, after or before the fit, or of its measurement, is less than nothing.
    let failures: Vec<(&str, &FitError)> = one.failures().collect();
    assert_eq!(failures.len(), 3, "{failures:?}");
    assert!(failures.iter().all(|(name, _)| *name == "b[1]"));
    assert!(failures[2].1.to_string().starts_with("the auxiliary measurement of b[1] would be -0.2"));
}

#[test]
fn a_parameter_of_interest_at_its_bound_has_impacts() {
    // Data as the background expects: the best μ is zero, give or take rounding, and every other move pushes it down or up.
    let background = Sample::new("background", [50.0, 60.0]).modifier(Modifier::shapesys("b", [5.0, 12.0]));
    let region = Channel::new("region").sample(signal(&[5.0, 10.0])).sample(background);
    let (model, data) = built(&Workspace::new("search", "mu").channel(region, [50.0, 60.0]));
    let likelihood = BinnedLikelihood::new(&model, data);
    let fit = Fitter::default().fit(&likelihood);
    let ranking = Fitter::default().ranking(&likelihood, &fit, model.poi().unwrap()).unwrap();
    assert_eq!(ranking.failures().collect::<Vec<_>>(), []);
    for parameter in &ranking.parameters {
        assert!(parameter.postfit.up.as_ref().unwrap().abs() < 1e-6);
        assert!(*parameter.postfit.down.as_ref().unwrap() > 0.1);
    }
}

#[test]
fn the_saturated_statistic_is_the_deviance_with_pulls() {
    let (model, data) = excess();
    let likelihood = BinnedLikelihood::new(&model, data.clone());
    let fitter = Fitter::default();
    let fit = fitter.fit(&likelihood);
    let goodness = fitter.goodness(&likelihood, &fit).unwrap();
    let deviance = |n: f64, nu: f64| 2.0 * (nu - n + n * (n / nu).ln());
    let expected = model.expected(&fit.parameters);
    let counts: f64 = data.counts.iter().zip(&expected.counts).map(|(n, nu)| deviance(*n, *nu)).sum();
    let b = |i: usize| {
        let at = model
            .auxiliaries()
            .iter()
            .position(|a| model.parameters()[a.parameter].name == format!("b[{i}]"));
        deviance(data.auxiliary[at.unwrap()], expected.auxiliary[at.unwrap()])
    };
    let scale = fit.parameters[model.index_of("scale").unwrap()];
    let by_hand = counts + b(0) + b(1) + scale * scale;
    assert!((goodness.statistic - by_hand).abs() < 1e-10, "{} {by_hand}", goodness.statistic);
    assert_eq!(goodness.dof, 1);
    // A parameter that the fitter fixes is no freedom.
    let fixed = fitter.fix(model.poi().unwrap(), 0.0);
    let background_only = fixed.goodness(&likelihood, &fixed.fit(&likelihood)).unwrap();
    assert_eq!(background_only.dof, 2);
    assert!(background_only.statistic > goodness.statistic);
}

#[test]
fn goodness_of_toys_follows_its_chi_squared() {
    let (model, data) = linear();
    let likelihood = BinnedLikelihood::new(&model, data);
    let fitter = Fitter::default().fix(model.poi().unwrap(), 1.0);
    let fit = fitter.fit(&likelihood);
    let run = |shard: Shard| {
        let run = PseudoExperiments::new("goodness").toys(1000).seed(Seed::new(3)).shard(shard);
        fitter.goodness_toys(&model, &fit, &run).unwrap()
    };
    let toys = run(Shard::ALL);
    let mean = toys.values().iter().map(|t| t.statistic.unwrap()).sum::<f64>() / 1000.0;
    // The mean of χ² with one degree of freedom is 1 with an error of sqrt(2 / 1000).
    assert!((mean - 1.0).abs() < 0.14, "{mean}");
    let half = run("2/2".parse().unwrap());
    assert_eq!(half.values()[0], toys.values()[1]);
    let goodness = fitter.goodness(&likelihood, &fit).unwrap();
    let compared = goodness.compared_with(&toys).unwrap();
    assert_eq!((compared.p_value.value(), compared.n_failed), (1.0, 0));
    assert!(likelihood.parameters().len() == 3 && goodness.statistic < 1e-9);
}
