//! A run that is killed in the middle of its toys loses none that had ended, and goes on to the same result.
//!
//! The test starts itself as a child process, kills that, and finishes the run.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use hepsys_core::{Seed, Stream};
use hepsys_stats::fit::Fitter;
use hepsys_stats::histfactory::{BinnedLikelihood, Model};
use hepsys_stats::hypothesis::ToyBased;
use hepsys_stats::workspace::{Channel, Interpolation, Modifier, Sample, Workspace};
use hepsys_stats::{Fingerprint, PseudoExperiments, Simulator, Toy, Toys};
use rand::RngExt;

/// Set in the child: the toy file.
const FILE: &str = "HEPSYS_TEST_TOY_FILE";
const N_TOYS: usize = 100;

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

/// Starts the test called `test` as a child that writes toys to `path`, kills it when so many lines are there, and gives them.
fn kill_after(test: &str, path: &Path, n_threads: &str, n_wanted: usize) -> Vec<Vec<u8>> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test])
        .env(FILE, path)
        .env("RAYON_NUM_THREADS", n_threads)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let start = Instant::now();
    while finished_lines(path).len() < n_wanted {
        assert!(start.elapsed() < Duration::from_secs(60), "the child does no toys");
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let after = finished_lines(path);
    assert!(after.len() < 1 + N_TOYS, "the child did every toy");
    after
}

/// Toys begin in the order of their indices, so a child whose later toys take long cannot end before it is killed.
fn dawdle(is_late: bool) {
    std::thread::sleep(if is_late { Duration::from_secs(60) } else { Duration::from_millis(10) });
}

#[test]
fn a_killed_run_resumes_to_the_same_result() {
    if let Some(path) = std::env::var_os(FILE) {
        run(Path::new(&path), |toy| {
            dawdle(N_TOYS / 2 <= toy.index());
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
            let after = kill_after("a_killed_run_resumes_to_the_same_result", &path, n_threads, n_wanted);
            assert!(after.starts_with(&before), "the child lost a toy of the one before it");
            before = after;
        }
        let resumed = run(&path, experiment);
        assert_eq!(resumed, uninterrupted);
        let lines = finished_lines(&path);
        assert!(lines.starts_with(&before), "resuming lost a toy");
        assert_eq!(lines.len(), 1 + N_TOYS);
    }
}

/// A model whose toys take their time, and after half of them all the time there is.
struct Slow {
    model: Model,
    drawn: AtomicUsize,
}

impl Simulator for Slow {
    type Likelihood<'a> = BinnedLikelihood<'a>;

    fn simulate(&self, parameters: &[f64], stream: &mut Stream) -> BinnedLikelihood<'_> {
        dawdle(N_TOYS / 2 <= self.drawn.fetch_add(1, Ordering::Relaxed));
        self.model.simulate(parameters, stream)
    }
}

#[test]
fn a_killed_test_of_a_signal_resumes_to_the_same_levels() {
    let signal = Sample::new("signal", [5.0]).modifier(Modifier::normfactor("mu"));
    let background = Sample::new("background", [9.0]).modifier(Modifier::shapesys("b", [2.0]));
    let region = Channel::new("region").sample(signal).sample(background);
    let workspace = Workspace::new("test", "mu").channel(region, [11.0]);
    let (model, data) = workspace.model(None, Interpolation::default()).unwrap();
    let likelihood = BinnedLikelihood::new(&model, data);
    let toys = |path: Option<&Path>| {
        let toys = PseudoExperiments::new("with signal").toys(N_TOYS).seed(Seed::new(3));
        match path {
            Some(path) => toys.resume_from(path, &Fingerprint::of("a test").unwrap()),
            None => toys,
        }
    };
    if let Some(path) = std::env::var_os(FILE) {
        let slow = Slow { model: model.clone(), drawn: AtomicUsize::new(0) };
        let calculator = ToyBased::new(&slow, &likelihood, Fitter::default(), 0).unwrap();
        calculator.with_signal(1.0, &toys(Some(Path::new(&path)))).unwrap();
        return;
    }
    let calculator = ToyBased::new(&model, &likelihood, Fitter::default(), 0).unwrap();
    let uninterrupted = calculator.with_signal(1.0, &toys(None)).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("killed.jsonl");
    let before = kill_after("a_killed_test_of_a_signal_resumes_to_the_same_levels", &path, "2", 8);
    let resumed = calculator.with_signal(1.0, &toys(Some(&path))).unwrap();
    assert_eq!(resumed, uninterrupted);
    assert!(finished_lines(&path).starts_with(&before), "resuming lost a toy");
    let without =
        calculator.without_signal(1.0, &PseudoExperiments::new("without signal").toys(N_TOYS)).unwrap();
    let levels = |with| calculator.cls(1.0, with, &without).unwrap();
    assert_eq!(levels(&resumed), levels(&uninterrupted));
}
