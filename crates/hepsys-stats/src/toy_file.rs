//! The file that keeps finished toys, so that a run that was stopped, killed or divided loses none of them.
//!
//! It is text: one header line, then one line of JSON for each finished toy, appended and flushed as it ends.
//!
//! ```text
//! {"hepsys_toys":1,"name":"null","n_toys":100,"shard":"1/1","seed":"5c…","fingerprint":"0b…"}
//! {"index":1,"value":11.25,"checksum":"4d2de963f2374e01"}
//! {"index":0,"value":14.5,"checksum":"61cdd9f986839f6b"}
//! ```
//!
//! `seed` is the hash of the seed, `fingerprint` that of the configuration and of the input files.
//! The checksum is the first 64 bits, in hexadecimal, of the SHA-256
//! of the line up to the comma before `"checksum"`.
//! Lines stand in the order in which toys ended; readers put them in the order of their indices.

mod format;

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use thiserror::Error;

use crate::Toys;
pub use format::{BadLine, Contents, FORMAT_VERSION, Header, parse};
pub(crate) use format::{from_text, is_same_value};

/// What can be wrong with a toy file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ToyFileError {
    /// The file cannot be opened, read or written.
    #[error("toy file {path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A line is not what it should be.
    #[error("toy file {path}, {source}", path = path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// The line and what is wrong with it.
        source: BadLine,
    },
    /// The file holds toys of another run.
    #[error("toy file {path} belongs to another run: {difference}", path = path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What differs.
        difference: String,
    },
    /// Another process writes to the file.
    #[error("toy file {path} is being written by another process", path = path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// A toy holds something else than was asked for.
    #[error("toy file {path}: toy {index} cannot be read: {problem}", path = path.display())]
    WrongType {
        /// The file.
        path: PathBuf,
        /// The toy.
        index: usize,
        /// What is wrong.
        problem: String,
    },
    /// Two files hold the same toy with different values.
    #[error("toy {index} has another value in {path} than in a file before it", path = path.display())]
    Contradiction {
        /// The second file.
        path: PathBuf,
        /// The toy.
        index: usize,
    },
    /// Files that should hold every toy do not.
    #[error("{n_missing} of {n_toys} toys are missing: {missing}")]
    Incomplete {
        /// How many are missing.
        n_missing: usize,
        /// How many there should be.
        n_toys: usize,
        /// Their indices, as ranges.
        missing: String,
    },
    /// No file was given.
    #[error("no toy file was given to merge")]
    NoFiles,
}

/// The toys of several files that each hold a part of them, in the order of their indices.
///
/// # Errors
///
/// [`ToyFileError`] if a file cannot be read, belongs to another run than the first one or contradicts it,
/// and [`ToyFileError::Incomplete`] with the indices of the toys that no file holds.
pub fn merge<T: DeserializeOwned>(
    paths: impl IntoIterator<Item = impl AsRef<Path>>,
) -> Result<Toys<T>, ToyFileError> {
    merge_expecting(paths, None)
}

pub(crate) fn merge_expecting<T: DeserializeOwned>(
    paths: impl IntoIterator<Item = impl AsRef<Path>>,
    mut expected: Option<Header>,
) -> Result<Toys<T>, ToyFileError> {
    let mut finished = FinishedToys::default();
    for path in paths {
        let header = finished.add_file(path.as_ref(), expected.as_ref())?;
        expected.get_or_insert(header);
    }
    let header = expected.ok_or(ToyFileError::NoFiles)?;
    let (n_toys, values) = (header.n_toys(), finished.into_values());
    // Counted first: a header may claim any number of toys.
    if values.len() < n_toys {
        let n_missing = n_toys - values.len();
        return Err(ToyFileError::Incomplete {
            n_missing,
            n_toys,
            missing: gaps(values.keys().copied(), n_toys),
        });
    }
    let (indices, values) = values.into_iter().unzip();
    Ok(Toys::new(header.name(), indices, values))
}

/// The toys of one or more files, which may not contradict each other.
pub(crate) struct FinishedToys<T> {
    texts: BTreeMap<usize, String>,
    values: BTreeMap<usize, T>,
}

impl<T> Default for FinishedToys<T> {
    fn default() -> Self {
        Self { texts: BTreeMap::new(), values: BTreeMap::new() }
    }
}

impl<T: DeserializeOwned> FinishedToys<T> {
    /// Adds the toys of a file of the `expected` run, in whatever shard, and gives its header.
    pub(crate) fn add_file(
        &mut self,
        path: &Path,
        expected: Option<&Header>,
    ) -> Result<Header, ToyFileError> {
        let contents = read(path)?;
        let header = contents.header().clone();
        if let Some(difference) = expected.and_then(|expected| header.difference(expected)) {
            return Err(ToyFileError::Foreign { path: path.to_owned(), difference });
        }
        self.add(path, contents.into_texts())?;
        Ok(header)
    }

    /// Adds the toys that stand in a file.
    pub(crate) fn add(&mut self, path: &Path, toys: BTreeMap<usize, String>) -> Result<(), ToyFileError> {
        for (index, text) in toys {
            match self.texts.get(&index) {
                Some(before) if is_same_value(before, &text) => {}
                Some(_) => return Err(ToyFileError::Contradiction { path: path.to_owned(), index }),
                None => {
                    let value = from_text(&text).map_err(|problem| ToyFileError::WrongType {
                        path: path.to_owned(),
                        index,
                        problem,
                    })?;
                    self.values.insert(index, value);
                    self.texts.insert(index, text);
                }
            }
        }
        Ok(())
    }

    /// By their indices.
    pub(crate) fn into_values(self) -> BTreeMap<usize, T> {
        self.values
    }
}

/// A toy file open for appending, locked against other processes.
#[derive(Debug)]
pub(crate) struct ToyFile {
    path: PathBuf,
    file: File,
    is_broken: bool,
}

impl ToyFile {
    /// Opens the file of the run that `header` describes, or begins it, and gives the toys that it holds already.
    pub(crate) fn open(
        path: &Path,
        header: &Header,
    ) -> Result<(Self, BTreeMap<usize, String>), ToyFileError> {
        let io = |source| ToyFileError::Io { path: path.to_owned(), source };
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(io)?;
        // Some network file systems have no locks; there the user sees to it that each file has one writer.
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            return Err(ToyFileError::InUse { path: path.to_owned() });
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(io)?;
        let line = header.line();
        // Killed while it wrote the header, or brand new. Anything else without a line is not ours to truncate.
        if line.as_bytes().starts_with(&bytes) && bytes.len() < line.len() {
            file.set_len(0).and_then(|()| file.write_all(line.as_bytes())).map_err(io)?;
            return Ok((Self { path: path.to_owned(), file, is_broken: false }, BTreeMap::new()));
        }
        let contents =
            parse(&bytes).map_err(|source| ToyFileError::Corrupt { path: path.to_owned(), source })?;
        let found = contents.header();
        let difference = found.difference(header).or_else(|| {
            (found.shard() != header.shard())
                .then(|| format!("the shard is {}, expected {}", found.shard(), header.shard()))
        });
        if let Some(difference) = difference {
            return Err(ToyFileError::Foreign { path: path.to_owned(), difference });
        }
        file.set_len(contents.n_intact_bytes() as u64).map_err(io)?;
        Ok((Self { path: path.to_owned(), file, is_broken: false }, contents.into_texts()))
    }

    /// Appends a finished toy in one write.
    pub(crate) fn append(&mut self, index: usize, text: &str) -> Result<(), ToyFileError> {
        let line = format::toy_line(index, text);
        // A write that failed may have left half a line: nothing may follow it.
        let result = if self.is_broken {
            Err(io::Error::other("an earlier toy could not be written"))
        } else {
            self.file.write_all(line.as_bytes())
        };
        self.is_broken = result.is_err();
        result.map_err(|source| ToyFileError::Io { path: self.path.clone(), source })
    }
}

fn read(path: &Path) -> Result<Contents, ToyFileError> {
    let bytes = std::fs::read(path).map_err(|source| ToyFileError::Io { path: path.to_owned(), source })?;
    parse(&bytes).map_err(|source| ToyFileError::Corrupt { path: path.to_owned(), source })
}

/// The first few ranges of indices below `n_toys` that are not among `present`, such as `3, 7-9`.
fn gaps(present: impl Iterator<Item = usize>, n_toys: usize) -> String {
    const SHOWN: usize = 10;
    let mut ranges = Vec::new();
    let mut next = 0;
    for index in present.chain([n_toys]) {
        match index - next {
            0 => {}
            1 => ranges.push(next.to_string()),
            _ => ranges.push(format!("{next}-{}", index - 1)),
        }
        next = index + 1;
    }
    if SHOWN < ranges.len() {
        ranges.truncate(SHOWN);
        ranges.push("…".to_owned());
    }
    ranges.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_named_as_ranges() {
        assert_eq!(gaps([0, 1, 2, 4, 5].into_iter(), 10), "3, 6-9");
        assert_eq!(gaps([].into_iter(), 3), "0-2");
        // Ten ranges and an ellipsis.
        assert_eq!(gaps((1..40).step_by(2), 40).split(", ").count(), 11);
    }
}
