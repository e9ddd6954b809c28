//! How well modes are predicted that the model has not seen.

use std::collections::{BTreeMap, BTreeSet};

use hepsys_core::Seed;
use rand::seq::SliceRandom;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::model::FractionModelValidParams;
use super::scores::Scores;
use super::training::Example;
use crate::pdg::flavour_eigenstate;
use crate::{DecayTable, DecaysError};

/// Which modes are left out together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Folds {
    /// So many random parts, each of which is predicted from the others.
    ///
    /// Modes that differ only by $K_S$, $K_L$, K⁰ or its antiparticle, or by electrons and muons, are in the same part,
    /// for their fractions follow from each other.
    Random(usize, Seed),
    /// All modes of a parent, predicted from those of the other parents.
    Parents,
}

/// What was predicted of the modes of a table, each by a model that has not seen it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CrossValidation {
    /// The modes.
    pub modes: Vec<HeldOut>,
}

/// A mode of the table that was predicted without it; all numbers are decimal logarithms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HeldOut {
    /// The mode in words.
    pub mode: String,
    /// The particle that decays.
    pub parent: String,
    /// The logarithm of the fraction in the table.
    pub listed: f64,
    /// What was predicted for it.
    pub predicted: f64,
    /// The standard deviation of the prediction.
    pub error: f64,
    /// The mean over the modes of the same parent, or over all if those were left out too: what to compare with.
    pub baseline: f64,
}

impl FractionModelValidParams {
    /// Leaves out parts of a table in turn, learns the rest, kernel included, and predicts what was left out.
    ///
    /// # Errors
    ///
    /// Those of [`fit`](Self::fit) for the modes that are left, and [`DecaysError::BadParameter`] for less than two parts.
    pub fn cross_validate(&self, table: &DecayTable, folds: Folds) -> Result<CrossValidation, DecaysError> {
        let examples = self.examples(table)?;
        let (part_of, n_parts) = parts(&examples, folds);
        DecaysError::check(2 <= n_parts, "the number of parts", "2 or more", n_parts)?;
        let modes = (0..n_parts).into_par_iter().map(|part| {
            let is_in = |is_test: bool| {
                let chosen = examples.iter().zip(&part_of).filter(|(_, of)| (**of == part) == is_test);
                chosen.map(|(example, _)| example).collect::<Vec<&Example>>()
            };
            self.hold_out(&is_in(false), &is_in(true))
        });
        let modes = modes.collect::<Result<Vec<_>, _>>()?;
        Ok(CrossValidation { modes: modes.into_iter().flatten().collect() })
    }

    /// Learns one table, and predicts the modes that only the other has: what newer measurements say of older ones, for instance.
    ///
    /// # Errors
    ///
    /// Those of [`fit`](Self::fit), and [`DecaysError::BadParameter`] if the other table has no further modes.
    pub fn validate(&self, table: &DecayTable, other: &DecayTable) -> Result<CrossValidation, DecaysError> {
        let (seen, mut unseen) = (self.examples(table)?, self.examples(other)?);
        let known: BTreeSet<(i64, &[i64])> = seen.iter().map(|example| example.decay.key()).collect();
        unseen.retain(|example| !known.contains(&example.decay.key()));
        DecaysError::check(!unseen.is_empty(), "the number of further modes", "positive", 0)?;
        let modes = self.hold_out(&seen.iter().collect::<Vec<_>>(), &unseen.iter().collect::<Vec<_>>())?;
        Ok(CrossValidation { modes })
    }

    fn hold_out(&self, seen: &[&Example], unseen: &[&Example]) -> Result<Vec<HeldOut>, DecaysError> {
        let model = self.learn(seen)?;
        let decays: Vec<_> = unseen.iter().map(|example| &example.decay).collect();
        let predictions = model.log_fractions(&decays).into_iter().zip(model.errors(&decays));
        let modes = unseen.iter().zip(predictions).map(|(example, (predicted, error))| {
            let siblings: Vec<&&Example> =
                seen.iter().filter(|other| other.mother == example.mother).collect();
            let known = if siblings.is_empty() { seen.iter().collect() } else { siblings };
            HeldOut {
                mode: example.words.clone(),
                parent: example.mother.clone(),
                listed: example.log_fraction,
                predicted,
                error,
                baseline: known.iter().map(|other| other.log_fraction).sum::<f64>() / known.len() as f64,
            }
        });
        Ok(modes.collect())
    }
}

/// The part that each mode belongs to, and how many there are.
fn parts(examples: &[Example], folds: Folds) -> (Vec<usize>, usize) {
    let mut groups: BTreeMap<(i64, Vec<i64>), usize> = BTreeMap::new();
    for Example { decay, .. } in examples {
        groups.insert(group(decay.key(), folds), 0);
    }
    let mut parts: Vec<usize> = (0..groups.len()).collect();
    let n_parts = match folds {
        Folds::Random(n_parts, seed) => {
            parts.shuffle(&mut seed.named("folds").stream());
            parts.iter_mut().for_each(|part| *part %= n_parts.max(1));
            n_parts.min(groups.len())
        }
        Folds::Parents => groups.len(),
    };
    groups.values_mut().zip(parts).for_each(|(group, part)| *group = part);
    (examples.iter().map(|example| groups[&group(example.decay.key(), folds)]).collect(), n_parts)
}

/// What modes that belong together have in common.
fn group((mother, daughters): (i64, &[i64]), folds: Folds) -> (i64, Vec<i64>) {
    let mut daughters = match folds {
        Folds::Random(..) => daughters.iter().map(|&id| flavour_eigenstate(as_electron(id))).collect(),
        Folds::Parents => Vec::new(),
    };
    daughters.sort_unstable();
    (mother, daughters)
}

/// An electron or its neutrino for a muon or its own.
fn as_electron(id: i64) -> i64 {
    if matches!(id.abs(), 13 | 14) { id - 2 * id.signum() } else { id }
}

impl CrossValidation {
    /// The scores of the predictions.
    #[must_use]
    pub fn scores(&self) -> Scores {
        Scores::of(self.modes.iter().map(|mode| (mode.listed, mode.predicted)))
    }

    /// The scores of the mean over the modes of the same parent.
    #[must_use]
    pub fn baseline(&self) -> Scores {
        Scores::of(self.modes.iter().map(|mode| (mode.listed, mode.baseline)))
    }

    /// The mean of predicted less listed: how much too large the predictions are, in powers of ten.
    #[must_use]
    pub fn bias(&self) -> f64 {
        self.modes.iter().map(|mode| mode.predicted - mode.listed).sum::<f64>() / self.modes.len() as f64
    }

    /// The part of the modes whose prediction is off by less than so many of its standard deviations.
    #[must_use]
    pub fn coverage(&self, n_deviations: f64) -> f64 {
        let is_covered = |mode: &&HeldOut| (mode.predicted - mode.listed).abs() < n_deviations * mode.error;
        self.modes.iter().filter(is_covered).count() as f64 / self.modes.len() as f64
    }

    /// The same for the modes of each parent alone.
    #[must_use]
    pub fn by_parent(&self) -> BTreeMap<String, Self> {
        let mut parents: BTreeMap<String, Self> = BTreeMap::new();
        for mode in &self.modes {
            let of = parents.entry(mode.parent.clone()).or_insert_with(|| Self { modes: Vec::new() });
            of.modes.push(mode.clone());
        }
        parents
    }
}
