//! Pseudo-experiments through the public API: reproducible, resumable, divisible.

use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use hepsys_core::{Interrupt, Observer, Seed};
use hepsys_stats::toy_file::merge;
use hepsys_stats::{Fingerprint, PseudoExperimentError, PseudoExperiments, Shard, Toy, ToyFileError};
use rand::RngExt;

type Outcome = Result<(f64, Vec<u64>), String>;

fn experiment(toy: &Toy) -> Outcome {
    let mut stream = toy.stream("data");
    Ok((stream.random::<f64>(), vec![stream.random::<u64>(); toy.index() % 3]))
}

fn null() -> PseudoExperiments {
    PseudoExperiments::new("null").toys(30).seed(Seed::new(42))
}

fn fingerprint(configuration: &str) -> Fingerprint {
    Fingerprint::of(configuration).unwrap()
}

fn on_threads<R: Send>(n_threads: usize, work: impl FnOnce() -> R + Send) -> R {
    rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap().install(work)
}

fn lines(path: &Path) -> Vec<String> {
    std::fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn toys_do_not_depend_on_the_number_of_threads() {
    let one = on_threads(1, || null().run(experiment).unwrap());
    assert_eq!(one.n_toys(), 30);
    for n_threads in [2, 8] {
        assert_eq!(on_threads(n_threads, || null().run(experiment).unwrap()), one);
    }
}

#[test]
fn a_longer_run_begins_with_the_same_toys() {
    let (short, long) = (null().run(experiment).unwrap(), null().toys(40).run(experiment).unwrap());
    assert_eq!(short.values(), &long.values()[..30]);
}

#[test]
fn the_name_chooses_the_random_numbers() {
    let other = PseudoExperiments::new("signal").toys(30).seed(Seed::new(42)).run(experiment).unwrap();
    assert!(other.values().iter().zip(null().run(experiment).unwrap().values()).all(|(a, b)| a != b));
}

#[test]
fn a_finished_toy_is_not_repeated() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("toys.jsonl");
    let run = null().resume_from(&path, &fingerprint("a"));
    let first = run.run(experiment).unwrap();
    let again = run.run(|_: &Toy| -> Outcome { Err("repeated".into()) }).unwrap();
    assert_eq!(again, first);
}

#[test]
fn a_toy_that_gives_up_because_of_the_interrupt_has_not_failed() {
    let interrupt = Interrupt::new();
    let error = null()
        .interrupted_by(interrupt.clone())
        .run(|toy: &Toy| {
            if toy.index() < 3 {
                return experiment(toy);
            }
            interrupt.request();
            Err("interrupted".to_owned())
        })
        .unwrap_err();
    assert!(matches!(error, PseudoExperimentError::Interrupted { .. }), "{error}");
}

#[test]
fn what_shards_have_done_is_taken_up_and_only_the_rest_is_done() {
    let directory = tempfile::tempdir().unwrap();
    let shard_file = directory.path().join("shard.jsonl");
    let shard: Shard = "2/3".parse().unwrap();
    null().shard(shard).resume_from(&shard_file, &fingerprint("a")).run(experiment).unwrap();

    let path = directory.path().join("toys.jsonl");
    let run = null().resume_from(&path, &fingerprint("a")).resume_also_from([&shard_file]);
    let toys = run
        .run(
            |toy: &Toy| {
                if shard.contains(toy.index()) { Err("repeated".to_owned()) } else { experiment(toy) }
            },
        )
        .unwrap();
    assert_eq!(toys, null().run(experiment).unwrap());
    assert_eq!(lines(&path).len(), 1 + 20);

    let other = null().resume_from(directory.path().join("b.jsonl"), &fingerprint("b"));
    let error = other.resume_also_from([&shard_file]).run(experiment).unwrap_err();
    assert!(error.to_string().contains("shard.jsonl belongs to another run"), "{error}");
}

#[test]
fn a_torn_line_is_dropped_and_its_toy_repeated() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("toys.jsonl");
    let run = null().resume_from(&path, &fingerprint("a"));
    let whole = run.run(experiment).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    for n_lost in [1, 7, 200, bytes.len() - 3, bytes.len()] {
        std::fs::write(&path, &bytes[..bytes.len() - n_lost]).unwrap();
        assert_eq!(run.run(experiment).unwrap(), whole);
        assert_eq!(lines(&path).len(), 31);
    }
}

#[test]
fn a_failing_toy_is_named_and_loses_no_other() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("toys.jsonl");
    let run = null().resume_from(&path, &fingerprint("a"));
    let error = on_threads(1, || {
        run.run(|toy: &Toy| if toy.index() == 17 { Err("no minimum".to_owned()) } else { experiment(toy) })
            .unwrap_err()
    });
    assert_eq!(error.to_string(), "toy 17 of \"null\" failed: no minimum");
    // One thread takes the toys in order.
    assert_eq!(lines(&path).len(), 1 + 17);
    assert_eq!(run.run(experiment).unwrap(), null().run(experiment).unwrap());
}

#[test]
fn an_interrupted_run_keeps_its_toys_and_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("toys.jsonl");
    let interrupt = Interrupt::new();
    let run = null().resume_from(&path, &fingerprint("a"));
    let n_begun = AtomicUsize::new(0);
    let error = on_threads(2, || {
        run.clone()
            .interrupted_by(interrupt.clone())
            .run(|toy: &Toy| {
                if n_begun.fetch_add(1, Ordering::Relaxed) == 9 {
                    interrupt.request();
                }
                experiment(toy)
            })
            .unwrap_err()
    });
    let PseudoExperimentError::Interrupted { done, of, .. } = error else { panic!("{error}") };
    // The second thread may have begun one more.
    assert!((10..=11).contains(&done) && of == 30, "{done} of {of}");
    assert_eq!(lines(&path).len(), 1 + done);
    assert_eq!(run.run(experiment).unwrap(), null().run(experiment).unwrap());
}

#[test]
fn toys_of_another_run_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("toys.jsonl");
    null().resume_from(&path, &fingerprint("a")).run(experiment).unwrap();
    let before = std::fs::read(&path).unwrap();
    let others = [
        (null(), "b", "the fingerprint of configuration and inputs is"),
        (null().toys(31), "a", "the number of toys is 30, expected 31"),
        (null().seed(Seed::new(43)), "a", "the hash of the seed is"),
        (null().shard(Shard::new(1, 2).unwrap()), "a", "the shard is 1/1, expected 1/2"),
        (
            PseudoExperiments::new("signal").toys(30).seed(Seed::new(42)),
            "a",
            "the name is null, expected signal",
        ),
    ];
    for (run, configuration, difference) in others {
        let error = run.resume_from(&path, &fingerprint(configuration)).run(experiment).unwrap_err();
        assert!(matches!(error, PseudoExperimentError::File(ToyFileError::Foreign { .. })));
        assert!(error.to_string().contains(difference), "{error}");
    }
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_file_that_holds_no_toys_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("thesis.txt");
    for text in ["ten years of work", "ten years\nof work\n", "{"] {
        std::fs::write(&path, text).unwrap();
        let outcome = null().resume_from(&path, &fingerprint("a")).run(experiment);
        // A single brace may be the beginning of a header that was torn.
        assert_eq!(outcome.is_ok(), text == "{");
        if text != "{" {
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
    }
}

#[test]
fn a_corrupt_line_is_named_with_its_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("toys.jsonl");
    let run = null().resume_from(&path, &fingerprint("a"));
    on_threads(1, || run.run(experiment).unwrap());
    let text = std::fs::read_to_string(&path).unwrap().replacen("\"index\":3,", "\"index\":4,", 1);
    std::fs::write(&path, text).unwrap();
    let error = run.run(experiment).unwrap_err();
    assert_eq!(error.to_string(), format!("toy file {}, line 5: the checksum is wrong", path.display()));
}

#[test]
fn a_toy_of_another_type_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("toys.jsonl");
    let run = null().resume_from(&path, &fingerprint("a"));
    run.run(experiment).unwrap();
    let error = run.run(|_: &Toy| Ok::<_, String>("text".to_owned())).unwrap_err();
    assert!(
        matches!(error, PseudoExperimentError::File(ToyFileError::WrongType { index: 0, .. })),
        "{error}"
    );
}

#[test]
fn two_runs_do_not_share_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("toys.jsonl");
    let run = null().resume_from(&path, &fingerprint("a"));
    let error = on_threads(1, || {
        run.run(|_: &Toy| -> Result<u8, PseudoExperimentError> {
            run.run(|_: &Toy| Ok::<_, String>(0)).map(|_| 0)
        })
        .unwrap_err()
    });
    assert!(error.to_string().ends_with("is being written by another process"), "{error}");
}

#[test]
fn a_value_that_is_not_finite_is_refused() {
    let error = null()
        .run(|toy: &Toy| Ok::<_, String>(if toy.index() == 3 { Some(f64::NAN) } else { None }))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "toy 3 of \"null\" failed: its value holds the number NaN, which cannot be stored"
    );
}

#[test]
fn shards_make_up_the_whole() {
    let directory = tempfile::tempdir().unwrap();
    let whole = null().run(experiment).unwrap();
    let path = |part: usize| directory.path().join(format!("toys-{part}-of-4.jsonl"));
    for part in 1..=4 {
        let shard = Shard::new(part, 4).unwrap();
        let toys = null().shard(shard).resume_from(path(part), &fingerprint("a")).run(experiment).unwrap();
        assert!(toys.iter().all(|(index, value)| shard.contains(index) && *value == whole.values()[index]));
    }
    assert_eq!(merge::<(f64, Vec<u64>)>((1..=4).map(path)).unwrap(), whole);
    assert_eq!(null().merge::<(f64, Vec<u64>)>([3, 1, 2, 4, 3].map(path), &fingerprint("a")).unwrap(), whole);

    let error = merge::<(f64, Vec<u64>)>([1, 2, 4].map(path)).unwrap_err();
    assert_eq!(error.to_string(), "7 of 30 toys are missing: 2, 6, 10, 14, 18, 22, 26");
    let error = null().merge::<(f64, Vec<u64>)>((1..=4).map(path), &fingerprint("b")).unwrap_err();
    assert!(matches!(error, PseudoExperimentError::File(ToyFileError::Foreign { .. })), "{error}");
    assert!(matches!(merge::<f64>([] as [&Path; 0]), Err(ToyFileError::NoFiles)));
}

#[test]
fn shards_of_different_runs_do_not_merge() {
    let directory = tempfile::tempdir().unwrap();
    let path = |part: usize| directory.path().join(format!("{part}.jsonl"));
    for (part, seed) in [(1, 42), (2, 43)] {
        let shard = Shard::new(part, 2).unwrap();
        let run = null().seed(Seed::new(seed)).shard(shard).resume_from(path(part), &fingerprint("a"));
        run.run(experiment).unwrap();
    }
    let error = merge::<(f64, Vec<u64>)>([1, 2].map(path)).unwrap_err();
    assert!(error.to_string().contains("belongs to another run: the hash of the seed"), "{error}");
}

#[test]
fn progress_counts_every_toy_once() {
    #[derive(Default)]
    struct Log {
        total: AtomicU64,
        done: Mutex<Vec<u64>>,
        n_finished: AtomicUsize,
    }
    impl Observer for Log {
        fn started(&self, task: &str, total: u64) {
            assert_eq!(task, "null");
            self.total.store(total, Ordering::Relaxed);
        }
        fn advanced(&self, _: &str, done: u64, _: &str) {
            self.done.lock().unwrap().push(done);
        }
        fn finished(&self, _: &str) {
            self.n_finished.fetch_add(1, Ordering::Relaxed);
        }
    }
    let log = Arc::new(Log::default());
    null().observed_by(log.clone()).run(experiment).unwrap();
    assert_eq!(log.total.load(Ordering::Relaxed), 30);
    assert_eq!(*log.done.lock().unwrap(), (1..=30).collect::<Vec<_>>());
    assert_eq!(log.n_finished.load(Ordering::Relaxed), 1);
}

#[test]
fn a_run_without_toys_is_refused() {
    let error = null().toys(0).run(experiment).unwrap_err();
    assert_eq!(error.to_string(), "the number of toys of \"null\" must be positive, got 0");
}
