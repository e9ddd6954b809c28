//! The page of the study.

use hepsys_core::Variation;
use hepsys_core::summary::{Summary, Table};
use hepsys_sim::dibody::MomentumScale;

use super::numbers::{MEASURED, NAIVE, SHOWN};
use super::{Found, figures};
use crate::expected::spread;
use crate::study::Outcome;
use crate::{Context, ExperimentError};

pub(super) fn outcome(found: &Found<'_>, context: &Context) -> Result<Outcome, ExperimentError> {
    let spec = found.spec;
    let mut record = context.record(&spec.study, spec.seed);
    record.quantities = found.quantities();
    let mut summary = Summary::new(&spec.title)
        .text(&spec.about)
        .heading("All ways side by side")
        .text(how_to_read(found))
        .table(comparison(found))
        .heading("The cause: the scale of momenta")
        .text(scale(found)?)
        .figure(figures::masses(found)?)
        .heading("The signal's score in the control region, before and after");
    for arm in [NAIVE, SHOWN] {
        if let Some(figure) = figures::score(found, arm)? {
            summary = summary.figure(figure);
        }
    }
    summary = summary
        .heading("What it costs")
        .figure(figures::cost(found))
        .figure(figures::curves(found))
        .table(cuts(found));
    if !found.scan.is_empty() {
        summary = summary.heading("How strong should it be?").table(strengths(found));
    }
    summary = summary.heading("Is the control region one?").text(CONDITIONS);
    summary = summary.table(conditions(found)).heading("The course of the trainings");
    for figure in [figures::history(found, NAIVE), figures::opponent(found, SHOWN)].into_iter().flatten() {
        summary = summary.figure(figure);
    }
    Ok(Outcome { paper: spec.paper.clone(), summary, record })
}

const CONDITIONS: &str = "The three conditions of a control region: signal among all that is expected, at most 0.1 %; the share of \
    simulated background of the whole selection with scores that the region does not have, at most 1 %; and angles, which the scale does \
    not touch, alike in simulation and data. The last cannot hold, for the selection comes after the shift, which is larger at large |η|.";

fn how_to_read(found: &Found<'_>) -> String {
    let naive = found.of(NAIVE);
    let sigmas = naive
        .first()
        .map_or([f64::NAN; 3], |trained| trained.closures.each_ref().map(|closure| closure.fresh.null_sigma));
    let repetitions = match naive.len() {
        1 => "One training each.".to_owned(),
        n => format!(
            "Medians of {n} trainings, each with a division of the files of its own, and their range."
        ),
    };
    let [bands, centre, window] = sigmas;
    format!(
        "Fresh AUC: a classifier that was trained on the scores of half of a region's events to tell simulation from data, tested on the other \
         half; 0.5 is perfect closure, with a statistical error of {bands:.4} in the control region, {centre:.4} in its central part and \
         {window:.4} in the window, where no data could be looked at. Efficiencies are those of a cut that 1 % of the background of data passes: \
         of the signal as the detector has it, the same over that in simulation, and of the simulated background, where 0.01 would be right. \
         In the calibrated simulation momenta are right. {repetitions}"
    )
}

/// What the simulation gets wrong, in words.
fn scale(found: &Found<'_>) -> Result<String, ExperimentError> {
    let data = &found.spec.data;
    let sigma = MomentumScale::new(data.momentum_scale)?.nuisance().sigma().unwrap_or(1.0);
    let endcap = data.momentum_scale.endcap_uncertainty();
    let percent = |sigma: f64| 100.0 * ((data.shift * sigma).exp() - 1.0);
    Ok(format!(
        "Simulated momenta are those of data at {} standard deviations of the {} uncertainty: they differ by {:.1} % in the barrel and by {:.1} % \
         in the endcaps. The selection comes after the shift.",
        data.shift,
        data.momentum_scale,
        percent(sigma),
        percent(endcap)
    ))
}

/// Every way of decorrelation with all that is measured.
fn comparison(found: &Found<'_>) -> Table {
    let head = ["way"].into_iter().chain(MEASURED.iter().map(|(name, _)| *name));
    let mut table = Table::new("Closure in three regions, and what is left of the separation", head);
    for (arm, trained) in &found.arms {
        let cell = |(_, value): &super::numbers::Measured| {
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

/// Data over simulation at fixed cuts on the signal's score, in all regions.
fn cuts(found: &Found<'_>) -> Table {
    let head = ["way", "region", "10 %", "1 %", "0.1 %"];
    let mut table = Table::new(
        "Efficiency of a cut on the signal's score, data over simulation, where so much of the region's simulation passes (first training)",
        head,
    );
    for (arm, trained) in &found.arms {
        let Some(first) = trained.first() else { continue };
        for (region, closure) in ["side bands", "central", "window"].into_iter().zip(&first.closures) {
            let cuts = closure.scores.first().map_or(&[] as &[_], |score| &score.efficiencies);
            let cells = cuts.iter().map(|cut| format!("{:.2} ± {:.2}", cut.ratio(), cut.ratio_sigma));
            table = table.row([arm.name.clone(), region.to_owned()].into_iter().chain(cells));
        }
    }
    table
}

/// The scan of the strengths.
fn strengths(found: &Found<'_>) -> Table {
    let head = ["way", "times its strength"].into_iter().chain(MEASURED.iter().map(|(name, _)| *name));
    let mut table = Table::new("The same with other strengths, one training each", head);
    for (factor, arm, trained) in &found.scan {
        let cells = MEASURED.iter().map(|(_, value)| format!("{:.4}", value(trained)));
        table = table.row([arm.name.clone(), format!("{factor}")].into_iter().chain(cells));
    }
    table
}

/// What the conditions of a control region came to.
fn conditions(found: &Found<'_>) -> Table {
    let head =
        ["way", "signal", "uncovered share", "by chance", "fresh AUC of angles", "least corrected p-value"];
    let mut table = Table::new("The control region by the scores of the first trainings", head);
    for (arm, trained) in &found.arms {
        let Some(report) = trained.first().map(|first| &first.report) else { continue };
        let least = report.inputs.iter().fold(f64::INFINITY, |least, input| least.min(input.corrected));
        table = table.row([
            arm.name.clone(),
            format!("{:.3} %", 100.0 * report.signal_fraction),
            format!("{:.3} %", 100.0 * report.coverage.uncovered),
            format!("{:.3} %", 100.0 * report.coverage.by_chance),
            format!("{:.4} ± {:.4}", report.fresh.value, report.fresh.null_sigma),
            format!("{least:.1e}"),
        ]);
    }
    table
}
