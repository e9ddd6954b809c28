//! The numbers of the study and the verdicts on them.

use hepsys_report::JudgedQuantity;

use super::Found;
use super::arm::Trained;
use crate::expected::spread;

/// The arm that all others are compared with.
pub(super) const NAIVE: &str = "naive";

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
        let expected = &self.spec.expected;
        let mut quantities = Vec::new();
        for (arm, trained) in &self.arms {
            for (what, value) in MEASURED {
                let [median, low, high] = spread(trained.iter().map(value));
                let name = format!("{}: {what}", arm.name);
                quantities.push(expected.judge(&name, "1", median, 0.0));
                for (end, value) in [("smallest", low), ("largest", high)] {
                    let name = format!("{name}, {end}");
                    if expected.has(&name) {
                        quantities.push(expected.judge(&name, "1", value, 0.0));
                    }
                }
            }
            for (what, value) in [("multijet", MEASURED[3].1), ("beam-induced", MEASURED[4].1)] {
                let name = format!("{NAIVE} over {}: AUC lost against {what}", arm.name);
                if expected.has(&name) {
                    quantities.push(expected.judge(&name, "1", self.largest_loss(&arm.name, value), 0.0));
                }
            }
        }
        // How much less background of the beam gets through where the times are seen.
        let [naive, removed] =
            [NAIVE, "variable removed"].map(|arm| spread(self.of(arm).iter().map(MEASURED[6].1))[0]);
        if removed > 0.0 {
            let name = "variable removed: naive leakage over that without time";
            quantities.push(expected.judge(name, "1", naive / removed, 0.0));
        }
        quantities
    }
}
