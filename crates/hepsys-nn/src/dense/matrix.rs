//! Products of matrices for wide layers, through a library.
//!
//! A block is a matrix of events by units, column by column: 64 rows, or 64 for each object of a sequence.
//! The weights of a layer stand row by row: read column by column they are the transposed matrix.

use std::ops::Range;

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2, LinalgScalar, ShapeBuilder};

use super::Real;

/// A matrix in a slice: how many rows and columns, and how far apart they are.
#[derive(Debug, Clone, Copy)]
pub struct Matrix<'a, T> {
    data: &'a [T],
    shape: (usize, usize),
    strides: (usize, usize),
}

impl<'a, T> Matrix<'a, T> {
    /// Column by column.
    fn columns(data: &'a [T], n_rows: usize, n_columns: usize) -> Self {
        Self { data, shape: (n_rows, n_columns), strides: (1, n_rows) }
    }

    /// All columns of `n_rows` rows each.
    fn of(data: &'a [T], n_rows: usize) -> Self {
        Self::columns(data, n_rows, data.len() / n_rows)
    }

    /// Some of its rows.
    fn rows(self, rows: Range<usize>) -> Self {
        Self { data: &self.data[rows.start..], shape: (rows.len(), self.shape.1), strides: self.strides }
    }

    fn transposed(self) -> Self {
        Self {
            data: self.data,
            shape: (self.shape.1, self.shape.0),
            strides: (self.strides.1, self.strides.0),
        }
    }

    fn view(self) -> ArrayView2<'a, T> {
        ArrayView2::from_shape(self.shape.strides(self.strides), self.data)
            .expect("as many values as the matrix has")
    }
}

/// $C \gets A B + \beta C$
pub(super) fn multiply<T: LinalgScalar>(a: Matrix<'_, T>, b: Matrix<'_, T>, beta: T, c: &mut [T]) {
    let (a, b) = (a.view(), b.view());
    let c = ArrayViewMut2::from_shape((a.nrows(), b.ncols()).f(), c);
    // Every product is of a block and the weights of one layer, whose lengths were checked when the network was made.
    let mut c = c.expect("as many values as the product has");
    general_mat_mul(T::one(), &a, &b, beta, &mut c);
}

/// Adds $X W^\top$ to `z`: from the units of a layer to those above; `x` and `z` have `n_rows` values a unit.
pub(crate) fn add_forward<T: Real>(n_rows: usize, x: &[T], weights: &[T], z: &mut [T]) {
    let w = Matrix::columns(weights, x.len() / n_rows, z.len() / n_rows);
    T::multiply(Matrix::of(x, n_rows), w, T::ONE, z);
}

/// Writes $D W$ to `x`: from derivatives by the units of a layer to those by the units below.
pub(crate) fn pull_back<T: Real>(n_rows: usize, d: &[T], weights: &[T], x: &mut [T]) {
    let w = Matrix::columns(weights, x.len() / n_rows, d.len() / n_rows).transposed();
    T::multiply(Matrix::of(d, n_rows), w, T::ZERO, x);
}

/// Adds $D^\top X$ to `gradient`, in the order of the weights.
pub(crate) fn add_gradient<T: Real>(n_rows: usize, x: &[T], d: &[T], gradient: &mut [T]) {
    T::multiply(Matrix::of(x, n_rows).transposed(), Matrix::of(d, n_rows), T::ONE, gradient);
}

/// The same, where a row of `d` belongs to the row of `x` that is `lag` rows before it.
pub(crate) fn add_lagged_gradient<T: Real>(n_rows: usize, lag: usize, x: &[T], d: &[T], gradient: &mut [T]) {
    if lag < n_rows {
        let (before, after) = (Matrix::of(x, n_rows).rows(0..n_rows - lag), Matrix::of(d, n_rows));
        T::multiply(before.transposed(), after.rows(lag..n_rows), T::ONE, gradient);
    }
}
