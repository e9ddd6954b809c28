//! The JSON document.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ShapeSysValues;
use crate::workspace::WorkspaceError;

/// The components of the standard; distributions and data stay as they are until something needs them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Document {
    pub(super) distributions: Vec<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) functions: Option<Value>,
    pub(super) data: Vec<Value>,
    pub(super) likelihoods: Vec<Likelihood>,
    #[serde(default)]
    pub(super) domains: Vec<Domain>,
    #[serde(default)]
    pub(super) parameter_points: Vec<ParameterPoint>,
    #[serde(default)]
    pub(super) analyses: Vec<Analysis>,
    pub(super) metadata: Metadata,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) misc: Option<Value>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Metadata {
    pub(super) hs3_version: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) packages: Vec<Package>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) authors: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) publications: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Package {
    pub(super) name: String,
    #[serde(default)]
    pub(super) version: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Likelihood {
    pub(super) name: String,
    pub(super) distributions: Vec<String>,
    /// Names of data sets, or numbers.
    pub(super) data: Vec<Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) aux_distributions: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Domain {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) axes: Vec<Axis>,
}

/// The range of a parameter, or the bins of an observable.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Axis {
    pub(super) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) min: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) max: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) nbins: Option<usize>,
    /// ROOT called them `bounds` before the standard named them.
    #[serde(default, alias = "bounds", skip_serializing_if = "Option::is_none")]
    pub(super) edges: Option<Vec<f64>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ParameterPoint {
    pub(super) name: String,
    pub(super) parameters: Vec<ParameterValue>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ParameterValue {
    pub(super) name: String,
    pub(super) value: f64,
    #[serde(rename = "const", default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) is_const: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Analysis {
    pub(super) name: String,
    pub(super) likelihood: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) parameters_of_interest: Option<Vec<String>>,
    /// The standard has one; ROOT and pyhs3 list several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) domain: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) domains: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) init: Option<String>,
}

/// A channel: the distribution of the type `histfactory_dist`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HistFactory {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) axes: Vec<Axis>,
    pub(super) samples: Vec<Sample>,
    /// ROOT's interpolation of modifiers that name none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) default_interpolation: Option<Value>,
    /// pyhs3's choice between one parameter for a bin and one for a bin of a sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) barlow_beeston_method: Option<String>,
    /// ROOT's settings of statistical uncertainties.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) staterror: Option<StatError>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StatError {
    #[serde(rename = "relThreshold", default)]
    pub(super) threshold: f64,
    #[serde(default, alias = "constraint", skip_serializing_if = "Option::is_none")]
    pub(super) constraint_type: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sample {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    pub(super) data: SampleData,
    #[serde(default)]
    pub(super) modifiers: Vec<Modifier>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SampleData {
    pub(super) contents: Vec<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) errors: Option<Vec<f64>>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Modifier {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) parameter: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) parameters: Option<Vec<String>>,
    /// A type, or in ROOT's documents the name of a distribution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) constraint: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) constraint_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) constraint_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) interpolation: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) data: Option<Value>,
}

/// Observed counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct BinnedData {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) contents: Vec<f64>,
    pub(super) axes: Vec<Axis>,
}

impl Document {
    /// References are by name, so a name may stand only once in each component.
    pub(super) fn check_names(&self) -> Result<(), WorkspaceError> {
        let of_values = |values: &[Value]| -> Vec<String> {
            values
                .iter()
                .map(|v| v.get("name").and_then(Value::as_str).unwrap_or_default().to_owned())
                .collect()
        };
        let components: [(&str, Vec<String>); 6] = [
            ("distributions", of_values(&self.distributions)),
            ("data", of_values(&self.data)),
            ("likelihoods", self.likelihoods.iter().map(|l| l.name.clone()).collect()),
            ("domains", self.domains.iter().map(|d| d.name.clone()).collect()),
            ("parameter_points", self.parameter_points.iter().map(|p| p.name.clone()).collect()),
            ("analyses", self.analyses.iter().map(|a| a.name.clone()).collect()),
        ];
        for (component, names) in components {
            let mut seen = BTreeMap::new();
            for (i, name) in names.into_iter().enumerate() {
                if name.is_empty() {
                    return Err(WorkspaceError::at(format!("{component}[{i}]"), "has no name"));
                }
                if let Some(first) = seen.get(&name) {
                    let problem = format!("has the name \"{name}\" of {component}[{first}]");
                    return Err(WorkspaceError::at(format!("{component}[{i}]"), problem));
                }
                seen.insert(name, i);
            }
        }
        Ok(())
    }

    /// What our own note says, or the habit of the package that made the document.
    pub(super) fn shape_sys_values(&self) -> Result<ShapeSysValues, WorkspaceError> {
        let note =
            self.misc.as_ref().and_then(|misc| misc.get("hepsys")).and_then(|ours| ours.get("shapesys_vals"));
        match note.map(Value::as_str) {
            Some(Some("absolute")) => Ok(ShapeSysValues::Absolute),
            Some(Some("relative")) => Ok(ShapeSysValues::Relative),
            Some(_) => {
                Err(WorkspaceError::at("misc.hepsys.shapesys_vals", "expected \"absolute\" or \"relative\""))
            }
            None if self.metadata.packages.iter().any(|p| p.name == "ROOT") => Ok(ShapeSysValues::Relative),
            None => Ok(ShapeSysValues::Absolute),
        }
    }
}

impl Axis {
    /// How many bins it has, if it has any.
    pub(super) fn n_bins(&self) -> Option<usize> {
        self.nbins.or_else(|| self.edges.as_ref().map(|edges| edges.len().saturating_sub(1)))
    }
}
