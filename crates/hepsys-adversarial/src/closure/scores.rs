use hepsys_core::Weights;
use hepsys_stats::KolmogorovSmirnov;
use serde::{Deserialize, Serialize};

use super::ClosureParams;
use crate::AdversarialError;
use crate::fraction::Tally;

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
    /// At cuts on the score: the cut, and which fraction of simulation and of data are above it, each with its statistical error.
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
    /// The standard deviation of data/simulation, of fractions of weighted events; where no data pass, the ratio that one event would make.
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
            .map(|&efficiency| {
                let cut = distributions[0].cut(efficiency);
                let [simulation, data] = distributions.each_ref().map(|events| events.above(cut));
                let (_, ratio_sigma) = data.ratio_to(&simulation);
                CutEfficiency { cut, simulation: simulation.fraction(), data: data.fraction(), ratio_sigma }
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

/// The scores of one kind of events in increasing order, with weights of total one; events without weight are left out.
struct Distribution {
    events: Vec<(f64, f64)>,
}

impl Distribution {
    fn new(scores: &[f64], weights: &Weights) -> Self {
        let total = weights.total();
        let weighted = scores.iter().copied().zip(weights.iter().map(|w| w / total));
        let mut events: Vec<(f64, f64)> = weighted.filter(|event| event.1 > 0.0).collect();
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

    /// The score above which about this fraction lies: of ties that are more than it, all or none, but always some event.
    fn cut(&self, fraction: f64) -> f64 {
        let largest = self.events.last().map_or(f64::NAN, |event| event.0);
        self.quantile(1.0 - fraction).min(largest.next_down())
    }

    /// The events above a cut, and the others.
    fn above(&self, cut: f64) -> Tally {
        let mut tally = Tally::default();
        self.events.iter().for_each(|(score, weight)| tally.add(*score > cut, *weight));
        tally
    }

    fn between(&self, begin: usize, end: usize) -> (f64, f64) {
        let part = &self.events[begin..end];
        // Not `sum`, which makes −0 of nothing.
        part.iter().fold((0.0, 0.0), |(sum, squares), event| (sum + event.1, squares + event.1 * event.1))
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
    fn a_shift_is_seen_in_everything() {
        let shifted = closure(0.05);
        assert!((shifted.distance - 0.05).abs() < 1e-3);
        assert!(shifted.p_value < 0.05);
        // The first bin is empty in data and the last one twice as full, of 100 events a bin.
        assert!(shifted.chi_squared > 100.0);
        assert!((shifted.efficiencies[0].ratio() - 1.5).abs() < 0.02);
        // 200 and 300 of 2000 events: a relative error of √(0.9/200 + 0.85/300).
        let sigma = 1.5 * (0.9 / 200.0 + 0.85 / 300.0_f64).sqrt();
        assert!((shifted.efficiencies[0].ratio_sigma / sigma - 1.0).abs() < 0.02);
    }

    #[test]
    fn cuts_that_no_data_or_many_tied_events_pass_have_numbers() {
        let shifted = closure(-0.5);
        for cut in &shifted.efficiencies {
            assert_eq!((cut.data.to_bits(), cut.ratio()), (0.0_f64.to_bits(), 0.0));
            // One event of 2000.
            assert!((cut.ratio_sigma * cut.simulation * 2000.0 - 1.0).abs() < 1e-9, "{cut:?}");
        }
        let weights = Weights::uniform(1.0, 100).unwrap();
        let tied: Vec<f64> = (0..100).map(|i| if i < 70 { 0.2 } else { 1.0 }).collect();
        let score =
            ScoreClosure::of("signal", [&tied, &tied], [&weights, &weights], &ClosureParams::default())
                .unwrap();
        for cut in &score.efficiencies {
            assert!((cut.simulation - 0.3).abs() < 1e-12 && cut.ratio() == 1.0, "{cut:?}");
            assert!((cut.ratio_sigma - (2.0 * 0.7 / 30.0_f64).sqrt()).abs() < 1e-12, "{cut:?}");
        }
    }
}
