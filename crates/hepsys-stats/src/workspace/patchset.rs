//! Patch sets: one background, and the signals that are patched into it.

use std::collections::BTreeMap;

use json_patch::PatchOperation;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Workspace, WorkspaceError, digest, from_text};

/// The only version of the format there is.
const VERSION: &str = "1.0.0";

/// Patches that turn one background-only workspace into the workspaces of many signals, as HEPData publishes them.
///
/// ```
/// use hepsys_stats::workspace::{PatchSet, Value};
///
/// let background: Value = serde_json::from_str(
///     r#"{"channels": [{"name": "SR", "samples": [{"name": "background", "data": [50.0], "modifiers": []}]}],
///         "measurements": [{"name": "m", "config": {"poi": "", "parameters": []}}],
///         "observations": [{"name": "SR", "data": [53.0]}], "version": "1.0.0"}"#,
/// )?;
/// let patches = PatchSet::parse(
///     r#"{"metadata": {"description": "squarks", "digests": {}, "labels": ["mass"], "references": {}},
///         "patches": [{"metadata": {"name": "mass_800", "values": [800]}, "patch": [
///             {"op": "add", "path": "/channels/0/samples/-", "value": {"name": "squark", "data": [4.0],
///              "modifiers": [{"name": "mu", "type": "normfactor", "data": null}]}},
///             {"op": "replace", "path": "/measurements/0/config/poi", "value": "mu"}]}], "version": "1.0.0"}"#,
/// )?;
/// let name = patches.by_values(&[800.0.into()]).map(|p| p.name()).unwrap_or_default();
/// let workspace = patches.apply(&background, name)?;
/// assert_eq!(workspace.channels[0].samples[1].name, "squark");
/// assert_eq!(workspace.measurements[0].config.poi, "mu");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # References
///
/// The schema `patchset.json` 1.0.0 of pyhf; the operations are those of RFC 6902.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PatchSet {
    metadata: Metadata,
    patches: Vec<Patch>,
    version: String,
}

/// What a patch set says of itself; publishers add keys of their own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Metadata {
    description: String,
    digests: BTreeMap<String, String>,
    labels: Vec<String>,
    #[serde(default)]
    references: BTreeMap<String, Value>,
    #[serde(flatten)]
    others: BTreeMap<String, Value>,
}

/// One patch of a [`PatchSet`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Patch {
    metadata: PatchMetadata,
    patch: Vec<PatchOperation>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct PatchMetadata {
    name: String,
    values: Vec<PatchValue>,
    #[serde(flatten)]
    others: BTreeMap<String, Value>,
}

/// Where a patch stands along one label of its set: a mass, or a word.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PatchValue {
    /// A number.
    Number(f64),
    /// A word.
    Text(String),
}

impl From<f64> for PatchValue {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<&str> for PatchValue {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl PatchSet {
    /// Reads a patch set.
    ///
    /// # Errors
    ///
    /// [`WorkspaceError`] with the place of what cannot be understood, of a version other than 1.0.0, of a name or of values
    /// that two patches share, and of values that do not go with the labels.
    pub fn parse(text: &str) -> Result<Self, WorkspaceError> {
        let set: Self = from_text(text)?;
        if set.version != VERSION {
            let problem = format!("expected {VERSION}, found \"{}\"", set.version);
            return Err(WorkspaceError::at("version", problem));
        }
        let n_labels = set.metadata.labels.len();
        for (i, patch) in set.patches.iter().enumerate() {
            let at = format!("patches[{i}].metadata");
            let n_values = patch.values().len();
            if n_values != n_labels {
                let problem = format!("has {n_values} values, expected {n_labels} as there are labels");
                return Err(WorkspaceError::at(format!("{at}.values"), problem));
            }
            for (k, other) in set.patches[..i].iter().enumerate() {
                if other.name() == patch.name() {
                    let problem = format!("\"{}\" is the name of patches[{k}] already", patch.name());
                    return Err(WorkspaceError::at(format!("{at}.name"), problem));
                }
                if other.values() == patch.values() {
                    let problem = format!("are those of patches[{k}] (\"{}\") already", other.name());
                    return Err(WorkspaceError::at(format!("{at}.values"), problem));
                }
            }
        }
        Ok(set)
    }

    /// What the patches are for.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.metadata.description
    }

    /// The names of the patches' values, such as masses.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        &self.metadata.labels
    }

    /// The digests of the background that the patches are made for, by algorithm.
    #[must_use]
    pub fn digests(&self) -> &BTreeMap<String, String> {
        &self.metadata.digests
    }

    /// Where the patches were published.
    #[must_use]
    pub fn references(&self) -> &BTreeMap<String, Value> {
        &self.metadata.references
    }

    /// The patches, in the order of the document.
    #[must_use]
    pub fn patches(&self) -> &[Patch] {
        &self.patches
    }

    /// The patch called `name`.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<&Patch> {
        self.patches.iter().find(|p| p.name() == name)
    }

    /// The patch with these values, in the order of the labels.
    #[must_use]
    pub fn by_values(&self, values: &[PatchValue]) -> Option<&Patch> {
        self.patches.iter().find(|p| p.values() == values)
    }

    /// Compares the background with the SHA-256 that the set gives, if it gives one; other digests are not looked at.
    ///
    /// # Errors
    ///
    /// [`WorkspaceError::Content`] with both digests if they differ.
    pub fn verify(&self, background: &Value) -> Result<(), WorkspaceError> {
        let Some(expected) = self.metadata.digests.get("sha256") else { return Ok(()) };
        let found = digest(background);
        if found.eq_ignore_ascii_case(expected) {
            return Ok(());
        }
        let problem = format!("the patches are for a workspace with {expected}, but this one has {found}");
        Err(WorkspaceError::at("metadata.digests.sha256", problem))
    }

    /// The workspace that the patch called `name` makes of the background.
    ///
    /// The background is JSON as it was read, for its digest depends on how its numbers are written.
    ///
    /// # Errors
    ///
    /// [`WorkspaceError`] if no patch has this name, if the background is not the one that the set was made for, if an
    /// operation fails, or if what comes out is no workspace; the message names patch and operation.
    pub fn apply(&self, background: &Value, name: &str) -> Result<Workspace, WorkspaceError> {
        let Some((i, patch)) = self.patches.iter().enumerate().find(|(_, p)| p.name() == name) else {
            return Err(WorkspaceError::at(
                "patches",
                format!("none of {} is called \"{name}\"", self.count()),
            ));
        };
        self.verify(background)?;
        let at = format!("patches[{i}] (\"{name}\")");
        let mut document = background.clone();
        json_patch::patch(&mut document, &patch.patch).map_err(|e| {
            let operation = patch.patch.get(e.operation).map(describe).unwrap_or_default();
            WorkspaceError::at(format!("{at}.patch[{}] ({operation})", e.operation), e.kind.to_string())
        })?;
        serde_path_to_error::deserialize(&document).map_err(|e| {
            let inside = e.path().to_string();
            let path =
                if inside == "." { format!("{at}, patched") } else { format!("{at}, patched: {inside}") };
            WorkspaceError::Json { path, problem: e.inner().to_string() }
        })
    }

    fn count(&self) -> String {
        match self.patches.len() {
            1 => "1 patch".to_owned(),
            n => format!("{n} patches"),
        }
    }
}

impl Patch {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.metadata.name
    }

    /// Its values, in the order of the set's labels.
    #[must_use]
    pub fn values(&self) -> &[PatchValue] {
        &self.metadata.values
    }
}

/// An operation as a person would name it: `replace /channels/0`.
fn describe(operation: &PatchOperation) -> String {
    let word = match operation {
        PatchOperation::Add(_) => "add",
        PatchOperation::Remove(_) => "remove",
        PatchOperation::Replace(_) => "replace",
        PatchOperation::Move(_) => "move",
        PatchOperation::Copy(_) => "copy",
        PatchOperation::Test(_) => "test",
    };
    format!("{word} {}", operation.path())
}
