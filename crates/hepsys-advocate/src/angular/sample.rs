use hepsys_core::Seed;
use hepsys_sim::{AngularMoments, AngularObservables};
use rand::RngExt;

use super::kernel::{FUNCTIONS, LANES, SUMS, Weighting, add_slopes, weighted_sums};

/// Simulated events: the terms of their efficiency and their angular functions, block by block, in single precision.
#[derive(Debug, Clone)]
pub(super) struct AngularSample {
    n_terms: usize,
    columns: Vec<[f32; LANES]>,
    /// The sums of each block where every event counts once.
    plain: Vec<[f64; SUMS]>,
}

/// A linear efficiency: its coefficients, and the range that weights are cut off at.
#[derive(Debug, Clone)]
pub(super) struct Linear {
    coefficients: Vec<f32>,
    low: f32,
    high: f32,
}

impl Linear {
    pub(super) fn new(coefficients: &[f64], (low, high): (f64, f64)) -> Self {
        let coefficients = coefficients.iter().map(|a| *a as f32).collect();
        Self { coefficients, low: low as f32, high: high as f32 }
    }

    fn weighting(&self) -> Weighting<'_> {
        Weighting { coefficients: &self.coefficients, low: self.low, high: self.high }
    }
}

impl AngularSample {
    /// Whole blocks of events with these terms and functions; a last one that is not full is left out.
    pub(super) fn new(n_terms: usize, events: impl Iterator<Item = (Vec<f64>, [f64; FUNCTIONS])>) -> Self {
        let n_columns = n_terms + FUNCTIONS;
        let (mut columns, mut n_events) = (Vec::new(), 0);
        for (event, (terms, functions)) in events.enumerate() {
            let lane = event % LANES;
            if lane == 0 {
                columns.resize(columns.len() + n_columns, [0.0; LANES]);
            }
            let first = columns.len() - n_columns;
            for (column, value) in columns[first..].iter_mut().zip(terms.iter().chain(&functions)) {
                column[lane] = *value as f32;
            }
            n_events = event + 1;
        }
        columns.truncate(n_events / LANES * n_columns);
        let mut sample = Self { n_terms, columns, plain: Vec::new() };
        let one = Linear::new(&vec![0.0; n_terms], (1.0, 1.0));
        let blocks: Vec<usize> = (0..sample.columns.len() / n_columns).collect();
        sample.plain = sample.sums(&one, &blocks);
        sample
    }

    pub(super) fn n_blocks(&self) -> usize {
        self.plain.len()
    }

    /// Blocks for about `n_events` events, drawn with replacement.
    ///
    /// Events are independent of each other, so drawing them in blocks scatters means as drawing them one by one.
    pub(super) fn drawn(&self, n_events: usize, seed: Seed) -> Vec<usize> {
        let mut stream = seed.stream();
        (0..n_events.div_ceil(LANES)).map(|_| stream.random_range(0..self.n_blocks())).collect()
    }

    pub(super) fn all(&self) -> Vec<usize> {
        (0..self.n_blocks()).collect()
    }

    /// $\sum w$ and $\sum w f_k$ of each of these blocks.
    pub(super) fn sums(&self, efficiency: &Linear, blocks: &[usize]) -> Vec<[f64; SUMS]> {
        let mut sums = vec![[0.0; SUMS]; blocks.len()];
        weighted_sums(&self.columns, efficiency.weighting(), blocks, &mut sums);
        sums
    }

    /// The same where every event counts once.
    pub(super) fn plain_sums(&self, blocks: &[usize]) -> Vec<[f64; SUMS]> {
        blocks.iter().map(|&block| self.plain[block]).collect()
    }

    /// The derivatives of the sums over all events by each coefficient.
    pub(super) fn slopes(&self, efficiency: &Linear) -> Vec<[f64; SUMS]> {
        let mut slopes = vec![[0.0; SUMS]; self.n_terms];
        add_slopes(&self.columns, efficiency.weighting(), &mut slopes);
        slopes
    }
}

/// The sum over blocks, in their order.
pub(super) fn added(sums: &[[f64; SUMS]]) -> [f64; SUMS] {
    let mut total = [0.0; SUMS];
    for block in sums {
        for (to, from) in total.iter_mut().zip(block) {
            *to += from;
        }
    }
    total
}

/// The coefficients of the angular distribution that belong to sums.
pub(super) fn observables(sums: &[f64; SUMS]) -> AngularObservables {
    AngularMoments::from_means(std::array::from_fn(|k| sums[k + 1] / sums[0]))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Event = (Vec<f64>, [f64; FUNCTIONS]);

    fn sample() -> (AngularSample, Vec<Event>) {
        let mut stream = Seed::new(1).stream();
        let mut number = || 2.0 * stream.random::<f64>() - 1.0;
        let events: Vec<_> = (0..10 * LANES)
            .map(|_| ((0..3).map(|_| number()).collect(), std::array::from_fn(|_| number())))
            .collect();
        (AngularSample::new(3, events.iter().cloned()), events)
    }

    #[test]
    fn the_kernel_agrees_with_a_plain_loop() {
        let (sample, events) = sample();
        let coefficients = [0.5, -0.3, 0.8];
        let found = added(&sample.sums(&Linear::new(&coefficients, (0.6, 1.3)), &sample.all()));
        let mut plain = [0.0; SUMS];
        for (terms, functions) in &events {
            let raw = 1.0 + terms.iter().zip(coefficients).map(|(t, a)| t * a).sum::<f64>();
            let w = raw.clamp(0.6, 1.3);
            plain[0] += w;
            functions.iter().zip(&mut plain[1..]).for_each(|(f, to)| *to += w * f);
        }
        // 320 numbers of order one in single precision.
        for (found, plain) in found.iter().zip(plain) {
            assert!((found - plain).abs() < 1e-4, "{found} {plain}");
        }
    }

    #[test]
    fn slopes_are_differences() {
        let (sample, _) = sample();
        let at =
            |by: f64| added(&sample.sums(&Linear::new(&[0.4, -0.3 + by, 0.2], (0.0, 9.0)), &sample.all()));
        let slopes = sample.slopes(&Linear::new(&[0.4, -0.3, 0.2], (0.0, 9.0)));
        let (up, down) = (at(0.01), at(-0.01));
        for k in 0..SUMS {
            // Linear where no weight is cut off; single precision over the step.
            assert!(((up[k] - down[k]) / 0.02 - slopes[1][k]).abs() < 2e-2, "{k}");
        }
    }
}
