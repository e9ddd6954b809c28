use serde::Serialize;
use statrs::distribution::{ChiSquared as Quantiles, ContinuousCDF};
use statrs::function::gamma::ln_gamma;

use crate::error::check_values;
use crate::special::{inverse_digamma, ln_gamma_q, trigamma};
use crate::{PValue, StatsError};

/// A $\chi^2$ distribution, with a number of degrees of freedom that need not be an integer.
///
/// $$ p(t) = \frac{t^{k/2-1} e^{-t/2}}{2^{k/2}\,\Gamma(k/2)} $$
///
/// ```
/// use hepsys_stats::ChiSquared;
/// let null = ChiSquared::new(13.0)?;
/// assert!((null.survival(31.47) - 0.0029).abs() < 1e-4);
/// // Far beyond the smallest double.
/// assert!(null.ln_survival(5000.0) < -2400.0);
/// # Ok::<(), hepsys_stats::StatsError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ChiSquared {
    dof: f64,
    dof_uncertainty: Option<f64>,
}

impl ChiSquared {
    /// The distribution with `dof` degrees of freedom.
    ///
    /// # Errors
    ///
    /// [`StatsError::BadParameter`] unless they are positive and finite.
    pub fn new(dof: f64) -> Result<Self, StatsError> {
        if 0.0 < dof && dof.is_finite() {
            Ok(Self { dof, dof_uncertainty: None })
        } else {
            Err(StatsError::bad_parameter("the degrees of freedom", "positive and finite", dof))
        }
    }

    /// The distribution that fits `values` best: the maximum of the likelihood in the degrees of freedom.
    ///
    /// It solves $\psi(k/2) = \overline{\ln (t/2)}$; the uncertainty is $2 / \sqrt{n\,\psi'(k/2)}$, from the curvature.
    ///
    /// # Errors
    ///
    /// [`StatsError::TooFewValues`] without values, [`StatsError::BadValue`] for one that is not positive and finite.
    ///
    /// # References
    ///
    /// The free degrees of freedom follow `letizia2022`.
    pub fn fit(values: &[f64]) -> Result<Self, StatsError> {
        check_values("a fit of the degrees of freedom", values, 1)?;
        if let Some(index) = values.iter().position(|&t| t <= 0.0) {
            return Err(StatsError::BadValue {
                what: "a value that follows a χ² distribution".into(),
                expected: "positive".into(),
                index,
                value: values[index],
            });
        }
        let n = values.len() as f64;
        let half = inverse_digamma(values.iter().map(|t| (0.5 * t).ln()).sum::<f64>() / n);
        Ok(Self { dof: 2.0 * half, dof_uncertainty: Some(2.0 / (n * trigamma(half)).sqrt()) })
    }

    /// The number of degrees of freedom.
    #[must_use]
    pub fn dof(&self) -> f64 {
        self.dof
    }

    /// Its uncertainty, if it was fitted.
    #[must_use]
    pub fn dof_uncertainty(&self) -> Option<f64> {
        self.dof_uncertainty
    }

    /// The density at `t`; zero for negative `t`.
    #[must_use]
    pub fn density(&self, t: f64) -> f64 {
        if t < 0.0 {
            return 0.0;
        }
        let half = 0.5 * self.dof;
        // The factor t^0 is one at zero too, where a logarithm is not.
        let power = if self.dof == 2.0 { 0.0 } else { (half - 1.0) * t.ln() };
        (power - 0.5 * t - half * std::f64::consts::LN_2 - ln_gamma(half)).exp()
    }

    /// The probability below `t`.
    #[must_use]
    pub fn cdf(&self, t: f64) -> f64 {
        -self.ln_survival(t).exp_m1()
    }

    /// The probability above `t`.
    #[must_use]
    pub fn survival(&self, t: f64) -> f64 {
        self.ln_survival(t).exp()
    }

    /// The logarithm of the probability above `t`, also where the probability itself is too small for a double.
    #[must_use]
    pub fn ln_survival(&self, t: f64) -> f64 {
        ln_gamma_q(0.5 * self.dof, 0.5 * t)
    }

    /// The value below which a fraction `q` of the probability lies.
    ///
    /// # Errors
    ///
    /// [`StatsError::BadParameter`] unless `0 < q < 1`.
    pub fn quantile(&self, q: f64) -> Result<f64, StatsError> {
        if !(0.0 < q && q < 1.0) {
            return Err(StatsError::bad_parameter("a quantile", "between 0 and 1", q));
        }
        let quantiles = Quantiles::new(self.dof).map_err(|_| {
            StatsError::bad_parameter("the degrees of freedom", "positive and finite", self.dof)
        })?;
        let mut t = quantiles.inverse_cdf(q);
        // The library stops at an absolute precision; two steps of Newton's iteration give the relative one.
        for _ in 0..2 {
            let step = (self.cdf(t) - q) / self.density(t);
            if step.is_finite() && step.abs() < 0.5 * t {
                t -= step;
            }
        }
        Ok(t)
    }

    /// The p-value of `t`; for fitted degrees of freedom with the interval that their uncertainty leaves.
    pub(crate) fn p_value(&self, t: f64) -> PValue {
        let ln_p = self.ln_survival(t);
        match self.dof_uncertainty {
            None => PValue::from_ln(ln_p),
            Some(sigma) => {
                let low = (self.dof - sigma).max(f64::MIN_POSITIVE);
                let at = |dof: f64| ln_gamma_q(0.5 * dof, 0.5 * t);
                PValue::fitted(ln_p, at(low), at(self.dof + sigma))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_fit_needs_positive_values() {
        let error = ChiSquared::fit(&[1.0, -0.5]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a value that follows a χ² distribution must be positive, but value 1 is -0.5"
        );
        assert!(ChiSquared::fit(&[]).is_err());
        assert!(ChiSquared::new(0.0).is_err());
    }

    proptest! {
        #[test]
        fn quantiles_invert_the_cdf(dof in 0.5..300.0_f64, q in 0.01..0.99_f64) {
            let chi_squared = ChiSquared::new(dof).unwrap();
            // The density turns rounding in the cdf, about 1e-14, into rounding in t.
            prop_assert!((chi_squared.cdf(chi_squared.quantile(q).unwrap()) - q).abs() < 1e-12);
        }

        #[test]
        fn the_density_is_the_slope_of_the_cdf(dof in 1.0..50.0_f64, t in 0.5..100.0_f64) {
            let chi_squared = ChiSquared::new(dof).unwrap();
            let h = 1e-4;
            let slope = (chi_squared.cdf(t + h) - chi_squared.cdf(t - h)) / (2.0 * h);
            // h² times the third derivative, and rounding 1e-15 / h.
            prop_assert!((slope - chi_squared.density(t)).abs() < 1e-7);
        }

        #[test]
        fn the_fit_is_where_the_likelihood_is_largest(values in prop::collection::vec(0.1..60.0_f64, 2..20)) {
            let fit = ChiSquared::fit(&values).unwrap();
            let ln_likelihood = |dof: f64| {
                let chi_squared = ChiSquared::new(dof).unwrap();
                values.iter().map(|&t| chi_squared.density(t).ln()).sum::<f64>()
            };
            let best = ln_likelihood(fit.dof());
            prop_assert!(ln_likelihood(fit.dof() * 1.01) < best);
            prop_assert!(ln_likelihood(fit.dof() * 0.99) < best);
        }
    }
}
