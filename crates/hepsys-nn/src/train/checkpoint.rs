use std::fs;
use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::store::ModuleRecord;
use burn::tensor::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::History;
use super::optimizer::Memory;
use crate::{NnError, file};

/// The first line of every checkpoint; its number grows whenever older files can no longer be read.
const FORMAT: &str = "hepsys checkpoint 1";

/// The length of a checksum.
const N_CHECKSUM: usize = 32;

/// A file from which a training that was stopped, or killed, goes on as if nothing had happened.
///
/// It holds the parameters, the optimisers' memory and the losses of each epoch.
/// It is written beside its final name, flushed to disk and then renamed, so at any time the name stands for a whole file.
/// A training resumes only from a checkpoint of its own: with the same parameters, phases, seed and numbers of events.
/// Losses, samples and what a network holds besides tensors, such as its activation, cannot be compared;
/// [`Checkpoint::describing`] adds what stands for them.
///
/// | part | content |
/// | --- | --- |
/// | first line | `hepsys checkpoint 1` |
/// | second line | JSON: what the training is, its history, the optimisers' counters, lengths of what follows |
/// | bytes | parameters (burnpack), the best parameters, the optimisers' tensors |
/// | last 32 bytes | SHA-256 of everything before |
#[derive(Debug, Clone)]
pub struct Checkpoint {
    path: PathBuf,
    every: usize,
    description: Vec<serde_json::Value>,
}

/// What a checkpoint holds.
pub(super) struct Snapshot {
    pub(super) history: History,
    pub(super) model: Vec<u8>,
    pub(super) best: Option<Vec<u8>>,
    pub(super) steppers: Vec<Vec<Memory>>,
}

/// The second line.
#[derive(Serialize, Deserialize)]
struct Head {
    training: serde_json::Value,
    history: History,
    model: usize,
    best: Option<usize>,
    steppers: Vec<Vec<Memory>>,
}

impl Checkpoint {
    /// A checkpoint at `path`, written after every `n_epochs` epochs, and at the end.
    ///
    /// Zero writes it at the end only, which includes an interrupt.
    #[must_use]
    pub fn every(n_epochs: usize, path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), every: n_epochs, description: Vec::new() }
    }

    /// Adds what else has to agree for a training to resume from it, such as the parameters of a method
    /// or the checksum of an input file; what was added before has to agree, too.
    ///
    /// # Errors
    ///
    /// [`NnError::Checkpoint`] if it cannot be written as JSON.
    pub fn describing(mut self, what: &impl Serialize) -> Result<Self, NnError> {
        let what = serde_json::to_value(what).map_err(|e| NnError::checkpoint(&self.path, e.to_string()))?;
        self.description.push(what);
        Ok(self)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn description(&self) -> &[serde_json::Value] {
        &self.description
    }

    pub(super) fn is_due(&self, n_epochs: usize) -> bool {
        self.every > 0 && n_epochs.is_multiple_of(self.every)
    }

    /// Writes the file, in one stroke.
    pub(super) fn save(&self, snapshot: &Snapshot, training: &serde_json::Value) -> Result<(), NnError> {
        let head = Head {
            training: training.clone(),
            history: snapshot.history.clone(),
            model: snapshot.model.len(),
            best: snapshot.best.as_ref().map(Vec::len),
            steppers: snapshot.steppers.clone(),
        };
        let head = serde_json::to_string(&head).map_err(|e| self.wrong(e.to_string()))?;
        let mut content = format!("{FORMAT}\n{head}\n").into_bytes();
        content.extend(&snapshot.model);
        content.extend(snapshot.best.iter().flatten());
        for tensor in snapshot.steppers.iter().flatten().flat_map(|memory| &memory.tensors) {
            content.extend(&tensor.bytes);
        }
        let checksum = Sha256::digest(&content);
        content.extend(checksum);
        file::write_atomically(&self.path, &content).map_err(NnError::file(&self.path))
    }

    /// The content of the file, or nothing if there is none.
    pub(super) fn load(&self, training: &serde_json::Value) -> Result<Option<Snapshot>, NnError> {
        match fs::read(&self.path) {
            Ok(content) => {
                parse(&content, training).map(Some).map_err(|reason| NnError::checkpoint(&self.path, reason))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(NnError::file(&self.path)(error)),
        }
    }

    fn wrong(&self, reason: String) -> NnError {
        NnError::checkpoint(&self.path, reason)
    }
}

impl Snapshot {
    /// The parameters of a module.
    pub(super) fn record<M: Module>(model: &M) -> Result<Vec<u8>, NnError> {
        let bytes = model.clone().into_record().into_bytes().map_err(|e| NnError::Device(e.to_string()))?;
        Ok(bytes.to_vec())
    }

    /// The module with recorded parameters, or what is wrong with them.
    pub(super) fn restore<M: Module>(model: M, record: Vec<u8>) -> Result<M, String> {
        let record = ModuleRecord::from_bytes(Bytes::from_bytes_vec(record)).map_err(|e| e.to_string())?;
        model.try_load_record(record).map_err(|e| e.to_string())
    }
}

/// Reads a checkpoint of this training, or says what is wrong with it.
fn parse(content: &[u8], training: &serde_json::Value) -> Result<Snapshot, String> {
    let rest = content
        .strip_prefix(FORMAT.as_bytes())
        .and_then(|rest| rest.strip_prefix(b"\n"))
        .ok_or_else(|| format!("it does not begin with \"{FORMAT}\""))?;
    let body = content.len().checked_sub(N_CHECKSUM).ok_or("it is truncated")?;
    if Sha256::digest(&content[..body])[..] != content[body..] {
        return Err("its checksum is wrong: it is truncated or damaged".to_owned());
    }
    let rest = &rest[..rest.len().saturating_sub(N_CHECKSUM)];
    let newline = rest.iter().position(|b| *b == b'\n').ok_or("it has no second line")?;
    let head: Head =
        serde_json::from_slice(&rest[..newline]).map_err(|e| format!("its second line is wrong: {e}"))?;
    if head.training != *training {
        return Err(format!(
            "it belongs to another training, which differs in {}",
            difference(&head.training, training)
        ));
    }
    let mut bytes = &rest[newline + 1..];
    let mut next = |n_bytes: usize| {
        let (part, after) = bytes.split_at_checked(n_bytes).ok_or("it is shorter than it says")?;
        bytes = after;
        Ok::<_, String>(part.to_vec())
    };
    let model = next(head.model)?;
    let best = head.best.map(&mut next).transpose()?;
    let mut steppers = head.steppers;
    for tensor in steppers.iter_mut().flatten().flat_map(|memory| &mut memory.tensors) {
        tensor.bytes = next(tensor.n_bytes)?;
    }
    Ok(Snapshot { history: head.history, model, best, steppers })
}

/// The names of the parts in which two descriptions differ.
fn difference(found: &serde_json::Value, expected: &serde_json::Value) -> String {
    let keys = expected.as_object().into_iter().flatten().map(|(key, _)| key);
    let differing: Vec<&str> =
        keys.filter(|key| found.get(key) != expected.get(key)).map(String::as_str).collect();
    if differing.is_empty() { "its form".to_owned() } else { differing.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot() -> Snapshot {
        Snapshot {
            history: History::default(),
            model: b"model\nbytes".to_vec(),
            best: Some(b"best".to_vec()),
            steppers: vec![Vec::new()],
        }
    }

    fn saved() -> (tempfile::TempDir, Checkpoint, serde_json::Value) {
        let directory = tempfile::tempdir().unwrap();
        let checkpoint = Checkpoint::every(1, directory.path().join("fit.checkpoint"));
        let training = serde_json::json!({"seed": 1, "n_events": 10});
        checkpoint.save(&snapshot(), &training).unwrap();
        (directory, checkpoint, training)
    }

    #[test]
    fn a_checkpoint_holds_what_was_saved_and_leaves_nothing_beside_it() {
        let (directory, checkpoint, training) = saved();
        let loaded = checkpoint.load(&training).unwrap().unwrap();
        assert_eq!(loaded.model, snapshot().model);
        assert_eq!(loaded.best, snapshot().best);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_is_not_there_is_no_error() {
        let directory = tempfile::tempdir().unwrap();
        let checkpoint = Checkpoint::every(1, directory.path().join("none"));
        assert!(checkpoint.load(&serde_json::Value::Null).unwrap().is_none());
    }

    #[test]
    fn a_checkpoint_cut_anywhere_is_refused_by_name() {
        let (_directory, checkpoint, training) = saved();
        let content = fs::read(checkpoint.path()).unwrap();
        for length in 0..content.len() {
            fs::write(checkpoint.path(), &content[..length]).unwrap();
            let error = checkpoint.load(&training).map(|_| ()).unwrap_err();
            assert!(matches!(error, NnError::Checkpoint { .. }), "{length} bytes: {error}");
            assert!(error.to_string().contains("fit.checkpoint"), "{error}");
        }
    }

    #[test]
    fn a_checkpoint_with_any_bit_flipped_is_refused() {
        let (_directory, checkpoint, training) = saved();
        let content = fs::read(checkpoint.path()).unwrap();
        for byte in 0..content.len() {
            let mut damaged = content.clone();
            damaged[byte] ^= 1;
            fs::write(checkpoint.path(), &damaged).unwrap();
            assert!(checkpoint.load(&training).is_err(), "byte {byte}");
        }
    }

    #[test]
    fn a_checkpoint_of_another_training_says_what_differs() {
        let (_directory, checkpoint, _) = saved();
        let training = serde_json::json!({"seed": 2, "n_events": 10});
        let error = checkpoint.load(&training).map(|_| ()).unwrap_err().to_string();
        assert!(error.ends_with("it belongs to another training, which differs in seed"), "{error}");
    }
}
