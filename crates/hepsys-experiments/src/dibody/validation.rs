//! Is the test calibrated whatever the true nuisance parameters are?

use hepsys_nplm::{Outcome, Truth, Validation};
use hepsys_report::JudgedQuantity;
use hepsys_stats::NullDistribution;

use super::Results;
use crate::ExperimentError;
use crate::search::ToyResult;

/// The toys at all points, the nominal one first; `None` without toys at points besides it.
pub(super) fn of(results: &Results<'_>, dof: usize) -> Result<Option<Validation>, ExperimentError> {
    if results.validation.iter().all(Vec::is_empty) {
        return Ok(None);
    }
    let outcomes = |toys: &[ToyResult]| -> Vec<Outcome> { toys.iter().map(ToyResult::outcome).collect() };
    let truths = results.spec.validation.iter().map(|point| Truth::named(&point.name));
    let shifted = truths.zip(results.validation).map(|(truth, toys)| (truth, outcomes(toys)));
    let points = std::iter::once((Truth::nominal(), outcomes(results.null))).chain(shifted).collect();
    Ok(Some(Validation::new(NullDistribution::chi_squared(dof as f64)?, points)?))
}

/// The verdicts, and the numbers of each shifted point.
pub(super) fn judged(validation: &Validation) -> Vec<JudgedQuantity> {
    let mut quantities = crate::validation::judged(validation).to_vec();
    for point in &validation.points()[1..] {
        let name = |what: &str| format!("{what}, {}", point.truth.label());
        for (what, estimate) in [("mean of t", point.t), ("mean of τ", point.tau)] {
            let quantity = JudgedQuantity::reported(name(what), "1", estimate.value);
            quantities.push(quantity.with_uncertainty(estimate.uncertainty()));
        }
        quantities.push(JudgedQuantity::reported(name("KS p-value of t"), "1", point.p_value));
    }
    quantities
}
