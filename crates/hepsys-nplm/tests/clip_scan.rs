//! A scan of weight clips that is killed goes on where it ended, to the same result.
//!
//! The test starts itself as a child process, kills that, and finishes the scan.

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::{quantiles, run, sample, weighted};
use hepsys_nplm::rand::RngExt;
use hepsys_nplm::{
    ClipScan, Clipped, Experiment, Fingerprint, LearnedTest, ModelSelection, Nplm, NplmError,
    PseudoExperiments, Scaling, Seed, Toy, Truth, poisson,
};

/// Set in the child: where toys are kept.
const FOLDER: &str = "HEPSYS_TEST_CLIP_SCAN";
const N_TOYS: usize = 20;
const EXPECTED: f64 = 100.0;

fn statistic(clip: f64, toy: &Toy) -> Result<f64, NplmError> {
    let test = Nplm::params()
        .hidden_layers([2])
        .weight_clip(clip)
        .clipped(Clipped::Kernels)
        .scaling(Scaling::Unscaled)
        .check()?;
    let n_data = poisson(EXPECTED, &mut toy.stream("number of data"))?;
    let mut stream = toy.stream("data");
    let experiment = Experiment {
        reference: weighted(&quantiles(500), EXPECTED / 500.0),
        data: sample((0..n_data).map(|_| -(1.0 - stream.random::<f64>()).ln()).collect()),
        auxiliary: Truth::nominal().measure(test.nuisances(), &mut toy.stream("auxiliary"))?,
    };
    Ok(test.evaluate(&experiment, &run().seeded(toy.seed()))?.t)
}

fn scan(folder: &Path, statistic: impl Fn(f64, &Toy) -> Result<f64, NplmError> + Sync) -> ClipScan {
    let asks = Fingerprint::of("a scan of clips").unwrap();
    let experiments = |clip: f64| {
        PseudoExperiments::new("null")
            .toys(N_TOYS)
            .seed(Seed::new(5))
            .resume_from(folder.join(format!("clip-{clip:.6}.jsonl")), &asks)
    };
    ModelSelection { refinements: 2, ..ModelSelection::new(7, 1.0) }.run(experiments, statistic).unwrap()
}

/// The complete lines of all files of toys, each with its file.
fn finished(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut lines = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let complete = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
        lines.extend(complete.map(|line| (path.clone(), line.to_owned())));
    }
    lines.sort();
    lines
}

#[test]
fn a_killed_scan_goes_on_to_the_same_result() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        // Slow enough to be killed in the middle of a clip.
        scan(Path::new(&folder), |clip, toy| {
            std::thread::sleep(Duration::from_millis(20));
            statistic(clip, toy)
        });
        return;
    }
    let whole = tempfile::tempdir().unwrap();
    let expected = scan(whole.path(), statistic);
    assert!(expected.clips().len() > 3, "{expected:?}");

    let folder = tempfile::tempdir().unwrap();
    for n_wanted in [N_TOYS / 2, N_TOYS + N_TOYS / 2] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "a_killed_scan_goes_on_to_the_same_result"])
            .env(FOLDER, folder.path())
            .env("RAYON_NUM_THREADS", "1")
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while finished(folder.path()).len() < n_wanted {
            assert!(begun.elapsed() < Duration::from_secs(60), "the child does no toys");
            std::thread::sleep(Duration::from_millis(2));
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let before = finished(folder.path());
    assert!(before.len() < finished(whole.path()).len(), "the child did every toy");
    assert_eq!(scan(folder.path(), statistic), expected);
    let after = finished(folder.path());
    assert!(before.iter().all(|line| after.contains(line)), "a finished toy was lost");
}
