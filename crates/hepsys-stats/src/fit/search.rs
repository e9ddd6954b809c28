//! One search for a minimum of a likelihood.

use std::sync::Arc;

use crate::Likelihood;
use crate::hessian::{Couplings, Hessian, least_curved};
use crate::minimize::{Bound, BoxLbfgs, BoxNewton, NewtonMinimum, Objective, Status, TwiceDifferentiable};

/// A further minimum counts as another one if its value differs by more than this, or a parameter by a tenth of its error.
const SAME_VALUE: f64 = 1e-7;

/// A curvature, in units of the parameters' own, that rounding can make.
const FLAT: f64 = 1e-9;

/// The estimated distance to a minimum, in $-\ln L$, below which a search has arrived.
pub(super) const LEFT: f64 = 1e-6;

/// A likelihood as the minimiser sees it.
pub(super) struct Nll<'a, L: ?Sized>(pub(super) &'a L);

impl<L: Likelihood + ?Sized> TwiceDifferentiable for Nll<'_, L> {
    fn n_parameters(&self) -> usize {
        self.0.parameters().len()
    }

    fn value(&self, parameters: &[f64]) -> f64 {
        self.0.nll(parameters)
    }

    fn couplings(&self) -> Arc<Couplings> {
        self.0.couplings()
    }

    fn hessian(&self, parameters: &[f64], gradient: &mut [f64], hessian: &mut Hessian) -> f64 {
        self.0.hessian(parameters, gradient, hessian)
    }
}

impl<L: Likelihood + ?Sized> Objective for Nll<'_, L> {
    fn n_parameters(&self) -> usize {
        self.0.parameters().len()
    }

    fn evaluate(&self, parameters: &[f64], gradient: &mut [f64]) -> f64 {
        self.0.gradient(parameters, gradient)
    }
}

/// Newton's method, and where it ends at no minimum, again from where L-BFGS gets from there.
pub(super) fn search<L: Likelihood + ?Sized>(
    newton: BoxNewton,
    nll: &Nll<'_, L>,
    bounds: &[Bound],
    is_fixed: &[bool],
    from: &[f64],
) -> NewtonMinimum {
    let first = newton.minimize(nll, bounds, is_fixed, from);
    if has_arrived(&first) || first.status == Status::NotFinite {
        return first;
    }
    let fixed = |(i, bound): (usize, &Bound)| {
        let at = first.parameters[i];
        if is_fixed[i] { Bound { lower: at, upper: at } } else { *bound }
    };
    let fixed: Vec<Bound> = bounds.iter().enumerate().map(fixed).collect();
    let lower = BoxLbfgs::default().minimize(nll, &fixed, &first.parameters);
    let second = newton.minimize(nll, bounds, is_fixed, &lower.parameters);
    let n_steps = first.n_steps + second.n_steps;
    let is_better = has_arrived(&second) || second.value < first.value;
    NewtonMinimum { n_steps, ..if is_better { second } else { first } }
}

/// Whether what is left to gain is below rounding.
pub(super) fn has_arrived(minimum: &NewtonMinimum) -> bool {
    is_minimum(minimum.status, minimum.edm)
}

pub(super) fn is_minimum(status: Status, edm: f64) -> bool {
    matches!(status, Status::SmallGradient | Status::NoDescent) && edm < LEFT
}

/// Why a search did not arrive, by the names of what is to blame.
pub(super) fn problem<L: Likelihood + ?Sized>(likelihood: &L, end: &NewtonMinimum) -> Option<String> {
    if !end.value.is_finite() {
        return likelihood.diagnose(&end.parameters);
    }
    if !end.edm.is_nan() {
        return None;
    }
    let (curvature, direction) = least_curved(&end.hessian, &end.is_free)?;
    let largest = direction.iter().map(|v| v.abs()).fold(0.0, f64::max);
    let names = direction.iter().zip(likelihood.parameters());
    let names: Vec<&str> =
        names.filter(|(v, _)| v.abs() > 0.1 * largest).map(|(_, p)| p.name.as_str()).take(4).collect();
    let names = names.join(", ");
    Some(if curvature < -FLAT {
        format!("the likelihood still rises along {names}")
    } else {
        format!("the data do not determine {names}")
    })
}

pub(super) fn nan_last(value: f64) -> f64 {
    if value.is_nan() { f64::INFINITY } else { value }
}

/// Whether two searches ended at the same minimum.
pub(super) fn is_same(a: &NewtonMinimum, b: &NewtonMinimum) -> bool {
    let n = a.parameters.len();
    (a.value - b.value).abs() <= SAME_VALUE * a.value.abs().max(1.0)
        && (0..n).all(|i| {
            let curvature = a.hessian.get(i, i).abs().max(f64::MIN_POSITIVE);
            (a.parameters[i] - b.parameters[i]).abs() <= 0.1 / curvature.sqrt()
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Parameter;

    /// Rosenbrock's valley, with a third parameter that is fixed.
    struct Valley(Vec<Parameter>);

    impl Likelihood for Valley {
        fn parameters(&self) -> &[Parameter] {
            &self.0
        }

        fn nll(&self, x: &[f64]) -> f64 {
            (x[0] - x[2]).powi(2) + 100.0 * (x[1] - x[0] * x[0]).powi(2)
        }

        fn gradient(&self, x: &[f64], gradient: &mut [f64]) -> f64 {
            let across = x[1] - x[0] * x[0];
            let along = 2.0 * (x[0] - x[2]);
            gradient.copy_from_slice(&[along - 400.0 * x[0] * across, 200.0 * across, -along]);
            self.nll(x)
        }

        fn hessian(&self, x: &[f64], gradient: &mut [f64], hessian: &mut Hessian) -> f64 {
            let curved = 2.0 - 400.0 * (x[1] - 3.0 * x[0] * x[0]);
            let side = -400.0 * x[0];
            hessian.as_dense_mut().copy_from_slice(&[curved, side, -2.0, side, 200.0, 0.0, -2.0, 0.0, 2.0]);
            self.gradient(x, gradient)
        }
    }

    #[test]
    fn where_newton_gives_up_another_method_goes_on() {
        let valley = Valley(["x", "y", "end"].map(|name| Parameter::free(name, 0.0)).to_vec());
        let newton = BoxNewton { max_steps: 4, ..BoxNewton::default() };
        let (bounds, is_fixed) = ([Bound::FREE; 3], [false, false, true]);
        let alone = newton.minimize(&Nll(&valley), &bounds, &is_fixed, &[-1.2, 1.0, 1.0]);
        assert!(!has_arrived(&alone) && alone.status == Status::Exhausted, "{alone:?}");
        let both = search(newton, &Nll(&valley), &bounds, &is_fixed, &[-1.2, 1.0, 1.0]);
        assert!(has_arrived(&both) && both.parameters.iter().all(|x| (x - 1.0).abs() < 1e-6), "{both:?}");
        assert!(both.n_steps > 4, "both searches count");
    }
}
