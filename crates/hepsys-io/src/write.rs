use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use hepsys_core::marks::WEIGHT;
use hepsys_core::{Sample, Unit};

use crate::{Format, IoError};

/// Writes a sample in the format that the extension of `path` stands for.
///
/// The file appears whole or not at all: it is written beside `path` and then renamed.
/// Units are kept by Parquet, Arrow and HDF5; weights, unless all are one, go into a column `weight`,
/// which those three formats mark as such.
///
/// # Errors
///
/// [`IoError::UnknownFormat`] for an unknown extension, [`IoError::NotSupported`] for ROOT or a format that was not built in,
/// [`IoError::Unwritable`] for a sample without features or a weighted one that has a feature called `weight`,
/// [`IoError::Write`] if the operating system fails.
pub fn write_sample(path: impl AsRef<Path>, sample: &Sample) -> Result<(), IoError> {
    let path = path.as_ref();
    match Format::from_extension(path) {
        Some(format) => write_sample_as(path, sample, format),
        None => Err(IoError::UnknownFormat {
            file: path.display().to_string(),
            found: match path.extension() {
                Some(extension) => format!("the extension \"{}\"", extension.display()),
                None => "no extension".to_owned(),
            },
        }),
    }
}

/// Writes a sample in this format, whatever the path is called.
///
/// # Errors
///
/// As [`write_sample`].
pub fn write_sample_as(path: impl AsRef<Path>, sample: &Sample, format: Format) -> Result<(), IoError> {
    let path = path.as_ref();
    match format {
        #[cfg(feature = "parquet")]
        Format::Parquet => crate::write_parquet(path, sample),
        #[cfg(feature = "arrow")]
        Format::Arrow => crate::write_arrow(path, sample),
        #[cfg(feature = "csv")]
        Format::Csv => crate::write_csv(path, sample),
        #[cfg(feature = "numpy")]
        Format::Npy => crate::write_npy(path, sample),
        #[cfg(feature = "numpy")]
        Format::Npz => crate::write_npz(path, sample),
        #[cfg(feature = "hdf5")]
        Format::Hdf5 => crate::write_hdf5(path, sample),
        other => Err(crate::read::unsupported(&path.display().to_string(), other)),
    }
}

/// A column as it goes into a file.
pub(crate) struct Column<'a> {
    pub(crate) name: &'a str,
    pub(crate) unit: Cow<'a, Unit>,
    pub(crate) values: Cow<'a, [f64]>,
    pub(crate) is_weight: bool,
}

/// Whether every format that keeps names can hold the sample.
pub(crate) fn check(path: &Path, sample: &Sample) -> Result<(), IoError> {
    let unwritable = |reason: &str| {
        Err(IoError::Unwritable { file: path.display().to_string(), reason: reason.to_owned() })
    };
    if sample.n_features() == 0 {
        return unwritable("it has no features");
    }
    if !sample.weights().are_unit() && sample.schema().names().any(|name| name == WEIGHT) {
        return unwritable("it is weighted and also has a feature \"weight\"");
    }
    Ok(())
}

/// The features of a sample, and its weights unless all are one.
pub(crate) fn columns<'a>(path: &Path, sample: &'a Sample) -> Result<Vec<Column<'a>>, IoError> {
    check(path, sample)?;
    let mut columns: Vec<_> = sample
        .schema()
        .features()
        .iter()
        .zip(sample.columns())
        .map(|(feature, values)| Column {
            name: feature.name(),
            unit: Cow::Borrowed(feature.unit()),
            values: Cow::Borrowed(values),
            is_weight: false,
        })
        .collect();
    if !sample.weights().are_unit() {
        columns.push(Column {
            name: WEIGHT,
            unit: Cow::Owned(Unit::Events),
            values: Cow::Owned(sample.weights().iter().collect()),
            is_weight: true,
        });
    }
    Ok(columns)
}

/// What can go wrong inside a format's writer.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Writes a file beside `path`, then renames it: a reader sees the old file or the new one.
pub(crate) fn atomically(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<(), Failure>,
) -> Result<(), IoError> {
    let beside = beside(path);
    let result = create_and_write(&beside, write)
        .and_then(|()| fs::rename(&beside, path))
        .map_err(|source| IoError::Write { file: path.display().to_string(), source });
    if result.is_err() {
        // The error above is the one to report; the remains may not even exist.
        let _ = fs::remove_file(&beside);
    }
    result
}

fn create_and_write(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<(), Failure>,
) -> io::Result<()> {
    let mut out = BufWriter::new(File::create_new(path)?);
    write(&mut out).map_err(|e| match e.downcast::<io::Error>() {
        Ok(e) => *e,
        Err(e) => io::Error::other(e),
    })?;
    out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
}

/// A name that no other write uses, in the same directory, since a rename does not cross file systems.
fn beside(path: &Path) -> PathBuf {
    static WRITES: AtomicU64 = AtomicU64::new(0);
    let n = WRITES.fetch_add(1, Ordering::Relaxed);
    let name = path.file_name().unwrap_or_default().display();
    path.with_file_name(format!(".{name}.{}-{n}.part", std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_failed_write_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        fs::write(&path, "old").unwrap();
        let error = atomically(&path, |out| {
            out.write_all(b"new")?;
            Err("the disk is full".into())
        });
        assert!(error.unwrap_err().to_string().ends_with("cannot be written: the disk is full"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
