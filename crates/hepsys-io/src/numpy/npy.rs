use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

use hepsys_core::Sample;
use npyz::{DType, Field, WriteOptions, WriterBuilder};

use super::header;
use super::layout::{Layout, Number};
use crate::collect::Collector;
use crate::plan::Plan;
use crate::write::{self, Column};
use crate::{IoError, MEMORY, ReadOptions};

const NPY: &str = "NPY";

/// How many bytes of an array are looked at at once.
const BLOCK: u64 = 1 << 16;

/// Reads an NPY file: a structured array with its names, or a plain one whose columns are called `f0`, `f1`, …
///
/// # Errors
///
/// Every [`IoError`] of reading, with file, column and event.
pub fn read_npy(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Sample, IoError> {
    let path = path.as_ref();
    let file = path.display().to_string();
    let reader = File::open(path).map_err(|source| IoError::read(&file, source))?;
    read(&file, BufReader::new(reader), options)
}

/// Reads an NPY array from anything that can be read; errors call it `<memory>`.
///
/// # Errors
///
/// As [`read_npy`].
pub fn read_npy_from(reader: impl Read, options: &ReadOptions) -> Result<Sample, IoError> {
    read(MEMORY, reader, options)
}

/// Writes an NPY file: a structured array with one `f8` field a feature, without units;
/// weights go into a field `weight`.
///
/// # Errors
///
/// [`IoError::Write`] or [`IoError::Unwritable`].
pub fn write_npy(path: impl AsRef<Path>, sample: &Sample) -> Result<(), IoError> {
    let path = path.as_ref();
    let columns = write::columns(path, sample)?;
    write::atomically(path, |out| write_to(out, &columns))
}

fn read(file: &str, mut reader: impl Read, options: &ReadOptions) -> Result<Sample, IoError> {
    let header = header::read(file, NPY, &mut reader)?;
    let layout = Layout::new(file, NPY, &header)?;
    let plan = Plan::new(file, options, &layout.file_columns())?;
    let n_rows = plan.check_rows(file, layout.n_rows)?;
    plan.check_bytes(file, layout.row_bytes, || "one event".to_owned())?;
    let mut collector = Collector::new(file, &plan);
    collector.reserve(n_rows);
    if layout.by_column {
        read_columns(file, reader, &layout, &plan, n_rows, &mut collector)?;
    } else {
        let slots: Vec<_> = (0..plan.wanted.len()).filter_map(|s| slot(&layout, &plan, s)).collect();
        let each = |row: &[u8]| {
            slots
                .iter()
                .try_for_each(|&(s, at, number)| collector.push(s, number.decode(&row[at as usize..])))
        };
        read_rows(file, NPY, &mut reader, layout.row_bytes, n_rows, each)?;
        if n_rows == layout.n_rows {
            expect_end(file, NPY, reader)?;
        }
    }
    collector.finish()
}

/// A slot of the sample with the place of its column within an event.
fn slot(layout: &Layout, plan: &Plan, slot: usize) -> Option<(usize, u64, Number)> {
    let place = &layout.columns[plan.wanted[slot].index];
    // A plan holds numbers only.
    place.number.as_ref().ok().map(|&number| (slot, place.offset, number))
}

/// Hands `n_rows` rows of `row_bytes` bytes to `each`.
pub(super) fn read_rows(
    file: &str,
    format: &'static str,
    mut reader: impl Read,
    row_bytes: u64,
    n_rows: u64,
    mut each: impl FnMut(&[u8]) -> Result<(), IoError>,
) -> Result<(), IoError> {
    if row_bytes == 0 || n_rows == 0 {
        return Ok(());
    }
    let rows_at_once = (BLOCK / row_bytes).clamp(1, n_rows);
    let mut block = vec![0; (rows_at_once * row_bytes) as usize];
    let mut left = n_rows;
    while 0 < left {
        let n = left.min(rows_at_once);
        let rows = &mut block[..(n * row_bytes) as usize];
        reader.read_exact(rows).map_err(|e| IoError::reading(file, format, e))?;
        rows.chunks_exact(row_bytes as usize).try_for_each(&mut each)?;
        left -= n;
    }
    Ok(())
}

/// An array that goes on after its last value is not the one that its header describes.
pub(super) fn expect_end(file: &str, format: &'static str, mut reader: impl Read) -> Result<(), IoError> {
    // Reading to the end also makes an archive check its sum.
    match reader.read(&mut [0]).map_err(|e| IoError::reading(file, format, e))? {
        0 => Ok(()),
        _ => Err(IoError::damaged(file, format, "it goes on after the last value of its array")),
    }
}

/// Reads an array in Fortran order: column after column.
fn read_columns(
    file: &str,
    mut reader: impl Read,
    layout: &Layout,
    plan: &Plan,
    n_rows: u64,
    collector: &mut Collector<'_>,
) -> Result<(), IoError> {
    let last = plan.wanted.iter().map(|w| w.index).max().unwrap_or_default();
    for (index, place) in layout.columns.iter().enumerate().take(last + 1) {
        let slots: Vec<_> = (0..plan.wanted.len()).filter(|&s| plan.wanted[s].index == index).collect();
        let mut unread = layout.n_rows;
        if let (Ok(number), false) = (&place.number, slots.is_empty()) {
            read_rows(file, NPY, &mut reader, number.bytes, n_rows, |value| {
                slots.iter().try_for_each(|&s| collector.push(s, number.decode(value)))
            })?;
            unread -= n_rows;
        }
        let width = layout.row_bytes / layout.columns.len() as u64;
        let skip = unread.saturating_mul(width);
        let skipped = io::copy(&mut reader.by_ref().take(skip), &mut io::sink());
        if skipped.map_err(|e| IoError::reading(file, NPY, e))? < skip {
            return Err(IoError::damaged(file, NPY, "it ends too early"));
        }
    }
    Ok(())
}

/// One event of a structured array.
struct Row(Vec<f64>);

struct RowWriter;

impl npyz::Serialize for Row {
    type TypeWriter = RowWriter;

    fn writer(_: &DType) -> Result<RowWriter, npyz::DTypeError> {
        Ok(RowWriter)
    }
}

impl npyz::TypeWrite for RowWriter {
    type Value = Row;

    fn write_one<W: Write>(&self, mut writer: W, row: &Row) -> io::Result<()> {
        row.0.iter().try_for_each(|value| writer.write_all(&value.to_le_bytes()))
    }
}

fn write_to(out: &mut BufWriter<File>, columns: &[Column<'_>]) -> Result<(), write::Failure> {
    let n_events = columns.first().map_or(0, |c| c.values.len());
    let fields = columns
        .iter()
        .map(|c| Ok(Field { name: c.name.to_owned(), dtype: DType::Plain("<f8".parse()?) }))
        .collect::<Result<_, write::Failure>>()?;
    let options = WriteOptions::new().dtype(DType::Record(fields)).shape(&[n_events as u64]);
    let mut array = options.writer(out).begin_nd()?;
    for event in 0..n_events {
        array.push(&Row(columns.iter().map(|c| c.values[event]).collect()))?;
    }
    Ok(array.finish()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A plain array of two events and three columns, `[[1, 2, 3], [4, 5, 6]]`.
    fn array(order: &str, values: [f32; 6]) -> Vec<u8> {
        let header = format!("{{'descr': '<f4', 'fortran_order': {order}, 'shape': (2, 3), }}");
        let mut bytes = [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..]].concat();
        bytes.extend(header.bytes());
        bytes.extend(values.into_iter().flat_map(f32::to_le_bytes));
        bytes
    }

    #[test]
    fn both_orders_hold_the_same_columns() {
        let c = array("False", [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let fortran = array("True", [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
        for bytes in [c, fortran] {
            let options = ReadOptions::new().column_as("f2", "z").column_as("f0", "x");
            let sample = read_npy_from(bytes.as_slice(), &options).unwrap();
            assert_eq!(sample.column("x").unwrap(), [1.0, 4.0]);
            assert_eq!(sample.column("z").unwrap(), [3.0, 6.0]);
            let first = read_npy_from(bytes.as_slice(), &options.limit_rows(1)).unwrap();
            assert_eq!(first.column("z").unwrap(), [3.0]);
        }
    }

    #[test]
    fn an_array_that_ends_early_is_an_error_in_both_orders() {
        for order in ["True", "False"] {
            let bytes = array(order, [1.0; 6]);
            let error = read_npy_from(&bytes[..bytes.len() - 1], &ReadOptions::new()).unwrap_err();
            assert_eq!(error.to_string(), "<memory>: not a whole NPY file: it ends too early");
        }
    }

    #[test]
    fn an_array_that_goes_on_is_an_error() {
        let mut bytes = array("False", [1.0; 6]);
        bytes.push(0);
        assert!(matches!(read_npy_from(bytes.as_slice(), &ReadOptions::new()), Err(IoError::Damaged { .. })));
    }
}
