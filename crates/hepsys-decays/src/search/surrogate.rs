use std::f64::consts::PI;

use hepsys_core::{Seed, Stream};
use nalgebra::{Cholesky, DMatrix, DVector};
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_distr::{Distribution, StandardNormal};

use super::features::features;
use super::{Queries, Strategy};
use crate::DecaysError;

/// Candidates that a model of their kinematics, learned from those that were simulated, expects to be relevant.
///
/// The model is a Bayesian linear regression of $\log_{10}\kappa$ on features of the chain and on random Fourier features of them: a
/// Gaussian process with a Gaussian kernel, cut at so many terms (`rahimi2007`). After the first batch, a third of it the candidates with
/// the largest upper bounds and the rest drawn at random, those are asked for whose
/// $\log_{10} R_{\max} + \mu + \beta\sigma$ is largest.
///
/// It has no guarantee: what the model does not expect to pass is not simulated.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Surrogate {
    /// How many standard deviations β of the model are hoped for; 1 by default.
    pub optimism: f64,
    /// How many random Fourier features there are; 250 by default.
    pub n_fourier: usize,
    /// The part of the candidates that is asked for at once; 1/200 by default, five at least.
    pub batch: f64,
}

/// The variance of the simulated logarithms around the model.
const NOISE: f64 = 0.15;

/// The length over which features matter, in their standard deviations.
const LENGTH: f64 = 5.0;

impl Default for Surrogate {
    fn default() -> Self {
        Self { optimism: 1.0, n_fourier: 250, batch: 0.005 }
    }
}

impl Strategy for Surrogate {
    fn name(&self) -> &'static str {
        "surrogate"
    }

    fn search(&self, queries: &mut Queries<'_>, seed: Seed) -> Result<(), DecaysError> {
        let candidates = queries.finder().candidates();
        let n = candidates.len();
        let batch = ((self.batch.clamp(0.0, 1.0) * n as f64) as usize).max(5);
        let inputs = self.inputs(queries, &mut seed.named("features").stream());
        let bounds: Vec<f64> = candidates.iter().map(|candidate| candidate.upper_bound().log10()).collect();

        let mut random: Vec<usize> = (0..n).collect();
        random.shuffle(&mut seed.named("first batch").stream());
        // The finder has sorted the candidates by their bounds.
        let first: Vec<usize> = (0..batch.min(n)).chain(random.into_iter().take(2 * batch)).collect();
        queries.ask(&first)?;
        let mut model = Model::new(inputs.ncols());
        let mut learned = vec![false; n];
        while !queries.is_over() {
            for candidate in 0..n {
                if let Some(overlap) = queries.overlap(candidate).filter(|_| !learned[candidate]) {
                    learned[candidate] = true;
                    // Half an event more: nothing that was seen is a fraction, too.
                    let events = overlap.n_effective();
                    let certain: f64 = candidates[candidate]
                        .assignments
                        .iter()
                        .map(|assignment| assignment.probability)
                        .sum();
                    let kappa = (overlap.fraction() / certain * events + 0.5) / (events + 1.0);
                    model.learn(&inputs.row(candidate).transpose(), kappa.log10());
                }
            }
            let Some((mean, deviation)) = model.predict(&inputs) else { break };
            let hope = |i: usize| bounds[i] + mean[i] + self.optimism * deviation[i];
            let mut open: Vec<usize> = (0..n).filter(|&i| !queries.is_asked(i)).collect();
            open.sort_by(|&a, &b| hope(b).total_cmp(&hope(a)).then(a.cmp(&b)));
            open.truncate(batch);
            queries.ask(&open)?;
        }
        Ok(())
    }
}

impl Surrogate {
    /// For each candidate: one, the features in standard deviations, and the random Fourier features.
    fn inputs(&self, queries: &Queries<'_>, stream: &mut Stream) -> DMatrix<f64> {
        let finder = queries.finder();
        let rows: Vec<Vec<f64>> =
            finder.candidates().iter().map(|candidate| features(finder, candidate)).collect();
        let (n, d) = (rows.len(), rows.first().map_or(0, Vec::len));
        let mut plain = DMatrix::from_fn(n, d, |i, k| rows[i][k]);
        for mut column in plain.column_iter_mut() {
            let (mean, deviation) = (column.mean(), column.variance().sqrt());
            column.apply(|x| *x = (*x - mean) / (deviation + 1e-9));
        }
        let directions = DMatrix::from_fn(d, self.n_fourier, |_, _| {
            let z: f64 = StandardNormal.sample(stream);
            z / LENGTH
        });
        let phases: Vec<f64> = (0..self.n_fourier).map(|_| 2.0 * PI * stream.random::<f64>()).collect();
        let angles = &plain * directions;
        DMatrix::from_fn(n, 1 + d + self.n_fourier, |i, k| match k {
            0 => 1.0,
            k if k <= d => plain[(i, k - 1)],
            k => (angles[(i, k - 1 - d)] + phases[k - 1 - d]).cos(),
        })
    }
}

/// A linear model with a standard normal prior of its coefficients.
struct Model {
    precision: DMatrix<f64>,
    weighted: DVector<f64>,
}

impl Model {
    fn new(n_inputs: usize) -> Self {
        Self { precision: DMatrix::identity(n_inputs, n_inputs), weighted: DVector::zeros(n_inputs) }
    }

    fn learn(&mut self, input: &DVector<f64>, output: f64) {
        self.precision.ger(1.0 / NOISE, input, input, 1.0);
        self.weighted.axpy(output / NOISE, input, 1.0);
    }

    /// The mean and the standard deviation of the model for each row.
    fn predict(&self, inputs: &DMatrix<f64>) -> Option<(DVector<f64>, DVector<f64>)> {
        let factor = Cholesky::new(self.precision.clone())?;
        let mean = inputs * factor.solve(&self.weighted);
        // xᵀ (L Lᵀ)⁻¹ x is the length of L⁻¹ x squared.
        let solved = factor.l().solve_lower_triangular(&inputs.transpose())?;
        let deviation =
            DVector::from_iterator(inputs.nrows(), solved.column_iter().map(|column| column.norm()));
        Some((mean, deviation))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_learns_a_line_and_knows_where_it_knows() {
        let mut model = Model::new(2);
        for i in 0..200 {
            let x = f64::from(i) / 100.0 - 1.0;
            model.learn(&DVector::from_vec(vec![1.0, x]), 0.5 + 2.0 * x);
        }
        let inputs = DMatrix::from_row_slice(2, 2, &[1.0, 0.0, 1.0, 10.0]);
        let (mean, deviation) = model.predict(&inputs).unwrap();
        // The prior pulls by the noise over the number of points.
        assert!((mean[0] - 0.5).abs() < 0.01 && (mean[1] - 20.5).abs() < 0.2);
        assert!(
            (deviation[0] / (NOISE / 200.0).sqrt() - 1.0).abs() < 0.01 && deviation[1] > 5.0 * deviation[0]
        );
    }
}
