use hepsys_core::Sample;
use serde::{Deserialize, Serialize};

use super::inputs::{InputClosure, correct, uncorrected};
use crate::AdversarialError;
use crate::score_scale::check_lengths;
use crate::training_set::check_weights;

/// Events of a range of a score, in simulation and data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ScoreSlice {
    /// Scores of the slice are above the first number, or equal to it in the lowest slice, and not above the second.
    pub range: [f64; 2],
    /// Whether it is the lowest slice.
    pub is_lowest: bool,
    /// The weighted fraction of simulation in it.
    pub simulation: f64,
    /// The weighted fraction of data in it.
    pub data: f64,
    /// Each feature there, with p-values corrected for all features of all slices.
    pub inputs: Vec<InputClosure>,
}

impl ScoreSlice {
    /// Whether an event of this score is in the slice; scores outside the range of all compared events are in none.
    #[must_use]
    pub fn contains(&self, score: f64) -> bool {
        let [low, high] = self.range;
        (low < score || self.is_lowest && low == score) && score <= high
    }
}

/// Compares features of simulation and data in slices of a score that hold the same weight of simulation each.
///
/// What the network made of a mismodelled variable shows here, also in variables that nobody aimed at: the same features in
/// the slices of the scores of two classifiers are to be compared.
///
/// ```
/// use hepsys_adversarial::{Feature, Sample, score_slices};
/// let sample = |late: f64| {
///     let time = (0..900).map(|i| late + (1.3 * f64::from(i)).sin()).collect::<Vec<f64>>();
///     Sample::from_columns([(Feature::new("time", "ns"), time)])
/// };
/// let scores: Vec<f64> = (0..900).map(|i| f64::from(i) / 900.0).collect();
/// let slices = score_slices(3, (&scores, &sample(0.0)?), (&scores, &sample(0.3)?))?;
/// assert_eq!(slices.len(), 3);
/// assert!(slices[0].contains(scores[0]) && !slices[0].contains(scores[899]));
/// assert!((slices[1].simulation - 1.0 / 3.0).abs() < 1e-3 && slices[1].inputs[0].distance > 0.05);
/// # Ok::<(), hepsys_adversarial::AdversarialError>(())
/// ```
///
/// # Shapes
///
/// scores: `[n_events]`; samples: `[n_events, n_features]` with the features that are to be compared, and weights
///
/// # Errors
///
/// [`AdversarialError::BadParameter`] for no slice, scores and events of different numbers, or a slice without simulation or
/// data of positive weight, which has to be wider; [`AdversarialError::Core`] with the column that data lack;
/// [`AdversarialError::Weightless`] and [`AdversarialError::NegativeWeight`].
pub fn score_slices(
    n_slices: usize,
    simulation: (&[f64], &Sample),
    data: (&[f64], &Sample),
) -> Result<Vec<ScoreSlice>, AdversarialError> {
    AdversarialError::check(n_slices > 0, "the number of slices", "positive", n_slices as f64)?;
    for (what, (scores, sample)) in [("simulation", simulation), ("data", data)] {
        check_lengths(what, scores.len(), sample.n_events())?;
        check_weights(what, sample.weights())?;
        if let Some(event) = scores.iter().position(|score| score.is_nan()) {
            return Err(AdversarialError::bad(
                format!("the score of event {event} of {what}"),
                "a number",
                "NaN",
            ));
        }
    }
    let edges = quantiles(simulation, n_slices);
    let mut slices = Vec::with_capacity(n_slices);
    for slice in 0..n_slices {
        let low = if slice == 0 { f64::NEG_INFINITY } else { edges[slice - 1] };
        let high = edges.get(slice).copied().unwrap_or(f64::INFINITY);
        let [(a, simulated), (b, taken)] = [simulation, data].map(|(scores, sample)| {
            let is_in = |event: &usize| low < scores[*event] && scores[*event] <= high;
            let events: Vec<usize> = (0..scores.len()).filter(is_in).collect();
            (events.iter().map(|&e| sample.weights().get(e)).sum::<f64>() / sample.weights().total(), events)
        });
        for (what, fraction) in [("simulation", a), ("data", b)] {
            let name = format!("the weight of {what} in slice {slice} of the score, from {low} to {high}");
            AdversarialError::check(fraction > 0.0, &name, "positive: take fewer slices", fraction)?;
        }
        let inputs = uncorrected(&simulation.1.take(&simulated)?, &data.1.take(&taken)?)?;
        slices.push(ScoreSlice { range: [low, high], is_lowest: slice == 0, simulation: a, data: b, inputs });
    }
    let ends = [simulation.0, data.0].map(|scores| {
        scores.iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], &x| [low.min(x), high.max(x)])
    });
    slices[0].range[0] = ends[0][0].min(ends[1][0]);
    slices[n_slices - 1].range[1] = ends[0][1].max(ends[1][1]);
    correct(slices.iter_mut().flat_map(|slice| &mut slice.inputs));
    Ok(slices)
}

/// The scores between the slices.
fn quantiles((scores, sample): (&[f64], &Sample), n_slices: usize) -> Vec<f64> {
    let mut events: Vec<(f64, f64)> = scores.iter().copied().zip(sample.weights().iter()).collect();
    events.sort_by(|a, b| a.0.total_cmp(&b.0));
    let total = sample.weights().total();
    let (mut sum, mut edges) = (0.0, Vec::with_capacity(n_slices));
    for (score, weight) in events {
        sum += weight;
        while edges.len() + 1 < n_slices && sum >= total * (edges.len() + 1) as f64 / n_slices as f64 {
            edges.push(score);
        }
    }
    edges
}

#[cfg(test)]
mod tests {
    use super::*;
    use hepsys_core::{Feature, Weights};

    fn sample(values: Vec<f64>) -> Sample {
        Sample::from_columns([(Feature::new("x", "1"), values)]).unwrap()
    }

    #[test]
    fn slices_hold_the_same_weight_of_simulation_and_find_a_local_difference() {
        let n = 3000;
        let scores: Vec<f64> = (0..n).map(|i| (i as f64 + 0.5) / n as f64).collect();
        let values = |shift: f64| {
            let at = |(i, score): (usize, &f64)| {
                (0.7 * i as f64).sin() + if *score > 2.0 / 3.0 { shift } else { 0.0 }
            };
            sample(scores.iter().enumerate().map(at).collect())
        };
        let slices = score_slices(3, (&scores, &values(0.0)), (&scores, &values(0.4))).unwrap();
        for slice in &slices {
            assert!((slice.simulation - 1.0 / 3.0).abs() < 1e-3 && (slice.data - 1.0 / 3.0).abs() < 1e-3);
        }
        assert_eq!((slices[0].inputs[0].distance, slices[1].inputs[0].distance), (0.0, 0.0));
        let last = &slices[2].inputs[0];
        assert!(last.distance > 0.1 && (last.corrected - 3.0 * last.p_value).abs() < 1e-12, "{last:?}");
        assert_eq!(slices[0].range[0], scores[0]);
        assert_eq!(slices[2].range[1], scores[n - 1]);
    }

    #[test]
    fn weights_decide_where_a_slice_ends() {
        let simulation =
            sample(vec![0.0; 4]).with_weights(Weights::new(vec![3.0, 1.0, 1.0, 1.0]).unwrap()).unwrap();
        let scores = [0.1, 0.2, 0.3, 0.4];
        let slices = score_slices(2, (&scores, &simulation), (&scores, &sample(vec![0.0; 4]))).unwrap();
        assert_eq!((slices[0].range, slices[1].range), ([0.1, 0.1], [0.1, 0.4]));
        assert_eq!((slices[0].simulation, slices[0].data), (0.5, 0.25));
        // The lowest slice is one score here, which is in no other.
        let are_in = |slice: usize| [0.0, 0.1, 0.2, 0.4, 0.5, f64::NAN].map(|s| slices[slice].contains(s));
        assert_eq!(are_in(0), [false, true, false, false, false, false]);
        assert_eq!(are_in(1), [false, false, true, true, false, false]);
    }

    #[test]
    fn bad_input_is_told() {
        let (one, two) = (sample(vec![1.0]), sample(vec![1.0, 2.0]));
        let error = |n: usize, scores: &[f64], data: &[f64]| {
            score_slices(n, (scores, &two), (data, &one)).unwrap_err().to_string()
        };
        assert!(error(0, &[0.1, 0.2], &[0.1]).contains("slices"));
        assert!(error(2, &[0.1], &[0.1]).contains("simulation"));
        assert!(error(2, &[0.1, 0.2], &[0.1]).contains("data in slice 1"));
        assert!(error(2, &[0.1, f64::NAN], &[0.1]).contains("event 1 of simulation"));
    }
}
