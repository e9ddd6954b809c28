use nalgebra::{Cholesky, DMatrix, DVector};

use super::{Bound, Status};

/// A function with exact first and second derivatives.
pub trait TwiceDifferentiable {
    /// How many parameters it has.
    fn n_parameters(&self) -> usize;

    /// Its value.
    fn value(&self, parameters: &[f64]) -> f64;

    /// Its value; the gradient and, row by row, the Hessian go where the caller wants them.
    fn hessian(&self, parameters: &[f64], gradient: &mut [f64], hessian: &mut [f64]) -> f64;
}

/// Newton's method in a box: exact Hessian, active set, and a trust region by damping.
///
/// In each step the parameters that stand at a bound and would leave the box are held.
/// The step of the others solves $(H + \lambda D)\,s = -g$ with $D$ the diagonal of $H$, is moved into the box, and is taken
/// if the function falls by what the quadratic model promises, or a part of it; otherwise λ grows.
/// The estimated distance to the minimum, $\frac12 g^T H^{-1} g$, says when to stop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BoxNewton {
    /// The estimated distance to the minimum, in units of the function, at which to stop. Defaults to `1e-16`.
    ///
    /// Its root is how far parameters may be off in their standard deviations; convergence is quadratic, so that a small value
    /// costs a step at most.
    pub edm_tolerance: f64,
    /// How many Hessians may be computed. Defaults to 200.
    pub max_steps: usize,
}

impl Default for BoxNewton {
    fn default() -> Self {
        Self { edm_tolerance: 1e-16, max_steps: 200 }
    }
}

/// Where Newton's method ended.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct NewtonMinimum {
    /// The parameters.
    pub parameters: Vec<f64>,
    /// The value there.
    pub value: f64,
    /// The gradient there.
    pub gradient: Vec<f64>,
    /// The Hessian there, row by row.
    pub hessian: Vec<f64>,
    /// The estimated distance to the minimum; NaN where the Hessian is not positive definite.
    pub edm: f64,
    /// Which parameters could move: neither fixed nor held at a bound.
    pub is_free: Vec<bool>,
    /// How many Hessians were computed.
    pub n_steps: usize,
    /// Why it ended.
    pub status: Status,
}

/// A step smaller than this, relative to what rounding leaves of the value, is none.
const ROUNDING: f64 = 4.0 * f64::EPSILON;

/// The largest damping; beyond it no step is left.
const MOST_DAMPED: f64 = 1e12;

impl BoxNewton {
    /// Goes from `start`, moved into the box, to a minimum; parameters that `is_fixed` stay.
    ///
    /// # Panics
    ///
    /// Unless there is one bound, one flag and one starting value for each parameter.
    pub fn minimize<F: TwiceDifferentiable + ?Sized>(
        &self,
        function: &F,
        bounds: &[Bound],
        is_fixed: &[bool],
        start: &[f64],
    ) -> NewtonMinimum {
        let n = function.n_parameters();
        assert_eq!((bounds.len(), is_fixed.len(), start.len()), (n, n, n), "one of each for each parameter");
        let mut x: Vec<f64> =
            (0..n).map(|i| if is_fixed[i] { start[i] } else { bounds[i].clamp(start[i]) }).collect();
        let (mut gradient, mut hessian) = (vec![0.0; n], vec![0.0; n * n]);
        let mut value = function.hessian(&x, &mut gradient, &mut hessian);
        let (mut n_steps, mut damping) = (1, 0.0_f64);
        let mut trial = vec![0.0; n];
        let (status, edm, is_free) = loop {
            let is_free: Vec<bool> =
                (0..n).map(|i| !is_fixed[i] && !leaves(x[i], gradient[i], bounds[i])).collect();
            if !value.is_finite() {
                break (Status::NotFinite, f64::NAN, is_free);
            }
            let free: Vec<usize> = (0..n).filter(|&i| is_free[i]).collect();
            let edm = edm(&free, &gradient, &hessian, n);
            if edm.is_some_and(|edm| edm <= self.edm_tolerance) {
                break (Status::SmallGradient, edm.unwrap_or(f64::NAN), is_free);
            }
            if n_steps >= self.max_steps {
                break (Status::Exhausted, edm.unwrap_or(f64::NAN), is_free);
            }
            let mut is_lower = false;
            while damping <= MOST_DAMPED {
                trial.copy_from_slice(&x);
                if !move_inside(&mut trial, &x, &free, bounds, &gradient, &hessian, damping) {
                    damping = (10.0 * damping).max(1e-3);
                    continue;
                }
                let promised = promise(&free, &x, &trial, &gradient, &hessian, n);
                let new = function.value(&trial);
                if new.is_finite() && promised < 0.0 && new - value <= 0.1 * promised {
                    damping = if new - value <= 0.75 * promised { 0.1 * damping } else { damping };
                    if damping < 1e-8 {
                        damping = 0.0;
                    }
                    is_lower = true;
                    break;
                }
                // What is promised is less than rounding can show: the step is as good as any.
                if promised.abs() <= ROUNDING * value.abs().max(1.0) {
                    // But a parameter that stands next to its bound has to arrive there to be held.
                    let arrives = |&i: &usize| {
                        trial[i] != x[i] && bounds[i].clamp(f64::INFINITY.copysign(-gradient[i])) == trial[i]
                    };
                    is_lower = new.is_finite() && free.iter().any(arrives);
                    break;
                }
                damping = (10.0 * damping).max(1e-3);
            }
            if !is_lower {
                break (Status::NoDescent, edm.unwrap_or(f64::NAN), is_free);
            }
            x.copy_from_slice(&trial);
            value = function.hessian(&x, &mut gradient, &mut hessian);
            n_steps += 1;
        };
        NewtonMinimum { parameters: x, value, gradient, hessian, edm, is_free, n_steps, status }
    }
}

/// Whether a parameter stands at a bound and would leave the box.
fn leaves(x: f64, gradient: f64, bound: Bound) -> bool {
    x <= bound.lower && gradient > 0.0 || x >= bound.upper && gradient < 0.0
}

fn restricted(free: &[usize], hessian: &[f64], n: usize) -> DMatrix<f64> {
    DMatrix::from_fn(free.len(), free.len(), |i, k| hessian[free[i] * n + free[k]])
}

/// $\frac12 g^T H^{-1} g$ over the free parameters; `None` where the Hessian is not positive definite.
fn edm(free: &[usize], gradient: &[f64], hessian: &[f64], n: usize) -> Option<f64> {
    if free.is_empty() {
        return Some(0.0);
    }
    let g = DVector::from_iterator(free.len(), free.iter().map(|&i| gradient[i]));
    let cholesky = Cholesky::new(restricted(free, hessian, n))?;
    Some(0.5 * g.dot(&cholesky.solve(&g)))
}

/// Moves `trial` from `x` by the damped step inside the box; says whether there is one.
///
/// A parameter that would leave goes to its bound, and the others take the step that is best with it there: clamping alone would
/// leave them where they belong to a step that was not made.
fn move_inside(
    trial: &mut [f64],
    x: &[f64],
    free: &[usize],
    bounds: &[Bound],
    gradient: &[f64],
    hessian: &[f64],
    damping: f64,
) -> bool {
    let n = x.len();
    let mut moving = free.to_vec();
    while !moving.is_empty() {
        let mut matrix = restricted(&moving, hessian, n);
        for i in 0..moving.len() {
            let diagonal = matrix[(i, i)].abs().max(1e-6);
            matrix[(i, i)] += damping * diagonal;
        }
        let stopped: Vec<usize> = free.iter().copied().filter(|i| !moving.contains(i)).collect();
        let force = |i: usize| {
            let pulled: f64 = stopped.iter().map(|&k| hessian[i * n + k] * (trial[k] - x[k])).sum();
            -(gradient[i] + pulled)
        };
        let force = DVector::from_iterator(moving.len(), moving.iter().map(|&i| force(i)));
        let Some(cholesky) = Cholesky::new(matrix) else { return false };
        let step = cholesky.solve(&force);
        for (&i, s) in moving.iter().zip(step.iter()) {
            trial[i] = bounds[i].clamp(x[i] + s);
        }
        let n_before = moving.len();
        let inside = moving.iter().zip(step.iter()).filter(|&(&i, s)| trial[i] == x[i] + s);
        moving = inside.map(|(&i, _)| i).collect();
        if moving.len() == n_before {
            break;
        }
    }
    true
}

/// What the quadratic model says of the step from `x` to `trial`.
fn promise(free: &[usize], x: &[f64], trial: &[f64], gradient: &[f64], hessian: &[f64], n: usize) -> f64 {
    let step = |i: usize| trial[i] - x[i];
    free.iter()
        .map(|&i| {
            let row: f64 = free.iter().map(|&k| hessian[i * n + k] * step(k)).sum();
            step(i) * (gradient[i] + 0.5 * row)
        })
        .sum()
}
