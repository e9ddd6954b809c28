//! A run that is killed in the middle of its toys loses none that had ended, and goes on to the same result.
//!
//! The test starts itself as a child process, kills that, and finishes the run.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use hepsys_core::Seed;
use hepsys_stats::{Fingerprint, PseudoExperiments, Toy, Toys};
use rand::RngExt;

/// Set in the child: the toy file.
const FILE: &str = "HEPSYS_TEST_TOY_FILE";
const N_TOYS: usize = 40;

fn experiment(toy: &Toy) -> Result<Vec<f64>, String> {
    let mut stream = toy.stream("data");
    Ok((0..200).map(|_| stream.random()).collect())
}

fn run(path: &Path, experiment: impl Fn(&Toy) -> Result<Vec<f64>, String> + Sync) -> Toys<Vec<f64>> {
    PseudoExperiments::new("null")
        .toys(N_TOYS)
        .seed(Seed::new(42))
        .resume_from(path, &Fingerprint::of("kill and resume").unwrap())
        .run(experiment)
        .unwrap()
}

fn finished_lines(path: &Path) -> Vec<Vec<u8>> {
    let bytes = std::fs::read(path).unwrap_or_default();
    bytes.split_inclusive(|&b| b == b'\n').filter(|l| l.ends_with(b"\n")).map(<[u8]>::to_vec).collect()
}

#[test]
fn a_killed_run_resumes_to_the_same_result() {
    if let Some(path) = std::env::var_os(FILE) {
        run(Path::new(&path), |toy| {
            // Toys begin in the order of their indices, so the child cannot end before it is killed.
            let is_late = N_TOYS / 2 <= toy.index();
            std::thread::sleep(if is_late { Duration::from_secs(60) } else { Duration::from_millis(10) });
            experiment(toy)
        });
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let uninterrupted = run(&directory.path().join("uninterrupted.jsonl"), experiment);
    for n_threads in ["1", "2"] {
        let path = directory.path().join(format!("killed-{n_threads}.jsonl"));
        let mut before = Vec::new();
        // Killed twice, a few toys later each time.
        for n_wanted in [6, 12] {
            let mut child = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "a_killed_run_resumes_to_the_same_result"])
                .env(FILE, &path)
                .env("RAYON_NUM_THREADS", n_threads)
                .stdout(Stdio::null())
                .spawn()
                .unwrap();
            let start = Instant::now();
            while finished_lines(&path).len() < n_wanted {
                assert!(start.elapsed() < Duration::from_secs(60), "the child does no toys");
                std::thread::sleep(Duration::from_millis(2));
            }
            child.kill().unwrap();
            child.wait().unwrap();
            let after = finished_lines(&path);
            assert!(after.starts_with(&before), "the child lost a toy of the one before it");
            assert!(after.len() < 1 + N_TOYS, "the child did every toy");
            before = after;
        }
        let resumed = run(&path, experiment);
        assert_eq!(resumed, uninterrupted);
        let lines = finished_lines(&path);
        assert!(lines.starts_with(&before), "resuming lost a toy");
        assert_eq!(lines.len(), 1 + N_TOYS);
    }
}
