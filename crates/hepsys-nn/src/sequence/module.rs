use burn::module::{Module, Param};
use burn::tensor::activation::{relu, sigmoid, tanh};
use burn::tensor::{Device, Tensor, TensorData};

use super::dropout::Dropout;
use super::shape::{BranchLayout, SequenceShape};
use crate::dense::LANES;
use crate::mlp::read;
use crate::{Layer, NnError, Run};

/// A network on sequences as tensors of any device; [`SequenceKernel`](super::SequenceKernel) is the same network on the CPU.
///
/// ```
/// use hepsys_nn::sequence::{Branch, SequenceNetwork, SequenceShape};
/// use hepsys_nn::{Device, Run, Tensor};
///
/// let shape = SequenceShape::new([Branch::new("hits", 1, 2, &[4], 3)], 1, &[5], 2)?;
/// let device = Device::flex();
/// let network = SequenceNetwork::init(&shape, &Run::on(device.clone()).seed(1));
/// let events = Tensor::from_data([[0.1, 0.0, 1.0], [0.2, 0.5, -1.0]], &device);
/// assert_eq!(network.forward(events, None).dims(), [2, 2]);
/// # Ok::<(), hepsys_nn::NnError>(())
/// ```
#[derive(Module, Debug)]
pub struct SequenceNetwork {
    parameters: Param<Tensor<1>>,
    #[module(skip)]
    shape: SequenceShape,
}

impl SequenceNetwork {
    /// A network on the device of the run, with [Glorot's weights](SequenceShape::glorot_uniform) from its stream `init`.
    #[must_use]
    pub fn init(shape: &SequenceShape, run: &Run) -> Self {
        Self::build(shape, shape.glorot_uniform(run.streams().named("init")), run.device())
    }

    /// The network with these parameters, in the order of [`SequenceShape`].
    ///
    /// # Errors
    ///
    /// [`NnError::LengthMismatch`] unless there is one for each of the shape.
    pub fn from_parameters(
        shape: &SequenceShape,
        parameters: &[f64],
        device: &Device,
    ) -> Result<Self, NnError> {
        let expected = shape.n_parameters();
        if parameters.len() != expected {
            let what = "the number of parameters".to_owned();
            return Err(NnError::LengthMismatch { what, expected, found: parameters.len() });
        }
        Ok(Self::build(shape, parameters.to_vec(), device))
    }

    fn build(shape: &SequenceShape, parameters: Vec<f64>, device: &Device) -> Self {
        let length = parameters.len();
        Self {
            parameters: Param::from_data(TensorData::new(parameters, [length]), device),
            shape: shape.clone(),
        }
    }

    /// The parameters, in the order of [`SequenceShape`].
    ///
    /// # Errors
    ///
    /// [`NnError::Device`] if they cannot be read back.
    pub fn to_parameters(&self) -> Result<Vec<f64>, NnError> {
        read(self.parameters.val())
    }

    /// The shape, and with it the layout of the parameters.
    #[must_use]
    pub fn shape(&self) -> &SequenceShape {
        &self.shape
    }

    /// The outputs for these events.
    ///
    /// # Shapes
    ///
    /// `[n_events, n_columns]` to `[n_events, n_outputs]`
    ///
    /// # Panics
    ///
    /// If the events have another number of columns.
    #[must_use]
    pub fn forward(&self, events: Tensor<2>, dropout: Option<Dropout>) -> Tensor<2> {
        assert_eq!(events.dims()[1], self.shape.n_columns(), "columns of a network on sequences");
        let layout = self.shape.layout();
        let (mut column, mut n_layers) = (0, 0);
        let mut joined = Vec::new();
        for (branch, of) in self.shape.branches().iter().zip(&layout.branches) {
            let [n_events, _] = events.dims();
            let sequence = events
                .clone()
                .narrow(1, column, branch.n_columns())
                .reshape([n_events, branch.n_features, branch.length])
                .swap_dims(1, 2);
            joined.push(self.branch(sequence, of, n_layers, dropout));
            column += branch.n_columns();
            n_layers += of.convolutions.len();
        }
        if self.shape.n_flat() > 0 {
            joined.push(events.narrow(1, column, self.shape.n_flat()));
        }
        let mut values = Tensor::cat(joined, 1);
        for (depth, layer) in layout.dense.iter().enumerate() {
            values = self.linear(values, layer);
            if depth + 1 < layout.dense.len() {
                values = left_out(relu(values), 1, dropout.map(|d| (d, n_layers + depth)));
            }
        }
        values
    }

    /// What a memory says after the last object, `[n_events, n_memory]`, of `[n_events, length, n_features]`.
    fn branch(
        &self,
        sequence: Tensor<3>,
        of: &BranchLayout,
        first_layer: usize,
        dropout: Option<Dropout>,
    ) -> Tensor<2> {
        let [n_events, length, n_features] = sequence.dims();
        let mut values = sequence.reshape([n_events * length, n_features]);
        for (depth, layer) in of.convolutions.iter().enumerate() {
            let out = relu(self.linear(values, layer));
            values = left_out(out, length, dropout.map(|d| (d, first_layer + depth)));
        }
        let (m, n) = (of.memory, of.memory.n_memory);
        let recurrent = self.matrix(m.recurrent_weights, m.n_gates(), n);
        let biases = self.slice(m.input_biases, m.n_gates()) + self.slice(m.recurrent_biases, m.n_gates());
        let from_inputs = values.matmul(self.matrix(m.input_weights, m.n_gates(), m.n_inputs))
            + biases.unsqueeze_dim::<2>(0);
        let from_inputs = from_inputs.reshape([n_events, length, m.n_gates()]);
        let mut state: Option<(Tensor<2>, Tensor<2>)> = None;
        for t in 0..length {
            let mut gates = from_inputs.clone().narrow(1, t, 1).reshape([n_events, m.n_gates()]);
            if let Some((_, hidden)) = &state {
                gates = gates + hidden.clone().matmul(recurrent.clone());
            }
            let gate = |index: usize| gates.clone().narrow(1, index * n, n);
            let mut cells = sigmoid(gate(0)) * tanh(gate(2));
            if let Some((before, _)) = state {
                cells = cells + sigmoid(gate(1)) * before;
            }
            let hidden = sigmoid(gate(3)) * tanh(cells.clone());
            state = Some((cells, hidden));
        }
        // A checked shape has a first object.
        state.map_or_else(|| Tensor::zeros([n_events, n], &from_inputs.device()), |(_, hidden)| hidden)
    }

    /// The gradient by all parameters.
    pub(super) fn gradient(&self, gradients: &burn::tensor::Gradients) -> Result<Tensor<1>, NnError> {
        let gradient = self.parameters.val().grad(gradients);
        gradient.ok_or_else(|| NnError::Device("the loss does not depend on the network".to_owned()))
    }

    fn slice(&self, begin: usize, length: usize) -> Tensor<1> {
        self.parameters.val().narrow(0, begin, length)
    }

    /// Weights, transposed: `[n_inputs, n_outputs]`.
    fn matrix(&self, begin: usize, n_outputs: usize, n_inputs: usize) -> Tensor<2> {
        self.slice(begin, n_outputs * n_inputs).reshape([n_outputs, n_inputs]).transpose()
    }

    fn linear(&self, values: Tensor<2>, layer: &Layer) -> Tensor<2> {
        let biases = self.slice(layer.biases, layer.n_outputs).unsqueeze_dim::<2>(0);
        values.matmul(self.matrix(layer.weights, layer.n_outputs, layer.n_inputs)) + biases
    }
}

/// Units with some of them left out, the same ones as in the kernel; `[n_events * length, n_units]`.
fn left_out(units: Tensor<2>, length: usize, dropout: Option<(Dropout, usize)>) -> Tensor<2> {
    let Some((dropout, layer)) = dropout else { return units };
    let [n_rows, n_units] = units.dims();
    let mut factors = vec![0.0_f32; n_rows * n_units];
    for (row, factors) in factors.chunks_exact_mut(n_units).enumerate() {
        let (event, step) = (row / length, row % length);
        let of = dropout.of(event / LANES, layer);
        for (unit, factor) in factors.iter_mut().enumerate() {
            let place = ((unit * length + step) * LANES + event % LANES) as u32;
            *factor = if of.keeps(place) { of.scale() } else { 0.0 };
        }
    }
    let factors = Tensor::from_data(TensorData::new(factors, [n_rows, n_units]), &units.device());
    units * factors
}
