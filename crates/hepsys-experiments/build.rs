//! Tells the studies which code they are: toys of other code than today's are not to be mixed with today's.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// What can change the value of a toy.
const SOURCES: [&str; 13] = [
    "Cargo.lock",
    "crates/hepsys-adversarial/src",
    "crates/hepsys-advocate/src",
    "crates/hepsys-core/src",
    "crates/hepsys-decays/src",
    "crates/hepsys-experiments/src",
    "crates/hepsys-io/src",
    "crates/hepsys-nn/src",
    "crates/hepsys-nplm/src",
    "crates/hepsys-paramclf/src",
    "crates/hepsys-rl/src",
    "crates/hepsys-sim/src",
    "crates/hepsys-stats/src",
];

/// Files of the experiments that come after the toys, below their `src`: verdicts, words and figures.
const AFTER_TOYS: [&str; 44] = [
    "adversarial/figures.rs",
    "adversarial/numbers.rs",
    "adversarial/preserved.rs",
    "adversarial/report.rs",
    "adversarial/tables.rs",
    "adversarial_dibody/figures.rs",
    "adversarial_dibody/numbers.rs",
    "adversarial_dibody/report.rs",
    "advocate/figures.rs",
    "advocate/maps.rs",
    "advocate/misid_check.rs",
    "advocate/misid_report.rs",
    "advocate/numbers.rs",
    "advocate/own_report.rs",
    "advocate/report.rs",
    "advocate/tables.rs",
    "angular/figures.rs",
    "angular/numbers.rs",
    "angular/report.rs",
    "bootstrap.rs",
    "decays/figures.rs",
    "decays/generator_report.rs",
    "decays/numbers.rs",
    "decays/report.rs",
    "dibody/numbers.rs",
    "dibody/report.rs",
    "dibody/statements.rs",
    "dibody/validation.rs",
    "expected.rs",
    "exponential/ideal.rs",
    "exponential/report.rs",
    "figures.rs",
    "kernel/report.rs",
    "main.rs",
    "own/report.rs",
    "paramclf/higgsml_report.rs",
    "paramclf/toy_figures.rs",
    "paramclf/toy_report.rs",
    "progress.rs",
    "selection.rs",
    "significance.rs",
    "study.rs",
    "validation.rs",
    "workspaces/report.rs",
];

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    for source in SOURCES {
        println!("cargo::rerun-if-changed={}", root.join(source).display());
        collect(&root.join(source), &mut files)?;
    }
    files.sort();
    let mut hasher = Sha256::new();
    for file in files {
        let content = fs::read(&file)?;
        hasher.update((content.len() as u64).to_le_bytes());
        hasher.update(content);
    }
    let hash: String = hasher.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    println!("cargo::rustc-env=HEPSYS_SOURCES={hash}");
    Ok(())
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if path.is_dir() {
        return fs::read_dir(path)?.try_for_each(|entry| collect(&entry?.path(), files));
    }
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/hepsys-experiments/src");
    let comes_after = AFTER_TOYS.iter().any(|after| path == own.join(after));
    if !comes_after {
        files.push(path.to_owned());
    }
    Ok(())
}
