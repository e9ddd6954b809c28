use super::Range;
use crate::StatsError;

/// Values of the observable, each for one event or with a weight.
///
/// Weights have to be finite and not negative.
/// The likelihood of weighted events is $-\sum_i w_i \ln(\dots)$ with $n = \sum_i w_i$, whose minimum is consistent.
/// Its Hessian gives errors only if the weights stand for numbers of events, as in Asimov data: for weighted simulation they
/// are wrong by about $\sqrt{\sum w^2 / \sum w}$ (`langenbruch2022`).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Events {
    values: Vec<f64>,
    weights: Option<Vec<f64>>,
}

impl Events {
    /// One event for each value.
    #[must_use]
    pub fn new(values: Vec<f64>) -> Self {
        Self { values, weights: None }
    }

    /// Values with weights.
    ///
    /// # Errors
    ///
    /// [`StatsError`] unless there is one weight for each value, finite and not negative.
    pub fn weighted(values: Vec<f64>, weights: Vec<f64>) -> Result<Self, StatsError> {
        if values.len() != weights.len() {
            let expected = format!("{} numbers", values.len());
            return Err(StatsError::bad_parameter("the weights of events", expected, weights.len()));
        }
        match weights.iter().position(|w| !(w.is_finite() && *w >= 0.0)) {
            None => Ok(Self { values, weights: Some(weights) }),
            Some(index) => Err(StatsError::BadValue {
                what: "the weights of events".into(),
                expected: "finite and not negative".into(),
                index,
                value: weights[index],
            }),
        }
    }

    /// The values.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The sum of the weights; without weights, the number of events.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.weights.as_ref().map_or(self.values.len() as f64, |w| w.iter().sum())
    }

    /// Values with their weights, which are one where there are none.
    pub fn iter(&self) -> impl Iterator<Item = (f64, f64)> {
        let weight = |i: usize| self.weights.as_ref().map_or(1.0, |w| w[i]);
        self.values.iter().enumerate().map(move |(i, x)| (*x, weight(i)))
    }

    /// Refuses values outside the range, and NaN.
    pub(super) fn check(&self, range: Range) -> Result<(), StatsError> {
        match self.values.iter().position(|x| !range.contains(*x)) {
            None => Ok(()),
            Some(index) => Err(StatsError::BadValue {
                what: "events".into(),
                expected: format!("between {} and {}", range.low(), range.high()),
                index,
                value: self.values[index],
            }),
        }
    }
}

impl From<Vec<f64>> for Events {
    fn from(values: Vec<f64>) -> Self {
        Self::new(values)
    }
}
