//! The network that tells simulation from data by the scores of a classifier.

use hepsys_core::Seed;
use hepsys_nn::dense::{Columns, Dense, SoftmaxCrossEntropy};
use hepsys_nn::{Activation, MlpShape, NnError};

use super::Origins;

/// How much of a new batch goes into the averages.
const MOMENTUM: f64 = 0.1;
/// What keeps a variance from zero.
const EPSILON: f64 = 1e-5;

/// Batch normalisation, tanh layers, and two outputs: simulation and data.
///
/// Its parameters are the scales and shifts of the normalisation, then the dense layers; the averages, means and variances, are
/// no parameters.
#[derive(Debug, Clone)]
pub(crate) struct ScoreAdversary {
    n_inputs: usize,
    shape: MlpShape,
    dense: Dense<f32>,
}

/// What an adversary says of a batch.
pub(crate) struct Verdict {
    /// Its cross entropy.
    pub(crate) value: f64,
    /// The derivatives by what it saw.
    pub(crate) by_seen: Vec<Vec<f64>>,
    /// The gradient by its parameters.
    pub(crate) gradient: Vec<f64>,
    /// Its averages after the batch.
    pub(crate) averages: Vec<f64>,
}

/// Means and variances to normalise with, and whether they are those of the batch.
struct Moments<'a> {
    means: &'a [f64],
    variances: &'a [f64],
    are_of_batch: bool,
}

impl ScoreAdversary {
    pub(crate) fn new(n_inputs: usize, hidden: &[usize]) -> Result<Self, NnError> {
        let shape = MlpShape::new(n_inputs, hidden, 2, Activation::Tanh)?;
        Ok(Self { n_inputs, dense: Dense::new(shape.clone()), shape })
    }

    /// Parameters to begin with.
    pub(crate) fn start(&self, seed: Seed) -> Vec<f64> {
        let mut parameters = vec![1.0; self.n_inputs];
        parameters.resize(2 * self.n_inputs, 0.0);
        parameters.extend(self.shape.glorot_uniform(seed));
        parameters
    }

    /// Averages to begin with: means of zero and variances of one.
    pub(crate) fn start_averages(&self) -> Vec<f64> {
        let mut averages = vec![0.0; self.n_inputs];
        averages.resize(2 * self.n_inputs, 1.0);
        averages
    }

    /// What it says while it learns: normalised by the batch, whose moments go into the averages.
    pub(crate) fn learn(
        &self,
        parameters: &[f64],
        averages: &[f64],
        seen: &[Vec<f64>],
        origins: Origins<'_>,
    ) -> Result<Verdict, NnError> {
        let n = origins.is_data.len() as f64;
        let means: Vec<f64> = seen.iter().map(|u| u.iter().sum::<f64>() / n).collect();
        let variance = |(u, m): (&Vec<f64>, &f64)| u.iter().map(|u| (u - m) * (u - m)).sum::<f64>() / n;
        let variances: Vec<f64> = seen.iter().zip(&means).map(variance).collect();
        // The averages keep the unbiased variance, as everywhere.
        let unbiased = n / (n - 1.0).max(1.0);
        let new = means.iter().copied().chain(variances.iter().map(|v| v * unbiased));
        let averages = averages.iter().zip(new).map(|(old, new)| old + MOMENTUM * (new - old)).collect();
        let moments = Moments { means: &means, variances: &variances, are_of_batch: true };
        Ok(Verdict { averages, ..self.verdict(parameters, &moments, seen, origins)? })
    }

    /// What it says while it is frozen: normalised by its averages, which stay.
    pub(crate) fn judge(
        &self,
        parameters: &[f64],
        averages: &[f64],
        seen: &[Vec<f64>],
        origins: Origins<'_>,
    ) -> Result<Verdict, NnError> {
        let (means, variances) = averages.split_at(self.n_inputs);
        let moments = Moments { means, variances, are_of_batch: false };
        Ok(Verdict { averages: averages.to_vec(), ..self.verdict(parameters, &moments, seen, origins)? })
    }

    fn verdict(
        &self,
        parameters: &[f64],
        moments: &Moments<'_>,
        seen: &[Vec<f64>],
        origins: Origins<'_>,
    ) -> Result<Verdict, NnError> {
        let (scales, rest) = parameters.split_at(self.n_inputs);
        let (shifts, dense) = rest.split_at(self.n_inputs);
        let inverse: Vec<f64> = moments.variances.iter().map(|v| 1.0 / (v + EPSILON).sqrt()).collect();
        let normalize = |k: usize| seen[k].iter().map(|u| (u - moments.means[k]) * inverse[k]).collect();
        let normal: Vec<Vec<f64>> = (0..self.n_inputs).map(normalize).collect();
        let scale = |k: usize| normal[k].iter().map(|x| scales[k] * x + shifts[k]).collect();
        let scaled: Vec<Vec<f64>> = (0..self.n_inputs).map(scale).collect();

        let columns = Columns::new(scaled.iter().map(Vec::as_slice))?;
        let classes: Vec<f64> = origins.is_data.iter().map(|&d| d as f64).collect();
        let terms = Columns::new([classes.as_slice(), origins.weights])?;
        let loss = SoftmaxCrossEntropy::new(&terms, 2)?;
        let mut by_dense = vec![0.0; dense.len()];
        let (value, mut by_seen) =
            self.dense.loss_and_both_gradients(dense, &columns, &loss, &mut by_dense)?;

        let mut gradient = vec![0.0; 2 * self.n_inputs];
        for k in 0..self.n_inputs {
            let n = origins.is_data.len() as f64;
            let by_shift: f64 = by_seen[k].iter().sum();
            let by_scale: f64 = by_seen[k].iter().zip(&normal[k]).map(|(d, x)| d * x).sum();
            gradient[k] = by_scale;
            gradient[self.n_inputs + k] = by_shift;
            // Moments of the batch depend on every event of it.
            let (mean, slope) = if moments.are_of_batch { (by_shift / n, by_scale / n) } else { (0.0, 0.0) };
            for (d, x) in by_seen[k].iter_mut().zip(&normal[k]) {
                *d = scales[k] * inverse[k] * (*d - mean - x * slope);
            }
        }
        gradient.extend(by_dense);
        Ok(Verdict { value, by_seen, gradient, averages: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{example, worst};
    use super::*;

    #[test]
    fn it_has_the_parameters_of_the_analysis() {
        assert_eq!(ScoreAdversary::new(3, &[24, 12]).unwrap().start(Seed::new(1)).len(), 428);
    }

    fn small() -> (ScoreAdversary, Vec<f64>) {
        let adversary = ScoreAdversary::new(3, &[5]).unwrap();
        let parameters = adversary.start(Seed::new(2)).iter().map(|w| w + 0.1).collect();
        (adversary, parameters)
    }

    #[test]
    fn derivatives_by_the_scores_are_those_of_finite_differences() {
        let (adversary, parameters) = small();
        let averages = [0.2, 0.5, 0.1, 1.5, 0.8, 2.0];
        for of in [ScoreAdversary::learn, ScoreAdversary::judge] {
            let verdict = |scores: &[Vec<f64>], origins: Origins<'_>| {
                let verdict = of(&adversary, &parameters, &averages, scores, origins).unwrap();
                (verdict.value, verdict.by_seen)
            };
            // Single precision.
            assert!(worst(verdict, 1e-2) < 2e-4, "{}", worst(verdict, 1e-2));
        }
    }

    #[test]
    fn the_gradient_by_parameters_is_that_of_finite_differences() {
        let (adversary, parameters) = small();
        let (scores, is_data, weights) = example();
        let origins = Origins { is_data: &is_data, weights: &weights };
        let averages = adversary.start_averages();
        let learn = |parameters: &[f64]| adversary.learn(parameters, &averages, &scores, origins).unwrap();
        let gradient = learn(&parameters).gradient;
        for i in 0..parameters.len() {
            let value = |h: f64| {
                let mut moved = parameters.clone();
                moved[i] += h;
                learn(&moved).value
            };
            let difference = (value(1e-2) - value(-1e-2)) / 2e-2;
            assert!((difference - gradient[i]).abs() < 2e-4, "{i}: {difference} {}", gradient[i]);
        }
    }

    #[test]
    fn averages_follow_the_batches_while_it_learns_and_stay_while_it_judges() {
        let adversary = ScoreAdversary::new(1, &[]).unwrap();
        let parameters = adversary.start(Seed::new(2));
        let origins = Origins { is_data: &[0, 1], weights: &[1.0, 1.0] };
        let (seen, start) = ([vec![1.0, 3.0]], adversary.start_averages());
        let after = adversary.learn(&parameters, &start, &seen, origins).unwrap().averages;
        // Mean 2 and unbiased variance 2, a tenth of the way.
        assert!((after[0] - 0.2).abs() < 1e-15 && (after[1] - 1.1).abs() < 1e-15);
        assert_eq!(adversary.judge(&parameters, &after, &seen, origins).unwrap().averages, after);
    }
}
