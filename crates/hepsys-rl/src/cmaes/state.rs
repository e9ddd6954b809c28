use hepsys_core::Seed;
use nalgebra::{DMatrix, SymmetricEigen};
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use super::CmaesParams;
use super::stop::Ranks;
use crate::search::{Searcher, ranked};
use crate::{BoxSpace, RlError};

/// A [`Cmaes`](super::Cmaes) search at work; all of it is its state.
///
/// Bounds are kept by mirroring: beyond one, the search sees the rewards from within again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CmaesState {
    pub(super) params: CmaesParams,
    pub(super) space: BoxSpace,
    seed: Seed,
    /// How many populations were told.
    pub(super) generation: u64,
    /// $m$, which may lie beyond bounds.
    pub(super) mean: Vec<f64>,
    /// σ
    pub(super) step_size: f64,
    path_sigma: Vec<f64>,
    path_c: Vec<f64>,
    /// $C$, row by row.
    pub(super) covariance: Vec<f64>,
    /// $B$, one eigenvector after the other.
    pub(super) basis: Vec<f64>,
    /// $D$, the square roots of the eigenvalues.
    pub(super) axes: Vec<f64>,
    /// The generation that basis and axes are of.
    decomposed: u64,
    /// $y_k = B D z_k$ of the points that were asked for.
    pub(super) pending: Option<Vec<Vec<f64>>>,
    pub(super) ranks: Ranks,
}

impl CmaesState {
    pub(super) fn new(params: CmaesParams, start: &[f64], space: BoxSpace, seed: Seed) -> Self {
        let n = start.len();
        let identity: Vec<f64> = (0..n * n).map(|i| f64::from(u8::from(i % (n + 1) == 0))).collect();
        Self {
            step_size: params.step_size,
            params,
            space,
            seed,
            generation: 0,
            mean: start.to_vec(),
            path_sigma: vec![0.0; n],
            path_c: vec![0.0; n],
            basis: identity.clone(),
            covariance: identity,
            axes: vec![1.0; n],
            decomposed: 0,
            pending: None,
            ranks: Ranks::default(),
        }
    }

    /// How many generations it has learnt from.
    #[must_use]
    pub fn n_generations(&self) -> u64 {
        self.generation
    }

    /// σ
    #[must_use]
    pub fn step_size(&self) -> f64 {
        self.step_size
    }

    /// $C$, row by row; the distribution's covariance is $\sigma^2 C$.
    #[must_use]
    pub fn covariance(&self) -> &[f64] {
        &self.covariance
    }

    /// The condition number of $C$, as it was last decomposed.
    #[must_use]
    pub fn condition(&self) -> f64 {
        let (least, most) =
            self.axes.iter().fold((f64::INFINITY, 0.0_f64), |(l, m), a| (l.min(*a), m.max(*a)));
        (most / least).powi(2)
    }

    /// How far the covariance's path goes along a coordinate.
    pub(super) fn path_c(&self, coordinate: usize) -> f64 {
        self.path_c[coordinate].abs()
    }

    fn sample(&self) -> Vec<Vec<f64>> {
        let n = self.mean.len();
        let population = self.params.constants(n).population;
        let generation = self.seed.index(usize::try_from(self.generation).unwrap_or(usize::MAX));
        let mut stream = generation.stream();
        let mut point = || {
            let mut y = vec![0.0; n];
            for (axis, direction) in self.axes.iter().zip(self.basis.chunks_exact(n)) {
                let z: f64 = StandardNormal.sample(&mut stream);
                for (y, b) in y.iter_mut().zip(direction) {
                    *y += axis * z * b;
                }
            }
            y
        };
        (0..population).map(|_| point()).collect()
    }

    /// $C^{-1/2} y = B D^{-1} B^\top y$
    fn whitened(&self, y: &[f64]) -> Vec<f64> {
        let n = y.len();
        let mut white = vec![0.0; n];
        for (axis, direction) in self.axes.iter().zip(self.basis.chunks_exact(n)) {
            let along = direction.iter().zip(y).map(|(b, y)| b * y).sum::<f64>() / axis;
            for (w, b) in white.iter_mut().zip(direction) {
                *w += along * b;
            }
        }
        white
    }

    /// One generation of Fig. 6, from points in the order of their rewards.
    pub(super) fn update(&mut self, ordered: &[&[f64]]) {
        let n = self.mean.len();
        let c = self.params.constants(n);
        let mut step = vec![0.0; n];
        for (w, y) in c.weights[..c.n_parents].iter().zip(ordered) {
            for (s, y) in step.iter_mut().zip(*y) {
                *s += w * y;
            }
        }
        for (m, s) in self.mean.iter_mut().zip(&step) {
            *m += self.step_size * s;
        }
        // Step-size control, Eqs. 43 and 44.
        let scale = (c.c_sigma * (2.0 - c.c_sigma) * c.effective).sqrt();
        let white = self.whitened(&step);
        for (p, w) in self.path_sigma.iter_mut().zip(white) {
            *p = (1.0 - c.c_sigma) * *p + scale * w;
        }
        let length = self.path_sigma.iter().map(|p| p * p).sum::<f64>().sqrt();
        // No more than e a generation, which noise alone never asks for.
        let growth = (c.c_sigma / c.d_sigma * (length / c.normal_length - 1.0)).min(1.0);
        self.step_size *= growth.exp();
        // A path that is long for its age stalls the rank-one update.
        self.generation += 1;
        let age = 1.0 - (1.0 - c.c_sigma).powf(2.0 * self.generation as f64);
        let is_short = length / age.sqrt() < (1.4 + 2.0 / (n as f64 + 1.0)) * c.normal_length;
        let h_sigma = f64::from(u8::from(is_short));
        // Covariance matrix adaptation, Eqs. 45 to 47.
        let scale = h_sigma * (c.c_c * (2.0 - c.c_c) * c.effective).sqrt();
        for (p, s) in self.path_c.iter_mut().zip(&step) {
            *p = (1.0 - c.c_c) * *p + scale * s;
        }
        let lost = (1.0 - h_sigma) * c.c_c * (2.0 - c.c_c);
        let kept = 1.0 + c.c_1 * lost - c.c_1 - c.c_mu * c.weights.iter().sum::<f64>();
        for entry in &mut self.covariance {
            *entry *= kept;
        }
        let path = self.path_c.clone();
        add_outer(&mut self.covariance, c.c_1, &path);
        for (&w, y) in c.weights.iter().zip(ordered) {
            let weight = if w >= 0.0 {
                w
            } else {
                // The smallest double keeps a point at the mean from dividing by zero.
                let square = self.whitened(y).iter().map(|x| x * x).sum::<f64>();
                w * n as f64 / square.max(f64::MIN_POSITIVE)
            };
            if weight != 0.0 {
                add_outer(&mut self.covariance, c.c_mu * weight, y);
            }
        }
        if self.generation >= self.decomposed + c.decomposed_every(n) {
            self.decompose();
        }
    }

    fn decompose(&mut self) {
        let n = self.mean.len();
        let eigen = SymmetricEigen::new(DMatrix::from_row_slice(n, n, &self.covariance));
        // An eigenvalue that rounding made negative would be a direction that is never sampled again.
        let largest = eigen.eigenvalues.max();
        for (axis, value) in self.axes.iter_mut().zip(eigen.eigenvalues.iter()) {
            *axis = value.max(largest * f64::EPSILON).sqrt();
        }
        self.basis.copy_from_slice(eigen.eigenvectors.as_slice());
        self.decomposed = self.generation;
    }
}

/// Adds $a\\,y y^\top$, the upper half to the lower one, so that the matrix stays symmetric to the last bit.
fn add_outer(matrix: &mut [f64], a: f64, y: &[f64]) {
    let n = y.len();
    for i in 0..n {
        for j in 0..=i {
            matrix[i * n + j] += a * y[i] * y[j];
            matrix[j * n + i] = matrix[i * n + j];
        }
    }
}

impl Searcher for CmaesState {
    fn name(&self) -> &'static str {
        "CMA-ES"
    }

    fn ask(&mut self) -> Vec<Vec<f64>> {
        let steps = self.pending.take().unwrap_or_else(|| self.sample());
        let point = |y: &Vec<f64>| {
            let point: Vec<f64> = self.mean.iter().zip(y).map(|(m, y)| m + self.step_size * y).collect();
            self.space.folded(&point)
        };
        let points = steps.iter().map(point).collect();
        self.pending = Some(steps);
        points
    }

    fn tell(&mut self, rewards: &[f64]) -> Result<(), RlError> {
        let steps = self.pending.take().unwrap_or_else(|| self.sample());
        let order = match ranked(rewards, steps.len()) {
            Ok(order) => order,
            Err(error) => {
                self.pending = Some(steps);
                return Err(error);
            }
        };
        let ordered: Vec<&[f64]> = order.iter().map(|&i| &*steps[i]).collect();
        let ordered_rewards: Vec<f64> = order.iter().map(|&i| rewards[i]).collect();
        self.ranks.see(&ordered_rewards, self.mean.len());
        self.update(&ordered);
        Ok(())
    }

    fn mean(&self) -> Vec<f64> {
        self.space.folded(&self.mean)
    }

    fn converged(&self) -> Option<&'static str> {
        self.stopped()
    }
}
