use serde::Serialize;

use crate::{Binning, CoreError};

/// The expected or observed yields of a process in bins, with their variances.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Template {
    name: String,
    binning: Binning,
    yields: Vec<f64>,
    variances: Vec<f64>,
}

impl Template {
    /// The template with these yields and variances, one a bin.
    ///
    /// # Errors
    ///
    /// [`CoreError::LengthMismatch`] unless there is one of each a bin,
    /// [`CoreError::BadParameter`] for a yield that is not finite or a variance that is negative or not finite.
    pub fn new(
        name: impl Into<String>,
        binning: Binning,
        yields: Vec<f64>,
        variances: Vec<f64>,
    ) -> Result<Self, CoreError> {
        let name = name.into();
        for (what, values) in [("yields", &yields), ("variances", &variances)] {
            if values.len() != binning.n_bins() {
                return Err(CoreError::LengthMismatch {
                    what: format!("the list of {what} of template \"{name}\" (one a bin)"),
                    expected: binning.n_bins(),
                    found: values.len(),
                });
            }
        }
        for bin in 0..binning.n_bins() {
            let bad = |what: &str, expected: &str, value| {
                Err(CoreError::BadParameter {
                    name: format!("the {what} of bin {bin} of template \"{name}\""),
                    expected: expected.into(),
                    value,
                })
            };
            if !yields[bin].is_finite() {
                return bad("yield", "finite", yields[bin]);
            }
            if !(variances[bin].is_finite() && variances[bin] >= 0.0) {
                return bad("variance", "finite and not negative", variances[bin]);
            }
        }
        Ok(Self { name, binning, yields, variances })
    }

    /// The process.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The bins.
    #[must_use]
    pub fn binning(&self) -> &Binning {
        &self.binning
    }

    /// The yield of each bin.
    #[must_use]
    pub fn yields(&self) -> &[f64] {
        &self.yields
    }

    /// The variance of each yield.
    #[must_use]
    pub fn variances(&self) -> &[f64] {
        &self.variances
    }

    /// The square root of each variance.
    #[must_use]
    pub fn uncertainties(&self) -> Vec<f64> {
        self.variances.iter().map(|v| v.sqrt()).collect()
    }

    /// The sum of the yields.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.yields.iter().sum()
    }
}
