//! Ten times as many toys take no more memory: only their values stay.
//!
//! The test starts itself as child processes, whose highest memory Linux tells.
#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use hepsys_core::Seed;
use hepsys_stats::PseudoExperiments;
use hepsys_stats::fit::Fitter;
use hepsys_stats::histfactory::BinnedLikelihood;
use hepsys_stats::hypothesis::ToyBased;
use hepsys_stats::workspace::{Interpolation, Workspace};

/// Set in a child: the workspace, and how many toys it fits.
const WORKSPACE: &str = "HEPSYS_TEST_WORKSPACE";
const N_TOYS: &str = "HEPSYS_TEST_N_TOYS";

/// Fits toys, and prints the highest memory of this process in kB.
fn child(path: &Path, n_toys: usize) {
    let workspace = Workspace::parse(&std::fs::read_to_string(path).unwrap()).unwrap();
    let (model, data) = workspace.model(None, Interpolation::default()).unwrap();
    let likelihood = BinnedLikelihood::new(&model, data);
    let calculator = ToyBased::new(&model, &likelihood, Fitter::default(), model.poi().unwrap()).unwrap();
    let start = Instant::now();
    let toys =
        calculator.with_signal(1.0, &PseudoExperiments::new("toys").toys(n_toys).seed(Seed::new(1))).unwrap();
    let n_failed = toys.values().iter().filter(|toy| toy.statistic.is_none()).count();
    assert_eq!((toys.n_toys(), n_failed), (n_toys, 0));
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let highest = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    println!("\nmemory {}\n{n_toys} toys in {:?}", highest.trim().trim_end_matches(" kB"), start.elapsed());
}

/// The highest memory of `n_toys` in kB.
fn highest_memory(path: &Path, n_toys: usize) -> f64 {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "ten_times_as_many_toys_take_no_more_memory", "--nocapture"])
        .env(WORKSPACE, path)
        .env(N_TOYS, n_toys.to_string())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told = text.lines().find(|line| line.contains("toys in")).unwrap_or_default();
    println!("{}: {told}", path.display());
    text.lines().find_map(|line| line.strip_prefix("memory ")).unwrap().parse().unwrap()
}

#[test]
fn ten_times_as_many_toys_take_no_more_memory() {
    if let Some(path) = std::env::var_os(WORKSPACE) {
        child(Path::new(&path), std::env::var(N_TOYS).unwrap().parse().unwrap());
        return;
    }
    let mut cases = Vec::new();
    let datasets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets/stats");
    // A crate that is built from its tarball stands alone.
    if datasets.is_dir() {
        cases.push((datasets.join("pyhf_2bin_uncorr.json"), 10_000));
    }
    if let Some(folder) = std::env::var_os("HEPSYS_STATS_REFERENCE").map(PathBuf::from) {
        cases.push((folder.join("workspaces/atlas_susy_2018_31_A.json"), 1000));
    }
    for (path, n_toys) in cases {
        let (few, many) = (highest_memory(&path, n_toys / 10), highest_memory(&path, n_toys));
        println!("{few} kB for {}, {many} kB for {n_toys}", n_toys / 10);
        // A toy leaves its statistic and its best value; everything else is used again.
        let bytes = 1024.0 * (many - few) / (0.9 * n_toys as f64);
        println!("{:.3} times the memory, {bytes:.0} bytes a toy", many / few);
        assert!(bytes < 150.0 || many <= 1.1 * few, "{}: {few} kB and {many} kB", path.display());
    }
}
