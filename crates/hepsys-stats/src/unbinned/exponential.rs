use hepsys_core::Stream;
use rand::RngExt;

use super::{Density, Range};
use crate::Parameter;

/// An exponential on its range, $f = e^{-\lambda x}$.
///
/// Its parameter is the rate λ, which may be zero or negative, for the range is finite.
#[derive(Debug, Clone, PartialEq)]
pub struct Exponential {
    parameters: [Parameter; 1],
    range: Range,
}

impl Exponential {
    /// With this rate.
    #[must_use]
    pub fn new(rate: Parameter, range: Range) -> Self {
        Self { parameters: [rate], range }
    }
}

/// Below this value of λ times the width, series are more precise than differences of large numbers.
const FLAT: f64 = 0.1;

/// For $u = \lambda w$: $\ln[(1 - e^{-u})/u]$, the mean of $x/w$ and its variance.
fn moments(u: f64) -> (f64, f64, f64) {
    if u.abs() < FLAT {
        let s = u * u;
        let ln_integral = -0.5 * u + s * (1.0 / 24.0 + s * (-1.0 / 2880.0 + s / 181_440.0));
        let mean = 0.5 + u * (-1.0 / 12.0 + s * (1.0 / 720.0 - s / 30_240.0 + s * s / 1_209_600.0));
        let variance = 1.0 / 12.0 + s * (-1.0 / 240.0 + s * (1.0 / 6048.0 - s / 172_800.0));
        return (ln_integral, mean, variance);
    }
    // Written for positive u, with e^{-u} small; the mirror image gives the rest.
    let v = u.abs();
    let small = (-v).exp();
    let rest = -(-v).exp_m1();
    let mean = 1.0 / v - small / rest;
    let variance = 1.0 / (v * v) - small / (rest * rest);
    let ln_integral = (rest / v).ln();
    if u > 0.0 { (ln_integral, mean, variance) } else { (ln_integral + v, 1.0 - mean, variance) }
}

impl Density for Exponential {
    fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    fn range(&self) -> Range {
        self.range
    }

    fn ln_shape(&self, x: f64, parameters: &[f64], gradient: &mut [f64], hessian: &mut [f64]) -> f64 {
        let t = x - self.range.low();
        gradient[0] = -t;
        hessian[0] = 0.0;
        -parameters[0] * t
    }

    fn ln_integral(&self, parameters: &[f64], gradient: &mut [f64], hessian: &mut [f64]) -> f64 {
        let width = self.range.width();
        let (ln_integral, mean, variance) = moments(parameters[0] * width);
        gradient[0] = -mean * width;
        hessian[0] = variance * width * width;
        ln_integral + width.ln()
    }

    fn draw(&self, parameters: &[f64], stream: &mut Stream) -> f64 {
        let u = parameters[0] * self.range.width();
        let p: f64 = stream.random();
        let part = if u.abs() < 1e-12 {
            p
        } else if u > 0.0 {
            -(p * (-u).exp_m1()).ln_1p() / u
        } else {
            1.0 - (p * u.exp_m1()).ln_1p() / u
        };
        self.range.low() + self.range.width() * part.clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_and_closed_forms_meet() {
        for sign in [-1.0, 1.0] {
            let (inside, outside) = (moments(sign * (FLAT - 1e-12)), moments(sign * (FLAT + 1e-12)));
            assert!((inside.0 - outside.0).abs() < 2e-12);
            assert!((inside.1 - outside.1).abs() < 2e-12);
            // 1/u² = 100 carries a rounding of 1e-14.
            assert!((inside.2 - outside.2).abs() < 2e-13);
        }
        assert_eq!(moments(0.0), (0.0, 0.5, 1.0 / 12.0));
    }
}
