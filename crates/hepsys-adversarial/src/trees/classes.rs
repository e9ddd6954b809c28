use serde::{Deserialize, Serialize};

use super::{BoostedTrees, TreesError};

/// Boosted trees for each of several classes, such as the signal, multijet and beam-induced jets of a displaced search.
///
/// Each tells its class from all others, $s_c$; the score of a class is $s_c / \sum_k s_k$.
///
/// ```
/// use hepsys_adversarial::trees::BoostedTrees;
///
/// let radius_mm = vec![1.0, 2.0, 3.0, 11.0, 12.0, 13.0, 21.0, 22.0, 23.0];
/// let class_of = [0, 0, 0, 1, 1, 1, 2, 2, 2];
/// let jets = BoostedTrees::params().features(["radius"]).min_leaf_weight(0.2).check()?.fit_classes(
///     ["multijet", "signal", "beam-induced"],
///     &[radius_mm],
///     &class_of,
///     &[1.0; 9],
/// )?;
/// let scores = jets.score(&[12.0])?;
/// assert!(scores[1] > 0.8 && (scores.iter().sum::<f64>() - 1.0).abs() < 1e-12);
/// # Ok::<(), hepsys_adversarial::trees::TreesError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct OneVsRest {
    pub(super) classes: Vec<String>,
    pub(super) trees: Vec<BoostedTrees>,
}

/// What a file says, before anybody has looked whether it fits together.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    classes: Vec<String>,
    trees: Vec<BoostedTrees>,
}

impl TryFrom<Unchecked> for OneVsRest {
    type Error = TreesError;

    fn try_from(Unchecked { classes, trees }: Unchecked) -> Result<Self, TreesError> {
        Self::check_classes(&classes)?;
        TreesError::check_length("classifiers of classes", classes.len(), trees.len())?;
        if let Some(other) = trees.iter().find(|other| other.features() != trees[0].features()) {
            let expected = format!("{:?} for all classes", trees[0].features());
            return Err(TreesError::bad("features", expected, format!("{:?}", other.features())));
        }
        Ok(Self { classes, trees })
    }
}

impl OneVsRest {
    pub(super) fn check_classes(classes: &[String]) -> Result<(), TreesError> {
        if classes.len() < 2 {
            return Err(TreesError::bad("classes", "two or more", classes.len()));
        }
        for (i, name) in classes.iter().enumerate() {
            if classes[..i].contains(name) {
                return Err(TreesError::bad("classes", "all different", format!("\"{name}\" twice")));
            }
        }
        Ok(())
    }

    /// The names of the classes, in the order of the scores.
    #[must_use]
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The names of the features, in the order in which rows and columns have them.
    #[must_use]
    pub fn features(&self) -> &[String] {
        self.trees[0].features()
    }

    /// The trees of each class, which tell it from all others.
    #[must_use]
    pub fn trees(&self) -> &[BoostedTrees] {
        &self.trees
    }

    /// The scores of an event, which add up to one.
    ///
    /// # Shapes
    ///
    /// `row`: `[n_features]`; the scores: `[n_classes]`
    ///
    /// # Errors
    ///
    /// Those of [`BoostedTrees::score`].
    pub fn score(&self, row: &[f64]) -> Result<Vec<f64>, TreesError> {
        let mut scores = self.trees.iter().map(|trees| trees.score(row)).collect::<Result<Vec<_>, _>>()?;
        let sum: f64 = scores.iter().sum();
        scores.iter_mut().for_each(|score| *score /= sum);
        Ok(scores)
    }

    /// The scores of each event, which add up to one.
    ///
    /// # Shapes
    ///
    /// `columns`: `[n_features][n_events]`; the scores: `[n_classes][n_events]`
    ///
    /// # Errors
    ///
    /// Those of [`BoostedTrees::scores`].
    pub fn scores(&self, columns: &[impl AsRef<[f64]>]) -> Result<Vec<Vec<f64>>, TreesError> {
        let mut scores =
            self.trees.iter().map(|trees| trees.scores(columns)).collect::<Result<Vec<_>, _>>()?;
        for event in 0..scores[0].len() {
            let sum: f64 = scores.iter().map(|of_class| of_class[event]).sum();
            scores.iter_mut().for_each(|of_class| of_class[event] /= sum);
        }
        Ok(scores)
    }
}
