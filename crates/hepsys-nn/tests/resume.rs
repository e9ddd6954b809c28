//! A training that was stopped or killed goes on as if nothing had happened.

mod common;

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use common::{events, network, params, trainer};
use hepsys_nn::{
    Checkpoint, Device, Interrupt, Labelled, Mlp, NnError, Observer, Run, Seed, StopReason, Stopping,
    Trained, TrainingParams, Watched,
};

const EPOCHS: usize = 60;

/// Counts epochs, and asks for an interrupt after some of them.
#[derive(Default)]
struct Counter {
    epochs: AtomicUsize,
    interrupt_after: Option<(usize, Interrupt)>,
    pause: Duration,
}

impl Observer for Counter {
    fn started(&self, _task: &str, _total: u64) {}

    fn advanced(&self, _task: &str, _done: u64, _message: &str) {
        let epochs = self.epochs.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some((after, interrupt)) = &self.interrupt_after
            && epochs >= *after
        {
            interrupt.request();
        }
        std::thread::sleep(self.pause);
    }

    fn finished(&self, _task: &str) {}
}

fn run() -> Run {
    Run::on(Device::flex()).seed(9)
}

fn fit(params: TrainingParams, checkpoint: Option<Checkpoint>, run: &Run) -> Result<Trained<Mlp>, NnError> {
    let validation: Labelled = events(40, run.device());
    let mut trainer = trainer(params).validate_on(&validation);
    if let Some(checkpoint) = checkpoint {
        trainer = trainer.checkpoint(checkpoint);
    }
    trainer.fit(network(run), &events(200, run.device()), run)
}

fn bits(trained: &Trained<Mlp>) -> Vec<u64> {
    trained.model.to_parameters().unwrap().into_iter().map(f64::to_bits).collect()
}

/// A run that stops after some epochs of its own.
fn interrupted_after(epochs: usize) -> Run {
    let interrupt = Interrupt::new();
    let interrupt_after = Some((epochs, interrupt.clone()));
    run().interrupted_by(interrupt).observed_by(Arc::new(Counter { interrupt_after, ..Counter::default() }))
}

#[test]
fn an_interrupted_training_resumes_bit_for_bit() {
    let directory = tempfile::tempdir().unwrap();
    for (keep_best, every) in [(false, 0), (true, 7)] {
        let path = directory.path().join(format!("{every}.checkpoint"));
        let checkpoint = || Some(Checkpoint::every(every, &path));
        let mut stopping = Stopping::after(EPOCHS).patience(EPOCHS, Watched::Validation);
        stopping.keep_best = keep_best;
        let params = || params(EPOCHS).stopping(stopping.clone());
        let whole = fit(params(), None, &run()).unwrap();
        assert_eq!(whole.stopped, StopReason::MaxEpochs);

        let first = fit(params(), checkpoint(), &interrupted_after(13)).unwrap();
        assert_eq!((first.stopped, first.history.n_epochs()), (StopReason::Interrupted, 13));
        let second = fit(params(), checkpoint(), &interrupted_after(20)).unwrap();
        assert_eq!((second.stopped, second.history.n_epochs()), (StopReason::Interrupted, 33));
        let last = fit(params(), checkpoint(), &run()).unwrap();

        assert_eq!(last.history, whole.history);
        assert_eq!(bits(&last), bits(&whole));
        assert_eq!((last.stopped, last.best_epoch), (whole.stopped, whole.best_epoch));

        // The finished training has nothing left to do.
        let counter = Arc::new(Counter::default());
        let again = fit(params(), checkpoint(), &run().observed_by(counter.clone())).unwrap();
        assert_eq!(counter.epochs.load(Ordering::Relaxed), 0);
        assert_eq!(bits(&again), bits(&whole));
    }
}

#[test]
fn a_training_can_be_prolonged_but_not_shortened() {
    let directory = tempfile::tempdir().unwrap();
    let checkpoint = || Some(Checkpoint::every(1, directory.path().join("fit")));
    fit(params(5), checkpoint(), &run()).unwrap();
    let prolonged = fit(params(8), checkpoint(), &run()).unwrap();
    assert_eq!(bits(&prolonged), bits(&fit(params(8), None, &run()).unwrap()));
    let error = fit(params(7), checkpoint(), &run()).unwrap_err().to_string();
    assert!(error.contains("it is after epoch 8, beyond the last, 7"), "{error}");
}

#[test]
fn a_checkpoint_of_another_training_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let at = || Checkpoint::every(1, directory.path().join("fit"));
    fit(params(2), Some(at()), &run()).unwrap();
    let refused = |params, checkpoint, run: &Run, part: &str| {
        let error = fit(params, Some(checkpoint), run).unwrap_err().to_string();
        assert!(
            error.ends_with(&format!("it belongs to another training, which differs in {part}")),
            "{error}"
        );
    };
    refused(params(2).batch_size(32), at(), &run(), "params");
    refused(params(2), at(), &run().seeded(Seed::new(10)), "seed");
    refused(params(2), at().describing(&"electrons").unwrap(), &run(), "description");
    // What a user adds counts as well as what a method adds after it.
    let both = |sample: &str| at().describing(&sample).unwrap().describing(&"a method").unwrap();
    std::fs::remove_file(directory.path().join("fit")).unwrap();
    fit(params(2), Some(both("electrons")), &run()).unwrap();
    fit(params(2), Some(both("electrons")), &run()).unwrap();
    refused(params(2), both("muons"), &run(), "description");
}

/// This test starts itself as a child, which trains slowly and leaves a checkpoint at each epoch, and kills it.
#[test]
fn a_killed_training_resumes_bit_for_bit() {
    const CHECKPOINT: &str = "HEPSYS_TEST_CHECKPOINT";
    let at = |path: &Path| Some(Checkpoint::every(1, path));
    if let Some(path) = std::env::var_os(CHECKPOINT) {
        let slow = Counter { pause: Duration::from_millis(50), ..Counter::default() };
        fit(params(EPOCHS), at(Path::new(&path)), &run().observed_by(Arc::new(slow))).unwrap();
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("fit.checkpoint");
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_killed_training_resumes_bit_for_bit"])
        .env(CHECKPOINT, &path)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let started = Instant::now();
    while !path.exists() {
        assert!(started.elapsed() < Duration::from_secs(120), "the child leaves no checkpoint");
        assert!(child.try_wait().unwrap().is_none(), "the child ended without a checkpoint");
        std::thread::sleep(Duration::from_millis(5));
    }
    // A few epochs more, so that the kill falls anywhere within one.
    std::thread::sleep(Duration::from_millis(330));
    // On Unix this is SIGKILL.
    child.kill().unwrap();
    assert!(!child.wait().unwrap().success(), "the child finished before it was killed");

    let counter = Arc::new(Counter::default());
    let resumed = fit(params(EPOCHS), at(&path), &run().observed_by(counter.clone())).unwrap();
    let here = counter.epochs.load(Ordering::Relaxed);
    assert!(0 < here && here < EPOCHS, "{here} epochs after the kill");
    let whole = fit(params(EPOCHS), None, &run()).unwrap();
    assert_eq!(resumed.history, whole.history);
    assert_eq!(bits(&resumed), bits(&whole));
}
