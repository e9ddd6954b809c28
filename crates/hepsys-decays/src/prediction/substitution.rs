//! Modes that should exist because others do.

use std::collections::HashMap;

use crate::pdg::{baryon_number, lepton_numbers, multiplet, net_flavours};
use crate::{DecayTable, ParticleId};

/// The particles of a table by their numbers.
#[derive(Debug)]
pub(super) struct Substitution<'a> {
    table: &'a DecayTable,
    by_number: HashMap<i64, ParticleId>,
    by_multiplet: HashMap<u64, Vec<ParticleId>>,
}

const PION: i64 = 211;
const NEUTRAL_PION: i64 = 111;

impl<'a> Substitution<'a> {
    pub(super) fn new(table: &'a DecayTable) -> Self {
        let mut substitution = Self { table, by_number: HashMap::new(), by_multiplet: HashMap::new() };
        for id in table.particles() {
            let Some(particle) = table.properties(id) else { continue };
            // An alias is no particle of its own, and K_S and K_L stand for K0 where flavour matters.
            if particle.name == table.name(id) {
                substitution.by_number.insert(particle.pdg_id, id);
                if !matches!(particle.pdg_id, 130 | 310) {
                    substitution.by_multiplet.entry(multiplet(particle.pdg_id)).or_default().push(id);
                }
            }
        }
        substitution
    }

    /// All modes that one step leads to from this one, with the same charge, flavours, baryon number and lepton numbers.
    pub(super) fn modes(&self, daughters: &[ParticleId]) -> Vec<Vec<ParticleId>> {
        let mut modes = self.partners(daughters);
        modes.extend(self.rotated(daughters));
        modes.extend(self.other_leptons(daughters));
        for more in [&[NEUTRAL_PION][..], &[PION, -PION]] {
            let more: Option<Vec<ParticleId>> = more.iter().map(|&number| self.find(number)).collect();
            modes.extend(more.map(|more| [daughters, &more].concat()));
        }
        let before = self.conserved(daughters);
        modes.retain(|mode| before.is_some() && self.conserved(mode) == before);
        modes
    }

    fn find(&self, number: i64) -> Option<ParticleId> {
        self.by_number.get(&number).copied()
    }

    fn number(&self, id: ParticleId) -> i64 {
        self.table.properties(id).map_or(0, |particle| particle.pdg_id)
    }

    /// One daughter for another of the same quarks: K⁺ for K*⁺, D for D*, ρ⁰ for ω, J/ψ for ψ(2S).
    fn partners(&self, daughters: &[ParticleId]) -> Vec<Vec<ParticleId>> {
        let mut modes = Vec::new();
        for (i, &daughter) in daughters.iter().enumerate() {
            for number in same_quarks(self.number(daughter)) {
                if let Some(partner) = self.find(number) {
                    let mut mode = daughters.to_vec();
                    mode[i] = partner;
                    modes.push(mode);
                }
            }
        }
        modes
    }

    /// Two daughters for others of their isospin multiplets: K⁺π⁻ for K⁰π⁰.
    fn rotated(&self, daughters: &[ParticleId]) -> Vec<Vec<ParticleId>> {
        let none = Vec::new();
        let members = |id: ParticleId| match self.number(id) {
            130 | 310 => &none,
            number => self.by_multiplet.get(&multiplet(number)).unwrap_or(&none),
        };
        let mut modes = Vec::new();
        for i in 0..daughters.len() {
            for j in 0..i {
                for &first in members(daughters[i]) {
                    for &second in members(daughters[j]) {
                        let mut mode = daughters.to_vec();
                        (mode[i], mode[j]) = (first, second);
                        modes.push(mode);
                    }
                }
            }
        }
        modes
    }

    /// Electrons for muons and muons for electrons, with their neutrinos.
    ///
    /// Not for two leptons alone, whose fractions go with the square of a lepton's mass.
    fn other_leptons(&self, daughters: &[ParticleId]) -> Option<Vec<ParticleId>> {
        let is_lepton = |&id: &ParticleId| lepton_numbers(self.number(id)) != [0; 3];
        if daughters.len() == 2 && daughters.iter().all(is_lepton) {
            return None;
        }
        let other = |number: i64| match number.abs() {
            11 | 12 => number + 2 * number.signum(),
            13 | 14 => number - 2 * number.signum(),
            _ => number,
        };
        daughters.iter().map(|&id| self.find(other(self.number(id)))).collect()
    }

    /// Charge, strangeness, charm and beauty, baryon number, and how many leptons there are less antileptons;
    /// nothing if a particle is unknown.
    fn conserved(&self, daughters: &[ParticleId]) -> Option<[i32; 6]> {
        let mut sums = [0; 6];
        for &id in daughters {
            let particle = self.table.properties(id)?;
            let [_, _, strange, charm, beauty] = net_flavours(particle.pdg_id);
            let leptons = lepton_numbers(particle.pdg_id).iter().sum();
            let all = [particle.charge, strange, charm, beauty, baryon_number(particle.pdg_id), leptons];
            sums.iter_mut().zip(all).for_each(|(sum, n)| *sum += n);
        }
        Some(sums)
    }
}

/// The numbers of hadrons with the same quarks: the other spin of a ground state, mixtures of the same light quarks, and ψ(2S) for J/ψ.
fn same_quarks(number: i64) -> Vec<i64> {
    let (id, sign) = (number.abs(), number.signum());
    let mut partners = match id {
        111 => vec![221],
        221 => vec![111, 331],
        331 => vec![221],
        113 => vec![223],
        223 => vec![113],
        443 => vec![100_443],
        100_443 => vec![443],
        _ => Vec::new(),
    };
    match id {
        // The light quarks of isoscalars with spin are not those without.
        100..=999 if !matches!(id, 221 | 223 | 130 | 310) => match id % 10 {
            1 => partners.push(id + 2),
            3 => partners.push(id - 2),
            _ => {}
        },
        1000..=9999 => match id % 10 {
            2 => partners.push(id + 2),
            4 => partners.push(id - 2),
            _ => {}
        },
        _ => {}
    }
    partners.into_iter().map(|partner| sign * partner).collect()
}
