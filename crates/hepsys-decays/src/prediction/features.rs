//! What the model sees of a decay.

use std::collections::{BTreeMap, BTreeSet};

use nalgebra::DMatrix;

use super::decay::Decay;
use super::suppression::cabibbo_suppression;
use crate::pdg::{baryon_number, multiplet, net_flavours, quarks};

/// How many modes of the table a kind of daughter must be in to be counted as such.
const MIN_OCCURRENCES: usize = 3;

/// Decays as numbers, standardised: of mean zero and variance one over the decays that were learnt from.
///
/// What else was tried, and what each group is worth, is in the documentation of the method.
#[derive(Debug, Clone)]
pub(super) struct Features {
    /// Kinds of daughters, up to isospin and charge conjugation.
    species: Vec<u64>,
    mean: Vec<f64>,
    /// One over the standard deviation; zero for what is the same in all decays.
    scale: Vec<f64>,
    /// The least and the largest value among the decays that were learnt from.
    range: Vec<(f64, f64)>,
}

impl Features {
    /// What these decays have in common, and where they differ.
    pub(super) fn new(decays: &[&Decay]) -> Self {
        let mut occurrences: BTreeMap<u64, usize> = BTreeMap::new();
        for decay in decays {
            let kinds: BTreeSet<u64> = decay.daughters.iter().map(|&id| multiplet(id)).collect();
            for kind in kinds {
                *occurrences.entry(kind).or_default() += 1;
            }
        }
        occurrences.retain(|_, n| MIN_OCCURRENCES <= *n);
        let species: Vec<u64> = occurrences.into_keys().collect();
        let rows: Vec<Vec<f64>> = decays.iter().map(|decay| raw(decay, &species)).collect();
        let mean_of =
            |f: &dyn Fn(&[f64]) -> f64| rows.iter().map(|row| f(row)).sum::<f64>() / rows.len() as f64;
        let n_features = rows.first().map_or(0, Vec::len);
        let moments = (0..n_features).map(|k| {
            let mean = mean_of(&|row| row[k]);
            let variance = mean_of(&|row| (row[k] - mean).powi(2));
            (mean, if 1e-12 < variance { 1.0 / variance.sqrt() } else { 0.0 })
        });
        let (mean, scale) = moments.unzip();
        let range = (0..n_features).map(|k| {
            let values = rows.iter().map(|row| row[k]);
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)))
        });
        let range = range.collect();
        Self { species, mean, scale, range }
    }

    /// The features of decays, a row for each; what is beyond all that was learnt from is taken for the nearest that was not.
    pub(super) fn matrix(&self, decays: &[&Decay]) -> DMatrix<f64> {
        let rows: Vec<Vec<f64>> = decays.iter().map(|decay| raw(decay, &self.species)).collect();
        let standardised = |i: usize, k: usize| {
            let (low, high) = self.range[k];
            (rows[i][k].clamp(low, high) - self.mean[k]) * self.scale[k]
        };
        DMatrix::from_fn(rows.len(), self.mean.len(), standardised)
    }
}

/// The features of a decay before they are standardised.
fn raw(decay: &Decay, species: &[u64]) -> Vec<f64> {
    let Decay { mother, ref daughters, mass, release } = *decay;
    let of_quark = |quark: u8| daughters.iter().flat_map(|&id| quarks(id)).filter(|&q| q == quark).count();
    let has = |holds: bool| f64::from(u8::from(holds));

    // The parent: what it is made of, and not which one it is, so that a new one is between those that are known.
    let valence = net_flavours(mother);
    let baryon = f64::from(baryon_number(mother));
    let mut features = vec![mass, baryon, has(valence[4] != 0)];
    features.extend(valence[..3].iter().map(|&n| has(n != 0)));

    // Phase space.
    let n = daughters.len() as f64;
    features.extend([n, n * n, release / mass, release.max(0.01).ln()]);

    // What the daughters are.
    let counts = [
        of_quark(4),
        of_quark(3),
        decay.count(|id| matches!(id.abs(), 11 | 13 | 15)),
        decay.count(|id| matches!(id.abs(), 12 | 14 | 16)),
        decay.count(|id| id == 22),
        decay.count(|id| baryon_number(id) != 0),
        decay.count(|id| matches!(id, 111 | 113 | 221 | 223 | 331 | 333)),
    ];
    features.extend(counts.map(|n| n as f64));
    features.extend(species.iter().map(|&kind| decay.count(|id| multiplet(id) == kind) as f64));

    // What the weak interaction did, where the heavy quark of the parent is taken for a quark and no antiquark.
    let change = decay.flavour_change();
    let sign = if valence[4] != 0 { valence[4].signum() } else { valence[3].signum() };
    features.extend(change[2..].iter().map(|&n| f64::from(n * sign)));
    features.extend(change[2..4].iter().map(|&n| f64::from(n.abs())));
    features.push(f64::from(cabibbo_suppression(decay)));
    features
}
