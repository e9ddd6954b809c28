use hepsys_core::Weights;
use hepsys_stats::KolmogorovSmirnov;
use serde::{Deserialize, Serialize};

use super::ClosureParams;
use crate::AdversarialError;

/// One score in simulation and data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ScoreClosure {
    /// The class whose score it is.
    pub class: String,
    /// The largest distance between the cumulative distributions, and its p-value.
    pub distance: f64,
    /// The probability of such a distance or a larger one, if both are of one distribution.
    pub p_value: f64,
    /// χ² of the histograms with equally many simulated events in each bin, for the degrees of freedom beside it.
    pub chi_squared: f64,
    /// The number of bins minus one.
    pub n_degrees: usize,
    /// At cuts on the score: the cut, and which fraction of simulation and of data are above it. Where many simulated events share
    /// the largest score, as those of trees may, more pass than was asked for; without two different scores there is no cut.
    pub efficiencies: Vec<CutEfficiency>,
}

/// A cut on a score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CutEfficiency {
    /// The score above which events pass.
    pub cut: f64,
    /// The fraction of simulation that passes.
    pub simulation: f64,
    /// The fraction of data that passes.
    pub data: f64,
    /// The standard deviation of data/simulation; without data that pass, one event's.
    pub ratio_sigma: f64,
}

impl CutEfficiency {
    /// Data over simulation.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        self.data / self.simulation
    }
}

impl ScoreClosure {
    pub(super) fn of(
        class: &str,
        columns: [&[f64]; 2],
        weights: [&Weights; 2],
        params: &ClosureParams,
    ) -> Result<Self, AdversarialError> {
        let test = KolmogorovSmirnov::weighted_two_sample(columns[0], weights[0], columns[1], weights[1])?;
        let distributions = [0, 1].map(|kind| Distribution::new(columns[kind], weights[kind]));
        let (chi_squared, n_degrees) = chi_squared(&distributions, params.n_bins);
        let efficiencies = params
            .efficiencies
            .iter()
            .filter_map(|&efficiency| {
                let cut = distributions[0].cut(efficiency)?;
                let [(simulation, a), (data, b)] = [0, 1].map(|kind| distributions[kind].above(cut));
                // Where no data pass, there could have been one event.
                let b = if data > 0.0 { b } else { (distributions[1].events.len() as f64).powi(-2) };
                let ratio_sigma = (b + a * (data / simulation).powi(2)).sqrt() / simulation;
                Some(CutEfficiency { cut, simulation, data, ratio_sigma })
            })
            .collect();
        Ok(Self {
            class: class.to_owned(),
            distance: test.statistic(),
            p_value: test.p_value().value(),
            chi_squared,
            n_degrees,
            efficiencies,
        })
    }
}

/// The scores of one kind of events in increasing order, with weights of total one.
struct Distribution {
    events: Vec<(f64, f64)>,
}

impl Distribution {
    fn new(scores: &[f64], weights: &Weights) -> Self {
        let total = weights.total();
        let mut events: Vec<(f64, f64)> =
            scores.iter().copied().zip(weights.iter().map(|w| w / total)).collect();
        events.sort_by(|a, b| a.0.total_cmp(&b.0));
        Self { events }
    }

    /// The score below which this fraction lies.
    fn quantile(&self, fraction: f64) -> f64 {
        let mut sum = 0.0;
        for (score, weight) in &self.events {
            sum += weight;
            if sum >= fraction {
                return *score;
            }
        }
        self.events.last().map_or(f64::NAN, |event| event.0)
    }

    /// The score above which this fraction lies, or more where many events have the largest score; none if all have the same.
    fn cut(&self, efficiency: f64) -> Option<f64> {
        let largest = self.events.last()?.0;
        let quantile = self.quantile(1.0 - efficiency);
        if quantile < largest {
            return Some(quantile);
        }
        let n_below = self.events.partition_point(|event| event.0 < largest);
        Some(self.events.get(n_below.checked_sub(1)?)?.0)
    }

    /// The fraction above a cut, and its variance.
    fn above(&self, cut: f64) -> (f64, f64) {
        let begin = self.events.partition_point(|event| event.0 <= cut);
        self.between(begin, self.events.len())
    }

    fn between(&self, begin: usize, end: usize) -> (f64, f64) {
        let part = &self.events[begin..end];
        // An empty sum is −0.
        let sum = |f: fn(f64) -> f64| part.iter().map(|event| f(event.1)).sum::<f64>() + 0.0;
        (sum(|weight| weight), sum(|weight| weight * weight))
    }
}

/// χ² of two histograms of total one, and its degrees of freedom; bins without an event are joined with the next.
fn chi_squared(distributions: &[Distribution; 2], n_bins: usize) -> (f64, usize) {
    let mut begins = [0, 0];
    let (mut sum, mut n_filled) = (0.0, 0);
    for bin in 1..=n_bins {
        let edge = distributions[0].quantile(bin as f64 / n_bins as f64);
        let ends = [0, 1].map(|kind: usize| {
            let events = &distributions[kind].events;
            if bin == n_bins { events.len() } else { events.partition_point(|event| event.0 <= edge) }
        });
        let [(a, variance_a), (b, variance_b)] =
            [0, 1].map(|kind: usize| distributions[kind].between(begins[kind], ends[kind].max(begins[kind])));
        if variance_a + variance_b > 0.0 {
            sum += (a - b) * (a - b) / (variance_a + variance_b);
            n_filled += 1;
            begins = ends;
        }
    }
    (sum, usize::saturating_sub(n_filled, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closure(shift: f64) -> ScoreClosure {
        let n = 2000;
        let column =
            |shift: f64| -> Vec<f64> { (0..n).map(|i| (i as f64 + 0.5) / n as f64 + shift).collect() };
        let (simulation, data, weights) = (column(0.0), column(shift), Weights::uniform(0.5, n).unwrap());
        ScoreClosure::of("signal", [&simulation, &data], [&weights, &weights], &ClosureParams::default())
            .unwrap()
    }

    #[test]
    fn equal_scores_close() {
        let same = closure(0.0);
        assert_eq!((same.distance, same.chi_squared, same.n_degrees), (0.0, 0.0, 19));
        assert!(same.efficiencies.iter().all(|cut| cut.ratio() == 1.0));
        assert!((same.efficiencies[0].simulation - 0.1).abs() < 1e-3);
    }

    #[test]
    fn cuts_on_scores_that_many_events_share_are_numbers() {
        let weights = Weights::unit(8);
        let of = |simulation: [f64; 8], data: [f64; 8]| {
            let params = ClosureParams { efficiencies: vec![0.25, 0.001], ..ClosureParams::default() };
            ScoreClosure::of("signal", [&simulation, &data], [&weights, &weights], &params).unwrap()
        };
        let tied = [0.1, 0.1, 0.1, 0.2, 0.2, 0.9, 0.9, 0.9];
        let found = of(tied, [0.1; 8]);
        assert_eq!(found.efficiencies.len(), 2);
        for cut in &found.efficiencies {
            assert_eq!((cut.cut, cut.simulation, cut.data), (0.2, 0.375, 0.0));
            // One event of eight over three of eight.
            assert!((cut.ratio_sigma - 1.0 / 3.0).abs() < 1e-12);
        }
        assert!(of([0.5; 8], tied).efficiencies.is_empty());
    }

    #[test]
    fn a_shift_is_seen_in_everything() {
        let shifted = closure(0.05);
        assert!((shifted.distance - 0.05).abs() < 1e-3);
        assert!(shifted.p_value < 0.05);
        // The first bin is empty in data and the last one twice as full, of 100 events a bin.
        assert!(shifted.chi_squared > 100.0);
        assert!((shifted.efficiencies[0].ratio() - 1.5).abs() < 0.02);
        // 200 and 300 events: a relative error of √(1/200 + 1/300).
        let sigma = 1.5 * (1.0 / 200.0 + 1.0 / 300.0_f64).sqrt();
        assert!((shifted.efficiencies[0].ratio_sigma / sigma - 1.0).abs() < 0.02);
    }
}
