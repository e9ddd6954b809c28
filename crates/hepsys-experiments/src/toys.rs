//! The toys of a study: kept in files of its own, resumed, divided and merged.

use std::fs;
use std::path::{Path, PathBuf};

use hepsys_core::Seed;
use hepsys_stats::{Fingerprint, PseudoExperiments, Toy, ToyFileError};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Context, ExperimentError};

/// The toys of one study, seed and profile.
pub struct StudyToys<'a> {
    context: &'a Context,
    folder: PathBuf,
    fingerprint: Fingerprint,
    seed: Seed,
    is_shard_waiting: std::cell::Cell<bool>,
}

impl<'a> StudyToys<'a> {
    /// Toys that depend on what `fingerprint` covers; their files go to `folder`.
    ///
    /// # Errors
    ///
    /// If the folder cannot be made, or emptied for a fresh run.
    pub fn new(
        context: &'a Context,
        folder: &Path,
        fingerprint: Fingerprint,
        seed: Seed,
    ) -> Result<Self, ExperimentError> {
        let at = |source| ExperimentError::File { path: folder.to_owned(), source };
        if context.is_fresh && context.shard.is_none() && folder.exists() {
            fs::remove_dir_all(folder).map_err(at)?;
        }
        fs::create_dir_all(folder).map_err(at)?;
        Ok(Self {
            context,
            folder: folder.to_owned(),
            fingerprint,
            seed,
            is_shard_waiting: std::cell::Cell::new(false),
        })
    }

    /// Does the toys called `name`, or those of them that are missing.
    ///
    /// With a shard it does its part and gives the values of that part.
    /// Without one it takes up all shards' files that are there, if they are complete.
    ///
    /// # Errors
    ///
    /// If a toy fails, a file cannot be used, or the study is interrupted.
    pub fn run<T, F>(&self, name: &str, n_toys: usize, experiment: F) -> Result<Vec<T>, ExperimentError>
    where
        T: Serialize + DeserializeOwned + Send,
        F: Fn(&Toy) -> Result<T, ExperimentError> + Sync,
    {
        let toys = PseudoExperiments::new(name)
            .toys(n_toys)
            .seed(self.seed)
            .observed_by(self.context.observer.clone())
            .interrupted_by(self.context.interrupt.clone());
        if let Some(shard) = self.context.shard {
            self.is_shard_waiting.set(true);
            let file =
                self.folder.join(format!("{name}.shard-{}.jsonl", shard.to_string().replace('/', "-of-")));
            let toys = toys.shard(shard).resume_from(file, &self.fingerprint);
            return Ok(toys.run(experiment)?.into_values());
        }
        let whole = self.folder.join(format!("{name}.jsonl"));
        let shards = self.shard_files(name)?;
        if !shards.is_empty() && !whole.exists() {
            let merged = toys.merge(&shards, &self.fingerprint);
            match merged {
                Err(hepsys_stats::PseudoExperimentError::File(ToyFileError::Incomplete { .. })) => {}
                merged => return Ok(merged?.into_values()),
            }
        }
        Ok(toys.resume_from(whole, &self.fingerprint).run(experiment)?.into_values())
    }

    /// Whether the toys are only a shard's, so that nothing can be concluded from them.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.is_shard_waiting.get()
    }

    fn shard_files(&self, name: &str) -> Result<Vec<PathBuf>, ExperimentError> {
        let at = |source| ExperimentError::File { path: self.folder.clone(), source };
        let prefix = format!("{name}.shard-");
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(at)? {
            let path = entry.map_err(at)?.path();
            if path.file_name().is_some_and(|f| f.to_string_lossy().starts_with(&prefix)) {
                files.push(path);
            }
        }
        files.sort();
        Ok(files)
    }
}
