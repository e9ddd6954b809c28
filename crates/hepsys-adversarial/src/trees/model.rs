use serde::{Deserialize, Serialize};

use super::columns::{self, Columns};
use super::{Tree, TreesError};

/// Trained boosted trees: the score of signal for any event.
///
/// The logit of an event is the sum of a constant and of one leaf of every tree, summed in `f64` in the order in which
/// the trees grew; it is that of the library that grew them, to the last bit.
///
/// Serialised with serde they are complete: read back, they give the same scores to the last bit. What does not fit
/// together is refused.
///
/// ```
/// use hepsys_adversarial::trees::BoostedTrees;
///
/// let text = r#"{
///     "features": ["ht"],
///     "base": 0.0,
///     "trees": [[
///         {"cut": {"feature": 0, "below": 250.0, "left": 1, "right": 2, "missing_left": true}},
///         {"leaf": -1.5},
///         {"leaf": 2.0}
///     ]]
/// }"#;
/// let trees: BoostedTrees = serde_json::from_str(text)?;
/// assert_eq!(trees.logits(&[[249.0, 250.0]])?, [-1.5, 2.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct BoostedTrees {
    features: Vec<String>,
    base: f64,
    trees: Vec<Tree>,
}

/// What a file says, before anybody has looked whether it fits together.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    features: Vec<String>,
    base: f64,
    trees: Vec<Tree>,
}

impl TryFrom<Unchecked> for BoostedTrees {
    type Error = TreesError;

    fn try_from(Unchecked { features, base, trees }: Unchecked) -> Result<Self, TreesError> {
        Self::new(features, base, trees)
    }
}

impl BoostedTrees {
    pub(super) fn new(features: Vec<String>, base: f64, trees: Vec<Tree>) -> Result<Self, TreesError> {
        if !base.is_finite() {
            return Err(TreesError::bad("the logit before the first tree", "finite", base));
        }
        for (place, tree) in trees.iter().enumerate() {
            if let Some(reason) = tree.flaw(features.len()) {
                return Err(TreesError::BadTree { tree: place, reason });
            }
        }
        Ok(Self { features, base, trees })
    }

    /// The names of the features, in the order in which rows and columns have them.
    #[must_use]
    pub fn features(&self) -> &[String] {
        &self.features
    }

    /// The logit before the first tree: the log odds of the classes in training.
    #[must_use]
    pub fn base(&self) -> f64 {
        self.base
    }

    /// The trees, in the order in which they grew.
    #[must_use]
    pub fn trees(&self) -> &[Tree] {
        &self.trees
    }

    /// The same without the trees after the first `n_trees`, as a training that had stopped there would have given.
    #[must_use]
    pub fn first(mut self, n_trees: usize) -> Self {
        self.trees.truncate(n_trees);
        self
    }

    /// The score of an event, the probability $1/(1+e^{-\text{logit}})$ of signal at the shares of training.
    ///
    /// # Shapes
    ///
    /// `row`: `[n_features]`
    ///
    /// # Errors
    ///
    /// [`TreesError::LengthMismatch`] for too many features or too few, [`TreesError::NotFinite`] for one that is not
    /// finite.
    pub fn score(&self, row: &[f64]) -> Result<f64, TreesError> {
        TreesError::check_length("features of the event", self.features.len(), row.len())?;
        let round = |(name, &value): (&String, &f64)| columns::rounded(name, 0, value);
        let row = self.features.iter().zip(row).map(round).collect::<Result<Vec<f32>, _>>()?;
        Ok(sigmoid(self.logit(|feature| row[feature])))
    }

    /// The score of each event.
    ///
    /// # Shapes
    ///
    /// `columns`: `[n_features][n_events]`; the scores: `[n_events]`
    ///
    /// # Errors
    ///
    /// Those of [`score`](Self::score).
    pub fn scores(&self, columns: &[impl AsRef<[f64]>]) -> Result<Vec<f64>, TreesError> {
        let mut scores = self.logits(columns)?;
        scores.iter_mut().for_each(|score| *score = sigmoid(*score));
        Ok(scores)
    }

    /// The logit $\ln\frac{s}{1-s}$ of the score of each event, which has digits left where scores come close to 1.
    ///
    /// # Shapes
    ///
    /// `columns`: `[n_features][n_events]`; the logits: `[n_events]`
    ///
    /// # Errors
    ///
    /// Those of [`score`](Self::score).
    pub fn logits(&self, columns: &[impl AsRef<[f64]>]) -> Result<Vec<f64>, TreesError> {
        let n_events = columns.first().map_or(0, |column| column.as_ref().len());
        let columns = Columns::new(&self.features, columns, n_events)?;
        Ok((0..n_events).map(|event| self.logit(|feature| columns.at(feature, event))).collect())
    }

    fn logit(&self, feature_of_event: impl Fn(usize) -> f32) -> f64 {
        self.trees.iter().fold(self.base, |logit, tree| logit + tree.value(&feature_of_event))
    }
}

pub(super) fn sigmoid(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}
