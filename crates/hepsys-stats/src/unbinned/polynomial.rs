use hepsys_core::Stream;
use rand::RngExt;

use super::{Density, Range};
use crate::Parameter;

/// A polynomial on its range, $f = 1 + \sum_{k \ge 1} c_k P_k(t)$ with Legendre's $P_k$ and $t$ from −1 to 1; without
/// coefficients it is uniform.
///
/// Its integral is the width of the range whatever the coefficients are, for the $P_k$ are orthogonal to a constant.
/// Coefficients for which it is negative at an event have no likelihood; where it is negative between events nothing tells.
/// With $\sum_k |c_k| < 1$ it is positive everywhere.
#[derive(Debug, Clone, PartialEq)]
pub struct Polynomial {
    coefficients: Vec<Parameter>,
    range: Range,
}

impl Polynomial {
    /// With these coefficients $c_1, c_2 \dots$
    #[must_use]
    pub fn new(coefficients: Vec<Parameter>, range: Range) -> Self {
        Self { coefficients, range }
    }

    /// The same density everywhere.
    #[must_use]
    pub fn uniform(range: Range) -> Self {
        Self::new(Vec::new(), range)
    }

    /// $f$; $P_k$ goes into `legendre`.
    fn shape(&self, x: f64, coefficients: &[f64], legendre: &mut [f64]) -> f64 {
        let t = 2.0 * (x - self.range.low()) / self.range.width() - 1.0;
        let (mut before, mut current) = (1.0, t);
        let mut shape = 1.0;
        for (k, (slot, c)) in legendre.iter_mut().zip(coefficients).enumerate() {
            *slot = current;
            shape += c * current;
            let degree = (k + 1) as f64;
            let next = ((2.0 * degree + 1.0) * t * current - degree * before) / (degree + 1.0);
            (before, current) = (current, next);
        }
        shape
    }
}

impl Density for Polynomial {
    fn parameters(&self) -> &[Parameter] {
        &self.coefficients
    }

    fn range(&self) -> Range {
        self.range
    }

    fn ln_shape(&self, x: f64, parameters: &[f64], gradient: &mut [f64], hessian: &mut [f64]) -> f64 {
        let shape = self.shape(x, parameters, gradient);
        // The logarithm of a negative number is NaN, which makes the likelihood infinite.
        if shape <= 0.0 {
            return shape.ln();
        }
        gradient.iter_mut().for_each(|g| *g /= shape);
        let n = parameters.len();
        for i in 0..n {
            for k in 0..n {
                hessian[i * n + k] = -gradient[i] * gradient[k];
            }
        }
        shape.ln()
    }

    fn ln_integral(&self, _: &[f64], gradient: &mut [f64], hessian: &mut [f64]) -> f64 {
        gradient.fill(0.0);
        hessian.fill(0.0);
        self.range.width().ln()
    }

    fn draw(&self, parameters: &[f64], stream: &mut Stream) -> f64 {
        // |P_k| ≤ 1, so the polynomial stays below this.
        let highest = 1.0 + parameters.iter().map(|c| c.abs()).sum::<f64>();
        let mut legendre = vec![0.0; parameters.len()];
        loop {
            let x = self.range.low() + self.range.width() * stream.random::<f64>();
            if highest * stream.random::<f64>() <= self.shape(x, parameters, &mut legendre) {
                return x;
            }
        }
    }
}
