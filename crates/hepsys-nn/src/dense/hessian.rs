//! Exact second derivatives: for each parameter, the change of the gradient along it (forward over reverse).

use std::ops::Range;

use crate::{Activation, Layer};

use super::block::{Network, derivative, total};
use super::loss::{Derivatives, fold, fold_product};
use super::{Columns, CurvedLoss, LANES, PARTIALS, Real};

/// How many blocks share a walk through all parameters: what is known of them has to stay in the cache.
const BLOCKS_PER_PANEL: usize = 8;

/// What one block knows once its gradient is known; hidden units stand layer by layer.
struct Block<T> {
    /// Their values $h = \varphi(z)$.
    hidden: Vec<[T; LANES]>,
    /// $\varphi'(z)$
    slope: Vec<[T; LANES]>,
    /// $\varphi''(z)\\, \partial L/\partial h$
    bend: Vec<[T; LANES]>,
    /// ∂L/∂z of the hidden units, followed by that of the output.
    delta: Vec<[T; LANES]>,
    loss: Derivatives<T>,
}

/// Changes along one parameter, and the room for them.
struct Tangents<T> {
    /// Of z and of h.
    z: Vec<[T; LANES]>,
    h: Vec<[T; LANES]>,
    output: [T; LANES],
    /// Of ∂L/∂z, of the layer above and of the one below.
    above: Vec<[T; LANES]>,
    below: Vec<[T; LANES]>,
    /// Of the gradient, in partial sums; by the network's parameters, then by those of the loss.
    row: Vec<[T; PARTIALS]>,
}

/// Adds the lower triangle of the Hessian of some blocks to `hessian`, row by row.
#[inline(always)]
pub(crate) fn add_blocks<T: Real, L: CurvedLoss<T>>(
    network: &Network<T>,
    inputs: &Columns<T>,
    loss: &L,
    blocks: Range<usize>,
    hessian: &mut [f64],
) {
    let n_network = network.parameters.len();
    let n = n_network + loss.n_extra();
    let mut known: Vec<Block<T>> =
        (0..BLOCKS_PER_PANEL).map(|_| Block::new(network, loss.n_extra())).collect();
    let mut tangents = Tangents::new(network, n);
    for first in blocks.clone().step_by(BLOCKS_PER_PANEL) {
        let panel = first..(first + BLOCKS_PER_PANEL).min(blocks.end);
        for (known, block) in known.iter_mut().zip(panel.clone()) {
            known.learn(network, inputs.block(block), loss, block);
        }
        for depth in 0..network.layers.len() {
            let layer = network.layers[depth];
            for k in layer.weights..layer.biases + layer.n_outputs {
                tangents.row.fill([T::ZERO; PARTIALS]);
                for (known, block) in known.iter().zip(panel.clone()) {
                    tangents.add(network, known, inputs.block(block), depth, k);
                }
                // Parameters of the layers above have a larger index.
                for m in k..n {
                    hessian[m * n + k] += total(&tangents.row[m]);
                }
            }
        }
        for j in 0..loss.n_extra() {
            for i in j..loss.n_extra() {
                let mut sum = [T::ZERO; PARTIALS];
                for Block { loss, .. } in known.iter().take(panel.len()) {
                    let mut product = [T::ZERO; LANES];
                    for l in 0..LANES {
                        product[l] = loss.second[l] * loss.slopes[j][l];
                    }
                    fold_product(&mut sum, &product, &loss.slopes[i]);
                    if i == j {
                        fold_product(&mut sum, &loss.first, &loss.bends[j]);
                    }
                }
                hessian[(n_network + i) * n + n_network + j] += total(&sum);
            }
        }
    }
}

impl<T: Real> Block<T> {
    fn new(network: &Network<T>, n_extra: usize) -> Self {
        let n_hidden = network.layers.iter().skip(1).map(|l| l.n_inputs).sum();
        let zeros = |n: usize| vec![[T::ZERO; LANES]; n];
        Self {
            hidden: zeros(n_hidden),
            slope: zeros(n_hidden),
            bend: zeros(n_hidden),
            delta: zeros(n_hidden + 1),
            loss: Derivatives::new(n_extra),
        }
    }

    #[inline(always)]
    fn learn<L: CurvedLoss<T>>(
        &mut self,
        network: &Network<T>,
        inputs: &[[T; LANES]],
        loss: &L,
        block: usize,
    ) {
        let mut output = [[T::ZERO; LANES]];
        network.forward(inputs, &mut self.hidden, &mut output);
        loss.curvature(block, &output[0], &mut self.loss);
        let mut end = self.hidden.len();
        self.delta[end] = self.loss.first;
        for layer in network.layers.iter().skip(1).rev() {
            let units = end - layer.n_inputs..end;
            let (lower, upper) = self.delta.split_at_mut(end);
            let lower = &mut lower[units.clone()];
            network.pull_back(layer, &upper[..layer.n_outputs], lower);
            for (unit, by_h) in units.zip(lower) {
                let h = &self.hidden[unit];
                let slope = &mut self.slope[unit];
                *slope = [T::ONE; LANES];
                derivative(network.activation, h, slope);
                for l in 0..LANES {
                    // φ'' is φ' (1 - 2h) for the sigmoid, -2 h φ' for tanh, and nothing for ReLU.
                    let factor = match network.activation {
                        Activation::Sigmoid => T::ONE - (h[l] + h[l]),
                        Activation::Tanh => T::ZERO - (h[l] + h[l]),
                        Activation::Relu => T::ZERO,
                    };
                    self.bend[unit][l] = by_h[l] * (slope[l] * factor);
                    by_h[l] = by_h[l] * slope[l];
                }
            }
            end -= layer.n_inputs;
        }
    }
}

impl<T: Real> Tangents<T> {
    fn new(network: &Network<T>, n: usize) -> Self {
        let n_hidden = network.layers.iter().skip(1).map(|l| l.n_inputs).sum();
        let widest = network.layers.iter().map(|l| l.n_inputs.max(l.n_outputs)).max().unwrap_or(0);
        let zeros = |n: usize| vec![[T::ZERO; LANES]; n];
        Self {
            z: zeros(n_hidden),
            h: zeros(n_hidden),
            output: [T::ZERO; LANES],
            above: zeros(widest),
            below: zeros(widest),
            row: vec![[T::ZERO; PARTIALS]; n],
        }
    }

    /// Adds the change of the gradient along parameter `k` of the layer at `depth`: by that layer and those above it.
    #[inline(always)]
    fn add(&mut self, network: &Network<T>, known: &Block<T>, inputs: &[[T; LANES]], depth: usize, k: usize) {
        self.push_forward(network, known, inputs, depth, k);
        for l in 0..LANES {
            self.above[0][l] = known.loss.second[l] * self.output[l];
        }
        let n_network = network.parameters.len();
        for (sum, slope) in self.row[n_network..].iter_mut().zip(&known.loss.slopes) {
            fold_product(sum, &self.above[0], slope);
        }
        // Where the units of a layer begin among all hidden ones, from the output down.
        let mut begin = known.hidden.len();
        for (d, layer) in network.layers.iter().enumerate().skip(depth).rev() {
            let below = begin.wrapping_sub(layer.n_inputs);
            let x = if d == 0 { inputs } else { &known.hidden[below..begin] };
            for j in 0..layer.n_outputs {
                let change = &self.above[j];
                fold(&mut self.row[layer.biases + j], change);
                let first = layer.weights + j * layer.n_inputs;
                for (sum, x) in self.row[first..first + layer.n_inputs].iter_mut().zip(x) {
                    fold_product(sum, change, x);
                }
                if d > depth {
                    let delta = &known.delta[begin + j];
                    for (sum, h) in
                        self.row[first..first + layer.n_inputs].iter_mut().zip(&self.h[below..begin])
                    {
                        fold_product(sum, delta, h);
                    }
                }
            }
            if d > depth {
                network.pull_back(layer, &self.above[..layer.n_outputs], &mut self.below[..layer.n_inputs]);
                for (i, change) in self.below[..layer.n_inputs].iter_mut().enumerate() {
                    let (slope, bend, z) =
                        (&known.slope[below + i], &known.bend[below + i], &self.z[below + i]);
                    for l in 0..LANES {
                        change[l] = change[l].fma(slope[l], bend[l] * z[l]);
                    }
                }
                // The weight itself changes what reaches the units below, but its layer is the last one here.
                std::mem::swap(&mut self.above, &mut self.below);
                begin = below;
            }
        }
    }

    /// The changes of units and output along parameter `k` of the layer at `depth`.
    #[inline(always)]
    fn push_forward(
        &mut self,
        network: &Network<T>,
        known: &Block<T>,
        inputs: &[[T; LANES]],
        depth: usize,
        k: usize,
    ) {
        let mut begin: usize = network.layers[1..].iter().take(depth).map(|l: &Layer| l.n_inputs).sum();
        for (d, layer) in network.layers.iter().enumerate().skip(depth) {
            let below = begin.wrapping_sub(layer.n_inputs);
            for j in 0..layer.n_outputs {
                let mut z = [T::ZERO; LANES];
                if d == depth {
                    let first = layer.weights + j * layer.n_inputs;
                    if k == layer.biases + j {
                        z = [T::ONE; LANES];
                    } else if (first..first + layer.n_inputs).contains(&k) {
                        z = if d == 0 { inputs[k - first] } else { known.hidden[below + k - first] };
                    }
                } else {
                    let first = layer.weights + j * layer.n_inputs;
                    let weights = &network.parameters[first..first + layer.n_inputs];
                    for (h, &w) in self.h[below..begin].iter().zip(weights) {
                        for l in 0..LANES {
                            z[l] = h[l].fma(w, z[l]);
                        }
                    }
                }
                if d + 1 == network.layers.len() {
                    self.output = z;
                } else {
                    self.z[begin + j] = z;
                    for l in 0..LANES {
                        self.h[begin + j][l] = z[l] * known.slope[begin + j][l];
                    }
                }
            }
            begin += layer.n_outputs;
        }
    }
}
