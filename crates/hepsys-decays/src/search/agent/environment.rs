//! Chains, token by token.

use hepsys_rl::{Action, Environment, Interrupt, Observation, RlError, Space, Step};

use super::super::{Queries, features::features};
use super::Agent;
use super::memory::Memory;
use super::tree::{Open, ROOT, Tree};
use crate::Seed;

/// The choice to take the branch at hand; the other one is to pass on to those after it.
const TAKE: usize = 0;

/// The least fraction of selected events that is told from none.
const LEAST_FRACTION: f64 = 1e-4;

/// An environment in which an episode builds a chain of decays, and asks for it.
///
/// What has been asked is no choice any more, and where there is no choice, there is no step: each episode is a query.
pub(super) struct Chains<'q, 'a> {
    queries: &'q mut Queries<'a>,
    /// The logarithm of each upper bound.
    bounds: Vec<f64>,
    memory: Memory,
    tree: Tree,
    temperature: f64,
    /// The branches that may be taken from here, the last first.
    branches: Vec<Branch>,
    n_features: usize,
    /// Requested as soon as no episode can begin.
    over: Interrupt,
}

/// One that can be taken at a fork.
struct Branch {
    node: usize,
    /// What is open below it, and below those after it.
    open: Open,
    rest: Open,
}

impl<'q, 'a> Chains<'q, 'a> {
    pub(super) fn new(agent: &Agent, queries: &'q mut Queries<'a>, over: Interrupt) -> Self {
        let finder = queries.finder();
        let candidates = finder.candidates();
        let bounds: Vec<f64> = candidates.iter().map(|candidate| candidate.upper_bound().log10()).collect();
        let rows: Vec<Vec<f64>> = candidates.iter().map(|candidate| features(finder, candidate)).collect();
        let n_features = rows.first().map_or(0, Vec::len) + 2;
        let memory = Memory::new(&rows, agent.length);
        let tree = Tree::new(candidates);
        let (temperature, branches) = (agent.temperature, Vec::new());
        let mut chains = Self { queries, bounds, memory, tree, temperature, branches, n_features, over };
        chains.look_again();
        chains
    }

    /// Whether no episode can begin: nothing may be asked, or there is nothing to decide.
    pub(super) fn is_over(&self) -> bool {
        self.queries.is_over() || self.tree.open(ROOT).n < 2
    }

    /// Finds what is open, and what is expected of it after the last answer.
    fn look_again(&mut self) {
        let Self { queries, bounds, memory, temperature, .. } = self;
        self.tree.set(|i| {
            let (bound, expected) = (bounds[i], memory.expected(i));
            let weight = 10.0_f64.powf((bound + expected) / *temperature);
            let known = [bound, expected].into_iter().chain(memory.features(i).iter().copied());
            (!queries.is_asked(i)).then(|| Open::new(weight, known))
        });
        if self.is_over() {
            self.over.request();
        }
    }

    /// Goes down from a node to the next decision, or to the candidate at the end.
    fn descend(&mut self, mut node: usize) -> Option<usize> {
        loop {
            if let Some(candidate) = self.tree.candidate(node) {
                return Some(candidate);
            }
            let children = self.tree.open_children(node);
            if let [only] = children[..] {
                node = only;
                continue;
            }
            let mut rest = Open::default();
            self.branches.clear();
            for node in children.into_iter().rev() {
                let open = self.tree.open(node).clone();
                let after = rest.clone();
                rest.add(&open);
                self.branches.push(Branch { node, open, rest: after });
            }
            return None;
        }
    }

    /// How the branch at hand differs from those after it, and what all of them are like.
    fn observation(&self) -> Observation {
        let Some(Branch { open, rest, .. }) = self.branches.last() else {
            return Observation::new(vec![0.0; self.n_observations()]);
        };
        let mut all = open.clone();
        all.add(rest);
        let differences = open.means().zip(rest.means()).map(|(a, b)| a - b);
        Observation::new(differences.chain(all.means()).collect::<Vec<_>>())
            .preferring([(open.weight / rest.weight).ln(), 0.0])
    }

    /// Asks for a candidate, and says how good it is.
    fn ask(&mut self, candidate: usize) -> Result<f64, RlError> {
        let last = self.queries.least_leader();
        let answers =
            self.queries.ask(&[candidate]).map_err(|error| RlError::environment("a query", error))?;
        let Some(found) = answers.first().copied().flatten() else { return Ok(0.0) };
        let bound = self.queries.finder().candidates()[candidate].upper_bound();
        self.memory.remember(candidate, (found.value / bound).max(LEAST_FRACTION).log10());
        Ok(reward(found.value, last))
    }
}

/// Nothing below a tenth of the last leader, one for the last leader itself, and two for ten times as much.
fn reward(relevance: f64, last_leader: f64) -> f64 {
    if relevance > 0.0 { (1.0 + (relevance / last_leader).log10()).clamp(0.0, 2.0) } else { 0.0 }
}

impl Environment for Chains<'_, '_> {
    fn space(&self) -> Space {
        Space::Discrete(2)
    }

    fn n_observations(&self) -> usize {
        2 * self.n_features
    }

    fn max_steps(&self) -> usize {
        usize::MAX
    }

    fn reset(&mut self, _seed: Seed) -> Result<Observation, RlError> {
        self.descend(ROOT);
        Ok(self.observation())
    }

    fn step(&mut self, action: &Action) -> Result<Step, RlError> {
        let passes = *action != Action::Discrete(TAKE);
        if passes {
            self.branches.pop();
            if self.branches.len() > 1 {
                return Ok(Step::to(self.observation(), 0.0));
            }
        }
        // The last branch is taken, for there is no other to wait for.
        let Some(branch) = self.branches.pop() else {
            return Err(RlError::environment("a step", "the chain is complete"));
        };
        let Some(candidate) = self.descend(branch.node) else {
            return Ok(Step::to(self.observation(), 0.0));
        };
        self.branches.clear();
        let reward = self.ask(candidate)?;
        self.look_again();
        Ok(Step::to(self.observation(), reward).ending(true))
    }
}
