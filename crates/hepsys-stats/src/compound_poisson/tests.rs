use hepsys_core::Seed;
use statrs::distribution::{Discrete, DiscreteCDF, Poisson};

use super::*;
use crate::poisson;

#[test]
fn a_single_value_is_a_scaled_poisson() {
    for mean in [0.3, 7.0, 2000.0] {
        let sum = CompoundPoisson::new(&[-0.7], &[mean]).unwrap();
        let exact = Poisson::new(mean).unwrap();
        let n = mean as u64 + 3;
        // Below or at -0.7 n is a count of n or more.
        let expected = if n == 0 { 1.0 } else { exact.sf(n - 1) };
        // Rounding of the exponent, 10⁻¹⁶ of the expected number, adds up over the points.
        let tolerance = 1e-12 * mean.max(1.0);
        let cdf = sum.cdf(-0.7 * n as f64);
        assert!((cdf - expected).abs() < tolerance, "{mean}: {cdf} {expected}");
        let p = sum.p_value(-0.7 * n as f64).unwrap().value();
        assert!((p - exact.cdf(n)).abs() < tolerance, "{mean}: {p} {}", exact.cdf(n));
    }
}

#[test]
fn tails_are_exact_relative_to_themselves() {
    let (mean, n) = (50.0, 200_u64);
    let p = CompoundPoisson::new(&[0.25], &[mean]).unwrap().p_value(0.25 * n as f64).unwrap();
    let law = Poisson::new(mean).unwrap();
    let exact: f64 = (n..n + 200).map(|k| law.pmf(k)).sum();
    assert!(exact < 1e-55);
    assert!((p.value() / exact - 1.0).abs() < 1e-9, "{} {exact}", p.value());
}

#[test]
fn mean_and_variance_are_those_of_campbell() {
    let values: Vec<f64> = (0..200).map(|i| (f64::from(i) * 0.37).sin() + 0.2).collect();
    let expected: Vec<f64> = (0..200).map(|i| 0.05 * f64::from(i % 7)).collect();
    let sum = CompoundPoisson::new(&values, &expected).unwrap();
    let points =
        (0..sum.lattice.probabilities.len()).map(|i| (sum.lattice.at(i), sum.lattice.probabilities[i]));
    let (mut total, mut mean, mut square) = (0.0_f64, 0.0_f64, 0.0);
    for (t, p) in points {
        total += p;
        mean += p * t;
        square += p * (t - sum.mean()).powi(2);
    }
    // Values between points add to the variance at most λ step²/4 each.
    let more = expected.iter().sum::<f64>() * sum.lattice.step.powi(2) / 4.0;
    assert!((total - 1.0).abs() < 1e-11 && (mean - sum.mean()).abs() < 1e-9);
    assert!((square - sum.variance()).abs() < more + 1e-9, "{square} {}", sum.variance());
}

#[test]
fn toys_agree() {
    let values = [0.5, -0.3, 2.0];
    let expected = [10.0, 4.0, 0.6];
    let sum = CompoundPoisson::new(&values, &expected).unwrap();
    let n_toys = 20_000;
    let toys: Vec<f64> = (0..n_toys)
        .map(|i| {
            let mut stream = Seed::new(3).index(i).stream();
            values.iter().zip(expected).map(|(g, l)| g * poisson(l, &mut stream).unwrap() as f64).sum()
        })
        .collect();
    for t in [1.0, 4.7, 9.1, 12.2] {
        let counted = toys.iter().filter(|toy| **toy >= t - 1e-9).count() as f64 / n_toys as f64;
        let p = sum.p_value(t).unwrap().value();
        // Four standard deviations of a binomial count; the seed is fixed.
        assert!((counted - p).abs() < 4.0 * (p * (1.0 - p) / n_toys as f64).sqrt(), "{t}: {counted} {p}");
    }
}

#[test]
fn a_process_without_effect_is_a_point() {
    for (values, expected) in [([0.0], [5.0]), ([3.0], [0.0])] {
        let sum = CompoundPoisson::new(&values, &expected).unwrap();
        assert_eq!((sum.mean(), sum.median()), (0.0, 0.0));
        assert_eq!(sum.p_value(0.0).unwrap().value(), 1.0);
        assert!(sum.p_value(1.0).unwrap().value() < 1e-300);
    }
}

#[test]
fn bad_input_is_refused() {
    let message =
        |values: &[f64], expected: &[f64]| CompoundPoisson::new(values, expected).unwrap_err().to_string();
    assert_eq!(
        message(&[1.0], &[1.0, 2.0]),
        "the number of expected numbers must be the number of values, 1, got 2"
    );
    assert_eq!(
        message(&[1.0, f64::NAN], &[1.0, 2.0]),
        "the values of a sum over a Poisson process must be finite, but value 1 is NaN"
    );
    assert_eq!(
        message(&[1.0], &[-2.0]),
        "the expected numbers of events must be finite and not negative, but value 0 is -2"
    );
    assert!(CompoundPoisson::new(&[], &[]).is_err());
    let sum = CompoundPoisson::new(&[1.0], &[1.0]).unwrap();
    assert!(sum.quantile(1.0).is_err() && sum.p_value(f64::NAN).is_err());
}

#[test]
fn tails_above_the_mean_of_what_only_lowers_the_sum_are_those_of_few_events() {
    // -N for N of Poisson(5): a sum of -2 or more is a count of two or less.
    let sum = CompoundPoisson::new(&[-1.0], &[5.0]).unwrap();
    let few = (-5.0_f64).exp() * (1.0 + 5.0 + 12.5);
    assert!((sum.p_value(-2.0).unwrap().value() - few).abs() < 1e-11);
    assert!((sum.p_value(0.0).unwrap().value() - (-5.0_f64).exp()).abs() < 1e-11);
    assert!(sum.p_value(0.5).unwrap().value() < 1e-300);
}
