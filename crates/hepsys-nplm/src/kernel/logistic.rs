use super::gram::Gram;
use super::preconditioner::{Preconditioner, Whitening};
use crate::events::Events;

/// The share of the constraint of the nuisance parameters in the logistic loss.
///
/// Where alternative and reference agree, a pair of events says half as much in the logistic loss as in the likelihood:
/// the curvature of $w \ln(1 + e^F) + w \ln(1 + e^{-F})$ at zero is $w/2$, that of $w e^F - w F$ is $w$.
const CONSTRAINT_SHARE: f64 = 0.5;

/// The loss by which the alternative is learnt,
/// $\sum_i a_i \ln(1 + e^{F_i}) + b_i \ln(1 + e^{-F_i}) + N \lambda |\beta|^2 + \frac14 \sum_j [(\theta_j - \theta_{0j})^2 - \theta_{0j}^2]$.
///
/// Its parameters are β, followed by the nuisance parameters in units of their σ.
pub(super) struct Logistic<'a> {
    pub(super) events: &'a Events,
    pub(super) gram: &'a Gram,
    pub(super) whitening: &'a Whitening,
    /// $2 N \lambda$
    pub(super) ridge: f64,
}

/// The loss and its derivatives in one place.
pub(super) struct Point {
    pub(super) parameters: Vec<f64>,
    pub(super) value: f64,
    pub(super) gradient: Vec<f64>,
    /// $f$ of each event.
    pub(super) f: Vec<f64>,
    /// The second derivative of the loss of each event by its $F$.
    pub(super) curvatures: Vec<f64>,
    /// $\partial F / \partial \theta_j$: `[n_nuisances][n_events]`.
    slopes: Vec<Vec<f64>>,
}

impl Logistic<'_> {
    pub(super) fn at(&self, parameters: Vec<f64>) -> Point {
        let (beta, theta) = parameters.split_at(self.gram.n_centres());
        let f = self.gram.product(&self.whitening.coefficients(beta));
        let (log_r, slopes) = self.events.log_r(theta);
        let mut value = 0.5 * self.ridge * dot(beta, beta);
        let (mut residuals, mut curvatures) = (Vec::with_capacity(f.len()), Vec::with_capacity(f.len()));
        for (event, (f, log_r)) in f.iter().zip(log_r).enumerate() {
            let (a, b) = (self.events.a[event], self.events.b[event]);
            let total = f + log_r;
            // Of two equal forms the one that neither overflows nor cancels.
            let tail = (-total.abs()).exp();
            let (smaller, larger) = (tail / (1.0 + tail), 1.0 / (1.0 + tail));
            let (s, rest) = if total > 0.0 { (larger, smaller) } else { (smaller, larger) };
            value += (a + b) * tail.ln_1p() + a * total.max(0.0) + b * (-total).max(0.0);
            residuals.push(a * s - b * rest);
            curvatures.push((a + b) * s * rest);
        }
        let by_beta = self.whitening.gradient(self.gram.transposed(&residuals));
        let mut by_theta: Vec<f64> = vec![0.0; theta.len()];
        value += CONSTRAINT_SHARE * self.events.nuisances.constraint(theta, &mut by_theta);
        let slopes_of_data = slopes.iter().map(|slope| dot(slope, &residuals));
        let by_theta = by_theta.iter().zip(slopes_of_data).map(|(c, data)| CONSTRAINT_SHARE * c + data);
        let gradient = by_beta.iter().zip(beta).map(|(g, b)| g + self.ridge * b).chain(by_theta).collect();
        Point { value, gradient, f, curvatures, slopes, parameters }
    }

    /// The Hessian at a point times a direction.
    ///
    /// Of the second derivative by the nuisance parameters it has the part that is never negative (Gauss and Newton's).
    pub(super) fn hessian_times(&self, point: &Point, direction: &[f64]) -> Vec<f64> {
        let (beta, theta) = direction.split_at(self.gram.n_centres());
        let alpha = self.whitening.coefficients(beta);
        let (changes, by_alpha) = self.gram.fold(&alpha, |start, changes| {
            for (event, change) in (start..).zip(changes) {
                let slopes = point.slopes.iter().zip(theta);
                *change += slopes.map(|(slope, t)| slope[event] * t).sum::<f64>();
                *change *= point.curvatures[event];
            }
        });
        let by_beta = self.whitening.gradient(by_alpha);
        let by_theta = self.constraint_curvatures().zip(&point.slopes).zip(theta);
        let by_theta = by_theta.map(|((c, slope), t)| dot(slope, &changes) + c * t);
        by_beta.iter().zip(beta).map(|(h, b)| h + self.ridge * b).chain(by_theta).collect()
    }

    /// What the nuisance parameters' own second derivatives are in the preconditioner.
    pub(super) fn diagonal(&self, point: &Point) -> Vec<f64> {
        let square =
            |slope: &Vec<f64>| -> f64 { slope.iter().zip(&point.curvatures).map(|(s, c)| s * s * c).sum() };
        self.constraint_curvatures().zip(&point.slopes).map(|(c, slope)| c + square(slope)).collect()
    }

    /// Falkon's preconditioner with the curvatures at a point.
    pub(super) fn preconditioner(&self, point: &Point, centres: &[usize]) -> Option<Preconditioner> {
        let curvatures: Vec<f64> = centres.iter().map(|&event| point.curvatures[event]).collect();
        Preconditioner::new(self.whitening, point.curvatures.len(), &curvatures, self.ridge)
    }

    fn constraint_curvatures(&self) -> impl Iterator<Item = f64> {
        self.events.nuisances.centres.iter().map(|c| if c.is_some() { CONSTRAINT_SHARE } else { 0.0 })
    }
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
