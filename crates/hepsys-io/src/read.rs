use std::path::Path;

use hepsys_core::Sample;

use crate::{Format, IoError, ReadOptions};

/// Reads a sample from a file of any format: known by its content, then by its extension.
///
/// ```
/// use hepsys_core::{Feature, Sample};
/// use hepsys_io::{ReadOptions, read_sample, write_sample};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("muons.parquet");
/// write_sample(&path, &Sample::from_columns([(Feature::new("PT1", "GeV"), vec![45.5, 27.0])])?)?;
///
/// let options = ReadOptions::new().column_any_of(["pt1", "PT1"], "pt1").unit("pt1", "MeV");
/// assert_eq!(read_sample(&path, &options)?.column("pt1")?, [45_500.0, 27_000.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Every [`IoError`] of reading, with file, column and event where they apply.
pub fn read_sample(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Sample, IoError> {
    let path = path.as_ref();
    match Format::of_file(path)? {
        #[cfg(feature = "parquet")]
        Format::Parquet => crate::read_parquet(path, options),
        #[cfg(feature = "arrow")]
        Format::Arrow => crate::read_arrow(path, options),
        #[cfg(feature = "csv")]
        Format::Csv => crate::read_csv(path, options),
        #[cfg(feature = "numpy")]
        Format::Npy => crate::read_npy(path, options),
        #[cfg(feature = "numpy")]
        Format::Npz => crate::read_npz(path, options),
        #[cfg(feature = "hdf5")]
        Format::Hdf5 => crate::read_hdf5(path, options),
        other => Err(unsupported(&path.display().to_string(), other)),
    }
}

/// The error of a format that this build, or this version, does not have.
pub(crate) fn unsupported(file: &str, format: Format) -> IoError {
    let what = match format {
        Format::Root => "ROOT files are not yet supported".to_owned(),
        format => {
            format!("{format} files are not supported: a feature of hepsys-io was left out of this build")
        }
    };
    IoError::NotSupported { file: file.to_owned(), what }
}
