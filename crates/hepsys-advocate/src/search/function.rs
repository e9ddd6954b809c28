//! A network as a function whose derivatives are pulled back.
//!
//! The losses of this crate tie all events together, through the mean weights of whole channels. They are computed on the host, in
//! double precision, from the outputs of the network; what a step needs is then the pull-back of $\partial L/\partial f$.

use std::borrow::Cow;

use hepsys_nn::burn::tensor::TensorData;
use hepsys_nn::dense::{Columns, Dense, Linear, Real, Slope};
use hepsys_nn::{Device, Mlp, Module, NnError, Tensor};

/// Values by feature or output, and then by event.
pub(crate) type Table = Vec<Vec<f64>>;

/// A network with its parameters.
pub(crate) trait Function {
    /// The outputs at some points: `[n_inputs][n_points]` to `[n_outputs][n_points]`.
    fn outputs(&self, points: &Table) -> Result<Table, NnError>;

    /// $\sum_k c_k\\, \partial f_k/\partial x$ at each point: `[n_outputs][n_points]` to `[n_inputs][n_points]`.
    fn by_inputs(&self, points: &Table, by_outputs: &Table) -> Result<Table, NnError>;
}

/// The derivatives of a loss by the outputs at some points.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pull {
    pub(crate) points: Table,
    pub(crate) by_outputs: Table,
}

/// A loss at one point of the parameters, and what its gradient is the sum of.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Step {
    pub(crate) value: f64,
    pub(crate) pulls: Vec<Pull>,
}

/// Through the dense kernel.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kernel<'a, T> {
    pub(crate) dense: &'a Dense<T>,
    pub(crate) parameters: &'a [f64],
}

impl<T: Real> Kernel<'_, T> {
    /// The loss of a step with its gradient by the parameters.
    pub(crate) fn slope(&self, step: &Step) -> Result<Slope, NnError> {
        let mut gradient = vec![0.0; self.parameters.len()];
        let mut part = gradient.clone();
        for Pull { points, by_outputs } in &step.pulls {
            let by_outputs = columns(by_outputs)?;
            let loss = Linear::new(&by_outputs);
            self.dense.loss_and_gradient(self.parameters, &columns(points)?, &loss, &mut part)?;
            gradient.iter_mut().zip(&part).for_each(|(sum, part)| *sum += part);
        }
        Ok(Slope::new(step.value, gradient))
    }
}

impl<T: Real> Function for Kernel<'_, T> {
    fn outputs(&self, points: &Table) -> Result<Table, NnError> {
        self.dense.outputs(self.parameters, &columns(points)?)
    }

    fn by_inputs(&self, points: &Table, by_outputs: &Table) -> Result<Table, NnError> {
        let by_outputs = columns(by_outputs)?;
        self.dense.input_gradients(self.parameters, &columns(points)?, &Linear::new(&by_outputs))
    }
}

fn columns<T: Real>(table: &Table) -> Result<Columns<T>, NnError> {
    Columns::new(table.iter().map(Vec::as_slice))
}

/// Through tensors, on the device of the network.
#[derive(Debug, Clone)]
pub(crate) struct OnDevice<'a>(Cow<'a, Mlp>);

impl<'a> OnDevice<'a> {
    /// A network in training, or one that is watched: its derivatives by the inputs are wanted too.
    pub(crate) fn new(network: &'a Mlp) -> Self {
        let is_in_training = network.devices().iter().all(Device::is_autodiff);
        Self(if is_in_training { Cow::Borrowed(network) } else { Cow::Owned(network.clone().train()) })
    }

    /// A loss with this value whose gradient is that of a step.
    pub(crate) fn loss(&self, step: &Step) -> Tensor<1> {
        let device = self.0.devices().remove(0);
        let mut loss = Tensor::<1>::from_data([step.value], &device);
        for Pull { points, by_outputs } in &step.pulls {
            let sum = self.weighted(self.tensor(points), by_outputs);
            // Adds the gradient, and nothing to the value.
            loss = loss + sum.clone() - sum.detach();
        }
        loss
    }

    fn weighted(&self, points: Tensor<2>, by_outputs: &Table) -> Tensor<1> {
        (self.0.forward(points) * self.tensor(by_outputs)).sum()
    }

    fn tensor(&self, table: &Table) -> Tensor<2> {
        let (n_rows, n_columns) = (table.first().map_or(0, Vec::len), table.len());
        let values: Vec<f64> =
            (0..n_rows).flat_map(|row| table.iter().map(move |column| column[row])).collect();
        Tensor::from_data(TensorData::new(values, [n_rows, n_columns]), &self.0.devices().remove(0))
    }
}

impl Function for OnDevice<'_> {
    fn outputs(&self, points: &Table) -> Result<Table, NnError> {
        table(self.0.forward(self.tensor(points)).detach())
    }

    fn by_inputs(&self, points: &Table, by_outputs: &Table) -> Result<Table, NnError> {
        let points = self.tensor(points).require_grad();
        let gradients = self.weighted(points.clone(), by_outputs).backward();
        let gradient = points.grad(&gradients);
        table(gradient.ok_or_else(|| NnError::Device("the network does not depend on its inputs".into()))?)
    }
}

/// A tensor on the host, column by column.
fn table(tensor: Tensor<2>) -> Result<Table, NnError> {
    let [n_rows, n_columns] = tensor.dims();
    let data = tensor.try_into_data().map_err(|e| NnError::Device(e.to_string()))?;
    let values: Vec<f64> = data.iter::<f64>().collect();
    Ok((0..n_columns)
        .map(|column| (0..n_rows).map(|row| values[row * n_columns + column]).collect())
        .collect())
}
