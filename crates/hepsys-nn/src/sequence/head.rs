//! The dense layers on what the sequences said and the flat features, for one block of events.

use super::branch::{activate, add_sums, deactivate, fill};
use super::dropout::Dropout;
use crate::Layer;
use crate::dense::aligned::Aligned;
use crate::dense::{LANES, Real, matrix};

/// What the dense layers keep of a block: what goes in, then the units of each layer; the last are the outputs.
pub(super) struct HeadState<T> {
    pub(super) units: Vec<Aligned<T, LANES>>,
    by_units: [Aligned<T, LANES>; 2],
}

/// The dense layers with their parameters.
pub(super) struct Head<'a, T> {
    pub(super) layers: &'a [Layer],
    pub(super) parameters: &'a [T],
    /// The number of its first layer for dropout.
    pub(super) layer: usize,
}

impl<T: Real> HeadState<T> {
    pub(super) fn new(layers: &[Layer]) -> Self {
        let widths = layers.first().map(|l| l.n_inputs).into_iter().chain(layers.iter().map(|l| l.n_outputs));
        let room = |n| Aligned::filled(T::ZERO, n);
        let widest = widths.clone().max().unwrap_or(0);
        Self { units: widths.map(room).collect(), by_units: [room(widest), room(widest)] }
    }

    /// The outputs.
    pub(super) fn outputs(&self) -> &[[T; LANES]] {
        self.units.last().map_or(&[], |units| units)
    }
}

impl<T: Real> Head<'_, T> {
    pub(super) fn forward(&self, block: usize, dropout: Option<Dropout>, state: &mut HeadState<T>) {
        for (depth, layer) in self.layers.iter().enumerate() {
            let [x, z] = &mut state.units[depth..depth + 2] else { return };
            let weights = &self.parameters[layer.weights..layer.biases];
            fill(&self.parameters[layer.biases..][..layer.n_outputs], 1, z);
            matrix::add_forward(LANES, x.as_flattened(), weights, z.as_flattened_mut());
            if depth + 1 < self.layers.len() {
                activate(z, dropout.map(|dropout| dropout.of(block, self.layer + depth)));
            }
        }
    }

    /// Adds to the gradient, given the derivatives by the outputs; writes those by what went in to `by_inputs`.
    pub(super) fn backward(
        &self,
        derivatives: &[[T; LANES]],
        dropout: Option<Dropout>,
        state: &mut HeadState<T>,
        gradient: &mut [T],
        by_inputs: &mut [[T; LANES]],
    ) {
        let [above, below] = &mut state.by_units;
        above[..derivatives.len()].copy_from_slice(derivatives);
        for (depth, layer) in self.layers.iter().enumerate().rev() {
            let (x, z) = (&state.units[depth], &state.units[depth + 1]);
            let d = &mut above[..layer.n_outputs];
            if depth + 1 < self.layers.len() {
                deactivate(z, dropout.map(|dropout| dropout.of(0, self.layer + depth)), d);
            }
            add_sums(d, 1, &mut gradient[layer.biases..][..layer.n_outputs]);
            let to = &mut gradient[layer.weights..layer.biases];
            matrix::add_gradient(LANES, x.as_flattened(), d.as_flattened(), to);
            let weights = &self.parameters[layer.weights..layer.biases];
            let to = if depth == 0 { &mut *by_inputs } else { &mut below[..layer.n_inputs] };
            matrix::pull_back(LANES, d.as_flattened(), weights, to.as_flattened_mut());
            std::mem::swap(above, below);
        }
    }
}
