//! Manifests: which files a data set has, what their columns are, and the sums that tell whether they are whole.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use hepsys_core::Feature;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::IoError;

/// The list of the files of a data set, kept beside them as `MANIFEST.json`.
///
/// ```json
/// {"files": [{"file": "sm.parquet", "rows": 1060000, "bytes": 17000000, "sha256": "…",
///             "columns": [{"name": "pt1", "unit": "GeV"}]}]}
/// ```
///
/// Keys that are not listed here are left alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    files: Vec<ManifestEntry>,
    #[serde(skip)]
    path: PathBuf,
}

/// One file of a manifest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ManifestEntry {
    #[serde(alias = "path")]
    file: String,
    sha256: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rows: Option<u64>,
    #[serde(default)]
    columns: Vec<Feature>,
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    ///
    /// [`IoError::Read`], or [`IoError::Damaged`] if it is no manifest or a file in it lies outside its folder.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, IoError> {
        let path = path.as_ref();
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|source| IoError::read(&file, source))?;
        let damaged = |reason: String| IoError::damaged(&file, "manifest", reason);
        let manifest: Self = serde_json::from_str(&text).map_err(|e| damaged(e.to_string()))?;
        let inside = |c: Component<'_>| matches!(c, Component::Normal(_) | Component::CurDir);
        match manifest.files.iter().find(|f| !Path::new(&f.file).components().all(inside)) {
            Some(outside) => Err(damaged(format!("\"{}\" lies outside its folder", outside.file))),
            None => Ok(Self { path: path.to_owned(), ..manifest }),
        }
    }

    /// The files in order.
    #[must_use]
    pub fn files(&self) -> &[ManifestEntry] {
        &self.files
    }

    /// The entry of the file at `path`, relative to the manifest.
    ///
    /// # Errors
    ///
    /// [`IoError::NotInManifest`] if there is none.
    pub fn entry(&self, path: &str) -> Result<&ManifestEntry, IoError> {
        self.files.iter().find(|f| f.file == path).ok_or_else(|| IoError::NotInManifest {
            file: self.path.display().to_string(),
            path: path.to_owned(),
        })
    }

    /// Where a file of the manifest lies.
    #[must_use]
    pub fn path_of(&self, entry: &ManifestEntry) -> PathBuf {
        self.path.with_file_name("").join(&entry.file)
    }

    /// Checks the size and the sum of every file.
    ///
    /// # Errors
    ///
    /// [`IoError::Changed`] with the first file that differs, [`IoError::Read`] with the first that cannot be read.
    pub fn verify(&self) -> Result<(), IoError> {
        self.files.iter().try_for_each(|entry| entry.verify(self.path_of(entry)))
    }
}

impl ManifestEntry {
    /// The path, relative to the manifest.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The SHA-256 of the content, in hexadecimal digits.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// How many events there are, if the manifest says so.
    #[must_use]
    pub fn rows(&self) -> Option<u64> {
        self.rows
    }

    /// The columns with their units.
    #[must_use]
    pub fn columns(&self) -> &[Feature] {
        &self.columns
    }

    /// Checks the size and the sum of the file at `path`.
    ///
    /// # Errors
    ///
    /// [`IoError::Changed`] if one differs, [`IoError::Read`] if it cannot be read.
    pub fn verify(&self, path: impl AsRef<Path>) -> Result<(), IoError> {
        let path = path.as_ref();
        let file = path.display().to_string();
        let metadata = std::fs::metadata(path).map_err(|source| IoError::read(&file, source))?;
        let changed = |what, expected, found| IoError::Changed { file: file.clone(), what, expected, found };
        if let Some(bytes) = self.bytes.filter(|&b| b != metadata.len()) {
            return Err(changed("bytes", bytes.to_string(), metadata.len().to_string()));
        }
        let found = sha256_of_file(path)?;
        if !found.eq_ignore_ascii_case(&self.sha256) {
            return Err(changed("sha256", self.sha256.clone(), found));
        }
        Ok(())
    }
}

/// The SHA-256 of a file in lower-case hexadecimal digits: the fingerprint of an input.
///
/// # Errors
///
/// [`IoError::Read`] if it cannot be read.
pub fn sha256_of_file(path: impl AsRef<Path>) -> Result<String, IoError> {
    let path = path.as_ref();
    File::open(path).and_then(sha256).map_err(|source| IoError::read(&path.display().to_string(), source))
}

fn sha256(mut reader: impl Read) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut block = vec![0; 1 << 16];
    loop {
        match reader.read(&mut block) {
            Ok(0) => break,
            Ok(n) => hasher.update(&block[..n]),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(hasher.finalize().iter().map(|b| format!("{b:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    // FIPS 180-2, appendix B.1.
    const SHA256_OF_ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn folder(manifest: &str) -> (tempfile::TempDir, Result<Manifest, IoError>) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.csv"), "abc").unwrap();
        std::fs::write(folder.path().join("MANIFEST.json"), manifest).unwrap();
        let manifest = Manifest::read(folder.path().join("MANIFEST.json"));
        (folder, manifest)
    }

    #[test]
    fn whole_files_are_verified() {
        let columns = r#"[{"name": "pt", "unit": "GeV", "dtype": "text"}]"#;
        let (_folder, manifest) = folder(&format!(
            r#"{{"files": [{{"file": "a.csv", "bytes": 3, "rows": 7, "sha256": "{SHA256_OF_ABC}", "columns": {columns}}}]}}"#
        ));
        let manifest = manifest.unwrap();
        manifest.verify().unwrap();
        let entry = manifest.entry("a.csv").unwrap();
        assert_eq!(entry.rows(), Some(7));
        assert_eq!(entry.columns(), [Feature::new("pt", "GeV")]);
    }

    #[test]
    fn a_changed_file_is_named() {
        let (folder, manifest) =
            folder(&format!(r#"{{"files": [{{"path": "a.csv", "sha256": "{SHA256_OF_ABC}"}}]}}"#));
        std::fs::write(folder.path().join("a.csv"), "abd").unwrap();
        let error = manifest.unwrap().verify().unwrap_err().to_string();
        assert!(error.contains("a.csv: expected sha256 ba7816bf"), "{error}");
    }

    #[test]
    fn a_manifest_stays_in_its_folder() {
        for path in ["../a.csv", "/etc/passwd"] {
            let (_folder, manifest) =
                folder(&format!(r#"{{"files": [{{"file": "{path}", "sha256": ""}}]}}"#));
            assert!(matches!(manifest.unwrap_err(), IoError::Damaged { .. }));
        }
    }

    #[test]
    fn a_file_that_is_not_listed_is_an_error() {
        let (_folder, manifest) = folder(r#"{"files": []}"#);
        let error = manifest.unwrap().entry("b.csv").unwrap_err().to_string();
        assert!(error.ends_with("lists no file \"b.csv\""), "{error}");
    }
}
