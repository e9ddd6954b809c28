//! Modes that a table does not have, with predicted fractions.

use std::collections::{BTreeMap, BTreeSet};

use super::decay::Decay;
use super::ends::Ends;
use super::model::{FractionModel, fraction};
use super::substitution::Substitution;
use crate::{BranchingFraction, DecayMode, DecayTable, DecaysError, ParticleId};

/// A table with modes that nobody measured.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ExtendedTable {
    /// The table; the fractions of modes that were added are marked as predicted.
    pub table: DecayTable,
    /// How many modes were added, each counted once with its charge conjugate.
    pub n_added: usize,
}

impl FractionModel {
    /// Adds the [unmeasured modes](Self::unmeasured_modes) of these mothers and of their antiparticles to a copy of a table.
    ///
    /// Fractions that were listed are left as they are: those of a mother may add up to more than one afterwards.
    ///
    /// # Errors
    ///
    /// Those of [`unmeasured_modes`](Self::unmeasured_modes).
    pub fn extend(
        &self,
        table: &DecayTable,
        mothers: &[ParticleId],
        min_fraction: f64,
    ) -> Result<ExtendedTable, DecaysError> {
        let mut extended = ExtendedTable { table: table.clone(), n_added: 0 };
        let mut pairs = BTreeSet::new();
        for &mother in mothers {
            let antimother = table.antiparticle(mother);
            if !pairs.insert(mother.min(antimother)) {
                continue;
            }
            for mode in self.unmeasured_modes(table, mother, min_fraction)? {
                if mother != antimother {
                    let daughters = mode.daughters.iter().map(|&id| table.antiparticle(id)).collect();
                    extended.table.add(antimother, DecayMode::new(mode.fraction, daughters))?;
                }
                extended.table.add(mother, mode)?;
                extended.n_added += 1;
            }
        }
        Ok(extended)
    }

    /// Modes of a mother that the table does not have although others suggest them, with predicted fractions, the largest first.
    ///
    /// A mode is suggested by a listed one in one step:
    /// a daughter is replaced by one of the same quarks (K⁺ by K*⁺, π⁺ by ρ⁺, D by D*, ρ⁰ by ω, J/ψ by ψ(2S));
    /// two daughters are replaced by others of their isospin multiplets;
    /// electrons are replaced by muons or muons by electrons, unless there is nothing else; a π⁰ or a pair π⁺π⁻ is added.
    /// All of them keep charge, baryon number, lepton numbers, and the flavours of the mode that they come from, and have phase space.
    /// A particle without spin never decays to a photon and one other particle without spin.
    ///
    /// Nothing is counted twice: a mode without resonances is left out if a listed mode with resonances ends the same,
    /// and a mode with resonances if its end is listed as a mode without them, for a measurement of the latter often contains all resonances.
    /// The same holds among modes that are suggested, of which those with larger fractions come first.
    /// $K_S$, $K_L$ and both K⁰ are one particle here. Narrow particles, below 1 MeV of width, are no resonances.
    ///
    /// # Errors
    ///
    /// [`DecaysError::BadParameter`] for a least fraction that is not in (0, 1], and [`DecaysError::UnknownParticle`] for a mother that the
    /// particle table does not know.
    pub fn unmeasured_modes(
        &self,
        table: &DecayTable,
        mother: ParticleId,
        min_fraction: f64,
    ) -> Result<Vec<DecayMode>, DecaysError> {
        let is_fraction = 0.0 < min_fraction && min_fraction <= 1.0;
        DecaysError::check(is_fraction, "the least fraction", "in (0, 1]", min_fraction)?;
        table.require(table.name(mother), "modes that nobody measured")?;

        let mut ends = Ends::new(table);
        let mut known = BTreeSet::new();
        for mode in table.modes(mother) {
            known.insert(ends.numbers(&mode.daughters));
            ends.add(&mode.daughters);
        }
        let substitution = Substitution::new(table);
        let mut suggested: BTreeMap<Vec<i64>, (Vec<ParticleId>, Decay)> = BTreeMap::new();
        for mode in table.modes(mother).iter().filter(|mode| mode.fraction.value > 0.0) {
            for daughters in substitution.modes(&mode.daughters) {
                let numbers = ends.numbers(&daughters);
                if known.contains(&numbers) || suggested.contains_key(&numbers) {
                    continue;
                }
                if let Ok(decay) = Decay::new(table, mother, &daughters)
                    && !decay.is_forbidden()
                {
                    suggested.insert(numbers, (daughters, decay));
                }
            }
        }

        let (daughters, decays): (Vec<_>, Vec<_>) = suggested.into_values().unzip();
        let fractions = self.log_fractions(&decays.iter().collect::<Vec<_>>()).into_iter().map(fraction);
        let modes =
            fractions.zip(daughters).zip(&decays).map(|((f, daughters), decay)| (f, daughters, decay));
        let mut modes: Vec<_> = modes.filter(|(fraction, ..)| min_fraction <= *fraction).collect();
        // The sort is stable and the modes are in the order of their numbers: ties do not depend on chance.
        modes.sort_by(|a, b| b.0.total_cmp(&a.0));
        modes.retain(|(_, daughters, _)| {
            let is_new = !ends.has(daughters);
            if is_new {
                ends.add(daughters);
            }
            is_new
        });
        let errors = self.errors(&modes.iter().map(|mode| mode.2).collect::<Vec<_>>());
        let modes = modes.into_iter().zip(errors).map(|((fraction, daughters, _), error)| {
            DecayMode::new(BranchingFraction::predicted(fraction, error), daughters)
        });
        Ok(modes.collect())
    }
}

impl Decay {
    /// Whether it is one of a particle without spin to a photon and one other without spin, which cannot be.
    fn is_forbidden(&self) -> bool {
        // The last digit is 2J + 1.
        let is_scalar = |id: i64| 100 < id.abs() && matches!(id.abs() % 10, 0 | 1);
        let photons = self.count(|id| id == 22);
        photons == 1 && self.daughters.len() == 2 && is_scalar(self.mother) && self.count(is_scalar) == 1
    }
}
