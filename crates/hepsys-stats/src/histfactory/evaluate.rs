//! The negative log-likelihood with its exact gradient and Hessian.

use statrs::function::gamma::ln_gamma;

use super::interpolation::{Jet, shape_weights};
use super::model::{Channel, Data, Model, SampleTerm};
use super::products::Products;
use super::{Auxiliary, AuxiliaryDensity};

/// What of the likelihood does not depend on the parameters: $\sum \ln\Gamma(n + 1)$ and the Gaussians' norms.
pub(super) fn constant(model: &Model, data: &Data) -> f64 {
    let counts: f64 = data.counts.iter().map(|n| ln_gamma(n + 1.0)).sum();
    let auxiliary = model.auxiliaries.iter().zip(&data.auxiliary).map(|(term, a)| term.density.constant(*a));
    counts + auxiliary.sum::<f64>()
}

/// $\nu - n \ln\nu$ with its first two derivatives by ν; infinite where ν cannot have given n.
pub(crate) fn poisson(n: f64, nu: f64) -> Jet {
    if n == 0.0 && nu >= 0.0 {
        return Jet { value: nu, slope: 1.0, curvature: 0.0 };
    }
    if nu > 0.0 {
        let ratio = n / nu;
        Jet { value: nu - n * nu.ln(), slope: 1.0 - ratio, curvature: ratio / nu }
    } else {
        Jet { value: f64::INFINITY, slope: f64::NAN, curvature: f64::NAN }
    }
}

impl Auxiliary {
    /// The negative logarithm of the density of the measurement `a`, without its constants.
    pub(crate) fn jet(&self, a: f64, theta: f64) -> Jet {
        match self.density {
            AuxiliaryDensity::Gaussian { sigma } => {
                let pull = (theta - a) / sigma;
                Jet { value: 0.5 * pull * pull, slope: pull / sigma, curvature: 1.0 / (sigma * sigma) }
            }
            AuxiliaryDensity::Poisson { tau } => {
                let jet = poisson(a, tau * theta);
                Jet { value: jet.value, slope: tau * jet.slope, curvature: tau * tau * jet.curvature }
            }
            AuxiliaryDensity::LogNormal { sigma } if theta > 0.0 => {
                let pull = (theta.ln() - a.ln()) / sigma;
                Jet {
                    value: 0.5 * pull * pull,
                    slope: pull / (sigma * theta),
                    curvature: (1.0 / sigma - pull) / (sigma * theta * theta),
                }
            }
            AuxiliaryDensity::LogNormal { .. } => {
                Jet { value: f64::INFINITY, slope: f64::NAN, curvature: f64::NAN }
            }
        }
    }
}

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

/// A symmetric matrix of all parameters, row by row.
pub(crate) type Matrix<'a> = &'a mut [f64];

impl Model {
    /// The negative log-likelihood without its constant.
    pub(super) fn value(&self, data: &Data, x: &[f64], scratch: &mut Scratch) -> f64 {
        let mut value = 0.0;
        for channel in &self.channels {
            value += channel.forward(&data.counts[channel.bins.clone()], x, scratch);
        }
        for (term, &a) in self.auxiliaries.iter().zip(&data.auxiliary) {
            value += term.jet(a, x[term.parameter]).value;
        }
        value
    }

    /// The same, with its gradient.
    pub(super) fn value_and_gradient(
        &self,
        data: &Data,
        x: &[f64],
        gradient: &mut [f64],
        scratch: &mut Scratch,
    ) -> f64 {
        gradient.fill(0.0);
        let mut value = 0.0;
        for channel in &self.channels {
            value += channel.forward(&data.counts[channel.bins.clone()], x, scratch);
            channel.backward(scratch);
            for (&p, g) in channel.active.iter().zip(&scratch.gradient) {
                gradient[p] += g;
            }
        }
        for (term, &a) in self.auxiliaries.iter().zip(&data.auxiliary) {
            let jet = term.jet(a, x[term.parameter]);
            value += jet.value;
            gradient[term.parameter] += jet.slope;
        }
        value
    }

    /// The same, with its gradient and its Hessian, both triangles.
    pub(super) fn value_and_hessian(
        &self,
        data: &Data,
        x: &[f64],
        gradient: &mut [f64],
        hessian: Matrix<'_>,
        scratch: &mut Scratch,
    ) -> f64 {
        let n = self.parameters.len();
        gradient.fill(0.0);
        hessian.fill(0.0);
        let mut value = 0.0;
        for channel in &self.channels {
            value += channel.forward(&data.counts[channel.bins.clone()], x, scratch);
            channel.backward(scratch);
            channel.second(scratch);
            let n_active = channel.active.len();
            for (i, &p) in channel.active.iter().enumerate() {
                gradient[p] += scratch.gradient[i];
                let row = &scratch.hessian[i * n_active..(i + 1) * n_active];
                for (&q, h) in channel.active.iter().zip(row) {
                    hessian[p * n + q] += h;
                }
            }
        }
        for (term, &a) in self.auxiliaries.iter().zip(&data.auxiliary) {
            let jet = term.jet(a, x[term.parameter]);
            value += jet.value;
            gradient[term.parameter] += jet.slope;
            hessian[term.parameter * (n + 1)] += jet.curvature;
        }
        value
    }
}

impl Channel {
    /// The Poisson terms of the channel; leaves what the derivatives need in `scratch`.
    fn forward(&self, counts: &[f64], x: &[f64], scratch: &mut Scratch) -> f64 {
        let n_bins = counts.len();
        let Scratch { values, yields, poisson: terms, shapes, gammas, factors, weights, products, .. } =
            scratch;
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
        terms.clear();
        terms.extend(counts.iter().zip(yields.iter()).map(|(&n, &nu)| poisson(n, nu)));
        terms.iter().map(|jet| jet.value).sum()
    }

    /// The gradient by the channel's parameters.
    fn backward(&self, scratch: &mut Scratch) {
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
    }

    /// The Hessian by the channel's parameters.
    fn second(&self, scratch: &mut Scratch) {
        let (n_bins, n) = (self.bins.len(), self.active.len());
        scratch.hessian.clear();
        scratch.hessian.resize(n * n, 0.0);
        scratch.jacobian.clear();
        scratch.jacobian.resize(n_bins * n, 0.0);
        let mut cursor = Cursor::default();
        for sample in &self.samples {
            let part = cursor.next(sample, n_bins, scratch);
            sample.second(part, n_bins, n);
        }
        let Scratch { jacobian, hessian, poisson, .. } = scratch;
        for (b, row) in jacobian.chunks_exact(n.max(1)).enumerate() {
            let curvature = poisson[b].curvature;
            for (i, &first) in row.iter().enumerate() {
                if first != 0.0 {
                    let scaled = curvature * first;
                    for (h, second) in hessian[i * n..(i + 1) * n].iter_mut().zip(row) {
                        *h += scaled * second;
                    }
                }
            }
        }
    }
}

impl SampleTerm {
    /// The product of the factors of a bin without one or two of them.
    fn other_gammas(&self, values: &[f64], bin: usize, without: usize, and: Option<usize>) -> f64 {
        let others = self.bin_factors.iter().enumerate().filter(|(j, _)| *j != without && Some(*j) != and);
        others.map(|(_, place)| values[place + bin]).product()
    }

    /// Adds the sample's part of the Jacobian, and of the Hessian what its own second derivatives give.
    fn second(&self, part: Part<'_>, n_bins: usize, n: usize) {
        let Part { shapes, gammas, factors, weights, product, values, poisson, jacobian, hessian, .. } = part;
        let mut add = |p: usize, q: usize, value: f64| {
            hessian[p * n + q] += value;
            hessian[q * n + p] += value;
        };
        let total: f64 = (0..n_bins).map(|b| poisson[b].slope * shapes[b] * gammas[b]).sum();
        for (i, factor) in self.factors.iter().enumerate() {
            let (p, first) = (factor.parameter(), product.first(factors, i));
            for b in 0..n_bins {
                jacobian[b * n + p] += shapes[b] * gammas[b] * first;
            }
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
                jacobian[b * n + p] += product.all * gammas[b] * slope;
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
                jacobian[b * n + p] += product.all * shapes[b] * others;
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
