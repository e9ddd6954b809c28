//! All chains that can reach a relevance, found without looking at those that cannot.

use std::collections::HashSet;

use super::subsets::Subsets;
use crate::pdg::is_invisible;
use crate::{Chain, DecayMode, DecayTable, DecaysError, Detector, ParticleId, Reach, Track};

/// Decays after decays at most; no table goes deeper, unless it runs in a circle.
const DEEPEST: usize = 12;

/// Chains, with daughters in the order of [`Chain::sorted`].
pub(crate) type Found = HashSet<Chain>;

/// A walk through all chains of a table.
///
/// For each particle and each set of hypotheses the walk knows the best that any of its decays can do: the largest product of branching
/// fractions, probabilities of the tracks and factors of those left over. So it enters no part of the tree of chains whose best is not
/// good enough, and what it finds is complete, but for chains deeper than twelve decays and particles that come from themselves.
pub(crate) struct Walk<'a> {
    table: &'a DecayTable,
    hypotheses: &'a [(Track, i32)],
    detector: &'a Detector,
    /// The best of each particle, once it was asked for.
    best: Vec<Option<Best>>,
    limit: usize,
}

/// The best that a particle can do, with all its modes and with each.
#[derive(Clone)]
struct Best {
    all: Subsets,
    modes: Vec<Subsets>,
}

/// What a walk looks for among the decays of one particle.
struct Aim {
    parent: ParticleId,
    reach: Reach,
    /// What branching fraction, probabilities and extra tracks have to be together.
    least: f64,
}

/// A particle of a chain whose decay is not chosen yet.
struct Open {
    particle: ParticleId,
    depth: usize,
    /// The best of all that are chosen after it.
    after: Subsets,
}

/// A chain that is chosen up to what is open.
struct Begun {
    open: Vec<Open>,
    /// The modes chosen so far, in the order of the chain as it is written.
    choices: Vec<usize>,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(
        table: &'a DecayTable,
        hypotheses: &'a [(Track, i32)],
        detector: &'a Detector,
        limit: usize,
    ) -> Self {
        Self { table, hypotheses, detector, best: table.particles().map(|_| None).collect(), limit }
    }

    /// Adds the chains of a parent for which branching fraction, probabilities and extra tracks come to `least_product`.
    pub(crate) fn collect(
        &mut self,
        parent: ParticleId,
        least_product: f64,
        reach: Reach,
        found: &mut Found,
    ) -> Result<(), DecaysError> {
        let one = Subsets::one(self.hypotheses.len());
        let aim = Aim { parent, reach, least: least_product };
        self.best(parent, 0);
        let open = vec![Open { particle: parent, depth: 0, after: one.clone() }];
        let mut begun = Begun { open, choices: Vec::new() };
        self.descend(&aim, &mut begun, &one, [0; 2], found)
    }

    /// Chooses the decay of the particle that is open last, in all ways.
    fn descend(
        &mut self,
        aim: &Aim,
        begun: &mut Begun,
        done: &Subsets,
        [n_tracks, n_leaves]: [usize; 2],
        found: &mut Found,
    ) -> Result<(), DecaysError> {
        let Some(Open { particle, depth, after }) = begun.open.pop() else {
            return self.keep(aim.parent, &begun.choices, found);
        };
        let table = self.table;
        let around = done.with(&after);
        for (choice, mode) in table.modes(particle).iter().enumerate() {
            let best = self.best[particle.index()].as_ref().map(|best| around.complete(&best.modes[choice]));
            if depth >= DEEPEST || best.is_none_or(|best| best < aim.least) {
                continue;
            }
            let n_open = begun.open.len();
            let (mut tracks, mut leaves) = (n_tracks, n_leaves);
            let mut done = done.clone().times(mode.fraction.value);
            let mut after = after.clone();
            // The last one first, so that the first is chosen first.
            for &daughter in mode.daughters.iter().rev() {
                if let Some(leaf) = self.leaf(daughter) {
                    done = done.with(&leaf);
                    leaves += 1;
                    tracks += usize::from(self.table.track(daughter).is_some());
                } else {
                    let best = self.best(daughter, depth + 1);
                    begun.open.push(Open { particle: daughter, depth: depth + 1, after: after.clone() });
                    after = after.with(&best);
                }
            }
            let most_tracks = self.hypotheses.len() + aim.reach.extra_tracks;
            let most_leaves = aim.reach.max_particles.unwrap_or(usize::MAX);
            if tracks <= most_tracks && leaves + begun.open.len() <= most_leaves {
                begun.choices.push(choice);
                self.descend(aim, begun, &done, [tracks, leaves], found)?;
                begun.choices.pop();
            }
            begun.open.truncate(n_open);
        }
        begun.open.push(Open { particle, depth, after });
        Ok(())
    }

    /// Adds a chain, once for all orders of equal daughters.
    fn keep(&self, parent: ParticleId, choices: &[usize], found: &mut Found) -> Result<(), DecaysError> {
        found.insert(self.chain(parent, &mut choices.iter()).sorted());
        if found.len() > self.limit {
            return Err(DecaysError::TooManyCandidates { limit: self.limit });
        }
        Ok(())
    }

    fn chain(&self, particle: ParticleId, choices: &mut std::slice::Iter<'_, usize>) -> Chain {
        if self.leaf(particle).is_some() {
            return Chain::leaf(particle);
        }
        let Some(&choice) = choices.next() else { return Chain::leaf(particle) };
        let mode = &self.table.modes(particle)[choice];
        let daughters = mode.daughters.iter().map(|&daughter| self.chain(daughter, choices));
        Chain::new(particle, daughters.collect())
    }

    /// The best of a particle's decays, or of the particle itself if it is at the end of chains.
    fn best(&mut self, particle: ParticleId, depth: usize) -> Subsets {
        if let Some(leaf) = self.leaf(particle) {
            return leaf;
        }
        if let Some(best) = &self.best[particle.index()] {
            return best.all.clone();
        }
        let zero = Subsets::zero(self.hypotheses.len());
        if depth > DEEPEST {
            return zero;
        }
        // Where a table runs in a circle, a particle adds nothing to itself.
        self.best[particle.index()] = Some(Best { all: zero.clone(), modes: Vec::new() });
        let table = self.table;
        let modes: Vec<Subsets> =
            table.modes(particle).iter().map(|mode| self.best_of(mode, depth + 1)).collect();
        let all = modes.iter().fold(zero, Subsets::or);
        self.best[particle.index()] = Some(Best { all: all.clone(), modes });
        all
    }

    fn best_of(&mut self, mode: &DecayMode, depth: usize) -> Subsets {
        // A mode without daughters, which a program for jets would find, says nothing about tracks.
        if mode.daughters.is_empty() {
            return Subsets::zero(self.hypotheses.len());
        }
        let mut best = Subsets::one(self.hypotheses.len()).times(mode.fraction.value);
        for &daughter in &mode.daughters {
            best = best.with(&self.best(daughter, depth));
        }
        best
    }

    /// What a particle does at the end of a chain; nothing for one that decays.
    fn leaf(&self, particle: ParticleId) -> Option<Subsets> {
        if let Some((truth, charge)) = self.table.track(particle) {
            let probability = |&(hypothesis, of): &(Track, i32)| {
                if of == charge { self.detector.probability(truth, hypothesis) } else { 0.0 }
            };
            let probabilities: Vec<f64> = self.hypotheses.iter().map(probability).collect();
            return Some(Subsets::track(self.detector.extra_track_factor, &probabilities));
        }
        let pdg_id = self.table.properties(particle)?.pdg_id;
        is_invisible(pdg_id).then(|| Subsets::one(self.hypotheses.len()))
    }
}
