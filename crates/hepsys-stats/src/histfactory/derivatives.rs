//! A channel's yields with their derivatives, and those of its likelihood.

use super::channel::{Channel, SampleTerm};
use super::density::poisson;
use super::interpolation::{Jet, shape_weights};
use super::products::{differentiate, seconds};

/// The memory that evaluations share, so that a fit allocates once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scratch {
    /// The parameters of a channel.
    values: Vec<f64>,
    /// The yields of a channel, and their Poisson terms.
    yields: Vec<f64>,
    poisson: Vec<Jet>,
    /// For each sample: shape and product of single-bin factors, bin by bin.
    shapes: Vec<f64>,
    gammas: Vec<f64>,
    /// Jets of all factors, sample after sample; and for each shared parameter how much of its variations is added.
    factors: Vec<Jet>,
    weights: Vec<[Jet; 2]>,
    /// For each sample, the product of its factors; for each factor, the derivative of that by its parameter.
    products: Vec<f64>,
    firsts: Vec<f64>,
    /// Partial products.
    after: Vec<f64>,
    /// The channel's gradient, the slopes of its yields `[bin][column]`, and its Hessian.
    gradient: Vec<f64>,
    jacobian: Vec<f64>,
    shared: Vec<f64>,
    own: Vec<f64>,
}

/// The derivatives of a channel's likelihood.
pub(super) struct Second<'a> {
    pub(super) gradient: &'a [f64],
    pub(super) shared: &'a [f64],
    pub(super) own: &'a [f64],
}

impl Channel {
    /// The yields of the channel's bins; leaves what the derivatives need in `scratch`.
    pub(super) fn expect<'s>(&self, x: &[f64], scratch: &'s mut Scratch) -> &'s [f64] {
        let n_bins = self.bins.len();
        let Scratch { values, yields, shapes, gammas, factors, weights, products, firsts, .. } = scratch;
        values.clear();
        values.extend(self.active.iter().map(|&p| x[p]));
        yields.clear();
        yields.resize(n_bins, 0.0);
        for memory in [&mut *shapes, &mut *gammas] {
            memory.clear();
        }
        factors.clear();
        weights.resize(self.n_shared, Default::default());
        for &place in &self.shaping {
            weights[place] = shape_weights(self.interpolation, values[place]);
        }
        products.clear();
        firsts.clear();
        for sample in &self.samples {
            let first = factors.len();
            factors.extend(sample.factors.iter().map(|f| f.at(values[f.parameter()])));
            let product = differentiate(&factors[first..], firsts);
            let start = shapes.len();
            shapes.extend_from_slice(&sample.nominal);
            for shape in &sample.shapes {
                let [up, down] = &weights[shape.parameter];
                for bin in 0..n_bins {
                    shapes[start + bin] += up.value * shape.up[bin] + down.value * shape.down[bin];
                }
            }
            for bin in 0..n_bins {
                let gamma: f64 = sample.bin_factors.iter().map(|place| values[place + bin]).product();
                yields[bin] += shapes[start + bin] * product * gamma;
                gammas.push(gamma);
            }
            products.push(product);
        }
        yields
    }

    /// The yields of each sample, in the order of the channel, after [`expect`](Self::expect).
    pub(super) fn samples(&self, scratch: &mut Scratch) -> Vec<(&str, Vec<f64>)> {
        let mut cursor = Cursor::default();
        let samples = self.samples.iter().map(|sample| {
            let Part { shapes, gammas, product, .. } = cursor.next(sample, self.bins.len(), scratch);
            let yields = shapes.iter().zip(gammas).map(|(shape, gamma)| shape * product * gamma);
            (sample.name.as_str(), yields.collect())
        });
        samples.collect()
    }

    /// The Poisson terms of the channel, after [`expect`](Self::expect).
    pub(super) fn compare(&self, counts: &[f64], scratch: &mut Scratch) -> f64 {
        let Scratch { yields, poisson: terms, .. } = scratch;
        terms.clear();
        terms.extend(counts.iter().zip(yields.iter()).map(|(&n, &nu)| poisson(n, nu)));
        terms.iter().map(|jet| jet.value).sum()
    }

    /// The gradient by the channel's parameters, after [`compare`](Self::compare).
    pub(super) fn backward<'s>(&self, scratch: &'s mut Scratch) -> &'s [f64] {
        let n_bins = self.bins.len();
        scratch.gradient.clear();
        scratch.gradient.resize(self.active.len(), 0.0);
        let mut cursor = Cursor::default();
        for sample in &self.samples {
            let part = cursor.next(sample, n_bins, scratch);
            let Part { shapes, gammas, firsts, weights, product, values, poisson, gradient, .. } = part;
            let total: f64 = (0..n_bins).map(|b| poisson[b].slope * shapes[b] * gammas[b]).sum();
            for (factor, first) in sample.factors.iter().zip(firsts) {
                gradient[factor.parameter()] += total * first;
            }
            for shape in &sample.shapes {
                let [up, down] = &weights[shape.parameter];
                let change: f64 = (0..n_bins)
                    .map(|b| {
                        poisson[b].slope * gammas[b] * (up.slope * shape.up[b] + down.slope * shape.down[b])
                    })
                    .sum();
                gradient[shape.parameter] += product * change;
            }
            for (j, place) in sample.bin_factors.iter().enumerate() {
                for b in 0..n_bins {
                    let others = sample.other_gammas(values, b, j, None);
                    gradient[place + b] += poisson[b].slope * product * shapes[b] * others;
                }
            }
        }
        &scratch.gradient
    }

    /// The derivatives of the yields, `[bin][column]`, after [`expect`](Self::expect).
    pub(super) fn slopes<'s>(&self, scratch: &'s mut Scratch) -> &'s [f64] {
        let (n_bins, n) = (self.bins.len(), self.n_columns());
        scratch.jacobian.clear();
        scratch.jacobian.resize(n_bins * n, 0.0);
        let mut cursor = Cursor::default();
        for sample in &self.samples {
            self.sample_slopes(sample, cursor.next(sample, n_bins, scratch));
        }
        &scratch.jacobian
    }

    /// The gradient and the Hessian by the channel's parameters, after [`compare`](Self::compare).
    ///
    /// Of the latter, what two shared parameters have in all bins together, `[shared][shared]` above the diagonal; and for each bin and each of
    /// its own parameters what it has with all columns, `[bin][own][column]` above the diagonal.
    pub(super) fn second<'s>(&self, scratch: &'s mut Scratch) -> Second<'s> {
        let (n_bins, n, n_shared) = (self.bins.len(), self.n_columns(), self.n_shared);
        self.slopes(scratch);
        scratch.shared.clear();
        scratch.shared.resize(n_shared * n_shared, 0.0);
        scratch.own.clear();
        scratch.own.resize(n_bins * (n - n_shared) * n, 0.0);
        let mut cursor = Cursor::default();
        for sample in &self.samples {
            self.sample_second(sample, cursor.next(sample, n_bins, scratch));
        }
        let Scratch { jacobian, shared, own, poisson, gradient, .. } = scratch;
        gradient.clear();
        gradient.resize(self.active.len(), 0.0);
        let own_rows = n - n_shared;
        for (bin, (row, jet)) in jacobian.chunks_exact(n.max(1)).zip(poisson.iter()).enumerate() {
            gradient.iter_mut().zip(&row[..n_shared]).for_each(|(g, first)| *g += jet.slope * first);
            for (i, first) in row[..n_shared].iter().enumerate().filter(|(_, first)| **first != 0.0) {
                let scaled = jet.curvature * first;
                let line = &mut shared[i * n_shared + i..(i + 1) * n_shared];
                line.iter_mut().zip(&row[i..]).for_each(|(h, second)| *h += scaled * second);
            }
            for i in 0..own_rows {
                let scaled = jet.curvature * row[n_shared + i];
                let start = (bin * own_rows + i) * n;
                gradient[self.place(n_shared + i, bin)] += jet.slope * row[n_shared + i];
                let line = &mut own[start..start + n_shared + i + 1];
                line.iter_mut().zip(row).for_each(|(h, second)| *h += scaled * second);
            }
        }
        Second { gradient, shared, own }
    }

    /// Adds a sample's part of the derivatives of the yields.
    fn sample_slopes(&self, sample: &SampleTerm, part: Part<'_>) {
        let Part { shapes, gammas, firsts, weights, product, values, jacobian, .. } = part;
        for (b, row) in jacobian.chunks_exact_mut(self.n_columns().max(1)).enumerate() {
            let base = shapes[b] * gammas[b];
            for (factor, first) in sample.factors.iter().zip(firsts) {
                row[factor.parameter()] += base * first;
            }
            let base = product * gammas[b];
            for shape in &sample.shapes {
                let [up, down] = &weights[shape.parameter];
                row[shape.parameter] += base * (up.slope * shape.up[b] + down.slope * shape.down[b]);
            }
            for (j, place) in sample.bin_factors.iter().enumerate() {
                let others = sample.other_gammas(values, b, j, None);
                row[self.column(*place)] += product * shapes[b] * others;
            }
        }
    }

    /// Adds what a sample's own second derivatives give.
    fn sample_second(&self, sample: &SampleTerm, part: Part<'_>) {
        let Part {
            shapes,
            gammas,
            factors,
            firsts,
            weights,
            product,
            after,
            values,
            poisson,
            shared,
            own,
            ..
        } = part;
        let (n_bins, n, n_shared) = (self.bins.len(), self.n_columns(), self.n_shared);
        let mut add = |p: usize, q: usize, value: f64| shared[p.min(q) * n_shared + p.max(q)] += value;
        let total: f64 = (0..n_bins).map(|b| poisson[b].slope * shapes[b] * gammas[b]).sum();
        seconds(factors, after, |i, k, second| {
            let (p, q) = (sample.factors[i].parameter(), sample.factors[k].parameter());
            // A parameter that two factors have stands on the diagonal, which counts both orders.
            let twice = if i != k && p == q { 2.0 } else { 1.0 };
            add(p, q, twice * total * second);
        });
        for shape in &sample.shapes {
            let [up, down] = &weights[shape.parameter];
            let p = shape.parameter;
            let (mut change, mut bend) = (0.0, 0.0);
            for b in 0..n_bins {
                let weight = poisson[b].slope * gammas[b];
                change += weight * (up.slope * shape.up[b] + down.slope * shape.down[b]);
                bend += weight * (up.curvature * shape.up[b] + down.curvature * shape.down[b]);
            }
            add(p, p, product * bend);
            for (factor, first) in sample.factors.iter().zip(firsts) {
                let twice = if p == factor.parameter() { 2.0 } else { 1.0 };
                add(p, factor.parameter(), twice * change * first);
            }
        }
        for (j, place) in sample.bin_factors.iter().enumerate() {
            let column = self.column(*place);
            for b in 0..n_bins {
                let weight = poisson[b].slope;
                let start = (b * (n - n_shared) + column - n_shared) * n;
                let line = &mut own[start..start + n];
                let others = sample.other_gammas(values, b, j, None);
                let base = weight * shapes[b] * others;
                for (factor, first) in sample.factors.iter().zip(firsts) {
                    line[factor.parameter()] += base * first;
                }
                let base = weight * product * others;
                for shape in &sample.shapes {
                    let [up, down] = &weights[shape.parameter];
                    line[shape.parameter] += base * (up.slope * shape.up[b] + down.slope * shape.down[b]);
                }
                for (k, other) in sample.bin_factors.iter().enumerate().filter(|(k, _)| *k != j) {
                    // Each pair of factors comes twice, and stands in the row of the later column only; on the diagonal,
                    // where two factors have one parameter, both count.
                    if self.column(*other) <= column {
                        let rest = sample.other_gammas(values, b, j, Some(k));
                        line[self.column(*other)] += weight * product * shapes[b] * rest;
                    }
                }
            }
        }
    }

    /// The column of a factor of single bins whose first place this is.
    fn column(&self, place: usize) -> usize {
        self.n_shared + (place - self.n_shared) / self.bins.len()
    }
}

impl SampleTerm {
    /// The product of the factors of a bin without one or two of them.
    fn other_gammas(&self, values: &[f64], bin: usize, without: usize, and: Option<usize>) -> f64 {
        let others = self.bin_factors.iter().enumerate().filter(|(j, _)| *j != without && Some(*j) != and);
        others.map(|(_, place)| values[place + bin]).product()
    }
}

/// The parts of the scratch that belong to one sample.
struct Part<'a> {
    values: &'a [f64],
    poisson: &'a [Jet],
    shapes: &'a [f64],
    gammas: &'a [f64],
    factors: &'a [Jet],
    firsts: &'a [f64],
    weights: &'a [[Jet; 2]],
    product: f64,
    after: &'a mut Vec<f64>,
    gradient: &'a mut [f64],
    jacobian: &'a mut [f64],
    shared: &'a mut [f64],
    own: &'a mut [f64],
}

/// Walks through the samples of a channel.
#[derive(Default)]
struct Cursor {
    sample: usize,
    bins: usize,
    factors: usize,
}

impl Cursor {
    fn next<'a>(&mut self, sample: &SampleTerm, n_bins: usize, scratch: &'a mut Scratch) -> Part<'a> {
        let bins = self.bins..self.bins + n_bins;
        let factors = self.factors..self.factors + sample.factors.len();
        let part = Part {
            values: &scratch.values,
            poisson: &scratch.poisson,
            shapes: &scratch.shapes[bins.clone()],
            gammas: &scratch.gammas[bins.clone()],
            factors: &scratch.factors[factors.clone()],
            firsts: &scratch.firsts[factors.clone()],
            weights: &scratch.weights,
            product: scratch.products[self.sample],
            after: &mut scratch.after,
            gradient: &mut scratch.gradient,
            jacobian: &mut scratch.jacobian,
            shared: &mut scratch.shared,
            own: &mut scratch.own,
        };
        (self.sample, self.bins, self.factors) = (self.sample + 1, bins.end, factors.end);
        part
    }
}
