//! A descent along exact derivatives, on all events of the pool.

use hepsys_sim::AngularObservables;
use nalgebra::{DMatrix, DVector};

use super::kernel::SUMS;
use super::params::CONTROL_TOLERANCES;
use super::problem::{Channel, N_MEASUREMENTS};
use super::sample::{Linear, added};
use super::{Agreement, AngularError, AngularProblem};

/// The coefficients as means of functions times these, as in [`AngularMoments::from_means`](hepsys_sim::AngularMoments::from_means).
const FACTORS: [f64; 8] = [2.5, 3.125, 3.125, 2.5, 1.875, 2.5, 3.125, 3.125];

/// The damping of the first step, relative to the diagonal of the normal matrix.
const FIRST_DAMPING: f64 = 1e-3;

/// The damping beyond which no step helps any more.
const LARGEST_DAMPING: f64 = 1e10;

/// A step that gains less than this part of χ² is the last.
const SMALLEST_GAIN: f64 = 1e-8;

impl AngularProblem {
    /// The coefficients after at most `n_steps` Levenberg–Marquardt steps from a start, with their agreement.
    ///
    /// The residuals are the pulls of the signal and of the control channel on all events of the pool, their derivatives exact
    /// wherever no weight is just being cut off. The pool is a fixed sample, so this overfits it; a confirmation does not.
    ///
    /// # Errors
    ///
    /// [`AngularError::BadCoefficients`] unless there are as many as the efficiency has.
    pub fn refine(&self, start: &[f64], n_steps: usize) -> Result<(Vec<f64>, Agreement), AngularError> {
        let mut best = start.to_vec();
        let mut agreement = self.agreement(&best)?;
        let mut damping = FIRST_DAMPING;
        for _ in 0..n_steps {
            let jacobian = self.jacobian(&best);
            let residuals = DVector::from_vec(agreement.pulls());
            let gradient = jacobian.tr_mul(&residuals);
            let normal = jacobian.tr_mul(&jacobian);
            let before = agreement.chi_squared_per_n();
            let mut gained = 0.0;
            while damping < LARGEST_DAMPING {
                let mut damped = normal.clone();
                for i in 0..damped.nrows() {
                    // A coefficient that moves nothing stays.
                    damped[(i, i)] += damping * (normal[(i, i)] + f64::MIN_POSITIVE.sqrt());
                }
                let Some(factor) = damped.cholesky() else {
                    damping *= 10.0;
                    continue;
                };
                let step = factor.solve(&gradient);
                let moved: Vec<f64> = best.iter().zip(step.iter()).map(|(a, s)| a - s).collect();
                let moved = self.space.clipped(&moved);
                let there = self.agreement(&moved)?;
                if there.chi_squared_per_n() < before {
                    gained = before - there.chi_squared_per_n();
                    (best, agreement) = (moved, there);
                    damping = (damping / 10.0).max(1e-12);
                    break;
                }
                damping *= 10.0;
            }
            if gained <= SMALLEST_GAIN * before {
                break;
            }
        }
        Ok((best, agreement))
    }

    /// The derivatives of the [pulls](Agreement::pulls) by the coefficients.
    fn jacobian(&self, coefficients: &[f64]) -> DMatrix<f64> {
        let efficiency = Linear::new(coefficients, self.weight_range);
        let n = coefficients.len();
        let channels = [
            Some((&self.signal, AngularObservables::UNCERTAINTIES)),
            self.control.as_ref().map(|control| (control, CONTROL_TOLERANCES)),
        ];
        let channels: Vec<_> = channels.into_iter().flatten().collect();
        let mut jacobian = DMatrix::zeros(channels.len() * N_MEASUREMENTS, n);
        for (c, (channel, sigma)) in channels.iter().enumerate() {
            let (sums, slopes) = sums_and_slopes(channel, &efficiency);
            for (t, slope) in slopes.iter().enumerate() {
                for (k, sigma) in sigma.to_array().iter().enumerate() {
                    // ∂⟨f⟩ = (∂Σwf − ⟨f⟩ ∂Σw) / Σw
                    let mean = sums[k + 1] / sums[0];
                    let by = (slope[k + 1] - mean * slope[0]) / sums[0];
                    jacobian[(c * N_MEASUREMENTS + k, t)] = FACTORS[k] * by / sigma;
                }
            }
        }
        jacobian
    }
}

fn sums_and_slopes(channel: &Channel, efficiency: &Linear) -> ([f64; SUMS], Vec<[f64; SUMS]>) {
    let sums = added(&channel.pool.sums(efficiency, &channel.pool.all()));
    (sums, channel.pool.slopes(efficiency))
}
