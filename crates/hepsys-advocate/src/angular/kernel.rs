//! Sums over weighted events, compiled once for each instruction set.

// In loops over lanes the same index runs through several arrays; that is what becomes vector instructions.
#![allow(clippy::needless_range_loop)]

use multiversion::multiversion;

/// How many events a block holds.
pub(super) const LANES: usize = 32;

/// The angular functions, and one.
pub(super) const SUMS: usize = 9;

/// The columns of a block: the terms of the efficiency, then the eight angular functions.
pub(super) const FUNCTIONS: usize = 8;

/// How many partial sums a block has.
const PARTIALS: usize = 8;

/// A linear efficiency cut off at both ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weighting<'a> {
    pub(super) coefficients: &'a [f32],
    pub(super) low: f32,
    pub(super) high: f32,
}

/// $\sum w$ and $\sum w f_k$ of each of these blocks.
///
/// Products and sums are rounded separately, so that all instruction sets agree to the last bit.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2", "aarch64+neon"))]
pub(super) fn weighted_sums(
    columns: &[[f32; LANES]],
    weighting: Weighting<'_>,
    blocks: &[usize],
    sums: &mut [[f64; SUMS]],
) {
    let n_columns = weighting.coefficients.len() + FUNCTIONS;
    for (block, to) in blocks.iter().zip(sums) {
        let block = &columns[block * n_columns..(block + 1) * n_columns];
        let (terms, functions) = block.split_at(weighting.coefficients.len());
        let mut weights = raw_weights(terms, weighting.coefficients);
        for l in 0..LANES {
            weights[l] = weights[l].max(weighting.low).min(weighting.high);
        }
        to[0] = total(&weights);
        for k in 0..FUNCTIONS {
            to[k + 1] = total_product(&weights, &functions[k]);
        }
    }
}

/// Adds the derivatives of $\sum w$ and $\sum w f_k$ by each coefficient, `[n_terms][9]`; cut-off events have none.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2", "aarch64+neon"))]
pub(super) fn add_slopes(columns: &[[f32; LANES]], weighting: Weighting<'_>, slopes: &mut [[f64; SUMS]]) {
    let n_columns = weighting.coefficients.len() + FUNCTIONS;
    for block in columns.chunks_exact(n_columns) {
        let (terms, functions) = block.split_at(weighting.coefficients.len());
        let weights = raw_weights(terms, weighting.coefficients);
        let mut moves = [0.0_f32; LANES];
        for l in 0..LANES {
            let is_inside = weights[l] > weighting.low && weights[l] < weighting.high;
            moves[l] = if is_inside { 1.0 } else { 0.0 };
        }
        for (term, to) in terms.iter().zip(slopes.iter_mut()) {
            let mut slope = [0.0_f32; LANES];
            for l in 0..LANES {
                slope[l] = moves[l] * term[l];
            }
            to[0] += total(&slope);
            for k in 0..FUNCTIONS {
                to[k + 1] += total_product(&slope, &functions[k]);
            }
        }
    }
}

/// $1 + T a$ of each event of a block.
#[inline(always)]
fn raw_weights(terms: &[[f32; LANES]], coefficients: &[f32]) -> [f32; LANES] {
    let mut weights = [1.0_f32; LANES];
    for (term, &a) in terms.iter().zip(coefficients) {
        for l in 0..LANES {
            weights[l] += a * term[l];
        }
    }
    weights
}

#[inline(always)]
fn total(values: &[f32; LANES]) -> f64 {
    let mut partial = [0.0_f32; PARTIALS];
    for group in 0..LANES / PARTIALS {
        for l in 0..PARTIALS {
            partial[l] += values[group * PARTIALS + l];
        }
    }
    let mut sum = 0.0;
    for l in 0..PARTIALS {
        sum += f64::from(partial[l]);
    }
    sum
}

#[inline(always)]
fn total_product(a: &[f32; LANES], b: &[f32; LANES]) -> f64 {
    let mut product = [0.0_f32; LANES];
    for l in 0..LANES {
        product[l] = a[l] * b[l];
    }
    total(&product)
}
