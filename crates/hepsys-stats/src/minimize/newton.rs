mod step;

use std::sync::Arc;

use super::{Bound, Status};
use crate::hessian::{Couplings, Factorized, Hessian};

/// A function with exact first and second derivatives.
pub trait TwiceDifferentiable {
    /// How many parameters it has.
    fn n_parameters(&self) -> usize;

    /// Its value.
    fn value(&self, parameters: &[f64]) -> f64;

    /// Which second derivatives can differ from zero; all, unless it says otherwise.
    fn couplings(&self) -> Arc<Couplings> {
        Arc::new(Couplings::dense(self.n_parameters()))
    }

    /// Its value; the gradient and the Hessian, of these couplings, go where the caller wants them.
    fn hessian(&self, parameters: &[f64], gradient: &mut [f64], hessian: &mut Hessian) -> f64;
}

/// Newton's method in a box: exact Hessian, active set, and a trust region by damping.
///
/// In each step the parameters that stand at a bound and would leave the box are held.
/// The step of the others solves $(H + \lambda D)\\,s = -g$ with $D$ the diagonal of $H$, is moved into the box, and is taken
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
    /// The Hessian there.
    pub hessian: Hessian,
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

/// A change of the value, relative to it, that the rounding of long sums can make.
const HIDDEN: f64 = 1e-9;

/// What the gradient promises, in units of the function, next to a saddle.
const SADDLE: f64 = 1e-3;

/// The first damping.
const LEAST_DAMPED: f64 = 1e-3;

/// How much stronger the next damping is. Steps that are decimal parts of one another would add up to round numbers, and end
/// exactly where a function has an edge, such as at an expectation of zero.
const STRONGER: f64 = std::f64::consts::E * std::f64::consts::E;

/// The largest damping; beyond it no step is left.
const MOST_DAMPED: f64 = 1e24;

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
        let mut search = Search::begin(function, bounds, is_fixed, start);
        let (status, edm) = loop {
            if !search.value.is_finite() {
                break (Status::NotFinite, None);
            }
            let edm = search.newton_step();
            if edm.is_some_and(|edm| edm <= self.edm_tolerance) {
                if search.n_steps < self.max_steps && search.release(ROUNDING * search.value.abs().max(1.0)) {
                    search.arrive();
                    continue;
                }
                break (Status::SmallGradient, edm);
            }
            if search.n_steps >= self.max_steps {
                break (Status::Exhausted, edm);
            }
            if !search.descend(edm.is_some()) {
                match edm.and_then(|edm| search.polish(edm)) {
                    Some(less) if less <= self.edm_tolerance => break (Status::SmallGradient, Some(less)),
                    Some(_) => {}
                    None => break (Status::NoDescent, edm),
                }
            }
        };
        let Search { x, value, gradient, hessian, is_free, n_steps, .. } = search;
        let edm = edm.unwrap_or(f64::NAN);
        NewtonMinimum { parameters: x, value, gradient, hessian, edm, is_free, n_steps, status }
    }
}

/// Where a search stands, and its memory, so that its steps allocate nothing.
struct Search<'a, F: ?Sized> {
    function: &'a F,
    bounds: &'a [Bound],
    is_fixed: &'a [bool],
    x: Vec<f64>,
    value: f64,
    gradient: Vec<f64>,
    hessian: Hessian,
    /// Which parameters may move: neither fixed nor at a bound that they would cross.
    is_free: Vec<bool>,
    /// Whether parameters are held for no other reason than that they stand at a bound and nothing moves them.
    has_undecided: bool,
    damping: f64,
    n_steps: usize,
    /// The step without damping and bounds, and the one that is tried.
    newton: Vec<f64>,
    step: Vec<f64>,
    trial: Vec<f64>,
    is_moving: Vec<bool>,
    difference: Vec<f64>,
    product: Vec<f64>,
    factorized: Factorized,
}

impl<'a, F: TwiceDifferentiable + ?Sized> Search<'a, F> {
    fn begin(function: &'a F, bounds: &'a [Bound], is_fixed: &'a [bool], start: &[f64]) -> Self {
        let n = start.len();
        let couplings = function.couplings();
        let inside = |i: usize| if is_fixed[i] { start[i] } else { bounds[i].clamp(start[i]) };
        let mut search = Self {
            function,
            bounds,
            is_fixed,
            x: (0..n).map(inside).collect(),
            value: f64::NAN,
            gradient: vec![0.0; n],
            hessian: Hessian::new(Arc::clone(&couplings)),
            is_free: vec![false; n],
            has_undecided: false,
            damping: 0.0,
            n_steps: 0,
            newton: vec![0.0; n],
            step: vec![0.0; n],
            trial: vec![0.0; n],
            is_moving: vec![false; n],
            difference: vec![0.0; n],
            product: vec![0.0; n],
            factorized: Factorized::with_capacity(couplings),
        };
        search.evaluate();
        search
    }

    /// The function and its derivatives at `x`, and which parameters may move from there.
    fn evaluate(&mut self) {
        self.value = self.function.hessian(&self.x, &mut self.gradient, &mut self.hessian);
        self.n_steps += 1;
        for (i, is_free) in self.is_free.iter_mut().enumerate() {
            *is_free = !self.is_fixed[i] && !leaves(self.x[i], self.gradient[i], self.bounds[i]);
        }
        self.has_undecided = false;
        for i in 0..self.is_free.len() {
            self.is_free[i] &= self.gradient[i] != 0.0 || self.has_effect(i);
        }
    }

    /// Whether the function changes with a parameter, as far as two derivatives tell.
    fn has_effect(&self, i: usize) -> bool {
        self.gradient[i] != 0.0 || !self.hessian.is_zero_along(i)
    }

    /// Goes to a lower point, by a step that the damping allows; says whether there is one.
    fn descend(&mut self, has_minimum: bool) -> bool {
        let mut is_saddle = !has_minimum;
        let rounding = ROUNDING * self.value.abs().max(1.0);
        while self.damping <= MOST_DAMPED {
            if !self.damped_step(has_minimum) {
                self.damping = (STRONGER * self.damping).max(LEAST_DAMPED);
                continue;
            }
            let promised = self.promise();
            // Where the function curves down and the gradient shows next to nothing, the curvature shows the way.
            if is_saddle && promised.abs() <= SADDLE {
                is_saddle = false;
                if self.leave_saddle(rounding) {
                    return self.arrive();
                }
                continue;
            }
            let new = self.function.value(&self.trial);
            if new.is_finite() && promised < 0.0 && new - self.value <= 0.1 * promised {
                if new - self.value <= 0.75 * promised {
                    self.damping /= STRONGER;
                }
                if self.damping < 1e-8 {
                    self.damping = 0.0;
                }
                return self.arrive();
            }
            // What is promised is less than rounding can show: the step is as good as any.
            if promised.abs() <= rounding {
                // But a parameter that stands next to its bound has to arrive there to be held.
                let reaches = |i: usize| {
                    let end = self.bounds[i].clamp(f64::INFINITY.copysign(-self.gradient[i]));
                    self.trial[i] != self.x[i] && self.trial[i] == end
                };
                return new.is_finite() && (0..self.x.len()).any(reaches) && self.arrive();
            }
            self.damping = (STRONGER * self.damping).max(LEAST_DAMPED);
        }
        false
    }

    /// Takes Newton's step where the rounding of the value hides what it gains, as in sums over many bins, if the gradient
    /// shows that it is one: the distance to the minimum has to fall fourfold. Gives the distance that is left.
    fn polish(&mut self, edm: f64) -> Option<f64> {
        self.damping = 0.0;
        if !self.damped_step(true) {
            return None;
        }
        let before =
            (self.x.clone(), self.value, self.gradient.clone(), self.hessian.clone(), self.is_free.clone());
        self.arrive();
        let is_level = (self.value - before.1).abs() <= HIDDEN * before.1.abs().max(1.0);
        if let Some(less) = self.newton_step().filter(|less| is_level && *less < 0.25 * edm) {
            return Some(less);
        }
        (self.x, self.value, self.gradient, self.hessian, self.is_free) = before;
        None
    }

    /// Makes the trial the place where the search stands.
    fn arrive(&mut self) -> bool {
        self.x.copy_from_slice(&self.trial);
        self.evaluate();
        true
    }
}

/// Whether a parameter stands at a bound and would leave the box.
fn leaves(x: f64, gradient: f64, bound: Bound) -> bool {
    x <= bound.lower && gradient > 0.0 || x >= bound.upper && gradient < 0.0
}
