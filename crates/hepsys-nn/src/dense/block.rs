//! Forward and backward through one block of events.
//!
//! Everything here is inlined into the kernel, which is compiled once for each instruction set.
//! Loops are loops: a closure that the compiler leaves a function of its own is compiled for none of them, tenfold slower.

use crate::{Activation, Layer};

use super::aligned::Aligned;
use super::loss::fold;
use super::{LANES, PARTIALS, Real, matrix, narrow};

/// From how many weights a layer is multiplied by a matrix library: below, its packing costs more than its products gain.
///
/// Measured with two equal hidden layers on one core: 24 × 24 is a third faster without the library, 32 × 32 equal, 64 × 64 a third slower.
const WIDE: usize = 1024;

/// The network with its parameters in the kernel's precision.
pub(crate) struct Network<T> {
    pub(crate) layers: Vec<Layer>,
    pub(crate) activation: Activation,
    pub(crate) parameters: Vec<T>,
}

/// What one thread needs while it walks through blocks.
pub(crate) struct Scratch<T> {
    /// Activations of the hidden layers, one after the other.
    pub(crate) hidden: Aligned<T, LANES>,
    /// ∂L/∂(input of the activation), of the layer above and of the one below.
    above: Aligned<T, LANES>,
    below: Aligned<T, LANES>,
    /// ∂L/∂w, in partial sums, of the layers that are not wide.
    gradient: Aligned<T, PARTIALS>,
    /// ∂L/∂w of those that are.
    wide_gradient: Vec<T>,
}

impl<T: Real> Scratch<T> {
    pub(crate) fn new(network: &Network<T>) -> Self {
        let widest = network.layers.iter().map(|l| l.n_inputs.max(l.n_outputs)).max().unwrap_or(0);
        let n_hidden = network.layers.iter().skip(1).map(|l| l.n_inputs).sum();
        let n_parameters = network.parameters.len();
        let is_wide = network.layers.iter().any(is_wide);
        Self {
            hidden: Aligned::filled(T::ZERO, n_hidden),
            above: Aligned::filled(T::ZERO, widest),
            below: Aligned::filled(T::ZERO, widest),
            gradient: Aligned::filled(T::ZERO, n_parameters),
            wide_gradient: vec![T::ZERO; if is_wide { n_parameters } else { 0 }],
        }
    }

    /// How many parameters the network has.
    pub(crate) fn n_parameters(&self) -> usize {
        self.gradient.len()
    }

    /// Forgets ∂L/∂w.
    pub(crate) fn clear(&mut self) {
        self.gradient.fill([T::ZERO; PARTIALS]);
        self.wide_gradient.fill(T::ZERO);
    }

    /// Adds ∂L/∂w of all blocks since it was cleared.
    pub(crate) fn add_gradient(&self, to: &mut [f64]) {
        for (to, partials) in to.iter_mut().zip(self.gradient.iter()) {
            *to += total(partials);
        }
        for (to, wide) in to.iter_mut().zip(&self.wide_gradient) {
            *to += wide.to_f64();
        }
    }
}

/// The sum of partial sums, in double precision.
#[inline(always)]
pub(crate) fn total<T: Real>(partials: &[T; PARTIALS]) -> f64 {
    let mut sum = 0.0;
    for partial in partials {
        sum += partial.to_f64();
    }
    sum
}

fn is_wide(layer: &Layer) -> bool {
    layer.n_inputs * layer.n_outputs >= WIDE
}

#[inline(always)]
fn activate<T: Real>(activation: Activation, z: &mut [T; LANES]) {
    match activation {
        Activation::Tanh => {
            for v in z {
                *v = v.tanh();
            }
        }
        Activation::Sigmoid => {
            for v in z {
                *v = v.sigmoid();
            }
        }
        Activation::Relu => {
            for v in z {
                *v = v.max(T::ZERO);
            }
        }
    }
}

/// Multiplies `gradient` by the derivative of the activation, written in terms of its value `h`.
#[inline(always)]
pub(crate) fn derivative<T: Real>(activation: Activation, h: &[T; LANES], gradient: &mut [T; LANES]) {
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

impl<T: Real> Network<T> {
    /// How many outputs it has.
    pub(crate) fn n_outputs(&self) -> usize {
        self.layers.last().map_or(0, |layer| layer.n_outputs)
    }

    /// The hidden units, layer by layer, and the outputs of the network for one block.
    #[inline(always)]
    pub(crate) fn forward(
        &self,
        inputs: &[[T; LANES]],
        hidden: &mut [[T; LANES]],
        outputs: &mut [[T; LANES]],
    ) {
        let mut done = 0;
        for (depth, layer) in self.layers.iter().enumerate() {
            let is_output = depth + 1 == self.layers.len();
            let (lower, upper) = hidden.split_at_mut(done);
            let x = if depth == 0 { inputs } else { &lower[done - layer.n_inputs..] };
            let units = if is_output { &mut *outputs } else { &mut upper[..layer.n_outputs] };
            let weights = &self.parameters[layer.weights..layer.biases];
            let biases = &self.parameters[layer.biases..layer.biases + layer.n_outputs];
            if is_wide(layer) {
                for (z, &bias) in units.iter_mut().zip(biases) {
                    *z = [bias; LANES];
                }
                matrix::add_forward(LANES, x.as_flattened(), weights, units.as_flattened_mut());
            } else {
                narrow::forward(x, weights, biases, units);
            }
            if !is_output {
                for z in units.iter_mut() {
                    activate(self.activation, z);
                }
            }
            done += layer.n_outputs;
        }
    }

    /// Adds ∂L/∂w of one block, given its hidden units in `scratch` and ∂L/∂f of its events; with `input_gradient`, writes ∂L/∂x there.
    #[inline(always)]
    pub(crate) fn backward(
        &self,
        inputs: &[[T; LANES]],
        derivatives: &[[T; LANES]],
        scratch: &mut Scratch<T>,
        mut input_gradient: Option<&mut [[T; LANES]]>,
    ) {
        let Scratch { hidden, above, below, gradient, wide_gradient } = scratch;
        above[..derivatives.len()].copy_from_slice(derivatives);
        let mut end = hidden.len();
        for (depth, layer) in self.layers.iter().enumerate().rev() {
            let x = if depth == 0 { inputs } else { &hidden[end - layer.n_inputs..end] };
            let d = &above[..layer.n_outputs];
            for (j, d) in d.iter().enumerate() {
                fold(&mut gradient[layer.biases + j], d);
            }
            if is_wide(layer) {
                let gradient = &mut wide_gradient[layer.weights..layer.biases];
                matrix::add_gradient(LANES, x.as_flattened(), d.as_flattened(), gradient);
            } else {
                narrow::add_gradient(x, d, &mut gradient[layer.weights..layer.biases]);
            }
            let lower = match (&mut input_gradient, depth) {
                (None, 0) => break,
                (Some(to), 0) => &mut **to,
                _ => &mut below[..layer.n_inputs],
            };
            self.pull_back(layer, d, lower);
            if depth > 0 {
                for (b, h) in lower.iter_mut().zip(x) {
                    derivative(self.activation, h, b);
                }
                std::mem::swap(above, below);
                end -= layer.n_inputs;
            }
        }
    }

    /// ∂L/∂x of a layer, given ∂L/∂z.
    #[inline(always)]
    pub(crate) fn pull_back(&self, layer: &Layer, d: &[[T; LANES]], x: &mut [[T; LANES]]) {
        let weights = &self.parameters[layer.weights..layer.biases];
        if is_wide(layer) {
            matrix::pull_back(LANES, d.as_flattened(), weights, x.as_flattened_mut());
        } else {
            narrow::pull_back(d, weights, x);
        }
    }
}
