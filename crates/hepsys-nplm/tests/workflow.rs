//! The public API as an analysis uses it, and what it says when it is used wrongly.

mod common;

use common::{Scale, exact_scale, exponential, gaussian, quantiles, run, sample, weighted};
use hepsys_nplm::{
    Auxiliary, Binning, Converged, ExactCoefficients, Feature, Interrupt, Nplm, NplmError, NplmFit,
    NplmParams, NuisanceParameter, Nuisances, Optimizer, Paper, PseudoExperiments, Region, Sample, Scaling,
    Seed, TaylorCoefficients, TaylorExpansion, TaylorParams, poisson,
};

fn quick(starts: usize) -> NplmParams {
    with_tolerance(starts, 1e-7)
}

fn with_tolerance(starts: usize, tolerance: f64) -> NplmParams {
    let optimizer = Optimizer::Converged(Converged { starts, tolerance, ..Converged::default() });
    Nplm::params().weight_clip(9.0).optimizer(optimizer)
}

fn fit(test: NplmParams, reference: &Sample, data: &Sample) -> Result<NplmFit, NplmError> {
    test.check()?.fit(reference, data, &Auxiliary::nominal(), &run())
}

/// Data with a narrow excess of `n_signal` events at x = 6.4.
fn with_peak(n_background: usize, n_signal: usize, name: &str) -> Sample {
    let peak = (0..n_signal).map(|i| 6.4 + 0.16 * (2.0 * (i as f64 + 0.5) / n_signal as f64 - 1.0));
    exponential(n_background, name).concat(&sample(peak.collect())).unwrap()
}

#[test]
fn excess_is_found_and_stands_where_it_was_put() {
    let reference = weighted(&exponential(10_000, "reference"), 0.1);
    // A variable that the network does not see.
    let squared = |s: &Sample| {
        let values: Vec<f64> = s.column("x").unwrap().iter().map(|x| x * x).collect();
        s.clone().with_column(Feature::new("x squared", "1"), values).unwrap()
    };
    let (reference, data) = (squared(&reference), squared(&with_peak(1000, 25, "data")));
    let test = with_tolerance(2, 1e-13).inputs(["x"]).nuisances(
        Nuisances::none().normalisation(gaussian("norm", 0.05)).shape(gaussian("scale", 0.05), exact_scale()),
    );
    let fit = fit(test, &reference, &data).unwrap();
    assert_eq!(fit.degrees_of_freedom(), 13);
    // 25 events where 1.4 are expected: five standard deviations, t above 40.
    assert!(fit.test_statistic().value() > 40.0, "{}", fit.test_statistic());

    let binning = Binning::new([0.0, 4.0, 16.0, 36.0, 47.0]).unwrap();
    let seen = fit.reconstruct(&reference, "x squared", &binning).unwrap();
    let ratios: Vec<f64> = seen.ratio().into_iter().map(Option::unwrap).collect();
    assert!(ratios[3] > 5.0, "{ratios:?}");
    // Below the peak the data fluctuate by 3 and 9 %; three times that.
    assert!((ratios[0] - 1.0).abs() < 0.09 && (ratios[1] - 1.0).abs() < 0.27, "{ratios:?}");

    // At the maximum the constant of the network makes the expected number of events that of the data.
    let total = fit.reweighted_to_alternative(&reference).unwrap().weights().total();
    assert!((total / 1025.0 - 1.0).abs() < 1e-3, "{total}");

    let summary = fit.summary();
    let named: Vec<&str> = summary.quantities().map(|q| q.name.as_str()).collect();
    assert_eq!(named, ["t", "tau", "Delta", "degrees of freedom"]);
    let t = summary.quantities().next().unwrap().value;
    assert_eq!(t, fit.test_statistic().value());
}

#[test]
fn reconstruction_of_the_reference_is_the_shifted_distribution() {
    let reference = weighted(&exponential(4000, "reference"), 0.5);
    let shifted: Vec<f64> =
        exponential(2000, "data").column("x").unwrap().iter().map(|x| x * 0.2_f64.exp()).collect();
    let nuisances = Nuisances::none().shape(NuisanceParameter::free("scale"), exact_scale());
    let linear = quick(1).hidden_layers([]).nuisances(nuisances);
    let fit = fit(linear, &reference, &sample(shifted)).unwrap();
    let (_, scale) = fit.nuisances_of_the_reference().next().unwrap();
    // The standard deviation of a scale from 2000 events is 1/√2000, and the third order that is missing is ν³/6.
    assert!((scale - 0.2).abs() < 3.0 * 0.0224, "{scale}");
    let binning = Binning::new([0.0, 1.0, 2.0, 4.0]).unwrap();
    let seen = fit.reconstruct(&reference, "x", &binning).unwrap();
    let expected = |low: f64, high: f64| {
        let survival = |x: f64| (-x * (-scale).exp()).exp();
        2000.0 * (survival(low) - survival(high))
    };
    for (bin, pair) in binning.edges().windows(2).enumerate() {
        let (found, exact) = (seen.reference.yields()[bin], expected(pair[0], pair[1]));
        // The reference has 4000 events: 3 % a bin.
        assert!((found / exact - 1.0).abs() < 0.09, "bin {bin}: {found}, expected {exact}");
    }
}

#[test]
fn toys_give_the_same_statistics_run_together_or_one_by_one() {
    let test = quick(1).check().unwrap();
    let experiment = |seed: Seed| {
        let n_data = poisson(200.0, &mut seed.named("count").stream())?;
        let events = exponential(n_data + 1000, &format!("{:x}", seed.as_u64()));
        let split = |range: std::ops::Range<usize>| events.take(&range.collect::<Vec<_>>());
        let (data, reference) = (split(0..n_data)?, weighted(&split(n_data..n_data + 1000)?, 0.2));
        Ok::<f64, NplmError>(
            test.fit(&reference, &data, &Auxiliary::nominal(), &run().seeded(seed))?.test_statistic().value(),
        )
    };
    let toys = PseudoExperiments::new("null").toys(4).run(|toy| experiment(toy.seed())).unwrap();
    let alone = Seed::new(0).named("null").index(2);
    assert_eq!(toys.values()[2], experiment(alone).unwrap());
}

/// From quantiles, so that nothing fluctuates and what is left is the expansion itself.
fn learn(variation: &Scale, order: usize, cut: &str) -> TaylorExpansion {
    TaylorParams::new()
        .order(order)
        .hidden_layers([4])
        .max_evaluations(200)
        .learn(&quantiles(5000), variation, &Region::new("selected", [cut]).unwrap(), &run())
        .unwrap()
}

#[test]
fn learned_expansion_is_that_of_the_exponential() {
    let learned = learn(&Scale::new(0.1), 2, "x > 0");
    // 98 % of the events.
    let x: Vec<f64> = (0..=16).map(|i| 0.25 * f64::from(i)).collect();
    let at = sample(x.clone());
    let delta = learned.evaluate(&at).unwrap();
    let (upwards, downwards) = (learned.log_ratio(&at, 0.2).unwrap(), learned.log_ratio(&at, -0.2).unwrap());
    for (i, x) in x.iter().enumerate() {
        // The third order, x ν³/6, is not in the expansion: at ν = 0.2 it stands for 0.007 x in δ₁.
        assert!((delta[0][i] - (x - 1.0)).abs() < 0.05, "δ₁({x}) = {}", delta[0][i]);
        assert!((delta[1][i] + x / 2.0).abs() < 0.08, "δ₂({x}) = {}", delta[1][i]);
        for (nu, found) in [(0.2_f64, upwards[i]), (-0.2, downwards[i])] {
            let exact = x * (1.0 - (-nu).exp()) - nu;
            assert!((found - exact).abs() < 0.01, "log r({x}; {nu}) = {found}, expected {exact}");
        }
    }
}

#[test]
fn sign_of_the_expansion_follows_the_variation() {
    // S₀ and S₁ exchanged would learn 1/r, and give each variation the expansion of the other one.
    for (variation, sign) in [(Scale::new(0.1), 1.0), (Scale::reversed(0.1), -1.0)] {
        let delta = learn(&variation, 1, "x > 0").evaluate(&sample(vec![0.25, 2.0])).unwrap();
        assert!((delta[0][0] + 0.75 * sign).abs() < 0.05, "{delta:?}");
        assert!((delta[0][1] - sign).abs() < 0.05, "{delta:?}");
    }
}

#[test]
fn expansion_includes_events_that_move_across_a_cut() {
    // n(x|R_ν)/n(x|R₀) above a cut is what it is without the cut, although the yield above it changes.
    let learned = learn(&Scale::new(0.1), 1, "x > 1");
    for x in [1.25_f64, 2.0, 3.0] {
        let delta = learned.evaluate(&sample(vec![x])).unwrap()[0][0];
        assert!((delta - (x - 1.0)).abs() < 0.05, "δ₁({x}) = {delta}");
    }
}

#[test]
fn learned_expansion_explains_shifted_data() {
    let reference = weighted(&exponential(4000, "reference"), 0.5);
    let shifted: Vec<f64> =
        exponential(2000, "data").column("x").unwrap().iter().map(|x| x * 0.15_f64.exp()).collect();
    let nuisances = Nuisances::none().shape(gaussian("scale", 0.1), learn(&Scale::new(0.1), 2, "x > 0"));
    let fit = quick(1)
        .hidden_layers([])
        .nuisances(nuisances)
        .check()
        .unwrap()
        .fit(&reference, &sample(shifted), &Auxiliary::nominal().measured("scale", 0.15), &run())
        .unwrap();
    let (_, scale) = fit.nuisances_of_the_reference().next().unwrap();
    // Two thousand events and an auxiliary measurement: a standard deviation of 0.022.
    assert!((scale - 0.15).abs() < 0.066, "{scale}");
    // Two degrees of freedom see nothing of the shift any more: a fluctuation of t above 14 has probability 1e-3.
    assert!(
        fit.delta() > 20.0 && fit.test_statistic().value() < 14.0,
        "{} {}",
        fit.delta(),
        fit.test_statistic()
    );
}

#[test]
fn interrupted_run_is_an_error() {
    let interrupt = Interrupt::new();
    interrupt.request();
    let run = run().interrupted_by(interrupt);
    let (reference, data) = (exponential(50, "reference"), exponential(50, "data"));
    for optimizer in [Optimizer::Converged(Converged::default()), Optimizer::Paper(Paper::default())] {
        let test = Nplm::params().weight_clip(9.0).optimizer(optimizer).check().unwrap();
        let error = test.fit(&reference, &data, &Auxiliary::nominal(), &run).unwrap_err();
        assert!(matches!(error, NplmError::Interrupted), "{error}");
    }
    let all = Region::new("all", [""; 0]).unwrap();
    let error = TaylorParams::new().learn(&reference, &Scale::new(0.1), &all, &run).unwrap_err();
    assert!(matches!(error, NplmError::Interrupted), "{error}");
}

#[test]
fn errors_of_samples_name_what_is_wrong() {
    let (reference, data) = (exponential(50, "reference"), exponential(50, "data"));
    let says = |result: Result<NplmFit, NplmError>, text: &str| {
        let error = result.unwrap_err().to_string();
        assert!(error.contains(text), "\"{error}\" should say \"{text}\"");
    };
    says(fit(quick(1), &sample(vec![]), &data), "the reference must not be empty");
    says(fit(quick(1), &weighted(&reference, 0.0), &data), "the reference must not be empty");
    says(fit(quick(1), &reference, &sample(vec![])), "the data must not be empty");
    says(fit(quick(1).inputs(["m12"]), &reference, &data), "m12");
    says(fit(quick(1), &sample(vec![2.0; 50]), &data), "feature \"x\" cannot be scaled");
    let other = Sample::from_columns([(Feature::new("y", "1"), vec![1.0])]).unwrap();
    says(fit(quick(1), &reference, &other), "\"x\"");

    let test = quick(1).nuisances(Nuisances::none().normalisation(gaussian("norm", 0.1))).check().unwrap();
    let measured = Auxiliary::nominal().measured("luminosity", 0.1);
    says(
        test.fit(&reference, &data, &measured, &run()),
        "no nuisance parameter \"luminosity\"; the test has norm",
    );
    let measured = Auxiliary::nominal().measured("norm", f64::NAN);
    says(
        test.fit(&reference, &data, &measured, &run()),
        "the auxiliary measurement of \"norm\" must be finite",
    );

    let free = quick(1).nuisances(Nuisances::none().normalisation(NuisanceParameter::free("norm")));
    let measured = Auxiliary::nominal().measured("norm", 0.1);
    says(
        free.check().unwrap().fit(&reference, &data, &measured, &run()),
        "the auxiliary measurement of \"norm\" must be absent, since the parameter is free, got 0.1",
    );

    let short = ExactCoefficients::new(2, |sample: &Sample| Ok(vec![sample.column("x")?.to_vec()]));
    let nuisances = Nuisances::none().shape(gaussian("scale", 0.1), short);
    says(
        fit(quick(1).nuisances(nuisances), &reference, &data),
        "of \"scale\" should be [2][50], got [1][50]",
    );

    let odd = ExactCoefficients::new(1, |sample: &Sample| {
        Ok(vec![sample.column("x")?.iter().map(|x| if *x > 2.0 { f64::NAN } else { *x }).collect()])
    });
    let nuisances = Nuisances::none().shape(gaussian("scale", 0.1), odd);
    let first = reference.column("x").unwrap().iter().position(|x| *x > 2.0).unwrap();
    let text = format!("of \"scale\" should be finite, got NaN at order 1 of event {first}");
    says(fit(quick(1).nuisances(nuisances), &reference, &data), &text);

    // Inputs so large that e^f overflows on one side or the other.
    let huge = sample((0..50).map(|i| if i % 2 == 0 { 1e308 } else { -1e308 }).collect());
    let line = quick(2).hidden_layers([]).scaling(Scaling::Unscaled);
    says(fit(line, &huge, &data), "the loss is not finite from any of 2 starts");
}

#[test]
fn errors_of_parameters_name_them() {
    let says = |params: NplmParams, text: &str| {
        let error = params.check().unwrap_err().to_string();
        assert!(error.contains(text), "\"{error}\" should say \"{text}\"");
    };
    let converged = |c| Nplm::params().optimizer(Optimizer::Converged(c));
    let paper = |p| Nplm::params().optimizer(Optimizer::Paper(p));
    says(Nplm::params().inputs([""; 0]), "inputs must be one or more features, got none");
    says(Nplm::params().hidden_layers([3, 0]), "3-0");
    says(Nplm::params().weight_clip(-1.0), "weight_clip must be positive and finite, got -1");
    says(Nplm::params(), "weight_clip must be set where there are hidden layers");
    assert!(Nplm::params().hidden_layers([]).check().is_ok());
    says(converged(Converged { starts: 0, ..Converged::default() }), "starts must be one or more, got 0");
    says(
        converged(Converged { tolerance: 0.0, ..Converged::default() }),
        "tolerance must be between 0 and 1",
    );
    says(
        converged(Converged { max_evaluations: 0, ..Converged::default() }),
        "max_evaluations must be one or more",
    );
    says(paper(Paper { epochs: 0, ..Paper::default() }), "epochs must be one or more");
    says(paper(Paper { learning_rate: f64::NAN, ..Paper::default() }), "learning_rate must be positive");
    let twice =
        Nuisances::none().normalisation(gaussian("norm", 0.1)).shape(gaussian("norm", 0.2), exact_scale());
    says(Nplm::params().nuisances(twice), "nuisances must be of different names, got \"norm\" twice");
    let nothing = ExactCoefficients::new(0, |_: &Sample| Ok(vec![]));
    let flat = Nuisances::none().shape(gaussian("scale", 0.1), nothing);
    says(Nplm::params().nuisances(flat), "the Taylor order of \"scale\" must be one or more, got 0");
}

#[test]
fn errors_of_taylor_learning_name_them() {
    let says = |params: TaylorParams, cut: &str, text: &str| {
        let region = Region::new("region", [cut]).unwrap();
        let learned = params.learn(&exponential(50, "taylor"), &Scale::new(0.1), &region, &run());
        let error = learned.unwrap_err().to_string();
        assert!(error.contains(text), "\"{error}\" should say \"{text}\"");
    };
    says(TaylorParams::new().order(0), "x > 0", "the Taylor order must be one or more, got 0");
    says(TaylorParams::new().max_evaluations(0), "x > 0", "max_evaluations must be one or more");
    says(TaylorParams::new().values([1.0, 0.0]), "x > 0", "finite and not zero, got [1.0, 0.0]");
    says(TaylorParams::new().order(2).values([1.0, 1.0]), "x > 0", "2 or more different ones");
    says(TaylorParams::new(), "x > 1000", "the selected sample must not be empty");
    says(TaylorParams::new(), "m12 > 1000", "m12");
    says(TaylorParams::new().inputs(["m12"]), "x > 0", "m12");
}
