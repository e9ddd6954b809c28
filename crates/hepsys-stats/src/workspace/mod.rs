//! Workspaces: likelihoods as documents.

mod build;
mod compose;
mod digest;
mod document;
mod error;
mod hs3;
mod kind;
mod layout;
mod parameters;
mod patchset;
mod registry;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use digest::digest;
pub use document::{Channel, Config, Measurement, Modifier, Observation, ParameterConfig, Sample, Workspace};
pub use error::WorkspaceError;
pub use hs3::{Hs3, ShapeSysValues};
pub use patchset::{Patch, PatchSet, PatchValue};
/// What of a document is kept as it stands.
pub use serde_json::Value;

use crate::finite;
use crate::histfactory::{NormInterpolation, ShapeInterpolation};

/// How factors and histograms are interpolated; the document does not say.
///
/// Defaults to codes 4 and 4p, as pyhf does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Interpolation {
    /// Of factors, `normsys`.
    pub norm: NormInterpolation,
    /// Of histograms, `histosys`.
    pub shape: ShapeInterpolation,
}

/// The version of the format.
pub(crate) const VERSION: &str = "1.0.0";

impl Workspace {
    /// Reads a document.
    ///
    /// # Errors
    ///
    /// [`WorkspaceError::Json`] with line and column of what cannot be understood, [`WorkspaceError::Content`] for another
    /// version of the format.
    pub fn parse(text: &str) -> Result<Self, WorkspaceError> {
        let workspace: Self = from_text(text)?;
        if workspace.version != VERSION {
            let problem = format!("is \"{}\", expected \"{VERSION}\"", workspace.version);
            return Err(WorkspaceError::at("version", problem));
        }
        Ok(workspace)
    }

    /// Writes the document.
    ///
    /// # Errors
    ///
    /// [`WorkspaceError::Json`] if a number is not finite.
    pub fn to_json(&self) -> Result<String, WorkspaceError> {
        let problem = |problem: String| WorkspaceError::Json { path: String::new(), problem };
        finite::check(self).map_err(|e| problem(format!("the workspace holds {e}, which JSON cannot")))?;
        serde_json::to_string_pretty(self).map_err(|e| problem(e.to_string()))
    }
}

/// Reads JSON; an error says where in the document it is.
fn from_text<T: DeserializeOwned>(text: &str) -> Result<T, WorkspaceError> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let problem = |path: String, e: &serde_json::Error| WorkspaceError::Json { path, problem: e.to_string() };
    let value = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|e| problem(e.path().to_string(), e.inner()))?;
    deserializer.end().map_err(|e| problem(String::new(), &e))?;
    Ok(value)
}

/// A list of finite numbers.
pub(crate) fn values(value: &Value, n: usize, at: &str) -> Result<Vec<f64>, WorkspaceError> {
    let list = value.as_array().ok_or_else(|| WorkspaceError::at(at, "expected a list of numbers"))?;
    if list.len() != n {
        return Err(WorkspaceError::at(at, format!("has {} values, expected {n}", list.len())));
    }
    let number = |(i, value): (usize, &Value)| {
        value.as_f64().ok_or_else(|| WorkspaceError::at(format!("{at}[{i}]"), "expected a number"))
    };
    list.iter().enumerate().map(number).collect()
}
