//! The specification of the study.

use hepsys_adversarial::{Adversary, Blocks, Decorrelator};
use serde::{Deserialize, Serialize};

use super::arm::Arm;
use crate::expected::ExpectedValues;
use crate::spec::PerProfile;

/// The specification of the study of displaced jets.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalratioSpec {
    /// The name of the study.
    pub study: String,
    /// Its title.
    pub title: String,
    /// What it shows.
    pub about: String,
    /// The key of the paper in `docs/references.bib`.
    pub paper: String,
    /// The seed unless the user gives one.
    pub seed: u64,
    /// How the jets of the generator differ from its benchmark.
    pub(super) sample: SampleSpec,
    /// How many jets there are.
    pub(super) sizes: PerProfile<Sizes>,
    /// How long is trained.
    pub(super) training: PerProfile<TrainingSpec>,
    /// Trainings of each arm, each with jets of its own.
    pub(super) seeds: PerProfile<usize>,
    /// The ways of decorrelation, by name.
    pub(super) arms: Vec<ArmSpec>,
    /// Strengths of the adversary on log-scores to be scanned.
    pub(super) strengths: Vec<f64>,
    /// What should come out.
    pub expected: ExpectedValues,
}

/// How the jets of the generator differ from its benchmark, whose classes are too easily told apart.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SampleSpec {
    /// What resolutions of cluster times are multiplied by.
    pub(super) time_resolution: f64,
    /// What the difference between simulated and measured times is multiplied by.
    pub(super) mismodelling: f64,
    /// The fraction of beam-induced background on its way out.
    pub(super) outgoing: f64,
    /// The widths of beam-induced jets in η and in φ.
    pub(super) beam_widths: [f64; 2],
}

/// How many jets there are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sizes {
    /// Of each class, to learn from.
    pub(super) learn: usize,
    /// Of each kind of the control region, to learn from.
    pub(super) control: usize,
    /// Of each class, to test with.
    pub(super) test: usize,
    /// Of each kind of a control region, to test with.
    pub(super) test_control: usize,
}

/// How long is trained.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TrainingSpec {
    /// Epochs before decorrelation begins, and after that.
    pub(super) epochs: [usize; 2],
    /// The learning rates at the start and at the end.
    pub(super) learning_rate: [f64; 2],
}

/// A way of decorrelation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ArmSpec {
    /// How; none for the block correction of cluster times.
    decorrelator: Option<Decorrelator>,
}

impl CalratioSpec {
    /// The ways of decorrelation.
    pub(super) fn arms(&self) -> Vec<Arm> {
        let decorrelator = |arm: &ArmSpec| {
            arm.decorrelator.clone().unwrap_or_else(|| Decorrelator::Correct(Blocks::cluster_time(15)))
        };
        self.arms.iter().map(|arm| Arm::new(decorrelator(arm))).collect()
    }

    /// The adversaries of the scan.
    pub(super) fn scanned(&self) -> Vec<(f64, Arm)> {
        let adversary =
            |&strength: &f64| (strength, Arm::new(Adversary::on_log_scores().strength(strength).into()));
        self.strengths.iter().map(adversary).collect()
    }
}
