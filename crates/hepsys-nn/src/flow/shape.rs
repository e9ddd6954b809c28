use hepsys_core::Seed;
use serde::{Deserialize, Serialize};

use crate::{Activation, MlpShape, NnError};

/// The shape of a [`ConditionalFlow`](super::ConditionalFlow), and with it the layout of its parameters.
///
/// As a flat list the parameters stand coupling by coupling, each as those of a network in [`MlpShape`].
///
/// ```
/// use hepsys_nn::flow::FlowShape;
/// // Four features of ten classes.
/// let shape = FlowShape::new(4, 10, 6, &[32, 32])?;
/// assert_eq!(shape.n_parameters(), 6 * (13 * 32 + 33 * 32 + 33 * 4));
/// let moved: Vec<_> = shape.couplings().map(|coupling| coupling.moved).take(4).collect();
/// assert_eq!(moved, [[1, 3], [0, 2], [2, 3], [0, 1]]);
/// # Ok::<(), hepsys_nn::NnError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct FlowShape {
    n_features: usize,
    n_conditions: usize,
    n_couplings: usize,
    hidden: Vec<usize>,
}

/// What a file says, before [`FlowShape::new`] has looked at it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    n_features: usize,
    n_conditions: usize,
    n_couplings: usize,
    hidden: Vec<usize>,
}

impl TryFrom<Unchecked> for FlowShape {
    type Error = NnError;

    fn try_from(shape: Unchecked) -> Result<Self, NnError> {
        Self::new(shape.n_features, shape.n_conditions, shape.n_couplings, &shape.hidden)
    }
}

/// One coupling of a flow: the features that it keeps, and those that it moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coupling {
    /// The features that stay as they are, and with the conditions decide about the others.
    pub kept: Vec<usize>,
    /// The features that are scaled and shifted.
    pub moved: Vec<usize>,
}

impl FlowShape {
    /// A flow of so many couplings, whose networks have these hidden layers.
    ///
    /// Features are split by the digits of their number in base two: the first two couplings keep those with an even
    /// number and the others in turn, the next two look at the second digit, and so on, and then from the start.
    /// Any two features are on different sides of some split, so $2 \lceil \log_2 n \rceil$ couplings of $n$ features
    /// let each one see every other.
    /// Fewer are a smaller family of densities.
    /// A single feature has nothing to be split: its couplings see the conditions only, and make one Gaussian for each.
    ///
    /// # Errors
    ///
    /// [`NnError::BadShape`] without a feature, a coupling or a unit in some layer, for a single feature without
    /// conditions, whose couplings would see nothing, and if no memory could hold the parameters.
    pub fn new(
        n_features: usize,
        n_conditions: usize,
        n_couplings: usize,
        hidden: &[usize],
    ) -> Result<Self, NnError> {
        let bad = |reason: &str| Err(NnError::BadShape(reason.to_owned()));
        if n_features == 0 || n_couplings == 0 {
            return bad("a flow needs one or more features and couplings");
        }
        if n_features == 1 && n_conditions == 0 {
            return bad("a flow of one feature needs conditions: its couplings would see nothing without");
        }
        if n_features.checked_add(n_conditions).is_none() {
            return bad("no memory holds the parameters of such a flow");
        }
        let shape = Self { n_features, n_conditions, n_couplings, hidden: hidden.to_vec() };
        // All couplings differ by one input and two outputs at most, so the first tells the size of all.
        let first = shape.network(&shape.coupling(0))?;
        if first
            .n_parameters()
            .checked_mul(2 * size_of::<f64>())
            .and_then(|n| n.checked_mul(n_couplings))
            .is_none()
        {
            return bad("no memory holds the parameters of such a flow");
        }
        Ok(shape)
    }

    /// How many features an event has.
    #[must_use]
    pub fn n_features(&self) -> usize {
        self.n_features
    }

    /// How many conditions an event has.
    #[must_use]
    pub fn n_conditions(&self) -> usize {
        self.n_conditions
    }

    /// How many couplings there are.
    #[must_use]
    pub fn n_couplings(&self) -> usize {
        self.n_couplings
    }

    /// The width of each hidden layer of a coupling's network.
    #[must_use]
    pub fn hidden(&self) -> &[usize] {
        &self.hidden
    }

    /// The couplings, from the features to the normal numbers.
    pub fn couplings(&self) -> impl ExactSizeIterator<Item = Coupling> + '_ {
        (0..self.n_couplings).map(|index| self.coupling(index))
    }

    /// How many parameters it has.
    #[must_use]
    pub fn n_parameters(&self) -> usize {
        self.networks().iter().map(MlpShape::n_parameters).sum()
    }

    /// Parameters to begin a training with: [Glorot's weights](MlpShape::glorot_uniform) of each network, from its index of
    /// the seed, but for the last layers, which are zero and make the flow the identity.
    #[must_use]
    pub fn start(&self, seed: Seed) -> Vec<f64> {
        let begin = |(index, network): (usize, MlpShape)| {
            let mut parameters = network.glorot_uniform(seed.index(index));
            let last = network.layers().last().map_or(0, |layer| layer.weights);
            parameters[last..].fill(0.0);
            parameters
        };
        self.networks().into_iter().enumerate().flat_map(begin).collect()
    }

    /// The networks of the couplings: kept features and conditions go in, scales and shifts come out.
    pub(super) fn networks(&self) -> Vec<MlpShape> {
        let network = |coupling| self.network(&coupling).expect("a checked flow has units in every layer");
        self.couplings().map(network).collect()
    }

    fn network(&self, coupling: &Coupling) -> Result<MlpShape, NnError> {
        let n_inputs = coupling.kept.len() + self.n_conditions;
        MlpShape::new(n_inputs, &self.hidden, 2 * coupling.moved.len(), Activation::Tanh)
    }

    fn coupling(&self, index: usize) -> Coupling {
        let n_digits = match self.n_features {
            1 => return Coupling { kept: Vec::new(), moved: vec![0] },
            n => (n - 1).ilog2() as usize + 1,
        };
        let digit = index / 2 % n_digits;
        let (kept, moved) = (0..self.n_features).partition(|feature| (feature >> digit) & 1 == index % 2);
        Coupling { kept, moved }
    }

    /// Passes a list of parameters on if it has the right length.
    pub(super) fn check<'a>(&self, parameters: &'a [f64]) -> Result<&'a [f64], NnError> {
        let expected = self.n_parameters();
        if parameters.len() == expected {
            return Ok(parameters);
        }
        Err(NnError::LengthMismatch {
            what: format!("parameters of {self}"),
            expected,
            found: parameters.len(),
        })
    }
}

impl std::fmt::Display for FlowShape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { n_features, n_conditions, n_couplings, hidden } = self;
        write!(
            f,
            "a flow of {n_couplings} couplings on {n_features} features and {n_conditions} conditions with hidden \
             layers of {hidden:?}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_two_features_are_parted_by_some_coupling() {
        for n in 2..20_usize {
            let enough = 2 * ((n - 1).ilog2() as usize + 1);
            let shape = FlowShape::new(n, 0, enough, &[3]).unwrap();
            for (a, b) in (0..n).flat_map(|a| (0..n).map(move |b| (a, b))).filter(|(a, b)| a != b) {
                let sees = |c: &Coupling| c.kept.contains(&a) && c.moved.contains(&b);
                assert!(shape.couplings().any(|c| sees(&c)), "{b} never sees {a} of {n}");
            }
            for coupling in shape.couplings() {
                assert!(!coupling.kept.is_empty() && !coupling.moved.is_empty());
                assert_eq!(coupling.kept.len() + coupling.moved.len(), n);
            }
        }
    }

    #[test]
    fn a_single_feature_needs_conditions() {
        assert!(FlowShape::new(1, 2, 1, &[3]).is_ok());
        let error = FlowShape::new(1, 0, 1, &[3]).unwrap_err().to_string();
        assert_eq!(error, "a flow of one feature needs conditions: its couplings would see nothing without");
    }

    #[test]
    fn shapes_without_parts_or_without_bounds_are_refused() {
        let most = usize::MAX;
        for (n_features, n_conditions, n_couplings, hidden) in [
            (0, 1, 1, vec![3]),
            (2, 1, 0, vec![3]),
            (2, 1, 1, vec![3, 0]),
            (2, most, 1, vec![3]),
            (2, 1, most / 64, vec![3]),
        ] {
            assert!(FlowShape::new(n_features, n_conditions, n_couplings, &hidden).is_err());
        }
    }

    #[test]
    fn a_shape_reads_as_it_was_written_and_is_checked() {
        let shape = FlowShape::new(4, 10, 6, &[32, 32]).unwrap();
        let json = serde_json::to_string(&shape).unwrap();
        assert_eq!(serde_json::from_str::<FlowShape>(&json).unwrap(), shape);
        assert!(
            serde_json::from_str::<FlowShape>(&json.replace("\"n_couplings\":6", "\"n_couplings\":0"))
                .is_err()
        );
    }
}
