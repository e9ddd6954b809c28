//! The specification of a di-body study.

use std::path::PathBuf;

use hepsys_sim::dibody::Regime;
use serde::{Deserialize, Serialize};

use crate::expected::ExpectedValues;
use crate::spec::{NetworkSpec, PerProfile, SelectionSpec};

/// The specification of a di-body study.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DibodySpec {
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
    pub(super) data: DataSpec,
    pub(super) nuisances: NuisanceSpec,
    pub(super) network: NetworkSpec,
    /// How the weight clip was chosen.
    pub(super) model_selection: Option<SelectionSpec>,
    pub(super) taylor: TaylorSpec,
    pub(super) mass: MassSpec,
    pub(super) toys: ToysSpec,
    /// Where the calibration is tested besides nominal nuisance parameters.
    #[serde(default)]
    pub(super) validation: Vec<Point>,
    /// What may be there; the first is the one whose quantities have no name before them.
    pub(super) signals: Vec<SignalSpec>,
    expected: ExpectedValues,
}

impl DibodySpec {
    /// What should come out.
    #[must_use]
    pub fn expected(&self) -> &ExpectedValues {
        &self.expected
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DataSpec {
    pub(super) background: PathBuf,
    pub(super) inputs: Vec<String>,
    pub(super) selection: Vec<String>,
    /// N(R0), the number of events expected in the data.
    pub(super) expected_events: f64,
    /// The number of reference events over N(R0).
    pub(super) reference_ratio: usize,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NuisanceSpec {
    pub(super) normalisation: f64,
    pub(super) momentum_scale: Regime,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TaylorSpec {
    pub(super) order: usize,
    pub(super) hidden_layers: Vec<usize>,
    /// The values of ν to learn from, in units of σ.
    pub(super) values: Vec<f64>,
    /// The part of the file to learn from; toys never use it.
    pub(super) fraction: f64,
}

/// The mass fit, and the range in which the mass is shown.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MassSpec {
    /// Where bins begin, in GeV.
    pub(super) low: f64,
    /// Where the logarithmic bins of the fit end, in GeV; one more takes what is beyond.
    pub(super) high: f64,
    /// The number of logarithmic bins.
    pub(super) bins: usize,
    /// The values of the momentum scale with templates, in units of σ.
    pub(super) knots: Vec<f64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ToysSpec {
    pub(super) null: PerProfile<usize>,
    /// For each point of the validation.
    pub(super) validation: PerProfile<usize>,
}

/// True nuisance parameters in units of their σ.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Point {
    pub(super) name: String,
    #[serde(default)]
    pub(super) normalisation: f64,
    #[serde(default)]
    pub(super) momentum_scale: f64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignalSpec {
    /// What its quantities and toys are called.
    pub(super) name: String,
    /// What figures call it.
    pub(super) label: String,
    pub(super) source: SourceSpec,
    pub(super) toys: PerProfile<usize>,
    /// Toys at other strengths of the signal, where the mass fit reaches certain significances.
    pub(super) curve: Option<CurveSpec>,
}

/// Where the events of a signal come from.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum SourceSpec {
    /// A resonance: this many events are added to the background.
    Zprime { file: PathBuf, events: f64 },
    /// A four-fermion operator, which interferes with the background: events take the background's place.
    ///
    /// Their weights are `sm_pb` (1 + `lin` c + `quad` c²), with c in TeV⁻².
    Eft { file: PathBuf, c_w: f64 },
}

impl SourceSpec {
    pub(super) fn file(&self) -> &PathBuf {
        match self {
            Self::Zprime { file, .. } | Self::Eft { file, .. } => file,
        }
    }

    pub(super) fn is_resonance(&self) -> bool {
        matches!(self, Self::Zprime { .. })
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CurveSpec {
    /// The significances of the mass fit.
    pub(super) significances: Vec<f64>,
    /// For each of them.
    pub(super) toys: PerProfile<usize>,
}
