//! Values of other programs; `tests/reference/make_references.py` writes them.

use std::path::Path;

use hepsys_core::TestStatistic;
use hepsys_stats::{
    ChiSquared, KolmogorovSmirnov, NullDistribution, PValue, binomial_interval, mean, quantile,
    standard_deviation,
};
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

/// Relative, and absolute below one: a logarithm near zero is a probability near one.
fn assert_close(what: &str, found: f64, expected: f64, tolerance: f64) {
    let scale = expected.abs().max(1.0);
    assert!((found - expected).abs() <= tolerance * scale, "{what}: {found}, expected {expected}");
}

fn assert_relative(what: &str, found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance * expected.abs(), "{what}: {found}, expected {expected}");
}

#[test]
fn chi_squared_tails_match() {
    #[derive(Deserialize)]
    struct Case {
        dof: f64,
        t: f64,
        value: f64,
    }
    let reference = reference::<Case>("chi_squared_ln_survival");
    for Case { dof, t, value } in reference.case {
        let found = ChiSquared::new(dof).unwrap().ln_survival(t);
        assert_close(&format!("dof {dof}, t {t}"), found, value, reference.tolerance);
        let p = NullDistribution::chi_squared(dof).unwrap().p_value(TestStatistic::new(t).unwrap());
        assert_eq!(p.ln_value(), found);
    }
}

#[test]
fn chi_squared_quantiles_match() {
    #[derive(Deserialize)]
    struct Case {
        dof: f64,
        q: f64,
        value: f64,
    }
    let reference = reference::<Case>("chi_squared_quantile");
    for Case { dof, q, value } in reference.case {
        let found = ChiSquared::new(dof).unwrap().quantile(q).unwrap();
        assert_relative(&format!("dof {dof}, q {q}"), found, value, reference.tolerance);
    }
}

#[test]
fn fitted_degrees_of_freedom_match() {
    #[derive(Deserialize)]
    struct Case {
        values: Vec<f64>,
        dof: f64,
        uncertainty: f64,
    }
    let reference = reference::<Case>("chi_squared_fit");
    for Case { values, dof, uncertainty } in reference.case {
        let fit = ChiSquared::fit(&values).unwrap();
        assert_relative("dof", fit.dof(), dof, reference.tolerance);
        assert_relative("uncertainty", fit.dof_uncertainty().unwrap(), uncertainty, reference.tolerance);
    }
}

#[test]
fn significances_match_far_beyond_the_smallest_double() {
    #[derive(Deserialize)]
    struct Case {
        ln_p: f64,
        value: f64,
    }
    // Given ln p, the χ² distribution with two degrees of freedom, P(t) = exp(-t/2), has it as its tail.
    let null = NullDistribution::chi_squared(2.0).unwrap();
    let reference = reference::<Case>("normal_quantile");
    for Case { ln_p, value } in reference.case {
        let p = null.p_value(TestStatistic::new(-2.0 * ln_p).unwrap());
        assert_close(&format!("ln p {ln_p}"), p.significance().value(), value, reference.tolerance);
    }
}

#[test]
fn significances_of_p_values_match() {
    #[derive(Deserialize)]
    struct Case {
        p: f64,
        value: f64,
    }
    let reference = reference::<Case>("significance");
    for Case { p, value } in reference.case {
        let found = PValue::new(p).unwrap().significance().value();
        assert_close(&format!("p {p}"), found, value, reference.tolerance);
    }
}

#[test]
fn binomial_intervals_match() {
    #[derive(Deserialize)]
    struct Case {
        k: usize,
        n: usize,
        level: f64,
        value: (f64, f64),
    }
    let reference = reference::<Case>("binomial_interval");
    for Case { k, n, level, value } in reference.case {
        let (lower, upper) = binomial_interval(k, n, level).unwrap();
        assert_relative(&format!("lower end of {k}/{n}"), lower, value.0, reference.tolerance);
        assert_relative(&format!("upper end of {k}/{n}"), upper, value.1, reference.tolerance);
    }
}

#[test]
fn kolmogorov_smirnov_tests_match_for_one_sample() {
    #[derive(Deserialize)]
    struct Case {
        values: Vec<f64>,
        statistic: f64,
        p_value: f64,
    }
    let reference = reference::<Case>("kolmogorov_smirnov_one_sample");
    for Case { values, statistic, p_value } in reference.case {
        let test = KolmogorovSmirnov::one_sample(&values, |x| x).unwrap();
        let what = format!("{} values", values.len());
        assert_relative(&what, test.statistic(), statistic, reference.tolerance);
        assert_relative(&what, test.p_value().value(), p_value, reference.tolerance);
    }
}

#[test]
fn kolmogorov_smirnov_p_values_match_over_their_range() {
    #[derive(Deserialize)]
    struct Case {
        n: usize,
        d: f64,
        p_value: f64,
    }
    let reference = reference::<Case>("kolmogorov_smirnov_distribution");
    for Case { n, d, p_value } in reference.case {
        // Values at (i + 1/2)/n, all moved by d - 1/(2n), have the distance d.
        let shift = d - 0.5 / n as f64;
        let values: Vec<f64> = (0..n).map(|i| (i as f64 + 0.5) / n as f64).collect();
        let test = KolmogorovSmirnov::one_sample(&values, |x| (x + shift).min(1.0)).unwrap();
        assert_relative(&format!("n {n}"), test.statistic(), d, 1e-13 * n as f64);
        assert_relative(&format!("n {n}, d {d}"), test.p_value().value(), p_value, reference.tolerance);
    }
}

#[test]
fn kolmogorov_smirnov_tests_match_for_two_samples() {
    #[derive(Deserialize)]
    struct Case {
        first: Vec<f64>,
        second: Vec<f64>,
        statistic: f64,
        p_value: f64,
    }
    let reference = reference::<Case>("kolmogorov_smirnov_two_sample");
    for Case { first, second, statistic, p_value } in reference.case {
        let test = KolmogorovSmirnov::two_sample(&first, &second).unwrap();
        let what = format!("{} and {} values", first.len(), second.len());
        assert_relative(&what, test.statistic(), statistic, reference.tolerance);
        assert_relative(&what, test.p_value().value(), p_value, reference.tolerance);
    }
}

#[test]
fn quantiles_and_moments_match() {
    #[derive(Deserialize)]
    struct Case {
        values: Vec<f64>,
        q: Vec<f64>,
        value: Vec<f64>,
        mean: f64,
        standard_deviation: f64,
    }
    let reference = reference::<Case>("quantiles");
    for case in reference.case {
        for (&q, &expected) in case.q.iter().zip(&case.value) {
            let found = quantile(&case.values, q).unwrap().value;
            assert_close(&format!("q {q}"), found, expected, reference.tolerance);
        }
        assert_close("mean", mean(&case.values).unwrap().value, case.mean, reference.tolerance);
        let found = standard_deviation(&case.values).unwrap();
        assert_close("standard deviation", found, case.standard_deviation, reference.tolerance);
    }
}
