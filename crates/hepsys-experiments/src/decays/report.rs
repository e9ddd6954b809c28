//! The page of the study.

use hepsys_core::summary::{Summary, Table};

use super::numbers::{by_strategy, quantities};
use super::{Found, figures, predicted};
use crate::expected::spread;
use crate::study::Outcome;
use crate::{Context, ExperimentError};

pub(super) fn outcome(found: &Found<'_>, context: &Context) -> Result<Outcome, ExperimentError> {
    let spec = found.spec;
    let mut record = context.record(&spec.study, spec.seed);
    record.quantities = quantities(found);
    let mut summary = Summary::new(&spec.title);
    if !spec.about.is_empty() {
        summary = summary.text(&spec.about);
    }
    summary = summary.section(found.finder.summary(&found.ranking, spec.search.leaders)?);
    if !found.references.is_empty() {
        summary = summary.heading("Beside another program").table(references(found));
    }
    if let Some(predicted) = &found.predicted {
        summary = summary
            .heading("Modes that nobody measured")
            .text(format!(
                "{} modes that are not in the table could be as frequent as {:.0e}, by their likeness to those that are. These are the chains with one \
                 of them that would matter most, were the predictions right. Modes may be missing because they are rare: predictions are a \
                 reason to look, no measurement.",
                predicted.n_added,
                spec.predict.as_ref().map_or(0.0, |predict| predict.min_fraction)
            ))
            .table(predicted.finder.table_of(&predicted.ranking, spec.search.leaders))
            .table(predicted::scores(predicted));
    }
    if let Some(figure) = figures::efficiency(found) {
        summary = summary.heading("Searches").table(searches(found)).figure(figure);
    }
    Ok(Outcome { paper: spec.paper.clone(), summary, record })
}

/// The chains of the reference with its numbers and ours.
fn references(found: &Found<'_>) -> Table {
    let unit = found.spec.reference_unit;
    let caption = "Chains that another program ranked first on another decay table. With its branching fraction only kinematics and probabilities are \
                   compared; with ours the tables are, too.";
    let columns = ["decay", "R there", "R here, same fraction", "ratio", "fraction there", "fraction here"];
    let mut table = Table::new(caption, columns);
    for beside in &found.references {
        let [ratio, error] = beside.ratio(unit);
        table = table.row([
            beside.name.replace("->", "→"),
            format!("{:.3e}", beside.reference.relevance / unit),
            format!("{:.3e}", beside.relevance[0]),
            format!("{ratio:.3} ± {error:.3}"),
            format!("{:.2e}", beside.reference.fraction),
            if beside.fraction > 0.0 { format!("{:.2e}", beside.fraction) } else { "–".to_owned() },
        ]);
    }
    table
}

/// How many queries each strategy needs.
fn searches(found: &Found<'_>) -> Table {
    let caption = "The part of the candidates that a search has to simulate for so many of the leaders: the median of its seeds, and the range. A dash: \
                   not within the budget.";
    let leaders = found.spec.search.leaders;
    let wanted = [leaders / 2, (8 * leaders) / 10, (9 * leaders) / 10, leaders];
    let columns: Vec<String> = ["strategy".to_owned(), "seeds".to_owned()]
        .into_iter()
        .chain(wanted.iter().map(|n| format!("{n} of {leaders}")))
        .collect();
    let mut table = Table::new(caption, columns);
    let percent = |queries: f64| {
        if queries.is_finite() {
            format!("{:.1} %", 100.0 * queries / found.ranking.n_candidates as f64)
        } else {
            "–".to_owned()
        }
    };
    for (strategy, seeds) in by_strategy(&found.compared) {
        let mut row = vec![strategy.words().to_owned(), seeds.len().to_string()];
        for n in wanted {
            // Beyond every budget, and finite, for the middle of two infinite numbers is none.
            let queries =
                |n: usize| seeds.iter().map(move |seed| seed.queries_for(n).map_or(1e300, |n| n as f64));
            let [median, low, high] =
                spread(queries(n)).map(|queries| if queries < 1e200 { queries } else { f64::INFINITY });
            row.push(if seeds.len() == 1 {
                percent(median)
            } else {
                format!("{} ({} to {})", percent(median), percent(low), percent(high))
            });
        }
        table = table.row(row);
    }
    table
}
