//! The specification of the study.

use hepsys_adversarial::{Blocks, Decorrelator};
use serde::{Deserialize, Serialize};

use super::arm::{Arm, Depth, Way};
use crate::context::Profile;
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
    /// The classifiers that are compared.
    pub(super) arms: Vec<ArmSpec>,
    /// Which of them are scanned for their strength, by name.
    scanned: PerProfile<Vec<String>>,
    /// The search that jets are used for.
    pub(super) search: SearchSpec,
    /// A second error of the simulation.
    pub(super) untargeted: UntargetedSpec,
    /// The networks that are compared for their separation alone.
    pub(super) grid: PerProfile<Vec<GridPoint>>,
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
    /// What momenta of clusters in data are multiplied by.
    #[serde(default = "unscaled")]
    pub(super) cluster_pt_scale: f64,
}

fn unscaled() -> f64 {
    1.0
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
    /// Events of each process, once to learn from and once to test with, and of each kind of the control region.
    pub(super) events: usize,
}

/// How long is trained.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrainingSpec {
    /// Epochs before decorrelation begins, and after that.
    pub(crate) epochs: [usize; 2],
    /// The learning rates at the start and at the end.
    pub(crate) learning_rate: [f64; 2],
}

/// A classifier that is compared with others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ArmSpec {
    way: WaySpec,
    /// Strengths to be scanned.
    #[serde(default)]
    strengths: Vec<f64>,
    /// Whether it goes on to events and to a limit.
    #[serde(default)]
    searches: bool,
}

/// What a classifier is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WaySpec {
    /// Boosted trees for each jet.
    Trees,
    /// A network on simulation whose cluster times are corrected: eight layers, four ranges of momentum.
    BlockCorrection,
    /// A network.
    Network(Decorrelator),
}

/// What is expected of the search.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchSpec {
    /// Events of signal, multijet and beam-induced background before the event score is looked at.
    pub(super) expected: [f64; 3],
    /// Events of signal and of background in the control region.
    pub(super) control: [f64; 2],
}

/// An error of the simulation that nobody aims at.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UntargetedSpec {
    /// What momenta of clusters in data are multiplied by.
    cluster_pt_scale: f64,
}

/// A network of the grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GridPoint {
    /// The widths of its dense layers.
    pub(super) hidden_layers: Vec<usize>,
    /// What is left out of them while it learns.
    pub(super) dropout: f64,
    /// The learning rate at the start.
    pub(super) learning_rate: f64,
}

impl ArmSpec {
    fn arm(&self) -> Arm {
        let way = match &self.way {
            WaySpec::Trees => Way::Trees,
            WaySpec::BlockCorrection => Way::Network(Decorrelator::Correct(Blocks::cluster_time(15))),
            WaySpec::Network(decorrelator) => Way::Network(decorrelator.clone()),
        };
        let depth = if self.searches { Depth::Search } else { Depth::Scores };
        Arm { depth, ..Arm::new(way) }
    }
}

impl CalratioSpec {
    /// The classifiers that are compared.
    pub(super) fn arms(&self) -> Vec<Arm> {
        self.arms.iter().map(ArmSpec::arm).collect()
    }

    /// The classifiers of the scan, with the strength of each.
    pub(super) fn scan(&self, profile: Profile) -> Vec<(f64, Arm)> {
        let names = self.scanned.choice(profile);
        let scanned = |spec: &ArmSpec| {
            let Arm { name, way: Way::Network(decorrelator), .. } = spec.arm() else { return Vec::new() };
            let is_asked_for = names.contains(&name);
            let strengths = spec.strengths.iter().filter(|_| is_asked_for);
            let arm = |&strength: &f64| {
                Some((strength, Arm::new(Way::Network(decorrelator.clone().with_strength(strength)?))))
            };
            strengths.filter_map(arm).collect()
        };
        self.arms.iter().flat_map(scanned).collect()
    }

    /// The sample whose data have the second error too.
    pub(super) fn untargeted_sample(&self) -> SampleSpec {
        SampleSpec { cluster_pt_scale: self.untargeted.cluster_pt_scale, ..self.sample }
    }
}
