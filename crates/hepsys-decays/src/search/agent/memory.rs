//! What an agent remembers of the answers.

/// What is expected of a candidate that nothing is known of: that 3 % of its events are selected. Most candidates have less, so that
/// what is unlike all others is tried.
const PRIOR: f64 = -1.5;

/// How many answers this counts for.
const PRIOR_WEIGHT: f64 = 0.3;

/// For each candidate, what the answers of those like it let expect: their mean, weighted with a Gaussian kernel of the distance
/// between features, and with a constant weight of what is expected of a candidate that nothing is known of.
pub(super) struct Memory {
    /// The features of each candidate in their standard deviations.
    features: Vec<Vec<f64>>,
    length: f64,
    weights: Vec<f64>,
    sums: Vec<f64>,
}

impl Memory {
    /// The memory of candidates with these features, whose answers matter over this distance.
    pub(super) fn new(features: &[Vec<f64>], length: f64) -> Self {
        let n = features.len() as f64;
        let n_features = features.first().map_or(0, Vec::len);
        let mut columns = Vec::with_capacity(n_features);
        for k in 0..n_features {
            let mean = features.iter().map(|row| row[k]).sum::<f64>() / n;
            let variance = features.iter().map(|row| (row[k] - mean).powi(2)).sum::<f64>() / n;
            columns.push((mean, variance.sqrt() + 1e-9));
        }
        let standard = |row: &Vec<f64>| row.iter().zip(&columns).map(|(x, (m, s))| (x - m) / s).collect();
        Self {
            features: features.iter().map(standard).collect(),
            length,
            weights: vec![PRIOR_WEIGHT; features.len()],
            sums: vec![PRIOR_WEIGHT * PRIOR; features.len()],
        }
    }

    /// The features of a candidate in their standard deviations.
    pub(super) fn features(&self, candidate: usize) -> &[f64] {
        &self.features[candidate]
    }

    /// The answer that is expected of a candidate.
    pub(super) fn expected(&self, candidate: usize) -> f64 {
        self.sums[candidate] / self.weights[candidate]
    }

    /// Keeps the answer of a candidate.
    pub(super) fn remember(&mut self, candidate: usize, answer: f64) {
        let center = &self.features[candidate];
        for ((row, weight), sum) in self.features.iter().zip(&mut self.weights).zip(&mut self.sums) {
            let squares: f64 = row.iter().zip(center).map(|(a, b)| (a - b).powi(2)).sum();
            let kernel = (-0.5 * squares / (self.length * self.length)).exp();
            *weight += kernel;
            *sum += kernel * answer;
        }
    }
}
