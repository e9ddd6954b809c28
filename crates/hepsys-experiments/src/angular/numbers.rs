//! The numbers of the study and the verdicts on them.

use hepsys_advocate::angular::{Attempt, Evaluated, Verdict};
use hepsys_report::JudgedQuantity;
use hepsys_sim::AngularObservables;
use hepsys_stats::quantile_of_sorted;

use super::{AngularSpec, Case};

/// The χ²/N that is to be explained, from the numbers of the benchmark alone.
pub(super) fn to_explain() -> f64 {
    let [expected, seen] = [AngularObservables::STANDARD_MODEL, AngularObservables::ANOMALY];
    expected.chi_squared(&seen, &AngularObservables::UNCERTAINTIES) / 8.0
}

/// The median of however few values.
///
/// # Panics
///
/// Without any.
pub(super) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    quantile_of_sorted(&sorted, 0.5)
}

/// The median number of evaluations to what `found` looks for; a seed without it has infinitely many.
pub(super) fn median_evaluations(attempts: &[Attempt], found: impl Fn(&Attempt) -> Option<Evaluated>) -> f64 {
    // Beyond every budget, and finite, for the difference of two infinite numbers is none.
    let evaluations =
        attempts.iter().map(|attempt| found(attempt).map_or(f64::MAX, |at| at.evaluation as f64));
    let median = median(evaluations);
    if median < 1e12 { median } else { f64::INFINITY }
}

/// All numbers that the specification expects something of; the tables have the others.
pub(super) fn quantities(spec: &AngularSpec, cases: &[Case<'_>]) -> Vec<JudgedQuantity> {
    let expected = &spec.expected;
    let mut quantities = vec![expected.judge("χ²/N to be explained", "1", to_explain(), 0.0)];
    for case in cases {
        let mut add = |what: &str, unit: &str, value: f64, error: f64| {
            let name = format!("{}: {what}", case.spec.name);
            if expected.has(&name) {
                quantities.push(expected.judge(&name, unit, value, error));
            }
        };
        add("χ²/N of the simulation as it is", "1", case.start.agreement.signal, case.start.signal_error);
        add("explained", "1", f64::from(u8::from(case.verdict.is_explained())), 0.0);
        for (agent, attempts) in case.by_agent() {
            let agent = agent.name();
            let hits = attempts.iter().filter(|attempt| attempt.hit.is_some()).count() as f64;
            add(&format!("{agent}, part of the seeds with a hit"), "1", hits / attempts.len() as f64, 0.0);
            let first = median_evaluations(attempts, Attempt::first_below);
            add(&format!("{agent}, median evaluations to the first below 0.1"), "1", first, 0.0);
            let hit = median_evaluations(attempts, |attempt| attempt.hit);
            add(&format!("{agent}, median evaluations to a confirmed hit"), "1", hit, 0.0);
            let x = |attempt: &Attempt| attempt.confirmation.agreement.chi_squared_per_n();
            if let Some(worst) = attempts.iter().max_by(|a, b| x(a).total_cmp(&x(b))) {
                add(&format!("{agent}, largest χ²/N on new events"), "1", x(worst), worst.confirmation.error);
            }
        }
        let best = &case.verdict.best().confirmation;
        add("χ²/N left to the signal", "1", best.agreement.signal, best.signal_error);
        add("χ²/N left to the control channel", "1", best.agreement.control, 0.0);
        let p_value = match &case.verdict {
            Verdict::NotExplained { p_value, .. } => *p_value,
            _ => f64::NAN,
        };
        add("p-value of what is left to the signal", "1", p_value, 0.0);
    }
    quantities
}
