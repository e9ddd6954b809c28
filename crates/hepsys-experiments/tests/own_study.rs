//! A search in one's own files, run by the binary as a user would run it: stopped, resumed, divided, repeated.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use hepsys_core::{Feature, Sample, Weights};
use hepsys_io::{ReadOptions, read_sample, write_sample};
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
ignored = ["weight"]
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
    let text = fs::read_to_string(reports.join("small/toys/quick-7-cpu/null.jsonl")).unwrap_or_default();
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
fn shards_merge_to_the_whole_and_what_they_lack_is_done() {
    let folder = TempDir::new().unwrap();
    let spec = specification(folder.path(), "");
    let at = |name: &str| folder.path().join(name);
    assert!(run(&spec, &at("whole"), 2, &[]).status.success());
    for (name, shards) in [("parts", ["1/3", "2/3", "3/3"].as_slice()), ("a part", &["2/3"])] {
        for shard in shards {
            let part = run(&spec, &at(name), 1, &["--shard", shard]);
            assert!(part.status.success(), "{}", String::from_utf8_lossy(&part.stderr));
        }
        assert!(run(&spec, &at(name), 1, &[]).status.success());
        assert_eq!(finished_toys(&at(name)).len(), N_TOYS - shards.len() * N_TOYS / 3);
        assert_eq!(summary(&at("whole")), summary(&at(name)));
    }
}

#[test]
fn another_seed_leaves_the_toys_of_the_first_where_they_are() {
    let folder = TempDir::new().unwrap();
    let spec = specification(folder.path(), "");
    let reports = folder.path().join("reports");
    assert!(run(&spec, &reports, 2, &[]).status.success());
    let (first, toys) = (summary(&reports), finished_toys(&reports));
    let other = run(&spec, &reports, 2, &["--seed", "8"]);
    assert!(other.status.success(), "{}", String::from_utf8_lossy(&other.stderr));
    assert_ne!(summary(&reports), first);
    assert!(run(&spec, &reports, 2, &[]).status.success());
    assert_eq!((summary(&reports), finished_toys(&reports)), (first, toys));
}

#[test]
fn data_in_another_unit_than_the_reference_are_converted() {
    let folder = TempDir::new().unwrap();
    let spec = specification(folder.path(), "");
    let options = ReadOptions::new().columns(["pt1", "pt2", "delta_phi", "mll"]);
    let events = read_sample(folder.path().join("events.csv"), &options).unwrap();
    let write = |name: &str, unit: &str, factor: f64| {
        let columns = events.schema().names().zip(events.columns()).map(|(name, column)| {
            let is_energy = name != "delta_phi";
            let unit = if is_energy { unit } else { "rad" };
            let factor = if is_energy { factor } else { 1.0 };
            (Feature::new(name, unit), column.iter().map(|x| x * factor).collect::<Vec<_>>())
        });
        write_sample(folder.path().join(name), &Sample::from_columns(columns).unwrap()).unwrap();
    };
    write("gev.parquet", "GeV", 1.0);
    write("mev.parquet", "MeV", 1000.0);
    let text = fs::read_to_string(&spec).unwrap();
    let t = |data: &str, reference: &str| {
        let text = text.replacen("events.csv", data, 1).replacen("events.csv", reference, 1);
        fs::write(&spec, text).unwrap();
        let output = run(&spec, &folder.path().join(format!("{data}-{reference}")), 2, &[]);
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    assert!(t("gev.parquet", "gev.parquet").0);
    assert!(t("mev.parquet", "gev.parquet").0);
    let observed = |folder_name: &str| {
        let text = summary(&folder.path().join(folder_name));
        let at = text.find("\"data events\"").unwrap();
        let number = text[at..].split("\"measured\": ").nth(1).unwrap();
        number.split(',').next().unwrap().parse::<f64>().unwrap()
    };
    assert_eq!(observed("gev.parquet-gev.parquet"), observed("mev.parquet-gev.parquet"));
    let (passes, errors) = t("mev.parquet", "events.csv");
    assert!(!passes && errors.contains("mev.parquet") && errors.contains("in MeV"), "{errors}");
}

#[test]
fn a_column_of_weights_without_a_mark_is_no_secret() {
    let folder = TempDir::new().unwrap();
    let spec = specification(folder.path(), "");
    let csv = fs::read_to_string(folder.path().join("events.csv")).unwrap();
    let mut lines: Vec<String> = csv.lines().map(str::to_owned).collect();
    let at = lines[3].rfind(',').unwrap();
    lines[3].replace_range(at.., ",0.25");
    fs::write(folder.path().join("events.csv"), lines.join("\n")).unwrap();
    let text = fs::read_to_string(&spec).unwrap().replace("ignored = [\"weight\"]", "");
    fs::write(&spec, text).unwrap();
    let output = run(&spec, &folder.path().join("reports"), 1, &[]);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(errors.contains("column \"weight\"") && errors.contains("0.25 for event 2"), "{errors}");
}

#[test]
fn a_weighted_reference_is_refused_with_its_file() {
    let folder = TempDir::new().unwrap();
    let spec = specification(folder.path(), "");
    let options = ReadOptions::new().columns(["pt1", "pt2", "delta_phi", "mll"]);
    let sample = read_sample(folder.path().join("events.csv"), &options).unwrap();
    let weights: Vec<f64> = (0..sample.n_events()).map(|i| if i == 41 { 0.5 } else { 1.0 }).collect();
    let weighted = sample.with_weights(Weights::new(weights).unwrap()).unwrap();
    write_sample(folder.path().join("weighted.parquet"), &weighted).unwrap();
    let text = fs::read_to_string(&spec).unwrap();
    fs::write(
        &spec,
        text.replacen("[reference]\nfile = \"events.csv\"", "[reference]\nfile = \"weighted.parquet\"", 1),
    )
    .unwrap();
    let output = run(&spec, &folder.path().join("reports"), 1, &[]);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(errors.contains("weighted.parquet") && errors.contains("0.5 for event 41"), "{errors}");
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
    let said = |from: &str, to: &str| {
        let spec = specification(folder.path(), "");
        let text = fs::read_to_string(&spec).unwrap().replace(from, to);
        fs::write(&spec, text).unwrap();
        String::from_utf8_lossy(&run(&spec, &reports, 1, &[]).stderr).into_owned()
    };
    let errors = said("\"pt1\", ", "\"pt9\", ");
    assert!(errors.contains("pt9") && errors.contains("events.csv"), "{errors}");
    let errors = said("study = \"small\"", "study = \"../small\"");
    assert!(errors.contains("my.toml") && errors.contains("cannot be the name of a folder"), "{errors}");
    let errors = said("weight_clip = 2.0", "");
    assert!(errors.contains("weight_clip must be set"), "{errors}");
}
