//! Workspaces at the edge of sense: expectations that no count can have, and a million bins.

use hepsys_stats::fit::Fitter;
use hepsys_stats::histfactory::BinnedLikelihood;
use hepsys_stats::hypothesis::Asymptotic;
use hepsys_stats::workspace::{Channel, Interpolation, Modifier, ParameterConfig, Sample, Workspace};
use hepsys_stats::{Combined, Likelihood};

/// A signal of `signal[i]` over a background in bins of one channel, with a factor for each bin if `has_gammas`.
fn one_channel(signal: &[f64], background: &[f64], counts: &[f64], has_gammas: bool) -> Workspace {
    let mut sample = Sample::new("background", background);
    if has_gammas {
        let uncertainties: Vec<f64> = background.iter().map(|b| 0.1 * b).collect();
        sample = sample.modifier(Modifier::staterror("mc", uncertainties));
    }
    let signal = Sample::new("signal", signal).modifier(Modifier::normfactor("mu"));
    Workspace::new("measurement", "mu").channel(Channel::new("SR").sample(signal).sample(sample), counts)
}

#[test]
fn what_is_negative_is_named_with_channel_sample_and_bin() {
    let (model, data) = one_channel(&[4.0, 2.0], &[5.0, -3.0], &[9.0, 1.0], false)
        .model(None, Interpolation::default())
        .unwrap();
    let invalid = model.invalid_yields(&[1.0]);
    let texts: Vec<String> = invalid.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "-1 events are expected in bin 1 of channel \"SR\"",
            "sample \"background\" has -3 in bin 1 of channel \"SR\""
        ]
    );
    assert!(model.invalid_yields(&[2.0]).iter().all(|y| y.sample.is_some()), "the sum of both is positive");

    let likelihood = BinnedLikelihood::new(&model, data.clone());
    let fit = Fitter::default().fit(&likelihood);
    assert!(!fit.is_converged());
    let why = fit.converged("the fit").unwrap_err().to_string();
    let expected =
        "1 events were observed and -1 are expected in bin 1 of channel \"SR\" (of \"background\" -3)";
    assert!(why.ends_with(expected), "{why}");
    assert_eq!(likelihood.diagnose(&[2.0]), None);
    assert_eq!(likelihood.diagnose(&[f64::NAN]).unwrap(), "\"mu\" is NaN");
    // A part of a sum says which it is.
    let combined = Combined::new(vec![likelihood]).unwrap();
    assert!(combined.diagnose(&[1.0]).unwrap().starts_with("part 0: 1 events were observed"));
    // From where the sum is positive it is a model like others, and 4 + 5 of the first bin and 4 − 3 of the second match.
    let fit = Fitter::default().fit_from(&BinnedLikelihood::new(&model, data), &[3.0]);
    assert!(fit.is_converged() && fit.problem.is_none(), "{fit:?}");
}

#[test]
fn an_event_where_none_can_be_is_named() {
    let (model, data) = one_channel(&[0.0, 2.0], &[0.0, 3.0], &[1.0, 5.0], false)
        .model(None, Interpolation::default())
        .unwrap();
    let fit = Fitter::default().fit(&BinnedLikelihood::new(&model, data));
    let why = fit.converged("the fit").unwrap_err().to_string();
    assert!(why.ends_with("1 events were observed and 0 are expected in bin 0 of channel \"SR\""), "{why}");
}

#[test]
fn what_is_no_number_is_refused_with_its_place() {
    let refused =
        |workspace: Workspace| workspace.model(None, Interpolation::default()).unwrap_err().to_string();
    assert_eq!(
        refused(one_channel(&[f64::NAN, 1.0], &[5.0, 5.0], &[9.0, 1.0], true)),
        "channels[0] (\"SR\").samples[0] (\"signal\").data[0]: is not finite"
    );
    assert_eq!(
        refused(one_channel(&[1.0, 1.0], &[5.0, 5.0], &[9.0, f64::NAN], true)),
        "observations[0].data[1]: is NaN, expected a count"
    );
    assert!(
        refused(one_channel(&[1.0, 1.0], &[5.0, f64::INFINITY], &[9.0, 1.0], true)).contains("is not finite")
    );
    let text = one_channel(&[1.0], &[5.0], &[9.0], false).to_json().unwrap().replace("5.0", "5e999");
    assert!(Workspace::parse(&text).unwrap_err().to_string().contains("channels[0].samples[1].data[0]"));
}

/// Equal bins: a million of them determine μ as well as a thousand times one of them, each with a factor γ of its own.
#[test]
fn a_million_bins_are_fitted() {
    let n = 1_000_000;
    let fit = |n: usize| {
        let (model, data) = one_channel(&vec![2.0; n], &vec![30.0; n], &vec![33.0; n], true)
            .model(None, Interpolation::default())
            .unwrap();
        assert_eq!((model.n_bins(), model.parameters().len()), (n, n + 1));
        let fit = Fitter::default().fit(&BinnedLikelihood::new(&model, data));
        assert!(fit.is_converged(), "{:?}", fit.status);
        let error = fit.hesse_errors().unwrap()[model.poi().unwrap()];
        (fit.parameters[model.poi().unwrap()], error, fit.nll)
    };
    let (one, many) = (fit(1), fit(n));
    assert!((one.0 - 1.5).abs() < 1e-8 && (many.0 - 1.5).abs() < 1e-8, "{one:?} {many:?}");
    assert!((many.1 * 1e3 / one.1 - 1.0).abs() < 1e-8, "{one:?} {many:?}");
    assert!((many.2 / n as f64 / one.2 - 1.0).abs() < 1e-10, "{one:?} {many:?}");
}

/// Where the sensitivity is so good that levels underflow long before the first value that is tried, limits are found all the same.
#[test]
fn limits_far_below_the_bounds_are_found() {
    let (model, data) =
        one_channel(&[1e6], &[1e4], &[1e4], false).model(None, Interpolation::default()).unwrap();
    let likelihood = BinnedLikelihood::new(&model, data);
    let calculator = Asymptotic::new(&likelihood, Fitter::default(), model.poi().unwrap()).unwrap();
    assert_eq!(calculator.cls(1.0).unwrap().observed, 0.0);
    let limit = calculator.limit(0.95, 100.0);
    // Φ⁻¹(1 − .05/2) = 1.96 standard deviations of a hundred events, to the order of 1/100.
    let observed = limit.observed.unwrap();
    assert!((observed / 1.96e-4 - 1.0).abs() < 0.02, "{observed}");
    let expected = limit.expected.map(Result::unwrap);
    assert!(expected.windows(2).all(|pair| pair[0] < pair[1]), "{expected:?}");
}

#[test]
fn what_stands_twice_is_refused_or_joined() {
    let refused =
        |workspace: Workspace| workspace.model(None, Interpolation::default()).unwrap_err().to_string();
    let with = |modifiers: Vec<Modifier>| {
        let sample = modifiers.into_iter().fold(Sample::new("s", [5.0, 6.0]), Sample::modifier);
        Workspace::new("m", "mu").channel(Channel::new("SR").sample(sample), [5.0, 6.0])
    };
    let mu = || Modifier::normfactor("mu");
    let twice = refused(with(vec![mu(), mu()]));
    assert!(twice.contains("modifiers[1] (\"mu\", normfactor): stands in modifiers[0] already"), "{twice}");
    let clash = refused(with(vec![mu(), Modifier::normfactor("x[0]"), Modifier::shapesys("x", [1.0, 1.0])]));
    assert!(clash.contains("two parameters are called \"x[0]\""), "{clash}");
    for negative in [Modifier::shapesys("x", [1.0, -1.0]), Modifier::staterror("x", [1.0, -1.0])] {
        let text = refused(with(vec![mu(), negative]));
        assert!(text.contains("data[1]: is -1, expected an uncertainty that is not negative"), "{text}");
    }
    // In code settings of one parameter are joined; in a document two of them are a mistake.
    let settings = [ParameterConfig::new("mu").init(0.5), ParameterConfig::new("mu").within(0.0, 3.0)];
    let joined = settings.iter().fold(with(vec![mu()]), Workspace::parameter);
    let (model, _) = joined.model(None, Interpolation::default()).unwrap();
    assert_eq!((model.parameters()[0].init, model.parameters()[0].bounds), (0.5, (0.0, 3.0)));
    let mut document = with(vec![mu()]);
    document.measurements[0].config.parameters.extend(settings);
    let text = refused(document);
    assert!(text.contains("config.parameters[1]: \"mu\" has settings in parameters[0] already"), "{text}");
}

#[test]
fn counts_that_are_none_are_named() {
    let (model, _) = one_channel(&[4.0, 2.0], &[5.0, 3.0], &[9.0, 1.0], false)
        .model(None, Interpolation::default())
        .unwrap();
    for (count, text) in [(f64::NAN, "NaN"), (-1.0, "-1"), (f64::INFINITY, "inf")] {
        let likelihood = BinnedLikelihood::new(&model, model.data(vec![5.0, count]));
        let why = Fitter::default().fit(&likelihood).problem.unwrap();
        assert_eq!(why, format!("the count of bin 1 of channel \"SR\" is {text}"));
    }
}

#[test]
fn parameters_that_the_data_do_not_determine_are_named() {
    let sample =
        Sample::new("s", [5.0]).modifier(Modifier::normfactor("mu")).modifier(Modifier::normfactor("k"));
    let workspace = Workspace::new("m", "mu").channel(Channel::new("SR").sample(sample), [7.0]);
    let (model, data) = workspace.model(None, Interpolation::default()).unwrap();
    let fit = Fitter::default().fit(&BinnedLikelihood::new(&model, data));
    assert!(!fit.is_converged());
    let problem = fit.problem.unwrap();
    assert!(
        problem.contains("do not determine") && problem.contains("mu") && problem.contains('k'),
        "{problem}"
    );
}
