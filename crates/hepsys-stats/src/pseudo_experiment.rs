use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use hepsys_core::{Interrupt, Observer, Seed, Silent};
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use crate::toy_file::{self, FinishedToys, Header, ToyFile, ToyFileError};
use crate::{Fingerprint, Shard, StatsError, Toy, Toys, finite};

/// How many toys a run has if nothing else is asked for.
pub const DEFAULT_TOYS: usize = 100;

/// What a run does for each of many simulated data sets: the one toy engine of hepsys.
///
/// Toy number $i$ has a random stream of its own, `seed.named(name).index(i)`,
/// so its value depends neither on the other toys nor on the number of threads.
/// Toys run in parallel on the current thread pool of rayon, in the order of their indices.
///
/// With [`resume_from`](Self::resume_from) each finished toy goes to a file, and a run that was interrupted or killed goes on there.
/// With [`shard`](Self::shard) a run does a part of the toys, and [`merge`](Self::merge) joins the parts.
///
/// Every value passes through its JSON form, read from a file or not, so a resumed run cannot differ from an uninterrupted one.
///
/// ```
/// use hepsys_core::Seed;
/// use hepsys_stats::{PseudoExperiments, StatsError, poisson};
///
/// let counts = PseudoExperiments::new("background only")
///     .toys(200)
///     .seed(Seed::new(42))
///     .run(|toy| -> Result<usize, StatsError> { Ok(poisson(9.0, &mut toy.stream("count"))?) })?;
/// assert_eq!(counts.n_toys(), 200);
/// let mean = counts.values().iter().sum::<usize>() as f64 / 200.0;
/// assert!((mean - 9.0).abs() < 0.7);
/// # Ok::<(), hepsys_stats::PseudoExperimentError>(())
/// ```
#[derive(Clone)]
pub struct PseudoExperiments {
    name: String,
    n_toys: usize,
    seed: Seed,
    shard: Shard,
    file: Option<(PathBuf, Fingerprint)>,
    further_files: Vec<PathBuf>,
    observer: Arc<dyn Observer>,
    interrupt: Interrupt,
}

impl PseudoExperiments {
    /// Toys that draw their random numbers from the stream called `name`.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            n_toys: DEFAULT_TOYS,
            seed: Seed::new(0),
            shard: Shard::ALL,
            file: None,
            further_files: Vec::new(),
            observer: Arc::new(Silent),
            interrupt: Interrupt::new(),
        }
    }

    /// How many toys there are in all shards together.
    ///
    /// Defaults to [`DEFAULT_TOYS`]; must be positive.
    #[must_use]
    pub fn toys(mut self, n_toys: usize) -> Self {
        self.n_toys = n_toys;
        self
    }

    /// The seed of the run. Defaults to `Seed::new(0)`.
    #[must_use]
    pub fn seed(mut self, seed: Seed) -> Self {
        self.seed = seed;
        self
    }

    /// The part of the toys that this run does. Defaults to all.
    #[must_use]
    pub fn shard(mut self, shard: Shard) -> Self {
        self.shard = shard;
        self
    }

    /// Keeps each finished toy in the file `path`, and does not repeat those that are there.
    ///
    /// `fingerprint` is the hash of all that the toys depend on besides name, number and seed;
    /// a file with another one is refused.
    #[must_use]
    pub fn resume_from(mut self, path: impl Into<PathBuf>, fingerprint: &Fingerprint) -> Self {
        self.file = Some((path.into(), *fingerprint));
        self
    }

    /// Takes up the finished toys of further files too, such as those of shards; they are read and never written.
    ///
    /// They have to belong to the run that [`resume_from`](Self::resume_from) names, and do nothing without it.
    #[must_use]
    pub fn resume_also_from(mut self, paths: impl IntoIterator<Item = impl Into<PathBuf>>) -> Self {
        self.further_files.extend(paths.into_iter().map(Into::into));
        self
    }

    /// Who hears of the progress. Defaults to nobody.
    #[must_use]
    pub fn observed_by(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = observer;
        self
    }

    /// Who may stop the run between toys. Defaults to nobody.
    #[must_use]
    pub fn interrupted_by(mut self, interrupt: Interrupt) -> Self {
        self.interrupt = interrupt;
        self
    }

    /// The same run with more in its name, which says what the toys are of.
    pub(crate) fn of(&self, what: &str) -> Self {
        Self { name: format!("{}: {what}", self.name), ..self.clone() }
    }

    /// Does the toys and gives their values in the order of their indices.
    ///
    /// # Errors
    ///
    /// [`PseudoExperimentError::Failed`] with the index and reason of a toy that fails; no further toy is begun.
    /// [`PseudoExperimentError::Interrupted`] if the interrupt was requested before the last toy had begun.
    /// [`PseudoExperimentError::File`] if the toy file cannot be used.
    /// In every case the toys that had ended are in the toy file, if there is one.
    pub fn run<T, E, F>(&self, experiment: F) -> Result<Toys<T>, PseudoExperimentError>
    where
        T: Serialize + DeserializeOwned + Send,
        E: Into<Box<dyn Error + Send + Sync>>,
        F: Fn(&Toy) -> Result<T, E> + Sync,
    {
        if self.n_toys == 0 {
            return Err(PseudoExperimentError::NoToys(self.name.clone()));
        }
        let (file, mut finished) = self.open()?;
        let values: Vec<Option<T>> = self.shard.indices(self.n_toys).map(|i| finished.remove(&i)).collect();
        drop(finished);
        let is_done: Vec<bool> = values.iter().map(Option::is_some).collect();
        let n_done = is_done.iter().filter(|is_done| **is_done).count();
        let progress = Progress::new(self, n_done, values.len());
        let state = Mutex::new(State { name: &self.name, file, values, n_done, failure: None });
        let next = AtomicUsize::new(0);
        let stop = AtomicBool::new(false);
        let streams = self.seed.named(&self.name);

        // Each worker takes the lowest toy that nobody has begun. A parallel iterator would divide the range instead,
        // and a toy that waits for parallel work of its own could then be buried under other toys.
        rayon::broadcast(|_| {
            while !stop.load(Ordering::Relaxed) && !self.interrupt.is_requested() {
                let place = next.fetch_add(1, Ordering::Relaxed);
                match is_done.get(place) {
                    None => break,
                    Some(true) => continue,
                    Some(false) => {}
                }
                let index = self.shard.index(place);
                let toy = Toy { index, seed: streams.index(index) };
                let outcome = experiment(&toy).map_err(Into::into).and_then(|v| through_json(&v));
                // A toy that listens to the same interrupt has not failed: it is not done.
                if outcome.is_err() && self.interrupt.is_requested() {
                    break;
                }
                let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                match state.keep(place, index, outcome) {
                    Ok(()) => progress.advance(index, state.n_done),
                    Err(failure) => {
                        stop.store(true, Ordering::Relaxed);
                        if state.failure.as_ref().is_none_or(|(first, _)| index < *first) {
                            state.failure = Some((index, failure));
                        }
                    }
                }
            }
        });

        let state = state.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, failure)) = state.failure {
            return Err(failure);
        }
        if state.n_done < progress.of {
            let (name, done, of) = (self.name.clone(), state.n_done, progress.of);
            return Err(PseudoExperimentError::Interrupted { name, done, of });
        }
        // In place: the values do not need their memory twice.
        let values: Vec<T> = state.values.into_iter().flatten().collect();
        Ok(Toys::new(&self.name, self.shard.indices(self.n_toys).collect(), values))
    }

    /// The toys of the files of all shards of this run, in the order of their indices.
    ///
    /// # Errors
    ///
    /// [`ToyFileError`] if a file cannot be read, belongs to another run or contradicts another file, or if toys are missing.
    pub fn merge<T: DeserializeOwned>(
        &self,
        paths: impl IntoIterator<Item = impl AsRef<Path>>,
        fingerprint: &Fingerprint,
    ) -> Result<Toys<T>, PseudoExperimentError> {
        Ok(toy_file::merge_expecting(paths, Some(self.header(*fingerprint)?))?)
    }

    fn header(&self, fingerprint: Fingerprint) -> Result<Header, PseudoExperimentError> {
        Header::new(&self.name, self.n_toys, self.shard, self.seed, fingerprint)
            .map_err(|e| PseudoExperimentError::Header(Box::new(e)))
    }

    fn open<T: DeserializeOwned>(
        &self,
    ) -> Result<(Option<ToyFile>, BTreeMap<usize, T>), PseudoExperimentError> {
        let Some((path, fingerprint)) = &self.file else { return Ok((None, BTreeMap::new())) };
        let header = self.header(*fingerprint)?;
        let (file, texts) = ToyFile::open(path, &header)?;
        let mut finished = FinishedToys::default();
        finished.add(path, texts)?;
        for further in &self.further_files {
            finished.add_file(further, Some(&header))?;
        }
        Ok((Some(file), finished.into_values()))
    }
}

/// Why a run of pseudo-experiments has no result.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PseudoExperimentError {
    /// There is nothing to do.
    #[error("the number of toys of \"{0}\" must be positive, got 0")]
    NoToys(String),
    /// A toy failed.
    #[error("toy {index} of \"{name}\" failed: {source}")]
    Failed {
        /// The run.
        name: String,
        /// The toy.
        index: usize,
        /// Why it failed.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The run was asked to stop.
    #[error("\"{name}\" was interrupted after {done} of {of} toys")]
    Interrupted {
        /// The run.
        name: String,
        /// How many toys are finished.
        done: usize,
        /// How many there are in this shard.
        of: usize,
    },
    /// The toy file cannot be used.
    #[error(transparent)]
    File(#[from] ToyFileError),
    /// The run cannot be described in the header of a toy file.
    #[error(transparent)]
    Header(Box<StatsError>),
}

/// A value as it will be read back, and its text; refuses what JSON cannot hold.
fn through_json<T: Serialize + DeserializeOwned>(
    value: &T,
) -> Result<(T, String), Box<dyn Error + Send + Sync>> {
    finite::check(value).map_err(|e| format!("its value holds {e}, which cannot be stored"))?;
    let text = serde_json::to_string(value)?;
    Ok((serde_json::from_str(&text)?, text))
}

struct State<'a, T> {
    name: &'a str,
    file: Option<ToyFile>,
    /// In the order of their indices.
    values: Vec<Option<T>>,
    n_done: usize,
    failure: Option<(usize, PseudoExperimentError)>,
}

impl<T> State<'_, T> {
    fn keep(
        &mut self,
        place: usize,
        index: usize,
        outcome: Result<(T, String), Box<dyn Error + Send + Sync>>,
    ) -> Result<(), PseudoExperimentError> {
        let (value, text) = outcome.map_err(|source| PseudoExperimentError::Failed {
            name: self.name.to_owned(),
            index,
            source,
        })?;
        if let Some(file) = &mut self.file {
            file.append(index, &text)?;
        }
        self.values[place] = Some(value);
        self.n_done += 1;
        Ok(())
    }
}

/// Tells the observer how far the run is; the end of the run is the end of this value.
struct Progress<'a> {
    run: &'a PseudoExperiments,
    of: usize,
}

impl<'a> Progress<'a> {
    fn new(run: &'a PseudoExperiments, done: usize, of: usize) -> Self {
        run.observer.started(&run.name, of as u64);
        if 0 < done {
            run.observer.advanced(&run.name, done as u64, "read from the toy file");
        }
        Self { run, of }
    }

    fn advance(&self, index: usize, done: usize) {
        self.run.observer.advanced(&self.run.name, done as u64, &format!("toy {index}"));
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        self.run.observer.finished(&self.run.name);
    }
}
