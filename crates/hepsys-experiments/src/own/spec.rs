use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::spec::{NetworkSpec, PerProfile};

/// The specification of a search; `docs/studies.md` describes it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnSpec {
    /// `search`, unless something else is asked for.
    #[serde(default)]
    pub kind: Option<String>,
    /// The name of the study, and of its folder.
    pub study: String,
    /// Its title.
    pub title: String,
    /// What it is about.
    #[serde(default)]
    pub about: String,
    /// The seed unless the command line gives one.
    #[serde(default)]
    pub seed: u64,
    pub(super) data: FileSpec,
    pub(super) reference: ReferenceSpec,
    pub(super) features: FeatureSpec,
    #[serde(default)]
    pub(super) nuisances: Vec<OwnNuisance>,
    pub(super) network: NetworkSpec,
    pub(super) toys: OwnToys,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileSpec {
    pub(super) file: PathBuf,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReferenceSpec {
    pub(super) file: PathBuf,
    /// N(R0), how many events the reference expects in the data.
    pub(super) expected_events: f64,
    /// How many reference events a test uses; five times `expected_events` unless given.
    pub(super) events: Option<usize>,
    /// The part of the file that the Taylor expansion learns from, and toys never use.
    #[serde(default = "default_taylor_fraction")]
    pub(super) taylor_fraction: f64,
}

fn default_taylor_fraction() -> f64 {
    0.2
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FeatureSpec {
    /// What the network sees.
    pub(super) inputs: Vec<String>,
    /// The variable in which what it learnt is shown.
    pub(super) show: String,
    pub(super) bins: Bins,
    #[serde(default)]
    pub(super) unit: String,
    /// Further columns to read, such as those of the selection.
    #[serde(default)]
    pub(super) further: Vec<String>,
    #[serde(default)]
    pub(super) selection: Vec<String>,
    /// Columns that look like weights and are none.
    #[serde(default)]
    pub(super) ignored: Vec<String>,
    /// Other names that a feature may have in a file.
    #[serde(default)]
    pub(super) also_called: BTreeMap<String, Vec<String>>,
    /// Whether `m12` is computed from pt1, pt2, eta1, eta2 and dphi.
    #[serde(default)]
    pub(super) dibody_mass: bool,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Bins {
    pub(super) number: usize,
    pub(super) low: f64,
    pub(super) high: f64,
    #[serde(default)]
    pub(super) logarithmic: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum OwnNuisance {
    /// The number of events.
    Normalisation {
        sigma: f64,
        #[serde(default)]
        measured: f64,
    },
    /// Transverse momenta pt1 and pt2, with uncertainties in barrel and endcaps.
    MomentumScale {
        barrel: f64,
        endcap: f64,
        #[serde(default)]
        measured: f64,
        #[serde(default = "default_order")]
        order: usize,
    },
    /// Anything, given as files of events simulated at other values.
    Files {
        name: String,
        sigma: f64,
        #[serde(default)]
        measured: f64,
        #[serde(default = "default_order")]
        order: usize,
        variations: Vec<VariedFile>,
    },
}

fn default_order() -> usize {
    1
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VariedFile {
    pub(super) value: f64,
    pub(super) file: PathBuf,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OwnToys {
    pub(super) null: PerProfile<usize>,
}

impl OwnSpec {
    /// The logarithm of the normalisation as it was measured, with its σ; zero and zero if it is certain.
    pub(super) fn normalisation(&self) -> (f64, f64) {
        let found = self.nuisances.iter().find_map(|nuisance| match nuisance {
            OwnNuisance::Normalisation { sigma, measured } => Some((*measured, *sigma)),
            _ => None,
        });
        found.unwrap_or((0.0, 0.0))
    }
}
