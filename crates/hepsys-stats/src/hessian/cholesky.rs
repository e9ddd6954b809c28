//! Cholesky's decomposition $A = U^T U$ in place, for matrices of a few parameters as well as of hundreds.

/// A pivot smaller than this, of the diagonal that it began with, is what rounding makes of zero.
const FLAT: f64 = 1e-13;

/// Replaces the upper triangle of a symmetric matrix, row by row, by $U$; says whether the matrix is positive definite beyond
/// rounding. `diagonal` is that of the matrix before anything was subtracted from it.
pub(super) fn decompose(matrix: &mut [f64], n: usize, diagonal: &[f64]) -> bool {
    for pivot in 0..n {
        let (above, below) = matrix.split_at_mut((pivot + 1) * n);
        let row = &mut above[pivot * n..];
        // NaN is not positive either.
        if !(row[pivot] > FLAT * diagonal[pivot].abs() && row[pivot].is_finite()) {
            return false;
        }
        let root = row[pivot].sqrt();
        row[pivot] = root;
        row[pivot + 1..].iter_mut().for_each(|u| *u /= root);
        for (i, rest) in (pivot + 1..n).zip(below.chunks_exact_mut(n)) {
            let factor = row[i];
            if factor != 0.0 {
                rest[i..].iter_mut().zip(&row[i..]).for_each(|(a, u)| *a -= factor * u);
            }
        }
    }
    true
}

/// Replaces $v$ by $U^{-T} v$.
pub(super) fn solve_lower(upper: &[f64], n: usize, vector: &mut [f64]) {
    for i in 0..n {
        let row = &upper[i * n..(i + 1) * n];
        vector[i] /= row[i];
        let v = vector[i];
        vector[i + 1..n].iter_mut().zip(&row[i + 1..]).for_each(|(x, u)| *x -= v * u);
    }
}

/// Replaces $v$ by $A^{-1} v$.
pub(super) fn solve(upper: &[f64], n: usize, vector: &mut [f64]) {
    solve_lower(upper, n, vector);
    for i in (0..n).rev() {
        let row = &upper[i * n..(i + 1) * n];
        let rest: f64 = row[i + 1..].iter().zip(&vector[i + 1..n]).map(|(u, v)| u * v).sum();
        vector[i] = (vector[i] - rest) / row[i];
    }
}
