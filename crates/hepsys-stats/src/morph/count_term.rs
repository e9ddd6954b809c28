use serde::{Deserialize, Serialize};
use statrs::function::gamma::{digamma, ln_gamma};

use crate::histfactory::density::poisson;
use crate::histfactory::interpolation::Jet;
use crate::special::trigamma;

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
    /// What does not depend on ν, with its derivatives by $n$.
    pub(super) fn of_count(self, n: f64) -> Jet {
        match self {
            Self::Poisson => {
                Jet { value: ln_gamma(n + 1.0), slope: digamma(n + 1.0), curvature: trigamma(n + 1.0) }
            }
            Self::BakerCousins if n > 0.0 => Jet { value: n * n.ln() - n, slope: n.ln(), curvature: 1.0 / n },
            Self::BakerCousins if n == 0.0 => Jet { value: 0.0, slope: 0.0, curvature: 0.0 },
            Self::BakerCousins => Jet { value: f64::INFINITY, slope: f64::NAN, curvature: f64::NAN },
        }
    }

    /// The value alone.
    pub(super) fn constant(self, n: f64) -> f64 {
        match self {
            Self::Poisson => ln_gamma(n + 1.0),
            Self::BakerCousins => self.of_count(n).value,
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
                let h = 1e-5 * n;
                let (above, at, below) = (term.of_count(n + h), term.of_count(n), term.of_count(n - h));
                assert!(((above.value - below.value) / (2.0 * h) - at.slope).abs() < 1e-6, "{term:?} {n}");
                assert!(
                    ((above.slope - below.slope) / (2.0 * h) - at.curvature).abs() < 1e-6,
                    "{term:?} {n}"
                );
            }
        }
    }

    #[test]
    fn baker_cousins_vanishes_where_the_expectation_is_met() {
        for n in [0.0, 0.7, 30.0] {
            let value = CountTerm::of_yield(n, n.max(1e-300)).value + CountTerm::BakerCousins.constant(n);
            assert!(value.abs() < 1e-13, "{n}: {value}");
        }
    }
}
