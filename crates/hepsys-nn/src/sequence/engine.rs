use burn::tensor::{Tensor, TensorData};

use super::dropout::Dropout;
use super::events::Rows;
use super::kernel::{Pass, SequenceKernel};
use super::module::SequenceNetwork;
use super::shape::SequenceShape;
use crate::mlp::read;
use crate::{Batch, Device, NnError};

/// A network on sequences whose parameters are a list on the host, evaluated and differentiated where there is room: by the
/// kernel on the CPU, through tensors on every other device.
///
/// A training whose loss ties all events together has one form for all devices that way: forward, the loss on the host, and back.
#[derive(Debug, Clone)]
pub struct SequenceEngine {
    way: Way,
}

#[derive(Debug, Clone)]
enum Way {
    Kernel(SequenceKernel<f32>),
    Tensors(SequenceShape, Device),
}

/// The outputs for a batch, and what the way back needs.
#[derive(Debug)]
pub struct Forward {
    kept: Kept,
    outputs: Vec<Vec<f64>>,
}

#[derive(Debug)]
enum Kept {
    Pass(Pass<f32>),
    Tensors(Box<SequenceNetwork>, Tensor<2>),
}

impl Forward {
    /// The outputs of each event, `[n_outputs][n_events]`.
    #[must_use]
    pub fn outputs(&self) -> &[Vec<f64>] {
        match &self.kept {
            Kept::Pass(pass) => pass.outputs(),
            Kept::Tensors(..) => &self.outputs,
        }
    }
}

impl SequenceEngine {
    /// The network of this shape on a device.
    #[must_use]
    pub fn new(shape: SequenceShape, device: &Device) -> Self {
        let way = if *device == Device::flex() {
            Way::Kernel(SequenceKernel::new(shape))
        } else {
            Way::Tensors(shape, device.clone())
        };
        Self { way }
    }

    /// The network as tensors, whatever the device: for comparisons with the kernel.
    #[must_use]
    pub fn of_tensors(shape: SequenceShape, device: &Device) -> Self {
        Self { way: Way::Tensors(shape, device.clone()) }
    }

    /// The outputs for each event without dropout, `[n_outputs][n_events]`.
    ///
    /// # Errors
    ///
    /// [`NnError::LengthMismatch`] if parameters or columns do not fit the network, [`NnError::Device`] if the outputs cannot be
    /// read back.
    pub fn outputs(&self, parameters: &[f64], events: &Rows<f32>) -> Result<Vec<Vec<f64>>, NnError> {
        /// So that no device has to hold the activations of all events at once.
        const AT_ONCE: usize = 4096;
        let (shape, device) = match &self.way {
            Way::Kernel(kernel) => return kernel.outputs(parameters, events),
            Way::Tensors(shape, device) => (shape, device),
        };
        let network = SequenceNetwork::from_parameters(shape, parameters, device)?;
        let mut outputs = vec![Vec::with_capacity(events.n_events()); shape.n_outputs()];
        for values in events.values().chunks(AT_ONCE * shape.n_columns()) {
            let part = Rows::from_events(events.n_columns(), values.to_vec())?;
            let found = columns(network.forward(tensor(&part, shape, device)?, None))?;
            outputs.iter_mut().zip(found).for_each(|(to, part)| to.extend(part));
        }
        Ok(outputs)
    }

    /// The outputs for each event, keeping what the way [back](Self::backward) needs.
    ///
    /// # Errors
    ///
    /// As [`outputs`](Self::outputs).
    pub fn forward(
        &self,
        parameters: &[f64],
        events: &Rows<f32>,
        dropout: Option<Dropout>,
    ) -> Result<Forward, NnError> {
        match &self.way {
            Way::Kernel(kernel) => {
                let pass = kernel.forward(parameters, events, dropout)?;
                Ok(Forward { kept: Kept::Pass(pass), outputs: Vec::new() })
            }
            Way::Tensors(shape, device) => {
                let device = device.clone().autodiff();
                let network = SequenceNetwork::from_parameters(shape, parameters, &device)?;
                let outputs = network.forward(tensor(events, shape, &device)?, dropout);
                let columns = columns(outputs.clone().without_autodiff())?;
                Ok(Forward { kept: Kept::Tensors(Box::new(network), outputs), outputs: columns })
            }
        }
    }

    /// Adds the gradient of a loss by the parameters, given its derivatives by the outputs, `[n_outputs][n_events]`.
    ///
    /// # Errors
    ///
    /// [`NnError::LengthMismatch`] if derivatives or gradient do not fit the network and the batch, [`NnError::Device`] if the
    /// gradient cannot be read back.
    pub fn backward(
        &self,
        forward: Forward,
        derivatives: &[Vec<f64>],
        gradient: &mut [f64],
    ) -> Result<(), NnError> {
        match (&self.way, forward.kept) {
            (Way::Kernel(kernel), Kept::Pass(pass)) => kernel.backward(pass, derivatives, gradient),
            (_, Kept::Tensors(network, outputs)) => {
                let [n_events, n_outputs] = outputs.dims();
                let data = TensorData::new(derivatives.concat(), [n_outputs, n_events]);
                let by_outputs = Tensor::<2>::from_data(data, &outputs.device());
                let gradients = (outputs.transpose() * by_outputs).sum().backward();
                let found = read(network.gradient(&gradients)?)?;
                gradient.iter_mut().zip(found).for_each(|(to, part)| *to += part);
                Ok(())
            }
            (Way::Tensors(..), Kept::Pass(_)) => {
                Err(NnError::Device("a batch goes back where it went forward".to_owned()))
            }
        }
    }
}

fn tensor(events: &Rows<f32>, shape: &SequenceShape, device: &Device) -> Result<Tensor<2>, NnError> {
    if events.n_columns() != shape.n_columns() {
        let what = "the number of columns".to_owned();
        return Err(NnError::LengthMismatch { what, expected: shape.n_columns(), found: events.n_columns() });
    }
    let data = TensorData::new(events.values().to_vec(), [events.n_events(), events.n_columns()]);
    Ok(Tensor::from_data(data, device))
}

fn columns(outputs: Tensor<2>) -> Result<Vec<Vec<f64>>, NnError> {
    let n_events = outputs.dims()[0].max(1);
    let values = read(outputs.transpose())?;
    Ok(values.chunks(n_events).map(<[f64]>::to_vec).collect())
}
