use serde::{Deserialize, Serialize};

/// A tree of cuts, from its root, node 0, down to leaves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tree {
    pub(super) nodes: Vec<Node>,
}

/// A node of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Node {
    /// An event goes left if its feature is below a threshold, and right if it is not.
    Cut {
        /// The feature, as a place among those of the classifier.
        feature: u32,
        /// The threshold, in the unit of the feature; compared in single precision.
        below: f32,
        /// The node of events below.
        left: u32,
        /// The node of all others.
        right: u32,
        /// Whether an event without the feature goes left. Here there are no such events, in training or after; a file in
        /// ONNX says it to its runtime.
        missing_left: bool,
    },
    /// What the tree adds to the logit.
    Leaf(f32),
}

impl Tree {
    /// Its nodes; the places of children refer to this list.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// How many leaves it has.
    #[must_use]
    pub fn n_leaves(&self) -> usize {
        self.nodes.iter().filter(|node| matches!(node, Node::Leaf(_))).count()
    }

    /// What it adds to the logit of an event.
    pub(super) fn value(&self, feature_of_event: impl Fn(usize) -> f32) -> f64 {
        let mut place = 0;
        loop {
            match self.nodes[place] {
                Node::Leaf(value) => return f64::from(value),
                Node::Cut { feature, below, left, right, .. } => {
                    let is_below = feature_of_event(feature as usize) < below;
                    place = if is_below { left } else { right } as usize;
                }
            }
        }
    }

    /// What is wrong with it: every node but the root must be the child of exactly one, and after it, so that every event
    /// comes to a leaf.
    pub(super) fn flaw(&self, n_features: usize) -> Option<String> {
        if self.nodes.is_empty() {
            return Some("it has no node".to_owned());
        }
        let mut is_child = vec![false; self.nodes.len()];
        for (place, node) in self.nodes.iter().enumerate() {
            match *node {
                Node::Leaf(value) if !value.is_finite() => {
                    return Some(format!("leaf {place} must be finite, got {value}"));
                }
                Node::Leaf(_) => {}
                Node::Cut { feature, .. } if feature as usize >= n_features => {
                    return Some(format!("node {place} cuts on feature {feature} of {n_features}"));
                }
                Node::Cut { below, .. } if !below.is_finite() => {
                    return Some(format!("the threshold of node {place} must be finite, got {below}"));
                }
                Node::Cut { left, right, .. } => {
                    for child in [left as usize, right as usize] {
                        if child <= place || child >= is_child.len() || is_child[child] {
                            return Some(format!("node {child} cannot be a child of node {place}"));
                        }
                        is_child[child] = true;
                    }
                }
            }
        }
        let orphan = is_child.iter().skip(1).position(|is_child| !is_child);
        orphan.map(|place| format!("node {} is nobody's child", place + 1))
    }
}
