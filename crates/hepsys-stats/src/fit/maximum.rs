use hepsys_core::Seed;
use rand::RngExt;

use super::search::{Nll, has_arrived, is_minimum, is_same, nan_last, problem, search};
use crate::Likelihood;
use crate::hessian::Hessian;
use crate::minimize::{Bound, BoxNewton, NewtonMinimum, Status};

/// How a likelihood is maximised: which parameters are fixed, and from how many places.
#[derive(Debug, Clone)]
pub struct Fitter {
    fixed: Vec<(usize, f64)>,
    starts: usize,
    seed: Seed,
    newton: BoxNewton,
}

impl Default for Fitter {
    fn default() -> Self {
        Self { fixed: Vec::new(), starts: 1, seed: Seed::new(0), newton: BoxNewton::default() }
    }
}

/// A local minimum of the negative log-likelihood.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Minimum {
    /// The parameters.
    pub parameters: Vec<f64>,
    /// $-\ln L$
    pub nll: f64,
    /// From how many starts it was reached.
    pub n_starts: usize,
}

/// The outcome of a fit.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Fit {
    /// The best parameters.
    pub parameters: Vec<f64>,
    /// $-\ln L$ there, with all constants.
    pub nll: f64,
    /// The estimated distance to the minimum in $-\ln L$.
    pub edm: f64,
    /// Which parameters are neither fixed, nor held at a bound, nor without any effect.
    pub is_free: Vec<bool>,
    /// Which parameters the model or the fitter fixed.
    pub is_fixed: Vec<bool>,
    /// The Hessian of $-\ln L$.
    pub hessian: Hessian,
    /// How many Hessians were computed, in all starts.
    pub n_steps: usize,
    /// Why it ended.
    pub status: Status,
    /// What makes the likelihood zero or no number where the search ended, or leaves it without a minimum there, by name; `None`
    /// if it is fine or nothing is known.
    pub problem: Option<String>,
    /// Every minimum that was found, the best first; more than one is a warning.
    pub minima: Vec<Minimum>,
}

impl Fit {
    /// Whether this is a minimum: the search ended at one, and what is left to gain is below rounding.
    #[must_use]
    pub fn is_converged(&self) -> bool {
        is_minimum(self.status, self.edm)
    }

    /// Where fits of the same data under other conditions should begin: at every minimum of this one.
    #[must_use]
    pub fn starts(&self) -> Vec<Vec<f64>> {
        let mut starts: Vec<Vec<f64>> = self.minima.iter().map(|m| m.parameters.clone()).collect();
        if starts.is_empty() {
            starts.push(self.parameters.clone());
        }
        starts
    }
}

impl Fitter {
    /// Fixes parameter number `index` at `value`, whatever its bounds.
    #[must_use]
    pub fn fix(mut self, index: usize, value: f64) -> Self {
        self.fixed.push((index, value));
        self
    }

    /// From how many places to start: the model's own, then others by chance, within bounds and constraints.
    ///
    /// Defaults to one. More find further minima, which [`Fit::minima`] lists.
    #[must_use]
    pub fn starts(mut self, starts: usize) -> Self {
        self.starts = starts;
        self
    }

    /// The seed of further starts. Defaults to `Seed::new(0)`.
    #[must_use]
    pub fn seed(mut self, seed: Seed) -> Self {
        self.seed = seed;
        self
    }

    /// Which parameters are not fitted, because the model or this fitter fixes them.
    pub(crate) fn is_fixed<L: Likelihood + ?Sized>(&self, likelihood: &L) -> Vec<bool> {
        let mut is_fixed: Vec<bool> = likelihood.parameters().iter().map(|p| p.is_fixed).collect();
        for (index, _) in &self.fixed {
            is_fixed[*index] = true;
        }
        is_fixed
    }

    /// Maximises the likelihood from the model's starting values.
    #[must_use]
    pub fn fit<L: Likelihood + ?Sized>(&self, likelihood: &L) -> Fit {
        self.fit_from(likelihood, &likelihood.inits())
    }

    /// Maximises the likelihood; the first start is `start`.
    #[must_use]
    pub fn fit_from<L: Likelihood + ?Sized>(&self, likelihood: &L, start: &[f64]) -> Fit {
        let scattered = (1..self.starts.max(1)).map(|index| self.scattered(likelihood, index));
        self.fit_from_each(likelihood, std::iter::once(start.to_vec()).chain(scattered))
    }

    /// Maximises the likelihood from each of these places and from no others.
    ///
    /// # Panics
    ///
    /// If there is none.
    #[must_use]
    pub fn fit_from_each<L: Likelihood + ?Sized>(
        &self,
        likelihood: &L,
        starts: impl IntoIterator<Item = Vec<f64>>,
    ) -> Fit {
        let parameters = likelihood.parameters();
        let bounds: Vec<Bound> =
            parameters.iter().map(|p| Bound { lower: p.bounds.0, upper: p.bounds.1 }).collect();
        let is_fixed = self.is_fixed(likelihood);
        let mut found: Vec<(NewtonMinimum, usize)> = Vec::new();
        let mut n_steps = 0;
        for mut from in starts {
            for &(index, value) in &self.fixed {
                from[index] = value;
            }
            let minimum = search(self.newton, &Nll(likelihood), &bounds, &is_fixed, &from);
            n_steps += minimum.n_steps;
            match found.iter_mut().find(|(other, _)| is_same(other, &minimum)) {
                // Of two searches at one place the one that has arrived counts.
                Some((other, n_starts)) => match (has_arrived(other), has_arrived(&minimum)) {
                    (true, true) => *n_starts += 1,
                    (false, true) => *other = minimum,
                    _ => {}
                },
                None => found.push((minimum, 1)),
            }
        }
        found.sort_by(|(a, _), (b, _)| nan_last(a.value).total_cmp(&nan_last(b.value)));
        let minima = found
            .iter()
            .filter(|(m, _)| has_arrived(m))
            .map(|(m, n)| Minimum { parameters: m.parameters.clone(), nll: m.value, n_starts: *n })
            .collect();
        assert!(!found.is_empty(), "one start or more");
        let (best, _) = found.swap_remove(0);
        Fit {
            problem: problem(likelihood, &best),
            parameters: best.parameters,
            nll: best.value,
            edm: best.edm,
            is_free: best.is_free,
            is_fixed,
            hessian: best.hessian,
            n_steps,
            status: best.status,
            minima,
        }
    }

    /// A starting point by chance: within three standard deviations of its auxiliary measurement where there is one,
    /// and anywhere in a factor of four around the model's starting value, or within one of zero, where there is none.
    fn scattered<L: Likelihood + ?Sized>(&self, likelihood: &L, index: usize) -> Vec<f64> {
        let mut stream = self.seed.named("fit start").index(index).stream();
        let mut from = likelihood.inits();
        for (value, parameter) in from.iter_mut().zip(likelihood.parameters()) {
            let u = 2.0 * stream.random::<f64>() - 1.0;
            if !parameter.is_fixed {
                let moved = match parameter.width {
                    Some(width) => *value + 3.0 * width * u,
                    // A factor would leave zero where it is.
                    None if *value == 0.0 => u,
                    None => *value * 4.0_f64.powf(u),
                };
                *value = moved.clamp(parameter.bounds.0, parameter.bounds.1);
            }
        }
        from
    }
}
