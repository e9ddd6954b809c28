//! What modes look like once their resonances are gone.

use std::collections::BTreeSet;

use crate::pdg::flavour_eigenstate;
use crate::{DecayTable, ParticleId};

/// The width in GeV from which on a particle is a resonance: its decays cannot be told from modes without it by their vertex or a narrow peak.
const RESONANCE_WIDTH: f64 = 1e-3;

/// The least fraction of a resonance's decay that counts as a final state of it.
const MIN_RESONANCE_FRACTION: f64 = 0.05;

/// Decays of resonances after each other at most, for a table that runs in a circle.
const DEEPEST: usize = 6;

/// What modes end with after their resonances have decayed.
pub(super) struct Ends<'a> {
    table: &'a DecayTable,
    /// The ends of modes without resonances.
    plain: BTreeSet<Vec<i64>>,
    /// The ends of modes with resonances.
    resonant: BTreeSet<Vec<i64>>,
}

impl<'a> Ends<'a> {
    /// Of no modes yet.
    pub(super) fn new(table: &'a DecayTable) -> Self {
        Self { table, plain: BTreeSet::new(), resonant: BTreeSet::new() }
    }

    /// Adds a mode that is there.
    pub(super) fn add(&mut self, daughters: &[ParticleId]) {
        let ends = self.ends(daughters, 0);
        if self.is_plain(daughters) { self.plain.extend(ends) } else { self.resonant.extend(ends) }
    }

    /// Whether a mode is there already, as a whole or by its parts.
    pub(super) fn has(&self, daughters: &[ParticleId]) -> bool {
        let others = if self.is_plain(daughters) { &self.resonant } else { &self.plain };
        self.ends(daughters, 0).iter().any(|end| others.contains(end))
    }

    /// What tells modes of a mother apart, with all neutral kaons as one.
    pub(super) fn numbers(&self, daughters: &[ParticleId]) -> Vec<i64> {
        let mut numbers: Vec<i64> = daughters.iter().map(|&id| self.number(id)).collect();
        numbers.sort_unstable();
        numbers
    }

    fn number(&self, id: ParticleId) -> i64 {
        self.table.properties(id).map_or(0, |particle| flavour_eigenstate(particle.pdg_id))
    }

    fn is_plain(&self, daughters: &[ParticleId]) -> bool {
        daughters.iter().all(|&id| !self.is_resonance(id))
    }

    fn is_resonance(&self, id: ParticleId) -> bool {
        let is_wide = self.table.properties(id).is_some_and(|particle| RESONANCE_WIDTH < particle.width);
        is_wide && !self.table.modes(id).is_empty()
    }

    fn ends(&self, daughters: &[ParticleId], depth: usize) -> BTreeSet<Vec<i64>> {
        let mut ends = BTreeSet::from([Vec::new()]);
        for &daughter in daughters {
            let of_daughter = self.ends_of(daughter, depth);
            let join = |end: &Vec<i64>| {
                let end = end.clone();
                of_daughter.iter().map(move |more| {
                    let mut joined = [end.as_slice(), more].concat();
                    joined.sort_unstable();
                    joined
                })
            };
            ends = ends.iter().flat_map(join).collect();
        }
        ends
    }

    fn ends_of(&self, particle: ParticleId, depth: usize) -> BTreeSet<Vec<i64>> {
        if depth > DEEPEST || !self.is_resonance(particle) {
            return BTreeSet::from([vec![self.number(particle)]]);
        }
        let modes = self.table.modes(particle).iter();
        let modes = modes.filter(|mode| MIN_RESONANCE_FRACTION <= mode.fraction.value);
        modes.flat_map(|mode| self.ends(&mode.daughters, depth + 1)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ParticleTable;

    #[test]
    fn wholes_and_their_parts_are_the_same() {
        let particles = "name,antiparticle,pdg_id,mass,width,charge\nrho0,rho0,113,0.775,0.149,0\nomega,omega,223,0.783,0.0087,0\n\
            J/psi,J/psi,443,3.097,9e-5,0\npi+,pi-,211,0.14,0,1\npi-,pi+,-211,0.14,0,-1\npi0,pi0,111,0.135,0,0\n";
        let particles = ParticleTable::from_csv("p.csv", particles).unwrap();
        let decays = "Decay rho0\n1 pi+ pi- VSS;\nEnddecay\nDecay omega\n0.89 pi+ pi- pi0 PHSP;\n0.02 pi+ pi- PHSP;\nEnddecay\n\
            Decay J/psi\n0.1 pi+ pi- PHSP;\nEnddecay\n";
        let table = DecayTable::parse("t.dec", decays, &particles).unwrap();
        let ids = |names: &str| names.split(' ').map(|name| table.find(name).unwrap()).collect::<Vec<_>>();
        let mut ends = Ends::new(&table);
        ends.add(&ids("pi- pi+ pi0"));
        // A rare decay of the omega and a narrow J/psi do not matter; a sum of parts does not exclude another.
        for (mode, is_there) in [
            ("rho0 pi0", true),
            ("omega", true),
            ("omega pi0", false),
            ("J/psi pi0", false),
            ("pi+ pi- pi0", false),
        ] {
            assert_eq!(ends.has(&ids(mode)), is_there, "{mode}");
        }
        ends.add(&ids("omega rho0"));
        assert!(ends.has(&ids("pi+ pi+ pi- pi- pi0")) && !ends.has(&ids("rho0 rho0 pi0")));
    }
}
