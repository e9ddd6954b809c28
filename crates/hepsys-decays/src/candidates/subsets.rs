//! The best that a part of a chain can do for each set of hypotheses.

/// For each subset of the hypotheses, the largest product of branching fractions and probabilities with which tracks of a part of a chain
/// stand for just these; the bits of an index are the hypotheses.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Subsets(Vec<f64>);

impl Subsets {
    /// A part without tracks.
    pub(super) fn one(n_hypotheses: usize) -> Self {
        let mut values = vec![0.0; 1 << n_hypotheses];
        values[0] = 1.0;
        Self(values)
    }

    /// A part that cannot be.
    pub(super) fn zero(n_hypotheses: usize) -> Self {
        Self(vec![0.0; 1 << n_hypotheses])
    }

    /// A track that stands for one hypothesis with each of these probabilities, or for none at a price.
    pub(super) fn track(unused: f64, probabilities: &[f64]) -> Self {
        let mut track = Self::zero(probabilities.len());
        track.0[0] = unused;
        for (k, p) in probabilities.iter().enumerate() {
            track.0[1 << k] = *p;
        }
        track
    }

    /// Two parts of one chain.
    pub(super) fn with(&self, other: &Self) -> Self {
        let mut both = vec![0.0_f64; self.0.len()];
        for (set, best) in both.iter_mut().enumerate() {
            // All subsets of the set, down to the empty one.
            let mut part = set;
            loop {
                *best = best.max(self.0[part] * other.0[set ^ part]);
                if part == 0 {
                    break;
                }
                part = (part - 1) & set;
            }
        }
        Self(both)
    }

    /// The best that two parts do together for all hypotheses.
    pub(super) fn complete(&self, other: &Self) -> f64 {
        self.0.iter().zip(other.0.iter().rev()).map(|(a, b)| a * b).fold(0.0, f64::max)
    }

    pub(super) fn times(mut self, factor: f64) -> Self {
        self.0.iter_mut().for_each(|value| *value *= factor);
        self
    }

    /// The better of two ways, set by set.
    pub(super) fn or(mut self, other: &Self) -> Self {
        for (a, b) in self.0.iter_mut().zip(&other.0) {
            *a = a.max(*b);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_tracks_take_the_better_of_both_ways() {
        let (a, b) = (Subsets::track(0.3, &[0.9, 0.1]), Subsets::track(0.3, &[0.5, 0.02]));
        let both = a.with(&b);
        // Either a stands for the first and b for the second, or the other way round.
        let all = both.complete(&Subsets::one(2));
        assert_eq!(all, 0.1 * 0.5_f64.max(0.9 * 0.02 / 0.1));
        assert_eq!(both.0[0b01], 0.9 * 0.3);
        assert_eq!(both.0[0b00], 0.09);
        assert_eq!(a.complete(&b), all);
        assert_eq!(Subsets::one(2).with(&a), a);
        assert_eq!(Subsets::zero(2).with(&a), Subsets::zero(2));
        assert_eq!(Subsets::zero(2).or(&a.clone().times(2.0)).0[0b10], 0.2);
    }
}
