use std::collections::BTreeMap;

use hepsys_core::Weights;
use hepsys_stats::KolmogorovSmirnov;
use serde::{Deserialize, Serialize};

use crate::score_scale::check_lengths;
use crate::training_set::check_weights;
use crate::{AdversarialError, Scores};

/// How finely the space of log-scores is divided to see which part of it a control region covers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CoverageParams {
    /// The log-score from which on bins begin; smaller ones are moved to it. Defaults to −12.
    pub floor: f64,
    /// How many bins of equal width each log-score has between the floor and zero. Defaults to 8.
    pub n_bins: usize,
    /// How many events of the control region a cell needs. Defaults to one.
    pub least_events: usize,
}

impl Default for CoverageParams {
    fn default() -> Self {
        Self { floor: -12.0, n_bins: 8, least_events: 1 }
    }
}

impl CoverageParams {
    fn check(self) -> Result<(), AdversarialError> {
        let is_right = self.floor < 0.0 && self.floor.is_finite();
        AdversarialError::check(is_right, "the floor of log-scores", "negative and finite", self.floor)?;
        let (bins, least) = (self.n_bins, self.least_events);
        AdversarialError::check(bins > 0, "the number of bins of a log-score", "positive", bins as f64)?;
        AdversarialError::check(least > 0, "the least number of events of a cell", "positive", least as f64)
    }

    /// The bin of a score: of equal ones in its logarithm.
    fn bin(self, score: f64) -> usize {
        let place = (1.0 - score.ln().max(self.floor) / self.floor) * self.n_bins as f64;
        (place as usize).min(self.n_bins - 1)
    }
}

/// Whether a control region has the scores of the events it stands for.
///
/// Scores of $K$ classes are a point in a cube, $\ln p_k$ between a floor and zero, which is divided into $n^K$ cells. The
/// uncovered share is the weighted fraction of main events in cells with fewer events of the control region than a cell needs:
/// there an adversary never looked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ScoreCoverage {
    /// Each score by itself.
    pub scores: Vec<ScoreRange>,
    /// The weighted fraction of main events in cells that the control region does not cover.
    pub uncovered: f64,
    /// What that fraction would be on average for a control region of the same number of events that is distributed as the main
    /// events are: $\sum_c f_c\\, P(n_c < \text{least events})$ with the fractions $f_c$ of main events and binomial $n_c$.
    pub by_chance: f64,
    /// How many cells have main events.
    pub n_cells: usize,
}

/// A score in a control region and in the main sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ScoreRange {
    /// The class whose score it is.
    pub class: String,
    /// The smallest and largest score of the control region.
    pub control: [f64; 2],
    /// The smallest and largest score of the main events.
    pub main: [f64; 2],
    /// The weighted fraction of main events outside the range of the control region.
    pub outside: f64,
    /// The largest distance between the weighted cumulative distributions.
    pub distance: f64,
    /// The probability of such a distance or a larger one if both are of one distribution.
    pub p_value: f64,
}

impl ScoreCoverage {
    /// Compares the scores of a control region with those of the main events it stands for, of the same classifier.
    ///
    /// ```
    /// use hepsys_adversarial::{CoverageParams, ScoreCoverage, Scores, Weights};
    /// let scores = |signal: &[f64]| {
    ///     let rest = signal.iter().map(|p| 1.0 - p).collect();
    ///     Scores::new(vec!["signal".into(), "rest".into()], vec![signal.to_vec(), rest])
    /// };
    /// let (control, main) = (scores(&[0.1, 0.2, 0.4])?, scores(&[0.1, 0.2, 0.3, 0.9999])?);
    /// let weights = (Weights::unit(3), Weights::new([1.0, 1.0, 1.0, 2.0])?);
    /// let found = ScoreCoverage::of(CoverageParams::default(), (&control, &weights.0), (&main, &weights.1))?;
    /// assert_eq!((found.uncovered, found.scores[0].outside), (0.4, 0.4));
    /// # Ok::<(), hepsys_adversarial::AdversarialError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`AdversarialError::BadParameter`] for parameters out of range, scores and weights of different lengths or scores of other
    /// classes; [`AdversarialError::Weightless`] and [`AdversarialError::NegativeWeight`].
    pub fn of(
        params: CoverageParams,
        control: (&Scores, &Weights),
        main: (&Scores, &Weights),
    ) -> Result<Self, AdversarialError> {
        params.check()?;
        for (what, (scores, weights)) in [("the control region", control), ("the main sample", main)] {
            check_lengths(what, scores.n_events(), weights.len())?;
            check_weights(what, weights)?;
        }
        if control.0.classes() != main.0.classes() {
            let expected = format!("{:?}, as those of the control region", control.0.classes());
            let found = format!("{:?}", main.0.classes());
            return Err(AdversarialError::bad("the classes of the main sample", expected, found));
        }
        let classes = control.0.classes().iter().zip(control.0.columns().iter().zip(main.0.columns()));
        let scores = classes
            .map(|(class, (a, b))| ScoreRange::of(class, [a, b], [control.1, main.1]))
            .collect::<Result<_, _>>()?;
        // An event without weight fills nothing and covers nothing.
        let cells = |(scores, weights): (&Scores, &Weights)| {
            let mut cells: BTreeMap<Vec<usize>, (usize, f64)> = BTreeMap::new();
            for (event, weight) in weights.iter().enumerate().filter(|(_, weight)| *weight > 0.0) {
                let cell = scores.columns().iter().map(|column| params.bin(column[event])).collect();
                let (n, sum) = cells.entry(cell).or_default();
                *n += 1;
                *sum += weight;
            }
            cells
        };
        let (control_cells, main_cells) = (cells(control), cells(main));
        let n_control = control.1.iter().filter(|weight| *weight > 0.0).count();
        let (mut uncovered, mut by_chance) = (0.0, 0.0);
        for (cell, (_, weight)) in &main_cells {
            let fraction = weight / main.1.total();
            by_chance += fraction * fewer(n_control, fraction, params.least_events);
            if control_cells.get(cell).is_none_or(|(n, _)| *n < params.least_events) {
                uncovered += fraction;
            }
        }
        Ok(Self { scores, uncovered, by_chance, n_cells: main_cells.len() })
    }
}

impl ScoreRange {
    fn of(class: &str, scores: [&[f64]; 2], weights: [&Weights; 2]) -> Result<Self, AdversarialError> {
        let test = KolmogorovSmirnov::weighted_two_sample(scores[0], weights[0], scores[1], weights[1])?;
        let [control, main] = [0, 1].map(|kind: usize| {
            let counting = scores[kind].iter().zip(weights[kind].iter()).filter(|(_, weight)| *weight > 0.0);
            let ends = counting.map(|(score, _)| *score);
            ends.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], x| [low.min(x), high.max(x)])
        });
        let is_outside = |(score, _): &(&f64, f64)| **score < control[0] || **score > control[1];
        let events = scores[1].iter().zip(weights[1].iter()).filter(is_outside);
        let outside = events.fold(0.0, |sum, (_, weight)| sum + weight);
        Ok(Self {
            class: class.to_owned(),
            control,
            main,
            outside: outside / weights[1].total(),
            distance: test.statistic(),
            p_value: test.p_value().value(),
        })
    }
}

/// The probability of fewer than `least` of `n` events where each is there with this probability.
fn fewer(n: usize, probability: f64, least: usize) -> f64 {
    if probability >= 1.0 {
        return f64::from(u8::from(n < least));
    }
    let mut term = n as f64 * (-probability).ln_1p();
    let odds = (probability / (1.0 - probability)).ln();
    let mut sum = 0.0;
    for k in 0..least.min(n + 1) {
        sum += term.exp();
        term += odds + ((n - k) as f64 / (k + 1) as f64).ln();
    }
    sum.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hepsys_core::Seed;
    use proptest::prelude::*;
    use rand::RngExt;

    fn scores(signal: &[f64]) -> Scores {
        let other = signal.iter().map(|s| 1.0 - s).collect();
        Scores::new(vec!["signal".into(), "rest".into()], vec![signal.to_vec(), other]).unwrap()
    }

    fn coverage(params: CoverageParams, control: &[f64], main: &[f64]) -> ScoreCoverage {
        let unit = |n: &[f64]| Weights::unit(n.len());
        ScoreCoverage::of(params, (&scores(control), &unit(control)), (&scores(main), &unit(main))).unwrap()
    }

    #[test]
    fn cells_are_those_of_logarithms() {
        let params = CoverageParams { floor: -4.0, n_bins: 4, least_events: 1 };
        let bins = [0.0, 1e-9, 0.018, 0.019, 0.14, 0.36, 0.37, 1.0].map(|score| params.bin(score));
        assert_eq!(bins, [0, 0, 0, 0, 2, 2, 3, 3]);
    }

    #[test]
    fn the_uncovered_share_is_that_of_the_cells_that_were_left_out() {
        // Uniform scores; control has those below one half, which a bin of a log-score ends at: e^-ln 2.
        let params = CoverageParams { floor: -12.0 * 2.0_f64.ln(), n_bins: 12, least_events: 1 };
        let mut random = Seed::new(1).stream();
        let mut draw =
            |n: usize, high: f64| (0..n).map(|_| high * random.random::<f64>()).collect::<Vec<f64>>();
        let (control, main) = (draw(40_000, 0.5), draw(40_000, 1.0));
        let found = coverage(params, &control, &main);
        assert!((found.uncovered - 0.5).abs() < 0.01, "{found:?}");
        assert!(
            (found.scores[0].outside - 0.5).abs() < 0.01 && (found.scores[0].distance - 0.5).abs() < 0.01
        );
        assert!(found.by_chance < 0.001, "{found:?}");
        let same = coverage(params, &main, &main);
        assert_eq!((same.uncovered, same.scores[0].outside, same.scores[0].distance), (0.0, 0.0, 0.0));
    }

    #[test]
    fn what_chance_leaves_uncovered_is_binomial() {
        // Two cells of one half each, three control events: each is seen unless all fall into the other.
        let params = CoverageParams { floor: -2.0, n_bins: 2, least_events: 1 };
        let found = coverage(params, &[0.1; 3], &[0.1, 0.9]);
        assert_eq!((found.n_cells, found.uncovered), (2, 0.5));
        assert!((found.by_chance - 0.125).abs() < 1e-15, "{found:?}");
        let found = coverage(CoverageParams { least_events: 2, ..params }, &[0.1; 3], &[0.1, 0.9]);
        assert!((found.by_chance - 0.5).abs() < 1e-15, "{found:?}");
        // A single cell has all of them.
        let single = CoverageParams { n_bins: 1, least_events: 2, ..params };
        assert_eq!(coverage(single, &[0.5; 3], &[0.5; 2]).by_chance, 0.0);
        assert!((fewer(3, 0.5, 1) - 0.125).abs() < 1e-15);
        assert!((fewer(3, 0.5, 2) - 0.5).abs() < 1e-15);
        assert_eq!((fewer(3, 1.0, 2), fewer(1, 1.0, 2), fewer(1, 0.3, 5)), (0.0, 1.0, 1.0));
    }

    proptest! {
        #[test]
        fn more_control_events_leave_less_uncovered(
            main in prop::collection::vec(0.0..1.0_f64, 1..40), control in prop::collection::vec(0.0..1.0_f64, 2..40),
        ) {
            let params = CoverageParams::default();
            let (few, all) = (coverage(params, &control[1..], &main), coverage(params, &control, &main));
            prop_assert!(all.uncovered <= few.uncovered && (0.0..=1.0 + 1e-12).contains(&few.uncovered));
            prop_assert!(all.by_chance <= few.by_chance + 1e-12);
            let strict = CoverageParams { least_events: 2, ..params };
            prop_assert!(coverage(strict, &control, &main).uncovered >= all.uncovered);
        }
    }

    #[test]
    fn bad_input_is_told() {
        let of = |params: CoverageParams, control: &[f64], main: &Scores| {
            let unit = |n: usize| Weights::unit(n);
            let (n, m) = (control.len(), main.n_events());
            ScoreCoverage::of(params, (&scores(control), &unit(n)), (main, &unit(m))).unwrap_err().to_string()
        };
        let params = CoverageParams::default();
        assert!(of(CoverageParams { floor: 0.0, ..params }, &[0.5], &scores(&[0.5])).contains("floor"));
        assert!(of(CoverageParams { n_bins: 0, ..params }, &[0.5], &scores(&[0.5])).contains("bins"));
        assert!(of(CoverageParams { least_events: 0, ..params }, &[0.5], &scores(&[0.5])).contains("least"));
        assert!(of(params, &[], &scores(&[0.5])).contains("the control region"));
        let other = Scores::new(vec!["signal".into()], vec![vec![0.5]]).unwrap();
        assert!(of(params, &[0.5], &other).contains("the classes of the main sample"));
    }
}
