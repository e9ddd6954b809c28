//! Folders of workspaces.

use std::fs;
use std::path::{Path, PathBuf};

use hepsys_stats::workspace::{Patch, PatchSet, Value, Workspace};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::WorkspaceOptions;
use crate::IoError;

/// How many folders below the archive's own are searched: a region has one of its own.
const DEPTH: usize = 3;

/// A folder of workspaces as `pyhf contrib download` leaves them: backgrounds, and patch sets beside them.
///
/// ```
/// use hepsys_io::WorkspaceArchive;
///
/// let folder = tempfile::tempdir()?;
/// std::fs::write(
///     folder.path().join("BkgOnly.json"),
///     r#"{"channels": [{"name": "SR", "samples": [{"name": "background", "data": [50.0], "modifiers": []}]}],
///         "measurements": [{"name": "m", "config": {"poi": "", "parameters": []}}],
///         "observations": [{"name": "SR", "data": [53.0]}], "version": "1.0.0"}"#,
/// )?;
/// std::fs::write(
///     folder.path().join("patchset.json"),
///     r#"{"metadata": {"description": "squarks", "digests": {}, "labels": ["mass"], "references": {}},
///         "patches": [{"metadata": {"name": "mass_800", "values": [800]}, "patch": [
///             {"op": "add", "path": "/channels/0/samples/-",
///              "value": {"name": "squark", "data": [4.0], "modifiers": []}}]}], "version": "1.0.0"}"#,
/// )?;
/// let archive = WorkspaceArchive::open(folder.path())?;
/// assert_eq!(archive.patches().collect::<Vec<_>>(), ["mass_800"]);
/// assert_eq!(archive.patched("mass_800")?.channels[0].samples.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct WorkspaceArchive {
    folder: PathBuf,
    options: WorkspaceOptions,
    workspaces: Vec<PathBuf>,
    patchsets: Vec<ArchivedPatches>,
}

/// A patch set of an archive.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ArchivedPatches {
    /// Its file, seen from the archive's folder.
    pub path: PathBuf,
    /// The patches.
    pub set: PatchSet,
}

/// Enough of a document to tell what it is.
#[derive(Deserialize)]
struct Kind {
    channels: Option<IgnoredAny>,
    patches: Option<IgnoredAny>,
}

impl WorkspaceArchive {
    /// Looks for workspaces and patch sets in a folder and those within it.
    ///
    /// A file counts by what it holds, whatever it is called; JSON that is neither, such as a bare JSON Patch or an HS3
    /// document, is passed over.
    ///
    /// # Errors
    ///
    /// [`IoError`] with the folder or file that cannot be read, that is too large, or that is no JSON, and with the patch set
    /// that makes no sense.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, IoError> {
        Self::open_with(folder, &WorkspaceOptions::new())
    }

    /// The same with a limit on the memory that each document may take.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_with(folder: impl AsRef<Path>, options: &WorkspaceOptions) -> Result<Self, IoError> {
        let folder = folder.as_ref();
        let mut archive = Self {
            folder: folder.to_owned(),
            options: options.clone(),
            workspaces: Vec::new(),
            patchsets: Vec::new(),
        };
        let mut files = Vec::new();
        json_files(folder, DEPTH, &mut files)?;
        files.sort();
        for file in files {
            let path = file.strip_prefix(folder).unwrap_or(&file).to_owned();
            let name = file.display().to_string();
            let text = options.text(&file)?;
            let is_list = text.trim_start().starts_with('[');
            let kind: Kind = if is_list {
                Kind { channels: None, patches: None }
            } else {
                serde_json::from_str(&text).map_err(|e| IoError::damaged(&name, "JSON", e))?
            };
            if kind.patches.is_some() {
                let source = |source| IoError::Workspace { file: name, source };
                archive
                    .patchsets
                    .push(ArchivedPatches { path, set: PatchSet::parse(&text).map_err(source)? });
            } else if kind.channels.is_some() {
                archive.workspaces.push(path);
            }
        }
        Ok(archive)
    }

    /// The files of workspaces, seen from the archive's folder, in the order of their names.
    pub fn workspaces(&self) -> impl ExactSizeIterator<Item = &Path> {
        self.workspaces.iter().map(PathBuf::as_path)
    }

    /// The patch sets, in the order of their files' names.
    #[must_use]
    pub fn patchsets(&self) -> &[ArchivedPatches] {
        &self.patchsets
    }

    /// The names by which [`patched`](Self::patched) knows the patches: their own, after `FOLDER/` where several sets share it.
    pub fn patches(&self) -> impl Iterator<Item = String> {
        self.patchsets.iter().flat_map(move |patches| {
            patches.set.patches().iter().map(move |patch| {
                let is_shared = self.holders(patch.name()).count() > 1;
                if is_shared { qualified(patches, patch) } else { patch.name().to_owned() }
            })
        })
    }

    /// Reads one of the [`workspaces`](Self::workspaces) as it is.
    ///
    /// # Errors
    ///
    /// [`IoError`] as [`read_workspace`](crate::read_workspace).
    pub fn workspace(&self, path: impl AsRef<Path>) -> Result<Workspace, IoError> {
        self.options.read_workspace(self.folder.join(path))
    }

    /// The workspace that a patch makes of the background in its folder.
    ///
    /// The background is `BkgOnly.json`, or the only workspace of the folder.
    /// Its digest is compared with that of the patch set.
    ///
    /// # Errors
    ///
    /// [`IoError`] if no patch has this name, or several have; if there is no background beside the patch set; and with the
    /// file and the place in it of whatever is wrong.
    pub fn patched(&self, name: &str) -> Result<Workspace, IoError> {
        let refuse =
            |problem: String| Err(IoError::Archive { folder: self.folder.display().to_string(), problem });
        let mut found = self
            .patchsets
            .iter()
            .flat_map(|patches| patches.set.patches().iter().map(move |patch| (patches, patch)))
            .filter(|(patches, patch)| patch.name() == name || qualified(patches, patch) == name);
        let Some((patches, patch)) = found.next() else {
            return refuse(format!(
                "no patch is called \"{name}\" among those of {} sets",
                self.patchsets.len()
            ));
        };
        if let Some((other, _)) = found.next() {
            let (first, second) = (patches.path.display(), other.path.display());
            let problem =
                format!("\"{name}\" is in {first} and {second}; expected one of its names with a folder");
            return refuse(problem);
        }
        let folder = patches.path.parent().unwrap_or(Path::new(""));
        let mut beside = self.workspaces.iter().filter(|w| w.parent() == Some(folder));
        let named = beside.clone().find(|w| w.file_name().is_some_and(|n| n == "BkgOnly.json"));
        let background = match (named, beside.next(), beside.next()) {
            (Some(path), _, _) | (None, Some(path), None) => path,
            (None, first, _) => {
                let found = if first.is_some() { "several and no BkgOnly.json" } else { "none" };
                let problem =
                    format!("expected one workspace beside {}, found {found}", patches.path.display());
                return refuse(problem);
            }
        };
        let file = self.folder.join(background);
        let text = self.options.text(&file)?;
        let document: Value = serde_json::from_str(&text)
            .map_err(|e| IoError::damaged(&file.display().to_string(), "JSON", e))?;
        let file = self.folder.join(&patches.path).display().to_string();
        patches.set.apply(&document, patch.name()).map_err(|source| IoError::Workspace { file, source })
    }

    /// The patch sets that have a patch of this name.
    fn holders(&self, name: &str) -> impl Iterator<Item = &ArchivedPatches> {
        self.patchsets.iter().filter(move |patches| patches.set.by_name(name).is_some())
    }
}

/// A patch's name after that of its folder.
fn qualified(patches: &ArchivedPatches, patch: &Patch) -> String {
    let folder = patches.path.parent().unwrap_or(Path::new(""));
    let mut name: String = folder.iter().map(|part| format!("{}/", part.to_string_lossy())).collect();
    name.push_str(patch.name());
    name
}

/// The files that end with `.json`; links to folders are not followed, for they may lead in circles.
fn json_files(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), IoError> {
    let read = |e| IoError::read(&folder.display().to_string(), e);
    for entry in fs::read_dir(folder).map_err(read)? {
        let entry = entry.map_err(read)?;
        let path = entry.path();
        if entry.file_type().map_err(read)?.is_dir() {
            if depth > 0 {
                json_files(&path, depth - 1, files)?;
            }
        } else if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("json")) && path.is_file() {
            files.push(path);
        }
    }
    Ok(())
}
