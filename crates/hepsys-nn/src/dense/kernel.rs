use std::ops::Range;

use multiversion::multiversion;
use rayon::prelude::*;

use crate::{MlpShape, NnError};

use super::block::{Network, Scratch};
use super::{Columns, EventLoss, LANES, LossSums, PARTIALS, Real};

/// How many blocks are summed in the kernel's precision before the sum continues in `f64`.
///
/// Single precision then adds no more than 32 · 4 numbers in a row, which costs about one digit of seven.
const BLOCKS_PER_CHUNK: usize = 32;

/// A small dense network with one output, or several that a loss ties together, on blocks of events.
///
/// ```
/// use hepsys_nn::{Activation, MlpShape};
/// use hepsys_nn::dense::{Columns, Dense};
///
/// // f(x) = 2 tanh(x) - 1
/// let network = Dense::<f64>::new(MlpShape::new(1, &[1], 1, Activation::Tanh)?)?;
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

/// The sums over one chunk of blocks, in double precision.
struct ChunkSums {
    loss: f64,
    /// By the parameters of the network, then by those of the loss.
    gradient: Vec<f64>,
}

impl<T: Real> Dense<T> {
    /// The network of this shape.
    ///
    /// # Errors
    ///
    /// [`NnError::BadShape`] unless it has one output.
    pub fn new(shape: MlpShape) -> Result<Self, NnError> {
        Self::together([shape])
    }

    /// Several networks on the same inputs, whose parameters stand one network after the other.
    ///
    /// # Errors
    ///
    /// [`NnError::BadShape`] unless each has one output and the inputs of the first.
    pub fn together(shapes: impl Into<Vec<MlpShape>>) -> Result<Self, NnError> {
        let shapes = shapes.into();
        for shape in &shapes {
            if shape.n_outputs() != 1 || shape.n_inputs() != shapes[0].n_inputs() {
                return Err(NnError::BadShape(format!(
                    "the dense kernel takes networks with one output and the same inputs, got {shape}"
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

    /// The output of each network for each event.
    ///
    /// # Shapes
    ///
    /// `[n_networks][n_events]`
    ///
    /// # Errors
    ///
    /// [`NnError::LengthMismatch`] if the parameters or the columns do not fit the networks.
    pub fn outputs(&self, parameters: &[f64], inputs: &Columns<T>) -> Result<Vec<Vec<f64>>, NnError> {
        let networks = self.networks(parameters, inputs)?;
        Ok(networks
            .iter()
            .map(|network| {
                let mut outputs = vec![0.0; inputs.n_blocks() * LANES];
                forward_blocks(network, inputs, &mut outputs);
                outputs.truncate(inputs.n_events());
                outputs
            })
            .collect())
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
        let networks = self.networks(parameters, inputs)?;
        check_length("components of the gradient", parameters.len() + loss.n_extra(), gradient.len())?;
        let sum = |blocks: Range<usize>| sum_blocks(&networks, inputs, loss, blocks);
        let n_blocks = inputs.n_blocks();
        let chunk = |c: usize| c * BLOCKS_PER_CHUNK..((c + 1) * BLOCKS_PER_CHUNK).min(n_blocks);
        let n_chunks = n_blocks.div_ceil(BLOCKS_PER_CHUNK);
        gradient.fill(0.0);
        let mut total = 0.0;
        let mut add = |sums: ChunkSums| {
            total += sums.loss;
            gradient.iter_mut().zip(sums.gradient).for_each(|(g, s)| *g += s);
        };
        // Inside a pool somebody already spreads larger work; chunks are added in order either way.
        if rayon::current_thread_index().is_some() || rayon::current_num_threads() == 1 {
            (0..n_chunks).for_each(|c| add(sum(chunk(c))));
        } else {
            let sums: Vec<ChunkSums> = (0..n_chunks).into_par_iter().map(|c| sum(chunk(c))).collect();
            sums.into_iter().for_each(add);
        }
        Ok(total)
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

fn check_length(what: &str, expected: usize, found: usize) -> Result<(), NnError> {
    if expected == found {
        Ok(())
    } else {
        Err(NnError::LengthMismatch { what: format!("the number of {what}"), expected, found })
    }
}

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma",
    "aarch64+neon"
))]
fn forward_blocks<T: Real>(network: &Network<T>, inputs: &Columns<T>, outputs: &mut [f64]) {
    let mut scratch = Scratch::new(network);
    for (block, to) in outputs.chunks_exact_mut(LANES).enumerate() {
        let f = network.forward(inputs.block(block), &mut scratch);
        for l in 0..LANES {
            to[l] = f[l].to_f64();
        }
    }
}

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma",
    "x86_64+avx2+fma",
    "aarch64+neon"
))]
fn sum_blocks<T: Real, L: EventLoss<T>>(
    networks: &[Network<T>],
    inputs: &Columns<T>,
    loss: &L,
    blocks: Range<usize>,
) -> ChunkSums {
    let mut scratches: Vec<Scratch<T>> = networks.iter().map(Scratch::new).collect();
    let mut outputs = vec![[T::ZERO; LANES]; networks.len()];
    let mut derivatives = vec![[T::ZERO; LANES]; networks.len()];
    let mut loss_sum = [T::ZERO; PARTIALS];
    let mut extra = vec![[T::ZERO; PARTIALS]; loss.n_extra()];
    for block in blocks {
        let x = inputs.block(block);
        for ((network, scratch), f) in networks.iter().zip(&mut scratches).zip(&mut outputs) {
            *f = network.forward(x, scratch);
        }
        let mut sums = LossSums { loss: &mut loss_sum, extra: &mut extra };
        loss.block(block, &outputs, &mut derivatives, &mut sums);
        for ((network, scratch), d) in networks.iter().zip(&mut scratches).zip(&derivatives) {
            network.backward(x, d, scratch);
        }
    }
    let total = |partials: &[T; PARTIALS]| partials.iter().map(|p| p.to_f64()).sum::<f64>();
    let gradient = scratches.iter().flat_map(|s| &s.gradient).chain(&extra).map(total).collect();
    ChunkSums { loss: total(&loss_sum), gradient }
}
