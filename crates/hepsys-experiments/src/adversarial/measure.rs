//! What is measured of scores.

use hepsys_adversarial::{Auc, Scores, auc};
use serde::{Deserialize, Serialize};

use crate::ExperimentError;

/// How signal is told from a background by the ratio of their scores.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Against {
    pub(crate) auc: Auc,
    /// The fraction of the background that passes where 80 % of the signal does, and its statistical error.
    pub(crate) leakage: [f64; 2],
    /// Efficiencies of signal and background along cuts.
    pub(crate) curve: Vec<[f64; 2]>,
}

/// The log odds of one score in the control region: counts of simulation and of data.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ShownScore {
    pub(crate) simulation: Vec<f64>,
    pub(crate) data: Vec<f64>,
}

/// The range of log odds that is shown, and its bins.
pub(crate) const SHOWN: (f64, f64, usize) = (-12.0, 12.0, 40);

/// The efficiency of the signal at which leakages are given.
const WORKING_POINT: f64 = 0.8;

/// Efficiencies of the signal at which curves are drawn.
const CURVE_POINTS: usize = 100;

impl ShownScore {
    pub(crate) fn of_scores(simulation: &[f64], data: &[f64]) -> Self {
        let odds = |scores: &[f64]| scores.iter().map(|score| (score / (1.0 - score)).ln()).collect();
        let (simulation, data): (Vec<f64>, Vec<f64>) = (odds(simulation), odds(data));
        Self::of_log_odds(&simulation, &data)
    }

    pub(crate) fn of_log_odds(simulation: &[f64], data: &[f64]) -> Self {
        Self { simulation: histogram(SHOWN, simulation), data: histogram(SHOWN, data) }
    }
}

/// Counts of values between two ends in equal bins; what is beyond them is counted in the first and the last bin.
pub(crate) fn histogram((low, high, n_bins): (f64, f64, usize), values: &[f64]) -> Vec<f64> {
    let mut counts = vec![0.0; n_bins];
    for value in values {
        let bin = (value.clamp(low, high) - low) / (high - low) * n_bins as f64;
        counts[(bin as usize).min(n_bins - 1)] += 1.0;
    }
    counts
}

/// The value that a fraction of sorted values is at or above: one of them at least.
pub(crate) fn cut(sorted: &[f64], fraction: f64) -> f64 {
    let n_passing = (fraction * sorted.len() as f64).round().max(1.0) as usize;
    sorted.get(sorted.len().saturating_sub(n_passing)).copied().unwrap_or(f64::NAN)
}

impl Against {
    /// Signal and a background by the scores for the classes of these names.
    pub(crate) fn new(
        signal: &Scores,
        background: &Scores,
        classes: [&str; 2],
    ) -> Result<Self, ExperimentError> {
        let ratio = |scores: &Scores| -> Result<Vec<f64>, ExperimentError> {
            let [of_signal, of_class] = [scores.of(classes[0])?, scores.of(classes[1])?];
            // Below the smallest positive number a score says no more.
            let log = |p: f64| p.max(f64::MIN_POSITIVE).ln();
            Ok(of_signal.iter().zip(of_class).map(|(s, b)| log(*s) - log(*b)).collect())
        };
        let [mut signal, mut background] = [ratio(signal)?, ratio(background)?];
        let auc = auc([&background, &signal], [&vec![1.0; background.len()], &vec![1.0; signal.len()]])?;
        signal.sort_by(f64::total_cmp);
        background.sort_by(f64::total_cmp);
        let passing = |efficiency: f64| {
            let cut = cut(&signal, efficiency);
            let n_passing = background.len() - background.partition_point(|ratio| *ratio < cut);
            n_passing as f64 / background.len() as f64
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_beyond_a_histogram_counts_at_its_ends() {
        assert_eq!(histogram((0.0, 4.0, 4), &[-1.0, 0.0, 1.5, 4.0, f64::INFINITY]), [2.0, 1.0, 0.0, 2.0]);
        let shown = ShownScore::of_scores(&[0.0, 0.5, 1.0], &[0.5]);
        assert_eq!((shown.simulation[0], shown.simulation[20], shown.simulation[39]), (1.0, 1.0, 1.0));
        assert_eq!(shown.data.iter().sum::<f64>(), 1.0);
    }

    #[test]
    fn as_many_pass_as_were_asked_for() {
        for n in [10, 100, 50_000] {
            let sorted: Vec<f64> = (0..n).map(f64::from).collect();
            for percent in 1..100 {
                let fraction = f64::from(percent) / 100.0;
                let n_passing = sorted.iter().filter(|value| **value >= cut(&sorted, fraction)).count();
                assert_eq!(
                    n_passing,
                    ((fraction * f64::from(n)).round() as usize).max(1),
                    "{n}, {percent} %"
                );
            }
        }
        assert!(cut(&[], 0.5).is_nan());
    }

    #[test]
    fn leakage_is_what_passes_with_eighty_per_cent_of_the_signal() {
        let scores = |signal: Vec<f64>| {
            let rest = signal.iter().map(|s| 1.0 - s).collect();
            Scores::new(["signal", "multijet"].map(String::from).to_vec(), vec![signal, rest]).unwrap()
        };
        // The cut is at the third of ten signals, .23: one of four backgrounds is above it, and one between it and the second.
        let signal = scores((0..10).map(|i| 0.05 + 0.09 * f64::from(i)).collect());
        let background = scores(vec![0.01, 0.02, 0.2, 0.5]);
        let found = Against::new(&signal, &background, ["signal", "multijet"]).unwrap();
        assert_eq!(found.leakage[0], 0.25);
        assert_eq!(found.curve.len(), CURVE_POINTS - 1);
    }
}
