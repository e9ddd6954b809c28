//! The test of somebody who knows the signal: a binned profile likelihood in the invariant mass.
//!
//! It is the yardstick that a model-independent test is compared with, $\bar Z_\text{ref}$.

use hepsys_stats::minimize::{Bound, BoxLbfgs, Objective};

use crate::ExperimentError;

/// Yields in bins of the mass: background with normalisation and momentum scale, and signal.
#[derive(Debug, Clone)]
pub struct MassFit {
    /// $b_i$ at nominal nuisance parameters.
    background: Vec<f64>,
    /// $\log b_i(\theta) / b_i = a_i \theta + c_i \theta^2$ with the scale θ in units of its σ.
    linear: Vec<f64>,
    quadratic: Vec<f64>,
    /// $s_i$ at signal strength one.
    signal: Vec<f64>,
    /// The σ of the normalisation.
    normalisation: f64,
}

/// $-\log L(\mu, \theta_n, \theta_s)$ up to a constant.
struct NegativeLogLikelihood<'a> {
    fit: &'a MassFit,
    observed: &'a [f64],
    /// The auxiliary measurements in units of σ.
    auxiliary: [f64; 2],
}

impl MassFit {
    /// The fit with these yields, the scale's effect interpolated between −1, 0 and +1 σ.
    ///
    /// Bins that expect no background are left out.
    #[must_use]
    pub fn new(background: &[f64], down: &[f64], up: &[f64], signal: &[f64], normalisation: f64) -> Self {
        let logarithm = |varied: f64, nominal: f64| {
            if varied > 0.0 && nominal > 0.0 { (varied / nominal).ln() } else { 0.0 }
        };
        let n = background.len();
        let (d, u): (Vec<f64>, Vec<f64>) =
            (0..n).map(|i| (logarithm(down[i], background[i]), logarithm(up[i], background[i]))).unzip();
        Self {
            background: background.to_vec(),
            linear: (0..n).map(|i| 0.5 * (u[i] - d[i])).collect(),
            quadratic: (0..n).map(|i| 0.5 * (u[i] + d[i])).collect(),
            signal: signal.to_vec(),
            normalisation,
        }
    }

    /// $q_0$ of observed counts: twice the gain in log-likelihood of the best signal strength $\hat\mu \ge 0$ over none
    /// ([Cowan et al. 2011](https://arxiv.org/abs/1007.1727), Eq. 12).
    ///
    /// # Errors
    ///
    /// If the fit comes to no finite value.
    pub fn q0(&self, observed: &[f64], auxiliary: [f64; 2]) -> Result<f64, ExperimentError> {
        let nll = NegativeLogLikelihood { fit: self, observed, auxiliary };
        let minimise = |mu: Bound| {
            let start = [0.0_f64.max(mu.lower).min(mu.upper), auxiliary[0], auxiliary[1]];
            BoxLbfgs::default().minimize(&nll, &[mu, Bound::FREE, Bound::FREE], &start).value
        };
        let without = minimise(Bound { lower: 0.0, upper: 0.0 });
        let with = minimise(Bound { lower: 0.0, upper: f64::INFINITY });
        let q0 = 2.0 * (without - with);
        if q0.is_finite() {
            Ok(q0.max(0.0))
        } else {
            Err(hepsys_core::CoreError::BadParameter {
                name: "q0 of the mass fit".into(),
                expected: "finite".into(),
                value: q0,
            }
            .into())
        }
    }

    /// The significance that the median experiment would see without nuisance parameters,
    /// $\sqrt{2 \sum_i (s_i + b_i) \ln(1 + s_i/b_i) - s_i}$ (the same paper, Eq. 97, summed over bins).
    #[must_use]
    pub fn asimov_without_nuisances(&self) -> f64 {
        let terms = self.background.iter().zip(&self.signal).filter(|(b, _)| **b > 0.0);
        (2.0 * terms.map(|(b, s)| (s + b) * (s / b).ln_1p() - s).sum::<f64>()).sqrt()
    }
}

impl Objective for NegativeLogLikelihood<'_> {
    fn n_parameters(&self) -> usize {
        3
    }

    fn evaluate(&self, parameters: &[f64], gradient: &mut [f64]) -> f64 {
        let &[mu, norm, scale] = parameters else { return f64::NAN };
        gradient.fill(0.0);
        let mut value = 0.0;
        for i in 0..self.observed.len() {
            let nominal = self.fit.background[i];
            if nominal <= 0.0 {
                continue;
            }
            let (a, c) = (self.fit.linear[i], self.fit.quadratic[i]);
            let background = nominal * (norm * self.fit.normalisation + scale * (a + c * scale)).exp();
            let expected = background + mu * self.fit.signal[i];
            let slope = 1.0 - self.observed[i] / expected;
            value += expected - self.observed[i] * expected.ln();
            gradient[0] += slope * self.fit.signal[i];
            gradient[1] += slope * background * self.fit.normalisation;
            gradient[2] += slope * background * (a + 2.0 * c * scale);
        }
        for (j, theta) in [norm, scale].into_iter().enumerate() {
            let pull = theta - self.auxiliary[j];
            value += 0.5 * pull * pull;
            gradient[1 + j] += pull;
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bin_without_freedom_has_its_closed_form() {
        // A normalisation known to 1e-6 leaves q0 = 2 [n ln(n/b) - n + b].
        let fit = MassFit::new(&[100.0], &[100.0], &[100.0], &[20.0], 1e-6);
        let expected = 2.0 * (130.0 * 1.3_f64.ln() - 30.0);
        // The minimiser ends within 1e-6 of zero gradient; q0 is flat there.
        assert!((fit.q0(&[130.0], [0.0, 0.0]).unwrap() - expected).abs() < 1e-6);
        assert_eq!(fit.q0(&[90.0], [0.0, 0.0]).unwrap(), 0.0);
    }

    #[test]
    fn the_gradient_matches_finite_differences() {
        let fit = MassFit::new(&[50.0, 20.0], &[45.0, 21.0], &[56.0, 18.0], &[1.0, 8.0], 0.1);
        let nll = NegativeLogLikelihood { fit: &fit, observed: &[48.0, 31.0], auxiliary: [0.3, -0.2] };
        let x = [0.7, 0.2, -0.4];
        let mut gradient = [0.0; 3];
        nll.evaluate(&x, &mut gradient);
        for k in 0..3 {
            let at = |step: f64| {
                let mut y = x;
                y[k] += step;
                nll.evaluate(&y, &mut [0.0; 3])
            };
            let difference = (at(1e-5) - at(-1e-5)) / 2e-5;
            // step² times the third derivative, and rounding over the step.
            assert!((difference - gradient[k]).abs() < 1e-7 * gradient[k].abs().max(1.0), "{k}");
        }
    }

    #[test]
    fn asimov_is_the_median_of_a_counting_experiment() {
        let fit = MassFit::new(&[100.0, 0.0], &[100.0, 0.0], &[100.0, 0.0], &[20.0, 3.0], 0.1);
        assert!(
            (fit.asimov_without_nuisances() - (2.0 * (120.0 * 1.2_f64.ln() - 20.0)).sqrt()).abs() < 1e-12
        );
    }
}
