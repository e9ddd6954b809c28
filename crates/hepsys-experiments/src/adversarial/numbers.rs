//! The numbers of the study and the verdicts on them.

use hepsys_report::JudgedQuantity;

use super::Found;
use super::arm::{DECORRELATED, NAIVE, TREES, Trained};
use super::events::{Kept, Search};
use crate::expected::spread;

/// What is measured of a training, with its name.
pub(super) type Measured = (&'static str, fn(&Trained) -> f64);

/// All that is measured of every training.
pub(super) const MEASURED: [Measured; 7] = [
    ("fresh AUC", |trained| trained.closures[0].fresh.value),
    ("largest KS", |trained| trained.closures[0].largest_distance()),
    ("fresh AUC, second region", |trained| trained.closures[1].fresh.value),
    ("AUC signal against multijet", |trained| trained.against[0].auc.value),
    ("AUC signal against beam-induced", |trained| trained.against[1].auc.value),
    ("multijet leakage", |trained| trained.against[0].leakage[0]),
    ("beam-induced leakage", |trained| trained.against[1].leakage[0]),
];

/// What is measured of a search, with its name.
pub(super) type MeasuredSearch = (&'static str, fn(&Search) -> f64);

/// All that is measured of every search.
pub(super) const MEASURED_SEARCH: [MeasuredSearch; 6] = [
    ("event AUC against multijet", |search| search.aucs[0].value),
    ("event AUC against beam-induced", |search| search.aucs[1].value),
    ("event score: fresh AUC", |search| search.closure.fresh.value),
    ("event score: largest KS", |search| search.closure.largest_distance()),
    ("expected limit", |search| search.limits[0].median),
    ("expected limit of a perfect simulation", |search| search.limits[1].median),
];

/// What a reader asks of a search first.
const ASKED_FIRST: [&str; 2] = ["event score: fresh AUC", "expected limit"];

impl Found<'_> {
    /// The searches of an arm.
    pub(super) fn searches(&self, arm: &str) -> impl Iterator<Item = &Search> {
        self.of(arm).iter().filter_map(|trained| trained.search.as_ref())
    }

    /// The search that is preserved.
    pub(super) fn kept(&self) -> Option<&Kept> {
        self.searches(DECORRELATED).next()?.kept.as_ref()
    }

    /// How much more sensitive the decorrelated network is than another arm, repetition by repetition.
    pub(super) fn gains_over(&self, other: &str) -> impl Iterator<Item = f64> {
        let limits = self.searches(DECORRELATED).zip(self.searches(other));
        limits.map(|(best, other)| best.limits[0].gain_over(&other.limits[0]))
    }

    /// The trainings of an arm.
    pub(super) fn of(&self, arm: &str) -> &[Trained] {
        self.arms.iter().find(|(found, _)| found.name == arm).map_or(&[], |(_, trained)| trained)
    }

    /// By how much a measure of the naive training is above that of another arm, repetition by repetition.
    fn above(&self, arm: &str, measured: fn(&Trained) -> f64) -> [f64; 3] {
        let pairs = self.of(NAIVE).iter().zip(self.of(arm));
        spread(pairs.map(|(naive, other)| measured(naive) - measured(other)))
    }

    /// What is judged, and what a reader asks first; all else stands in the tables.
    pub(super) fn quantities(&self) -> Vec<JudgedQuantity> {
        let expected = &self.spec.expected;
        let mut quantities = Vec::new();
        let mut quantity = |name: String, value: f64, is_always_told: bool| {
            if (is_always_told || expected.has(&name)) && !value.is_nan() {
                quantities.push(expected.judge(&name, "1", value, 0.0));
            }
        };
        for (arm, trained) in &self.arms {
            let arm = &arm.name;
            for (index, (what, value)) in MEASURED.into_iter().enumerate() {
                let [median, low, high] = spread(trained.iter().map(value));
                quantity(format!("{arm}: {what}"), median, index == 0);
                quantity(format!("{arm}: {what}, smallest"), low, false);
                quantity(format!("{arm}: {what}, largest"), high, false);
                let mean = trained.iter().map(value).sum::<f64>() / trained.len() as f64;
                quantity(format!("{arm}: {what}, mean"), mean, false);
            }
            let [_, least, _] = self.above(arm, MEASURED[0].1);
            quantity(format!("{NAIVE} over {arm}: fresh AUC, smallest difference"), least, false);
            for (what, value) in [("multijet", MEASURED[3].1), ("beam-induced", MEASURED[4].1)] {
                let [_, _, most] = self.above(arm, value);
                quantity(format!("{NAIVE} over {arm}: AUC lost against {what}"), most, false);
            }
            for (what, value) in MEASURED_SEARCH {
                let [median, _, _] = spread(self.searches(arm).map(value));
                quantity(format!("{arm}: {what}"), median, ASKED_FIRST.contains(&what));
            }
        }
        for other in [TREES, NAIVE] {
            let [median, _, _] = spread(self.gains_over(other));
            quantity(format!("{DECORRELATED}: gain over {other}"), median, true);
        }
        // How much more background of the beam gets through where the times are not seen, where that is least.
        let pairs = self.of(NAIVE).iter().zip(self.of("variable removed"));
        let ratios = pairs.map(|(naive, removed)| MEASURED[6].1(naive) / MEASURED[6].1(removed));
        let name = "naive leakage over that without time, largest".to_owned();
        quantity(name, spread(ratios)[2], true);
        quantities
    }
}
