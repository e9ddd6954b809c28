use serde::{Deserialize, Serialize};

use crate::AdversarialError;

/// What is looked at of the scores $p_k$, the softmax of a classifier's outputs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScoreScale {
    /// $p_k$
    Probability,
    /// $\max(\ln p_k, \text{floor})$: differences among tiny scores count as well.
    Log {
        /// The floor.
        floor: f64,
    },
}

impl Default for ScoreScale {
    fn default() -> Self {
        Self::Log { floor: -12.0 }
    }
}

impl ScoreScale {
    pub(crate) fn check(self) -> Result<(), AdversarialError> {
        match self {
            Self::Probability => Ok(()),
            Self::Log { floor } => {
                let is_right = floor < 0.0 && floor.is_finite();
                AdversarialError::check(is_right, "the floor of log-scores", "negative and finite", floor)
            }
        }
    }

    /// What is looked at, of each class and event, given the scores `[n_classes][n_events]`.
    #[must_use]
    pub fn of(self, scores: &[Vec<f64>]) -> Vec<Vec<f64>> {
        match self {
            Self::Probability => scores.to_vec(),
            Self::Log { floor } => {
                scores.iter().map(|column| column.iter().map(|p| p.ln().max(floor)).collect()).collect()
            }
        }
    }

    /// Derivatives by the network's outputs, given those by what is looked at; all `[n_classes][n_events]`.
    ///
    /// # Panics
    ///
    /// If the derivatives have fewer classes or events than the scores.
    #[must_use]
    pub fn pull_back(self, scores: &[Vec<f64>], by_seen: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let n_events = scores.first().map_or(0, Vec::len);
        let mut by_outputs = vec![vec![0.0; n_events]; scores.len()];
        for event in 0..n_events {
            // ∂p_k/∂f_j = p_k (δ_kj − p_j), ∂ ln p_k/∂f_j = δ_kj − p_j
            let factor = |k: usize| match self {
                Self::Probability => scores[k][event] * by_seen[k][event],
                Self::Log { floor } if scores[k][event].ln() > floor => by_seen[k][event],
                Self::Log { .. } => 0.0,
            };
            let sum: f64 = (0..scores.len()).map(factor).sum();
            for (j, column) in by_outputs.iter_mut().enumerate() {
                column[event] = factor(j) - scores[j][event] * sum;
            }
        }
        by_outputs
    }
}

pub(crate) fn check_lengths(what: &str, n_scores: usize, n_weights: usize) -> Result<(), AdversarialError> {
    if n_scores == n_weights {
        Ok(())
    } else {
        let expected = format!("as many as scores, {n_scores}");
        Err(AdversarialError::bad(format!("the number of weights of {what}"), expected, n_weights))
    }
}

/// The softmax of a network's outputs, `[n_classes][n_events]`.
///
/// # Panics
///
/// If a class has fewer events than the first one.
#[must_use]
pub fn softmax(outputs: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let mut scores = outputs.to_vec();
    for event in 0..scores.first().map_or(0, Vec::len) {
        let largest = scores.iter().fold(f64::NEG_INFINITY, |m, f| m.max(f[event]));
        let mut sum = 0.0;
        for column in &mut scores {
            column[event] = (column[event] - largest).exp();
            sum += column[event];
        }
        scores.iter_mut().for_each(|column| column[event] /= sum);
    }
    scores
}

/// The weighted cross entropy of events in their classes, and its derivatives by the outputs, `[n_classes][n_events]`.
///
/// # Panics
///
/// If there are fewer outputs than classes or events.
#[must_use]
pub fn cross_entropy(outputs: &[Vec<f64>], classes: &[usize], weights: &[f64]) -> (f64, Vec<Vec<f64>>) {
    let total: f64 = weights.iter().sum();
    // A batch of events without weight says nothing.
    let scale = if total > 0.0 { 1.0 / total } else { 0.0 };
    let mut derivatives = softmax(outputs);
    let mut value = 0.0;
    for (event, (&class, &weight)) in classes.iter().zip(weights).enumerate() {
        let largest = outputs.iter().fold(f64::NEG_INFINITY, |m, f| m.max(f[event]));
        let sum: f64 = outputs.iter().map(|f| (f[event] - largest).exp()).sum();
        value += scale * weight * (largest + sum.ln() - outputs[class][event]);
        for (k, column) in derivatives.iter_mut().enumerate() {
            column[event] = scale * weight * (column[event] - f64::from(u8::from(k == class)));
        }
    }
    (value, derivatives)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outputs() -> Vec<Vec<f64>> {
        vec![vec![0.3, -2.0, 9.0], vec![1.1, 0.4, -9.0], vec![-0.7, 0.9, -8.0]]
    }

    /// The largest difference between derivatives and finite differences.
    fn worst(value: impl Fn(&[Vec<f64>]) -> f64, derivatives: &[Vec<f64>]) -> f64 {
        let mut worst = 0.0_f64;
        for k in 0..3 {
            for event in 0..3 {
                let shifted = |h: f64| {
                    let mut moved = outputs();
                    moved[k][event] += h;
                    value(&moved)
                };
                let difference = (shifted(1e-6) - shifted(-1e-6)) / 2e-6;
                worst = worst.max((difference - derivatives[k][event]).abs());
            }
        }
        worst
    }

    #[test]
    fn derivatives_by_what_is_seen_reach_the_outputs() {
        // A function of what is seen, with these derivatives.
        let by_seen = vec![vec![0.5, -1.0, 2.0], vec![1.5, 0.3, -0.2], vec![-0.4, 0.8, 0.6]];
        for scale in [ScoreScale::Probability, ScoreScale::default()] {
            let value = |outputs: &[Vec<f64>]| -> f64 {
                let seen = scale.of(&softmax(outputs));
                seen.iter().flatten().zip(by_seen.iter().flatten()).map(|(u, d)| u * d).sum()
            };
            let derivatives = scale.pull_back(&softmax(&outputs()), &by_seen);
            assert!(worst(value, &derivatives) < 1e-8);
        }
    }

    #[test]
    fn the_cross_entropy_has_its_derivatives() {
        let (classes, weights) = ([1, 2, 0], [0.5, 2.0, 1.0]);
        let value = |outputs: &[Vec<f64>]| cross_entropy(outputs, &classes, &weights).0;
        assert!(worst(value, &cross_entropy(&outputs(), &classes, &weights).1) < 1e-8);
        let flat = vec![vec![0.0]; 3];
        assert!((cross_entropy(&flat, &[2], &[7.0]).0 - 3.0_f64.ln()).abs() < 1e-15);
    }
}
