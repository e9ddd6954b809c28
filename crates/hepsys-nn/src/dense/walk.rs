//! Walks through blocks of events, compiled once for each instruction set.

use std::ops::Range;

use multiversion::multiversion;

use super::aligned::Aligned;
use super::block::{Network, Scratch, total};
use super::{Columns, CurvedLoss, EventLoss, LANES, LossSums, PARTIALS, Real, hessian};

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma",
    "aarch64+neon"
))]
pub(super) fn forward_blocks<T: Real>(network: &Network<T>, inputs: &Columns<T>, outputs: &mut [[T; LANES]]) {
    let mut scratch = Scratch::new(network);
    for (block, to) in outputs.chunks_exact_mut(network.n_outputs()).enumerate() {
        network.forward(inputs.block(block), &mut scratch.hidden, to);
    }
}

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma",
    "aarch64+neon"
))]
pub(super) fn sum_blocks<T: Real, L: EventLoss<T>>(
    walk: &mut Walk<T>,
    networks: &[Network<T>],
    inputs: &Columns<T>,
    loss: &L,
    blocks: Range<usize>,
) {
    walk.clear();
    for block in blocks {
        walk.loss(networks, inputs, loss, block);
        walk.backward(networks, inputs.block(block), None);
    }
}

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma",
    "aarch64+neon"
))]
pub(super) fn sum_blocks_and_inputs<T: Real, L: EventLoss<T>>(
    walk: &mut Walk<T>,
    networks: &[Network<T>],
    inputs: &Columns<T>,
    loss: &L,
    blocks: Range<usize>,
    by_inputs: &mut [[T; LANES]],
) {
    walk.clear();
    for (block, to) in blocks.zip(by_inputs.chunks_exact_mut(inputs.n_columns())) {
        walk.loss(networks, inputs, loss, block);
        walk.backward(networks, inputs.block(block), Some(to));
    }
}

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma",
    "aarch64+neon"
))]
pub(super) fn hessian_of_blocks<T: Real, L: CurvedLoss<T>>(
    network: &Network<T>,
    inputs: &Columns<T>,
    loss: &L,
    blocks: Range<usize>,
    hessian: &mut [f64],
) {
    hessian::add_blocks(network, inputs, loss, blocks, hessian);
}

/// What a walk through blocks keeps.
pub(super) struct Walk<T> {
    scratches: Vec<Scratch<T>>,
    /// Of all networks, one after the other.
    outputs: Aligned<T, LANES>,
    derivatives: Aligned<T, LANES>,
    sum: [f64; PARTIALS],
    extra: Vec<[T; PARTIALS]>,
    by_inputs: Vec<[T; LANES]>,
}

impl<T: Real> Walk<T> {
    pub(super) fn new<L: EventLoss<T>>(networks: &[Network<T>], loss: &L) -> Self {
        let n_outputs = networks.iter().map(Network::n_outputs).sum();
        Self {
            scratches: networks.iter().map(Scratch::new).collect(),
            outputs: Aligned::filled(T::ZERO, n_outputs),
            derivatives: Aligned::filled(T::ZERO, n_outputs),
            sum: [0.0; PARTIALS],
            extra: vec![[T::ZERO; PARTIALS]; loss.n_extra()],
            by_inputs: Vec::new(),
        }
    }

    fn clear(&mut self) {
        self.sum.fill(0.0);
        self.extra.fill([T::ZERO; PARTIALS]);
        for scratch in &mut self.scratches {
            scratch.clear();
        }
    }

    /// The loss of the blocks walked through, and its gradient by the parameters of the networks and of the loss.
    pub(super) fn sums(&self, gradient: &mut [f64]) -> f64 {
        let mut rest = gradient;
        for scratch in &self.scratches {
            let (own, others) = rest.split_at_mut(scratch.n_parameters());
            scratch.add_gradient(own);
            rest = others;
        }
        for (to, partials) in rest.iter_mut().zip(&self.extra) {
            *to += total(partials);
        }
        self.sum.iter().sum()
    }

    /// Adds the loss of one block.
    #[inline(always)]
    fn loss<L: EventLoss<T>>(
        &mut self,
        networks: &[Network<T>],
        inputs: &Columns<T>,
        loss: &L,
        block: usize,
    ) {
        let mut outputs = &mut *self.outputs;
        for (network, scratch) in networks.iter().zip(&mut self.scratches) {
            let (own, others) = outputs.split_at_mut(network.n_outputs());
            network.forward(inputs.block(block), &mut scratch.hidden, own);
            outputs = others;
        }
        let mut sums = LossSums { loss: &mut self.sum, extra: &mut self.extra };
        loss.block(block, &self.outputs, &mut self.derivatives, &mut sums);
    }

    /// Goes back through that block.
    #[inline(always)]
    fn backward(
        &mut self,
        networks: &[Network<T>],
        x: &[[T; LANES]],
        mut by_inputs: Option<&mut [[T; LANES]]>,
    ) {
        let mut derivatives = &*self.derivatives;
        for (network, scratch) in networks.iter().zip(&mut self.scratches) {
            let (own, others) = derivatives.split_at(network.n_outputs());
            match &mut by_inputs {
                None => network.backward(x, own, scratch, None),
                Some(sum) => {
                    self.by_inputs.resize(x.len(), [T::ZERO; LANES]);
                    network.backward(x, own, scratch, Some(&mut self.by_inputs));
                    for (sum, part) in sum.iter_mut().zip(&self.by_inputs) {
                        for l in 0..LANES {
                            sum[l] = sum[l] + part[l];
                        }
                    }
                }
            }
            derivatives = others;
        }
    }
}
