use serde::{Deserialize, Serialize};

/// What a simulation says of the fraction of a chain's events that pass, and of its error.
///
/// Each event has a weight w and the probability $g = \sum_a P_a\\,[a \text{ passes}]$ to be taken for the signal, a running over the assignments.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Overlap {
    /// How many events were simulated.
    pub n_events: usize,
    pub(super) w: f64,
    pub(super) ww: f64,
    pub(super) wg: f64,
    pub(super) wwg: f64,
    pub(super) wwgg: f64,
    /// The sums of the weights that pass and of their squares, for each assignment.
    pub(super) passed: Vec<[f64; 2]>,
}

impl Overlap {
    pub(super) fn new(n_assignments: usize) -> Self {
        Self { passed: vec![[0.0; 2]; n_assignments], ..Self::default() }
    }

    /// Adds other events of the same chain.
    pub(crate) fn add(&mut self, other: &Self) {
        self.n_events += other.n_events;
        self.w += other.w;
        self.ww += other.ww;
        self.wg += other.wg;
        self.wwg += other.wwg;
        self.wwgg += other.wwgg;
        self.passed.resize(self.passed.len().max(other.passed.len()), [0.0; 2]);
        for (sum, passed) in self.passed.iter_mut().zip(&other.passed) {
            *sum = [sum[0] + passed[0], sum[1] + passed[1]];
        }
    }

    /// The fraction κ of events that pass with each assignment.
    #[must_use]
    pub fn kappas(&self) -> Vec<f64> {
        self.passed.iter().map(|[w, _]| if self.w > 0.0 { w / self.w } else { 0.0 }).collect()
    }

    /// $\langle g \rangle = \sum_a P_a \kappa_a$, the fraction of events that are taken for the signal.
    #[must_use]
    pub fn fraction(&self) -> f64 {
        if self.w > 0.0 { self.wg / self.w } else { 0.0 }
    }

    /// The statistical error of [`fraction`](Self::fraction): that of a ratio of sums of weights.
    #[must_use]
    pub fn error(&self) -> f64 {
        if self.w <= 0.0 {
            return 0.0;
        }
        let r = self.fraction();
        (self.wwgg - 2.0 * r * self.wwg + r * r * self.ww).max(0.0).sqrt() / self.w
    }

    /// How many events of equal weight would say as much, $(\sum w)^2 / \sum w^2$.
    #[must_use]
    pub fn n_effective(&self) -> f64 {
        if self.ww > 0.0 { self.w * self.w / self.ww } else { 0.0 }
    }

    /// What the fraction is below with 95 % confidence, where the assignments have these probabilities: the sum of the limits of each.
    ///
    /// With k effective events that pass, a limit is the Poisson limit on k over all effective events, and more if those that pass have
    /// larger weights than most; without any, it is that of 3.0 events of the mean weight.
    #[must_use]
    pub fn upper_limit(&self, probabilities: &[f64]) -> f64 {
        let n = self.n_effective();
        if n <= 0.0 {
            return probabilities.iter().sum();
        }
        let none = [0.0; 2];
        let passed = self.passed.iter().chain(std::iter::repeat(&none));
        let limits = probabilities.iter().zip(passed).map(|(probability, &[w, ww])| {
            let k = if ww > 0.0 { w * w / ww } else { 0.0 };
            let relative_weight = if k > 0.0 { w / k / (self.w / n) } else { 1.0 };
            probability * (poisson_limit(k) * relative_weight.max(1.0) / n).min(1.0)
        });
        limits.sum()
    }
}

/// The mean below which an observed count is in 95 % of cases; within 1 % of $\frac12\chi^2_{0.95}(2k + 2)$, by Wilson and Hilferty.
fn poisson_limit(k: f64) -> f64 {
    const Z: f64 = 1.644_854;
    let n = k + 1.0;
    n * (1.0 - 1.0 / (9.0 * n) + Z / (3.0 * n.sqrt())).powi(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_those_of_poisson() {
        // ½ χ²(95 %, 2k + 2)
        for (k, expected) in [(0.0, 2.9957), (1.0, 4.7439), (3.0, 7.7537), (10.0, 16.962), (100.0, 118.08)] {
            assert!((poisson_limit(k) / expected - 1.0).abs() < 0.01, "{k}: {}", poisson_limit(k));
        }
    }

    #[test]
    fn equal_weights_give_the_binomial_error() {
        let overlap = Overlap {
            n_events: 100,
            w: 200.0,
            ww: 400.0,
            wg: 40.0,
            wwg: 80.0,
            wwgg: 80.0,
            passed: vec![[40.0, 80.0]],
        };
        assert_eq!((overlap.fraction(), overlap.n_effective()), (0.2, 100.0));
        assert!((overlap.error() - (0.2_f64 * 0.8 / 100.0).sqrt()).abs() < 1e-15);
        assert_eq!(overlap.kappas(), [0.2]);
        let mut both = overlap.clone();
        both.add(&overlap);
        assert_eq!((both.n_events, both.fraction()), (200, 0.2));
        assert!((both.error() / overlap.error() - 0.5_f64.sqrt()).abs() < 1e-12);
        assert!((0.2..0.35).contains(&overlap.upper_limit(&[1.0])));
    }

    #[test]
    fn no_event_gives_a_limit_all_the_same() {
        let nothing = Overlap { n_events: 1000, w: 1000.0, ww: 1000.0, ..Overlap::new(1) };
        // 3.0 events, as well as the limit is computed.
        assert!((nothing.upper_limit(&[0.1]) / (0.1 * 0.0029957) - 1.0).abs() < 0.01);
        assert_eq!((nothing.fraction(), nothing.error()), (0.0, 0.0));
        assert_eq!(Overlap::new(1).upper_limit(&[0.1]), 0.1);
    }

    #[test]
    fn an_event_of_an_unlikely_assignment_lowers_no_limit() {
        let probabilities = [0.8, 1e-3];
        let none = Overlap { n_events: 4000, w: 4000.0, ww: 4000.0, ..Overlap::new(2) };
        let mut one = none.clone();
        (one.wg, one.wwg, one.wwgg) = (1e-3, 1e-3, 1e-6);
        one.passed[1] = [1.0, 1.0];
        assert!(one.upper_limit(&probabilities) >= none.upper_limit(&probabilities));
    }
}
