use super::{AngularObservables, DecayAngles};
use crate::SimError;
use crate::numbers::check;

/// The coefficients as the mean of each function times these; $F_L$ less a half.
const FACTORS: [f64; 8] = [2.5, 3.125, 3.125, 2.5, 1.875, 2.5, 3.125, 3.125];

/// The coefficients of the angular distribution, measured by the method of moments, with their statistical errors.
///
/// The functions $f$ of [`DecayAngles::functions`] have means that are linear in the coefficients:
/// $F_L = \frac52 \langle f \rangle - \frac12$, $S_{3,4,8,9} = \frac{25}{8} \langle f \rangle$,
/// $S_{5,7} = \frac52 \langle f \rangle$, $A_{FB} = \frac34 \cdot \frac52 \langle f \rangle$.
/// Means over weighted events have the covariance $\sum w^2 (f - \langle f \rangle)(f' - \langle f' \rangle) / (\sum w)^2$.
///
/// ```
/// use hepsys_sim::{AngularMoments, DecayAngles};
/// let events = [-0.5, 0.1, 0.9].map(|cos_k| DecayAngles { cos_k, cos_l: 0.0, phi: 0.3 });
/// let moments = AngularMoments::of(&events)?;
/// assert!((moments.observables().f_l - (2.5 * (0.25 + 0.01 + 0.81) / 3.0 - 0.5)).abs() < 1e-12);
/// # Ok::<(), hepsys_sim::SimError>(())
/// ```
///
/// # References
///
/// `beaujean2015`
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AngularMoments {
    observables: AngularObservables,
    covariance: [[f64; 8]; 8],
}

impl AngularMoments {
    /// The moments of events that count once each.
    ///
    /// # Errors
    ///
    /// [`SimError::BadParameter`] without events.
    pub fn of(events: &[DecayAngles]) -> Result<Self, SimError> {
        let functions: Vec<_> = events.iter().map(DecayAngles::functions).collect();
        Self::of_functions(&functions, &vec![1.0; events.len()])
    }

    /// The moments of events with weights.
    ///
    /// # Errors
    ///
    /// As [`of_functions`](Self::of_functions).
    pub fn of_weighted(events: &[DecayAngles], weights: &[f64]) -> Result<Self, SimError> {
        let functions: Vec<_> = events.iter().map(DecayAngles::functions).collect();
        Self::of_functions(&functions, weights)
    }

    /// The moments of events whose functions are known, for weights that change again and again.
    ///
    /// # Errors
    ///
    /// [`SimError::BadParameter`] unless there is a weight for each event, and the weights have a positive finite sum.
    pub fn of_functions(functions: &[[f64; 8]], weights: &[f64]) -> Result<Self, SimError> {
        let (n_events, n_weights) = (functions.len(), weights.len());
        let expected = format!("{n_events}, one for each event");
        check("the number of weights", &expected, n_weights as f64, n_weights == n_events)?;
        let total = weights.iter().fold(0.0, |sum, w| sum + w);
        check("the sum of weights", "positive and finite", total, 0.0 < total && total.is_finite())?;

        let mut means = [0.0; 8];
        for (f, w) in functions.iter().zip(weights) {
            for i in 0..8 {
                means[i] += w * f[i];
            }
        }
        let means = means.map(|sum| sum / total);

        let mut covariance = [[0.0; 8]; 8];
        for (f, w) in functions.iter().zip(weights) {
            let d: [f64; 8] = std::array::from_fn(|i| w * (f[i] - means[i]));
            for i in 0..8 {
                for j in 0..=i {
                    covariance[i][j] += d[i] * d[j];
                }
            }
        }
        for i in 0..8 {
            for j in 0..=i {
                covariance[i][j] *= FACTORS[i] * FACTORS[j] / (total * total);
                covariance[j][i] = covariance[i][j];
            }
        }
        Ok(Self { observables: Self::from_means(means), covariance })
    }

    /// The coefficients that belong to these means of the functions.
    #[must_use]
    pub fn from_means(means: [f64; 8]) -> AngularObservables {
        let mut values: [f64; 8] = std::array::from_fn(|i| FACTORS[i] * means[i]);
        values[0] -= 0.5;
        values.into()
    }

    /// The coefficients.
    #[must_use]
    pub fn observables(&self) -> &AngularObservables {
        &self.observables
    }

    /// Their statistical standard deviations.
    #[must_use]
    pub fn errors(&self) -> AngularObservables {
        std::array::from_fn(|i| self.covariance[i][i].sqrt()).into()
    }

    /// Their statistical covariance, in the order of [`AngularObservables::NAMES`].
    #[must_use]
    pub fn covariance(&self) -> &[[f64; 8]; 8] {
        &self.covariance
    }
}

#[cfg(test)]
mod tests {
    use hepsys_core::Seed;

    use super::*;
    use crate::AngularDensity;

    #[test]
    fn moments_give_back_the_coefficients_within_their_errors() {
        for (i, observables) in [
            AngularObservables::STANDARD_MODEL,
            AngularObservables::J_PSI_K_STAR,
            // All eight are away from zero.
            AngularObservables::from_array([0.4, 0.1, 0.08, 0.12, -0.15, 0.1, -0.07, 0.09]),
        ]
        .into_iter()
        .enumerate()
        {
            let density = AngularDensity::new(observables).unwrap();
            let events = density.sample(100_000, &mut Seed::new(5).index(i).stream());
            let moments = AngularMoments::of(&events).unwrap();
            // Eight numbers around zero with unit variance: 26.1 in one of a thousand seeds, correlations aside.
            let chi_squared = moments.observables().chi_squared(&observables, &moments.errors());
            assert!(chi_squared < 26.1, "{observables:?}: {chi_squared}");
        }
    }

    #[test]
    fn errors_are_the_scatter_of_experiments() {
        let density = AngularDensity::new(AngularObservables::STANDARD_MODEL).unwrap();
        let experiments: Vec<_> = (0..400)
            .map(|i| {
                let events = density.sample(500, &mut Seed::new(6).index(i).stream());
                AngularMoments::of(&events).unwrap()
            })
            .collect();
        for (i, error) in experiments[0].errors().to_array().into_iter().enumerate() {
            let values: Vec<f64> = experiments.iter().map(|m| m.observables().to_array()[i]).collect();
            let mean = values.iter().sum::<f64>() / 400.0;
            let scatter = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 399.0).sqrt();
            // A standard deviation from 400 values is known to 3.5 %, the error from 500 events to about as much.
            assert!((scatter / error - 1.0).abs() < 0.2, "{}", AngularObservables::NAMES[i]);
        }
    }

    #[test]
    fn reweighting_to_another_density_gives_its_coefficients() {
        let [from, to] = [AngularObservables::ANOMALY, AngularObservables::STANDARD_MODEL]
            .map(|observables| AngularDensity::new(observables).unwrap());
        let events = from.sample(100_000, &mut Seed::new(7).stream());
        let ratio = |e: &DecayAngles| to.value(e.cos_k, e.cos_l, e.phi) / from.value(e.cos_k, e.cos_l, e.phi);
        let weights: Vec<f64> = events.iter().map(ratio).collect();
        let moments = AngularMoments::of_weighted(&events, &weights).unwrap();
        assert!(moments.observables().chi_squared(to.observables(), &moments.errors()) < 26.1);
    }

    #[test]
    fn weights_without_a_sum_are_refused() {
        let error = AngularMoments::of(&[]).unwrap_err();
        assert_eq!(error.to_string(), "the sum of weights must be positive and finite, got 0");
        let error = AngularMoments::of_weighted(&[DecayAngles::default()], &[1.0, 1.0]).unwrap_err();
        assert_eq!(error.to_string(), "the number of weights must be 1, one for each event, got 2");
    }
}
