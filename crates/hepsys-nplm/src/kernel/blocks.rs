use hepsys_nn::dense::Real;
use multiversion::multiversion;

/// How many partial sums a sum of products keeps, so that it becomes vector instructions.
const LANES: usize = 8;

/// $k(x, c) = e^{-|x - c|^2}$ of some events with all centres, one row an event; lengths are in units of $\sqrt2\sigma$.
///
/// # Shapes
///
/// `inputs` is `[n_features][n_events]`, `centres` is `[n_features][n_centres]`, `rows` is `[n_events][n_centres]`.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma",
    "aarch64+neon"
))]
pub(super) fn fill(inputs: &[&[f64]], centres: &[Vec<f64>], rows: &mut [f64]) {
    let n_centres = centres.first().map_or(0, Vec::len);
    for (event, row) in rows.chunks_exact_mut(n_centres).enumerate() {
        row.fill(0.0);
        for (x, centre) in inputs.iter().zip(centres) {
            let x = x[event];
            for (r, c) in row.iter_mut().zip(centre) {
                let distance = x - c;
                *r += distance * distance;
            }
        }
        for r in row {
            *r = Real::exp(-*r);
        }
    }
}

/// $K v$ of a block of rows.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma",
    "aarch64+neon"
))]
pub(super) fn multiply(rows: &[f64], v: &[f64], product: &mut [f64]) {
    for (row, p) in rows.chunks_exact(v.len()).zip(product) {
        let mut sums = [0.0; LANES];
        let (row, row_rest) = row.as_chunks::<LANES>();
        let (v, v_rest) = v.as_chunks::<LANES>();
        for (r, v) in row.iter().zip(v) {
            for l in 0..LANES {
                sums[l] += r[l] * v[l];
            }
        }
        let rest: f64 = row_rest.iter().zip(v_rest).map(|(r, v)| r * v).sum();
        *p = sums.iter().sum::<f64>() + rest;
    }
}

/// Adds $K^T r$ of a block of rows to `sum`.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma",
    "aarch64+neon"
))]
pub(super) fn add_transposed(rows: &[f64], r: &[f64], sum: &mut [f64]) {
    for (row, &r) in rows.chunks_exact(sum.len()).zip(r) {
        for (s, k) in sum.iter_mut().zip(row) {
            *s += r * k;
        }
    }
}
