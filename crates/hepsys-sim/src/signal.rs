use std::f64::consts::{PI, SQRT_2};

use hepsys_core::{CoreError, Sample, Stream};
use rand_distr::{Distribution, Gamma, Normal};
use statrs::function::erf::{erf, erfc};

use crate::SimError;
use crate::exponential::events;
use crate::numbers::check;

/// Something new on top of the exponential background of the one-dimensional toy.
///
/// ```
/// use hepsys_sim::Signal;
/// let peak = Signal::tail_peak();
/// assert!(0.98 < peak.cdf(6.8) - peak.cdf(6.0));
/// assert_eq!(Signal::excess().density(2.0), 2.0 * (-2.0_f64).exp());
/// # Ok::<(), hepsys_sim::SimError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Signal(Shape);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Shape {
    Peak { place: f64, width: f64 },
    Excess,
}

impl Signal {
    /// The expected events of [`tail_peak`](Self::tail_peak) in the benchmark of the papers, on a background of 2000.
    pub const TAIL_PEAK_EVENTS: f64 = 10.0;

    /// The expected events of [`excess`](Self::excess) in the benchmark of the papers, on a background of 2000.
    pub const EXCESS_EVENTS: f64 = 90.0;

    /// The benchmark peak where there is hardly any background: a normal distribution around 6.4 of width 0.16.
    ///
    /// # References
    ///
    /// `dagnolo2018`: 0.8 and 0.02 where the background is $8 e^{-8x}$.
    #[must_use]
    pub fn tail_peak() -> Self {
        Self(Shape::Peak { place: 6.4, width: 0.16 })
    }

    /// A peak anywhere: a normal distribution, cut off at zero.
    ///
    /// # Errors
    ///
    /// [`SimError::BadParameter`] unless the place is finite and not negative and the width positive and finite.
    pub fn bulk_peak(place: f64, width: f64) -> Result<Self, SimError> {
        check("the place of a peak", "finite and not negative", place, 0.0 <= place && place.is_finite())?;
        check("the width of a peak", "positive and finite", width, 0.0 < width && width.is_finite())?;
        Ok(Self(Shape::Peak { place, width }))
    }

    /// The benchmark excess that is no peak: $\frac12 x^2 e^{-x}$, an excess that grows with $x$.
    ///
    /// # References
    ///
    /// `dagnolo2018`: $256\\,x^2 e^{-8x}$ where the background is $8 e^{-8x}$.
    #[must_use]
    pub fn excess() -> Self {
        Self(Shape::Excess)
    }

    /// The density, normalised to one on $x \ge 0$.
    #[must_use]
    pub fn density(&self, x: f64) -> f64 {
        if x < 0.0 {
            return 0.0;
        }
        match self.0 {
            Shape::Peak { place, width } => {
                let pull = (x - place) / width;
                (-0.5 * pull * pull).exp() / (width * (2.0 * PI).sqrt() * above_zero(place, width))
            }
            Shape::Excess => 0.5 * x * x * (-x).exp(),
        }
    }

    /// The probability below `x`.
    #[must_use]
    pub fn cdf(&self, x: f64) -> f64 {
        if x < 0.0 {
            return 0.0;
        }
        match self.0 {
            Shape::Peak { place, width } => {
                let normal = |x: f64| 0.5 * erf((x - place) / (SQRT_2 * width));
                (normal(x) - normal(0.0)) / above_zero(place, width)
            }
            Shape::Excess => 1.0 - (-x).exp() * (1.0 + x + 0.5 * x * x),
        }
    }

    /// `n_events` events, each counting once.
    ///
    /// # Errors
    ///
    /// [`SimError`] if the random numbers cannot be made, which the checks of the constructors rule out.
    pub fn sample(&self, n_events: usize, stream: &mut Stream) -> Result<Sample, SimError> {
        let impossible = |what: &str| CoreError::Conversion(format!("no {what} distribution for {self:?}"));
        match self.0 {
            Shape::Peak { place, width } => {
                let normal = Normal::new(place, width).map_err(|_| impossible("normal"))?;
                // At worst, at zero, every second try is one.
                let draws = std::iter::repeat_with(|| normal.sample(stream)).filter(|x| 0.0 <= *x);
                events(draws.take(n_events).collect())
            }
            Shape::Excess => {
                let gamma = Gamma::new(3.0, 1.0).map_err(|_| impossible("gamma"))?;
                events((0..n_events).map(|_| gamma.sample(stream)).collect())
            }
        }
    }
}

/// The part of a normal distribution above zero.
fn above_zero(place: f64, width: f64) -> f64 {
    0.5 * erfc(-place / (SQRT_2 * width))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peaks_that_are_none_are_refused() {
        let error = Signal::bulk_peak(1.0, 0.0).unwrap_err();
        assert_eq!(error.to_string(), "the width of a peak must be positive and finite, got 0");
        assert!(Signal::bulk_peak(-1.0, 0.1).is_err());
        assert!(Signal::bulk_peak(f64::NAN, 0.1).is_err());
    }
}
