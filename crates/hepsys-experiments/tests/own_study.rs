//! A search in one's own files, run by the binary as a user would run it: stopped, resumed, divided, repeated.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

const N_TOYS: usize = 12;

/// A specification on the project's 5000 events in CSV: a few seconds of toys, even without optimisation.
fn specification(folder: &Path, further: &str) -> PathBuf {
    let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets/io/dibody.csv");
    assert!(events.exists(), "{} is part of the checkout", events.display());
    fs::copy(&events, folder.join("events.csv")).unwrap();
    let text = format!(
        r#"
study = "small"
title = "A small search"
seed = 7
[data]
file = "events.csv"
[reference]
file = "events.csv"
expected_events = 300
events = 1200
[features]
inputs = ["pt1", "pt2", "dphi"]
also_called = {{ dphi = ["delta_phi"] }}
selection = ["mll > 100"]
further = ["mll"]
show = "mll"
unit = "GeV"
bins = {{ number = 8, low = 100, high = 400, logarithmic = true }}
{further}
[[nuisances]]
kind = "normalisation"
sigma = 0.025
[network]
hidden_layers = [4]
weight_clip = 2.0
converged = {{ starts = 2, tolerance = 1e-7 }}
[toys]
null = {{ quick = {N_TOYS}, standard = {N_TOYS}, full = {N_TOYS} }}
"#
    );
    let path = folder.join("my.toml");
    fs::write(&path, text).unwrap();
    path
}

fn command(spec: &Path, reports: &Path, threads: usize, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hepsys-experiments"));
    command
        .arg("study")
        .arg(spec)
        .arg("--reports")
        .arg(reports)
        .args(arguments)
        .env("RAYON_NUM_THREADS", threads.to_string())
        .stdout(Stdio::null());
    command
}

fn run(spec: &Path, reports: &Path, threads: usize, arguments: &[&str]) -> Output {
    command(spec, reports, threads, arguments).stderr(Stdio::piped()).output().unwrap()
}

fn summary(reports: &Path) -> String {
    fs::read_to_string(reports.join("small/summary.json")).unwrap()
}

fn finished_toys(reports: &Path) -> Vec<String> {
    let text = fs::read_to_string(reports.join("small/toys/null.jsonl")).unwrap_or_default();
    // The header is no toy, and a line without its end is not finished.
    text.split_inclusive('\n').skip(1).filter(|l| l.ends_with('\n')).map(str::to_owned).collect()
}

fn wait_for_toys(child: &mut Child, reports: &Path, n_toys: usize) {
    let begun = Instant::now();
    while finished_toys(reports).len() < n_toys && child.try_wait().unwrap().is_none() {
        assert!(begun.elapsed() < Duration::from_secs(120), "no toy in two minutes");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_killed_study_resumes_to_the_result_of_an_uninterrupted_one_for_any_number_of_threads() {
    let folder = TempDir::new().unwrap();
    let spec = specification(folder.path(), "");
    let at = |name: &str| folder.path().join(name);

    let whole = run(&spec, &at("one thread"), 1, &[]);
    assert!(whole.status.success(), "{}", String::from_utf8_lossy(&whole.stderr));
    assert!(run(&spec, &at("two threads"), 2, &[]).status.success());
    assert_eq!(summary(&at("one thread")), summary(&at("two threads")));

    let killed = at("killed");
    let mut child = command(&spec, &killed, 2, &[]).stderr(Stdio::null()).spawn().unwrap();
    wait_for_toys(&mut child, &killed, 3);
    child.kill().unwrap();
    child.wait().unwrap();
    let before = finished_toys(&killed);
    assert!(before.len() >= 3);
    let resumed = run(&spec, &killed, 1, &[]);
    assert!(resumed.status.success(), "{}", String::from_utf8_lossy(&resumed.stderr));
    assert_eq!(finished_toys(&killed)[..before.len()], before, "a finished toy was lost");
    assert_eq!(summary(&killed), summary(&at("one thread")));
}

#[test]
fn shards_merge_to_the_whole() {
    let folder = TempDir::new().unwrap();
    let spec = specification(folder.path(), "");
    let at = |name: &str| folder.path().join(name);
    assert!(run(&spec, &at("whole"), 2, &[]).status.success());
    for shard in ["1/2", "2/2"] {
        let part = run(&spec, &at("parts"), 1, &["--shard", shard]);
        assert!(part.status.success(), "{}", String::from_utf8_lossy(&part.stderr));
    }
    assert!(run(&spec, &at("parts"), 1, &[]).status.success());
    assert_eq!(summary(&at("whole")), summary(&at("parts")));
}

#[test]
fn mistakes_in_a_specification_are_named() {
    let folder = TempDir::new().unwrap();
    let reports = folder.path().join("reports");
    for (further, said) in [
        ("rename = \"pt\"", "unknown field `rename`"),
        ("[[nuisances]]\nkind = \"magic\"", "magic"),
        ("[[nuisances]]\nkind = \"momentum_scale\"\nbarrel = -1.0\nendcap = 1.0", "-1"),
    ] {
        let output = run(&specification(folder.path(), further), &reports, 1, &[]);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success());
        assert!(errors.contains(said), "{errors}");
    }
    let spec = specification(folder.path(), "");
    let text = fs::read_to_string(&spec).unwrap().replace("\"pt1\", ", "\"pt9\", ");
    fs::write(&spec, text).unwrap();
    let errors = String::from_utf8_lossy(&run(&spec, &reports, 1, &[]).stderr).into_owned();
    assert!(errors.contains("pt9") && errors.contains("events.csv"), "{errors}");
}
