//! A channel's yields with their derivatives, and those of its likelihood.

use super::channel::{Channel, SampleTerm};
use super::density::poisson;
use super::interpolation::{Jet, shape_weights};
use super::products::Products;

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
    /// Jets of all factors, and weights of all shapes, sample after sample.
    factors: Vec<Jet>,
    weights: Vec<[Jet; 2]>,
    products: Vec<Products>,
    /// The channel's gradient, Jacobian `[bin][active]` and Hessian `[active][active]`.
    gradient: Vec<f64>,
    jacobian: Vec<f64>,
    hessian: Vec<f64>,
}

impl Channel {
    /// The yields of the channel's bins; leaves what the derivatives need in `scratch`.
    pub(super) fn expect<'s>(&self, x: &[f64], scratch: &'s mut Scratch) -> &'s [f64] {
        let n_bins = self.bins.len();
        let Scratch { values, yields, shapes, gammas, factors, weights, products, .. } = scratch;
        values.clear();
        values.extend(self.active.iter().map(|&p| x[p]));
        yields.clear();
        yields.resize(n_bins, 0.0);
        for memory in [&mut *shapes, &mut *gammas] {
            memory.clear();
        }
        factors.clear();
        weights.clear();
        products.clear();
        for sample in &self.samples {
            let first = factors.len();
            factors.extend(sample.factors.iter().map(|f| f.at(values[f.parameter()])));
            let product = Products::of(&factors[first..]);
            let start = shapes.len();
            shapes.extend_from_slice(&sample.nominal);
            for shape in &sample.shapes {
                let [up, down] = shape_weights(shape.code, values[shape.parameter]);
                for bin in 0..n_bins {
                    shapes[start + bin] += up.value * shape.up[bin] + down.value * shape.down[bin];
                }
                weights.push([up, down]);
            }
            for bin in 0..n_bins {
                let gamma: f64 = sample.bin_factors.iter().map(|place| values[place + bin]).product();
                yields[bin] += shapes[start + bin] * product.all * gamma;
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
            let yields = shapes.iter().zip(gammas).map(|(shape, gamma)| shape * product.all * gamma);
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
            let Part { shapes, gammas, factors, weights, product, values, poisson, gradient, .. } = part;
            let total: f64 = (0..n_bins).map(|b| poisson[b].slope * shapes[b] * gammas[b]).sum();
            for (i, factor) in sample.factors.iter().enumerate() {
                gradient[factor.parameter()] += total * product.first(factors, i);
            }
            for (shape, [up, down]) in sample.shapes.iter().zip(weights) {
                let change: f64 = (0..n_bins)
                    .map(|b| {
                        poisson[b].slope * gammas[b] * (up.slope * shape.up[b] + down.slope * shape.down[b])
                    })
                    .sum();
                gradient[shape.parameter] += product.all * change;
            }
            for (j, place) in sample.bin_factors.iter().enumerate() {
                for b in 0..n_bins {
                    let others = sample.other_gammas(values, b, j, None);
                    gradient[place + b] += poisson[b].slope * product.all * shapes[b] * others;
                }
            }
        }
        &scratch.gradient
    }

    /// The derivatives of the yields, `[bin][active]`, after [`expect`](Self::expect).
    pub(super) fn slopes<'s>(&self, scratch: &'s mut Scratch) -> &'s [f64] {
        scratch.jacobian.clear();
        scratch.jacobian.resize(self.bins.len() * self.active.len(), 0.0);
        let mut cursor = Cursor::default();
        for sample in &self.samples {
            sample.slopes(cursor.next(sample, self.bins.len(), scratch), self.active.len());
        }
        &scratch.jacobian
    }

    /// The Hessian by the channel's parameters, after [`compare`](Self::compare).
    pub(super) fn second<'s>(&self, scratch: &'s mut Scratch) -> &'s [f64] {
        let (n_bins, n) = (self.bins.len(), self.active.len());
        self.slopes(scratch);
        scratch.hessian.clear();
        scratch.hessian.resize(n * n, 0.0);
        let mut cursor = Cursor::default();
        for sample in &self.samples {
            sample.second(cursor.next(sample, n_bins, scratch), n);
        }
        let Scratch { jacobian, hessian, poisson, .. } = scratch;
        for (row, jet) in jacobian.chunks_exact(n.max(1)).zip(poisson.iter()) {
            for (i, first) in row.iter().enumerate().filter(|(_, first)| **first != 0.0) {
                let scaled = jet.curvature * first;
                for (h, second) in hessian[i * n..(i + 1) * n].iter_mut().zip(row) {
                    *h += scaled * second;
                }
            }
        }
        hessian
    }
}

impl SampleTerm {
    /// The product of the factors of a bin without one or two of them.
    fn other_gammas(&self, values: &[f64], bin: usize, without: usize, and: Option<usize>) -> f64 {
        let others = self.bin_factors.iter().enumerate().filter(|(j, _)| *j != without && Some(*j) != and);
        others.map(|(_, place)| values[place + bin]).product()
    }

    /// Adds the sample's part of the Jacobian of a channel with `n` parameters.
    fn slopes(&self, part: Part<'_>, n: usize) {
        let Part { shapes, gammas, factors, weights, product, values, jacobian, .. } = part;
        for (b, row) in jacobian.chunks_exact_mut(n.max(1)).enumerate() {
            for (i, factor) in self.factors.iter().enumerate() {
                row[factor.parameter()] += shapes[b] * gammas[b] * product.first(factors, i);
            }
            for (shape, [up, down]) in self.shapes.iter().zip(weights) {
                let slope = up.slope * shape.up[b] + down.slope * shape.down[b];
                row[shape.parameter] += product.all * gammas[b] * slope;
            }
            for (j, place) in self.bin_factors.iter().enumerate() {
                row[place + b] += product.all * shapes[b] * self.other_gammas(values, b, j, None);
            }
        }
    }

    /// Adds what the sample's own second derivatives give to the Hessian of a channel with `n` parameters.
    fn second(&self, part: Part<'_>, n: usize) {
        let Part { shapes, gammas, factors, weights, product, values, poisson, hessian, .. } = part;
        let n_bins = shapes.len();
        let mut add = |p: usize, q: usize, value: f64| {
            hessian[p * n + q] += value;
            hessian[q * n + p] += value;
        };
        let total: f64 = (0..n_bins).map(|b| poisson[b].slope * shapes[b] * gammas[b]).sum();
        for (i, factor) in self.factors.iter().enumerate() {
            let p = factor.parameter();
            // `add` counts the diagonal twice.
            add(p, p, 0.5 * total * product.curvature(factors, i));
            for (k, other) in self.factors.iter().enumerate().skip(i + 1) {
                add(p, other.parameter(), total * product.second(factors, i, k));
            }
        }
        for (shape, [up, down]) in self.shapes.iter().zip(weights) {
            let p = shape.parameter;
            let (mut change, mut bend) = (0.0, 0.0);
            for b in 0..n_bins {
                let slope = up.slope * shape.up[b] + down.slope * shape.down[b];
                let weight = poisson[b].slope * gammas[b];
                change += weight * slope;
                bend += weight * (up.curvature * shape.up[b] + down.curvature * shape.down[b]);
            }
            add(p, p, 0.5 * product.all * bend);
            for (i, factor) in self.factors.iter().enumerate() {
                add(p, factor.parameter(), change * product.first(factors, i));
            }
        }
        for (j, place) in self.bin_factors.iter().enumerate() {
            for b in 0..n_bins {
                let (p, weight) = (place + b, poisson[b].slope);
                let others = self.other_gammas(values, b, j, None);
                for (i, factor) in self.factors.iter().enumerate() {
                    add(p, factor.parameter(), weight * shapes[b] * others * product.first(factors, i));
                }
                for (shape, [up, down]) in self.shapes.iter().zip(weights) {
                    let slope = up.slope * shape.up[b] + down.slope * shape.down[b];
                    add(p, shape.parameter, weight * product.all * slope * others);
                }
                for (k, other) in self.bin_factors.iter().enumerate().skip(j + 1) {
                    let rest = self.other_gammas(values, b, j, Some(k));
                    add(p, other + b, weight * product.all * shapes[b] * rest);
                }
            }
        }
    }
}

/// The parts of the scratch that belong to one sample.
struct Part<'a> {
    values: &'a [f64],
    poisson: &'a [Jet],
    shapes: &'a [f64],
    gammas: &'a [f64],
    factors: &'a [Jet],
    weights: &'a [[Jet; 2]],
    product: &'a Products,
    gradient: &'a mut [f64],
    jacobian: &'a mut [f64],
    hessian: &'a mut [f64],
}

/// Walks through the samples of a channel.
#[derive(Default)]
struct Cursor {
    sample: usize,
    bins: usize,
    factors: usize,
    weights: usize,
}

impl Cursor {
    fn next<'a>(&mut self, sample: &SampleTerm, n_bins: usize, scratch: &'a mut Scratch) -> Part<'a> {
        let bins = self.bins..self.bins + n_bins;
        let factors = self.factors..self.factors + sample.factors.len();
        let weights = self.weights..self.weights + sample.shapes.len();
        let part = Part {
            values: &scratch.values,
            poisson: &scratch.poisson,
            shapes: &scratch.shapes[bins.clone()],
            gammas: &scratch.gammas[bins.clone()],
            factors: &scratch.factors[factors.clone()],
            weights: &scratch.weights[weights.clone()],
            product: &scratch.products[self.sample],
            gradient: &mut scratch.gradient,
            jacobian: &mut scratch.jacobian,
            hessian: &mut scratch.hessian,
        };
        (self.sample, self.bins, self.factors, self.weights) =
            (self.sample + 1, bins.end, factors.end, weights.end);
        part
    }
}
