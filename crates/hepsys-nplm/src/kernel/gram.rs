use rayon::prelude::*;

use super::blocks;

/// How many events are worked on together: their rows for a few hundred centres fit into a core's own cache.
const EVENTS_PER_BLOCK: usize = 64;

/// Into how many parts the events are cut at most; sums of the parts are added in their order.
const MAX_CHUNKS: usize = 64;

/// The kernel matrix $K_{NM}$ of events and centres, kept in memory or computed where it is used.
pub(super) struct Gram {
    /// `[n_features][n_events]`, in units of $\sqrt2\sigma$.
    inputs: Vec<Vec<f64>>,
    /// `[n_features][n_centres]`, in the same units.
    centres: Vec<Vec<f64>>,
    n_events: usize,
    n_centres: usize,
    /// The rows of each part, if they are kept.
    kept: Option<Vec<Vec<f64>>>,
}

impl Gram {
    /// The matrix of these events and centres, kept if it takes no more than `memory` bytes.
    pub(super) fn new(inputs: &[Vec<f64>], centres: &[Vec<f64>], width: f64, memory: usize) -> Self {
        let unit = 1.0 / (std::f64::consts::SQRT_2 * width);
        let scaled = |columns: &[Vec<f64>]| -> Vec<Vec<f64>> {
            columns.iter().map(|column| column.iter().map(|x| x * unit).collect()).collect()
        };
        let (n_events, n_centres) = (inputs[0].len(), centres[0].len());
        let mut gram =
            Self { inputs: scaled(inputs), centres: scaled(centres), n_events, n_centres, kept: None };
        if n_events.saturating_mul(n_centres).saturating_mul(size_of::<f64>()) <= memory {
            let parts = gram.over_chunks(|chunk| {
                let mut rows = Vec::with_capacity(chunk.len() * n_centres);
                gram.for_blocks(chunk, |_, block| rows.extend_from_slice(block));
                rows
            });
            gram.kept = Some(parts);
        }
        gram
    }

    /// $K_{MM}$ of the centres among themselves, row by row.
    pub(super) fn among(centres: &[Vec<f64>], width: f64) -> Vec<f64> {
        Self::new(centres, centres, width, usize::MAX).kept.unwrap_or_default().concat()
    }

    pub(super) fn n_centres(&self) -> usize {
        self.n_centres
    }

    /// $K v$
    pub(super) fn product(&self, v: &[f64]) -> Vec<f64> {
        self.over_chunks(|chunk| {
            let first = chunk.start;
            let mut product = vec![0.0; chunk.len()];
            self.for_blocks(chunk, |start, rows| {
                let n = rows.len() / self.n_centres;
                blocks::multiply(rows, v, &mut product[start - first..start - first + n]);
            });
            product
        })
        .concat()
    }

    /// $K^T r$
    pub(super) fn transposed(&self, r: &[f64]) -> Vec<f64> {
        let (_, sum) = self.walk(|start, rows, part| {
            let n = rows.len() / self.n_centres;
            part.copy_from_slice(&r[start..start + n]);
        });
        sum
    }

    /// $r$ and $K^T r$, where $r_i$ is a function of $(K v)_i$; the matrix is walked through once.
    ///
    /// `residual` is given the index of the first event of a block with $K v$ of the block, and puts $r$ in its place.
    pub(super) fn fold(
        &self,
        v: &[f64],
        residual: impl Fn(usize, &mut [f64]) + Sync,
    ) -> (Vec<f64>, Vec<f64>) {
        self.walk(|start, rows, part| {
            blocks::multiply(rows, v, part);
            residual(start, part);
        })
    }

    /// $r$, which `residual` puts into its last argument block by block, and $K^T r$.
    fn walk(&self, residual: impl Fn(usize, &[f64], &mut [f64]) + Sync) -> (Vec<f64>, Vec<f64>) {
        let parts = self.over_chunks(|chunk| {
            let first = chunk.start;
            let mut r = vec![0.0; chunk.len()];
            let mut sum = vec![0.0; self.n_centres];
            self.for_blocks(chunk, |start, rows| {
                let n = rows.len() / self.n_centres;
                let r = &mut r[start - first..start - first + n];
                residual(start, rows, r);
                blocks::add_transposed(rows, r, &mut sum);
            });
            (r, sum)
        });
        let mut total = vec![0.0; self.n_centres];
        let mut residuals = Vec::with_capacity(self.n_events);
        for (r, sum) in parts {
            residuals.extend(r);
            total.iter_mut().zip(sum).for_each(|(t, s)| *t += s);
        }
        (residuals, total)
    }

    /// What `work` gives for each part of the events, in order.
    ///
    /// Inside a thread pool somebody already spreads larger work; the parts are the same either way.
    fn over_chunks<T: Send>(&self, work: impl Fn(std::ops::Range<usize>) -> T + Sync) -> Vec<T> {
        let size = self.chunk_size();
        let n_chunks = self.n_events.div_ceil(size);
        let chunk = |c: usize| c * size..((c + 1) * size).min(self.n_events);
        if rayon::current_thread_index().is_some() || rayon::current_num_threads() == 1 {
            (0..n_chunks).map(|c| work(chunk(c))).collect()
        } else {
            (0..n_chunks).into_par_iter().map(|c| work(chunk(c))).collect()
        }
    }

    /// How many events a part has, the last one aside.
    fn chunk_size(&self) -> usize {
        let n_blocks = self.n_events.div_ceil(EVENTS_PER_BLOCK);
        n_blocks.div_ceil(MAX_CHUNKS).max(1) * EVENTS_PER_BLOCK
    }

    /// Calls `work` with the first event and the rows of each block of a part.
    fn for_blocks(&self, chunk: std::ops::Range<usize>, mut work: impl FnMut(usize, &[f64])) {
        let mut scratch = Vec::new();
        for start in chunk.clone().step_by(EVENTS_PER_BLOCK) {
            let events = start..(start + EVENTS_PER_BLOCK).min(chunk.end);
            if let Some(kept) = &self.kept {
                let rows = &kept[chunk.start / self.chunk_size()];
                let (first, last) = (events.start - chunk.start, events.end - chunk.start);
                work(start, &rows[first * self.n_centres..last * self.n_centres]);
            } else {
                scratch.resize(events.len() * self.n_centres, 0.0);
                let inputs: Vec<&[f64]> = self.inputs.iter().map(|x| &x[events.clone()]).collect();
                blocks::fill(&inputs, &self.centres, &mut scratch);
                work(start, &scratch);
            }
        }
    }
}
