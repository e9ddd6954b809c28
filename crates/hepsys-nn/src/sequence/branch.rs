//! One sequence of a block of events: convolutions, memory, and back.

use super::dropout::{Dropout, pull_back, relu};
use super::events::Rows;
use super::lstm::{self, Scan};
use super::shape::{Branch, BranchLayout};
use crate::dense::aligned::Aligned;
use crate::dense::{LANES, Real, matrix};
use multiversion::multiversion;

/// What a branch keeps of a block from the way there for the way back.
pub(super) struct BranchState<T> {
    /// The inputs, then the units of each convolution, object by object.
    units: Vec<Aligned<T, LANES>>,
    gates: Aligned<T, LANES>,
    cells: Aligned<T, LANES>,
    shown: Aligned<T, LANES>,
    hidden: Aligned<T, LANES>,
}

/// Room for derivatives, which every branch and block of a thread can use.
#[derive(Default)]
pub(super) struct Room<T> {
    by_units: Option<[Aligned<T, LANES>; 2]>,
    by_hidden: Option<[Aligned<T, LANES>; 2]>,
}

impl<T: Real> Room<T> {
    pub(super) fn new(branches: &[Branch]) -> Self {
        let widest = |b: &Branch| b.convolutions.iter().copied().max().unwrap_or(0) * b.length;
        let units = branches.iter().map(widest).max().unwrap_or(0);
        let memory = branches.iter().map(|b| b.n_memory).max().unwrap_or(0);
        let room = |n| [Aligned::filled(T::ZERO, n), Aligned::filled(T::ZERO, n)];
        Self { by_units: Some(room(units)), by_hidden: Some(room(memory)) }
    }
}

/// A branch with where its parameters, its columns and its numbers stand.
pub(super) struct BranchOf<'a, T> {
    pub(super) shape: &'a Branch,
    pub(super) layout: &'a BranchLayout,
    pub(super) parameters: &'a [T],
    /// The first of its columns among those of an event.
    pub(super) column: usize,
    /// The number of its first layer for dropout.
    pub(super) layer: usize,
}

impl<T: Real> BranchState<T> {
    pub(super) fn new(shape: &Branch) -> Self {
        let room = |n_units: usize| Aligned::filled(T::ZERO, n_units * shape.length);
        let widths = [shape.n_features].into_iter().chain(shape.convolutions.iter().copied());
        Self {
            units: widths.map(room).collect(),
            gates: room(4 * shape.n_memory),
            cells: room(shape.n_memory),
            shown: room(shape.n_memory),
            hidden: room(shape.n_memory),
        }
    }

    fn scan(&mut self) -> Scan<'_, T> {
        Scan {
            gates: &mut self.gates,
            cells: &mut self.cells,
            shown: &mut self.shown,
            hidden: &mut self.hidden,
        }
    }
}

impl<T: Real> BranchOf<'_, T> {
    fn n_rows(&self) -> usize {
        self.shape.length * LANES
    }

    /// Reads the block and writes what the memory says after the last object to `to`.
    pub(super) fn forward(
        &self,
        events: &Rows<T>,
        block: usize,
        dropout: Option<Dropout>,
        state: &mut BranchState<T>,
        to: &mut [[T; LANES]],
    ) {
        let length = self.shape.length;
        events.write_block(block, self.column, &mut state.units[0]);
        for (depth, layer) in self.layout.convolutions.iter().enumerate() {
            let [x, z] = &mut state.units[depth..depth + 2] else { return };
            let weights = &self.parameters[layer.weights..layer.biases];
            fill(&self.parameters[layer.biases..][..layer.n_outputs], length, z);
            matrix::add_forward(self.n_rows(), x.as_flattened(), weights, z.as_flattened_mut());
            activate(z, dropout.map(|dropout| dropout.of(block, self.layer + depth)));
        }
        let m = self.layout.memory;
        let biases = self.parameters[m.input_biases..m.recurrent_biases]
            .iter()
            .zip(&self.parameters[m.recurrent_biases..][..m.n_gates()]);
        let biases: Vec<T> = biases.map(|(&a, &b)| a + b).collect();
        fill(&biases, length, &mut state.gates);
        let weights = &self.parameters[m.input_weights..m.recurrent_weights];
        // `units` begins with the inputs.
        if let Some(x) = state.units.last() {
            matrix::add_forward(self.n_rows(), x.as_flattened(), weights, state.gates.as_flattened_mut());
        }
        let recurrent = &self.parameters[m.recurrent_weights..m.input_biases];
        lstm::forward(m.n_memory, length, recurrent, &mut state.scan());
        for (to, steps) in to.iter_mut().zip(state.hidden.chunks_exact(length)) {
            *to = steps[length - 1];
        }
    }

    /// Adds to the gradient, given the derivatives by what the memory said last.
    pub(super) fn backward(
        &self,
        by_last: &[[T; LANES]],
        dropout: Option<Dropout>,
        state: &mut BranchState<T>,
        room: &mut Room<T>,
        gradient: &mut [T],
    ) {
        let (length, n_rows, m) = (self.shape.length, self.n_rows(), self.layout.memory);
        let (Some([above, below]), Some([by_hidden, by_cells])) = (&mut room.by_units, &mut room.by_hidden)
        else {
            return;
        };
        by_hidden[..m.n_memory].copy_from_slice(by_last);
        let recurrent = &self.parameters[m.recurrent_weights..m.input_biases];
        lstm::backward(
            m.n_memory,
            length,
            recurrent,
            &mut state.scan(),
            &mut by_hidden[..m.n_memory],
            &mut by_cells[..m.n_memory],
        );
        let by_gates = state.gates.as_flattened();
        let to = &mut gradient[m.recurrent_weights..m.input_biases];
        matrix::add_lagged_gradient(n_rows, LANES, state.hidden.as_flattened(), by_gates, to);
        add_sums(&state.gates, length, &mut gradient[m.input_biases..m.recurrent_biases]);
        gradient.copy_within(m.input_biases..m.recurrent_biases, m.recurrent_biases);
        let Some((x, lower)) = state.units.split_last() else { return };
        let to = &mut gradient[m.input_weights..m.recurrent_weights];
        matrix::add_gradient(n_rows, x.as_flattened(), by_gates, to);
        if lower.is_empty() {
            return;
        }
        let weights = &self.parameters[m.input_weights..m.recurrent_weights];
        let n_units = m.n_inputs * length;
        matrix::pull_back(n_rows, by_gates, weights, above[..n_units].as_flattened_mut());

        for (depth, layer) in self.layout.convolutions.iter().enumerate().rev() {
            let (x, z) = (&state.units[depth], &state.units[depth + 1]);
            let d = &mut above[..layer.n_outputs * length];
            deactivate(z, dropout.map(|dropout| dropout.of(0, self.layer + depth)), d);
            add_sums(d, length, &mut gradient[layer.biases..][..layer.n_outputs]);
            let to = &mut gradient[layer.weights..layer.biases];
            matrix::add_gradient(n_rows, x.as_flattened(), d.as_flattened(), to);
            if depth > 0 {
                let weights = &self.parameters[layer.weights..layer.biases];
                let to = below[..layer.n_inputs * length].as_flattened_mut();
                matrix::pull_back(n_rows, d.as_flattened(), weights, to);
                std::mem::swap(above, below);
            }
        }
    }
}

/// Writes a unit's bias for each of its `length` steps.
pub(super) fn fill<T: Real>(biases: &[T], length: usize, units: &mut [[T; LANES]]) {
    for (steps, &bias) in units.chunks_exact_mut(length).zip(biases) {
        steps.fill([bias; LANES]);
    }
}

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma",
    "aarch64+neon"
))]
pub(super) fn activate<T: Real>(units: &mut [[T; LANES]], dropout: Option<super::dropout::LayerDropout>) {
    relu(units, dropout);
}

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma",
    "aarch64+neon"
))]
pub(super) fn deactivate<T: Real>(
    units: &[[T; LANES]],
    dropout: Option<super::dropout::LayerDropout>,
    derivatives: &mut [[T; LANES]],
) {
    pull_back(units, dropout, derivatives);
}

/// Adds the derivatives of each unit, over steps and events, to the gradient by its bias.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma",
    "aarch64+neon"
))]
pub(super) fn add_sums<T: Real>(derivatives: &[[T; LANES]], length: usize, gradient: &mut [T]) {
    for (to, steps) in gradient.iter_mut().zip(derivatives.chunks_exact(length)) {
        let mut sums = [T::ZERO; LANES];
        for d in steps {
            for l in 0..LANES {
                sums[l] = sums[l] + d[l];
            }
        }
        let mut total = 0.0;
        for sum in sums {
            total += sum.to_f64();
        }
        *to = *to + T::from_f64(total);
    }
}
