//! The quadratic model of the function around the place where a search stands.

use nalgebra::{DMatrix, SymmetricEigen};

use super::{Search, TwiceDifferentiable};

/// With more parameters than this the curvature at a saddle is not decomposed.
const MANY: usize = 2000;

impl<F: TwiceDifferentiable + ?Sized> Search<'_, F> {
    /// The step to the minimum of the model without bounds: what it promises, $\frac12 g^T H^{-1} g$; `None` if the model has
    /// no minimum.
    pub(super) fn newton_step(&mut self) -> Option<f64> {
        self.is_moving.copy_from_slice(&self.is_free);
        self.trial.copy_from_slice(&self.x);
        if !self.solve(0.0) {
            return None;
        }
        self.newton.copy_from_slice(&self.step);
        Some(self.gradient.iter().zip(&self.newton).map(|(g, s)| -0.5 * g * s).sum())
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
        let free: Vec<usize> = (0..self.x.len()).filter(|&i| self.is_free[i]).collect();
        if free.len() > MANY {
            return false;
        }
        // Parameters are measured in what their own curvature makes of one, so that no unit decides what curves most.
        let unit = |i: usize| self.hessian.get(i, i).abs().max(1e-6).sqrt().recip();
        let scaled = DMatrix::from_fn(free.len(), free.len(), |i, k| {
            self.hessian.get(free[i], free[k]) * unit(free[i]) * unit(free[k])
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
            free.iter().zip(direction.iter()).map(|(&i, v)| self.gradient[i] * unit(i) * v).sum();
        let mut length = -(2.0 / -curvature).sqrt().copysign(slope);
        for _ in 0..60 {
            for signed in [length, -length] {
                self.trial.copy_from_slice(&self.x);
                for (&i, v) in free.iter().zip(direction.iter()) {
                    self.trial[i] = self.bounds[i].clamp(self.x[i] + signed * unit(i) * v);
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
