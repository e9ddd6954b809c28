use std::path::Path;

use ::arrow::array::RecordBatch;
use ::arrow::ipc::writer::FileWriter;
use hepsys_core::Sample;

use crate::IoError;
use crate::write::{atomically, check};

/// How many events go into one record batch, or into one batch of a read.
pub(crate) const BATCH: usize = 1 << 16;

/// Writes an Arrow IPC file with units, and with weights marked as such.
///
/// # Errors
///
/// [`IoError::Write`] or [`IoError::Unwritable`].
pub fn write_arrow(path: impl AsRef<Path>, sample: &Sample) -> Result<(), IoError> {
    let path = path.as_ref();
    let batch = record_batch(path, sample)?;
    atomically(path, |out| {
        let mut writer = FileWriter::try_new(out, &batch.schema())?;
        for start in (0..batch.num_rows()).step_by(BATCH) {
            writer.write(&batch.slice(start, BATCH.min(batch.num_rows() - start)))?;
        }
        Ok(writer.finish()?)
    })
}

/// The record batch of a sample that can be written.
pub(crate) fn record_batch(path: &Path, sample: &Sample) -> Result<RecordBatch, IoError> {
    check(path, sample)?;
    sample.to_record_batch().map_err(|source| IoError::Sample { file: path.display().to_string(), source })
}
