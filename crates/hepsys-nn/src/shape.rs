use hepsys_core::Seed;
use rand::RngExt;
use serde::{Deserialize, Serialize};

use crate::{Activation, NnError};

/// As many numbers as a list may hold.
const MOST_PARAMETERS: usize = isize::MAX as usize / size_of::<f64>();

/// The shape of a dense network, and with it the layout of its parameters.
///
/// Wherever parameters are a flat list, they stand layer by layer:
/// first the weights `[n_outputs, n_inputs]` of a layer, row by row (all inputs of its first unit, then of its second),
/// then its biases.
///
/// ```
/// use hepsys_nn::{Activation, MlpShape};
/// let shape = MlpShape::new(5, &[7, 7], 1, Activation::Sigmoid)?;
/// assert_eq!(shape.n_parameters(), 106);
/// assert_eq!(shape.to_string(), "5-7-7-1");
/// # Ok::<(), hepsys_nn::NnError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct MlpShape {
    n_inputs: usize,
    hidden: Vec<usize>,
    n_outputs: usize,
    activation: Activation,
}

/// What a file says, before [`MlpShape::new`] has looked at it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    n_inputs: usize,
    hidden: Vec<usize>,
    n_outputs: usize,
    #[serde(default)]
    activation: Activation,
}

impl TryFrom<Unchecked> for MlpShape {
    type Error = NnError;

    fn try_from(shape: Unchecked) -> Result<Self, NnError> {
        Self::new(shape.n_inputs, &shape.hidden, shape.n_outputs, shape.activation)
    }
}

/// One layer in the flat list of parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layer {
    /// How many values go in.
    pub n_inputs: usize,
    /// How many come out.
    pub n_outputs: usize,
    /// Where its weights begin; its biases follow them.
    pub weights: usize,
    /// Where its biases begin.
    pub biases: usize,
}

impl MlpShape {
    /// A network with `n_inputs` inputs, these hidden layers, and `n_outputs` linear outputs.
    ///
    /// # Errors
    ///
    /// [`NnError::BadShape`] if a layer has no unit, or if no memory could hold its parameters.
    pub fn new(
        n_inputs: usize,
        hidden: &[usize],
        n_outputs: usize,
        activation: Activation,
    ) -> Result<Self, NnError> {
        let shape = Self { n_inputs, hidden: hidden.to_vec(), n_outputs, activation };
        if n_inputs == 0 || n_outputs == 0 || hidden.contains(&0) {
            return Err(NnError::BadShape(format!("every layer of a network needs a unit, got {shape}")));
        }
        if shape.checked_n_parameters().is_none_or(|n| n > MOST_PARAMETERS) {
            return Err(NnError::BadShape(format!("no memory holds the parameters of a network of {shape}")));
        }
        Ok(shape)
    }

    fn checked_n_parameters(&self) -> Option<usize> {
        let widths = self.hidden.iter().chain([&self.n_outputs]);
        let mut n_inputs = self.n_inputs;
        widths.into_iter().try_fold(0_usize, |sum, &width| {
            let layer = n_inputs.checked_add(1)?.checked_mul(width)?;
            n_inputs = width;
            sum.checked_add(layer)
        })
    }

    /// How many inputs it has.
    #[must_use]
    pub fn n_inputs(&self) -> usize {
        self.n_inputs
    }

    /// The width of each hidden layer.
    #[must_use]
    pub fn hidden(&self) -> &[usize] {
        &self.hidden
    }

    /// How many outputs it has.
    #[must_use]
    pub fn n_outputs(&self) -> usize {
        self.n_outputs
    }

    /// The activation of its hidden layers.
    #[must_use]
    pub fn activation(&self) -> Activation {
        self.activation
    }

    /// Its layers, from the inputs to the outputs.
    pub fn layers(&self) -> impl Iterator<Item = Layer> + '_ {
        let outputs = self.hidden.iter().copied().chain([self.n_outputs]);
        let mut n_inputs = self.n_inputs;
        let mut weights = 0;
        outputs.map(move |n_outputs| {
            let biases = weights + n_inputs * n_outputs;
            let layer = Layer { n_inputs, n_outputs, weights, biases };
            weights = biases + n_outputs;
            n_inputs = n_outputs;
            layer
        })
    }

    /// How many parameters it has, $|w|$.
    #[must_use]
    pub fn n_parameters(&self) -> usize {
        self.layers().map(|l| (l.n_inputs + 1) * l.n_outputs).sum()
    }

    /// Parameters to begin a fit with: weights uniform within $\pm\sqrt{6 / (n + m)}$
    /// in a layer of $n$ inputs and $m$ outputs, biases zero.
    ///
    /// They depend on the seed and the shape only, on every device and for every kernel.
    ///
    /// # References
    ///
    /// Glorot and Bengio, *Understanding the difficulty of training deep feedforward neural networks*, AISTATS 2010.
    #[must_use]
    pub fn glorot_uniform(&self, seed: Seed) -> Vec<f64> {
        let mut stream = seed.stream();
        let mut parameters = vec![0.0; self.n_parameters()];
        for layer in self.layers() {
            let limit = (6.0 / (layer.n_inputs + layer.n_outputs) as f64).sqrt();
            for weight in &mut parameters[layer.weights..layer.biases] {
                *weight = limit * (2.0 * stream.random::<f64>() - 1.0);
            }
        }
        parameters
    }

    /// Parameters to begin a fit with: weights and biases uniform within $\pm 1/\sqrt n$ in a layer of $n$ inputs.
    ///
    /// For networks of few inputs with ReLUs: with biases of zero, the kinks of all units would lie at zero.
    ///
    /// # References
    ///
    /// [He et al. 2015](https://arxiv.org/abs/1502.01852), with the slope that makes the limit this one, as PyTorch has it.
    #[must_use]
    pub fn fan_in_uniform(&self, seed: Seed) -> Vec<f64> {
        let mut stream = seed.stream();
        let mut parameters = vec![0.0; self.n_parameters()];
        for layer in self.layers() {
            let limit = (1.0 / layer.n_inputs as f64).sqrt();
            for parameter in &mut parameters[layer.weights..layer.biases + layer.n_outputs] {
                *parameter = limit * (2.0 * stream.random::<f64>() - 1.0);
            }
        }
        parameters
    }

    /// Passes a list of parameters on if it has the right length.
    pub(crate) fn check<'a>(&self, parameters: &'a [f64]) -> Result<&'a [f64], NnError> {
        if parameters.len() == self.n_parameters() {
            return Ok(parameters);
        }
        Err(NnError::LengthMismatch {
            what: format!("parameters of a {self} network"),
            expected: self.n_parameters(),
            found: parameters.len(),
        })
    }
}

impl std::fmt::Display for MlpShape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.n_inputs)?;
        for width in &self.hidden {
            write!(f, "-{width}")?;
        }
        write!(f, "-{}", self.n_outputs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_cover_the_parameters_without_gaps() {
        let shape = MlpShape::new(3, &[4, 2], 1, Activation::Tanh).unwrap();
        let mut next = 0;
        for layer in shape.layers() {
            assert_eq!(layer.weights, next);
            assert_eq!(layer.biases, layer.weights + layer.n_inputs * layer.n_outputs);
            next = layer.biases + layer.n_outputs;
        }
        assert_eq!(next, shape.n_parameters());
    }

    #[test]
    fn glorot_weights_fill_their_interval_and_biases_are_zero() {
        let shape = MlpShape::new(100, &[100], 1, Activation::Tanh).unwrap();
        let parameters = shape.glorot_uniform(Seed::new(1));
        let layer = shape.layers().next().unwrap();
        let limit = (6.0_f64 / 200.0).sqrt();
        let weights = &parameters[layer.weights..layer.biases];
        assert!(weights.iter().all(|w| w.abs() <= limit));
        assert!(parameters[layer.biases..layer.biases + 100].iter().all(|b| *b == 0.0));
        // The variance of the interval is limit^2 / 3; the estimate from 10^4 weights scatters by 0.9 %.
        let variance = weights.iter().map(|w| w * w).sum::<f64>() / weights.len() as f64;
        assert!((variance / (limit * limit / 3.0) - 1.0).abs() < 0.04);
    }

    #[test]
    fn a_shape_without_units_is_refused_in_files_too() {
        let json = r#"{"n_inputs": 2, "hidden": [3, 0], "n_outputs": 1}"#;
        let error = serde_json::from_str::<MlpShape>(json).unwrap_err();
        assert!(error.to_string().contains("2-3-0-1"), "{error}");
    }

    #[test]
    fn a_shape_whose_parameters_cannot_be_counted_is_refused() {
        let most = usize::MAX;
        for (n_inputs, hidden, n_outputs) in [
            (most, vec![], 1),
            (1, vec![most / 2], most / 2),
            (1, vec![most / 4; 3], 1),
            (1, vec![], most / 16),
        ] {
            let error =
                MlpShape::new(n_inputs, &hidden, n_outputs, Activation::Tanh).unwrap_err().to_string();
            assert!(error.starts_with("no memory holds the parameters of a network of"), "{error}");
        }
    }

    #[test]
    fn fan_in_limits_weights_and_biases() {
        let shape = MlpShape::new(4, &[200], 1, Activation::Relu).unwrap();
        let parameters = shape.fan_in_uniform(Seed::new(1));
        let (first, second) = parameters.split_at(4 * 200 + 200);
        for (list, limit) in [(first, 0.5), (second, 1.0 / 200_f64.sqrt())] {
            let largest = list.iter().fold(0.0_f64, |m, p| m.max(p.abs()));
            assert!(largest <= limit && largest > 0.9 * limit, "{largest} {limit}");
        }
    }
}
