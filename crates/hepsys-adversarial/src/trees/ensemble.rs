use super::{BoostedTrees, Node, OneVsRest, Tree};

/// The attributes of a `TreeEnsembleClassifier` or a `TreeEnsembleRegressor` of ONNX (`ai.onnx.ml`, version 3), as
/// plain lists, each called as in the standard; what is `leaf_…` here is `class_…` or `target_…` there.
///
/// All comparisons are `BRANCH_LT` in single precision, with the very thresholds of [`Tree`], so that a
/// runtime takes the branches that [`BoostedTrees::scores`] takes. Its input has to be single precision, as rounded from
/// `f64` to the nearest.
///
/// There are no `base_values`: the leaves of the first tree hold the [logit before it](BoostedTrees::base). onnxruntime,
/// 1.32 for one, adds those of a classifier with two classes to the wrong class.
///
/// ```
/// # use hepsys_adversarial::trees::BoostedTrees;
/// let text = r#"{"features": ["ht"], "base": 0.5, "trees": [[
///     {"cut": {"feature": 0, "below": 250.0, "left": 1, "right": 2, "missing_left": true}},
///     {"leaf": -1.5}, {"leaf": 2.0}
/// ]]}"#;
/// let trees: BoostedTrees = serde_json::from_str(text)?;
/// let ensemble = trees.regressor();
/// assert_eq!(ensemble.nodes_modes, ["BRANCH_LT", "LEAF", "LEAF"]);
/// assert_eq!(ensemble.nodes_truenodeids, [1, 0, 0]);
/// assert_eq!((ensemble.leaf_nodeids, ensemble.leaf_weights), (vec![1, 2], vec![-1.0, 2.5]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
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

impl BoostedTrees {
    /// The attributes of a `TreeEnsembleClassifier` with two classes, background and signal, and `post_transform`
    /// `LOGISTIC`: the second score of an event is that of [`scores`](Self::scores), the first is one minus it.
    ///
    /// Each leaf counts against background what it counts for signal. With values for one class only, runtimes guess from
    /// the signs of all leaves whether they are probabilities already.
    #[must_use]
    pub fn classifier(&self) -> TreeEnsemble {
        let mut ensemble = TreeEnsemble::default();
        ensemble.add(self, &[(0, -1.0), (1, 1.0)]);
        ensemble
    }

    /// The attributes of a `TreeEnsembleRegressor` with one target, the [logit](Self::logits).
    ///
    /// With `post_transform` `LOGISTIC`, or a `Sigmoid` behind it, it is the score.
    #[must_use]
    pub fn regressor(&self) -> TreeEnsemble {
        let mut ensemble = TreeEnsemble::default();
        ensemble.add(self, &[(0, 1.0)]);
        ensemble
    }
}

impl OneVsRest {
    /// The attributes of a `TreeEnsembleClassifier` with these classes and `post_transform` `LOGISTIC`.
    ///
    /// Its scores do not add up to one: divided by their sum, they are those of [`scores`](Self::scores).
    #[must_use]
    pub fn classifier(&self) -> TreeEnsemble {
        let mut ensemble = TreeEnsemble::default();
        for (class, trees) in self.trees.iter().enumerate() {
            ensemble.add(trees, &[(class as i64, 1.0)]);
        }
        ensemble
    }
}

impl TreeEnsemble {
    /// How many trees there are.
    #[must_use]
    pub fn n_trees(&self) -> usize {
        self.nodes_treeids.last().map_or(0, |&last| last as usize + 1)
    }

    /// Adds trees whose leaves count for these outputs, each with a sign.
    fn add(&mut self, trees: &BoostedTrees, outputs: &[(i64, f32)]) {
        // The standard knows no ensemble without a node.
        let nothing = [Node::Leaf(0.0)];
        let all: Vec<&[Node]> = match trees.trees() {
            [] => vec![&nothing],
            trees => trees.iter().map(Tree::nodes).collect(),
        };
        let bases = std::iter::once(trees.base()).chain(std::iter::repeat(0.0));
        for (nodes, base) in all.into_iter().zip(bases) {
            let tree = self.n_trees() as i64;
            for (place, node) in nodes.iter().enumerate() {
                self.nodes_treeids.push(tree);
                self.nodes_nodeids.push(place as i64);
                if let Node::Leaf(value) = node {
                    let value = (base + f64::from(*value)) as f32;
                    self.add_leaf(tree, place as i64, value, outputs);
                }
                self.add_node(node);
            }
        }
    }

    fn add_leaf(&mut self, tree: i64, place: i64, value: f32, outputs: &[(i64, f32)]) {
        for &(output, sign) in outputs {
            self.leaf_treeids.push(tree);
            self.leaf_nodeids.push(place);
            self.leaf_ids.push(output);
            self.leaf_weights.push(sign * value);
        }
    }

    fn add_node(&mut self, node: &Node) {
        let (mode, feature, below, left, right, missing_left) = match *node {
            Node::Cut { feature, below, left, right, missing_left } => {
                ("BRANCH_LT", feature, below, left, right, missing_left)
            }
            Node::Leaf(_) => ("LEAF", 0, 0.0, 0, 0, false),
        };
        self.nodes_modes.push(mode);
        self.nodes_featureids.push(i64::from(feature));
        self.nodes_values.push(below);
        self.nodes_truenodeids.push(i64::from(left));
        self.nodes_falsenodeids.push(i64::from(right));
        self.nodes_missing_value_tracks_true.push(i64::from(missing_left));
    }
}
