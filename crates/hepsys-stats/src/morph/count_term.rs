use serde::{Deserialize, Serialize};
use statrs::function::gamma::digamma;

use crate::histfactory::density::poisson;
use crate::histfactory::interpolation::Jet;
use crate::special::{minus_ln_poisson_peak, trigamma};

/// What a count $n$ adds to the negative log-likelihood if ν are expected.
///
/// The two differ by a function of $n$ alone.
/// That is a constant for given data, but not where the counts change with a parameter: there the choice matters, and
/// neither form may drop it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CountTerm {
    /// $\nu - n\ln\nu + \ln\Gamma(n + 1)$
    #[default]
    Poisson,
    /// $\nu - n + n\ln(n/\nu)$, half the likelihood-ratio χ² of `baker1984`; zero where the expectation is met.
    BakerCousins,
}

impl CountTerm {
    /// What does not depend on ν.
    pub(super) fn constant(self, n: f64) -> f64 {
        match self {
            Self::Poisson => minus_ln_poisson_peak(n),
            Self::BakerCousins if n >= 0.0 => 0.0,
            Self::BakerCousins => f64::INFINITY,
        }
    }

    /// The first two derivatives of the whole by $n$ if ν are expected.
    pub(super) fn by_count(self, n: f64, nu: f64) -> [f64; 2] {
        match self {
            Self::Poisson => [digamma(n + 1.0) - nu.ln(), trigamma(n + 1.0)],
            Self::BakerCousins if n > 0.0 => [n.ln() - nu.ln(), 1.0 / n],
            Self::BakerCousins if n == 0.0 => [-nu.ln(), 0.0],
            Self::BakerCousins => [f64::NAN; 2],
        }
    }

    /// What depends on ν, with its derivatives by ν.
    pub(super) fn of_yield(n: f64, nu: f64) -> Jet {
        poisson(n, nu)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivatives_by_the_count_match_finite_differences() {
        for term in [CountTerm::Poisson, CountTerm::BakerCousins] {
            for n in [0.3, 2.0, 17.5, 400.0] {
                let (h, nu) = (1e-5 * n, 1.3 * n);
                let value = |n: f64| CountTerm::of_yield(n, nu).value + term.constant(n);
                let [slope, curvature] = term.by_count(n, nu);
                assert!(((value(n + h) - value(n - h)) / (2.0 * h) - slope).abs() < 1e-6, "{term:?} {n}");
                let [above, below] = [n + h, n - h].map(|n| term.by_count(n, nu)[0]);
                assert!(((above - below) / (2.0 * h) - curvature).abs() < 1e-6, "{term:?} {n}");
            }
        }
    }

    #[test]
    fn baker_cousins_vanishes_where_the_expectation_is_met() {
        for n in [0.0, 0.7, 30.0] {
            let value = CountTerm::of_yield(n, n).value + CountTerm::BakerCousins.constant(n);
            assert!(value.abs() < 1e-13, "{n}: {value}");
        }
    }
}
