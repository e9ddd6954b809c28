//! Ensembles of trees, in the operators of ONNX for them.

use super::graph::bad;
use super::proto::AttributeProto;
use super::write::{INSIDE, Writer};
use crate::NnError;

/// Where the operators are.
pub(super) const DOMAIN: &str = "ai.onnx.ml";

/// The version of the operators, of 2022.
pub(super) const OPSET: i64 = 3;

/// The attributes of a `TreeEnsembleClassifier` or a `TreeEnsembleRegressor` of ONNX (`ai.onnx.ml`, version 3), as plain
/// lists, each called as in the standard; what is `leaf_…` here is `class_…` or `target_…` there.
///
/// [`Graph::trees`](super::Graph::trees) writes a regressor if there is one output, and else a classifier, whose classes are
/// numbers; either gives the sums of leaves as they are, so that outputs of a graph are made of them as of a network's.
/// Trees are numbered from 0, nodes of each tree from 0, its root, and children come after their parents.
///
/// ```
/// use hepsys_core::Feature;
/// use hepsys_nn::onnx::{Graph, Input, Output, TreeEnsemble};
///
/// // Events with HT below 250 GeV are background.
/// let trees = TreeEnsemble {
///     nodes_treeids: vec![0, 0, 0],
///     nodes_nodeids: vec![0, 1, 2],
///     nodes_featureids: vec![0, 0, 0],
///     nodes_values: vec![250.0, 0.0, 0.0],
///     nodes_modes: vec!["BRANCH_LT", "LEAF", "LEAF"],
///     nodes_truenodeids: vec![1, 0, 0],
///     nodes_falsenodeids: vec![2, 0, 0],
///     nodes_missing_value_tracks_true: vec![1, 0, 0],
///     leaf_treeids: vec![0, 0],
///     leaf_nodeids: vec![1, 2],
///     leaf_ids: vec![0, 0],
///     leaf_weights: vec![-1.5, 2.0],
/// };
/// let model = Graph::named("a cut")
///     .input(Input::new("x", [Feature::new("ht", "GeV")]))
///     .trees(&trees)
///     .output("score", Output::Sigmoid)
///     .check()?;
/// # Ok::<(), hepsys_nn::NnError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TreeEnsemble {
    /// The tree of each node.
    pub nodes_treeids: Vec<i64>,
    /// The place of each node in its tree.
    pub nodes_nodeids: Vec<i64>,
    /// The feature that each node cuts on; 0 for leaves.
    pub nodes_featureids: Vec<i64>,
    /// The threshold of each node; 0 for leaves.
    pub nodes_values: Vec<f32>,
    /// `BRANCH_LT` or `LEAF`.
    pub nodes_modes: Vec<&'static str>,
    /// The node of events below the threshold; 0 for leaves.
    pub nodes_truenodeids: Vec<i64>,
    /// The node of all others; 0 for leaves.
    pub nodes_falsenodeids: Vec<i64>,
    /// 1 where an event without the feature goes to the true node.
    pub nodes_missing_value_tracks_true: Vec<i64>,
    /// The tree of each leaf's value; `class_treeids` or `target_treeids`.
    pub leaf_treeids: Vec<i64>,
    /// The node of each leaf's value; `class_nodeids` or `target_nodeids`.
    pub leaf_nodeids: Vec<i64>,
    /// The output that each value is added to; `class_ids` or `target_ids`.
    pub leaf_ids: Vec<i64>,
    /// The values; `class_weights` or `target_weights`.
    pub leaf_weights: Vec<f32>,
}

impl TreeEnsemble {
    /// How many trees there are.
    #[must_use]
    pub fn n_trees(&self) -> usize {
        self.nodes_treeids.last().map_or(0, |&last| last as usize + 1)
    }

    /// How many outputs the leaves are added to.
    #[must_use]
    pub fn n_outputs(&self) -> usize {
        self.leaf_ids.iter().max().map_or(0, |&last| last as usize + 1)
    }

    /// That the lists fit together, and that every event comes to a leaf.
    pub(super) fn check(&self, n_features: usize) -> Result<(), NnError> {
        self.check_lengths()?;
        if self.nodes_modes.is_empty() || self.leaf_ids.is_empty() {
            return Err(bad("an ensemble of trees needs a node and a leaf"));
        }
        for node in 0..self.nodes_modes.len() {
            if let Some(flaw) = self.flaw(node, n_features) {
                return Err(bad(format!("node {node} of an ensemble of trees {flaw}")));
            }
        }
        let nodes: Vec<(i64, i64)> =
            self.nodes_treeids.iter().copied().zip(self.nodes_nodeids.iter().copied()).collect();
        for (leaf, at) in self.leaf_treeids.iter().copied().zip(self.leaf_nodeids.iter().copied()).enumerate()
        {
            // Nodes stand in order.
            let is_leaf = nodes.binary_search(&at).is_ok_and(|node| self.nodes_modes[node] == "LEAF");
            if !is_leaf || self.leaf_ids[leaf] < 0 || !self.leaf_weights[leaf].is_finite() {
                let (tree, node) = at;
                return Err(bad(format!(
                    "value {leaf} of an ensemble of trees must be finite and at a leaf, for an output from 0 on; it is {} at \
                     node {node} of tree {tree} for output {}",
                    self.leaf_weights[leaf], self.leaf_ids[leaf]
                )));
            }
        }
        Ok(())
    }

    fn check_lengths(&self) -> Result<(), NnError> {
        let (n_nodes, n_leaves) = (self.nodes_modes.len(), self.leaf_ids.len());
        for (what, expected, found) in [
            ("nodes_treeids", n_nodes, self.nodes_treeids.len()),
            ("nodes_nodeids", n_nodes, self.nodes_nodeids.len()),
            ("nodes_featureids", n_nodes, self.nodes_featureids.len()),
            ("nodes_values", n_nodes, self.nodes_values.len()),
            ("nodes_truenodeids", n_nodes, self.nodes_truenodeids.len()),
            ("nodes_falsenodeids", n_nodes, self.nodes_falsenodeids.len()),
            ("nodes_missing_value_tracks_true", n_nodes, self.nodes_missing_value_tracks_true.len()),
            ("leaf_treeids", n_leaves, self.leaf_treeids.len()),
            ("leaf_nodeids", n_leaves, self.leaf_nodeids.len()),
            ("leaf_weights", n_leaves, self.leaf_weights.len()),
        ] {
            if expected != found {
                return Err(NnError::LengthMismatch { what: what.to_owned(), expected, found });
            }
        }
        Ok(())
    }

    /// What is wrong with a node.
    fn flaw(&self, node: usize, n_features: usize) -> Option<String> {
        let (tree, place) = (self.nodes_treeids[node], self.nodes_nodeids[node]);
        let is_next = match node.checked_sub(1) {
            None => (tree, place) == (0, 0),
            Some(before) => {
                let (tree_before, place_before) = (self.nodes_treeids[before], self.nodes_nodeids[before]);
                (tree, place) == (tree_before, place_before + 1) || (tree, place) == (tree_before + 1, 0)
            }
        };
        if !is_next {
            return Some(format!(
                "is node {place} of tree {tree}, but nodes must be numbered in their order"
            ));
        }
        match self.nodes_modes[node] {
            "LEAF" => None,
            "BRANCH_LT" => {
                let feature = self.nodes_featureids[node];
                if !(0..n_features as i64).contains(&feature) {
                    return Some(format!("cuts on feature {feature} of {n_features}"));
                }
                if !self.nodes_values[node].is_finite() {
                    return Some(format!("has the threshold {}", self.nodes_values[node]));
                }
                [self.nodes_truenodeids[node], self.nodes_falsenodeids[node]].into_iter().find_map(|child| {
                    let at = usize::try_from(child - place).ok().filter(|steps| *steps > 0).map(|s| node + s);
                    let is_there = at.is_some_and(|at| self.nodes_treeids.get(at) == Some(&tree));
                    (!is_there).then(|| format!("has the child {child}, which is no later node of its tree"))
                })
            }
            other => Some(format!("has the mode {other}, which is neither BRANCH_LT nor LEAF")),
        }
    }
}

impl Writer {
    /// The sums of leaves, `[N, n_outputs]`.
    pub(super) fn trees(&mut self, ensemble: &TreeEnsemble, features: &str) -> String {
        let n_outputs = ensemble.n_outputs() as i64;
        let (operator, leaves) = match n_outputs {
            1 => ("TreeEnsembleRegressor", "target"),
            _ => ("TreeEnsembleClassifier", "class"),
        };
        let ints = AttributeProto::ints;
        let of_leaves = |name: &str| format!("{leaves}_{name}");
        let mut attributes = vec![
            ints("nodes_treeids", &ensemble.nodes_treeids),
            ints("nodes_nodeids", &ensemble.nodes_nodeids),
            ints("nodes_featureids", &ensemble.nodes_featureids),
            AttributeProto::floats("nodes_values", &ensemble.nodes_values),
            AttributeProto::strings("nodes_modes", &ensemble.nodes_modes),
            ints("nodes_truenodeids", &ensemble.nodes_truenodeids),
            ints("nodes_falsenodeids", &ensemble.nodes_falsenodeids),
            ints("nodes_missing_value_tracks_true", &ensemble.nodes_missing_value_tracks_true),
            ints(&of_leaves("treeids"), &ensemble.leaf_treeids),
            ints(&of_leaves("nodeids"), &ensemble.leaf_nodeids),
            ints(&of_leaves("ids"), &ensemble.leaf_ids),
            AttributeProto::floats(&of_leaves("weights"), &ensemble.leaf_weights),
            AttributeProto::string("post_transform", "NONE"),
        ];
        let sums = format!("{INSIDE}sums");
        if n_outputs == 1 {
            attributes.push(AttributeProto::int("n_targets", 1));
            self.add(operator, DOMAIN, &[&sums], &[features], &attributes);
        } else {
            attributes.push(ints("classlabels_int64s", &(0..n_outputs).collect::<Vec<_>>()));
            let labels = format!("{INSIDE}labels");
            self.add(operator, DOMAIN, &[&labels, &sums], &[features], &attributes);
        }
        sums
    }
}
