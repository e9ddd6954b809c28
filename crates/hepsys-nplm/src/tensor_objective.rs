use hepsys_nn::burn::tensor::{DType, TensorData};
use hepsys_nn::{Device, MlpShape, Tensor};
use hepsys_stats::minimize::Objective;

use crate::events::{Events, NuisanceTerms};

/// The objective of the test as burn tensors, for devices other than the host's CPU.
///
/// It computes what [`DenseObjective`](crate::objective::DenseObjective) does, which is tested against it.
pub(crate) struct TensorObjective {
    shape: MlpShape,
    device: Device,
    dtype: DType,
    /// `[n_events, n_inputs]`
    inputs: Tensor<2>,
    /// `[n_events, 1]` each.
    a: Tensor<2>,
    b: Tensor<2>,
    shapes: Vec<Vec<Tensor<2>>>,
    nuisances: NuisanceTerms,
}

impl TensorObjective {
    pub(crate) fn new(shape: MlpShape, events: &Events, device: &Device, dtype: DType) -> Self {
        let device = device.clone().autodiff();
        let n_events = events.a.len();
        let column = |values: &[f64]| {
            let data = TensorData::new(values.to_vec(), [n_events, 1]).convert_dtype(dtype);
            Tensor::<2>::from_data(data, (&device, dtype))
        };
        Self {
            inputs: Tensor::cat(events.inputs.iter().map(|c| column(c)).collect(), 1),
            a: column(&events.a),
            b: column(&events.b),
            shapes: events.shapes.iter().map(|s| s.iter().map(|d| column(d)).collect()).collect(),
            nuisances: events.nuisances.clone(),
            shape,
            dtype,
            device,
        }
    }

    fn parameter(&self, values: &[f64], dims: [usize; 2]) -> Tensor<2> {
        let data = TensorData::new(values.to_vec(), dims).convert_dtype(self.dtype);
        Tensor::<2>::from_data(data, (&self.device, self.dtype)).require_grad()
    }
}

fn read(tensor: Tensor<2>) -> Vec<f64> {
    // A float tensor converts to f64 on every device; were it otherwise, the loss would say so.
    tensor.into_data().convert::<f64>().try_to_vec().unwrap_or_else(|_| vec![f64::NAN])
}

impl Objective for TensorObjective {
    fn n_parameters(&self) -> usize {
        self.shape.n_parameters() + self.nuisances.n_parameters()
    }

    fn evaluate(&self, parameters: &[f64], gradient: &mut [f64]) -> f64 {
        let (w, theta) = parameters.split_at(self.shape.n_parameters());
        // Each parameter with its place in the gradient.
        let mut places: Vec<(usize, Tensor<2>)> = Vec::new();
        let mut values = self.inputs.clone();
        let n_layers = self.shape.hidden().len() + 1;
        for (depth, layer) in self.shape.layers().enumerate() {
            let weights = self.parameter(&w[layer.weights..layer.biases], [layer.n_outputs, layer.n_inputs]);
            let biases =
                self.parameter(&w[layer.biases..layer.biases + layer.n_outputs], [1, layer.n_outputs]);
            values = values.matmul(weights.clone().transpose()) + biases.clone();
            places.push((layer.weights, weights));
            places.push((layer.biases, biases));
            if depth + 1 < n_layers {
                values = self.shape.activation().of(values);
            }
        }
        let mut f = values;
        let theta_tensors: Vec<Tensor<2>> = theta.iter().map(|&t| self.parameter(&[t], [1, 1])).collect();
        let first_shape = usize::from(self.nuisances.normalisation.is_some());
        if let Some(sigma) = self.nuisances.normalisation {
            f = f + theta_tensors[0].clone().mul_scalar(sigma);
        }
        for (deltas, theta) in self.shapes.iter().zip(&theta_tensors[first_shape..]) {
            let mut power = theta.clone();
            for delta in deltas {
                f = f + delta.clone() * power.clone();
                power = power * theta.clone();
            }
        }
        places.extend(theta_tensors.into_iter().enumerate().map(|(j, t)| (w.len() + j, t)));
        let per_event = self.a.clone() * f.clone().exp().sub_scalar(1.0) - self.b.clone() * f;
        // The device sums for the gradient; the value is summed on the host, in order and in double precision.
        let value: f64 = read(per_event.clone()).iter().sum();
        let gradients = per_event.sum().backward();
        gradient.fill(0.0);
        for (place, parameter) in places {
            if let Some(g) = parameter.grad(&gradients) {
                for (to, from) in gradient[place..].iter_mut().zip(read(g)) {
                    *to = from;
                }
            }
        }
        value + self.nuisances.constraint(theta, &mut gradient[w.len()..])
    }
}
