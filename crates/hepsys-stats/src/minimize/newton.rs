use nalgebra::{Cholesky, DMatrix, DVector, SymmetricEigen};

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

/// What the gradient promises, in units of the function, next to a saddle.
const SADDLE: f64 = 1e-3;

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
            let model = Quadratic { x: &x, gradient: &gradient, hessian: &hessian, bounds, free: &free };
            let newton = model.step(&free, &x, 0.0);
            // $\frac12 g^T H^{-1} g$ is what the undamped step promises.
            let edm = newton
                .as_ref()
                .map(|step| -0.5 * free.iter().zip(step.iter()).map(|(&i, s)| gradient[i] * s).sum::<f64>());
            if edm.is_some_and(|edm| edm <= self.edm_tolerance) {
                break (Status::SmallGradient, edm.unwrap_or(f64::NAN), is_free);
            }
            if n_steps >= self.max_steps {
                break (Status::Exhausted, edm.unwrap_or(f64::NAN), is_free);
            }
            let (mut is_lower, mut is_saddle) = (false, newton.is_none());
            while damping <= MOST_DAMPED {
                let first = if damping == 0.0 { newton.clone() } else { model.step(&free, &x, damping) };
                trial.copy_from_slice(&x);
                if !first.is_some_and(|first| model.move_inside(&mut trial, first, damping)) {
                    damping = (10.0 * damping).max(1e-3);
                    continue;
                }
                let promised = model.promise(&trial);
                // Where the function curves down and the gradient shows next to nothing, the curvature shows the way.
                if is_saddle && promised.abs() <= SADDLE {
                    is_saddle = false;
                    let least = ROUNDING * value.abs().max(1.0);
                    is_lower = model.leave_saddle(&mut trial, |trial| function.value(trial) - value, least);
                    if is_lower {
                        break;
                    }
                    continue;
                }
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

/// The quadratic model of the function around `x`, in the box.
struct Quadratic<'a> {
    x: &'a [f64],
    gradient: &'a [f64],
    hessian: &'a [f64],
    bounds: &'a [Bound],
    /// The parameters that may move.
    free: &'a [usize],
}

impl Quadratic<'_> {
    /// The step of the `moving` parameters to the minimum of the damped model, with the other free ones where `trial` has
    /// them; `None` where there is no minimum.
    fn step(&self, moving: &[usize], trial: &[f64], damping: f64) -> Option<DVector<f64>> {
        let n = self.x.len();
        let mut matrix =
            DMatrix::from_fn(moving.len(), moving.len(), |i, k| self.hessian[moving[i] * n + moving[k]]);
        for i in 0..moving.len() {
            let diagonal = matrix[(i, i)].abs().max(1e-6);
            matrix[(i, i)] += damping * diagonal;
        }
        let stopped: Vec<usize> = self.free.iter().copied().filter(|i| !moving.contains(i)).collect();
        let force = |i: usize| {
            let pulled: f64 = stopped.iter().map(|&k| self.hessian[i * n + k] * (trial[k] - self.x[k])).sum();
            -(self.gradient[i] + pulled)
        };
        let force = DVector::from_iterator(moving.len(), moving.iter().map(|&i| force(i)));
        Some(Cholesky::new(matrix)?.solve(&force))
    }

    /// Moves `trial` from `x` by a step inside the box, of which `first` is the one without bounds; says whether there is one.
    ///
    /// A parameter that would leave goes to its bound, and the others take the step that is best with it there: clamping alone
    /// would leave them where they belong to a step that was not made.
    fn move_inside(&self, trial: &mut [f64], first: DVector<f64>, damping: f64) -> bool {
        let (mut moving, mut step) = (self.free.to_vec(), first);
        loop {
            for (&i, s) in moving.iter().zip(step.iter()) {
                trial[i] = self.bounds[i].clamp(self.x[i] + s);
            }
            let inside = moving.iter().zip(step.iter()).filter(|&(&i, s)| trial[i] == self.x[i] + s);
            let still: Vec<usize> = inside.map(|(&i, _)| i).collect();
            if still.is_empty() || still.len() == moving.len() {
                return true;
            }
            let Some(next) = self.step(&still, trial, damping) else { return false };
            (moving, step) = (still, next);
        }
    }

    /// Moves `trial` from `x` along the direction in which the function curves down most; says whether `rise`, what the
    /// function changes by, falls by more than `least`.
    ///
    /// The first step should gain a unit of the function, the way the gradient falls or, if that fails, the other way; each of
    /// the next is half as long.
    fn leave_saddle(&self, trial: &mut [f64], rise: impl Fn(&[f64]) -> f64, least: f64) -> bool {
        let n = self.x.len();
        // Parameters are measured in what their own curvature makes of one, so that no unit decides what curves most.
        let unit = |i: usize| self.hessian[i * n + i].abs().max(1e-6).sqrt().recip();
        let scaled = DMatrix::from_fn(self.free.len(), self.free.len(), |i, k| {
            let (i, k) = (self.free[i], self.free[k]);
            self.hessian[i * n + k] * unit(i) * unit(k)
        });
        if scaled.iter().any(|h| !h.is_finite()) {
            return false;
        }
        let eigen = SymmetricEigen::new(scaled);
        let (least_curved, curvature) = eigen.eigenvalues.argmin();
        if curvature >= 0.0 {
            return false;
        }
        let direction = eigen.eigenvectors.column(least_curved);
        let slope: f64 =
            self.free.iter().zip(direction.iter()).map(|(&i, v)| self.gradient[i] * unit(i) * v).sum();
        let mut length = -(2.0 / -curvature).sqrt().copysign(slope);
        for _ in 0..60 {
            for signed in [length, -length] {
                trial.copy_from_slice(self.x);
                for (&i, v) in self.free.iter().zip(direction.iter()) {
                    trial[i] = self.bounds[i].clamp(self.x[i] + signed * unit(i) * v);
                }
                if rise(trial) < -least {
                    return true;
                }
            }
            length *= 0.5;
        }
        false
    }

    /// What the model, without damping, says of the step to `trial`.
    fn promise(&self, trial: &[f64]) -> f64 {
        let n = self.x.len();
        let step = |i: usize| trial[i] - self.x[i];
        self.free
            .iter()
            .map(|&i| {
                let row: f64 = self.free.iter().map(|&k| self.hessian[i * n + k] * step(k)).sum();
                step(i) * (self.gradient[i] + 0.5 * row)
            })
            .sum()
    }
}
