//! A decay as what its particles are, whatever they are called.

use crate::pdg::net_flavours;
use crate::{DecayTable, DecaysError, ParticleId};

/// A decay by the numbers of its particles.
///
/// Of a decay and its charge conjugate it is the one whose mother has the positive number, with the daughters in the order of their numbers:
/// decays that are the same have the same numbers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Decay {
    pub(super) mother: i64,
    pub(super) daughters: Vec<i64>,
    /// The mother's mass in GeV.
    pub(super) mass: f64,
    /// The energy that is released, in GeV: the mother's mass less those of the daughters.
    pub(super) release: f64,
}

impl Decay {
    /// The decay of a mother to these, if the particle table knows all of them.
    pub(super) fn new(
        table: &DecayTable,
        mother: ParticleId,
        daughters: &[ParticleId],
    ) -> Result<Self, DecaysError> {
        let properties = |id: ParticleId| {
            table.properties(id).ok_or_else(|| DecaysError::UnknownParticle {
                context: format!("a decay of {}", table.name(mother)),
                name: table.name(id).to_owned(),
            })
        };
        let parent = properties(mother)?;
        let is_conjugate = parent.pdg_id < 0;
        let mut charge = parent.charge;
        let mut numbers = Vec::with_capacity(daughters.len());
        for &daughter in daughters {
            let particle = properties(daughter)?;
            charge -= particle.charge;
            let itself = if is_conjugate { table.antiparticle(daughter) } else { daughter };
            numbers.push((properties(itself)?.pdg_id, particle.mass));
        }
        // Masses are added in the order of the numbers, so that another order of the daughters gives the same to the last digit.
        numbers.sort_by_key(|&(number, _)| number);
        let release = parent.mass - numbers.iter().map(|&(_, mass)| mass).sum::<f64>();
        let numbers: Vec<i64> = numbers.into_iter().map(|(number, _)| number).collect();
        let words = || {
            let names: Vec<&str> = daughters.iter().map(|&daughter| table.name(daughter)).collect();
            format!("the decay {} -> {}", table.name(mother), names.join(" "))
        };
        DecaysError::check(daughters.len() >= 2, &words(), "to two particles or more", daughters.len())?;
        DecaysError::check(
            charge == 0,
            &words(),
            "one that conserves charge",
            format!("a change by {}", -charge),
        )?;
        let lost = || format!("{:.3} GeV too many", -release);
        DecaysError::check(0.0 < release, &words(), "one with phase space", lost())?;
        Ok(Self { mother: parent.pdg_id.abs(), daughters: numbers, mass: parent.mass, release })
    }

    /// What tells decays apart.
    pub(super) fn key(&self) -> (i64, &[i64]) {
        (self.mother, &self.daughters)
    }

    /// How many of the daughters are so.
    pub(super) fn count(&self, is_so: impl Fn(i64) -> bool) -> usize {
        self.daughters.iter().filter(|&&id| is_so(id)).count()
    }

    /// How many more quarks than antiquarks there are of each flavour after the decay than before.
    pub(super) fn flavour_change(&self) -> [i32; 5] {
        let mut change = net_flavours(self.mother).map(|n| -n);
        for &daughter in &self.daughters {
            for (sum, n) in change.iter_mut().zip(net_flavours(daughter)) {
                *sum += n;
            }
        }
        change
    }
}
