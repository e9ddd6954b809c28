use hepsys_core::{CoreError, Sample};

use super::{FEATURES, GaussianPair, dot};

/// A classifier of the [`GaussianPair`] that can be written down: what a perfectly trained network would return.
///
/// Its output is the logit $\ell(x)$; the score between zero and one is $1/(1 + e^{-\ell})$.
#[derive(Debug, Clone, PartialEq)]
pub enum ExactScore {
    /// The best classifier for one value of the nuisance parameter, applied to events at any:
    /// $\ell(x) = 2\\,x\cdot c(z) / \sigma^2$.
    ///
    /// At the nominal value it is the baseline; at the value at which data are tested, the one that knows it.
    Frozen {
        /// The value for which it is the best.
        z: f64,
    },
    /// The best classifier for a mixture of equal parts of several values:
    /// $\ell(x) = \ln \sum_i p_S(x|z_i) - \ln \sum_i p_B(x|z_i)$, what training on all of them together learns.
    Mixture {
        /// The values.
        z: Vec<f64>,
    },
    /// $\ell(x) = 0$, which leaves only the number of events.
    Constant,
}

impl ExactScore {
    /// The logit of an event.
    ///
    /// ```
    /// use hepsys_sim::{ExactScore, GaussianPair};
    /// let toy = GaussianPair::rotation();
    /// let (x, z) = ([0.3, -0.8], 1.2);
    /// let logit = ExactScore::Frozen { z }.logit(&toy, x);
    /// assert!((logit - toy.log_ratio(x, z)).abs() < 1e-14);
    /// ```
    #[must_use]
    pub fn logit(&self, toy: &GaussianPair, x: [f64; 2]) -> f64 {
        Logit::new(self, toy).of(x)
    }

    /// The logits of the events of a sample with the features `x1` and `x2`.
    ///
    /// # Errors
    ///
    /// [`CoreError::UnknownFeature`] if the sample lacks one of them.
    pub fn logits(&self, toy: &GaussianPair, sample: &Sample) -> Result<Vec<f64>, CoreError> {
        let logit = Logit::new(self, toy);
        let (x1, x2) = (sample.column(FEATURES[0])?, sample.column(FEATURES[1])?);
        Ok(x1.iter().zip(x2).map(|(&x1, &x2)| logit.of([x1, x2])).collect())
    }
}

/// A score with its centres computed once.
pub(super) struct Logit {
    /// $c(z_i)/\sigma^2$ and $-|c(z_i)|^2/2\sigma^2$ for each value of the mixture.
    parts: Vec<([f64; 2], f64)>,
}

impl Logit {
    pub(super) fn new(score: &ExactScore, toy: &GaussianPair) -> Self {
        let values = match score {
            ExactScore::Frozen { z } => std::slice::from_ref(z),
            ExactScore::Mixture { z } => z,
            ExactScore::Constant => &[],
        };
        let variance = toy.sigma * toy.sigma;
        let part = |&z: &f64| {
            let centre = toy.centre(z);
            (centre.map(|c| c / variance), -0.5 * dot(centre, centre) / variance)
        };
        Self { parts: values.iter().map(part).collect() }
    }

    pub(super) fn of(&self, x: [f64; 2]) -> f64 {
        match &self.parts[..] {
            [] => 0.0,
            [(slope, _)] => 2.0 * dot(x, *slope),
            parts => log_sum(parts, x, 1.0) - log_sum(parts, x, -1.0),
        }
    }
}

/// The logarithm of a sum of densities, up to what both classes share.
fn log_sum(parts: &[([f64; 2], f64)], x: [f64; 2], sign: f64) -> f64 {
    let exponent = |(slope, offset): &([f64; 2], f64)| sign * dot(x, *slope) + offset;
    let largest = parts.iter().map(exponent).fold(f64::NEG_INFINITY, f64::max);
    largest + parts.iter().map(|p| (exponent(p) - largest).exp()).sum::<f64>().ln()
}

#[cfg(test)]
mod tests {
    use super::super::Class;
    use super::*;

    #[test]
    fn the_score_of_a_mixture_is_the_ratio_of_its_densities() {
        let values = [-0.2, 0.0, 0.3];
        for toy in [GaussianPair::rotation(), GaussianPair::stretch()] {
            for x in [[0.0, 0.0], [1.0, -0.4], [-2.0, 3.0]] {
                let sum = |class| values.iter().map(|&z| toy.density(class, x, z)).sum::<f64>();
                let expected = (sum(Class::Signal) / sum(Class::Background)).ln();
                let score = ExactScore::Mixture { z: values.to_vec() };
                // Rounding of exponents up to 40.
                assert!((score.logit(&toy, x) - expected).abs() < 1e-12);
            }
        }
    }
}
