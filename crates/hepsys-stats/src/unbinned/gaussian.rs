use std::f64::consts::PI;

use hepsys_core::Stream;
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

use super::{Density, Range};
use crate::Parameter;
use crate::special::{ln_normal_survival, normal_quantile_of_ln_survival};

/// A normal distribution cut off at the ends of its range, $f = e^{-(x-m)^2/2\sigma^2}$.
///
/// Its parameters are $m$ and σ, which has to be positive: give it a bound above zero.
#[derive(Debug, Clone, PartialEq)]
pub struct Gaussian {
    parameters: [Parameter; 2],
    range: Range,
}

impl Gaussian {
    /// With these mean and standard deviation.
    #[must_use]
    pub fn new(mean: Parameter, sigma: Parameter, range: Range) -> Self {
        Self { parameters: [mean, sigma], range }
    }
}

/// $\ln(\Phi(b) - \Phi(a))$ for $a < b$, without cancellation in the tails.
fn ln_between(a: f64, b: f64) -> f64 {
    let (low, high) = if a + b > 0.0 { (a, b) } else { (-b, -a) };
    // Now most of it lies above zero: survivals are small numbers.
    let (above_low, above_high) = (ln_normal_survival(low), ln_normal_survival(high));
    above_low + (-(above_high - above_low).exp()).ln_1p()
}

impl Density for Gaussian {
    fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    fn range(&self) -> Range {
        self.range
    }

    fn ln_shape(&self, x: f64, parameters: &[f64], gradient: &mut [f64], hessian: &mut [f64]) -> f64 {
        let &[mean, sigma] = parameters else { return f64::NAN };
        if sigma <= 0.0 {
            return f64::NEG_INFINITY;
        }
        let t = (x - mean) / sigma;
        gradient[0] = t / sigma;
        gradient[1] = t * t / sigma;
        let inverse = 1.0 / (sigma * sigma);
        hessian.copy_from_slice(&[-inverse, -2.0 * t * inverse, -2.0 * t * inverse, -3.0 * t * t * inverse]);
        -0.5 * t * t
    }

    fn ln_integral(&self, parameters: &[f64], gradient: &mut [f64], hessian: &mut [f64]) -> f64 {
        let &[mean, sigma] = parameters else { return f64::NAN };
        if sigma <= 0.0 {
            return f64::NAN;
        }
        let (a, b) = ((self.range.low() - mean) / sigma, (self.range.high() - mean) / sigma);
        let ln_inside = ln_between(a, b);
        // The densities at the ends over the probability inside.
        let hazard = |t: f64| (-0.5 * t * t - ln_inside).exp() / (2.0 * PI).sqrt();
        let (at_a, at_b) = (hazard(a), hazard(b));
        // First derivatives by m and σ, which move both ends: dt/dm = −1/σ, dt/dσ = −t/σ.
        let (by_mean, by_sigma) = (at_a - at_b, a * at_a - b * at_b);
        gradient[0] = by_mean / sigma;
        gradient[1] = by_sigma / sigma + 1.0 / sigma;
        let inverse = 1.0 / (sigma * sigma);
        let mean_mean = a * at_a - b * at_b - by_mean * by_mean;
        let mean_sigma = a * a * at_a - b * b * at_b - by_mean * by_sigma - by_mean;
        let sigma_sigma = a * a * a * at_a - b * b * b * at_b - by_sigma * by_sigma - 2.0 * by_sigma - 1.0;
        hessian.copy_from_slice(&[mean_mean, mean_sigma, mean_sigma, sigma_sigma].map(|h| h * inverse));
        ln_inside + sigma.ln() + 0.5 * (2.0 * PI).ln()
    }

    fn draw(&self, parameters: &[f64], stream: &mut Stream) -> f64 {
        const TRIES: usize = 20;
        let &[mean, sigma] = parameters else { return f64::NAN };
        for _ in 0..TRIES {
            let z: f64 = StandardNormal.sample(stream);
            if self.range.contains(mean + sigma * z) {
                return mean + sigma * z;
            }
        }
        // Most of it lies outside: take the quantile of a uniform number from the side where survivals are small.
        let (a, b) = ((self.range.low() - mean) / sigma, (self.range.high() - mean) / sigma);
        let sign = if a + b > 0.0 { 1.0 } else { -1.0 };
        let (low, high) = if a + b > 0.0 { (a, b) } else { (-b, -a) };
        let (above_low, above_high) = (ln_normal_survival(low), ln_normal_survival(high));
        let u: f64 = stream.random();
        let ln_p = above_low + (u + (1.0 - u) * (above_high - above_low).exp()).ln();
        let x = mean + sigma * sign * normal_quantile_of_ln_survival(ln_p);
        x.clamp(self.range.low(), self.range.high())
    }
}
