//! What is measured of scores.

use hepsys_adversarial::{Auc, Scores, auc};
use serde::{Deserialize, Serialize};

use super::sample::CLASSES;
use crate::ExperimentError;

/// How signal is told from a background by the ratio of their scores.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Against {
    pub(super) auc: Auc,
    /// The fraction of the background that passes where 80 % of the signal does, and its statistical error.
    pub(super) leakage: [f64; 2],
    /// Efficiencies of signal and background along cuts.
    pub(super) curve: Vec<[f64; 2]>,
}

/// The log odds of one score in the control region: counts of simulation and of data.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ShownScore {
    pub(super) simulation: Vec<f64>,
    pub(super) data: Vec<f64>,
}

/// The range of log odds that is shown, and its bins.
pub(super) const SHOWN: (f64, f64, usize) = (-12.0, 12.0, 40);

/// The efficiency of the signal at which leakages are given.
const WORKING_POINT: f64 = 0.8;

/// Efficiencies of the signal at which curves are drawn.
const CURVE_POINTS: usize = 100;

impl ShownScore {
    pub(super) fn of_scores(simulation: &[f64], data: &[f64]) -> Self {
        let odds = |scores: &[f64]| scores.iter().map(|score| (score / (1.0 - score)).ln()).collect();
        let (simulation, data): (Vec<f64>, Vec<f64>) = (odds(simulation), odds(data));
        Self::of_log_odds(&simulation, &data)
    }

    pub(super) fn of_log_odds(simulation: &[f64], data: &[f64]) -> Self {
        Self { simulation: histogram(SHOWN, simulation), data: histogram(SHOWN, data) }
    }
}

/// Counts of values between two ends in equal bins; what is beyond them is counted in the first and the last bin.
pub(super) fn histogram((low, high, n_bins): (f64, f64, usize), values: &[f64]) -> Vec<f64> {
    let mut counts = vec![0.0; n_bins];
    for value in values {
        let bin = (value.clamp(low, high) - low) / (high - low) * n_bins as f64;
        counts[(bin as usize).min(n_bins - 1)] += 1.0;
    }
    counts
}

impl Against {
    pub(super) fn new(signal: &Scores, background: &Scores, class: &str) -> Result<Self, ExperimentError> {
        let ratio = |scores: &Scores| -> Result<Vec<f64>, ExperimentError> {
            let (of_signal, of_class) = (scores.of(CLASSES[0])?, scores.of(class)?);
            // Below the smallest positive number a score says no more.
            let log = |p: f64| p.max(f64::MIN_POSITIVE).ln();
            Ok(of_signal.iter().zip(of_class).map(|(s, b)| log(*s) - log(*b)).collect())
        };
        let [mut signal, mut background] = [ratio(signal)?, ratio(background)?];
        let auc = auc([&background, &signal], [&vec![1.0; background.len()], &vec![1.0; signal.len()]])?;
        signal.sort_by(f64::total_cmp);
        background.sort_by(f64::total_cmp);
        let passing = |efficiency: f64| {
            let place = ((1.0 - efficiency) * signal.len() as f64) as usize;
            let cut = signal[place.min(signal.len() - 1)];
            let n_above = background.len() - background.partition_point(|ratio| *ratio <= cut);
            n_above as f64 / background.len() as f64
        };
        let leakage = passing(WORKING_POINT);
        let error = (leakage * (1.0 - leakage) / background.len() as f64).sqrt();
        let curve = (1..CURVE_POINTS).map(|i| {
            let efficiency = i as f64 / CURVE_POINTS as f64;
            [efficiency, passing(efficiency)]
        });
        Ok(Self { auc, leakage: [leakage, error], curve: curve.collect() })
    }
}
