//! The toys of a study: kept in files of its own, resumed, divided and merged.

use std::fs;
use std::path::{Path, PathBuf};

use hepsys_core::Seed;
use hepsys_stats::{Fingerprint, PseudoExperiments, Shard, Toy};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Context, ExperimentError};

/// The toys of one study with one profile, seed and device.
pub struct StudyToys<'a> {
    context: &'a Context,
    folder: PathBuf,
    fingerprint: Fingerprint,
    seed: Seed,
}

impl<'a> StudyToys<'a> {
    /// Toys that depend on what `fingerprint` covers; their files go below `folder`, the study's own.
    ///
    /// # Errors
    ///
    /// If the folder cannot be made, or emptied for a fresh run.
    pub fn new(
        context: &'a Context,
        folder: &Path,
        fingerprint: Fingerprint,
        default_seed: u64,
    ) -> Result<Self, ExperimentError> {
        let seed = context.seed(default_seed);
        let name = format!("{}-{seed}-{}", context.profile.name(), context.device_name);
        let folder = folder.join("toys").join(name);
        let at = |source| ExperimentError::File { path: folder.clone(), source };
        if context.is_fresh && context.shard.is_none() && folder.exists() {
            fs::remove_dir_all(&folder).map_err(at)?;
        }
        fs::create_dir_all(&folder).map_err(at)?;
        Ok(Self { context, folder, fingerprint, seed: Seed::new(seed) })
    }

    /// Does the toys called `name`, or those of them that are missing; a profile may have none of them.
    ///
    /// With a shard it does its part and gives the values of that part.
    /// Without one it takes up what shards have done.
    ///
    /// # Errors
    ///
    /// If a toy fails, a file cannot be used, or the study is interrupted.
    pub fn run<T, F>(&self, name: &str, n_toys: usize, experiment: F) -> Result<Vec<T>, ExperimentError>
    where
        T: Serialize + DeserializeOwned + Send,
        F: Fn(&Toy) -> Result<T, ExperimentError> + Sync,
    {
        if n_toys == 0 {
            return Ok(Vec::new());
        }
        Ok(self.prepare(name, n_toys)?.run(experiment)?.into_values())
    }

    /// The run of the toys called `name`, for calculators that do their own.
    ///
    /// # Errors
    ///
    /// If its files cannot be used.
    pub fn prepare(&self, name: &str, n_toys: usize) -> Result<PseudoExperiments, ExperimentError> {
        let toys = PseudoExperiments::new(name)
            .toys(n_toys)
            .seed(self.seed)
            .observed_by(self.context.observer.clone())
            .interrupted_by(self.context.interrupt.clone());
        Ok(match self.context.shard {
            Some(shard) => toys.shard(shard).resume_from(self.shard_file(name, shard)?, &self.fingerprint),
            None => toys
                .resume_from(self.folder.join(format!("{name}.jsonl")), &self.fingerprint)
                .resume_also_from(self.shard_files(name)?),
        })
    }

    /// The run of the toys called `name` that are kept in `file`: toys of one name are the same, whatever is done with them.
    ///
    /// They are not divided among shards.
    #[must_use]
    pub fn prepare_whole(&self, name: &str, file: &str, n_toys: usize) -> PseudoExperiments {
        PseudoExperiments::new(name)
            .toys(n_toys)
            .seed(self.seed)
            .observed_by(self.context.observer.clone())
            .interrupted_by(self.context.interrupt.clone())
            .resume_from(self.folder.join(format!("{file}.jsonl")), &self.fingerprint)
    }

    /// Whether the toys are only a shard's, so that nothing can be concluded from them.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.context.shard.is_some()
    }

    /// The file of a shard, which a fresh run begins anew.
    fn shard_file(&self, name: &str, shard: Shard) -> Result<PathBuf, ExperimentError> {
        let path = self.folder.join(format!("{name}.shard-{}.jsonl", shard.to_string().replace('/', "-of-")));
        if self.context.is_fresh && path.exists() {
            fs::remove_file(&path).map_err(|source| ExperimentError::File { path: path.clone(), source })?;
        }
        Ok(path)
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

/// The hash of all that toys depend on besides their name, number and seed: what the study `asks`, the device, and the code.
///
/// # Errors
///
/// If `asks` cannot be hashed.
pub fn fingerprint(asks: &impl Serialize, context: &Context) -> Result<Fingerprint, ExperimentError> {
    let code = (env!("CARGO_PKG_VERSION"), env!("HEPSYS_SOURCES"));
    Ok(Fingerprint::of(&(asks, context.device_name.as_str(), code))?)
}
