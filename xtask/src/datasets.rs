//! `datasets`: is the folder what its manifest says?

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;

use clap::Subcommand;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::Result;
use crate::workspace::root;

/// What the data files may weigh together: everyone who clones the repository carries them.
const LARGEST_TOTAL: u64 = 50_000_000;

/// The samples in datasets/
#[derive(Subcommand)]
pub(crate) enum Datasets {
    /// Compare the folder with its manifest: sizes, sha256 sums, nothing missing, nothing unlisted
    Verify,
}

#[derive(Deserialize)]
struct Manifest {
    files: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    file: String,
    bytes: u64,
    sha256: String,
    /// What the side file `<file>.json` says, when a generator wrote one.
    generation: Option<serde_json::Value>,
}

impl Datasets {
    pub(crate) fn run(&self) -> Result {
        let Self::Verify = self;
        let folder = root().join("datasets");
        let (n_files, problems) = verify(&folder)?;
        if problems.is_empty() {
            println!("datasets: {n_files} files agree with the manifest");
            return Ok(());
        }
        for problem in &problems {
            eprintln!("datasets: {problem}");
        }
        Err(format!("{} problems in {}", problems.len(), folder.display()).into())
    }
}

/// How many files the manifest lists, and what is wrong with the folder.
fn verify(folder: &Path) -> Result<(usize, Vec<String>)> {
    let path = folder.join("MANIFEST.json");
    let text =
        std::fs::read_to_string(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let manifest: Manifest = serde_json::from_str(&text)
        .map_err(|error| format!("cannot understand {}: {error}", path.display()))?;
    let mut problems = Vec::new();
    let mut listed = BTreeSet::new();
    for entry in &manifest.files {
        if !listed.insert(entry.file.clone()) {
            problems.push(format!("{}: listed twice", entry.file));
        }
        problems.extend(problem_of(folder, entry)?);
        if let Some(generation) = &entry.generation {
            let side = format!("{}.json", entry.file);
            problems.extend(problem_of_side_file(folder, &side, generation));
            listed.insert(side);
        }
    }
    let total: u64 = manifest.files.iter().map(|entry| entry.bytes).sum();
    if total > LARGEST_TOTAL {
        problems.push(format!("the files take {total} bytes together, more than {LARGEST_TOTAL}"));
    }
    let mut present = Vec::new();
    collect(folder, "", &mut present)?;
    for file in present.iter().filter(|file| !listed.contains(*file) && !describes_the_folder(file)) {
        problems.push(format!("{file}: not in MANIFEST.json"));
    }
    Ok((manifest.files.len(), problems))
}

/// Compares one file with its entry.
fn problem_of(folder: &Path, entry: &Entry) -> Result<Option<String>> {
    let path = folder.join(&entry.file);
    let Ok(metadata) = std::fs::metadata(&path) else {
        return Ok(Some(format!("{}: listed, but missing", entry.file)));
    };
    if metadata.len() != entry.bytes {
        return Ok(Some(format!("{}: expected {} bytes, found {}", entry.file, entry.bytes, metadata.len())));
    }
    let sum = sha256(&path)?;
    let differs = sum != entry.sha256;
    Ok(differs.then(|| format!("{}: expected sha256 {}, found {sum}", entry.file, entry.sha256)))
}

/// Compares a generator's side file with its copy in the manifest.
fn problem_of_side_file(folder: &Path, side: &str, generation: &serde_json::Value) -> Option<String> {
    let Ok(text) = std::fs::read_to_string(folder.join(side)) else {
        return Some(format!("{side}: missing, but MANIFEST.json quotes it"));
    };
    match serde_json::from_str::<serde_json::Value>(&text) {
        Ok(found) if found == *generation => None,
        Ok(_) => Some(format!("{side}: differs from what MANIFEST.json quotes")),
        Err(error) => Some(format!("{side}: {error}")),
    }
}

/// Files that are no data.
fn describes_the_folder(file: &str) -> bool {
    file == "MANIFEST.json" || file == "README.md" || (file.starts_with("generate/") && file.ends_with(".py"))
}

fn sha256(path: &Path) -> Result<String> {
    let mut file = std::fs::File::open(path)?;
    let mut hash = Sha256::new();
    let mut block = vec![0; 1 << 16];
    loop {
        let n_read = file.read(&mut block)?;
        if n_read == 0 {
            return Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect());
        }
        hash.update(&block[..n_read]);
    }
}

/// Every file below a folder, named from there with forward slashes.
fn collect(folder: &Path, prefix: &str, files: &mut Vec<String>) -> Result {
    let mut entries = std::fs::read_dir(folder)?.collect::<std::io::Result<Vec<_>>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.push(name);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    /// A folder with one data file `a/x.csv` that holds "1\n", and its manifest.
    fn folder() -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("a")).unwrap();
        std::fs::write(folder.path().join("a/x.csv"), "1\n").unwrap();
        std::fs::write(folder.path().join("a/x.csv.json"), r#"{"seed": 3}"#).unwrap();
        std::fs::write(folder.path().join("README.md"), "").unwrap();
        // printf '1\n' | sha256sum
        let sum = "4355a46b19d348dc2f57c046f8ef63d4538ebb936000f3c9ee954a27460dd865";
        let manifest = format!(
            r#"{{"files": [{{"file": "a/x.csv", "bytes": 2, "sha256": "{sum}", "generation": {{"seed": 3}}}}]}}"#
        );
        std::fs::write(folder.path().join("MANIFEST.json"), manifest).unwrap();
        folder
    }

    fn problems(folder: &TempDir) -> String {
        verify(folder.path()).unwrap().1.join("\n")
    }

    #[test]
    fn a_folder_like_its_manifest_has_no_problem() {
        assert_eq!(problems(&folder()), "");
    }

    #[test]
    fn a_changed_byte_a_changed_length_and_a_missing_file_are_found() {
        let folder = folder();
        let file = folder.path().join("a/x.csv");
        std::fs::write(&file, "2\n").unwrap();
        assert!(problems(&folder).starts_with("a/x.csv: expected sha256 4355"), "{}", problems(&folder));
        std::fs::write(&file, "22\n").unwrap();
        assert_eq!(problems(&folder), "a/x.csv: expected 2 bytes, found 3");
        std::fs::remove_file(&file).unwrap();
        assert_eq!(problems(&folder), "a/x.csv: listed, but missing");
    }

    #[test]
    fn a_file_nobody_listed_is_found() {
        let folder = folder();
        std::fs::write(folder.path().join("a/y.csv"), "").unwrap();
        assert_eq!(problems(&folder), "a/y.csv: not in MANIFEST.json");
    }

    #[test]
    fn a_side_file_that_differs_from_its_quotation_is_found() {
        let folder = folder();
        std::fs::write(folder.path().join("a/x.csv.json"), r#"{"seed": 4}"#).unwrap();
        assert_eq!(problems(&folder), "a/x.csv.json: differs from what MANIFEST.json quotes");
        std::fs::remove_file(folder.path().join("a/x.csv.json")).unwrap();
        assert_eq!(problems(&folder), "a/x.csv.json: missing, but MANIFEST.json quotes it");
    }

    #[test]
    fn a_folder_heavier_than_allowed_is_found() {
        let folder = folder();
        let manifest =
            r#"{"files": [{"file": "a/x.csv", "bytes": 50000001, "sha256": "", "generation": {"seed": 3}}]}"#;
        std::fs::write(folder.path().join("MANIFEST.json"), manifest).unwrap();
        assert!(problems(&folder).contains("more than 50000000"), "{}", problems(&folder));
    }
}
