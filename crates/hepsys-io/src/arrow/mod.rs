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
pub(crate) use convert::file_columns;
#[cfg(feature = "parquet")]
pub(crate) use convert::{append, append_texts};
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;
    use std::sync::Arc;

    use ::arrow::array::{
        ArrayRef, Float32Array, Float64Array, Int64Array, ListArray, RecordBatch, StringArray,
        StringViewArray, StructArray,
    };
    use ::arrow::datatypes::{DataType, Field, Int32Type};
    use ::arrow::ipc::writer::{FileWriter, StreamWriter};

    /// Columns of numbers behind, between and after columns of every nesting.
    fn batch() -> RecordBatch {
        let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1)]), None]);
        let inner = Arc::new(Float64Array::from(vec![7.0, 8.0])) as ArrayRef;
        let nested = StructArray::from(vec![(Arc::new(Field::new("x", DataType::Float64, true)), inner)]);
        let long = "longer than what fits into a view";
        let columns: [(&str, ArrayRef); 6] = [
            ("list", Arc::new(list)),
            ("a", Arc::new(Float32Array::from(vec![0.5, 1.5]))),
            ("view", Arc::new(StringViewArray::from(vec![long, "short"]))),
            ("nested", Arc::new(nested)),
            ("text", Arc::new(StringArray::from(vec!["s", "b"]))),
            ("b", Arc::new(Int64Array::from(vec![-1, 2]))),
        ];
        RecordBatch::try_from_iter(columns).unwrap()
    }

    fn file(batches: &[RecordBatch]) -> Vec<u8> {
        let mut writer = FileWriter::try_new(Vec::new(), &batches[0].schema()).unwrap();
        batches.iter().for_each(|b| writer.write(b).unwrap());
        writer.into_inner().unwrap()
    }

    fn stream(batches: &[RecordBatch]) -> Vec<u8> {
        let mut writer = StreamWriter::try_new(Vec::new(), &batches[0].schema()).unwrap();
        batches.iter().for_each(|b| writer.write(b).unwrap());
        writer.into_inner().unwrap()
    }

    #[test]
    fn numbers_are_found_among_columns_of_every_nesting() {
        for bytes in [file(&[batch(), batch()]), stream(&[batch(), batch()])] {
            let sample = read_arrow_from(Cursor::new(bytes), &ReadOptions::new()).unwrap();
            assert_eq!(sample.schema().names().collect::<Vec<_>>(), ["a", "b"]);
            assert_eq!(sample.column("a").unwrap(), [0.5, 1.5, 0.5, 1.5]);
            assert_eq!(sample.column("b").unwrap(), [-1.0, 2.0, -1.0, 2.0]);
        }
    }

    #[test]
    fn a_slice_of_a_batch_is_read_as_what_it_is() {
        let sliced = batch().slice(1, 1);
        let sample = read_arrow_from(Cursor::new(file(&[sliced])), &ReadOptions::new()).unwrap();
        assert_eq!(sample.column("a").unwrap(), [1.5]);
        assert_eq!(sample.column("b").unwrap(), [2.0]);
    }

    #[test]
    fn a_null_is_named_by_its_event_in_the_file() {
        let column = |values: Vec<Option<f64>>| {
            let array = Arc::new(Float64Array::from(values)) as ArrayRef;
            RecordBatch::try_from_iter_with_nullable([("pt", array, true)]).unwrap()
        };
        let batches = [column(vec![Some(1.0), Some(2.0)]), column(vec![Some(3.0), None])];
        let error = read_arrow_from(Cursor::new(file(&batches)), &ReadOptions::new()).unwrap_err();
        assert_eq!(error.to_string(), "<memory>: column \"pt\" has no value for event 3");
        let start = ReadOptions::new().limit_rows(3);
        assert_eq!(read_arrow_from(Cursor::new(file(&batches)), &start).unwrap().n_events(), 3);
    }

    #[test]
    fn a_stream_without_its_end_marker_is_whole_but_one_cut_inside_a_batch_is_not() {
        let bytes = stream(&[batch()]);
        let cut =
            |n: usize| read_arrow_from(Cursor::new(bytes[..bytes.len() - n].to_vec()), &ReadOptions::new());
        assert_eq!(cut(8).unwrap().n_events(), 2);
        assert!(matches!(cut(9), Err(IoError::Damaged { .. })));
    }
}
