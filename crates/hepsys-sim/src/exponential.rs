use hepsys_core::{
    CoreError, Feature, NuisanceParameter, Sample, Schema, Stream, Variation, Weights, poisson,
};
use rand_distr::{Distribution, Exp1};

use crate::numbers::check;
use crate::{Signal, SimError};

/// The feature of the one-dimensional toy.
pub const FEATURE: &str = "x";

/// The one-dimensional toy of the NPLM papers, in which every answer is known.
///
/// The reference expects $N$ events with the density $e^{-x}$. Two nuisance parameters change it:
/// the scale, $x \to x\\,e^{\nu_s}$, and the normalisation, $N \to N e^{\nu_n}$. So
///
/// $$ n(x|\nu) = N\\,e^{\nu_n - \nu_s}\,\exp(-x\\,e^{-\nu_s}), \qquad
///    \ln\frac{n(x|\nu)}{n(x|0)} = x\\,(1 - e^{-\nu_s}) - \nu_s + \nu_n . $$
///
/// ```
/// use hepsys_core::Seed;
/// use hepsys_sim::Exponential;
///
/// let nominal = Exponential::new(2000.0)?;
/// let shifted = nominal.with_scale(0.05)?.with_normalization(0.15)?;
/// assert_eq!(shifted.log_ratio(0.0), 0.15 - 0.05);
///
/// let data = shifted.data(&mut Seed::new(1).named("data").stream())?;
/// assert!((data.n_events() as f64 - shifted.n_expected()).abs() < 150.0);
/// let reference = nominal.reference(200_000, &mut Seed::new(1).named("reference").stream())?;
/// assert!((reference.weights().total() - 2000.0).abs() < 1e-9);
/// # Ok::<(), hepsys_sim::SimError>(())
/// ```
///
/// # References
///
/// `dagnolo2018`, `dagnolo2021` (there the density is $8 e^{-8x}$: their $x$ is an eighth of this one).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exponential {
    n_reference: f64,
    scale: f64,
    normalization: f64,
}

impl Exponential {
    /// The toy in which the reference expects `n_expected` events, with both nuisance parameters at zero.
    ///
    /// # Errors
    ///
    /// [`SimError::BadParameter`] unless the number is positive and finite.
    pub fn new(n_expected: f64) -> Result<Self, SimError> {
        check(
            "the expected number of events",
            "positive and finite",
            n_expected,
            0.0 < n_expected && n_expected.is_finite(),
        )?;
        Ok(Self { n_reference: n_expected, scale: 0.0, normalization: 0.0 })
    }

    /// The same toy with the scale $\nu_s$.
    ///
    /// # Errors
    ///
    /// [`SimError::BadParameter`] unless it is finite.
    pub fn with_scale(self, scale: f64) -> Result<Self, SimError> {
        check("the scale", "finite", scale, scale.is_finite())?;
        Ok(Self { scale, ..self })
    }

    /// The same toy with the normalisation $\nu_n$.
    ///
    /// # Errors
    ///
    /// [`SimError::BadParameter`] unless it is finite.
    pub fn with_normalization(self, normalization: f64) -> Result<Self, SimError> {
        check("the normalisation", "finite", normalization, normalization.is_finite())?;
        Ok(Self { normalization, ..self })
    }

    /// The expected number of events, $N e^{\nu_n}$.
    #[must_use]
    pub fn n_expected(&self) -> f64 {
        self.n_reference * self.normalization.exp()
    }

    /// The density of an event, normalised to one.
    #[must_use]
    pub fn density(&self, x: f64) -> f64 {
        if x < 0.0 { 0.0 } else { (-x * (-self.scale).exp() - self.scale).exp() }
    }

    /// The probability of an event below `x`.
    #[must_use]
    pub fn cdf(&self, x: f64) -> f64 {
        if x < 0.0 { 0.0 } else { -(-x * (-self.scale).exp()).exp_m1() }
    }

    /// $\ln [n(x|\nu) / n(x|0)]$, with the number of events included.
    #[must_use]
    pub fn log_ratio(&self, x: f64) -> f64 {
        -x * (-self.scale).exp_m1() - self.scale + self.normalization
    }

    /// $\delta_k(x)$, the coefficient of $\nu_s^k$ in [`log_ratio`](Self::log_ratio): $x - 1$, $-x/2$, $x/6$ and so on.
    #[must_use]
    pub fn taylor_coefficient(order: u32, x: f64) -> f64 {
        // x (1 - e^{-ν}) = x Σ_k (-1)^{k+1} ν^k / k!, and -ν adds to the first order only.
        let factorial: f64 = (1..=order).map(f64::from).product();
        match order {
            0 => 0.0,
            1 => x - 1.0,
            k if k % 2 == 1 => x / factorial,
            _ => -x / factorial,
        }
    }

    /// `n_events` events, each counting once.
    ///
    /// # Errors
    ///
    /// [`CoreError::NotFinite`] if the scale carries an event beyond the largest double.
    pub fn sample(&self, n_events: usize, stream: &mut Stream) -> Result<Sample, SimError> {
        let factor = self.scale.exp();
        events((0..n_events).map(|_| factor * Distribution::<f64>::sample(&Exp1, stream)).collect())
    }

    /// A data set: a Poisson-distributed number of events around [`n_expected`](Self::n_expected).
    ///
    /// # Errors
    ///
    /// As [`sample`](Self::sample).
    pub fn data(&self, stream: &mut Stream) -> Result<Sample, SimError> {
        let n_events = poisson(self.n_expected(), stream)?;
        self.sample(n_events, stream)
    }

    /// A data set with a Poisson-distributed number of signal events around `n_signal` after those of the background.
    ///
    /// The nuisance parameters do not touch the signal.
    ///
    /// # Errors
    ///
    /// As [`sample`](Self::sample), and [`SimError::BadParameter`] unless `n_signal` is finite and not negative.
    pub fn data_with(&self, signal: &Signal, n_signal: f64, stream: &mut Stream) -> Result<Sample, SimError> {
        let background = self.data(stream)?;
        let n_events = poisson(n_signal, stream)?;
        Ok(background.concat(&signal.sample(n_events, stream)?)?)
    }

    /// A reference of `n_events` events, weighted so that they stand for [`n_expected`](Self::n_expected).
    ///
    /// # Errors
    ///
    /// As [`sample`](Self::sample), and [`CoreError::NonPositiveTotal`] without events.
    pub fn reference(&self, n_events: usize, stream: &mut Stream) -> Result<Sample, SimError> {
        Ok(self.sample(n_events, stream)?.scaled_to(self.n_expected())?)
    }
}

/// The scale of the one-dimensional toy as a variation of its events: $x \to x\\,e^{\nu}$.
#[derive(Debug, Clone, PartialEq)]
pub struct Scale {
    nuisance: NuisanceParameter,
}

impl Scale {
    /// The scale, known with uncertainty `sigma`.
    ///
    /// # Errors
    ///
    /// [`SimError::BadParameter`] unless `sigma` is positive and finite.
    pub fn new(sigma: f64) -> Result<Self, SimError> {
        Ok(Self { nuisance: NuisanceParameter::gaussian("scale", sigma)? })
    }
}

impl Variation for Scale {
    fn nuisance(&self) -> &NuisanceParameter {
        &self.nuisance
    }

    fn vary(&self, sample: &Sample, value: f64) -> Result<Sample, CoreError> {
        let factor = value.exp();
        let feature = sample.schema().features()[sample.schema().index_of(FEATURE)?].clone();
        let shifted: Vec<f64> = sample.column(FEATURE)?.iter().map(|x| x * factor).collect();
        sample.clone().with_column(feature, shifted)
    }
}

/// A sample of the toy's one feature.
pub(crate) fn events(values: Vec<f64>) -> Result<Sample, SimError> {
    let n_events = values.len();
    Ok(Sample::new(Schema::new([Feature::new(FEATURE, "1")])?, [values], Weights::unit(n_events))?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_log_ratio_is_that_of_the_densities(scale in -0.5..0.5_f64, normalization in -0.5..0.5_f64, x in 0.0..20.0_f64) {
            let nominal = Exponential::new(2000.0).unwrap();
            let shifted = nominal.with_scale(scale).unwrap().with_normalization(normalization).unwrap();
            let ratio = shifted.n_expected() * shifted.density(x) / (nominal.n_expected() * nominal.density(x));
            // Rounding of exponents up to 40.
            prop_assert!((shifted.log_ratio(x) - ratio.ln()).abs() < 1e-12);
        }

        #[test]
        fn taylor_coefficients_are_the_derivatives_at_zero(x in 0.0..10.0_f64) {
            let log_ratio = |nu: f64| Exponential::new(1.0).unwrap().with_scale(nu).unwrap().log_ratio(x);
            let h = 1e-2;
            let (minus, plus) = (log_ratio(-h), log_ratio(h));
            // The next terms of the series are x h²/6 for the first derivative, x h²/24 for half the second.
            prop_assert!(((plus - minus) / (2.0 * h) - Exponential::taylor_coefficient(1, x)).abs() < 1.1 * x * h * h / 6.0 + 1e-12);
            prop_assert!(((plus + minus) / (2.0 * h * h) - Exponential::taylor_coefficient(2, x)).abs() < 1.1 * x * h * h / 24.0 + 1e-10);
        }

        #[test]
        fn the_taylor_series_is_the_log_ratio(x in 0.0..10.0_f64, nu in -0.5..0.5_f64) {
            let exact = Exponential::new(1.0).unwrap().with_scale(nu).unwrap().log_ratio(x);
            let series: f64 = (1..=15).map(|k| Exponential::taylor_coefficient(k, x) * nu.powi(k as i32)).sum();
            // The first term left out is x 0.5^16 / 16!, about 1e-17.
            prop_assert!((series - exact).abs() < 1e-13);
        }
    }

    #[test]
    fn first_and_second_coefficients_are_those_of_the_papers() {
        assert_eq!(Exponential::taylor_coefficient(1, 3.0), 2.0);
        assert_eq!(Exponential::taylor_coefficient(2, 3.0), -1.5);
        assert_eq!(Exponential::taylor_coefficient(3, 3.0), 0.5);
    }

    #[test]
    fn numbers_that_make_no_toy_are_refused() {
        let error = Exponential::new(0.0).unwrap_err();
        assert_eq!(error.to_string(), "the expected number of events must be positive and finite, got 0");
        assert!(Exponential::new(1.0).unwrap().with_scale(f64::NAN).is_err());
        assert!(Exponential::new(1.0).unwrap().with_normalization(f64::INFINITY).is_err());
    }
}
