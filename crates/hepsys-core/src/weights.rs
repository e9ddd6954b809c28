use std::sync::Arc;

use crate::CoreError;

/// The weights of the events of a sample: finite, possibly negative.
///
/// Cloning is cheap: values are shared.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights(Values);

#[derive(Debug, Clone, PartialEq)]
enum Values {
    Uniform { weight: f64, n_events: usize },
    PerEvent(Arc<[f64]>),
}

impl Weights {
    /// Every event counts once.
    #[must_use]
    pub fn unit(n_events: usize) -> Self {
        Self(Values::Uniform { weight: 1.0, n_events })
    }

    /// Every event has the same weight.
    ///
    /// # Errors
    ///
    /// [`CoreError::NotFinite`] for a weight that is NaN or infinite.
    pub fn uniform(weight: f64, n_events: usize) -> Result<Self, CoreError> {
        check_finite(&[weight])?;
        Ok(Self(Values::Uniform { weight, n_events }))
    }

    /// One weight for each event.
    ///
    /// # Errors
    ///
    /// [`CoreError::NotFinite`] with the first event whose weight is NaN or infinite.
    pub fn new(weights: impl Into<Arc<[f64]>>) -> Result<Self, CoreError> {
        let weights = weights.into();
        check_finite(&weights)?;
        Ok(Self(Values::PerEvent(weights)))
    }

    /// How many events there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Values::Uniform { n_events, .. } => *n_events,
            Values::PerEvent(weights) => weights.len(),
        }
    }

    /// Whether there is no event.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether every event has weight one.
    #[must_use]
    pub fn are_unit(&self) -> bool {
        matches!(self.0, Values::Uniform { weight, .. } if weight == 1.0)
    }

    /// The weight of one event.
    ///
    /// # Panics
    ///
    /// If there is no such event.
    #[must_use]
    pub fn get(&self, event: usize) -> f64 {
        match &self.0 {
            Values::Uniform { weight, n_events } => {
                assert!(event < *n_events, "event {event} of {n_events}");
                *weight
            }
            Values::PerEvent(weights) => weights[event],
        }
    }

    /// The weights in the order of the events.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = f64> + '_ {
        let (uniform, values) = match &self.0 {
            Values::Uniform { weight, .. } => (*weight, None),
            Values::PerEvent(weights) => (0.0, Some(weights)),
        };
        (0..self.len()).map(move |i| values.map_or(uniform, |w| w[i]))
    }

    /// The sum of the weights, $\sum_i w_i$: the expected number of events.
    #[must_use]
    pub fn total(&self) -> f64 {
        match &self.0 {
            Values::Uniform { weight, n_events } => weight * *n_events as f64,
            Values::PerEvent(weights) => weights.iter().sum(),
        }
    }

    /// $\sum_i w_i^2$, the variance of [`total`](Self::total) for Poisson-distributed events.
    #[must_use]
    pub fn sum_of_squares(&self) -> f64 {
        match &self.0 {
            Values::Uniform { weight, n_events } => weight * weight * *n_events as f64,
            Values::PerEvent(weights) => weights.iter().map(|w| w * w).sum(),
        }
    }

    /// $(\sum_i w_i)^2 / \sum_i w_i^2$: how many unweighted events have the same relative uncertainty.
    ///
    /// Zero where every weight is zero.
    #[must_use]
    pub fn effective_entries(&self) -> f64 {
        let squares = self.sum_of_squares();
        if squares == 0.0 { 0.0 } else { self.total().powi(2) / squares }
    }

    /// These weights times `factor`.
    ///
    /// # Errors
    ///
    /// [`CoreError::NotFinite`] if a product is not finite.
    pub fn scaled(&self, factor: f64) -> Result<Self, CoreError> {
        match &self.0 {
            Values::Uniform { weight, n_events } => Self::uniform(weight * factor, *n_events),
            Values::PerEvent(weights) => Self::new(weights.iter().map(|w| w * factor).collect::<Vec<_>>()),
        }
    }

    /// These weights scaled so that their sum is `total`.
    ///
    /// # Errors
    ///
    /// [`CoreError::NonPositiveTotal`] if their sum is zero or negative, [`CoreError::NotFinite`] if `total` is not finite.
    pub fn scaled_to(&self, total: f64) -> Result<Self, CoreError> {
        let sum = self.total();
        if sum <= 0.0 {
            return Err(CoreError::NonPositiveTotal(sum));
        }
        self.scaled(total / sum)
    }

    /// The weights of the events at `indices`, in that order.
    ///
    /// # Panics
    ///
    /// If an index is beyond the end.
    #[must_use]
    pub fn take(&self, indices: &[usize]) -> Self {
        match &self.0 {
            Values::Uniform { weight, n_events } => {
                assert!(indices.iter().all(|i| i < n_events), "index beyond {n_events} events");
                Self(Values::Uniform { weight: *weight, n_events: indices.len() })
            }
            Values::PerEvent(weights) => {
                Self(Values::PerEvent(indices.iter().map(|&i| weights[i]).collect()))
            }
        }
    }

    /// These weights, followed by those of `other`.
    #[must_use]
    pub fn concat(&self, other: &Self) -> Self {
        match (&self.0, &other.0) {
            (Values::Uniform { weight: a, .. }, Values::Uniform { weight: b, .. }) if a == b => {
                Self(Values::Uniform { weight: *a, n_events: self.len() + other.len() })
            }
            _ => Self(Values::PerEvent(self.iter().chain(other.iter()).collect())),
        }
    }
}

fn check_finite(weights: &[f64]) -> Result<(), CoreError> {
    match weights.iter().position(|w| !w.is_finite()) {
        None => Ok(()),
        Some(event) => Err(CoreError::NotFinite { what: "weights".into(), event, value: weights[event] }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_is_named_with_its_event() {
        let error = Weights::new(vec![1.0, 2.0, f64::NAN]).unwrap_err();
        assert_eq!(error.to_string(), "weights must be finite, but event 2 has NaN");
    }

    #[test]
    fn uniform_and_listed_weights_agree() {
        let uniform = Weights::uniform(0.25, 8).unwrap();
        let listed = Weights::new(vec![0.25; 8]).unwrap();
        assert_eq!(uniform.total(), listed.total());
        assert_eq!(uniform.sum_of_squares(), listed.sum_of_squares());
        assert_eq!(uniform.effective_entries(), 8.0);
        assert!(uniform.iter().eq(listed.iter()));
    }

    #[test]
    fn negative_weights_lower_the_effective_entries() {
        let weights = Weights::new(vec![1.0, 1.0, 1.0, -1.0]).unwrap();
        assert_eq!(weights.total(), 2.0);
        assert_eq!(weights.effective_entries(), 1.0);
    }

    #[test]
    fn a_total_of_zero_cannot_be_scaled() {
        let weights = Weights::new(vec![1.0, -1.0]).unwrap();
        assert_eq!(weights.scaled_to(5.0), Err(CoreError::NonPositiveTotal(0.0)));
    }
}
