//! The verdicts on toys at shifted nuisance parameters.

use hepsys_nplm::Validation;
use hepsys_report::JudgedQuantity;

use crate::expected::p_value;

/// Whether t keeps its distribution at all true values: by its shape, and by its mean.
#[must_use]
pub fn judged(validation: &Validation) -> [JudgedQuantity; 2] {
    [
        p_value(
            "smallest KS p-value of the validation, after Holm",
            validation.smallest_p_value(),
            "t follows one distribution at every true value of the nuisance parameters; all points together fail one time in a hundred",
        ),
        JudgedQuantity::judged(
            "largest move of the mean t in the validation",
            "standard errors",
            validation.largest_pull(),
            0.0,
            3.0,
        )
        .from_source("t does not depend on the true values of the nuisance parameters"),
    ]
}
