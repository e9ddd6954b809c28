use hepsys_core::Stream;

use crate::{Parameter, StatsError};

/// The values of the observable that are looked at, ends included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    low: f64,
    high: f64,
}

impl Range {
    /// From `low` to `high`.
    ///
    /// # Errors
    ///
    /// [`StatsError::BadParameter`] unless both are finite and it is not empty.
    pub fn new(low: f64, high: f64) -> Result<Self, StatsError> {
        if low < high && (high - low).is_finite() {
            return Ok(Self { low, high });
        }
        Err(StatsError::bad_parameter("a range", "finite and not empty", format!("from {low} to {high}")))
    }

    /// Its lower end.
    #[must_use]
    pub fn low(self) -> f64 {
        self.low
    }

    /// Its upper end.
    #[must_use]
    pub fn high(self) -> f64 {
        self.high
    }

    /// Its length.
    #[must_use]
    pub fn width(self) -> f64 {
        self.high - self.low
    }

    /// Whether `x` lies in it.
    #[must_use]
    pub fn contains(self, x: f64) -> bool {
        self.low <= x && x <= self.high
    }
}

/// A probability density of one observable on a range, $p(x \mid \theta) = f(x; \theta) / \int f$, as two logarithms with
/// their first and second derivatives by the parameters.
///
/// # Shapes
///
/// Gradients have a number for each parameter, Hessians are row by row and symmetric; both are replaced.
pub trait Density {
    /// The parameters, in the order of every vector of them.
    fn parameters(&self) -> &[Parameter];

    /// Where the density is normalised.
    fn range(&self) -> Range;

    /// $\ln f(x; \theta)$ with its derivatives by θ; negative infinity where the density vanishes, NaN
    /// where there is none.
    fn ln_shape(&self, x: f64, parameters: &[f64], gradient: &mut [f64], hessian: &mut [f64]) -> f64;

    /// $\ln \int f(x; \theta)\\,dx$ over the range with its derivatives by θ; not finite where there is no density.
    fn ln_integral(&self, parameters: &[f64], gradient: &mut [f64], hessian: &mut [f64]) -> f64;

    /// A value of the observable by chance.
    fn draw(&self, parameters: &[f64], stream: &mut Stream) -> f64;

    /// $p(x \mid \theta)$
    fn density(&self, x: f64, parameters: &[f64]) -> f64 {
        let n = parameters.len();
        let (mut gradient, mut hessian) = (vec![0.0; n], vec![0.0; n * n]);
        let ln_shape = self.ln_shape(x, parameters, &mut gradient, &mut hessian);
        (ln_shape - self.ln_integral(parameters, &mut gradient, &mut hessian)).exp()
    }
}

#[cfg(test)]
pub(super) mod tests;
