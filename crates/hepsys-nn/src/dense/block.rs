//! Forward and backward through one block of events.
//!
//! Everything here is inlined into the kernel, which is compiled once for each instruction set.

use crate::{Activation, Layer};

use super::loss::{fold, fold_product};
use super::{LANES, PARTIALS, Real};

/// The network with its parameters in the kernel's precision.
pub(crate) struct Network<T> {
    pub(crate) layers: Vec<Layer>,
    pub(crate) activation: Activation,
    pub(crate) parameters: Vec<T>,
}

/// What one thread needs while it walks through blocks.
pub(crate) struct Scratch<T> {
    /// Activations of the hidden layers, one after the other.
    hidden: Vec<[T; LANES]>,
    /// ∂L/∂(input of the activation), of the layer above and of the one below.
    above: Vec<[T; LANES]>,
    below: Vec<[T; LANES]>,
    /// ∂L/∂w, in partial sums.
    pub(crate) gradient: Vec<[T; PARTIALS]>,
}

impl<T: Real> Scratch<T> {
    pub(crate) fn new(network: &Network<T>) -> Self {
        let widest = network.layers.iter().map(|l| l.n_inputs.max(l.n_outputs)).max().unwrap_or(0);
        let n_hidden = network.layers.iter().skip(1).map(|l| l.n_inputs).sum();
        Self {
            hidden: vec![[T::ZERO; LANES]; n_hidden],
            above: vec![[T::ZERO; LANES]; widest],
            below: vec![[T::ZERO; LANES]; widest],
            gradient: vec![[T::ZERO; PARTIALS]; network.parameters.len()],
        }
    }
}

#[inline(always)]
fn activate<T: Real>(activation: Activation, z: &mut [T; LANES]) {
    match activation {
        Activation::Tanh => z.iter_mut().for_each(|v| *v = v.tanh()),
        Activation::Sigmoid => z.iter_mut().for_each(|v| *v = v.sigmoid()),
        Activation::Relu => z.iter_mut().for_each(|v| *v = v.max(T::ZERO)),
    }
}

/// Multiplies `gradient` by the derivative of the activation, written in terms of its value `h`.
#[inline(always)]
fn times_derivative<T: Real>(activation: Activation, h: &[T; LANES], gradient: &mut [T; LANES]) {
    match activation {
        Activation::Tanh => {
            for l in 0..LANES {
                gradient[l] = gradient[l] * (T::ONE - h[l] * h[l]);
            }
        }
        Activation::Sigmoid => {
            for l in 0..LANES {
                gradient[l] = gradient[l] * (h[l] * (T::ONE - h[l]));
            }
        }
        Activation::Relu => {
            for l in 0..LANES {
                gradient[l] = if h[l] > T::ZERO { gradient[l] } else { T::ZERO };
            }
        }
    }
}

#[inline(always)]
fn affine<T: Real>(weights: &[T], bias: T, inputs: &[[T; LANES]]) -> [T; LANES] {
    let mut z = [bias; LANES];
    for (&w, x) in weights.iter().zip(inputs) {
        for l in 0..LANES {
            z[l] = x[l].fma(w, z[l]);
        }
    }
    z
}

impl<T: Real> Network<T> {
    /// The output of the network for one block; activations stay in `scratch` for [`backward`](Self::backward).
    #[inline(always)]
    pub(crate) fn forward(&self, inputs: &[[T; LANES]], scratch: &mut Scratch<T>) -> [T; LANES] {
        let mut done = 0;
        let mut last = 0;
        for (depth, layer) in self.layers.iter().enumerate() {
            let is_output = depth + 1 == self.layers.len();
            let (lower, upper) = scratch.hidden.split_at_mut(done);
            let x = if depth == 0 { inputs } else { &lower[last..] };
            for j in 0..layer.n_outputs {
                let row = layer.weights + j * layer.n_inputs;
                let weights = &self.parameters[row..row + layer.n_inputs];
                let mut z = affine(weights, self.parameters[layer.biases + j], x);
                if is_output {
                    return z;
                }
                activate(self.activation, &mut z);
                upper[j] = z;
            }
            last = done;
            done += layer.n_outputs;
        }
        [T::ZERO; LANES]
    }

    /// Adds ∂L/∂w of one block, given ∂L/∂f of its events.
    #[inline(always)]
    pub(crate) fn backward(&self, inputs: &[[T; LANES]], derivatives: &[T; LANES], scratch: &mut Scratch<T>) {
        let Scratch { hidden, above, below, gradient } = scratch;
        above[0] = *derivatives;
        let mut end = hidden.len();
        for (depth, layer) in self.layers.iter().enumerate().rev() {
            let x = if depth == 0 { inputs } else { &hidden[end - layer.n_inputs..end] };
            for (j, d) in above[..layer.n_outputs].iter().enumerate() {
                let row = layer.weights + j * layer.n_inputs;
                fold(&mut gradient[layer.biases + j], d);
                for (sum, x) in gradient[row..row + layer.n_inputs].iter_mut().zip(x) {
                    fold_product(sum, d, x);
                }
            }
            if depth > 0 {
                for (i, (b, h)) in below[..layer.n_inputs].iter_mut().zip(x).enumerate() {
                    let mut sum = [T::ZERO; LANES];
                    let column =
                        self.parameters[layer.weights..layer.biases].iter().skip(i).step_by(layer.n_inputs);
                    for (d, &w) in above[..layer.n_outputs].iter().zip(column) {
                        for l in 0..LANES {
                            sum[l] = d[l].fma(w, sum[l]);
                        }
                    }
                    times_derivative(self.activation, h, &mut sum);
                    *b = sum;
                }
                std::mem::swap(above, below);
                end -= layer.n_inputs;
            }
        }
    }
}
