use hepsys_core::Seed;
use rand::RngExt;
use serde::{Deserialize, Serialize};

use crate::{Layer, NnError};

/// One sequence of a [`SequenceShape`]: its objects, and the layers that read them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Branch {
    /// What its objects are, such as `clusters`.
    pub name: String,
    /// How many features an object has.
    pub n_features: usize,
    /// How many objects the network looks at.
    pub length: usize,
    /// The widths of the convolutions with kernel 1, each followed by a ReLU.
    pub convolutions: Vec<usize>,
    /// How many numbers the long short-term memory keeps.
    pub n_memory: usize,
}

impl Branch {
    /// A sequence of so many objects with so many features each, read by these layers.
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        n_features: usize,
        length: usize,
        convolutions: &[usize],
        n_memory: usize,
    ) -> Self {
        Self { name: name.into(), n_features, length, convolutions: convolutions.to_vec(), n_memory }
    }

    /// How many values an event has for it: features × objects.
    #[must_use]
    pub fn n_columns(&self) -> usize {
        self.n_features * self.length
    }
}

/// The shape of a network on sequences and flat features, and with it the layout of its parameters.
///
/// Parameters stand branch by branch, then the dense layers.
/// A branch has its convolutions, each with weights `[outputs, inputs]` row by row and biases, then its memory: input
/// weights `[4 n_memory, inputs]`, recurrent weights `[4 n_memory, n_memory]`, input biases and recurrent biases
/// `[4 n_memory]` each, with the gates in the order input, forget, cell, output.
///
/// Columns of an event stand branch by branch: all objects' first feature, then all objects' second, and so on; the flat
/// features follow.
///
/// ```
/// use hepsys_nn::sequence::{Branch, SequenceShape};
/// let shape = SequenceShape::new(
///     [
///         Branch::new("clusters", 12, 15, &[64, 32, 32, 16], 10),
///         Branch::new("tracks", 10, 20, &[64, 32, 32, 16], 10),
///         Branch::new("segments", 6, 20, &[32, 16, 8], 5),
///     ],
///     3,
///     &[512, 64],
///     3,
/// )?;
/// assert_eq!(shape.n_parameters(), 60_167);
/// assert_eq!(shape.n_columns(), 15 * 12 + 20 * 10 + 20 * 6 + 3);
/// # Ok::<(), hepsys_nn::NnError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct SequenceShape {
    branches: Vec<Branch>,
    n_flat: usize,
    hidden: Vec<usize>,
    n_outputs: usize,
}

/// What a file says, before [`SequenceShape::new`] has looked at it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    branches: Vec<Branch>,
    n_flat: usize,
    hidden: Vec<usize>,
    n_outputs: usize,
}

impl TryFrom<Unchecked> for SequenceShape {
    type Error = NnError;

    fn try_from(shape: Unchecked) -> Result<Self, NnError> {
        Self::new(shape.branches, shape.n_flat, &shape.hidden, shape.n_outputs)
    }
}

/// Where the parameters of a memory stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Memory {
    pub(crate) n_inputs: usize,
    pub(crate) n_memory: usize,
    pub(crate) input_weights: usize,
    pub(crate) recurrent_weights: usize,
    pub(crate) input_biases: usize,
    pub(crate) recurrent_biases: usize,
}

impl Memory {
    /// How many gates there are: four for each number that is kept.
    pub(crate) fn n_gates(&self) -> usize {
        4 * self.n_memory
    }
}

/// Where the parameters of a branch stand.
#[derive(Debug, Clone)]
pub(crate) struct BranchLayout {
    pub(crate) convolutions: Vec<Layer>,
    pub(crate) memory: Memory,
}

/// Where all parameters stand.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(crate) branches: Vec<BranchLayout>,
    pub(crate) dense: Vec<Layer>,
    pub(crate) n_parameters: usize,
}

/// Hands out places in the list of parameters.
#[derive(Default)]
struct Places(usize);

impl Places {
    fn take(&mut self, n: usize) -> usize {
        let begin = self.0;
        self.0 += n;
        begin
    }

    fn layers(&mut self, mut n_inputs: usize, widths: impl IntoIterator<Item = usize>) -> Vec<Layer> {
        let layer = |n_outputs| {
            let weights = self.take(n_inputs * n_outputs);
            let layer = Layer { n_inputs, n_outputs, weights, biases: self.take(n_outputs) };
            n_inputs = n_outputs;
            layer
        };
        widths.into_iter().map(layer).collect()
    }
}

impl SequenceShape {
    /// A network with these sequences, `n_flat` features of the event itself, these hidden dense layers, each followed by a
    /// ReLU, and `n_outputs` linear outputs.
    ///
    /// Without a sequence it is a dense network of the flat features.
    ///
    /// # Errors
    ///
    /// [`NnError::BadShape`] if nothing goes in, if a layer has no unit, if a sequence has no object or no feature, or if
    /// two sequences share a name.
    pub fn new(
        branches: impl Into<Vec<Branch>>,
        n_flat: usize,
        hidden: &[usize],
        n_outputs: usize,
    ) -> Result<Self, NnError> {
        let branches = branches.into();
        for (index, branch) in branches.iter().enumerate() {
            let name = &branch.name;
            let bad = |what: &str| Err(NnError::BadShape(format!("the sequence {name} {what}")));
            if branch.length == 0 {
                return bad("has no object: its length is zero");
            }
            if branch.n_features == 0 {
                return bad("has no feature");
            }
            if branch.n_memory == 0 || branch.convolutions.contains(&0) {
                return bad("has a layer without a unit");
            }
            if branches[..index].iter().any(|other| other.name == *name) {
                return bad("is there twice");
            }
        }
        if branches.is_empty() && n_flat == 0 {
            return Err(NnError::BadShape("nothing goes into the network".into()));
        }
        if hidden.contains(&0) || n_outputs == 0 {
            return Err(NnError::BadShape("every layer of a network needs a unit".into()));
        }
        Ok(Self { branches, n_flat, hidden: hidden.to_vec(), n_outputs })
    }

    /// Its sequences.
    #[must_use]
    pub fn branches(&self) -> &[Branch] {
        &self.branches
    }

    /// How many features of the event itself it takes.
    #[must_use]
    pub fn n_flat(&self) -> usize {
        self.n_flat
    }

    /// The widths of its hidden dense layers.
    #[must_use]
    pub fn hidden(&self) -> &[usize] {
        &self.hidden
    }

    /// How many outputs it has.
    #[must_use]
    pub fn n_outputs(&self) -> usize {
        self.n_outputs
    }

    /// How many values an event has: those of all sequences and the flat ones.
    #[must_use]
    pub fn n_columns(&self) -> usize {
        self.branches.iter().map(Branch::n_columns).sum::<usize>() + self.n_flat
    }

    /// How many parameters it has.
    #[must_use]
    pub fn n_parameters(&self) -> usize {
        self.layout().n_parameters
    }

    /// Where the parameters stand.
    pub(crate) fn layout(&self) -> Layout {
        let mut places = Places::default();
        let branches: Vec<BranchLayout> = self
            .branches
            .iter()
            .map(|branch| {
                let convolutions = places.layers(branch.n_features, branch.convolutions.iter().copied());
                let n_inputs = branch.convolutions.last().copied().unwrap_or(branch.n_features);
                let n_gates = 4 * branch.n_memory;
                let memory = Memory {
                    n_inputs,
                    n_memory: branch.n_memory,
                    input_weights: places.take(n_gates * n_inputs),
                    recurrent_weights: places.take(n_gates * branch.n_memory),
                    input_biases: places.take(n_gates),
                    recurrent_biases: places.take(n_gates),
                };
                BranchLayout { convolutions, memory }
            })
            .collect();
        let widths = self.hidden.iter().copied().chain([self.n_outputs]);
        let dense = places.layers(self.n_joined(), widths);
        Layout { branches, dense, n_parameters: places.0 }
    }

    /// How many numbers go into the dense layers.
    pub(crate) fn n_joined(&self) -> usize {
        self.branches.iter().map(|branch| branch.n_memory).sum::<usize>() + self.n_flat
    }

    /// Parameters to begin with: weights uniform within $\pm\sqrt{6/(n_\mathrm{in}+n_\mathrm{out})}$, where a memory counts
    /// each gate as a layer of its own; biases zero, but the input biases of the forget gates one, so that a memory
    /// begins by keeping what it has.
    ///
    /// # References
    ///
    /// [Glorot and Bengio 2010](https://proceedings.mlr.press/v9/glorot10a.html);
    /// [Józefowicz, Zaremba and Sutskever 2015](https://proceedings.mlr.press/v37/jozefowicz15.html)
    #[must_use]
    pub fn glorot_uniform(&self, seed: Seed) -> Vec<f64> {
        let layout = self.layout();
        let mut parameters = vec![0.0; layout.n_parameters];
        let mut random = seed.stream();
        let mut fill = |weights: &mut [f64], n_in: usize, n_out: usize| {
            let limit = (6.0 / (n_in + n_out) as f64).sqrt();
            weights.iter_mut().for_each(|w| *w = random.random_range(-limit..limit));
        };
        let mut layers = |parameters: &mut Vec<f64>, layers: &[Layer]| {
            for layer in layers {
                fill(&mut parameters[layer.weights..layer.biases], layer.n_inputs, layer.n_outputs);
            }
        };
        for branch in &layout.branches {
            layers(&mut parameters, &branch.convolutions);
        }
        layers(&mut parameters, &layout.dense);
        for BranchLayout { memory: m, .. } in &layout.branches {
            fill(&mut parameters[m.input_weights..m.recurrent_weights], m.n_inputs, m.n_memory);
            fill(&mut parameters[m.recurrent_weights..m.input_biases], m.n_memory, m.n_memory);
            parameters[m.input_biases + m.n_memory..][..m.n_memory].fill(1.0);
        }
        parameters
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_without_sense_is_told_which_sequence() {
        let error = |branch: Branch| SequenceShape::new([branch], 0, &[], 1).unwrap_err().to_string();
        assert!(error(Branch::new("tracks", 3, 0, &[], 2)).contains("tracks has no object"));
        assert!(error(Branch::new("tracks", 0, 4, &[], 2)).contains("tracks has no feature"));
        assert!(error(Branch::new("tracks", 3, 4, &[8, 0], 2)).contains("tracks has a layer"));
        let twice = [Branch::new("a", 1, 1, &[], 1), Branch::new("a", 2, 2, &[], 1)];
        assert!(SequenceShape::new(twice, 0, &[], 1).unwrap_err().to_string().contains("a is there twice"));
        assert!(SequenceShape::new([], 0, &[4], 1).is_err());
    }

    #[test]
    fn a_shape_without_sequences_is_a_dense_network() {
        let shape = SequenceShape::new([], 5, &[7], 2).unwrap();
        assert_eq!(shape.n_parameters(), 5 * 7 + 7 + 7 * 2 + 2);
    }

    #[test]
    fn first_weights_are_within_their_limits_and_memories_begin_by_keeping() {
        let shape = SequenceShape::new([Branch::new("a", 3, 2, &[5], 4)], 1, &[], 2).unwrap();
        let parameters = shape.glorot_uniform(Seed::new(1));
        let memory = shape.layout().branches[0].memory;
        assert_eq!(parameters[memory.input_biases + 4..memory.input_biases + 8], [1.0; 4]);
        assert_eq!(parameters[memory.recurrent_biases..][..16], [0.0; 16]);
        let limit = (6.0 / 8.0_f64).sqrt();
        assert!(parameters[..15].iter().all(|w| w.abs() <= limit && *w != 0.0));
    }

    #[test]
    fn a_file_is_checked_as_an_argument_is() {
        let shape = SequenceShape::new([Branch::new("a", 3, 2, &[5], 4)], 1, &[6], 2).unwrap();
        let json = serde_json::to_string(&shape).unwrap();
        assert_eq!(serde_json::from_str::<SequenceShape>(&json).unwrap(), shape);
        assert!(
            serde_json::from_str::<SequenceShape>(&json.replace("\"length\":2", "\"length\":0")).is_err()
        );
    }
}
