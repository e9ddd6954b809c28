use serde::{Deserialize, Serialize};

use crate::{CoreError, Template, Weights};

/// Bins of one variable: `[edge 0, edge 1), [edge 1, edge 2), …`, the last one closed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<f64>", into = "Vec<f64>")]
pub struct Binning {
    edges: Vec<f64>,
}

impl Binning {
    /// Bins between these edges.
    ///
    /// # Errors
    ///
    /// [`CoreError::BadEdges`] unless there are two or more, finite and strictly increasing.
    pub fn new(edges: impl Into<Vec<f64>>) -> Result<Self, CoreError> {
        let edges = edges.into();
        if edges.len() < 2 {
            return Err(CoreError::BadEdges(format!("two or more are needed, got {}", edges.len())));
        }
        if let Some(i) = edges.iter().position(|e| !e.is_finite()) {
            return Err(CoreError::BadEdges(format!("edge {i} is {}", edges[i])));
        }
        if let Some(i) = edges.windows(2).position(|w| w[1] <= w[0]) {
            return Err(CoreError::BadEdges(format!(
                "edge {} is {} after {}",
                i + 1,
                edges[i + 1],
                edges[i]
            )));
        }
        Ok(Self { edges })
    }

    /// `n_bins` bins of equal width from `low` to `high`.
    ///
    /// ```
    /// use hepsys_core::Binning;
    /// let binning = Binning::uniform(4, 0.0, 1.0)?;
    /// assert_eq!(binning.edges(), [0.0, 0.25, 0.5, 0.75, 1.0]);
    /// assert_eq!(binning.index_of(0.5), Some(2));
    /// assert_eq!(binning.index_of(1.0), Some(3));
    /// assert_eq!(binning.index_of(1.5), None);
    /// # Ok::<(), hepsys_core::CoreError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CoreError::BadEdges`] if there is no bin or the range is empty.
    pub fn uniform(n_bins: usize, low: f64, high: f64) -> Result<Self, CoreError> {
        Self::between(n_bins, low, high, |part| low + (high - low) * part)
    }

    /// `n_bins` bins of equal width in the logarithm, from `low` to `high`.
    ///
    /// # Errors
    ///
    /// [`CoreError::BadEdges`] if there is no bin, the range is empty, or `low` is not positive.
    pub fn logarithmic(n_bins: usize, low: f64, high: f64) -> Result<Self, CoreError> {
        if low <= 0.0 {
            return Err(CoreError::BadEdges(format!("logarithmic bins start above zero, not at {low}")));
        }
        Self::between(n_bins, low, high, |part| low * (high / low).powf(part))
    }

    /// Bins whose edges are `edge(i / n_bins)`, but end exactly at `low` and `high`.
    fn between(n_bins: usize, low: f64, high: f64, edge: impl Fn(f64) -> f64) -> Result<Self, CoreError> {
        let edges = (0..=n_bins).map(|i| match i {
            0 => low,
            i if i == n_bins => high,
            i => edge(i as f64 / n_bins as f64),
        });
        Self::new(edges.collect::<Vec<_>>())
    }

    /// The edges, one more than there are bins.
    #[must_use]
    pub fn edges(&self) -> &[f64] {
        &self.edges
    }

    /// How many bins there are.
    #[must_use]
    pub fn n_bins(&self) -> usize {
        self.edges.len() - 1
    }

    /// The middle of each bin.
    #[must_use]
    pub fn centers(&self) -> Vec<f64> {
        self.edges.windows(2).map(|w| 0.5 * (w[0] + w[1])).collect()
    }

    /// The width of each bin.
    #[must_use]
    pub fn widths(&self) -> Vec<f64> {
        self.edges.windows(2).map(|w| w[1] - w[0]).collect()
    }

    /// The bin that holds `value`; `None` outside the range and for NaN.
    #[must_use]
    pub fn index_of(&self, value: f64) -> Option<usize> {
        let (first, last) = (self.edges[0], self.edges[self.n_bins()]);
        if !(first <= value && value <= last) {
            return None;
        }
        Some((self.edges.partition_point(|&e| e <= value) - 1).min(self.n_bins() - 1))
    }

    /// The weighted histogram of `values`; values outside the range are left out.
    ///
    /// # Errors
    ///
    /// [`CoreError::LengthMismatch`] unless there is a weight for each value.
    pub fn fill(&self, name: &str, values: &[f64], weights: &Weights) -> Result<Template, CoreError> {
        if values.len() != weights.len() {
            return Err(CoreError::LengthMismatch {
                what: format!("the weights of \"{name}\""),
                expected: values.len(),
                found: weights.len(),
            });
        }
        let mut yields = vec![0.0; self.n_bins()];
        let mut variances = vec![0.0; self.n_bins()];
        for (&value, weight) in values.iter().zip(weights.iter()) {
            if let Some(bin) = self.index_of(value) {
                yields[bin] += weight;
                variances[bin] += weight * weight;
            }
        }
        Template::new(name, self.clone(), yields, variances)
    }
}

impl TryFrom<Vec<f64>> for Binning {
    type Error = CoreError;

    fn try_from(edges: Vec<f64>) -> Result<Self, CoreError> {
        Self::new(edges)
    }
}

impl From<Binning> for Vec<f64> {
    fn from(binning: Binning) -> Self {
        binning.edges
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_value_in_range_is_inside_its_bin(value in 0.0..10.0_f64, n_bins in 1_usize..50) {
            let binning = Binning::uniform(n_bins, 0.0, 10.0).unwrap();
            let bin = binning.index_of(value).unwrap();
            prop_assert!(binning.edges()[bin] <= value && value <= binning.edges()[bin + 1]);
        }
    }

    #[test]
    fn edges_must_increase() {
        let error = Binning::new([0.0, 1.0, 1.0]).unwrap_err();
        assert_eq!(error.to_string(), "bin edges must be finite and increase: edge 2 is 1 after 1");
        assert!(Binning::uniform(0, 0.0, 1.0).is_err());
        assert!(Binning::uniform(3, 1.0, 1.0).is_err());
        assert!(Binning::logarithmic(3, 0.0, 1.0).is_err());
    }

    #[test]
    fn filling_keeps_yields_and_variances() {
        let binning = Binning::uniform(2, 0.0, 2.0).unwrap();
        let weights = Weights::new(vec![1.0, 2.0, -1.0, 9.0]).unwrap();
        let template = binning.fill("x", &[0.5, 1.5, 1.0, 7.0], &weights).unwrap();
        assert_eq!(template.yields(), [1.0, 1.0]);
        assert_eq!(template.variances(), [1.0, 5.0]);
    }
}
