//! The Cholesky factor of a large matrix.

use nalgebra::{Cholesky, DMatrix, DVector};

/// How many columns are worked on at once; what is left are products of matrices, which are fast.
const BLOCK: usize = 96;

/// The lower triangle L of a symmetric positive matrix $A = L L^T$.
///
/// The same as nalgebra's own, which goes column by column and is slow on matrices that are larger than the cache.
#[derive(Debug, Clone)]
pub(super) struct Factor(DMatrix<f64>);

impl Factor {
    /// Factors a matrix of which the lower triangle is read; nothing if it is not positive.
    pub(super) fn new(mut a: DMatrix<f64>) -> Option<Self> {
        let n = a.nrows();
        for begin in (0..n).step_by(BLOCK) {
            let width = BLOCK.min(n - begin);
            let below = n - begin - width;
            // What the columns to the left take away from these.
            let left = a.view((begin, 0), (n - begin, begin)).into_owned();
            let rows = left.rows(0, width).transpose();
            a.view_mut((begin, begin), (n - begin, width)).gemm(-1.0, &left, &rows, 1.0);
            let corner = Cholesky::new(a.view((begin, begin), (width, width)).into_owned())?.unpack();
            let inverse = corner.solve_lower_triangular(&DMatrix::identity(width, width))?;
            let panel = a.view((begin + width, begin), (below, width)) * inverse.transpose();
            a.view_mut((begin + width, begin), (below, width)).copy_from(&panel);
            a.view_mut((begin, begin), (width, width)).copy_from(&corner);
        }
        Some(Self(a))
    }

    /// $L^{-1} B$.
    pub(super) fn solve_lower(&self, mut b: DMatrix<f64>) -> DMatrix<f64> {
        let (n, columns) = b.shape();
        for begin in (0..n).step_by(BLOCK) {
            let width = BLOCK.min(n - begin);
            let done = b.rows(0, begin).into_owned();
            let mut block = b.rows(begin, width).into_owned();
            block.gemm(-1.0, &self.0.view((begin, 0), (width, begin)), &done, 1.0);
            self.0.view((begin, begin), (width, width)).solve_lower_triangular_unchecked_mut(&mut block);
            b.view_mut((begin, 0), (width, columns)).copy_from(&block);
        }
        b
    }

    /// $A^{-1} b$.
    pub(super) fn solve(&self, b: &DVector<f64>) -> DVector<f64> {
        let mut x = b.clone();
        self.0.solve_lower_triangular_unchecked_mut(&mut x);
        self.0.tr_solve_lower_triangular_mut(&mut x);
        x
    }

    /// $\ln \det A$.
    pub(super) fn log_determinant(&self) -> f64 {
        2.0 * self.0.diagonal().iter().map(|x| x.ln()).sum::<f64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factor_solves_what_nalgebra_solves() {
        for n in [1, 5, BLOCK, 2 * BLOCK + 7] {
            let a = DMatrix::from_fn(n, n, |i, j| {
                (-(i as f64 - j as f64).abs() / 9.0).exp() + if i == j { 0.1 } else { 0.0 }
            });
            let (ours, theirs) = (Factor::new(a.clone()).unwrap(), Cholesky::new(a).unwrap());
            let b = DMatrix::from_fn(n, 3, |i, j| ((i + 7 * j) as f64).sin());
            let expected = theirs.l().solve_lower_triangular(&b).unwrap();
            assert!((ours.solve_lower(b.clone()) - expected).amax() < 1e-12, "{n}");
            let column = b.column(0).into_owned();
            assert!((ours.solve(&column) - theirs.solve(&column)).amax() < 1e-12, "{n}");
            assert!((ours.log_determinant() - theirs.determinant().ln()).abs() < 1e-10, "{n}");
        }
    }

    #[test]
    fn matrices_that_are_not_positive_have_no_factor() {
        assert!(Factor::new(DMatrix::from_row_slice(2, 2, &[1.0, 2.0, 2.0, 1.0])).is_none());
    }
}
