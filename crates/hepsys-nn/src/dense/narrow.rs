//! Layers of few weights, unit by unit.
//!
//! For up to eight units below (or above, on the way back) the loops over them are unrolled by the compiler:
//! loops of a few turns cost more than the arithmetic in them.

use super::loss::fold_product;
use super::{LANES, PARTIALS, Real};

/// Calls a function with the length of a slice as its constant, or another one if the slice is longer than eight.
macro_rules! with_length {
    ($length:expr, $constant:ident, $other:ident, $arguments:tt) => {
        match $length {
            1 => $constant::<_, 1> $arguments,
            2 => $constant::<_, 2> $arguments,
            3 => $constant::<_, 3> $arguments,
            4 => $constant::<_, 4> $arguments,
            5 => $constant::<_, 5> $arguments,
            6 => $constant::<_, 6> $arguments,
            7 => $constant::<_, 7> $arguments,
            8 => $constant::<_, 8> $arguments,
            _ => $other $arguments,
        }
    };
}

/// Writes $X W^\top + b$ to `z`: from the units of a layer to those above.
#[inline(always)]
pub(super) fn forward<T: Real>(x: &[[T; LANES]], weights: &[T], biases: &[T], z: &mut [[T; LANES]]) {
    with_length!(x.len(), forward_of, forward_of_many, (x, weights, biases, z));
}

/// Adds $D^\top X$ to `gradient`, in the order of the weights.
#[inline(always)]
pub(super) fn add_gradient<T: Real>(x: &[[T; LANES]], d: &[[T; LANES]], gradient: &mut [[T; PARTIALS]]) {
    with_length!(x.len(), add_gradient_of, add_gradient_of_many, (x, d, gradient));
}

/// Writes $D W$ to `x`: from derivatives by the units of a layer to those by the units below.
#[inline(always)]
pub(super) fn pull_back<T: Real>(d: &[[T; LANES]], weights: &[T], x: &mut [[T; LANES]]) {
    with_length!(d.len(), pull_back_of, pull_back_of_many, (d, weights, x));
}

#[inline(always)]
fn add_scaled<T: Real>(sum: &mut [T; LANES], w: T, x: &[T; LANES]) {
    for l in 0..LANES {
        sum[l] = x[l].fma(w, sum[l]);
    }
}

#[inline(always)]
fn forward_of<T: Real, const N: usize>(x: &[[T; LANES]], weights: &[T], biases: &[T], z: &mut [[T; LANES]]) {
    let Some(x) = x.first_chunk::<N>() else { return };
    for ((z, row), &bias) in z.iter_mut().zip(weights.as_chunks::<N>().0).zip(biases) {
        let mut sum = [bias; LANES];
        for i in 0..N {
            add_scaled(&mut sum, row[i], &x[i]);
        }
        *z = sum;
    }
}

#[inline(always)]
fn forward_of_many<T: Real>(x: &[[T; LANES]], weights: &[T], biases: &[T], z: &mut [[T; LANES]]) {
    for ((z, row), &bias) in z.iter_mut().zip(weights.chunks_exact(x.len())).zip(biases) {
        let mut sum = [bias; LANES];
        for (&w, x) in row.iter().zip(x) {
            add_scaled(&mut sum, w, x);
        }
        *z = sum;
    }
}

#[inline(always)]
fn add_gradient_of<T: Real, const N: usize>(
    x: &[[T; LANES]],
    d: &[[T; LANES]],
    gradient: &mut [[T; PARTIALS]],
) {
    let Some(x) = x.first_chunk::<N>() else { return };
    for (row, d) in gradient.as_chunks_mut::<N>().0.iter_mut().zip(d) {
        for i in 0..N {
            fold_product(&mut row[i], d, &x[i]);
        }
    }
}

#[inline(always)]
fn add_gradient_of_many<T: Real>(x: &[[T; LANES]], d: &[[T; LANES]], gradient: &mut [[T; PARTIALS]]) {
    for (row, d) in gradient.chunks_exact_mut(x.len()).zip(d) {
        for (sum, x) in row.iter_mut().zip(x) {
            fold_product(sum, d, x);
        }
    }
}

#[inline(always)]
fn pull_back_of<T: Real, const N: usize>(d: &[[T; LANES]], weights: &[T], x: &mut [[T; LANES]]) {
    let Some(d) = d.first_chunk::<N>() else { return };
    let n_inputs = x.len();
    for (i, x) in x.iter_mut().enumerate() {
        let mut sum = [T::ZERO; LANES];
        for j in 0..N {
            add_scaled(&mut sum, weights[j * n_inputs + i], &d[j]);
        }
        *x = sum;
    }
}

#[inline(always)]
fn pull_back_of_many<T: Real>(d: &[[T; LANES]], weights: &[T], x: &mut [[T; LANES]]) {
    let n_inputs = x.len();
    for (i, x) in x.iter_mut().enumerate() {
        let mut sum = [T::ZERO; LANES];
        for (d, &w) in d.iter().zip(weights.iter().skip(i).step_by(n_inputs)) {
            add_scaled(&mut sum, w, d);
        }
        *x = sum;
    }
}
