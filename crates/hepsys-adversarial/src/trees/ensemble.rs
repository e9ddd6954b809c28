//! Trees as ONNX has them.
//!
//! All comparisons are `BRANCH_LT` in single precision, with the very thresholds of [`Tree`], so that a runtime takes the
//! branches that [`BoostedTrees::scores`] takes. Its input has to be single precision, as rounded from `f64` to the nearest.
//!
//! There are no `base_values`: the leaves of the first tree hold the [logit before it](BoostedTrees::base). onnxruntime,
//! 1.32 for one, adds those of a classifier with two classes to the wrong class.

use hepsys_core::Feature;
use hepsys_nn::NnError;
use hepsys_nn::onnx::{Graph, Input, Model, Output, Reference, TreeEnsemble, Values};

use super::{BoostedTrees, Node, OneVsRest, Tree, TreesError};

/// What scores in a file may differ by: sums over trees are in single precision there.
const TOLERANCE: f64 = 1e-5;

impl BoostedTrees {
    /// The attributes of a `TreeEnsembleClassifier` with two classes, background and signal; the sum of leaves for signal is
    /// the [logit](Self::logits), for background its opposite.
    ///
    /// Each leaf counts against background what it counts for signal. With values for one class only, runtimes guess from
    /// the signs of all leaves whether they are probabilities already.
    #[must_use]
    pub fn classifier(&self) -> TreeEnsemble {
        let mut ensemble = TreeEnsemble::default();
        add(&mut ensemble, self, &[(0, -1.0), (1, 1.0)]);
        ensemble
    }

    /// The attributes of a `TreeEnsembleRegressor` with one target, the [logit](Self::logits).
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
    #[must_use]
    pub fn regressor(&self) -> TreeEnsemble {
        let mut ensemble = TreeEnsemble::default();
        add(&mut ensemble, self, &[(0, 1.0)]);
        ensemble
    }

    /// The file in ONNX, a `TreeEnsembleClassifier`: its input `x` holds the features, `[N, n_features]`, its output `scores`,
    /// `[N, 2]`, those of background and of signal.
    ///
    /// # Errors
    ///
    /// [`NnError::BadGraph`] for trees without a feature or with a leaf that single precision does not hold.
    pub fn to_onnx(&self) -> Result<Model, NnError> {
        self.to_onnx_of(self.features().iter().map(|name| Feature::new(name, "1")))
    }

    /// The same file with the units of the features.
    pub(crate) fn to_onnx_of(&self, features: impl IntoIterator<Item = Feature>) -> Result<Model, NnError> {
        model(&self.classifier(), features, &["background", "signal"])
    }

    /// What a file of these trees should compute of some events.
    ///
    /// # Shapes
    ///
    /// `columns`: `[n_features][n_events]`
    ///
    /// # Errors
    ///
    /// Those of [`scores`](Self::scores).
    pub fn reference(&self, columns: &[impl AsRef<[f64]>]) -> Result<Reference, TreesError> {
        let of_signal = self.scores(columns)?;
        let of_background = of_signal.iter().map(|score| 1.0 - score).collect();
        Ok(reference(columns, &[of_background, of_signal]))
    }
}

impl OneVsRest {
    /// The attributes of a `TreeEnsembleClassifier` with these classes; the sums of leaves are the logits of each class against
    /// all others.
    #[must_use]
    pub fn classifier(&self) -> TreeEnsemble {
        let mut ensemble = TreeEnsemble::default();
        for (class, trees) in self.trees.iter().enumerate() {
            add(&mut ensemble, trees, &[(class as i64, 1.0)]);
        }
        ensemble
    }

    /// The file in ONNX, a `TreeEnsembleClassifier`: its input `x` holds the features, `[N, n_features]`, its output `scores`,
    /// `[N, n_classes]`, those of the classes.
    ///
    /// # Errors
    ///
    /// Those of [`BoostedTrees::to_onnx`].
    pub fn to_onnx(&self) -> Result<Model, NnError> {
        let features = self.features().iter().map(|name| Feature::new(name, "1"));
        model(&self.classifier(), features, self.classes())
    }

    /// What a file of these trees should compute of some events.
    ///
    /// # Shapes
    ///
    /// `columns`: `[n_features][n_events]`
    ///
    /// # Errors
    ///
    /// Those of [`scores`](Self::scores).
    pub fn reference(&self, columns: &[impl AsRef<[f64]>]) -> Result<Reference, TreesError> {
        Ok(reference(columns, &self.scores(columns)?))
    }
}

fn model<S: AsRef<str>>(
    ensemble: &TreeEnsemble,
    features: impl IntoIterator<Item = Feature>,
    classes: &[S],
) -> Result<Model, NnError> {
    let classes: Vec<&str> = classes.iter().map(AsRef::as_ref).collect();
    Graph::named("boosted trees")
        .input(Input::new("x", features))
        .trees(ensemble)
        .output("scores", Output::Shares)
        .metadata("classes", serde_json::Value::from(classes).to_string())
        .check()
}

/// Events by their columns, and scores `[n_classes][n_events]`, event by event.
fn reference(columns: &[impl AsRef<[f64]>], scores: &[Vec<f64>]) -> Reference {
    let n_events = columns.first().map_or(0, |column| column.as_ref().len());
    let inputs =
        (0..n_events).flat_map(|event| columns.iter().map(move |column| column.as_ref()[event] as f32));
    let outputs = (0..n_events).flat_map(|event| scores.iter().map(move |of_class| of_class[event]));
    let x = Values { shape: vec![n_events, columns.len()], values: inputs.collect() };
    let scores = Values { shape: vec![n_events, scores.len()], values: outputs.collect() };
    Reference::new(TOLERANCE).input("x", x).output("scores", scores)
}

/// Adds trees whose leaves count for these outputs, each with a sign.
fn add(ensemble: &mut TreeEnsemble, trees: &BoostedTrees, outputs: &[(i64, f32)]) {
    // The standard knows no ensemble without a node.
    let nothing = [Node::Leaf(0.0)];
    let all: Vec<&[Node]> = match trees.trees() {
        [] => vec![&nothing],
        trees => trees.iter().map(Tree::nodes).collect(),
    };
    let bases = std::iter::once(trees.base()).chain(std::iter::repeat(0.0));
    for (nodes, base) in all.into_iter().zip(bases) {
        let tree = ensemble.n_trees() as i64;
        for (place, node) in nodes.iter().enumerate() {
            ensemble.nodes_treeids.push(tree);
            ensemble.nodes_nodeids.push(place as i64);
            if let Node::Leaf(value) = node {
                let value = (base + f64::from(*value)) as f32;
                add_leaf(ensemble, (tree, place as i64), value, outputs);
            }
            add_node(ensemble, node);
        }
    }
}

fn add_leaf(ensemble: &mut TreeEnsemble, (tree, place): (i64, i64), value: f32, outputs: &[(i64, f32)]) {
    for &(output, sign) in outputs {
        ensemble.leaf_treeids.push(tree);
        ensemble.leaf_nodeids.push(place);
        ensemble.leaf_ids.push(output);
        ensemble.leaf_weights.push(sign * value);
    }
}

fn add_node(ensemble: &mut TreeEnsemble, node: &Node) {
    let (mode, feature, below, left, right, missing_left) = match *node {
        Node::Cut { feature, below, left, right, missing_left } => {
            ("BRANCH_LT", feature, below, left, right, missing_left)
        }
        Node::Leaf(_) => ("LEAF", 0, 0.0, 0, 0, false),
    };
    ensemble.nodes_modes.push(mode);
    ensemble.nodes_featureids.push(i64::from(feature));
    ensemble.nodes_values.push(below);
    ensemble.nodes_truenodeids.push(i64::from(left));
    ensemble.nodes_falsenodeids.push(i64::from(right));
    ensemble.nodes_missing_value_tracks_true.push(i64::from(missing_left));
}
