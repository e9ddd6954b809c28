//! What every study is told: how much statistics, where to compute, where to write, who looks on.

use std::path::PathBuf;
use std::sync::Arc;

use clap::ValueEnum;
use hepsys_core::{Interrupt, Observer, Seed};
use hepsys_nn::{Device, Run};
use hepsys_report::StudyRecord;
use hepsys_stats::Shard;
use serde::{Deserialize, Serialize};

/// How much statistics a study uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// The machinery and its loose checks, in minutes.
    Quick,
    /// Every judged quantity at a quarter or more of the published statistics.
    Standard,
    /// The published statistics.
    Full,
}

impl Profile {
    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Standard => "standard",
            Self::Full => "full",
        }
    }
}

/// The circumstances of a study.
#[derive(Clone)]
pub struct Context {
    /// How much statistics.
    pub profile: Profile,
    /// The seed, if the user gave one; otherwise that of the specification.
    pub seed: Option<u64>,
    /// Where networks are trained.
    pub device: Device,
    /// The device's name, as it was asked for.
    pub device_name: String,
    /// Which part of the toys this process does.
    pub shard: Option<Shard>,
    /// Whether toys of earlier runs are forgotten.
    pub is_fresh: bool,
    /// Where reports go; each study has a folder of its own below.
    pub reports: PathBuf,
    /// The folder of the project's samples.
    pub datasets: PathBuf,
    /// Who hears of the progress.
    pub observer: Arc<dyn Observer>,
    /// Who may stop the study.
    pub interrupt: Interrupt,
}

impl Context {
    /// The seed that counts for a study with this one in its specification.
    #[must_use]
    pub fn seed(&self, default_seed: u64) -> u64 {
        self.seed.unwrap_or(default_seed)
    }

    /// The record of a study, still without quantities.
    #[must_use]
    pub fn record(&self, study: &str, default_seed: u64) -> StudyRecord {
        StudyRecord::new(study, self.profile.name(), self.seed(default_seed), env!("CARGO_PKG_VERSION"))
    }

    /// The run of a study with this seed in its specification; toys and fits within it are silent.
    #[must_use]
    pub fn run(&self, default_seed: u64) -> Run {
        Run::on(self.device.clone())
            .seeded(Seed::new(self.seed(default_seed)))
            .interrupted_by(self.interrupt.clone())
    }
}
