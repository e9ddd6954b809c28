//! What the model learns from.

use std::collections::{BTreeMap, BTreeSet};

use super::decay::Decay;
use crate::{DecayTable, ParticleId};

/// A mode of the table, with its charge conjugate and all that has the same final state.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Example {
    pub(super) decay: Decay,
    pub(super) mother: String,
    pub(super) words: String,
    /// The decimal logarithm of the branching fraction.
    pub(super) log_fraction: f64,
}

/// Who lists a mode, and how often it happens then.
type Lines = Vec<(ParticleId, f64)>;

/// The modes of these mothers that have a fraction, phase space, and only particles that are known.
///
/// Where a mother and its antiparticle both list a mode, their fractions are averaged.
pub(super) fn examples(table: &DecayTable, mothers: &[ParticleId]) -> Vec<Example> {
    let mut sums: BTreeMap<(i64, Vec<i64>), (Example, Lines)> = BTreeMap::new();
    let mut pairs = BTreeSet::new();
    for &mother in mothers {
        let antimother = table.antiparticle(mother);
        if !pairs.insert(mother.min(antimother)) {
            continue;
        }
        let mut both = vec![mother, antimother];
        both.dedup();
        both.retain(|&id| !table.modes(id).is_empty());
        for &id in &both {
            for mode in table.modes(id).iter().filter(|mode| mode.fraction.value > 0.0) {
                let Ok(decay) = Decay::new(table, id, &mode.daughters) else { continue };
                let key = (decay.mother, decay.daughters.clone());
                let new = || {
                    let (mother, words) = (table.name(mother).to_owned(), table.describe(id, mode));
                    (Example { decay, mother, words, log_fraction: 0.0 }, Vec::new())
                };
                sums.entry(key).or_insert_with(new).1.push((id, mode.fraction.value));
            }
        }
    }
    let examples = sums.into_values().map(|(example, lines)| {
        let sum: f64 = lines.iter().map(|(_, fraction)| fraction).sum();
        let n_mothers = lines.iter().map(|(id, _)| *id).collect::<BTreeSet<_>>().len();
        Example { log_fraction: (sum / n_mothers as f64).log10(), ..example }
    });
    examples.collect()
}
