//! The quadratic model of the function around the place where a search stands.

use super::{Bound, Search, TwiceDifferentiable};
use crate::hessian::least_curved;

impl<F: TwiceDifferentiable + ?Sized> Search<'_, F> {
    /// The step to the minimum of the model without bounds: what it promises, $\frac12 g^T H^{-1} g$; `None` if the model has
    /// no minimum.
    pub(super) fn newton_step(&mut self) -> Option<f64> {
        self.is_moving.copy_from_slice(&self.is_free);
        self.trial.copy_from_slice(&self.x);
        let is_solved = self.solve(0.0) || self.hold_undecided() && self.solve(0.0);
        if !is_solved {
            return None;
        }
        self.newton.copy_from_slice(&self.step);
        Some(self.gradient.iter().zip(&self.newton).map(|(g, s)| -0.5 * g * s).sum())
    }

    /// Holds the parameters at a bound whose gradient is exactly zero, as that of one factor is where another is zero; says
    /// whether there are any.
    fn hold_undecided(&mut self) -> bool {
        for i in 0..self.x.len() {
            let Bound { lower, upper } = self.bounds[i];
            if self.is_free[i] && self.gradient[i] == 0.0 && (self.x[i] <= lower || self.x[i] >= upper) {
                (self.is_free[i], self.has_undecided) = (false, true);
            }
        }
        self.is_moving.copy_from_slice(&self.is_free);
        self.has_undecided
    }

    /// Lets the parameters that [`hold_undecided`](Self::hold_undecided) held go where the curvature leads down; says whether
    /// that is anywhere.
    pub(super) fn release(&mut self, least: f64) -> bool {
        if !self.has_undecided {
            return false;
        }
        let held = self.is_free.clone();
        for i in 0..self.x.len() {
            self.is_free[i] |= !self.is_fixed[i] && self.gradient[i] == 0.0 && self.has_effect(i);
        }
        let is_lower = self.leave_saddle(least);
        if !is_lower {
            self.is_free = held;
        }
        is_lower
    }

    /// Moves `trial` from `x` by a damped step inside the box; says whether there is one.
    ///
    /// A parameter that would leave goes to its bound, and the others take the step that is best with it there: clamping alone
    /// would leave them where they belong to a step that was not made.
    pub(super) fn damped_step(&mut self, has_minimum: bool) -> bool {
        self.is_moving.copy_from_slice(&self.is_free);
        self.trial.copy_from_slice(&self.x);
        // Without damping, and with a minimum, the step is known.
        if self.damping == 0.0 && has_minimum {
            self.step.copy_from_slice(&self.newton);
        } else if !self.solve(self.damping) {
            return false;
        }
        loop {
            let (mut n_inside, mut n_outside) = (0, 0);
            for i in (0..self.x.len()).filter(|&i| self.is_free[i]) {
                if self.is_moving[i] {
                    let aim = self.x[i] + self.step[i];
                    self.trial[i] = self.bounds[i].clamp(aim);
                    self.is_moving[i] = self.trial[i] == aim;
                    *(if self.is_moving[i] { &mut n_inside } else { &mut n_outside }) += 1;
                }
            }
            if n_inside == 0 || n_outside == 0 {
                return true;
            }
            if !self.solve(self.damping) {
                return false;
            }
        }
    }

    /// Solves for the step of the parameters that are moving to the minimum of the damped model, with the other free ones
    /// where `trial` has them; says whether there is a minimum.
    fn solve(&mut self, damping: f64) -> bool {
        for (step, gradient) in self.step.iter_mut().zip(&self.gradient) {
            *step = -gradient;
        }
        let is_stopped = |i: usize| self.is_free[i] && !self.is_moving[i];
        if (0..self.x.len()).any(is_stopped) {
            for i in 0..self.x.len() {
                self.difference[i] = if is_stopped(i) { self.trial[i] - self.x[i] } else { 0.0 };
            }
            self.hessian.multiply(&self.difference, &mut self.product);
            self.step.iter_mut().zip(&self.product).for_each(|(step, pulled)| *step -= pulled);
        }
        for (step, is_moving) in self.step.iter_mut().zip(&self.is_moving) {
            if !is_moving {
                *step = 0.0;
            }
        }
        if !self.factorized.factorize(&self.hessian, &self.is_moving, damping) {
            return false;
        }
        self.factorized.solve(&mut self.step);
        true
    }

    /// What the model, without damping, says of the step to `trial`.
    pub(super) fn promise(&mut self) -> f64 {
        for ((difference, trial), x) in self.difference.iter_mut().zip(&self.trial).zip(&self.x) {
            *difference = trial - x;
        }
        self.hessian.multiply(&self.difference, &mut self.product);
        let terms = self.difference.iter().zip(&self.gradient).zip(&self.product);
        terms.map(|((step, gradient), bent)| step * (gradient + 0.5 * bent)).sum()
    }

    /// Moves `trial` from `x` along the direction in which the function curves down most; says whether it falls by more than
    /// `least`.
    ///
    /// The first step should gain a unit of the function, the way the gradient falls or, if that fails, the other way; each of
    /// the next is half as long.
    pub(super) fn leave_saddle(&mut self, least: f64) -> bool {
        let Some((curvature, direction)) = least_curved(&self.hessian, &self.is_free) else { return false };
        if curvature >= 0.0 {
            return false;
        }
        let slope: f64 = self.gradient.iter().zip(&direction).map(|(g, v)| g * v).sum();
        let mut length = -(2.0 / -curvature).sqrt().copysign(slope);
        for _ in 0..60 {
            for signed in [length, -length] {
                self.trial.copy_from_slice(&self.x);
                for (i, v) in direction.iter().enumerate().filter(|(_, v)| **v != 0.0) {
                    self.trial[i] = self.bounds[i].clamp(self.x[i] + signed * v);
                }
                if self.function.value(&self.trial) - self.value < -least {
                    return true;
                }
            }
            length *= 0.5;
        }
        false
    }
}
