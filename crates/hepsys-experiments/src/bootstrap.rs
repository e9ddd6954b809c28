//! Uncertainties of anything that is computed from toys, by drawing the toys again.

use hepsys_core::Seed;
use rand::seq::IndexedRandom;

use crate::ExperimentError;

/// How often toys are drawn again: the standard deviation is known to 5 %.
const N_REPLICAS: usize = 200;

/// A number and its standard deviation over replicas of the toys.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bootstrapped {
    /// Of all toys.
    pub value: f64,
    /// Over replicas; zero of a single toy.
    pub uncertainty: f64,
}

/// Numbers that `statistics` computes from the toys with the given indices: of all `n_toys`, and their standard deviations over
/// replicas of as many toys drawn with replacement.
///
/// One replica serves all numbers, so what toys have in common cancels in ratios.
///
/// # Errors
///
/// The first of `statistics`.
pub fn bootstrap<const N: usize>(
    n_toys: usize,
    seed: Seed,
    statistics: impl Fn(&[usize]) -> Result<[f64; N], ExperimentError>,
) -> Result<[Bootstrapped; N], ExperimentError> {
    let all: Vec<usize> = (0..n_toys).collect();
    let value = statistics(&all)?;
    let mut stream = seed.named("bootstrap").stream();
    let mut replicas = Vec::with_capacity(N_REPLICAS);
    for _ in 0..N_REPLICAS {
        let drawn: Vec<usize> = all.iter().filter_map(|_| all.choose(&mut stream).copied()).collect();
        replicas.push(statistics(&drawn)?);
    }
    Ok(std::array::from_fn(|k| {
        let n = replicas.len() as f64;
        let mean = replicas.iter().map(|r| r[k]).sum::<f64>() / n;
        let variance = replicas.iter().map(|r| (r[k] - mean).powi(2)).sum::<f64>() / (n - 1.0);
        Bootstrapped { value: value[k], uncertainty: variance.sqrt() }
    }))
}

/// The value in the middle of those with the given indices.
#[must_use]
pub fn middle(values: &[f64], indices: &[usize]) -> f64 {
    let mut chosen: Vec<f64> = indices.iter().map(|&i| values[i]).collect();
    chosen.sort_by(f64::total_cmp);
    match (chosen.len(), chosen.len() / 2) {
        (0, _) => f64::NAN,
        (n, half) if n % 2 == 0 => 0.5 * (chosen[half - 1] + chosen[half]),
        (_, half) => chosen[half],
    }
}

impl std::fmt::Display for Bootstrapped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.2} ± {:.2}", self.value, self.uncertainty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_uncertainty_of_a_mean_is_that_of_the_formula() {
        let values: Vec<f64> = (0..100).map(f64::from).collect();
        let mean = |indices: &[usize]| indices.iter().map(|&i| values[i]).sum::<f64>() / indices.len() as f64;
        let [found, twice] = bootstrap(100, Seed::new(5), |i| Ok([mean(i), 2.0 * mean(i)])).unwrap();
        assert_eq!(found.value, 49.5);
        // σ/√n = 28.87/10, known to 5 %; three times that.
        assert!((found.uncertainty / 2.887 - 1.0).abs() < 0.15, "{found:?}");
        assert!((twice.uncertainty / found.uncertainty - 2.0).abs() < 1e-12);
    }

    #[test]
    fn the_middle_of_an_even_number_is_between_two() {
        let values = [5.0, 1.0, 3.0, 2.0];
        assert_eq!(middle(&values, &[0, 1, 2, 3]), 2.5);
        assert_eq!(middle(&values, &[0, 0, 1]), 5.0);
        assert!(middle(&values, &[]).is_nan());
    }
}
