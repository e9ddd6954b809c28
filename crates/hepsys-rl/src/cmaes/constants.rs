//! The strategy parameters, Table 1 of the tutorial.

use super::Recombination;

/// All that depends on dimension, population and weights only.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Constants {
    /// λ
    pub(super) population: usize,
    /// Of the best to the worst, $w_i$; the first `n_parents` are positive and sum to one.
    pub(super) weights: Vec<f64>,
    /// μ
    pub(super) n_parents: usize,
    /// $\mu_\text{eff}$
    pub(super) effective: f64,
    pub(super) c_sigma: f64,
    pub(super) d_sigma: f64,
    pub(super) c_c: f64,
    pub(super) c_1: f64,
    pub(super) c_mu: f64,
    /// $E\\|\mathcal N(0, I)\\|$
    pub(super) normal_length: f64,
}

impl Constants {
    pub(super) fn new(n_dimensions: usize, population: Option<usize>, recombination: Recombination) -> Self {
        let n = n_dimensions as f64;
        let population = population.unwrap_or(4 + (3.0 * n.ln()).floor() as usize);
        let n_parents = population / 2;
        // Eq. 49.
        let raw: Vec<f64> =
            (1..=population).map(|i| ((population as f64 + 1.0) / 2.0).ln() - (i as f64).ln()).collect();
        let (better, worse) = raw.split_at(n_parents);
        let (effective, effective_worse) = (effective(better), effective(worse));
        // Eqs. 55 to 58, with α_cov = 2.
        let c_sigma = (effective + 2.0) / (n + effective + 5.0);
        let d_sigma = 1.0 + 2.0 * (((effective - 1.0) / (n + 1.0)).sqrt() - 1.0).max(0.0) + c_sigma;
        let c_c = (4.0 + effective / n) / (n + 4.0 + 2.0 * effective / n);
        let c_1 = 2.0 / ((n + 1.3).powi(2) + effective);
        let c_mu = (2.0 * (0.25 + effective + 1.0 / effective - 2.0) / ((n + 2.0).powi(2) + effective))
            .min(1.0 - c_1);
        // Eqs. 50 to 53.
        let most = match recombination {
            Recombination::Positive => 0.0,
            Recombination::Active => (1.0 + c_1 / c_mu)
                .min(1.0 + 2.0 * effective_worse / (effective + 2.0))
                .min((1.0 - c_1 - c_mu) / (n * c_mu)),
        };
        let positive: f64 = better.iter().sum();
        // The middle of an odd population has a weight of zero, or of its rounding.
        let negative: f64 = worse.iter().map(|w| w.min(0.0)).sum();
        let weights = better
            .iter()
            .map(|w| w / positive)
            .chain(worse.iter().map(|w| -most * w.min(0.0) / negative))
            .collect();
        Self {
            population,
            weights,
            n_parents,
            effective,
            c_sigma,
            d_sigma,
            c_c,
            c_1,
            c_mu,
            normal_length: n.sqrt() * (1.0 - 1.0 / (4.0 * n) + 1.0 / (21.0 * n * n)),
        }
    }

    /// After how many generations the covariance matrix is decomposed again (App. B.2).
    pub(super) fn decomposed_every(&self, n_dimensions: usize) -> u64 {
        let n = (1.0 / (10.0 * n_dimensions as f64 * (self.c_1 + self.c_mu))).floor();
        // A positive number of generations, far below the range of integers.
        n.max(1.0) as u64
    }
}

/// The variance-effective number of points of these weights.
fn effective(weights: &[f64]) -> f64 {
    let sum: f64 = weights.iter().sum();
    let squares: f64 = weights.iter().map(|w| w * w).sum();
    sum * sum / squares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_those_of_the_tutorial() {
        // n = 10: λ = 4 + ⌊6.9⌋.
        let constants = Constants::new(10, None, Recombination::Active);
        assert_eq!((constants.population, constants.n_parents), (10, 5));
        let positive: f64 = constants.weights[..5].iter().sum();
        assert!((positive - 1.0).abs() < 1e-15);
        assert!(constants.weights[5..].iter().all(|w| *w < 0.0));
        // μ_eff is about 0.3 λ, Eq. 49 and below.
        assert!((constants.effective - 3.17).abs() < 0.01, "{}", constants.effective);
        let none = Constants::new(10, None, Recombination::Positive);
        assert!(none.weights[5..].iter().all(|w| *w == 0.0));
    }

    #[test]
    fn the_covariance_cannot_lose_more_than_it_has() {
        for n in 1..60 {
            for population in [None, Some(4), Some(7), Some(100)] {
                let c = Constants::new(n, population, Recombination::Active);
                let negative: f64 = c.weights.iter().map(|w| w.min(0.0)).sum();
                let sum: f64 = c.weights.iter().sum();
                assert!(1.0 - c.c_1 - c.c_mu * sum >= -1e-12, "{n} {population:?}");
                assert!(1.0 - c.c_1 - c.c_mu + n as f64 * c.c_mu * negative >= -1e-12, "{n} {population:?}");
            }
        }
    }
}
