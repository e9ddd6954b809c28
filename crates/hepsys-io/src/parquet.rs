//! Apache Parquet, row group by row group and only the columns asked for.

use std::fs::File;
use std::io::{Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use ::arrow::array::RecordBatch;
use ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use ::parquet::arrow::{ArrowWriter, ProjectionMask};
use ::parquet::basic::Compression;
use ::parquet::file::metadata::ParquetMetaData;
use ::parquet::file::properties::WriterProperties;
use hepsys_core::Sample;

use crate::arrow::{BATCH, append, append_texts, file_columns, record_batch};
use crate::categories::Texts;
use crate::collect::Collector;
use crate::plan::{FileColumn, Plan};
use crate::{IoError, MEMORY, ReadOptions, write};

mod source;

use source::Source;

const PARQUET: &str = "Parquet";

/// How many events go into one row group: large enough to compress, small enough to read a few.
const ROW_GROUP: usize = 1 << 18;

/// Reads a Parquet file.
///
/// Columns that are not asked for are neither read nor decompressed, and pages beyond the row limit are not touched.
/// Units and weights are marked as in Arrow files: see [`read_arrow`](crate::read_arrow).
///
/// # Errors
///
/// Every [`IoError`] of reading, with file, column and event.
pub fn read_parquet(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Sample, IoError> {
    let path = path.as_ref();
    let file = path.display().to_string();
    let reader = File::open(path).map_err(|source| IoError::read(&file, source))?;
    Ok(read(&file, reader, options.memory_limit, |_| Ok(options.clone()))?.0)
}

/// Reads Parquet from anything that can be read and searched; errors call it `<memory>`.
///
/// # Errors
///
/// As [`read_parquet`].
pub fn read_parquet_from(
    reader: impl Read + Seek + Send + 'static,
    options: &ReadOptions,
) -> Result<Sample, IoError> {
    Ok(read(MEMORY, reader, options.memory_limit, |_| Ok(options.clone()))?.0)
}

/// Writes a Parquet file with units, and with weights marked as such.
///
/// # Errors
///
/// [`IoError::Write`] or [`IoError::Unwritable`].
pub fn write_parquet(path: impl AsRef<Path>, sample: &Sample) -> Result<(), IoError> {
    let path = path.as_ref();
    let batch = record_batch(path, sample)?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        // Continuous quantities hardly repeat.
        .set_dictionary_enabled(false)
        .set_max_row_group_row_count(Some(ROW_GROUP))
        .build();
    write::atomically(path, |out| {
        let mut writer = ArrowWriter::try_new(out, batch.schema(), Some(properties))?;
        writer.write(&batch)?;
        writer.close()?;
        Ok(())
    })
}

/// Reads what `choose` asks for of the columns that the file turns out to have; its columns of names beside the sample.
pub(crate) fn read(
    file: &str,
    reader: impl Read + Seek + Send + 'static,
    memory_limit: u64,
    choose: impl FnOnce(&[FileColumn]) -> Result<ReadOptions, IoError>,
) -> Result<(Sample, Texts), IoError> {
    let source = Source::new(reader, memory_limit).map_err(|e| IoError::read(file, e))?;
    if source.is_empty() {
        return Err(IoError::Empty { file: file.to_owned() });
    }
    // The decoder of parquet 60 panics at some corrupt pages ("Decoder for dict should have been set", found by
    // fuzzing), deep inside what its interface lets nobody check before. This is the one place that catches a panic;
    // everything that it could leave half done is dropped here.
    let result = catch_unwind(AssertUnwindSafe(|| read_from(file, &source, choose)))
        .unwrap_or_else(|_| Err(IoError::damaged(file, PARQUET, "a page cannot be decoded")));
    // A page that is refused is the cause of whatever error the decoder makes of it.
    result.map_err(|error| match source.refused() {
        None => error,
        Some(needed) => IoError::TooLarge {
            file: file.to_owned(),
            what: "a decompressed page".to_owned(),
            needed,
            limit: memory_limit,
        },
    })
}

fn read_from<R: Read + Seek + Send + 'static>(
    file: &str,
    source: &Source<R>,
    choose: impl FnOnce(&[FileColumn]) -> Result<ReadOptions, IoError>,
) -> Result<(Sample, Texts), IoError> {
    let damaged = |reason: String| IoError::damaged(file, PARQUET, reason);
    let builder =
        ParquetRecordBatchReaderBuilder::try_new(source.clone()).map_err(|e| damaged(e.to_string()))?;
    let columns = file_columns(builder.schema());
    let plan = Plan::new(file, &choose(&columns)?, &columns)?;
    let n_rows = check(file, &plan, builder.metadata())?;
    // The batches of the reader hold each column once, in the order of the file.
    let mut roots: Vec<_> = plan.indices().collect();
    roots.sort_unstable();
    roots.dedup();
    let mask = ProjectionMask::roots(builder.parquet_schema(), roots.iter().copied());
    let batches = builder
        .with_projection(mask)
        .with_batch_size(BATCH)
        .with_limit(n_rows as usize)
        .build()
        .map_err(|e| damaged(e.to_string()))?;
    let mut collector = Collector::new(file, &plan);
    collector.reserve(n_rows);
    let column = |batch: &RecordBatch, index: usize, name: &str| {
        let place = roots.binary_search(&index).ok().filter(|&p| p < batch.num_columns());
        let place = place.ok_or_else(|| damaged(format!("column \"{name}\" was lost")))?;
        Ok(Arc::clone(batch.column(place)))
    };
    for batch in batches {
        let batch = batch.map_err(|e| damaged(e.to_string()))?;
        for (slot, wanted) in plan.wanted.iter().enumerate() {
            let column = column(&batch, wanted.index, &wanted.in_file)?;
            append(file, PARQUET, &mut collector, slot, &column)?;
        }
        for (slot, text) in plan.texts.iter().enumerate() {
            let column = column(&batch, text.index, &text.in_file)?;
            append_texts(file, PARQUET, &mut collector, slot, &column)?;
        }
    }
    if (collector.n_rows(0) as u64) < n_rows {
        return Err(damaged(format!("it has {} events, expected {n_rows}", collector.n_rows(0))));
    }
    collector.finish_with_texts()
}

/// Holds the file's own description against the limits; returns how many events to read.
fn check(file: &str, plan: &Plan, metadata: &ParquetMetaData) -> Result<u64, IoError> {
    let damaged = |reason: &str| IoError::damaged(file, PARQUET, reason);
    let schema = metadata.file_metadata().schema_descr();
    let mut total = 0_u64;
    for group in metadata.row_groups() {
        let rows =
            u64::try_from(group.num_rows()).map_err(|_| damaged("a row group has a negative length"))?;
        total = total.checked_add(rows).ok_or_else(|| damaged("it claims more than 2^64 events"))?;
        for (leaf, column) in group.columns().iter().enumerate() {
            let start = column.dictionary_page_offset().unwrap_or(column.data_page_offset());
            if start < 0 || column.data_page_offset() < 0 || column.compressed_size() < 0 {
                return Err(damaged("a column has a negative place"));
            }
            let root = schema.get_column_root_idx(leaf);
            if plan.indices().any(|index| index == root) {
                let bytes = u64::try_from(column.uncompressed_size()).unwrap_or_default();
                plan.check_bytes(file, bytes, || {
                    format!("a row group of column \"{}\"", column.column_path())
                })?;
            }
        }
    }
    plan.check_rows(file, total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    use ::arrow::array::{ArrayRef, Float64Array, StringArray};

    fn file(columns: [(&str, ArrayRef); 2], properties: WriterProperties) -> Vec<u8> {
        let columns = columns.map(|(name, column)| (name, column, true));
        let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
        let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.into_inner().unwrap()
    }

    #[test]
    fn a_null_is_named_by_its_event_in_the_file() {
        let text = Arc::new(StringArray::from(vec!["s"; 5])) as ArrayRef;
        let pt =
            Arc::new(Float64Array::from(vec![Some(1.0), Some(2.0), Some(3.0), None, Some(5.0)])) as ArrayRef;
        // Two events a row group: the fourth event is the second of its group.
        let groups = WriterProperties::builder().set_max_row_group_row_count(Some(2)).build();
        let bytes = Cursor::new(file([("text", text), ("pt", pt)], groups));
        let error = read_parquet_from(bytes.clone(), &ReadOptions::new()).unwrap_err();
        assert_eq!(error.to_string(), "<memory>: column \"pt\" has no value for event 3");
        let start = read_parquet_from(bytes, &ReadOptions::new().limit_rows(3)).unwrap();
        assert_eq!(start.column("pt").unwrap(), [1.0, 2.0, 3.0]);
    }

    #[test]
    fn a_page_larger_than_the_limit_is_refused_even_if_few_events_are_asked_for() {
        let column = || Arc::new(Float64Array::from(vec![1.0; 10_000])) as ArrayRef;
        let plain =
            WriterProperties::builder().set_dictionary_enabled(false).set_compression(Compression::SNAPPY);
        let bytes = file([("a", column()), ("b", column())], plain.build());
        let options = ReadOptions::new().column("a").limit_rows(10).memory_limit(50_000);
        let error = read_parquet_from(Cursor::new(bytes), &options).unwrap_err();
        assert!(matches!(error, IoError::TooLarge { limit: 50_000, .. }), "{error}");
    }
}
