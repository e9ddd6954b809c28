use std::ops::Range;

use rayon::prelude::*;

use crate::{MlpShape, NnError};

use super::block::Network;
use super::walk::{self, Walk};
use super::{Columns, CurvedLoss, EventLoss, LANES, Real};

/// How many blocks are summed in the kernel's precision before the sum continues in `f64`.
///
/// Single precision then adds no more than 32 · 4 numbers in a row, which costs about one digit of seven.
const BLOCKS_PER_CHUNK: usize = 32;

/// The same for networks of many parameters, which are trained in small batches: 512 events are work enough for a thread.
const BLOCKS_PER_WIDE_CHUNK: usize = 8;
const MANY_PARAMETERS: usize = 1024;

/// How many chunks a thread sums before their sums are added up.
const CHUNKS_PER_THREAD: usize = 8;

/// A dense network, or several that a loss ties together, on blocks of events.
///
/// ```
/// use hepsys_nn::{Activation, MlpShape};
/// use hepsys_nn::dense::{Columns, Dense};
///
/// // f(x) = 2 tanh(x) - 1
/// let network = Dense::<f64>::new(MlpShape::new(1, &[1], 1, Activation::Tanh)?);
/// let inputs = Columns::new([[0.0, 0.5].as_slice()])?;
/// let f = &network.outputs(&[1.0, 0.0, 2.0, -1.0], &inputs)?[0];
/// assert!((f[0] + 1.0).abs() < 1e-15);
/// assert!((f[1] - (2.0 * 0.5_f64.tanh() - 1.0)).abs() < 1e-15);
/// # Ok::<(), hepsys_nn::NnError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Dense<T> {
    shapes: Vec<MlpShape>,
    precision: std::marker::PhantomData<T>,
}

impl<T: Real> Dense<T> {
    /// The network of this shape.
    #[must_use]
    pub fn new(shape: MlpShape) -> Self {
        Self { shapes: vec![shape], precision: std::marker::PhantomData }
    }

    /// Several networks on the same inputs, whose parameters stand one network after the other.
    ///
    /// # Errors
    ///
    /// [`NnError::BadShape`] unless each has the inputs of the first.
    pub fn together(shapes: impl Into<Vec<MlpShape>>) -> Result<Self, NnError> {
        let shapes = shapes.into();
        for shape in &shapes {
            if shape.n_inputs() != shapes[0].n_inputs() {
                return Err(NnError::BadShape(format!(
                    "networks that share their inputs take the same number of them, got {} and {shape}",
                    shapes[0]
                )));
            }
        }
        Ok(Self { shapes, precision: std::marker::PhantomData })
    }

    /// The shape of each network.
    #[must_use]
    pub fn shapes(&self) -> &[MlpShape] {
        &self.shapes
    }

    /// How many parameters the networks have together.
    #[must_use]
    pub fn n_parameters(&self) -> usize {
        self.shapes.iter().map(MlpShape::n_parameters).sum()
    }

    /// How many outputs they have together.
    #[must_use]
    pub fn n_outputs(&self) -> usize {
        self.shapes.iter().map(MlpShape::n_outputs).sum()
    }

    /// The outputs for each event, network by network.
    ///
    /// # Shapes
    ///
    /// `[n_outputs][n_events]`
    ///
    /// # Errors
    ///
    /// [`NnError::LengthMismatch`] if the parameters or the columns do not fit the networks.
    pub fn outputs(&self, parameters: &[f64], inputs: &Columns<T>) -> Result<Vec<Vec<f64>>, NnError> {
        let networks = self.networks(parameters, inputs)?;
        let mut outputs = Vec::with_capacity(self.n_outputs());
        for network in &networks {
            let mut blocks = vec![[T::ZERO; LANES]; inputs.n_blocks() * network.n_outputs()];
            walk::forward_blocks(network, inputs, &mut blocks);
            outputs.extend(unblocked(&blocks, network.n_outputs(), inputs.n_events()));
        }
        Ok(outputs)
    }

    /// The derivatives of the loss by the inputs of each event, $\partial L/\partial x$.
    ///
    /// With a loss whose $\partial L/\partial f$ is one for one output and zero for the others they are those of that
    /// output.
    ///
    /// # Shapes
    ///
    /// `[n_inputs][n_events]`
    ///
    /// # Errors
    ///
    /// [`NnError::LengthMismatch`] if the parameters or the columns do not fit the networks.
    pub fn input_gradients<L: EventLoss<T>>(
        &self,
        parameters: &[f64],
        inputs: &Columns<T>,
        loss: &L,
    ) -> Result<Vec<Vec<f64>>, NnError> {
        let mut gradient = vec![0.0; parameters.len() + loss.n_extra()];
        Ok(self.loss_and_both_gradients(parameters, inputs, loss, &mut gradient)?.1)
    }

    /// The loss with its gradient as [`loss_and_gradient`](Self::loss_and_gradient), and the derivatives by the inputs of
    /// each event as [`input_gradients`](Self::input_gradients), in one pass.
    ///
    /// # Errors
    ///
    /// [`NnError::LengthMismatch`] if parameters, columns or gradient do not fit the networks and the loss.
    pub fn loss_and_both_gradients<L: EventLoss<T>>(
        &self,
        parameters: &[f64],
        inputs: &Columns<T>,
        loss: &L,
        gradient: &mut [f64],
    ) -> Result<(f64, Vec<Vec<f64>>), NnError> {
        let mut blocks = Vec::with_capacity(inputs.n_blocks() * inputs.n_columns());
        let by_inputs = Some(&mut blocks);
        let value = self.sum(parameters, inputs, loss, gradient, by_inputs)?;
        Ok((value, unblocked(&blocks, inputs.n_columns(), inputs.n_events())))
    }

    /// The exact Hessian of the loss by the parameters of the network, followed by those of the loss.
    ///
    /// It costs one to two gradients a parameter, and the memory of up to eight such matrices a thread.
    ///
    /// # Shapes
    ///
    /// `[n_parameters * n_parameters]`, symmetric, row by row.
    ///
    /// # Errors
    ///
    /// [`NnError::BadShape`] unless there is one network with one output, [`NnError::LengthMismatch`] if parameters or columns
    /// do not fit it.
    pub fn hessian<L: CurvedLoss<T>>(
        &self,
        parameters: &[f64],
        inputs: &Columns<T>,
        loss: &L,
    ) -> Result<Vec<f64>, NnError> {
        let networks = self.networks(parameters, inputs)?;
        let [network] = networks.as_slice() else {
            return Err(NnError::BadShape("the Hessian is that of one network".into()));
        };
        if network.n_outputs() != 1 {
            return Err(NnError::BadShape(format!(
                "the Hessian is that of a network with one output, got {}",
                self.shapes[0]
            )));
        }
        let n = parameters.len() + loss.n_extra();
        let mut hessian = vec![0.0; n * n];
        self.in_chunks(
            inputs.n_blocks(),
            || (),
            |(), blocks| {
                let mut part = vec![0.0; n * n];
                walk::hessian_of_blocks(network, inputs, loss, blocks, &mut part);
                part
            },
            |part: Vec<f64>| hessian.iter_mut().zip(part).for_each(|(h, p)| *h += p),
        );
        for row in 0..n {
            for column in 0..row {
                hessian[column * n + row] = hessian[row * n + column];
            }
        }
        Ok(hessian)
    }

    /// The loss, with its gradient by the networks' parameters, followed by that of the loss's own parameters.
    ///
    /// Blocks of events are spread over rayon's threads, unless it is called from one of them.
    ///
    /// # Errors
    ///
    /// [`NnError::LengthMismatch`] if parameters, columns or gradient do not fit the networks and the loss.
    pub fn loss_and_gradient<L: EventLoss<T>>(
        &self,
        parameters: &[f64],
        inputs: &Columns<T>,
        loss: &L,
        gradient: &mut [f64],
    ) -> Result<f64, NnError> {
        self.sum(parameters, inputs, loss, gradient, None)
    }

    /// The loss and its gradient; with `by_inputs`, appends ∂L/∂x of every block.
    fn sum<L: EventLoss<T>>(
        &self,
        parameters: &[f64],
        inputs: &Columns<T>,
        loss: &L,
        gradient: &mut [f64],
        mut by_inputs: Option<&mut Vec<[T; LANES]>>,
    ) -> Result<f64, NnError> {
        let networks = self.networks(parameters, inputs)?;
        let gradient_length = parameters.len() + loss.n_extra();
        check_length("components of the gradient", gradient_length, gradient.len())?;
        gradient.fill(0.0);
        let mut value = 0.0;
        let wants_inputs = by_inputs.is_some();
        self.in_chunks(
            inputs.n_blocks(),
            || Walk::new(&networks, loss),
            |walk, blocks| {
                let mut gradient = vec![0.0; gradient_length];
                let n_by_inputs = if wants_inputs { blocks.len() * inputs.n_columns() } else { 0 };
                let mut by_inputs = vec![[T::ZERO; LANES]; n_by_inputs];
                if wants_inputs {
                    walk::sum_blocks_and_inputs(walk, &networks, inputs, loss, blocks, &mut by_inputs);
                } else {
                    walk::sum_blocks(walk, &networks, inputs, loss, blocks);
                }
                (walk.sums(&mut gradient), gradient, by_inputs)
            },
            |(part, slope, inputs): (f64, Vec<f64>, Vec<[T; LANES]>)| {
                value += part;
                gradient.iter_mut().zip(slope).for_each(|(g, s)| *g += s);
                if let Some(all) = &mut by_inputs {
                    all.extend(inputs);
                }
            },
        );
        Ok(value)
    }

    /// Evaluates chunks of blocks, spread over threads, and adds them in order.
    ///
    /// Each thread evaluates with a `workspace` of its own.
    fn in_chunks<W, S: Send>(
        &self,
        n_blocks: usize,
        workspace: impl Fn() -> W + Sync + Send,
        evaluate: impl Fn(&mut W, Range<usize>) -> S + Sync + Send,
        mut add: impl FnMut(S),
    ) {
        let size =
            if self.n_parameters() < MANY_PARAMETERS { BLOCKS_PER_CHUNK } else { BLOCKS_PER_WIDE_CHUNK };
        let chunk = |c: usize| c * size..((c + 1) * size).min(n_blocks);
        let n_chunks = n_blocks.div_ceil(size);
        // Inside a pool somebody already spreads larger work; chunks are added in order either way.
        if rayon::current_thread_index().is_some() || rayon::current_num_threads() == 1 {
            let mut workspace = workspace();
            (0..n_chunks).for_each(|c| add(evaluate(&mut workspace, chunk(c))));
        } else {
            // Not all at once: the sum of a chunk may be a large matrix.
            let at_once = CHUNKS_PER_THREAD * rayon::current_num_threads();
            for first in (0..n_chunks).step_by(at_once) {
                let chunks = (first..(first + at_once).min(n_chunks)).into_par_iter();
                let sums: Vec<S> =
                    chunks.map_init(&workspace, |workspace, c| evaluate(workspace, chunk(c))).collect();
                sums.into_iter().for_each(&mut add);
            }
        }
    }

    fn networks(&self, parameters: &[f64], inputs: &Columns<T>) -> Result<Vec<Network<T>>, NnError> {
        check_length("parameters", self.n_parameters(), parameters.len())?;
        let mut parameters = parameters.iter().map(|&p| T::from_f64(p));
        self.shapes
            .iter()
            .map(|shape| {
                check_length("columns", shape.n_inputs(), inputs.n_columns())?;
                Ok(Network {
                    layers: shape.layers().collect(),
                    activation: shape.activation(),
                    parameters: parameters.by_ref().take(shape.n_parameters()).collect(),
                })
            })
            .collect()
    }
}

pub(crate) fn check_length(what: &str, expected: usize, found: usize) -> Result<(), NnError> {
    if expected == found {
        Ok(())
    } else {
        Err(NnError::LengthMismatch { what: format!("the number of {what}"), expected, found })
    }
}

/// Blocks of columns as columns of events, without the padding.
fn unblocked<T: Real>(blocks: &[[T; LANES]], n_columns: usize, n_events: usize) -> Vec<Vec<f64>> {
    (0..n_columns)
        .map(|c| {
            let column = blocks.iter().skip(c).step_by(n_columns).flatten();
            column.take(n_events).map(|v| v.to_f64()).collect()
        })
        .collect()
}
