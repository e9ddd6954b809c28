use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, TensorData};

use crate::{MlpShape, NnError, Run};

/// A dense network: linear layers with an activation after each hidden one, and linear outputs.
///
/// $$ f(x) = W''\\, \sigma(W' \sigma(W x + b) + b') + b'' $$ for two hidden layers.
///
/// ```
/// use hepsys_nn::{Activation, Device, Mlp, MlpShape, Run};
///
/// let run = Run::on(Device::flex()).seed(1);
/// let network = Mlp::init(&MlpShape::new(2, &[8, 8], 1, Activation::Tanh)?, &run);
/// assert_eq!(network.shape().to_string(), "2-8-8-1");
/// assert_eq!(network.to_parameters()?.len(), 105);
/// # Ok::<(), hepsys_nn::NnError>(())
/// ```
#[derive(Module, Debug)]
pub struct Mlp {
    layers: Vec<Linear>,
    #[module(skip)]
    shape: MlpShape,
}

impl Mlp {
    /// A network on the device of the run, with [Glorot's weights](MlpShape::glorot_uniform) from its stream `init`.
    #[must_use]
    pub fn init(shape: &MlpShape, run: &Run) -> Self {
        Self::build(shape, &shape.glorot_uniform(run.streams().named("init")), run.device())
    }

    /// The network with these parameters, in the order of [`MlpShape`].
    ///
    /// # Errors
    ///
    /// [`NnError::LengthMismatch`] unless there is one for each of the shape.
    pub fn from_parameters(shape: &MlpShape, parameters: &[f64], device: &Device) -> Result<Self, NnError> {
        Ok(Self::build(shape, shape.check(parameters)?, device))
    }

    /// The network with a list of parameters that is known to fit.
    pub(crate) fn build(shape: &MlpShape, parameters: &[f64], device: &Device) -> Self {
        let layers = shape
            .layers()
            .map(|layer| {
                let (n_in, n_out) = (layer.n_inputs, layer.n_outputs);
                let rows = &parameters[layer.weights..layer.biases];
                // burn keeps weights as [inputs, outputs].
                let columns: Vec<f64> =
                    (0..n_in * n_out).map(|i| rows[(i % n_out) * n_in + i / n_out]).collect();
                let biases = parameters[layer.biases..layer.biases + n_out].to_vec();
                Linear {
                    weight: Param::from_data(TensorData::new(columns, [n_in, n_out]), device),
                    bias: Some(Param::from_data(TensorData::new(biases, [n_out]), device)),
                }
            })
            .collect();
        Self { layers, shape: shape.clone() }
    }

    /// The outputs for these events.
    ///
    /// # Shapes
    ///
    /// `[n_events, n_inputs]` to `[n_events, n_outputs]`
    ///
    /// # Panics
    ///
    /// If the events have another number of inputs.
    #[must_use]
    pub fn forward(&self, inputs: Tensor<2>) -> Tensor<2> {
        let mut values = inputs;
        for (index, layer) in self.layers.iter().enumerate() {
            if index > 0 {
                values = self.shape.activation().of(values);
            }
            values = layer.forward(values);
        }
        values
    }

    /// The shape, and with it the layout of the parameters.
    #[must_use]
    pub fn shape(&self) -> &MlpShape {
        &self.shape
    }

    /// How many parameters it has, $|w|$.
    #[must_use]
    pub fn n_parameters(&self) -> usize {
        self.shape.n_parameters()
    }

    /// The parameters, in the order of [`MlpShape`].
    ///
    /// # Errors
    ///
    /// [`NnError::Device`] if they cannot be read back.
    pub fn to_parameters(&self) -> Result<Vec<f64>, NnError> {
        let mut parameters = Vec::with_capacity(self.n_parameters());
        for layer in &self.layers {
            parameters.extend(read(layer.weight.val().transpose())?);
            if let Some(bias) = &layer.bias {
                parameters.extend(read(bias.val())?);
            }
        }
        Ok(parameters)
    }
}

/// The values of a tensor on the host.
pub(crate) fn read<const R: usize>(tensor: Tensor<R>) -> Result<Vec<f64>, NnError> {
    tensor.try_into_vec_as().map_err(|e| NnError::Device(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Activation;
    use hepsys_core::Seed;

    fn shape() -> MlpShape {
        MlpShape::new(2, &[3], 2, Activation::Tanh).unwrap()
    }

    #[test]
    fn parameters_come_back_in_the_order_of_the_shape() {
        // Exact: small integers, which f32 holds.
        let parameters: Vec<f64> = (0..shape().n_parameters()).map(|i| i as f64).collect();
        let network = Mlp::from_parameters(&shape(), &parameters, &Device::flex()).unwrap();
        assert_eq!(network.to_parameters().unwrap(), parameters);
        assert_eq!(network.num_params(), parameters.len());
    }

    #[test]
    fn the_first_weight_row_feeds_the_first_hidden_unit() {
        for activation in [Activation::Tanh, Activation::Sigmoid, Activation::Relu] {
            let shape = MlpShape::new(2, &[3], 2, activation).unwrap();
            let p = shape.glorot_uniform(Seed::new(3));
            let network = Mlp::from_parameters(&shape, &p, &Device::flex()).unwrap();
            let x = [0.3, -1.2];
            let outputs = read(network.forward(Tensor::from_data([x], &Device::flex()))).unwrap();

            let hidden: Vec<f64> = (0..3)
                .map(|unit| {
                    let z = p[unit * 2] * x[0] + p[unit * 2 + 1] * x[1] + p[6 + unit];
                    match activation {
                        Activation::Tanh => z.tanh(),
                        Activation::Sigmoid => 1.0 / (1.0 + (-z).exp()),
                        Activation::Relu => z.max(0.0),
                    }
                })
                .collect();
            for (unit, output) in outputs.iter().enumerate() {
                let expected: f64 =
                    (0..3).map(|h| p[9 + unit * 3 + h] * hidden[h]).sum::<f64>() + p[15 + unit];
                // Single precision on values of order one.
                assert!((output - expected).abs() < 1e-6, "{activation:?}: {output} against {expected}");
            }
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_network() {
        let run = Run::on(Device::flex()).seed(7);
        let weights = |run: &Run| Mlp::init(&shape(), run).to_parameters().unwrap();
        assert_eq!(weights(&run), weights(&run));
        assert_ne!(weights(&run), weights(&run.clone().seed(8)));
    }

    #[test]
    fn a_list_of_another_length_is_refused() {
        let error = Mlp::from_parameters(&shape(), &[1.0], &Device::flex()).unwrap_err();
        assert_eq!(error.to_string(), "parameters of a 2-3-2 network: expected 17, found 1");
    }
}
