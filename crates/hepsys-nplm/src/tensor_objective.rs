use hepsys_nn::burn::tensor::{DType, TensorData};
use hepsys_nn::{Device, MlpShape, Tensor};
use hepsys_stats::minimize::Objective;

use crate::events::{Events, NuisanceTerms};

/// The objectives of one or more experiments as burn tensors, for devices other than the host's CPU.
///
/// It computes what [`DenseObjective`](crate::objective::DenseObjective) does, which is tested against it.
/// The experiments have networks of one shape and parameters of their own, which stand one experiment after the other; its value
/// is the sum of theirs.
pub(crate) struct TensorObjective {
    shape: MlpShape,
    device: Device,
    dtype: DType,
    /// `[n_experiments, n_events, n_inputs]`; experiments with fewer events are padded with events of no weight.
    inputs: Tensor<3>,
    /// `[n_experiments, n_events, 1]` each.
    a: Tensor<3>,
    b: Tensor<3>,
    shapes: Vec<Vec<Tensor<3>>>,
    nuisances: Vec<NuisanceTerms>,
}

impl TensorObjective {
    pub(crate) fn new(shape: MlpShape, events: &Events, device: &Device, dtype: DType) -> Self {
        Self::together(shape, &[events], device, dtype)
    }

    /// The objective of several experiments of the same test, of which there has to be one.
    pub(crate) fn together(shape: MlpShape, events: &[&Events], device: &Device, dtype: DType) -> Self {
        let device = device.clone().autodiff();
        let n_events = events.iter().map(|e| e.a.len()).max().unwrap_or(0);
        let column = |of: &dyn Fn(&Events) -> Vec<f64>| {
            let mut values = Vec::with_capacity(events.len() * n_events);
            for events in events {
                let mut own = of(events);
                own.resize(n_events, 0.0);
                values.extend(own);
            }
            let data = TensorData::new(values, [events.len(), n_events, 1]).convert_dtype(dtype);
            Tensor::<3>::from_data(data, (&device, dtype))
        };
        let first = events[0];
        let inputs = (0..first.inputs.len()).map(|c| column(&|e| e.inputs[c].clone())).collect();
        let coefficients = |j: usize, k: usize| column(&|e| e.shapes[j][k].clone());
        Self {
            inputs: Tensor::cat(inputs, 2),
            a: column(&|e| e.a.clone()),
            b: column(&|e| e.b.clone()),
            shapes: first
                .shapes
                .iter()
                .enumerate()
                .map(|(j, orders)| (0..orders.len()).map(|k| coefficients(j, k)).collect())
                .collect(),
            nuisances: events.iter().map(|e| e.nuisances.clone()).collect(),
            shape,
            dtype,
            device,
        }
    }

    fn n_own(&self) -> usize {
        self.shape.n_parameters() + self.nuisances[0].n_parameters()
    }

    /// Parameters `first..first + rows * columns` of each experiment, `[n_experiments, rows, columns]`.
    fn parameter(&self, parameters: &[f64], first: usize, [rows, columns]: [usize; 2]) -> Tensor<3> {
        let own = parameters.chunks(self.n_own());
        let values: Vec<f64> = own.flat_map(|p| &p[first..first + rows * columns]).copied().collect();
        let dims = [self.nuisances.len(), rows, columns];
        let data = TensorData::new(values, dims).convert_dtype(self.dtype);
        Tensor::<3>::from_data(data, (&self.device, self.dtype)).require_grad()
    }
}

fn read(tensor: Tensor<3>) -> Vec<f64> {
    // A float tensor converts to f64 on every device; were it otherwise, the loss would say so.
    tensor.into_data().convert::<f64>().try_to_vec().unwrap_or_else(|_| vec![f64::NAN])
}

impl Objective for TensorObjective {
    fn n_parameters(&self) -> usize {
        self.n_own() * self.nuisances.len()
    }

    fn evaluate(&self, parameters: &[f64], gradient: &mut [f64]) -> f64 {
        // Each parameter with its place in the gradient of its experiment.
        let mut places: Vec<(usize, Tensor<3>)> = Vec::new();
        let mut values = self.inputs.clone();
        let n_layers = self.shape.hidden().len() + 1;
        for (depth, layer) in self.shape.layers().enumerate() {
            let weights = self.parameter(parameters, layer.weights, [layer.n_outputs, layer.n_inputs]);
            let biases = self.parameter(parameters, layer.biases, [1, layer.n_outputs]);
            values = values.matmul(weights.clone().swap_dims(1, 2)) + biases.clone();
            places.push((layer.weights, weights));
            places.push((layer.biases, biases));
            if depth + 1 < n_layers {
                values = self.shape.activation().of(values);
            }
        }
        let mut f = values;
        let n_network = self.shape.n_parameters();
        let n_nuisances = self.nuisances[0].n_parameters();
        let theta: Vec<Tensor<3>> =
            (0..n_nuisances).map(|j| self.parameter(parameters, n_network + j, [1, 1])).collect();
        let first_shape = usize::from(self.nuisances[0].normalisation.is_some());
        if let Some(sigma) = self.nuisances[0].normalisation {
            f = f + theta[0].clone().mul_scalar(sigma);
        }
        for (deltas, theta) in self.shapes.iter().zip(&theta[first_shape..]) {
            let mut power = theta.clone();
            for delta in deltas {
                f = f + delta.clone() * power.clone();
                power = power * theta.clone();
            }
        }
        places.extend(theta.into_iter().enumerate().map(|(j, t)| (n_network + j, t)));
        let per_event = self.a.clone() * f.clone().exp().sub_scalar(1.0) - self.b.clone() * f;
        // The device sums for the gradient; the value is summed on the host, in order and in double precision.
        let mut value: f64 = read(per_event.clone()).iter().sum();
        let gradients = per_event.sum().backward();
        gradient.fill(0.0);
        let n_own = self.n_own();
        for (place, parameter) in places {
            if let Some(g) = parameter.grad(&gradients) {
                let g = read(g);
                let width = g.len() / self.nuisances.len();
                for (own, g) in gradient.chunks_mut(n_own).zip(g.chunks(width.max(1))) {
                    own[place..place + g.len()].copy_from_slice(g);
                }
            }
        }
        let own = parameters.chunks(n_own).zip(gradient.chunks_mut(n_own)).zip(&self.nuisances);
        for ((parameters, gradient), nuisances) in own {
            value += nuisances.constraint(&parameters[n_network..], &mut gradient[n_network..]);
        }
        value
    }
}
