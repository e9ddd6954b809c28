//! Regression with a Gaussian process.

mod cholesky;

use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use cholesky::Factor;

/// How alike the logarithms of two branching fractions are expected to be.
///
/// $$ k(x, x') = s^2 \left( e^{-|x - x'|/\ell} + \frac{\beta}{D}\\, x \cdot x' + \eta\\, \delta \right) $$
///
/// for two modes with D standardised features x and x′, with δ = 1 for a mode and itself.
/// The first term remembers modes that are alike, the second is a linear trend, the third is noise.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Kernel {
    /// The distance ℓ over which modes are alike, in standardised features.
    pub length: f64,
    /// The weight β of the linear trend.
    pub trend: f64,
    /// The variance η of the noise over s².
    pub noise: f64,
    /// The variance s², in squared powers of ten.
    pub variance: f64,
}

/// A Gaussian process that has seen data.
#[derive(Debug, Clone)]
pub(crate) struct GaussianProcess {
    inputs: DMatrix<f64>,
    mean: f64,
    kernel: Kernel,
    factor: Factor,
    weights: DVector<f64>,
    log_likelihood: f64,
}

impl GaussianProcess {
    /// The process with this kernel, but for its variance, which is the most likely one: $s^2 = y^T K^{-1} y / n$ with K for s = 1.
    ///
    /// Nothing for targets that are all equal, or a kernel that is no covariance.
    pub(crate) fn new(inputs: &DMatrix<f64>, targets: &DVector<f64>, mut kernel: Kernel) -> Option<Self> {
        let mut covariance = kernel.between(inputs, inputs);
        for i in 0..covariance.nrows() {
            covariance[(i, i)] += kernel.noise;
        }
        let factor = Factor::new(covariance)?;
        let (n, mean) = (targets.len() as f64, targets.mean());
        let centred = targets.add_scalar(-mean);
        let weights = factor.solve(&centred);
        kernel.variance = centred.dot(&weights) / n;
        let log_likelihood = -0.5 * (n * kernel.variance.ln() + factor.log_determinant());
        let inputs = inputs.clone();
        let process = Self { inputs, mean, kernel, factor, weights, log_likelihood };
        process.log_likelihood.is_finite().then_some(process)
    }

    /// The process with the most likely kernel, looked for with no more data than `n_search`, evenly spaced among all.
    pub(crate) fn fit(inputs: &DMatrix<f64>, targets: &DVector<f64>, n_search: usize) -> Option<Self> {
        let n = targets.len();
        let some: Vec<usize> = (0..n.min(n_search)).map(|i| i * n / n.min(n_search)).collect();
        let (few_inputs, few_targets) = (inputs.select_rows(&some), targets.select_rows(&some));
        let start = Kernel { length: (inputs.ncols() as f64).sqrt(), trend: 1.0, noise: 0.1, variance: 1.0 };
        let mut best = Self::new(&few_inputs, &few_targets, start)?;
        // Up and down with each number, in steps that get smaller.
        for step in [4.0, 2.0, 1.4, 1.2] {
            loop {
                let before = best.log_likelihood;
                for kernel in best.kernel.neighbours(step) {
                    if let Some(other) = Self::new(&few_inputs, &few_targets, kernel)
                        && best.log_likelihood < other.log_likelihood
                    {
                        best = other;
                    }
                }
                // A tenth of a unit of the logarithm is nothing that data could tell.
                if best.log_likelihood < before + 0.1 {
                    break;
                }
            }
        }
        Self::new(inputs, targets, best.kernel)
    }

    /// The kernel.
    pub(crate) fn kernel(&self) -> Kernel {
        self.kernel
    }

    /// What is expected at each row.
    pub(crate) fn means(&self, inputs: &DMatrix<f64>) -> DVector<f64> {
        self.kernel.between(inputs, &self.inputs) * &self.weights + DVector::repeat(inputs.nrows(), self.mean)
    }

    /// The standard deviation at each row, that of the noise included.
    pub(crate) fn deviations(&self, inputs: &DMatrix<f64>) -> Vec<f64> {
        let solved = self.factor.solve_lower(self.kernel.between(&self.inputs, inputs));
        let d = inputs.ncols() as f64;
        let deviations = inputs.row_iter().zip(solved.column_iter()).map(|(row, column)| {
            let before = 1.0 + self.kernel.trend * row.norm_squared() / d;
            let left = (before - column.norm_squared()).max(0.0) + self.kernel.noise;
            (self.kernel.variance * left).sqrt()
        });
        deviations.collect()
    }
}

impl Kernel {
    /// The covariance of each row of one with each of the other, for s = 1 and without noise.
    fn between(&self, a: &DMatrix<f64>, b: &DMatrix<f64>) -> DMatrix<f64> {
        let squares = |m: &DMatrix<f64>| m.row_iter().map(|row| row.norm_squared()).collect::<Vec<_>>();
        let (a2, b2) = (squares(a), squares(b));
        let per_feature = self.trend / a.ncols() as f64;
        let mut products = a * b.transpose();
        products.as_mut_slice().par_chunks_mut(a.nrows()).zip(b2).for_each(|(column, b2)| {
            for (product, a2) in column.iter_mut().zip(&a2) {
                let distance = (a2 + b2 - 2.0 * *product).max(0.0).sqrt();
                *product = (-distance / self.length).exp() + per_feature * *product;
            }
        });
        products
    }

    /// The kernels with one number larger or smaller by a factor.
    fn neighbours(self, factor: f64) -> [Self; 6] {
        let (up, down) = (factor, 1.0 / factor);
        [
            Self { length: self.length * up, ..self },
            Self { length: self.length * down, ..self },
            Self { trend: self.trend * up, ..self },
            Self { trend: self.trend * down, ..self },
            Self { noise: self.noise * up, ..self },
            Self { noise: self.noise * down, ..self },
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KERNEL: Kernel = Kernel { length: 2.0, trend: 0.5, noise: 0.25, variance: 1.0 };

    #[test]
    fn two_points_agree_with_the_closed_form() {
        let inputs = DMatrix::from_column_slice(2, 1, &[1.0, -1.0]);
        let process = GaussianProcess::new(&inputs, &DVector::from_vec(vec![3.0, 1.0]), KERNEL).unwrap();
        // K = [[a, b], [b, a]] with eigenvectors (1, ±1); the targets less their mean are (1, -1).
        let (a, b) = (1.0 + 0.5 + 0.25, (-1.0_f64).exp() - 0.5);
        let s2 = 1.0 / (a - b);
        assert!((process.kernel.variance - s2).abs() < 1e-14);
        // At zero the two points are equally far: the mean, whatever the kernel.
        let zero = DMatrix::zeros(1, 1);
        assert!((process.means(&zero)[0] - 2.0).abs() < 1e-14);
        let k = (-0.5_f64).exp();
        let variance = s2 * (1.0 + 0.25 - 2.0 * k * k / (a + b));
        assert!((process.deviations(&zero)[0] - variance.sqrt()).abs() < 1e-14);
        // At the first point.
        let (near, far) = (1.0 + 0.5, (-1.0_f64).exp() - 0.5);
        assert!((process.means(&inputs)[0] - (2.0 + (near - far) / (a - b))).abs() < 1e-14);
        let explained = 0.5 * ((near + far).powi(2) / (a + b) + (near - far).powi(2) / (a - b));
        let variance = s2 * (1.5 + 0.25 - explained);
        assert!((process.deviations(&inputs)[0] - variance.sqrt()).abs() < 1e-14);
        let log_likelihood = -0.5 * (2.0 * s2.ln() + (a * a - b * b).ln());
        assert!((process.log_likelihood - log_likelihood).abs() < 1e-13);
    }

    #[test]
    fn likelihood_finds_noise_that_was_put_in() {
        // A line with a known scatter, here without randomness: a deviation whose sign has no pattern.
        let n = 120;
        let inputs = DMatrix::from_fn(n, 1, |i, _| i as f64 / 20.0 - 3.0);
        let sign = |i: usize| if (i * i * 7 + i * 3) % 11 < 5 { 1.0 } else { -1.0 };
        let targets = DVector::from_fn(n, |i, _| 2.0 * inputs[(i, 0)] + 0.3 * sign(i));
        let process = GaussianProcess::fit(&inputs, &targets, n).unwrap();
        let noise = (process.kernel.noise * process.kernel.variance).sqrt();
        assert!((noise / 0.3 - 1.0).abs() < 0.25, "{noise}");
    }

    #[test]
    fn equal_targets_are_refused() {
        let inputs = DMatrix::from_column_slice(3, 1, &[1.0, 0.0, -1.0]);
        assert!(GaussianProcess::fit(&inputs, &DVector::repeat(3, 1.0), 3).is_none());
    }
}
