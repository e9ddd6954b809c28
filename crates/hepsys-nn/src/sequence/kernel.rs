use std::sync::Mutex;

use rayon::prelude::*;

use super::branch::{BranchOf, BranchState, Room};
use super::dropout::Dropout;
use super::events::Rows;
use super::head::{Head, HeadState};
use super::shape::{Layout, SequenceShape};
use crate::dense::aligned::Aligned;
use crate::dense::{LANES, Real, check_length};
use crate::{Batch, NnError};

/// A network on sequences, evaluated and differentiated on the CPU.
///
/// Events go through in blocks of 64, which rayon's threads share; gradients of blocks are added in order, so the number of
/// threads changes no bit.
/// A step is a [`forward`](Self::forward) pass, a loss of all outputs together, and the way [`back`](Self::backward).
///
/// ```
/// use hepsys_nn::Seed;
/// use hepsys_nn::sequence::{Branch, Rows, SequenceKernel, SequenceShape};
///
/// // Two hits with one feature each, and one number of the event.
/// let shape = SequenceShape::new([Branch::new("hits", 1, 2, &[4], 3)], 1, &[5], 2)?;
/// let parameters = shape.glorot_uniform(Seed::new(1));
/// let kernel = SequenceKernel::<f64>::new(shape);
/// let events = Rows::new([[0.1, 0.2].as_slice(), &[0.0, 0.5], &[1.0, -1.0]])?;
///
/// let pass = kernel.forward(&parameters, &events, None)?;
/// assert_eq!((pass.outputs().len(), pass.outputs()[0].len()), (2, 2));
/// // The gradient of the sum of the first output over events.
/// let mut gradient = vec![0.0; parameters.len()];
/// kernel.backward(pass, &[vec![1.0, 1.0], vec![0.0, 0.0]], &mut gradient)?;
/// assert!(gradient.iter().any(|g| *g != 0.0));
/// # Ok::<(), hepsys_nn::NnError>(())
/// ```
#[derive(Debug)]
pub struct SequenceKernel<T> {
    shape: SequenceShape,
    layout: Layout,
    /// What blocks keep, to be used again: a batch keeps some megabytes.
    spare: Mutex<Vec<State<T>>>,
}

/// What one block keeps from the way there for the way back.
struct State<T> {
    branches: Vec<BranchState<T>>,
    head: HeadState<T>,
    room: Room<T>,
    by_joined: Aligned<T, LANES>,
    gradient: Vec<T>,
}

impl<T> std::fmt::Debug for State<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").finish_non_exhaustive()
    }
}

/// The outputs of a network for a batch, and what the way back needs.
#[derive(Debug)]
pub struct Pass<T> {
    parameters: Vec<T>,
    dropout: Option<Dropout>,
    n_events: usize,
    states: Vec<State<T>>,
    outputs: Vec<Vec<f64>>,
}

impl<T> Pass<T> {
    /// The outputs of each event.
    ///
    /// # Shapes
    ///
    /// `[n_outputs][n_events]`
    #[must_use]
    pub fn outputs(&self) -> &[Vec<f64>] {
        &self.outputs
    }
}

impl<T> Clone for SequenceKernel<T> {
    fn clone(&self) -> Self {
        Self { shape: self.shape.clone(), layout: self.layout.clone(), spare: Mutex::default() }
    }
}

impl<T: Real> SequenceKernel<T> {
    /// The network of this shape.
    #[must_use]
    pub fn new(shape: SequenceShape) -> Self {
        Self { layout: shape.layout(), shape, spare: Mutex::default() }
    }

    /// Its shape.
    #[must_use]
    pub fn shape(&self) -> &SequenceShape {
        &self.shape
    }

    /// The outputs for each event, without dropout.
    ///
    /// # Shapes
    ///
    /// `[n_outputs][n_events]`
    ///
    /// # Errors
    ///
    /// [`NnError::LengthMismatch`] if parameters or columns do not fit the network.
    pub fn outputs(&self, parameters: &[f64], events: &Rows<T>) -> Result<Vec<Vec<f64>>, NnError> {
        let parameters = self.check(parameters, events)?;
        let evaluate = |state: &mut State<T>, block| {
            self.forward_block(&parameters, events, block, None, state);
            state.head.outputs().to_vec()
        };
        let blocks: Vec<Vec<[T; LANES]>> = if is_alone() {
            let mut state = self.state();
            (0..events.n_blocks()).map(|block| evaluate(&mut state, block)).collect()
        } else {
            let blocks = (0..events.n_blocks()).into_par_iter();
            blocks.map_init(|| self.state(), evaluate).collect()
        };
        Ok(self.unblocked(blocks.iter().map(Vec::as_slice), events.n_events()))
    }

    /// The outputs for each event, keeping what the way [back](Self::backward) needs.
    ///
    /// # Errors
    ///
    /// As [`outputs`](Self::outputs).
    pub fn forward(
        &self,
        parameters: &[f64],
        events: &Rows<T>,
        dropout: Option<Dropout>,
    ) -> Result<Pass<T>, NnError> {
        let parameters = self.check(parameters, events)?;
        let mut states: Vec<State<T>> = (0..events.n_blocks()).map(|_| self.state()).collect();
        let evaluate = |(block, state): (usize, &mut State<T>)| {
            self.forward_block(&parameters, events, block, dropout, state);
        };
        if is_alone() {
            states.iter_mut().enumerate().for_each(evaluate);
        } else {
            states.par_iter_mut().enumerate().for_each(evaluate);
        }
        let outputs = self.unblocked(states.iter().map(|state| state.head.outputs()), events.n_events());
        Ok(Pass { parameters, dropout, n_events: events.n_events(), states, outputs })
    }

    /// Adds the gradient of a loss by the parameters, given its derivatives by the outputs.
    ///
    /// # Shapes
    ///
    /// `derivatives`: `[n_outputs][n_events]`; `gradient`: `[n_parameters]`
    ///
    /// # Errors
    ///
    /// [`NnError::LengthMismatch`] if derivatives or gradient do not fit the network and the batch.
    pub fn backward(
        &self,
        pass: Pass<T>,
        derivatives: &[Vec<f64>],
        gradient: &mut [f64],
    ) -> Result<(), NnError> {
        check_length("outputs", self.shape.n_outputs(), derivatives.len())?;
        check_length("components of the gradient", self.layout.n_parameters, gradient.len())?;
        for column in derivatives {
            check_length("derivatives", pass.n_events, column.len())?;
        }
        let Pass { parameters, dropout, mut states, .. } = pass;
        let back = |(block, state): (usize, &mut State<T>)| {
            let by_outputs: Vec<[T; LANES]> = derivatives.iter().map(|column| lanes(column, block)).collect();
            self.backward_block(&parameters, dropout, &by_outputs, state);
        };
        if is_alone() {
            states.iter_mut().enumerate().for_each(back);
        } else {
            states.par_iter_mut().enumerate().for_each(back);
        }
        for state in &states {
            for (to, part) in gradient.iter_mut().zip(&state.gradient) {
                *to += part.to_f64();
            }
        }
        if let Ok(mut spare) = self.spare.lock() {
            spare.extend(states);
        }
        Ok(())
    }

    fn state(&self) -> State<T> {
        let spare = self.spare.lock().ok().and_then(|mut spare| spare.pop());
        spare.unwrap_or_else(|| State {
            branches: self.shape.branches().iter().map(BranchState::new).collect(),
            head: HeadState::new(&self.layout.dense),
            room: Room::new(self.shape.branches()),
            by_joined: Aligned::filled(T::ZERO, self.shape.n_joined()),
            gradient: vec![T::ZERO; self.layout.n_parameters],
        })
    }

    fn branches<'a>(&'a self, parameters: &'a [T]) -> impl Iterator<Item = BranchOf<'a, T>> {
        let (mut column, mut layer) = (0, 0);
        self.shape.branches().iter().zip(&self.layout.branches).map(move |(shape, layout)| {
            let of = BranchOf { shape, layout, parameters, column, layer };
            column += shape.n_columns();
            layer += layout.convolutions.len();
            of
        })
    }

    fn head<'a>(&'a self, parameters: &'a [T]) -> Head<'a, T> {
        let layer = self.layout.branches.iter().map(|branch| branch.convolutions.len()).sum();
        Head { layers: &self.layout.dense, parameters, layer }
    }

    fn forward_block(
        &self,
        parameters: &[T],
        events: &Rows<T>,
        block: usize,
        dropout: Option<Dropout>,
        state: &mut State<T>,
    ) {
        let mut joined = 0;
        for (branch, kept) in self.branches(parameters).zip(&mut state.branches) {
            let to = &mut state.head.units[0][joined..][..branch.shape.n_memory];
            branch.forward(events, block, dropout, kept, to);
            joined += branch.shape.n_memory;
        }
        let first = self.shape.n_columns() - self.shape.n_flat();
        events.write_block(block, first, &mut state.head.units[0][joined..]);
        self.head(parameters).forward(block, dropout, &mut state.head);
    }

    fn backward_block(
        &self,
        parameters: &[T],
        dropout: Option<Dropout>,
        by_outputs: &[[T; LANES]],
        state: &mut State<T>,
    ) {
        let State { branches, head, room, by_joined, gradient } = state;
        gradient.fill(T::ZERO);
        self.head(parameters).backward(by_outputs, dropout, head, gradient, by_joined);
        let mut joined = 0;
        for (branch, kept) in self.branches(parameters).zip(branches) {
            let by_last = &by_joined[joined..][..branch.shape.n_memory];
            branch.backward(by_last, dropout, kept, room, gradient);
            joined += branch.shape.n_memory;
        }
    }

    fn check(&self, parameters: &[f64], events: &Rows<T>) -> Result<Vec<T>, NnError> {
        check_length("parameters", self.layout.n_parameters, parameters.len())?;
        check_length("columns", self.shape.n_columns(), events.n_columns())?;
        Ok(parameters.iter().map(|&p| T::from_f64(p)).collect())
    }

    /// Outputs of blocks as columns of events, without the padding.
    fn unblocked<'a>(
        &self,
        blocks: impl Iterator<Item = &'a [[T; LANES]]>,
        n_events: usize,
    ) -> Vec<Vec<f64>> {
        let mut outputs = vec![Vec::with_capacity(n_events); self.shape.n_outputs()];
        for block in blocks {
            for (to, values) in outputs.iter_mut().zip(block) {
                let n_left = n_events - to.len();
                to.extend(values.iter().take(n_left).map(|v| v.to_f64()));
            }
        }
        outputs
    }
}

/// Whether there is one thread only, or somebody spreads larger work already.
fn is_alone() -> bool {
    rayon::current_thread_index().is_some() || rayon::current_num_threads() == 1
}

/// The values of one block; padding is zero.
fn lanes<T: Real>(column: &[f64], block: usize) -> [T; LANES] {
    let mut values = [T::ZERO; LANES];
    for (to, &value) in values.iter_mut().zip(&column[block * LANES..]) {
        *to = T::from_f64(value);
    }
    values
}
