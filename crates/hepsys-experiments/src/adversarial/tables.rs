//! The tables of the study.

use hepsys_core::summary::Table;

use super::Found;
use super::arm::{COMPARED, DECORRELATED, NAIVE, TREES, Trained, Way};
use super::numbers::{MEASURED, MEASURED_SEARCH};
use super::sample::CLASSES;
use crate::context::Profile;
use crate::expected::spread;

/// How many features a table of slices has.
const N_FEATURES: usize = 8;

/// A median with its range, or the only number.
fn cell(values: impl ExactSizeIterator<Item = f64>) -> String {
    let n = values.len();
    let [median, low, high] = spread(values);
    if n > 1 { format!("{median:.4} ({low:.4} to {high:.4})") } else { format!("{median:.4}") }
}

/// A number with two digits and the sign that numbers have in print.
fn number(value: f64) -> String {
    format!("{value:.2}").replace('-', "−")
}

/// A row that begins with a name.
fn row(name: &str, cells: impl IntoIterator<Item = String>) -> impl Iterator<Item = String> {
    [name.to_owned()].into_iter().chain(cells)
}

/// How many jets, events and epochs there are.
pub(super) fn setup(found: &Found<'_>, profile: Profile) -> Table {
    let (sizes, training) = (found.spec.sizes.of(profile), found.spec.training.of(profile));
    let rows = [
        ("jets of each class to learn from", sizes.learn.to_string()),
        ("jets of simulation and of data in the control region to learn from", sizes.control.to_string()),
        ("jets of each class to test with", sizes.test.to_string()),
        (
            "jets of simulation and of data in each control region to test with",
            sizes.test_control.to_string(),
        ),
        ("events of each kind to learn from, and to test with", sizes.events.to_string()),
        (
            "epochs of the classifier alone, and of the second stage",
            format!("{} + {}", training.epochs[0], training.epochs[1]),
        ),
        ("trainings of each way, each with jets of its own", found.of(NAIVE).len().to_string()),
    ];
    let strengths = found.arms.iter().filter_map(|(arm, _)| match &arm.way {
        Way::Network(decorrelator) => Some(format!("{} {}", arm.name, decorrelator.strength()?)),
        Way::Trees => None,
    });
    let strengths = strengths.collect::<Vec<_>>().join(", ");
    let table = rows
        .into_iter()
        .fold(Table::new("The set-up", ["what", "how many"]), |table, (what, n)| table.row(row(what, [n])));
    table.row(row("strengths", [strengths]))
}

/// Every way of decorrelation: what is measured from one place to another.
fn measured(found: &Found<'_>, caption: &str, which: std::ops::Range<usize>) -> Table {
    let head = ["way"].into_iter().chain(MEASURED[which.clone()].iter().map(|(name, _)| *name));
    found.arms.iter().fold(Table::new(caption, head), |table, (arm, trained)| {
        let cells = MEASURED[which.clone()].iter().map(|(_, value)| cell(trained.iter().map(value)));
        table.row(row(&arm.name, cells))
    })
}

/// How well each way closes.
pub(super) fn closure(found: &Found<'_>) -> Table {
    measured(found, "Closure: jets of simulation and data in the two control regions", 0..3)
}

/// What each way leaves of the separation.
pub(super) fn separation(found: &Found<'_>) -> Table {
    measured(found, "Separation: what is left of it", 3..MEASURED.len())
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
        "share of signal",
        "main sample uncovered",
        "by chance",
        "largest distance of a score",
        "inputs without times: fresh AUC",
        "no signal, covered, well modelled",
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

/// Event scores: what is measured from one place to another.
fn measured_searches(found: &Found<'_>, caption: &str, which: std::ops::Range<usize>) -> Table {
    let head = ["jets by"].into_iter().chain(MEASURED_SEARCH[which.clone()].iter().map(|(name, _)| *name));
    [TREES, NAIVE, DECORRELATED].into_iter().fold(Table::new(caption, head), |table, arm| {
        let searches: Vec<_> = found.searches(arm).collect();
        let cells = MEASURED_SEARCH[which.clone()].iter();
        table.row(row(arm, cells.map(|(_, value)| cell(searches.iter().map(|search| value(search))))))
    })
}

/// How events are told apart, and how well their score closes.
pub(super) fn event_scores(found: &Found<'_>) -> Table {
    measured_searches(found, "The event score: separation, and closure in the control region", 0..4)
}

/// Expected limits.
pub(super) fn limits(found: &Found<'_>) -> Table {
    let caption =
        "The upper limit on the signal that is expected without one, in units of the signal that was assumed";
    measured_searches(found, caption, 4..MEASURED_SEARCH.len())
}

/// What is expected in the bins of the event score, and how well it is known.
pub(super) fn bins(found: &Found<'_>) -> Table {
    let head = ["jets by", "ln [p/(1−p)] above"].into_iter().chain(CLASSES).chain(["data/simulation"]);
    let mut table = Table::new("The bins of the event score (first trainings)", head);
    for arm in [TREES, NAIVE, DECORRELATED] {
        let Some(search) = found.searches(arm).next() else { continue };
        for (bin, ratio) in search.ratios.iter().enumerate() {
            let edge = if bin == 0 { "–".to_owned() } else { number(search.edges[bin]) };
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
