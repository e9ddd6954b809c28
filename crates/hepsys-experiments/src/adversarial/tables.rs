//! The tables of the study.

use hepsys_core::summary::Table;

use super::Found;
use super::arm::{COMPARED, DECORRELATED, NAIVE, TREES, Trained};
use super::numbers::{MEASURED, MEASURED_SEARCH};
use super::sample::CLASSES;
use crate::expected::spread;

/// How many features a table of slices has.
const N_FEATURES: usize = 8;

/// A median with its range, or the only number.
fn cell(values: impl ExactSizeIterator<Item = f64>) -> String {
    let n = values.len();
    let [median, low, high] = spread(values);
    if n > 1 { format!("{median:.4} ({low:.4} to {high:.4})") } else { format!("{median:.4}") }
}

/// A row that begins with a name.
fn row(name: &str, cells: impl IntoIterator<Item = String>) -> impl Iterator<Item = String> {
    [name.to_owned()].into_iter().chain(cells)
}

/// Every way of decorrelation with all that is measured.
pub(super) fn comparison(found: &Found<'_>) -> Table {
    let head = ["way"].into_iter().chain(MEASURED.iter().map(|(name, _)| *name));
    let table = Table::new("Closure in two control regions, and what is left of the separation", head);
    found.arms.iter().fold(table, |table, (arm, trained)| {
        table.row(row(&arm.name, MEASURED.map(|(_, value)| cell(trained.iter().map(value)))))
    })
}

/// Data over simulation at fixed cuts on the signal's score, in both control regions.
pub(super) fn efficiencies(found: &Found<'_>) -> Table {
    let head = ["way", "region", "10 %", "1 %", "0.1 %"];
    let caption = "Efficiency of a cut on the signal's score, data over simulation, where so much of the simulation passes (first training)";
    let mut table = Table::new(caption, head);
    for (arm, trained) in &found.arms {
        let Some(first) = trained.first() else { continue };
        for (region, closure) in ["first", "second"].into_iter().zip(&first.closures) {
            let cuts = closure.scores.first().map_or(&[] as &[_], |score| &score.efficiencies);
            let cells = cuts.iter().map(|cut| format!("{:.2} ± {:.2}", cut.ratio(), cut.ratio_sigma));
            table = table.row(row(&arm.name, [region.to_owned()].into_iter().chain(cells)));
        }
    }
    table
}

/// The three conditions of a control region, as each network sees it.
pub(super) fn conditions(found: &Found<'_>) -> Table {
    let head = [
        "way",
        "signal",
        "main sample uncovered",
        "by chance",
        "largest distance of a score",
        "inputs without times: fresh AUC",
        "holds",
    ];
    let mut table = Table::new("The control region beside the main sample (first trainings)", head);
    for arm in COMPARED {
        let Some(region) = found.of(arm).first().and_then(|first| first.region.as_ref()) else { continue };
        let report = &region.report;
        let distance = report.coverage.scores.iter().map(|score| score.distance).fold(0.0, f64::max);
        let holds = [report.is_free_of_signal(), report.is_covered(), report.is_well_modelled()];
        table = table.row(row(
            arm,
            [
                format!("{:.4} %", 100.0 * report.signal_fraction),
                format!("{:.3} %", 100.0 * report.coverage.uncovered),
                format!("{:.3} %", 100.0 * report.coverage.by_chance),
                format!("{distance:.3}"),
                format!("{:.4} ± {:.4}", report.fresh.value, report.fresh.null_sigma),
                holds.map(|holds| if holds { "yes" } else { "no" }).join(", "),
            ],
        ));
    }
    table
}

/// The features that differ most in a third of the score of signal, before and after.
pub(super) fn slices(trained: [&Trained; 2]) -> Table {
    let thirds = ["lowest", "middle", "highest"];
    let head = ["feature".to_owned()]
        .into_iter()
        .chain(["before", "after"].iter().flat_map(|when| thirds.map(|third| format!("{when}, {third}"))));
    let table = Table::new(
        "Distances of simulation and data in thirds of the score of signal: the features that differ most",
        head,
    );
    let [Some(before), Some(after)] = trained.map(|trained| trained.region.as_ref()) else { return table };
    let largest =
        |feature: &str| before.distances(feature).chain(after.distances(feature)).fold(0.0, f64::max);
    let inputs = before.slices.first().map_or(&[] as &[_], |slice| &slice.inputs);
    let mut features: Vec<(f64, &str)> =
        inputs.iter().map(|input| (largest(&input.feature), input.feature.as_str())).collect();
    features.sort_by(|a, b| b.0.total_cmp(&a.0));
    features.iter().take(N_FEATURES).fold(table, |table, (_, feature)| {
        let distances = before.distances(feature).chain(after.distances(feature));
        table.row(row(feature, distances.map(|distance| format!("{distance:.3}"))))
    })
}

/// Event scores and limits.
pub(super) fn searches(found: &Found<'_>) -> Table {
    let head = ["way"].into_iter().chain(MEASURED_SEARCH.iter().map(|(name, _)| *name));
    let caption = "Events: separation, closure in the control region, and the limit on the signal that is expected without one, in units of the \
                   signal that was assumed";
    [TREES, NAIVE, DECORRELATED].into_iter().fold(Table::new(caption, head), |table, arm| {
        let searches: Vec<_> = found.searches(arm).collect();
        table.row(row(
            arm,
            MEASURED_SEARCH.map(|(_, value)| cell(searches.iter().map(|search| value(search)))),
        ))
    })
}

/// What is expected in the bins of the event score, and how well it is known.
pub(super) fn bins(found: &Found<'_>) -> Table {
    let head = ["way", "ln p/(1−p) above"].into_iter().chain(CLASSES).chain(["data/simulation"]);
    let mut table = Table::new("The bins of the event score (first trainings)", head);
    for arm in [TREES, NAIVE, DECORRELATED] {
        let Some(search) = found.searches(arm).next() else { continue };
        for (bin, ratio) in search.ratios.iter().enumerate() {
            let edge = if bin == 0 { "–".to_owned() } else { format!("{:.2}", search.edges[bin]) };
            let yields = search.yields.iter().map(|yields| format!("{:.2}", yields[bin]));
            let ratio = format!("{:.2} ± {:.2}", ratio.value, ratio.sigma);
            table = table.row(row(arm, [edge].into_iter().chain(yields).chain([ratio])));
        }
    }
    table
}

/// Networks before and after, where clusters have a second error.
pub(super) fn untargeted(trained: [&Trained; 2]) -> Table {
    let head = ["way", "fresh AUC", "second region", "cluster_leading_pt, lowest third", "middle", "highest"];
    let caption = "Closure with the second error, and the distances of the momentum of the leading cluster in thirds of the score of signal";
    let table = Table::new(caption, head);
    [NAIVE, DECORRELATED].into_iter().zip(trained).fold(table, |table, (arm, trained)| {
        let closures = trained.closures.iter().map(|closure| format!("{:.4}", closure.fresh.value));
        let region = trained.region.iter().flat_map(|region| region.distances("cluster_leading_pt"));
        table.row(row(arm, closures.chain(region.map(|distance| format!("{distance:.3}")))))
    })
}

/// Each scanned strength; the one in use is the study's.
pub(super) fn scan(found: &Found<'_>) -> Table {
    let head = ["way", "strength", "in use"].into_iter().chain(MEASURED.iter().map(|(name, _)| *name));
    let table = Table::new(
        "Strengths that were scanned with jets that nothing else of the study uses, one training each",
        head,
    );
    found.scan.iter().fold(table, |table, (strength, arm, trained)| {
        let used = found.arms.iter().find(|(used, _)| used.name == arm.name);
        let is_used = used.is_some_and(|(used, _)| used.way == arm.way);
        let cells = [strength.to_string(), if is_used { "yes" } else { "" }.to_owned()];
        let measured = MEASURED.map(|(_, value)| format!("{:.4}", value(trained)));
        table.row(row(&arm.name, cells.into_iter().chain(measured)))
    })
}

/// Networks of other sizes.
pub(super) fn grid(found: &Found<'_>) -> Table {
    let head = ["dense layers", "cross entropy", MEASURED[3].0, MEASURED[4].0];
    let table = Table::new(
        "Naive networks compared, with jets that nothing else of the study uses: the smaller the cross entropy, the better",
        head,
    );
    found.grid.iter().fold(table, |table, (point, result)| {
        let aucs = result.aucs.iter().map(|auc| format!("{:.5}", auc.value));
        table.row(row(&point.name(), [format!("{:.5}", result.cross_entropy)].into_iter().chain(aucs)))
    })
}
