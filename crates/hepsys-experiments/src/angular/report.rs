//! The page of the study.

use hepsys_advocate::angular::{Attempt, CONTROL_TOLERANCES, EXPLAINED_BELOW, Verdict};
use hepsys_core::summary::{Summary, Table};
use hepsys_sim::AngularObservables;

use super::numbers::{median, median_evaluations, quantities, to_explain};
use super::{AngularSpec, Case, figures};
use crate::study::Outcome;
use crate::{Context, ExperimentError};

pub(super) fn outcome(
    spec: &AngularSpec,
    context: &Context,
    cases: &[Case<'_>],
) -> Result<Outcome, ExperimentError> {
    let mut record = context.record(&spec.study, spec.seed);
    record.quantities = quantities(spec, cases);
    let mut summary = Summary::new(&spec.title)
        .text(&spec.about)
        .text(format!(
            "The expectation is {:.3} away from the data in χ² for each of its eight coefficients. The numbers are those of a \
             benchmark, round ones in the manner of published measurements, and P₅′ = S₅/√(F_L (1 − F_L)) goes from {} to {}.",
            to_explain(),
            signed(AngularObservables::STANDARD_MODEL.p5_prime()),
            signed(AngularObservables::ANOMALY.p5_prime())
        ))
        .figure(figures::reward_of_agents());
    for case in cases {
        summary = summary
            .heading(&case.spec.title)
            .text(&case.spec.about)
            .text(sentence(case))
            .figure(figures::observables(case));
        if let Some(figure) = figures::control(case) {
            summary = summary.figure(figure);
        }
        if let Some(figure) = figures::learning(case) {
            summary = summary.figure(figure);
        }
        summary = summary.table(medians(case)).table(attempts(case));
    }
    Ok(Outcome { paper: spec.paper.clone(), summary, record })
}

/// What stands in a table where there is nothing.
const NONE: &str = "–";

/// The p-value from which on nobody would speak of an anomaly.
const COMPATIBLE_FROM: f64 = 0.05;

/// The verdict as a sentence, with what the best efficiency makes of P5′.
fn sentence(case: &Case<'_>) -> String {
    let observables = AngularObservables::from_array(case.verdict.best().confirmation.agreement.observables);
    let mut text = format!("Verdict: {}.", case.verdict);
    if let Verdict::NotExplained { p_value, .. } = &case.verdict {
        if *p_value >= COMPATIBLE_FROM {
            text += &format!(
                " The threshold of {EXPLAINED_BELOW} asks for more than statistics do: with a p-value like this one the data would no \
                 longer be an anomaly."
            );
        }
        text +=
            " That is no proof that no such efficiency exists: it is as strong as the agents that looked.";
    }
    text += &format!(" P₅′ would be measured as {}.", signed(observables.p5_prime()));
    text
}

/// With the minus sign of mathematics.
fn signed(value: f64) -> String {
    format!("{value:.2}").replace('-', "−")
}

fn number(value: f64, error: f64) -> String {
    if error > 0.0 { format!("{value:.3} ± {error:.3}") } else { format!("{value:.3}") }
}

/// How many evaluations each agent needs, and what its median seed comes to.
fn medians(case: &Case<'_>) -> Table {
    let caption = "How fast each agent is: evaluations until the first is below 0.1, and until one is that new events confirm. The last column is \
                   of events that had no part in the search.";
    let columns = [
        "agent",
        "seeds",
        "with a hit",
        "first below 0.1, median",
        "confirmed hit, median",
        "fewest",
        "most",
        "χ²/N on new events, median",
    ];
    let mut table = Table::new(caption, columns);
    for (agent, attempts) in case.by_agent() {
        let hits: Vec<usize> =
            attempts.iter().filter_map(|attempt| attempt.hit).map(|hit| hit.evaluation).collect();
        let x = attempts.iter().map(|attempt| attempt.confirmation.agreement.chi_squared_per_n());
        let count = |n: Option<&usize>| n.map_or(NONE.to_owned(), ToString::to_string);
        let evaluations = |n: f64| if n.is_finite() { format!("{n:.0}") } else { NONE.to_owned() };
        table = table.row([
            agent.name().to_owned(),
            attempts.len().to_string(),
            hits.len().to_string(),
            evaluations(median_evaluations(attempts, Attempt::first_below)),
            evaluations(median_evaluations(attempts, |attempt| attempt.hit)),
            count(hits.iter().min()),
            count(hits.iter().max()),
            format!("{:.3}", median(x)),
        ]);
    }
    table
}

/// Every agent with every seed.
fn attempts(case: &Case<'_>) -> Table {
    let n_events = case.start.n_events;
    let mut caption = format!(
        "All that was tried. The lowest of many evaluations is a lucky one; what counts is χ²/N on {n_events} new events, with the \
         error of their number."
    );
    let mut columns = vec![
        "agent",
        "seed",
        "evaluations",
        "first below 0.1",
        "not confirmed",
        "lowest",
        "signal, new events",
    ];
    if case.is_controlled() {
        let least = CONTROL_TOLERANCES.to_array().into_iter().fold(f64::INFINITY, f64::min);
        columns.extend(["control, new events", "sum"]);
        caption += &format!(" The control channel may move by little more than {least} in a coefficient.");
    }
    let mut table = Table::new(caption, columns);
    for attempt in &case.attempts {
        table = table.row(row(case, attempt));
    }
    table
}

fn row(case: &Case<'_>, attempt: &Attempt) -> Vec<String> {
    let found = &attempt.confirmation;
    let lowest =
        attempt.improvements.last().map_or(NONE.to_owned(), |at| format!("{:.3}", at.chi_squared_per_n));
    let mut row = vec![
        attempt.agent.name().to_owned(),
        attempt.seed.to_string(),
        attempt.evaluations.to_string(),
        attempt.first_below().map_or(NONE.to_owned(), |at| at.evaluation.to_string()),
        attempt.n_unconfirmed.to_string(),
        lowest,
        number(found.agreement.signal, found.signal_error),
    ];
    if case.is_controlled() {
        row.push(number(found.agreement.control, 0.0));
        row.push(number(found.agreement.chi_squared_per_n(), found.error));
    }
    row
}
