//! `bench`: our benchmarks, the peers they are compared with, and a record of both.

mod record;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use clap::Args;

use crate::Result;
use crate::steps::run;
use crate::workspace::{cargo, root, target_dir};
use record::Record;

/// Run the benchmarks, and the peers whose Python packages are installed
#[derive(Args)]
pub(crate) struct Bench {
    /// Only benchmarks, and peers' scripts, whose name contains one of these
    names: Vec<String>,
    /// Keep set-up, raw numbers and a summary in `benches/runs/<date>-<machine>/`
    #[arg(long)]
    record: bool,
    /// What the record calls this machine; the processor's name if not given
    #[arg(long)]
    machine: Option<String>,
    /// Leave the peers out
    #[arg(long)]
    without_peers: bool,
}

/// What came of a peer's script.
enum Peer {
    Ran(String),
    /// A Python package that it imports is not installed.
    Lacks(String),
}

impl Bench {
    pub(crate) fn run(&self) -> Result {
        let root = root();
        let start = SystemTime::now();
        // Criterion takes one filter, a regular expression.
        let filter = self.names.join("|");
        let mut ours = cargo();
        ours.current_dir(&root).args(["bench", "--package", "hepsys-benches"]);
        if !filter.is_empty() {
            ours.args(["--", &filter]);
        }
        run(&mut ours)?;
        let mut peers = Vec::new();
        if !self.without_peers {
            for script in scripts(&root.join("benches").join("peers"), &self.names)? {
                let name = script.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                match run_peer(&script)? {
                    Peer::Ran(output) => {
                        println!("--- {name}\n{output}");
                        peers.push((name, output));
                    }
                    Peer::Lacks(package) => println!("--- {name}: skipped, it needs {package}"),
                }
            }
        }
        if self.record {
            let record =
                Record::since(start, &target_dir().join("criterion"), self.machine.as_deref(), peers)?;
            println!("recorded in {}", record.write(&root.join("benches").join("runs"))?.display());
        }
        Ok(())
    }
}

/// The Python scripts of a folder that the names ask for.
fn scripts(folder: &Path, names: &[String]) -> Result<Vec<PathBuf>> {
    let mut scripts = Vec::new();
    if folder.is_dir() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let is_asked = names.is_empty() || names.iter().any(|name| stem.contains(name.as_str()));
            if path.extension().is_some_and(|extension| extension == "py") && is_asked {
                scripts.push(path);
            }
        }
    }
    scripts.sort();
    Ok(scripts)
}

/// Runs one script; only a missing package excuses it.
fn run_peer(script: &Path) -> Result<Peer> {
    let started = Command::new("python3").arg(script).stdin(Stdio::null()).output();
    let Ok(output) = started else {
        return Ok(Peer::Lacks("python3".to_owned()));
    };
    let complaint = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        Ok(Peer::Ran(String::from_utf8_lossy(&output.stdout).into_owned()))
    } else if let Some(package) = missing_package(&complaint) {
        Ok(Peer::Lacks(package.to_owned()))
    } else {
        Err(format!("{} failed: {}", script.display(), complaint.trim()).into())
    }
}

/// The package that Python did not find, from the last line of its traceback.
fn missing_package(complaint: &str) -> Option<&str> {
    let last = complaint.trim_end().lines().last()?;
    last.strip_prefix("ModuleNotFoundError: No module named '")?.strip_suffix('\'')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_package_is_read_from_a_traceback_and_another_error_is_not() {
        let traceback = "Traceback (most recent call last):\n  File \"a.py\", line 1\n";
        let missing = format!("{traceback}ModuleNotFoundError: No module named 'torch'\n");
        assert_eq!(missing_package(&missing), Some("torch"));
        assert_eq!(missing_package(&format!("{traceback}ValueError: 3\n")), None);
    }

    #[test]
    fn scripts_are_chosen_by_name() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["nplm_torch.py", "nplm_jax.py", "fit_pyhf.py", "notes.md"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let names = |asked: &[&str]| -> Vec<String> {
            let asked: Vec<String> = asked.iter().map(|name| (*name).to_owned()).collect();
            let found = scripts(folder.path(), &asked).unwrap();
            found.iter().map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect()
        };
        assert_eq!(names(&[]), ["fit_pyhf", "nplm_jax", "nplm_torch"]);
        assert_eq!(names(&["nplm"]), ["nplm_jax", "nplm_torch"]);
        assert!(scripts(&folder.path().join("absent"), &[]).unwrap().is_empty());
    }
}
