//! The numbers of the study and the verdicts on them.

use hepsys_report::JudgedQuantity;

use super::Found;
use super::arm::Trained;
use crate::expected::spread;

/// The arm that all others are compared with.
pub(super) const NAIVE: &str = "naive";

/// The arm whose scores are shown beside the naive ones.
pub(super) const SHOWN: &str = "adversary on log-scores";

/// What is measured of a training, with its name.
pub(super) type Measured = (&'static str, fn(&Trained) -> f64);

/// All that is measured of every training.
pub(super) const MEASURED: [Measured; 8] = [
    ("fresh AUC", |trained| trained.closures[0].fresh.value),
    ("largest KS", |trained| trained.closures[0].largest_distance()),
    ("fresh AUC, central", |trained| trained.closures[1].fresh.value),
    ("fresh AUC, window", |trained| trained.closures[2].fresh.value),
    ("AUC", |trained| trained.against.auc.value),
    ("signal efficiency", |trained| trained.passing.signal),
    ("signal efficiency, data/simulation", |trained| {
        trained.passing.signal / trained.passing.simulated_signal
    }),
    ("simulated background", |trained| trained.passing.simulated_background),
];

impl Found<'_> {
    /// The trainings of an arm.
    pub(super) fn of(&self, arm: &str) -> &[Trained] {
        self.arms.iter().find(|(found, _)| found.name == arm).map_or(&[], |(_, trained)| trained)
    }

    /// What one arm's training loses against the naive one of the same repetition, at worst.
    fn largest_loss(&self, arm: &str, measured: fn(&Trained) -> f64) -> f64 {
        let pairs = self.of(NAIVE).iter().zip(self.of(arm));
        pairs.map(|(naive, other)| measured(naive) - measured(other)).fold(f64::NEG_INFINITY, f64::max)
    }

    pub(super) fn quantities(&self) -> Vec<JudgedQuantity> {
        let mut quantities = Vec::new();
        for (arm, trained) in &self.arms {
            for (what, value) in MEASURED {
                let [median, low, high] = spread(trained.iter().map(value));
                let name = format!("{}: {what}", arm.name);
                quantities.push(self.spec.expected.judge(&name, "1", median, 0.0));
                for (end, value) in [("smallest", low), ("largest", high)] {
                    self.judge_if_expected(&mut quantities, &format!("{name}, {end}"), value);
                }
            }
            for (what, value) in [("AUC", MEASURED[4].1), ("signal efficiency", MEASURED[5].1)] {
                let name = format!("{NAIVE} over {}: {what} lost", arm.name);
                self.judge_if_expected(&mut quantities, &name, self.largest_loss(&arm.name, value));
            }
        }
        let reports = || self.arms.iter().flat_map(|(_, trained)| trained).map(|trained| &trained.report);
        if reports().next().is_some() {
            let signal = reports().map(|report| report.signal_fraction).fold(0.0, f64::max);
            let uncovered = reports().map(|report| report.coverage.uncovered).fold(0.0, f64::max);
            for (what, value) in [("largest share of signal", signal), ("largest uncovered share", uncovered)]
            {
                let name = format!("control region: {what}");
                quantities.push(self.spec.expected.judge(&name, "1", value, 0.0));
            }
        }
        quantities
    }

    fn judge_if_expected(&self, quantities: &mut Vec<JudgedQuantity>, name: &str, value: f64) {
        if self.spec.expected.has(name) {
            quantities.push(self.spec.expected.judge(name, "1", value, 0.0));
        }
    }
}
