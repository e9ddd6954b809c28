use nalgebra::{Cholesky, DMatrix, DVector, Dyn};

/// ε over the penalty λ: what it takes away stands far behind what the penalty takes.
const JITTER_OVER_PENALTY: f64 = 1e-2;

/// The range of ε: below it rounding decides whether a matrix of a few hundred centres is positive definite.
const JITTER: std::ops::RangeInclusive<f64> = 1e-12..=1e-9;

/// The change of variables in which the penalty is a sphere: $\beta = T \alpha$ with $T^T T = K_{MM} + \epsilon M$.
///
/// Directions in which $K_{MM}$ is smaller than $\epsilon M$ are lost, and with them what rounding would make of them.
pub(super) struct Whitening {
    /// $L = T^T$
    lower: DMatrix<f64>,
    #[cfg(test)]
    pub(super) jitter: f64,
}

impl Whitening {
    /// Of a kernel matrix of the centres; `None` if it is not finite.
    ///
    /// The jitter grows by tens until the decomposition succeeds.
    pub(super) fn new(rows: &[f64], n_centres: usize, penalty: f64) -> Option<Self> {
        if rows.iter().any(|k| !k.is_finite()) {
            return None;
        }
        let per_centre = (JITTER_OVER_PENALTY * penalty).clamp(*JITTER.start(), *JITTER.end());
        let mut jitter = per_centre * n_centres as f64;
        loop {
            let mut matrix = DMatrix::from_row_slice(n_centres, n_centres, rows);
            for m in 0..n_centres {
                matrix[(m, m)] += jitter;
            }
            if let Some(cholesky) = Cholesky::new(matrix) {
                return Some(Self {
                    lower: cholesky.unpack(),
                    #[cfg(test)]
                    jitter,
                });
            }
            jitter *= 10.0;
        }
    }

    /// $\alpha = T^{-1} \beta$
    pub(super) fn coefficients(&self, beta: &[f64]) -> Vec<f64> {
        let mut alpha = DVector::from_column_slice(beta);
        // The diagonal of a Cholesky factor is positive.
        self.lower.tr_solve_lower_triangular_mut(&mut alpha);
        alpha.data.into()
    }

    /// $T^{-T} g$: how a gradient changes with the variables.
    pub(super) fn gradient(&self, by_alpha: Vec<f64>) -> Vec<f64> {
        let mut gradient = DVector::from_vec(by_alpha);
        self.lower.solve_lower_triangular_mut(&mut gradient);
        gradient.data.into()
    }
}

/// An approximation of the Hessian by β that is cheap to invert:
/// $A^T A = \frac{N}{M} T W T^T + 2 N \lambda$, where $W$ holds the curvature of the loss at the centres.
///
/// The centres are a sample of all events, so the sum over them, $N/M$ times, stands for the sum over all.
pub(super) struct Preconditioner {
    cholesky: Cholesky<f64, Dyn>,
}

impl Preconditioner {
    /// `curvatures` are those of the events that are centres; `ridge` is $2 N \lambda$.
    pub(super) fn new(
        whitening: &Whitening,
        n_events: usize,
        curvatures: &[f64],
        ridge: f64,
    ) -> Option<Self> {
        let n_centres = curvatures.len();
        let scale = n_events as f64 / n_centres as f64;
        let mut weighted = whitening.lower.clone();
        for (mut row, curvature) in weighted.row_iter_mut().zip(curvatures) {
            row *= (scale * curvature).sqrt();
        }
        let mut matrix = weighted.tr_mul(&weighted);
        for m in 0..n_centres {
            matrix[(m, m)] += ridge;
        }
        Some(Self { cholesky: Cholesky::new(matrix)? })
    }

    /// $(A^T A)^{-1} g$
    pub(super) fn solve(&self, gradient: &[f64]) -> Vec<f64> {
        let mut solution = DVector::from_column_slice(gradient);
        self.cholesky.solve_mut(&mut solution);
        solution.data.into()
    }
}
