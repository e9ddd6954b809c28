//! The candidates as a tree of tokens.

use std::collections::HashMap;

use crate::{Candidate, Chain, ParticleId};

/// What is said next of a chain: which particle it begins with, or what the first open particle decays to; nothing if it stays.
type Token = Vec<ParticleId>;

/// The root of a [`Tree`].
pub(super) const ROOT: usize = 0;

/// The candidates of a finder, each at the end of its sequence of tokens, and what is open below each node.
pub(super) struct Tree {
    nodes: Vec<Node>,
    /// The node at which each candidate ends.
    ends: Vec<usize>,
}

#[derive(Default)]
struct Node {
    children: Vec<usize>,
    candidate: Option<usize>,
    open: Open,
}

/// The candidates below a node that have not been asked.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Open {
    /// How many there are.
    pub(super) n: usize,
    /// The sum of their weights.
    pub(super) weight: f64,
    /// The sum of their features with these weights.
    features: Vec<f64>,
}

impl Open {
    /// One candidate.
    pub(super) fn new(weight: f64, features: impl IntoIterator<Item = f64>) -> Self {
        Self { n: 1, weight, features: features.into_iter().map(|x| x * weight).collect() }
    }

    /// The weighted means of the features.
    pub(super) fn means(&self) -> impl Iterator<Item = f64> + '_ {
        self.features.iter().map(|sum| sum / self.weight)
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.n += other.n;
        self.weight += other.weight;
        self.features.resize(self.features.len().max(other.features.len()), 0.0);
        self.features.iter_mut().zip(&other.features).for_each(|(sum, x)| *sum += x);
    }
}

impl Tree {
    /// The tree of these candidates, all of them closed; children are in the order of their first candidates.
    pub(super) fn new(candidates: &[Candidate]) -> Self {
        let mut tree = Self { nodes: vec![Node::default()], ends: Vec::new() };
        let mut children = HashMap::new();
        for (i, candidate) in candidates.iter().enumerate() {
            let mut at = ROOT;
            for token in tokens(&candidate.chain) {
                at = *children.entry((at, token)).or_insert_with(|| {
                    tree.nodes.push(Node::default());
                    let child = tree.nodes.len() - 1;
                    tree.nodes[at].children.push(child);
                    child
                });
            }
            tree.nodes[at].candidate = Some(i);
            tree.ends.push(at);
        }
        tree
    }

    /// Says anew which candidates are open, and what they are like.
    pub(super) fn set(&mut self, open: impl Fn(usize) -> Option<Open>) {
        for (candidate, &end) in self.ends.iter().enumerate() {
            self.nodes[end].open = open(candidate).unwrap_or_default();
        }
        // Children come after their parents.
        for at in (0..self.nodes.len()).rev() {
            if self.nodes[at].candidate.is_none() {
                let mut sum = Open::default();
                self.nodes[at].children.iter().for_each(|&child| sum.add(&self.nodes[child].open));
                self.nodes[at].open = sum;
            }
        }
    }

    /// What is open below a node.
    pub(super) fn open(&self, node: usize) -> &Open {
        &self.nodes[node].open
    }

    /// The children of a node below which something is open.
    pub(super) fn open_children(&self, node: usize) -> Vec<usize> {
        let children = self.nodes[node].children.iter().copied();
        children.filter(|&child| self.nodes[child].open.n > 0).collect()
    }

    /// The candidate whose tokens end at a node.
    pub(super) fn candidate(&self, node: usize) -> Option<usize> {
        self.nodes[node].candidate
    }
}

/// The tokens of a chain: what it begins with, then what each particle decays to, those of a daughter before those of the next one.
///
/// No sequence is the beginning of another.
fn tokens(chain: &Chain) -> Vec<Token> {
    let mut all = vec![vec![chain.particle()]];
    push_decays(chain, &mut all);
    all
}

fn push_decays(chain: &Chain, tokens: &mut Vec<Token>) {
    tokens.push(chain.daughters().iter().map(Chain::particle).collect());
    chain.daughters().iter().for_each(|daughter| push_decays(daughter, tokens));
}
