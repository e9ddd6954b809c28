//! Products of matrices for wide layers, through a library.
//!
//! A block is a matrix of 64 events by units, column by column.
//! The weights of a layer stand row by row: read column by column they are the transposed matrix.

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2, LinalgScalar, ShapeBuilder};

use super::{LANES, Real};

/// A matrix in a slice: how many rows and columns, and how far apart they are.
#[derive(Debug, Clone, Copy)]
pub struct Matrix<'a, T> {
    data: &'a [T],
    shape: (usize, usize),
    strides: (usize, usize),
}

impl<'a, T> Matrix<'a, T> {
    fn columns(data: &'a [T], n_rows: usize, n_columns: usize) -> Self {
        Self { data, shape: (n_rows, n_columns), strides: (1, n_rows) }
    }

    fn transposed(self) -> Self {
        Self {
            data: self.data,
            shape: (self.shape.1, self.shape.0),
            strides: (self.strides.1, self.strides.0),
        }
    }
}

impl<'a, T> Matrix<'a, T> {
    fn view(self) -> ArrayView2<'a, T> {
        ArrayView2::from_shape(self.shape.strides(self.strides), self.data)
            .expect("as many values as the matrix has")
    }
}

impl<'a, T: Real> Matrix<'a, T> {
    fn block(units: &'a [[T; LANES]]) -> Self {
        Self::columns(units.as_flattened(), LANES, units.len())
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

/// Adds $X W^\top$ to `z`: from the units of a layer to those above.
pub(super) fn add_forward<T: Real>(x: &[[T; LANES]], weights: &[T], z: &mut [[T; LANES]]) {
    let w = Matrix::columns(weights, x.len(), z.len());
    T::multiply(Matrix::block(x), w, T::ONE, z.as_flattened_mut());
}

/// Writes $D W$ to `x`: from derivatives by the units of a layer to those by the units below.
pub(super) fn pull_back<T: Real>(d: &[[T; LANES]], weights: &[T], x: &mut [[T; LANES]]) {
    let w = Matrix::columns(weights, x.len(), d.len()).transposed();
    T::multiply(Matrix::block(d), w, T::ZERO, x.as_flattened_mut());
}

/// Adds $D^\top X$ to `gradient`, in the order of the weights.
pub(super) fn add_gradient<T: Real>(x: &[[T; LANES]], d: &[[T; LANES]], gradient: &mut [T]) {
    T::multiply(Matrix::block(x).transposed(), Matrix::block(d), T::ONE, gradient);
}
