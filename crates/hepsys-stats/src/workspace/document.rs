//! The JSON document of a workspace, as pyhf writes it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A likelihood with its observations and measurements, in the JSON form of HistFactory that pyhf defined.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workspace {
    /// The regions and what is expected in them.
    pub channels: Vec<Channel>,
    /// What is asked of them.
    pub measurements: Vec<Measurement>,
    /// What was observed in them.
    pub observations: Vec<Observation>,
    /// The version of the format; `1.0.0`.
    pub version: String,
}

/// A region.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// Its name.
    pub name: String,
    /// The processes in it.
    pub samples: Vec<Sample>,
}

/// A process in a region.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// Its name.
    pub name: String,
    /// Its nominal yield in each bin.
    pub data: Vec<f64>,
    /// What changes its yields.
    pub modifiers: Vec<Modifier>,
}

/// Something that changes the yields of a sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Modifier {
    /// Its name, and that of its parameter.
    pub name: String,
    /// `normfactor`, `normsys`, `histosys`, `shapefactor`, `shapesys`, `staterror` or `lumi`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it needs to know, depending on its type.
    #[serde(default)]
    pub data: Value,
}

/// What was observed in a region.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observation {
    /// The region.
    pub name: String,
    /// The count in each bin.
    pub data: Vec<f64>,
}

/// A question: which parameter is of interest, and how others are set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measurement {
    /// Its name.
    pub name: String,
    /// Its content.
    pub config: Config,
}

/// The content of a measurement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The parameter of interest; empty for none.
    pub poi: String,
    /// The parameters that are not as their modifier has it.
    #[serde(default)]
    pub parameters: Vec<ParameterConfig>,
}

/// How a parameter differs from its modifier's default.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParameterConfig {
    /// The name of the modifier.
    pub name: String,
    /// Where fits begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inits: Option<Vec<f64>>,
    /// The lowest and highest values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounds: Option<Vec<(f64, f64)>>,
    /// The results of auxiliary measurements.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auxdata: Option<Vec<f64>>,
    /// Factors of Poisson-distributed auxiliary measurements.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factors: Option<Vec<f64>>,
    /// The standard deviations of auxiliary measurements.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sigmas: Option<Vec<f64>>,
    /// Whether fits leave it where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed: Option<bool>,
}
