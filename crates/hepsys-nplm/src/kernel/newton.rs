use hepsys_nn::Run;
use hepsys_stats::minimize::Status;

use super::logistic::{Logistic, Point, dot};
use super::preconditioner::Preconditioner;
use crate::NplmError;

/// Newton steps whose linear systems are solved by preconditioned conjugate gradients.
pub(super) struct NewtonCg {
    /// The gradient in the metric of the preconditioner below which the search has converged.
    pub(super) tolerance: f64,
    pub(super) max_steps: usize,
}

/// How many conjugate gradients one Newton step may take.
const MAX_CONJUGATE: usize = 500;

/// The share of the decrease that the gradient promises which a step has to keep.
const ARMIJO: f64 = 1e-4;

/// Where a search ended.
pub(super) struct End {
    pub(super) point: Point,
    pub(super) status: Status,
    pub(super) gradient_norm: f64,
    pub(super) n_steps: usize,
    pub(super) n_conjugate: usize,
}

/// The approximate inverse of the Hessian: Falkon's for the coefficients, the diagonal for the nuisance parameters.
struct Metric {
    coefficients: Preconditioner,
    diagonal: Vec<f64>,
}

impl Metric {
    fn solve(&self, gradient: &[f64]) -> Vec<f64> {
        let (beta, theta) = gradient.split_at(gradient.len() - self.diagonal.len());
        let mut solution = self.coefficients.solve(beta);
        // A parameter on which nothing depends stays where it is.
        solution.extend(theta.iter().zip(&self.diagonal).map(|(g, d)| if *d > 0.0 { g / d } else { 0.0 }));
        solution
    }
}

impl NewtonCg {
    pub(super) fn minimise(
        &self,
        loss: &Logistic<'_>,
        centres: &[usize],
        start: Vec<f64>,
        run: &Run,
    ) -> Result<End, NplmError> {
        let mut point = loss.at(start);
        let end = |point, status, gradient_norm, n_steps, n_conjugate| {
            Ok(End { point, status, gradient_norm, n_steps, n_conjugate })
        };
        if !point.value.is_finite() {
            return end(point, Status::NotFinite, f64::INFINITY, 0, 0);
        }
        let Some(coefficients) = loss.preconditioner(&point, centres) else {
            return end(point, Status::NotFinite, f64::INFINITY, 0, 0);
        };
        let mut metric = Metric { coefficients, diagonal: loss.diagonal(&point) };
        let (mut step, mut n_conjugate) = (0, 0);
        loop {
            metric.diagonal = loss.diagonal(&point);
            let norm = dot(&point.gradient, &metric.solve(&point.gradient)).sqrt();
            run.observer().advanced("Newton steps", step as u64, &format!("gradient {norm:.1e}"));
            if norm <= self.tolerance {
                return end(point, Status::SmallGradient, norm, step, n_conjugate);
            }
            if step == self.max_steps {
                return end(point, Status::Exhausted, norm, step, n_conjugate);
            }
            let (direction, n) = conjugate_gradients(loss, &metric, &point, norm.min(0.1), run)?;
            n_conjugate += n;
            match line_search(loss, &point, &direction) {
                Some(next) => point = next,
                None => return end(point, Status::NoDescent, norm, step, n_conjugate),
            }
            step += 1;
        }
    }
}

/// Solves $H p = -g$ until the residual, in the metric of the preconditioner, is `share` of what it was.
fn conjugate_gradients(
    loss: &Logistic<'_>,
    metric: &Metric,
    point: &Point,
    share: f64,
    run: &Run,
) -> Result<(Vec<f64>, usize), NplmError> {
    let mut solution = vec![0.0; point.gradient.len()];
    let mut residual: Vec<f64> = point.gradient.iter().map(|g| -g).collect();
    let mut preconditioned = metric.solve(&residual);
    let mut direction = preconditioned.clone();
    let mut square = dot(&residual, &preconditioned);
    let target = share * share * square;
    for n in 0..MAX_CONJUGATE {
        if square <= target {
            return Ok((solution, n));
        }
        if run.interrupt().is_requested() {
            return Err(NplmError::Interrupted);
        }
        let image = loss.hessian_times(point, &direction);
        let curvature = dot(&direction, &image);
        if curvature <= 0.0 {
            // Rounding: what is left cannot be resolved.
            return Ok((solution, n));
        }
        let length = square / curvature;
        solution.iter_mut().zip(&direction).for_each(|(s, d)| *s += length * d);
        residual.iter_mut().zip(&image).for_each(|(r, h)| *r -= length * h);
        preconditioned = metric.solve(&residual);
        let next = dot(&residual, &preconditioned);
        let keep = next / square;
        square = next;
        direction.iter_mut().zip(&preconditioned).for_each(|(d, p)| *d = p + keep * *d);
    }
    Ok((solution, MAX_CONJUGATE))
}

/// The whole step, or its half, and so on, until the loss goes down enough.
fn line_search(loss: &Logistic<'_>, from: &Point, direction: &[f64]) -> Option<Point> {
    let slope = dot(&from.gradient, direction);
    // Near the minimum the loss is flat to within its rounding.
    let rounding = 1e-14 * from.value.abs();
    let mut length = 1.0;
    while length > 1e-6 {
        let to = from.parameters.iter().zip(direction).map(|(p, d)| p + length * d).collect();
        let there = loss.at(to);
        if there.value <= from.value + ARMIJO * length * slope + rounding {
            return Some(there);
        }
        length *= 0.5;
    }
    None
}
