//! Networks on sequences: convolutions and a memory for each, and dense layers on what they say.

use super::Input;
use super::proto::AttributeProto;
use super::write::{INSIDE, Writer};
use crate::Activation;
use crate::sequence::{Branch, BranchLayout, Memory, SequenceShape};

/// Where the gates of the format (input, output, forget, cell) stand among ours (input, forget, cell, output).
const GATES: [usize; 4] = [0, 3, 1, 2];

impl Writer {
    /// The outputs of a network on sequences, given its inputs and their values as the network sees them.
    pub(super) fn sequences(
        &mut self,
        inputs: &[Input],
        values: &[String],
        shape: &SequenceShape,
        parameters: &[f64],
    ) -> String {
        let layout = shape.layout();
        let mut joined = Vec::new();
        for (branch, places) in shape.branches().iter().zip(&layout.branches) {
            let of_branch = inputs.iter().zip(values).filter(|(input, _)| input.name == branch.name);
            for (_, value) in of_branch {
                joined.push(self.sequence(branch, places, parameters, value));
            }
        }
        let flat = inputs.iter().zip(values).filter(|(input, _)| input.length.is_none());
        joined.extend(flat.map(|(_, value)| value.clone()));
        let joined = self.joined("joined", joined);
        self.layers("", &layout.dense, Activation::Relu, parameters, &joined)
    }

    /// What a sequence says, `[N, n_memory]`, from its objects, `[N, length, n_features]`.
    fn sequence(
        &mut self,
        branch: &Branch,
        places: &BranchLayout,
        parameters: &[f64],
        objects: &str,
    ) -> String {
        let name = &branch.name;
        let transposed = |axes: [i64; 3]| [AttributeProto::ints("perm", &axes)];
        let (mut value, mut to_steps) = (objects.to_owned(), [1, 0, 2]);
        if !places.convolutions.is_empty() {
            value = self.inside("Transpose", &format!("{name}_channels"), &[&value], &transposed([0, 2, 1]));
            to_steps = [2, 0, 1];
        }
        for (index, layer) in places.convolutions.iter().enumerate() {
            let name = format!("{name}_convolution_{}", index + 1);
            let weights = &parameters[layer.weights..layer.biases];
            let weights =
                self.constant(&format!("{name}_weights"), &[layer.n_outputs, layer.n_inputs, 1], weights);
            let biases = &parameters[layer.biases..layer.biases + layer.n_outputs];
            let biases = self.constant(&format!("{name}_biases"), &[layer.n_outputs], biases);
            let kernel = AttributeProto::ints("kernel_shape", &[1]);
            value = self.inside("Conv", &name, &[&value, &weights, &biases], &[kernel]);
            value = self.inside("Relu", &format!("{name}_active"), &[&value], &[]);
        }
        let steps = self.inside("Transpose", &format!("{name}_steps"), &[&value], &transposed(to_steps));
        self.memory(name, &places.memory, parameters, &steps, objects)
    }

    /// What a memory says after the last step, `[N, n_memory]`, from all steps, `[length, N, n_inputs]`.
    fn memory(
        &mut self,
        name: &str,
        memory: &Memory,
        parameters: &[f64],
        steps: &str,
        objects: &str,
    ) -> String {
        let (n_inputs, n_memory) = (memory.n_inputs, memory.n_memory);
        let gates = |from: usize, width: usize| {
            let gate = |gate: usize| &parameters[from + gate * n_memory * width..][..n_memory * width];
            GATES.map(gate).concat()
        };
        let of_inputs = self.constant(
            &format!("{name}_input_weights"),
            &[1, memory.n_gates(), n_inputs],
            &gates(memory.input_weights, n_inputs),
        );
        let recurrent = self.constant(
            &format!("{name}_recurrent_weights"),
            &[1, memory.n_gates(), n_memory],
            &gates(memory.recurrent_weights, n_memory),
        );
        let biases = [gates(memory.input_biases, 1), gates(memory.recurrent_biases, 1)].concat();
        let biases = self.constant(&format!("{name}_biases"), &[1, biases.len()], &biases);
        let nothing = self.nothing(name, n_memory, objects);
        let last = format!("{INSIDE}{name}_last");
        self.add(
            "LSTM",
            "",
            &["", &last],
            &[steps, &of_inputs, &recurrent, &biases, "", &nothing, &nothing],
            &[AttributeProto::int("hidden_size", n_memory as i64)],
        );
        let axis = self.whole_numbers(&format!("{name}_directions"), &[0]);
        self.inside("Squeeze", &format!("{name}_memory"), &[&last, &axis], &[])
    }

    /// What a memory begins with, `[1, N, n_memory]` zeros.
    ///
    /// A memory that is given none begins with them anyway, but some runtimes then have to know `N` before there are events.
    fn nothing(&mut self, name: &str, n_memory: usize, objects: &str) -> String {
        let shape = self.inside("Shape", &format!("{name}_shape"), &[objects], &[]);
        let first = self.whole_numbers(&format!("{name}_events_axis"), &[0]);
        let n_events = self.inside("Gather", &format!("{name}_events"), &[&shape, &first], &[]);
        let one = self.whole_numbers(&format!("{name}_one"), &[1]);
        let width = self.whole_numbers(&format!("{name}_width"), &[n_memory as i64]);
        let axis = AttributeProto::int("axis", 0);
        let extents = self.inside("Concat", &format!("{name}_extents"), &[&one, &n_events, &width], &[axis]);
        let zeros = self.constant(&format!("{name}_zeros"), &[1, 1, n_memory], &vec![0.0; n_memory]);
        self.inside("Expand", &format!("{name}_nothing"), &[&zeros, &extents], &[])
    }
}
