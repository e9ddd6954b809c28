//! The page of the study.

use hepsys_core::summary::{Summary, Table};

use super::numbers::{MEASURED, NAIVE};
use super::{Found, figures};
use crate::expected::spread;
use crate::study::Outcome;
use crate::{Context, ExperimentError};

pub(super) fn outcome(found: &Found<'_>, context: &Context) -> Result<Outcome, ExperimentError> {
    let spec = found.spec;
    let mut record = context.record(&spec.study, spec.seed);
    record.quantities = found.quantities();
    let n_repeats = found.of(NAIVE).len();
    let mut summary = Summary::new(&spec.title)
        .text(&spec.about)
        .heading("All ways side by side")
        .text(format!(
            "Fresh AUC: a classifier that was trained on the scores of half of the control region's jets to tell simulation from data, tested on \
             the other half; 0.5 is perfect closure, with a statistical error of {:.4}. Leakage: the part of a background that passes where \
             80 % of the signal does. {}",
            found.of(NAIVE).first().map_or(f64::NAN, |trained| trained.closures[0].fresh.null_sigma),
            if n_repeats > 1 {
                format!("Medians of {n_repeats} trainings, each with jets of its own, and their range.")
            } else {
                "One training each.".to_owned()
            }
        ))
        .table(comparison(found))
        .heading("The cause: the times of clusters")
        .figure(figures::times(spec, context)?)
        .heading("The scores in the control region, before and after");
    for arm in [NAIVE, "adversary on log-scores"] {
        for figure in figures::scores(found, arm)? {
            summary = summary.figure(figure);
        }
    }
    summary = summary.heading("What it costs").figure(figures::curves(found)).table(efficiencies(found));
    if !found.scan.is_empty() {
        summary = summary.heading("How strong should the adversary be?").figure(figures::scan(found));
    }
    summary = summary.heading("The course of the trainings");
    for arm in [NAIVE, "adversary on log-scores"] {
        if let Some(figure) = figures::history(found, arm) {
            summary = summary.figure(figure);
        }
    }
    Ok(Outcome { paper: spec.paper.clone(), summary, record })
}

/// Every way of decorrelation with all that is measured.
fn comparison(found: &Found<'_>) -> Table {
    let head = ["way"].into_iter().chain(MEASURED.iter().map(|(name, _)| *name));
    let mut table = Table::new("Closure in two control regions, and what is left of the separation", head);
    for (arm, trained) in &found.arms {
        let cell = |(_, value): &(&str, fn(&super::arm::Trained) -> f64)| {
            let [median, low, high] = spread(trained.iter().map(value));
            if trained.len() > 1 {
                format!("{median:.4} ({low:.4} to {high:.4})")
            } else {
                format!("{median:.4}")
            }
        };
        table = table.row([arm.name.clone()].into_iter().chain(MEASURED.iter().map(cell)));
    }
    table
}

/// Data over simulation at fixed cuts on the signal's score, in both control regions.
fn efficiencies(found: &Found<'_>) -> Table {
    let head = ["way", "region", "10 %", "1 %", "0.1 %"];
    let mut table = Table::new(
        "Efficiency of a cut on the signal's score, data over simulation, where so much of the simulation passes (first training)",
        head,
    );
    for (arm, trained) in &found.arms {
        let Some(first) = trained.first() else { continue };
        for (region, closure) in ["first", "second"].into_iter().zip(&first.closures) {
            let cuts = closure.scores.first().map_or(&[] as &[_], |score| &score.efficiencies);
            let cells = cuts.iter().map(|cut| format!("{:.2} ± {:.2}", cut.ratio(), cut.ratio_sigma));
            table = table.row([arm.name.clone(), region.to_owned()].into_iter().chain(cells));
        }
    }
    table
}
