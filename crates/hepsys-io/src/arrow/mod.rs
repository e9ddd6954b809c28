//! Arrow IPC: files and streams of record batches.

mod batch;
mod convert;
mod ipc;
mod write;

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;

use hepsys_core::Sample;

#[cfg(feature = "parquet")]
pub(crate) use convert::append;
#[cfg(feature = "parquet")]
pub(crate) use convert::file_columns;
pub use write::write_arrow;
#[cfg(feature = "parquet")]
pub(crate) use write::{BATCH, record_batch};

use crate::collect::Collector;
use crate::plan::Plan;
use crate::{IoError, MEMORY, ReadOptions};

const ARROW: &str = "Arrow IPC";

/// Reads an Arrow IPC file or stream, uncompressed.
///
/// A field may name its unit in its metadata under `unit`,
/// and mark itself as the weights by `hepsys.role = weight`.
/// Only the buffers of the columns asked for are read.
///
/// # Errors
///
/// Every [`IoError`] of reading, with file, column and event.
pub fn read_arrow(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Sample, IoError> {
    let path = path.as_ref();
    let file = path.display().to_string();
    let reader = File::open(path).map_err(|source| IoError::read(&file, source))?;
    read(&file, BufReader::new(reader), options)
}

/// Reads Arrow IPC from anything that can be read and searched; errors call it `<memory>`.
///
/// # Errors
///
/// As [`read_arrow`].
pub fn read_arrow_from(reader: impl Read + Seek, options: &ReadOptions) -> Result<Sample, IoError> {
    read(MEMORY, reader, options)
}

fn read(file: &str, reader: impl Read + Seek, options: &ReadOptions) -> Result<Sample, IoError> {
    let mut messages = ipc::Messages::open(file, reader)?;
    let plan = Plan::new(file, options, &convert::file_columns(messages.schema()))?;
    let limit = options.limit_rows.unwrap_or(u64::MAX);
    let mut collector = Collector::new(file, &plan);
    let mut n_rows = 0;
    while n_rows < limit {
        let Some(batch) = messages.next_batch()? else { break };
        let rows = batch.n_rows().min(limit - n_rows);
        n_rows += rows;
        plan.check_rows(file, n_rows)?;
        collector.reserve(rows);
        for (slot, wanted) in plan.wanted.iter().enumerate() {
            let column = batch.column(&mut messages, wanted.index, rows)?;
            convert::append(file, ARROW, &mut collector, slot, &column)?;
        }
    }
    collector.finish()
}
