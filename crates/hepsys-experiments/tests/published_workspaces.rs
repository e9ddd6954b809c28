//! The study of workspaces, which is done in a second: every value that another program found is found again.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Runs the study and gives its `summary.json`.
fn run(reports: &Path, threads: &str, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_hepsys-experiments"))
        .args(["reproduce", "stats-workspaces", "--reports"])
        .arg(reports)
        .args(arguments)
        .env("RAYON_NUM_THREADS", threads)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::read_to_string(reports.join("stats-workspaces/summary.json")).unwrap()
}

#[test]
fn published_values_are_found_again_on_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let one = run(&folder.path().join("one"), "1", &[]);
    let three = run(&folder.path().join("three"), "3", &[]);
    assert_eq!(one, three);
    assert!(one.matches("\"pass\"").count() > 40 && !one.contains("\"fail\""), "{one}");
    // Toys of two shards come together to the same numbers.
    let divided = folder.path().join("divided");
    for shard in ["1/2", "2/2"] {
        let output = Command::new(env!("CARGO_BIN_EXE_hepsys-experiments"))
            .args(["reproduce", "stats-workspaces", "--shard", shard, "--reports"])
            .arg(&divided)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(run(&divided, "2", &[]), one);
}
