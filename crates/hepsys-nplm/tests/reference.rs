//! Closed forms; `tests/reference/make_references.py` writes their values.

mod common;

use std::path::Path;

use common::{gaussian, run, sample, weighted};
use hepsys_nplm::{
    Auxiliary, ChiSquared, Converged, Feature, KolmogorovSmirnov, Nplm, NplmError, NplmParams, Nuisances,
    Optimizer, PseudoExperiments, Sample, Scaling, Seed, Weights, poisson,
};
use rand_distr::{Distribution, StandardNormal};
use serde::Deserialize;
use serde::de::DeserializeOwned;

#[derive(Deserialize)]
struct Reference<C> {
    tolerance: f64,
    case: Vec<C>,
}

fn reference<C: DeserializeOwned>(name: &str) -> Reference<C> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(name).with_extension("toml");
    toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// $f(x) = a + b x$, to the last digit.
fn linear() -> NplmParams {
    let to_the_end = Converged { starts: 1, tolerance: 1e-15, ..Converged::default() };
    Nplm::params().hidden_layers([]).scaling(Scaling::Unscaled).optimizer(Optimizer::Converged(to_the_end))
}

/// Events of which nothing but their number is seen: the input is zero everywhere.
fn counted(n_events: usize) -> Sample {
    sample(vec![0.0; n_events])
}

#[test]
fn constant_network_gives_the_likelihood_ratio_of_two_counts() {
    #[derive(Deserialize)]
    struct Case {
        n_reference: f64,
        n_data: usize,
        t: f64,
    }
    let reference = reference::<Case>("constant");
    for Case { n_reference, n_data, t } in reference.case {
        let expected = weighted(&counted(100), n_reference / 100.0);
        let fit = linear()
            .check()
            .unwrap()
            .fit(&expected, &counted(n_data), &Auxiliary::nominal(), &run())
            .unwrap();
        let found = fit.test_statistic().value();
        assert!((found - t).abs() < reference.tolerance, "{n_data} of {n_reference}: {found}, expected {t}");
        assert_eq!(fit.delta(), 0.0);
    }
}

#[test]
fn normalisation_alone_has_its_closed_form() {
    #[derive(Deserialize)]
    struct Case {
        n_reference: f64,
        n_data: usize,
        sigma: f64,
        centre: f64,
        nu: f64,
        delta: f64,
    }
    let reference = reference::<Case>("normalisation");
    for Case { n_reference, n_data, sigma, centre, nu, delta } in reference.case {
        let expected = weighted(&counted(100), n_reference / 100.0);
        let fit = linear()
            .nuisances(Nuisances::none().normalisation(gaussian("norm", sigma)))
            .check()
            .unwrap()
            .fit(&expected, &counted(n_data), &Auxiliary::nominal().measured("norm", centre), &run())
            .unwrap();
        let (name, found) = fit.nuisances_of_the_reference().next().unwrap();
        assert_eq!(name, "norm");
        assert!((found - nu).abs() < reference.tolerance, "{found}, expected {nu}");
        assert!((fit.delta() - delta).abs() < reference.tolerance, "{}, expected {delta}", fit.delta());
        // The constant of the network does what the normalisation does, for free: it takes the place of ν − ν₀.
        let (_, alternative) = fit.nuisances_of_the_alternative().next().unwrap();
        // The gradient tolerance of the minimiser, 1e-6, in units of σ over a curvature of one.
        assert!((alternative - centre).abs() < 1e-5 * sigma, "{alternative}, expected {centre}");
    }
}

/// The normal distribution as a few integration points, expecting `total` events.
fn normal(total: f64) -> Sample {
    #[derive(Deserialize)]
    struct Case {
        nodes: Vec<f64>,
        weights: Vec<f64>,
    }
    let Case { nodes, weights } = reference::<Case>("gauss_hermite").case.remove(0);
    Sample::from_columns([(Feature::new("x", "1"), nodes)])
        .and_then(|s| s.with_weights(Weights::new(weights)?))
        .and_then(|s| s.scaled_to(total))
        .unwrap()
}

fn normal_toy(seed: Seed, mean: f64) -> Vec<f64> {
    let mut stream = seed.stream();
    let n_events = poisson(mean, &mut stream).unwrap();
    (0..n_events).map(|_| StandardNormal.sample(&mut stream)).collect()
}

/// $2 [N_D \ln(N_D/N_0) - N_D + N_0] + N_D \bar x^2$
fn t_of_a_line(data: &[f64], n_reference: f64) -> f64 {
    let n = data.len() as f64;
    let mean = data.iter().sum::<f64>() / n;
    2.0 * (n * (n / n_reference).ln() - n + n_reference) + n * mean * mean
}

#[test]
fn line_against_a_normal_distribution_has_its_closed_form() {
    let test = linear().check().unwrap();
    for index in 0..20 {
        let mut data = normal_toy(Seed::new(3).index(index), 500.0);
        // Far from the null hypothesis too.
        data.iter_mut().for_each(|x| *x += 0.02 * index as f64);
        let fit = test.fit(&normal(500.0), &sample(data.clone()), &Auxiliary::nominal(), &run()).unwrap();
        let (found, expected) = (fit.test_statistic().value(), t_of_a_line(&data, 500.0));
        assert!((found - expected).abs() < 1e-8, "toy {index}: {found}, expected {expected}");
    }
}

#[test]
fn line_under_the_null_hypothesis_follows_chi_squared_with_two_degrees_of_freedom() {
    let test = linear().check().unwrap();
    let reference = normal(500.0);
    let toys = PseudoExperiments::new("normal")
        .toys(2000)
        .seed(Seed::new(4))
        .run(|toy| -> Result<f64, NplmError> {
            let data = sample(normal_toy(toy.seed(), 500.0));
            let fit = test.fit(&reference, &data, &Auxiliary::nominal(), &run())?;
            assert_eq!(fit.degrees_of_freedom(), 2);
            Ok(fit.test_statistic().value())
        })
        .unwrap();
    let chi_squared = ChiSquared::new(2.0).unwrap();
    let test = KolmogorovSmirnov::one_sample(toys.values(), |t| chi_squared.cdf(t)).unwrap();
    assert!(test.p_value().value() > 0.01, "{test:?}");
}
