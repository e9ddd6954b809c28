use hepsys_core::{Binning, Template, Weights};
use serde::{Deserialize, Serialize};

use crate::AdversarialError;
use crate::fraction::Tally;
use crate::score_scale::check_lengths;
use crate::training_set::check_weights;

/// Data over simulation in a bin of the event score, in a control region.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ClosureRatio {
    /// The ratio.
    pub value: f64,
    /// Its statistical standard deviation.
    pub sigma: f64,
}

impl ClosureRatio {
    /// What the ratio says that simulation may be wrong by: $|r - 1|$, or its statistical error where that is larger.
    #[must_use]
    pub fn difference(&self) -> f64 {
        (self.value - 1.0).abs().max(self.sigma)
    }
}

/// The ratio of data and simulation in each bin of a score, such as [the log odds](crate::TrainedEventClassifier::log_odds) of
/// events in a control region, both normalised to one. What is beyond the edges counts in the first or the last bin.
///
/// Errors are those of fractions of weighted events; a bin without data has a ratio of zero with the error of one event.
///
/// ```
/// use hepsys_adversarial::{Binning, Weights, closure_ratios};
/// let bins = Binning::new([-10.0, 0.0, 10.0])?;
/// let (simulation, data) = ([-1.0, -2.0, 1.0, 2.0], [-1.0, 1.0, 2.0, 99.0]);
/// let weights = Weights::unit(4);
/// let ratios = closure_ratios(&bins, (&simulation, &weights), (&data, &weights))?;
/// assert_eq!((ratios[0].value, ratios[1].value), (0.5, 1.5));
/// # Ok::<(), hepsys_adversarial::AdversarialError>(())
/// ```
///
/// # Shapes
///
/// scores: `[n_events]`; the ratios: `[n_bins]`
///
/// # Errors
///
/// [`AdversarialError::BadParameter`] for a score that is not a number, or a bin without simulation, which has to be wider;
/// [`AdversarialError::Weightless`] and [`AdversarialError::NegativeWeight`].
pub fn closure_ratios(
    bins: &Binning,
    simulation: (&[f64], &Weights),
    data: (&[f64], &Weights),
) -> Result<Vec<ClosureRatio>, AdversarialError> {
    let mut tallies = Vec::new();
    for (what, (scores, weights)) in [("simulation", simulation), ("data", data)] {
        check_weights(what, weights)?;
        let mut of_bins = vec![Tally::default(); bins.n_bins()];
        for (bin, weight) in places(what, bins, scores, weights)?.into_iter().zip(weights.iter()) {
            of_bins.iter_mut().enumerate().for_each(|(other, tally)| tally.add(other == bin, weight));
        }
        tallies.push(of_bins);
    }
    let ratio = |(bin, (simulation, data)): (usize, (&Tally, &Tally))| {
        let expected = simulation.fraction();
        let name = format!("the simulation in bin {bin} of the control region");
        AdversarialError::check(expected > 0.0, &name, "positive: take wider bins", expected)?;
        let (value, sigma) = data.ratio_to(simulation);
        Ok(ClosureRatio { value, sigma })
    };
    tallies[0].iter().zip(&tallies[1]).enumerate().map(ratio).collect()
}

/// The yields of a process in bins of a score, with their variances; what is beyond the edges counts in the first or the last bin.
///
/// ```
/// use hepsys_adversarial::{Binning, Weights, score_template};
/// let bins = Binning::new([0.0, 2.0, 4.0])?;
/// let template = score_template("signal", &bins, &[-1.0, 3.0, 12.0], &Weights::uniform(0.5, 3)?)?;
/// assert_eq!((template.yields(), template.variances()), ([0.5, 1.0].as_slice(), [0.25, 0.5].as_slice()));
/// # Ok::<(), hepsys_adversarial::AdversarialError>(())
/// ```
///
/// # Shapes
///
/// `scores`: `[n_events]`; the template: `[n_bins]`
///
/// # Errors
///
/// [`AdversarialError::BadParameter`] for a score that is not a number, or unless there is a weight for each.
pub fn score_template(
    name: &str,
    bins: &Binning,
    scores: &[f64],
    weights: &Weights,
) -> Result<Template, AdversarialError> {
    let (mut yields, mut variances) = (vec![0.0; bins.n_bins()], vec![0.0; bins.n_bins()]);
    for (bin, weight) in places(name, bins, scores, weights)?.into_iter().zip(weights.iter()) {
        yields[bin] += weight;
        variances[bin] += weight * weight;
    }
    Ok(Template::new(name, bins.clone(), yields, variances)?)
}

/// The bin of each score.
fn places(
    what: &str,
    bins: &Binning,
    scores: &[f64],
    weights: &Weights,
) -> Result<Vec<usize>, AdversarialError> {
    check_lengths(what, scores.len(), weights.len())?;
    let (first, last) = (bins.edges()[0], bins.edges()[bins.n_bins()]);
    let place = |(event, &score): (usize, &f64)| {
        bins.index_of(score.clamp(first, last)).ok_or_else(|| {
            AdversarialError::bad(format!("the score of event {event} of {what}"), "a number", score)
        })
    };
    scores.iter().enumerate().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_have_the_errors_of_fractions() {
        let bins = Binning::new([0.0, 1.0, 2.0, 3.0]).unwrap();
        let of = |n: [usize; 3]| [vec![0.5; n[0]], vec![1.5; n[1]], vec![2.5; n[2]]].concat();
        let (simulation, data) = (of([60, 30, 10]), of([150, 50, 0]));
        let weights = (Weights::uniform(3.0, 100).unwrap(), Weights::unit(200));
        let found = closure_ratios(&bins, (&simulation, &weights.0), (&data, &weights.1)).unwrap();
        assert!((found[0].value - 0.75 / 0.6).abs() < 1e-12);
        let relative = 0.25 / (0.75 * 200.0) + 0.4 / (0.6 * 100.0);
        assert!((found[0].sigma - found[0].value * f64::sqrt(relative)).abs() < 1e-12);
        // No event where one in ten was expected, of two hundred.
        assert_eq!(found[2].value, 0.0);
        assert!((found[2].sigma - 1.0 / 20.0).abs() < 1e-12);
        assert_eq!(
            (found[2].difference(), ClosureRatio { value: 1.01, sigma: 0.2 }.difference()),
            (1.0, 0.2)
        );
    }

    #[test]
    fn bad_input_is_told() {
        let bins = Binning::new([0.0, 1.0, 2.0]).unwrap();
        let one = Weights::unit(1);
        let error = |simulation: f64| {
            closure_ratios(&bins, (&[simulation], &one), (&[0.5], &one)).unwrap_err().to_string()
        };
        assert!(error(0.5).contains("the simulation in bin 1"));
        assert!(error(f64::NAN).contains("event 0 of simulation"));
        let error = score_template("signal", &bins, &[1.0, 2.0], &one).unwrap_err().to_string();
        assert_eq!(error, "the number of weights of signal must be as many as scores, 2, got 1");
    }
}
