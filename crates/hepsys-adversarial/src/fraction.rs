use serde::{Deserialize, Serialize};

/// Sums of weights and of their squares, of events that pass and of those that fail.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Tally {
    pub(crate) passed: f64,
    pub(crate) passed_squares: f64,
    pub(crate) failed: f64,
    pub(crate) failed_squares: f64,
}

impl Tally {
    pub(crate) fn add(&mut self, passes: bool, weight: f64) {
        let (sum, squares) = if passes {
            (&mut self.passed, &mut self.passed_squares)
        } else {
            (&mut self.failed, &mut self.failed_squares)
        };
        *sum += weight;
        *squares += weight * weight;
    }

    pub(crate) fn total(&self) -> f64 {
        self.passed + self.failed
    }

    /// The fraction that passes, $\varepsilon = P/(P + F)$.
    pub(crate) fn fraction(&self) -> f64 {
        self.passed / self.total()
    }

    /// Its variance, $[(1-\varepsilon)^2 \sum_P w^2 + \varepsilon^2 \sum_F w^2] / (P + F)^2$: binomial for unit weights.
    pub(crate) fn variance(&self) -> f64 {
        let (fraction, total) = (self.fraction(), self.total());
        let [rest, fraction] = [(1.0 - fraction) / total, fraction / total];
        rest * rest * self.passed_squares + fraction * fraction * self.failed_squares
    }

    /// The ratio of this fraction to another one, and its standard deviation; where nothing passes here, that of one event.
    pub(crate) fn ratio_to(&self, expected: &Self) -> (f64, f64) {
        let fraction = expected.fraction();
        let value = self.fraction() / fraction;
        let variance =
            if self.passed > 0.0 { self.variance() } else { self.effective_entries().recip().powi(2) };
        (value, (variance + value * value * expected.variance()).sqrt() / fraction)
    }

    /// How many events of equal weight it is worth, $(\sum w)^2 / \sum w^2$.
    pub(crate) fn effective_entries(&self) -> f64 {
        let total = self.total();
        total * (total / (self.passed_squares + self.failed_squares))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unit_weights_are_binomial_and_their_scale_is_none() {
        for scale in [1.0, 0.01] {
            let mut tally = Tally::default();
            (0..20).for_each(|i| tally.add(i < 5, scale));
            assert!((tally.fraction() - 0.25).abs() < 1e-15);
            assert!((tally.variance() - 0.25 * 0.75 / 20.0).abs() < 1e-15);
            assert!((tally.effective_entries() - 20.0).abs() < 1e-12);
        }
    }
}
