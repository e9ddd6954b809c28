use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::expected::ExpectedValues;
use crate::spec::PerProfile;

/// The specification of the study, and of one's own with `kind = "decays"`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecaysSpec {
    /// `decays` in a specification of one's own.
    #[serde(default)]
    pub kind: String,
    /// The name of the study, and of its folder.
    pub study: String,
    /// Its title.
    pub title: String,
    /// What it shows.
    #[serde(default)]
    pub about: String,
    /// The key of the paper in `docs/references.bib`.
    #[serde(default)]
    pub paper: String,
    /// The seed unless the user gives one.
    #[serde(default)]
    pub seed: u64,
    pub(super) files: Files,
    /// The name of the analysis in the file.
    pub(super) analysis: String,
    #[serde(default)]
    pub(super) search: SearchSpec,
    pub(super) compare: Option<CompareSpec>,
    pub(super) predict: Option<PredictSpec>,
    /// What the relevances of the references are in units of ours.
    #[serde(default = "one")]
    pub(super) reference_unit: f64,
    #[serde(default, rename = "reference")]
    pub(super) references: Vec<Reference>,
    /// What should come out.
    #[serde(default)]
    pub expected: ExpectedValues,
}

fn one() -> f64 {
    1.0
}

/// Where particles, decays and analyses are.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Files {
    /// In our columns, or EvtGen's list if its name ends with `.pdl`.
    pub(super) particles: PathBuf,
    pub(super) decays: PathBuf,
    pub(super) analyses: PathBuf,
}

/// How candidates are simulated.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SearchSpec {
    /// Events of each candidate.
    pub(super) events: PerProfile<usize>,
    /// How many of the most relevant are wanted.
    pub(super) leaders: usize,
    /// The relative statistical error of the leaders.
    pub(super) precision: PerProfile<f64>,
    /// Events of a candidate at most.
    pub(super) max_events: PerProfile<usize>,
    /// Events of the chains of a reference.
    pub(super) reference_events: PerProfile<usize>,
}

impl Default for SearchSpec {
    fn default() -> Self {
        Self {
            events: PerProfile { quick: 2000, standard: 2000, full: 4000 },
            leaders: 10,
            precision: PerProfile { quick: 0.05, standard: 0.02, full: 0.01 },
            max_events: PerProfile { quick: 32_000, standard: 500_000, full: 8_000_000 },
            reference_events: PerProfile { quick: 100_000, standard: 1_000_000, full: 4_000_000 },
        }
    }
}

/// Which strategies are compared.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CompareSpec {
    pub(super) strategies: Vec<StrategyName>,
    /// The part of the candidates that each may ask for.
    pub(super) budget: f64,
    /// The part of them that is judged.
    pub(super) judged_at: f64,
    pub(super) seeds: PerProfile<usize>,
}

impl CompareSpec {
    /// What is wrong with the parts, if anything.
    pub(super) fn check(&self) -> Result<(), String> {
        let holds = 0.0 < self.judged_at && self.judged_at <= self.budget && self.budget <= 1.0;
        if holds {
            return Ok(());
        }
        let found = format!("{} and {}", self.judged_at, self.budget);
        Err(format!("[compare] needs 0 < judged_at <= budget <= 1, but they are {found}"))
    }
}

/// Whether modes that nobody measured are looked at.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PredictSpec {
    /// The least branching fraction that is predicted.
    pub(super) min_fraction: f64,
}

/// A strategy; the exhaustive search is always there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum StrategyName {
    UpperBound,
    Surrogate,
    Agent,
}

/// A chain with what another program found.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reference {
    pub(super) chain: String,
    pub(super) fraction: f64,
    pub(super) relevance: f64,
}
