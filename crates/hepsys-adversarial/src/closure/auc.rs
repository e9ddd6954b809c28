use serde::{Deserialize, Serialize};

use crate::AdversarialError;
use crate::score_scale::check_lengths;

/// An area under the curve of efficiencies, with its standard deviation for two kinds of events that are one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Auc {
    /// The probability that an event of the second kind has a larger score than one of the first; equal ones count half.
    pub value: f64,
    /// $\sqrt{(n_1 + n_2 + 1) / (12\\, n_1 n_2)}$, with effective numbers of events.
    pub null_sigma: f64,
}

/// The area under the curve, for weighted events of two kinds.
///
/// ```
/// use hepsys_adversarial::auc;
/// let found = auc([&[0.1, 0.4], &[0.3, 0.9]], [&[1.0, 1.0], &[1.0, 1.0]])?;
/// assert_eq!(found.value, 0.75);
/// # Ok::<(), hepsys_adversarial::AdversarialError>(())
/// ```
///
/// # Errors
///
/// [`AdversarialError::BadParameter`] unless there is a weight for each score, [`AdversarialError::Weightless`] if the weights of a
/// kind sum to zero or less.
pub fn auc(scores: [&[f64]; 2], weights: [&[f64]; 2]) -> Result<Auc, AdversarialError> {
    let mut events = Vec::with_capacity(scores[0].len() + scores[1].len());
    let mut totals = [0.0; 2];
    let mut effective = [0.0; 2];
    for kind in 0..2 {
        check_lengths("a kind of events", scores[kind].len(), weights[kind].len())?;
        totals[kind] = weights[kind].iter().sum();
        if totals[kind].is_nan() || totals[kind] <= 0.0 {
            return Err(AdversarialError::Weightless(["first kind", "second kind"][kind].to_owned()));
        }
        let squares: f64 = weights[kind].iter().map(|w| w * w).sum();
        effective[kind] = totals[kind] * totals[kind] / squares;
        events.extend(scores[kind].iter().zip(weights[kind]).map(|(&score, &weight)| (score, weight, kind)));
    }
    events.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut below = 0.0;
    let mut area = 0.0;
    for equal in events.chunk_by(|a, b| a.0 == b.0) {
        let of = |kind| equal.iter().filter(|event| event.2 == kind).map(|event| event.1).sum::<f64>();
        let (first, second): (f64, f64) = (of(0), of(1));
        area += second * (below + 0.5 * first);
        below += first;
    }
    let null_sigma = ((effective[0] + effective[1] + 1.0) / (12.0 * effective[0] * effective[1])).sqrt();
    Ok(Auc { value: area / (totals[0] * totals[1]), null_sigma })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_scores_count_half_and_weights_are_numbers() {
        let found = auc([&[0.5, 0.5], &[0.5]], [&[1.0, 1.0], &[2.0]]).unwrap();
        assert_eq!(found.value, 0.5);
        let weighted = auc([&[0.1, 0.6], &[0.3]], [&[3.0, 1.0], &[1.0]]).unwrap();
        assert_eq!(weighted.value, 0.75);
    }

    #[test]
    fn the_null_spread_is_that_of_ranks() {
        // Two events each: the mean is ½ and the variance (2 + 2 + 1)/(12 · 4) over the six orders.
        let orders = [[0.0, 1.0], [0.0, 2.0], [0.0, 3.0], [1.0, 2.0], [1.0, 3.0], [2.0, 3.0]];
        let values: Vec<f64> = orders
            .iter()
            .map(|first| {
                let second: Vec<f64> = (0..4).map(f64::from).filter(|x| !first.contains(x)).collect();
                auc([first, &second], [&[1.0; 2], &[1.0; 2]]).unwrap().value
            })
            .collect();
        let variance = values.iter().map(|v| (v - 0.5) * (v - 0.5)).sum::<f64>() / 6.0;
        let sigma = auc([&[0.0, 1.0], &[2.0, 3.0]], [&[1.0; 2], &[1.0; 2]]).unwrap().null_sigma;
        assert!((sigma * sigma - variance).abs() < 1e-12);
    }

    #[test]
    fn what_has_no_area_is_told() {
        assert!(auc([&[1.0], &[1.0]], [&[0.0], &[1.0]]).unwrap_err().to_string().contains("first kind"));
        assert!(auc([&[1.0], &[]], [&[1.0], &[]]).unwrap_err().to_string().contains("second kind"));
        assert!(auc([&[1.0], &[1.0]], [&[1.0, 1.0], &[1.0]]).is_err());
    }
}
