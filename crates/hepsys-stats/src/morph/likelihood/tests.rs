use hepsys_core::Seed;

use crate::fit::Fitter;
use crate::histfactory::AuxiliaryDensity;
use crate::morph::{
    Beyond, CountTerm, KnotStatistics, McStatistics, MorphLikelihood, MorphModel, MorphModelParams,
    MorphProcess, Morphing, NegativeYields, TemplateMorph,
};
use crate::test_support::{check_derivatives, close};
use crate::{Generative, Likelihood, Parameter};

const KNOTS: [f64; 7] = [-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5];

fn morph(name: &str, morphing: Morphing, f: impl Fn(f64, f64) -> f64) -> TemplateMorph {
    let yields = KNOTS.map(|z| [0.0, 1.0, 2.0, 3.0].map(|b| f(z, b)));
    let variances = yields.map(|row| row.map(|y: f64| 0.05 * y.abs()));
    TemplateMorph::new(name, &KNOTS, &yields, &variances, morphing).unwrap()
}

/// Two channels, a signal with two strengths, backgrounds with all kinds of constraints, and a process with two morphs.
fn params(morphing: Morphing) -> MorphModelParams {
    let scale = |z: f64, b: f64| (z - 0.2 * z * b).exp();
    let signal = morph("signal", morphing, |z, b| (4.0 + 3.0 * b) * scale(z, b));
    let top = morph("top", morphing, |z, b| (30.0 - 6.0 * b) * scale(0.3 * z, b) + z.sin());
    let jets = morph("jets", morphing, |z, b| 20.0 + 2.0 * z * (b - 1.0) + z * z);
    MorphModel::params()
        .parameter(Parameter::free("mu", 1.0).within(0.0, 10.0))
        .parameter(Parameter::free("strength", 1.0).within(0.0, 10.0))
        .parameter(Parameter::free("z", 0.1).within(-1.5, 1.5))
        .parameter(Parameter::free("jes", 0.2).within(-1.5, 1.5))
        .parameter(Parameter::free("norm_top", 1.0).within(0.1, 5.0))
        .parameter(Parameter::free("norm_other", 1.0).within(0.1, 5.0))
        .measured("z", AuxiliaryDensity::Gaussian { sigma: 0.5 }, 0.0)
        .measured("jes", AuxiliaryDensity::Gaussian { sigma: 1.0 }, 0.3)
        .measured("norm_top", AuxiliaryDensity::LogNormal { sigma: 0.1 }, 1.05)
        .measured("norm_other", AuxiliaryDensity::Poisson { tau: 40.0 }, 37.0)
        .channel(
            "signal region",
            [
                MorphProcess::morphing("signal", "z", signal).times("mu").times("strength"),
                MorphProcess::morphing("top", "z", top.clone()).times("norm_top").shifted(
                    "jes",
                    jets.clone(),
                    0.0,
                ),
                MorphProcess::fixed("other", vec![5.0, 6.0, 2.0, 0.0], vec![0.5, 0.0, 0.3, 0.0])
                    .times("norm_other"),
            ],
        )
        .channel(
            "control region",
            [MorphProcess::fixed("other", vec![40.0; 4], vec![2.0; 4])
                .times("norm_other")
                // The same parameter in two places of one process.
                .shifted("z", jets, 0.0)
                .shifted("z", top, -0.5)],
        )
}

fn counts() -> Vec<f64> {
    vec![41.0, 37.0, 30.5, 29.0, 44.0, 0.0, 39.0, 52.0]
}

#[test]
fn derivatives_match_finite_differences() {
    let morphings = [
        Morphing::default(),
        Morphing {
            beyond: Beyond::Linear,
            negative: NegativeYields::Lift { below: 20.0 },
            statistics: KnotStatistics::Independent,
            ..Morphing::default()
        },
    ];
    let all = [McStatistics::Exact, McStatistics::Gaussian, McStatistics::Poisson, McStatistics::Propagated];
    for (m, morphing) in morphings.into_iter().enumerate() {
        for statistics in all {
            let model = params(morphing).statistics(statistics).check().unwrap();
            let n_gammas = if statistics == McStatistics::Exact { 0 } else { 8 };
            assert_eq!(model.parameters().len(), 6 + n_gammas);
            let likelihood = MorphLikelihood::new(&model, model.data(counts()));
            let mut x = likelihood.inits();
            check_derivatives(&likelihood, &x, 1e-6);
            x.iter_mut().enumerate().for_each(|(i, x)| *x += 0.03 * (i % 5) as f64);
            check_derivatives(&likelihood, &x, 1e-6);
            x[0] = 0.0;
            check_derivatives(&likelihood, &x, 1e-6);
            if m == 1 {
                x[2] = 1.9;
                check_derivatives(&likelihood, &x, 1e-6);
            } else {
                x[2] = 1.51;
                assert_eq!(likelihood.nll(&x), f64::INFINITY);
            }
        }
    }
}

#[test]
fn the_value_is_the_sum_of_its_terms() {
    let model = params(Morphing::default()).check().unwrap();
    let likelihood = MorphLikelihood::new(&model, model.data(counts()));
    let x = [1.3, 0.7, 0.4, -0.2, 1.1, 0.9];
    let signal = |b: f64| {
        let f = |z: f64| (4.0 + 3.0 * b) * (z - 0.2 * z * b).exp();
        let values = KNOTS.map(|z| [f(z)]);
        TemplateMorph::new("s", &KNOTS, &values, &[[0.0]; 7], Morphing::default())
            .unwrap()
            .at(0.4)
            .unwrap()
            .yields[0]
    };
    // Bin 3 of the signal region has nothing of "other": what is left after the signal is the top with its shift.
    let yields = model.yields(&x);
    let mut without = x;
    without[0] = 0.0;
    assert!(close(yields[3] - model.yields(&without)[3], 1.3 * 0.7 * signal(3.0), 1e-12));
    let nll: f64 = yields
        .iter()
        .zip(counts())
        .map(|(nu, n)| nu - n * nu.ln() + statrs::function::gamma::ln_gamma(n + 1.0))
        .sum();
    let normal =
        |t: f64, sigma: f64| 0.5 * (t / sigma).powi(2) + (sigma * (2.0 * std::f64::consts::PI).sqrt()).ln();
    let auxiliary = normal(0.4, 0.5)
        + normal(-0.5, 1.0)
        + normal(1.05_f64.ln() - 1.1_f64.ln(), 0.1)
        + 1.05_f64.ln()
        + 36.0
        - 37.0 * 36.0_f64.ln()
        + statrs::function::gamma::ln_gamma(38.0);
    assert!(close(likelihood.nll(&x), nll + auxiliary, 1e-13));
}

#[test]
fn asimov_data_and_toys_give_their_parameters_back() {
    for statistics in
        [McStatistics::Exact, McStatistics::Gaussian, McStatistics::Poisson, McStatistics::Propagated]
    {
        let mut params = params(Morphing::default()).statistics(statistics);
        // Two strengths of one process are one too many for a fit.
        params = params.measured("strength", AuxiliaryDensity::LogNormal { sigma: 0.2 }, 1.0);
        let model = params.check().unwrap();
        let likelihood = MorphLikelihood::new(&model, model.data(counts()));
        let mut truth = likelihood.inits();
        truth[0] = 1.4;
        truth[2] = -0.3;
        let fit = Fitter::default().fit(&likelihood.asimov(&truth));
        assert!(fit.is_converged(), "{statistics:?} {fit:?}");
        for (value, truth) in fit.parameters.iter().zip(&truth) {
            assert!(close(*value, *truth, 2e-5), "{statistics:?}: {value} {truth}");
        }
        let toy = |seed| likelihood.toy(&truth, &mut Seed::new(seed).stream());
        assert_eq!(toy(1), toy(1));
        assert_ne!(toy(1), toy(2));
        assert!(Fitter::default().fit(&toy(1)).is_converged());
    }
}

#[test]
fn the_profile_over_gaussian_gammas_is_that_of_barlow_and_beeston() {
    // One bin: ν = b γ with n observed; for each γ, b̂ has (n/ν − 1) b = (γ − 1)/δ² (conway2011, Eq. 5: a quadratic).
    let b = 50.0;
    let process = MorphProcess::fixed("b", vec![b], vec![25.0]).times("one");
    let one = Parameter { is_fixed: true, ..Parameter::free("one", 1.0) };
    let model =
        MorphModel::params().parameter(one).channel("c", [process]).statistics(McStatistics::Gaussian);
    let model = model.check().unwrap();
    let fit = Fitter::default().fit(&MorphLikelihood::new(&model, model.data(vec![60.0])));
    let delta2 = 25.0 / (b * b);
    let p = b * delta2 - 1.0;
    let gamma = 0.5 * (-p + (p * p + 4.0 * 60.0 * delta2).sqrt());
    assert_eq!(model.parameters()[1].name, "statistics_c[0]");
    assert!(close(fit.parameters[1], gamma, 1e-9), "{} {gamma}", fit.parameters[1]);
}

#[test]
fn statistics_widen_the_error_by_their_variance() {
    // With much simulation missing, the error of μ is the quadratic sum of Poisson and template statistics.
    let error = |statistics| {
        let process = MorphProcess::fixed("s", vec![400.0], vec![900.0]).times("mu");
        let mu = Parameter::free("mu", 1.0).within(0.0, 10.0);
        let model = MorphModel::params().parameter(mu).channel("c", [process]).statistics(statistics);
        let model = model.check().unwrap();
        let fit = Fitter::default().fit(&MorphLikelihood::new(&model, model.data(vec![400.0])));
        assert!(fit.is_converged());
        fit.hesse_errors().unwrap()[0]
    };
    assert!(close(error(McStatistics::Exact), 20.0 / 400.0, 1e-9));
    for statistics in [McStatistics::Gaussian, McStatistics::Poisson, McStatistics::Propagated] {
        assert!(close(error(statistics), (400.0_f64 + 900.0).sqrt() / 400.0, 1e-9), "{statistics:?}");
    }
}

#[test]
fn both_terms_of_counts_have_the_same_fit() {
    let model = params(Morphing::default()).check().unwrap();
    let term = |term| MorphLikelihood::with_term(&model, model.data(counts()), term);
    let (poisson, baker_cousins) = (term(CountTerm::Poisson), term(CountTerm::BakerCousins));
    let x = poisson.inits();
    check_derivatives(&baker_cousins, &x, 1e-6);
    let mut y = x.clone();
    y[2] += 0.2;
    assert!(close(poisson.nll(&y) - poisson.nll(&x), baker_cousins.nll(&y) - baker_cousins.nll(&x), 1e-11));
}

#[test]
fn what_does_not_fit_together_is_named() {
    let flat = || morph("m", Morphing::default(), |_, _| 1.0);
    let z = |low, high| Parameter::free("z", 0.0).within(low, high);
    let check = |params: MorphModelParams| params.check().unwrap_err().to_string();
    let base = || MorphModel::params().parameter(z(-1.0, 1.0));
    let channel = |params: MorphModelParams, name: &str| {
        params.channel("c", [MorphProcess::morphing("p", name, flat())])
    };
    assert_eq!(check(channel(base(), "zed")), "the parameter of \"p\" in \"c\" must be declared, got zed");
    assert_eq!(
        check(channel(MorphModel::params().parameter(z(-2.0, 1.0)), "z")),
        "the bounds of \"z\" must be within the knots of \"p\" in \"c\", from -1.5 to 1.5, got from -2 to 1"
    );
    assert_eq!(
        check(channel(base().parameter(Parameter::free("mu", 1.0)), "z")),
        "the parameters must be such as something depends on, got mu"
    );
    assert_eq!(
        check(channel(base().parameter(z(-1.0, 1.0)), "z")),
        "the name of a parameter must be new, got z"
    );
    let two = [MorphProcess::morphing("p", "z", flat()), MorphProcess::fixed("q", vec![1.0], vec![0.0])];
    assert_eq!(
        check(base().channel("c", two)),
        "the bins of \"q\" in \"c\" must be 4 in every template, got 1"
    );
    let measured = base().measured("z", AuxiliaryDensity::Gaussian { sigma: 0.0 }, 0.0);
    assert_eq!(check(channel(measured, "z")), "σ of \"z\" must be positive and finite, got 0");
}

#[test]
fn negative_templates_are_told_by_name() {
    let falls = morph("b", Morphing::default(), |z, b| if z < 0.25 { 9.0 - b } else { 0.0 });
    let model = MorphModel::params()
        .parameter(Parameter::free("z", 0.0).within(-1.0, 1.0))
        .channel("c", [MorphProcess::morphing("b", "z", falls)])
        .check()
        .unwrap();
    let told: Vec<(&str, &str, usize)> = model.negative().map(|(c, p, low)| (c, p, low.bin)).collect();
    assert_eq!(told, [("c", "b", 0), ("c", "b", 1), ("c", "b", 2), ("c", "b", 3)]);
}

#[test]
fn a_measurement_left_out_is_what_is_missing() {
    let model = params(Morphing::default()).check().unwrap();
    let data = model.data(counts());
    let (less, less_data) = model.without_auxiliary(&data, &["z"]).unwrap();
    let (whole, part) = (MorphLikelihood::new(&model, data.clone()), MorphLikelihood::new(&less, less_data));
    assert_eq!(less.parameters()[2].width, None);
    let x = whole.inits();
    let missing = 0.5 * (0.1_f64 / 0.5).powi(2) + (0.5 * (2.0 * std::f64::consts::PI).sqrt()).ln();
    assert!(close(whole.nll(&x) - part.nll(&x), missing, 1e-10));
    assert!(model.without_auxiliary(&data, &["mu"]).is_err());
}
