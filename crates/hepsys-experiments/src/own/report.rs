//! The page of a search.

use hepsys_core::summary::{Axis, Summary};
use hepsys_nplm::NplmFit;
use hepsys_report::JudgedQuantity;
use hepsys_stats::{ChiSquared, KolmogorovSmirnov, NullDistribution, PValue};

use super::OwnSpec;
use crate::figures::{learnt, t_distribution};
use crate::search::{Search, TestEvents, ToyResult};
use crate::study::Outcome;
use crate::{Context, ExperimentError};

pub(super) fn outcome(
    spec: &OwnSpec,
    context: &Context,
    search: &Search,
    observed: &TestEvents,
    fit: &NplmFit,
    null: &[ToyResult],
) -> Result<Outcome, ExperimentError> {
    let expected = spec.reference.expected_events;
    let bins = spec.features.bins;
    let dof = fit.degrees_of_freedom();
    let chi_squared = ChiSquared::new(dof as f64)?;
    let t_null: Vec<f64> = null.iter().map(|r| r.t).collect();
    let asymptotic = NullDistribution::chi_squared(dof as f64)?.p_value(fit.test_statistic());
    let empirical = NullDistribution::empirical(t_null.clone())?.p_value(fit.test_statistic());
    let ks = KolmogorovSmirnov::one_sample(&t_null, |t| chi_squared.cdf(t))?;
    let unit = spec.features.unit.as_str();
    let mut axis = Axis::new(&spec.features.show, unit).range(bins.low, bins.high);
    axis.is_log = bins.logarithmic;
    let in_words = |p: &PValue| format!("p = {p}, Z = {:.2}", p.significance());
    let summary = Summary::new(&spec.title)
        .text(&spec.about)
        .text(format!(
            "The data have {} selected events where the reference expects {expected}. t = {:.2}: {} from the χ² with {dof} \
             degrees of freedom, {} from {} toys of the reference. The χ² may be used where the toys follow it: KS p = {:.3}.",
            observed.data.n_events(),
            fit.test_statistic().value(),
            in_words(&asymptotic),
            in_words(&empirical),
            null.len(),
            ks.p_value().value(),
        ))
        .figure(t_distribution(
            "t-distribution",
            "The test statistic of toys of the reference (points), the target χ², and the data.",
            dof,
            &t_null,
            &[],
            Some(fit.test_statistic().value()),
        )?)
        .figure(learnt(
            search,
            observed,
            fit,
            "The data, the reference with its best nuisance parameters, and what the network learnt.",
            axis,
        )?)
        .section(fit.summary());
    let mut record = context.record(&spec.study, spec.seed);
    for (name, unit, value) in [
        ("t", "1", fit.test_statistic().value()),
        ("τ", "1", fit.tau()),
        ("Δ", "1", fit.delta()),
        ("p from χ²", "1", asymptotic.value()),
        ("Z from χ²", "σ", asymptotic.significance().value()),
        ("p from toys", "1", empirical.value()),
        ("KS p-value of toys against χ²", "1", ks.p_value().value()),
        ("toys", "1", null.len() as f64),
        ("data events", "events", observed.data.n_events() as f64),
    ] {
        record.quantities.push(JudgedQuantity::reported(name, unit, value));
    }
    Ok(Outcome { paper: String::new(), summary, record })
}
