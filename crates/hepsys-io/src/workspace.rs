//! Statistical workspaces, and the folders in which HEPData publishes them.

mod archive;

use std::fs::File;
use std::io::Read;
use std::path::Path;

pub use archive::{ArchivedPatches, WorkspaceArchive};
use hepsys_stats::workspace::{Hs3, PatchSet, Workspace, WorkspaceError};

use crate::{DEFAULT_MEMORY_LIMIT, IoError};

/// What a document takes for each byte of its text: lists of numbers with three digits were measured at 19 for a background
/// that is patched, which stands in memory twice; with one digit it is up to twice this constant.
const BYTES_PER_CHARACTER: u64 = 24;

/// Reads the workspace of a pyhf document, as [`WorkspaceOptions::read_workspace`] without options.
///
/// # Errors
///
/// [`IoError`] if the file cannot be read, is too large, or is no workspace; with the place in the document.
pub fn read_workspace(path: impl AsRef<Path>) -> Result<Workspace, IoError> {
    WorkspaceOptions::new().read_workspace(path)
}

/// Reads a patch set, as [`WorkspaceOptions::read_patchset`] without options.
///
/// # Errors
///
/// [`IoError`] if the file cannot be read, is too large, or is no patch set; with the place in the document.
pub fn read_patchset(path: impl AsRef<Path>) -> Result<PatchSet, IoError> {
    WorkspaceOptions::new().read_patchset(path)
}

/// Reads an HS3 document, as [`WorkspaceOptions::read_hs3`] without options.
///
/// # Errors
///
/// [`IoError`] if the file cannot be read, is too large, or is no HS3 document; with the place in the document.
pub fn read_hs3(path: impl AsRef<Path>) -> Result<Hs3, IoError> {
    WorkspaceOptions::new().read_hs3(path)
}

/// How workspaces are read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct WorkspaceOptions {
    memory_limit: u64,
}

impl Default for WorkspaceOptions {
    fn default() -> Self {
        Self { memory_limit: DEFAULT_MEMORY_LIMIT }
    }
}

impl WorkspaceOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// The memory in bytes that a document may take, estimated as 24 times its size on disk.
    ///
    /// Defaults to [`DEFAULT_MEMORY_LIMIT`].
    pub fn memory_limit(mut self, bytes: u64) -> Self {
        self.memory_limit = bytes;
        self
    }

    /// Reads the workspace of a pyhf document.
    ///
    /// # Errors
    ///
    /// [`IoError`] if the file cannot be read, is too large, or is no workspace; with the place in the document.
    pub fn read_workspace(&self, path: impl AsRef<Path>) -> Result<Workspace, IoError> {
        self.read(path.as_ref(), Workspace::parse)
    }

    /// Reads a patch set.
    ///
    /// # Errors
    ///
    /// [`IoError`] if the file cannot be read, is too large, or is no patch set; with the place in the document.
    pub fn read_patchset(&self, path: impl AsRef<Path>) -> Result<PatchSet, IoError> {
        self.read(path.as_ref(), PatchSet::parse)
    }

    /// Reads an HS3 document.
    ///
    /// # Errors
    ///
    /// [`IoError`] if the file cannot be read, is too large, or is no HS3 document; with the place in the document.
    pub fn read_hs3(&self, path: impl AsRef<Path>) -> Result<Hs3, IoError> {
        self.read(path.as_ref(), Hs3::parse)
    }

    fn read<T>(&self, path: &Path, parse: impl Fn(&str) -> Result<T, WorkspaceError>) -> Result<T, IoError> {
        let text = self.text(path)?;
        parse(&text).map_err(|source| IoError::Workspace { file: path.display().to_string(), source })
    }

    /// The whole file, unless it is too large.
    fn text(&self, path: &Path) -> Result<String, IoError> {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|e| IoError::read(&name, e))?;
        let size = file.metadata().map_err(|e| IoError::read(&name, e))?.len();
        let allowed = self.memory_limit / BYTES_PER_CHARACTER;
        let too_large = |size: u64| IoError::TooLarge {
            file: name.clone(),
            what: "the document".to_owned(),
            needed: size.saturating_mul(BYTES_PER_CHARACTER),
            limit: self.memory_limit,
        };
        if size > allowed {
            return Err(too_large(size));
        }
        let mut bytes = Vec::new();
        // What is no plain file may have more to say than its size.
        file.take(allowed.saturating_add(1)).read_to_end(&mut bytes).map_err(|e| IoError::read(&name, e))?;
        if bytes.len() as u64 > allowed {
            return Err(too_large(bytes.len() as u64));
        }
        if bytes.is_empty() {
            return Err(IoError::Empty { file: name });
        }
        String::from_utf8(bytes).map_err(|e| IoError::damaged(&name, "JSON", e))
    }
}
