//! The long short-term memory, step by step along a sequence, for one block of events.
//!
//! Units stand one after the other, each with its steps, each with 64 events: unit `u` at step `t` is
//! `units[u * length + t]`.
//! The part of the gates that comes from the inputs is there before a scan begins; it is one product of matrices for
//! all steps.

use multiversion::multiversion;

use crate::dense::{LANES, Real};

/// What a memory went through in one block.
pub(super) struct Scan<'a, T> {
    /// Input, forget, cell and output gates; after [`backward`] the derivatives by what goes into them.
    pub(super) gates: &'a mut [[T; LANES]],
    /// What is kept.
    pub(super) cells: &'a mut [[T; LANES]],
    /// Its hyperbolic tangent.
    pub(super) shown: &'a mut [[T; LANES]],
    /// What the memory says at each step.
    pub(super) hidden: &'a mut [[T; LANES]],
}

/// Runs through the sequence; `recurrent` has `[4 n_memory, n_memory]` weights.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma",
    "aarch64+neon"
))]
pub(super) fn forward<T: Real>(n_memory: usize, length: usize, recurrent: &[T], scan: &mut Scan<'_, T>) {
    let n = n_memory;
    for t in 0..length {
        for u in 0..4 * n {
            let mut z = scan.gates[u * length + t];
            if t > 0 {
                for k in 0..n {
                    let (w, h) = (recurrent[u * n + k], &scan.hidden[k * length + t - 1]);
                    for l in 0..LANES {
                        z[l] = h[l].fma(w, z[l]);
                    }
                }
            }
            if u / n == 2 {
                for l in 0..LANES {
                    z[l] = z[l].tanh();
                }
            } else {
                for l in 0..LANES {
                    z[l] = z[l].sigmoid();
                }
            }
            scan.gates[u * length + t] = z;
        }
        for k in 0..n {
            let [input, forget, cell, output] = [0, 1, 2, 3].map(|gate| (gate * n + k) * length + t);
            let before = if t > 0 { scan.cells[k * length + t - 1] } else { [T::ZERO; LANES] };
            let (i, f, g, o) =
                (&scan.gates[input], &scan.gates[forget], &scan.gates[cell], &scan.gates[output]);
            let (c, s, h) = (
                &mut scan.cells[k * length + t],
                &mut scan.shown[k * length + t],
                &mut scan.hidden[k * length + t],
            );
            for l in 0..LANES {
                c[l] = i[l].fma(g[l], f[l] * before[l]);
            }
            for l in 0..LANES {
                s[l] = c[l].tanh();
                h[l] = o[l] * s[l];
            }
        }
    }
}

/// Runs back through the sequence, given the derivatives by the last hidden units in `by_hidden`; leaves the derivatives by
/// what goes into the gates in their place.
///
/// `by_hidden` and `by_cells` have `n_memory` units and are overwritten.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma",
    "aarch64+neon"
))]
pub(super) fn backward<T: Real>(
    n_memory: usize,
    length: usize,
    recurrent: &[T],
    scan: &mut Scan<'_, T>,
    by_hidden: &mut [[T; LANES]],
    by_cells: &mut [[T; LANES]],
) {
    let n = n_memory;
    by_cells.fill([T::ZERO; LANES]);
    for t in (0..length).rev() {
        for k in 0..n {
            let [input, forget, cell, output] = [0, 1, 2, 3].map(|gate| (gate * n + k) * length + t);
            let before = if t > 0 { scan.cells[k * length + t - 1] } else { [T::ZERO; LANES] };
            let shown = &scan.shown[k * length + t];
            let (i, f, g, o) = (scan.gates[input], scan.gates[forget], scan.gates[cell], scan.gates[output]);
            let (dh, dc) = (&by_hidden[k], &mut by_cells[k]);
            for l in 0..LANES {
                let by_output = dh[l] * shown[l];
                let by_cell = (dh[l] * o[l]).fma(T::ONE - shown[l] * shown[l], dc[l]);
                scan.gates[input][l] = by_cell * g[l] * (i[l] * (T::ONE - i[l]));
                scan.gates[forget][l] = by_cell * before[l] * (f[l] * (T::ONE - f[l]));
                scan.gates[cell][l] = by_cell * i[l] * (T::ONE - g[l] * g[l]);
                scan.gates[output][l] = by_output * (o[l] * (T::ONE - o[l]));
                dc[l] = by_cell * f[l];
            }
        }
        if t > 0 {
            for k in 0..n {
                let mut sum = [T::ZERO; LANES];
                for u in 0..4 * n {
                    let (w, d) = (recurrent[u * n + k], &scan.gates[u * length + t]);
                    for l in 0..LANES {
                        sum[l] = d[l].fma(w, sum[l]);
                    }
                }
                by_hidden[k] = sum;
            }
        }
    }
}
