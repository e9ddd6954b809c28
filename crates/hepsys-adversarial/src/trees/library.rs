//! The library that grows trees, and nothing else of it.

use forust_ml::gradientbooster::GrowPolicy;
use forust_ml::objective::ObjectiveType;
use forust_ml::{GradientBooster, Matrix};

use super::{BoostedTreesParams, Node, Tree, TreesError};

/// Events as the library takes them: columns one after the other, classes 0 and 1, weights with a mean of one.
pub(super) struct Training {
    pub(super) values: Vec<f64>,
    pub(super) targets: Vec<f64>,
    pub(super) weights: Vec<f64>,
}

/// The logit before the first tree, and the trees; `features` are the places of the columns among all features.
pub(super) fn grow(
    params: &BoostedTreesParams,
    training: &Training,
    features: &[usize],
) -> Result<(f64, Vec<Tree>), TreesError> {
    let base = log_odds(training);
    if features.is_empty() {
        return Ok((base, Vec::new()));
    }
    let booster = train(params, training)?;
    Ok((base, booster.trees.iter().map(|tree| ours(tree, features)).collect()))
}

/// The logarithm of the weight of signal over that of background, which the library would take from a difference.
fn log_odds(training: &Training) -> f64 {
    let of = |class: f64| {
        let events = training.weights.iter().zip(&training.targets);
        events.filter(|(_, target)| **target == class).map(|(weight, _)| weight).sum::<f64>()
    };
    (of(1.0) / of(0.0)).ln()
}

/// The library's own model.
pub(super) fn train(params: &BoostedTreesParams, training: &Training) -> Result<GradientBooster, TreesError> {
    let n_events = training.targets.len();
    let mut booster = GradientBooster::default();
    booster.objective_type = ObjectiveType::LogLoss;
    booster.iterations = params.n_trees;
    booster.learning_rate = params.learning_rate as f32;
    // Not leaf by leaf: the library orders leaves by their value rather than by what a cut would gain.
    booster.grow_policy = GrowPolicy::DepthWise;
    booster.max_depth = params.depth;
    booster.max_leaves = usize::MAX;
    booster.min_leaf_weight = params.min_leaf_weight as f32;
    booster.l2 = params.l2 as f32;
    booster.nbins = params.bins;
    booster.base_score = log_odds(training);
    booster.initialize_base_score = false;
    booster.parallel = true;
    let columns = Matrix::new(&training.values, n_events, training.values.len() / n_events);
    booster
        .fit(&columns, &training.targets, &training.weights, None)
        .map_err(|error| TreesError::Library(error.to_string()))?;
    Ok(booster)
}

/// A tree of ours from one of theirs, node by node.
fn ours(tree: &forust_ml::tree::Tree, features: &[usize]) -> Tree {
    let nodes = tree.nodes.iter().map(|node| {
        if node.is_leaf {
            return Node::Leaf(node.weight_value);
        }
        Node::Cut {
            feature: features[node.split_feature] as u32,
            below: single_at_or_above(node.split_value),
            left: node.left_child as u32,
            right: node.right_child as u32,
            missing_left: node.missing_node == node.left_child,
        }
    });
    Tree { nodes: nodes.collect() }
}

/// The smallest number of single precision that is not below `threshold`.
///
/// For x of single precision, x < threshold exactly if x is below this one. Thresholds are values of the training
/// events, which are such numbers already; this keeps it true should the library ever cut between two events.
fn single_at_or_above(threshold: f64) -> f32 {
    let nearest = threshold as f32;
    if f64::from(nearest) < threshold { nearest.next_up() } else { nearest }
}
