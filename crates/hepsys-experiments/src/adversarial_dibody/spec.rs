//! The specification of the study.

use std::path::PathBuf;

use hepsys_adversarial::Decorrelator;
use hepsys_sim::dibody::Regime;
use serde::{Deserialize, Serialize};

use super::arm::{Arm, scaled};
use crate::adversarial::spec::TrainingSpec;
use crate::expected::ExpectedValues;
use crate::spec::PerProfile;

/// The specification of the study of muon pairs.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdversarialDibodySpec {
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
    /// The files, what is selected of them, and what simulation gets wrong.
    pub(super) data: DataSpec,
    /// How many events there are.
    pub(super) sizes: PerProfile<Sizes>,
    /// The classifier.
    pub(super) network: NetworkSpec,
    /// How long is trained.
    pub(super) training: PerProfile<TrainingSpec>,
    /// Trainings of each arm, each with a division of the files of its own.
    pub(super) seeds: PerProfile<usize>,
    /// The ways of decorrelation.
    pub(super) arms: Vec<ArmSpec>,
    /// What the strengths of the arms are multiplied by in a scan.
    pub(super) factors: PerProfile<Vec<f64>>,
    /// What should come out.
    pub expected: ExpectedValues,
}

/// The files, what is selected of them, and what simulation gets wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DataSpec {
    /// The Standard Model.
    pub(super) background: PathBuf,
    /// The resonance.
    pub(super) signal: PathBuf,
    /// What the classifier sees.
    pub(super) inputs: Vec<String>,
    /// Whose uncertainty the simulation's scale of momenta is wrong by.
    pub(super) momentum_scale: Regime,
    /// How wrong, in units of its σ; negative where simulated momenta are too small.
    pub(super) shift: f64,
    /// The window of the mass that holds the signal, in GeV; the control region is what is left and right of it.
    pub(super) window: (f64, f64),
    /// Both particles of the second control region are within this |η|.
    pub(super) central: f64,
    /// How many events of signal and of background the data are expected to hold.
    pub(super) expected_events: (f64, f64),
}

/// How many events there are; what a file holds in the window is tested with all of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sizes {
    /// Of each class, to learn from.
    pub(super) learn: usize,
    /// Of simulation and of data of the control region, to learn from.
    pub(super) control: usize,
    /// Of background to test with; of signal as many as are left.
    pub(super) test: usize,
    /// Of simulation and of data of a control region, to test with.
    pub(super) test_control: usize,
}

/// The classifier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NetworkSpec {
    pub(super) hidden_layers: Vec<usize>,
    pub(super) dropout: f64,
    pub(super) batch_size: usize,
}

/// A way of decorrelation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ArmSpec {
    pub(super) decorrelator: Decorrelator,
    /// Its simulation has the scale of the data: what a calibration could reach.
    #[serde(default)]
    pub(super) is_calibrated: bool,
}

impl AdversarialDibodySpec {
    /// The ways of decorrelation.
    pub(super) fn arms(&self) -> Vec<Arm> {
        let arm = |arm: &ArmSpec| Arm::new(arm.decorrelator.clone(), arm.is_calibrated);
        self.arms.iter().map(arm).collect()
    }

    /// The arms of the scan, each with the factor of its strength.
    pub(super) fn scanned(&self, factors: &[f64]) -> Vec<(f64, Arm)> {
        let arm = |(&factor, arm): (&f64, &ArmSpec)| {
            Some((factor, Arm::new(scaled(&arm.decorrelator, factor)?, arm.is_calibrated)))
        };
        self.arms
            .iter()
            .flat_map(|arm| factors.iter().map(move |factor| (factor, arm)))
            .filter_map(arm)
            .collect()
    }
}
