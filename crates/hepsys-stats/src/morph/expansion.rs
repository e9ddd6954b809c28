//! Bins expanded in the parameters of a channel: values, first and second derivatives.

use crate::histfactory::interpolation::Jet;

/// How many derivatives are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Order {
    Value,
    Gradient,
    Hessian,
}

/// A quantity of each bin with its derivatives by `n` parameters.
#[derive(Debug, Clone)]
pub(super) struct Expansion {
    n: usize,
    order: Order,
    pub(super) value: Vec<f64>,
    first: Vec<f64>,
    second: Vec<f64>,
}

/// What multiplies all bins of a process, with its derivatives.
#[derive(Debug)]
pub(super) struct Prefactor {
    pub(super) value: f64,
    /// By parameter.
    pub(super) first: Vec<(usize, f64)>,
    /// By pairs of parameters; a pair of different ones stands here once, and so does one parameter with itself.
    pub(super) second: Vec<(usize, usize, f64)>,
}

impl Expansion {
    pub(super) fn new(n_bins: usize, n: usize, order: Order) -> Self {
        let length = |wanted: Order, each: usize| if order >= wanted { n_bins * each } else { 0 };
        Self {
            n,
            order,
            value: vec![0.0; n_bins],
            first: vec![0.0; length(Order::Gradient, n)],
            second: vec![0.0; length(Order::Hessian, n * n)],
        }
    }

    pub(super) fn order(&self) -> Order {
        self.order
    }

    /// The first derivatives of a bin.
    pub(super) fn first(&self, bin: usize) -> &[f64] {
        &self.first[bin * self.n..(bin + 1) * self.n]
    }

    /// The second derivatives of a bin, row by row.
    pub(super) fn second(&self, bin: usize) -> &[f64] {
        &self.second[bin * self.n * self.n..(bin + 1) * self.n * self.n]
    }

    /// Adds the product of a prefactor and a bin's shape, which is a sum of functions of one parameter each.
    pub(super) fn add(&mut self, bin: usize, factor: &Prefactor, shape: f64, parts: &[(usize, Jet)]) {
        let n = self.n;
        self.value[bin] += factor.value * shape;
        if self.order >= Order::Gradient {
            let first = &mut self.first[bin * n..(bin + 1) * n];
            factor.first.iter().for_each(|&(p, slope)| first[p] += slope * shape);
            parts.iter().for_each(|&(z, jet)| first[z] += factor.value * jet.slope);
        }
        if self.order < Order::Hessian {
            return;
        }
        let second = &mut self.second[bin * n * n..(bin + 1) * n * n];
        // A mixed term has two places; if both parameters are the same one, that place gets it twice.
        let mut mixed = |p: usize, q: usize, value: f64| {
            second[p * n + q] += value;
            second[q * n + p] += value;
        };
        factor.second.iter().for_each(|&(p, q, value)| mixed(p, q, value * shape));
        for &(z, jet) in parts {
            factor.first.iter().for_each(|&(p, slope)| mixed(p, z, slope * jet.slope));
            mixed(z, z, 0.5 * factor.value * jet.curvature);
        }
    }
}

impl Prefactor {
    /// The product of the parameters at these places.
    pub(super) fn product(places: &[usize], values: &[f64]) -> Self {
        let without = |left_out: &[usize]| -> f64 {
            (0..places.len()).filter(|i| !left_out.contains(i)).map(|i| values[places[i]]).product()
        };
        let first = (0..places.len()).map(|i| (places[i], without(&[i]))).collect();
        let mut second = Vec::new();
        for i in 0..places.len() {
            for k in i + 1..places.len() {
                second.push((places[i], places[k], without(&[i, k])));
            }
        }
        Self { value: without(&[]), first, second }
    }

    /// Its square.
    pub(super) fn squared(&self) -> Self {
        let first = self.first.iter().map(|&(p, slope)| (p, 2.0 * self.value * slope)).collect();
        let mut second: Vec<(usize, usize, f64)> =
            self.second.iter().map(|&(p, q, value)| (p, q, 2.0 * self.value * value)).collect();
        for (i, &(p, slope)) in self.first.iter().enumerate() {
            second.push((p, p, slope * slope));
            second.extend(self.first[i + 1..].iter().map(|&(q, other)| (p, q, 2.0 * slope * other)));
        }
        Self { value: self.value * self.value, first, second }
    }
}
