use serde::{Deserialize, Serialize};

/// How far predictions are from the table, in powers of ten.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Scores {
    /// How many modes were predicted.
    pub n_modes: usize,
    /// The root of the mean squared difference.
    pub rmse: f64,
    /// The mean absolute difference.
    pub mean_absolute_error: f64,
    /// Spearman's correlation of the ranks; zero where all predictions are equal.
    pub rank_correlation: f64,
}

impl Scores {
    pub(super) fn of(pairs: impl Iterator<Item = (f64, f64)>) -> Self {
        let (listed, predicted): (Vec<f64>, Vec<f64>) = pairs.unzip();
        let n = listed.len() as f64;
        let errors = || listed.iter().zip(&predicted).map(|(listed, predicted)| predicted - listed);
        Self {
            n_modes: listed.len(),
            rmse: (errors().map(|error| error * error).sum::<f64>() / n).sqrt(),
            mean_absolute_error: errors().map(f64::abs).sum::<f64>() / n,
            rank_correlation: correlation(&ranks(&listed), &ranks(&predicted)),
        }
    }
}

/// The rank of each value; equal values share the mean of their ranks.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    for equal in order.chunk_by(|&a, &b| values[a] == values[b]) {
        for &i in equal {
            ranks[i] = first as f64 + 0.5 * (equal.len() - 1) as f64;
        }
        first += equal.len();
    }
    ranks
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let sum = |f: &dyn Fn(f64, f64) -> f64| -> f64 {
        a.iter().zip(b).map(|(a, b)| f(a - mean_a, b - mean_b)).sum()
    };
    let scale = (sum(&|a, _| a * a) * sum(&|_, b| b * b)).sqrt();
    if scale > 0.0 { sum(&|a, b| a * b) / scale } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_share_their_ranks() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), [2.5, 0.0, 2.5, 1.0]);
        assert!((correlation(&[0.0, 1.0, 2.0], &[2.0, 1.0, 0.0]) + 1.0).abs() < 1e-15);
        assert_eq!(correlation(&[0.0, 1.0], &[1.0, 1.0]), 0.0);
    }

    #[test]
    fn scores_are_those_of_the_differences() {
        let scores = Scores::of([(-3.0, -2.0), (-4.0, -4.0), (-2.0, -4.0)].into_iter());
        assert!((scores.rmse - (5.0_f64 / 3.0).sqrt()).abs() < 1e-15);
        assert_eq!((scores.n_modes, scores.mean_absolute_error), (3, 1.0));
    }
}
