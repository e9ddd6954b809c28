//! HDF5: one data set a column, contiguous, compact or chunked, with or without filters.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom};
use std::path::Path;

use hdf5_pure::{AttrValue, DType, Dataset, FileBuilder, Group, ReadSeekSource};
use hepsys_core::marks::{ROLE, UNIT, WEIGHT};
use hepsys_core::{Sample, Unit};

use crate::collect::Collector;
use crate::plan::{FileColumn, Plan};
use crate::write::{self, Column};
use crate::{IoError, MEMORY, ReadOptions};

const HDF5: &str = "HDF5";

/// The attributes that may name the unit of a data set.
const UNITS: [&str; 2] = [UNIT, "units"];

/// The attribute of a data set that keeps its place among the columns: HDF5 itself sorts by name.
const INDEX: &str = "hepsys.index";

/// Groups nested deeper, and more groups, than this are not searched for columns: links of a hostile file may run in circles.
const DEEPEST: usize = 8;
const MOST_GROUPS: usize = 10_000;

/// Reads an HDF5 file; a data set inside a group is the column `group/name`.
///
/// A data set may name its unit in its attribute `unit` or `units`,
/// and mark itself as the weights by `hepsys.role = weight`.
/// Only the data sets asked for are read.
///
/// # Errors
///
/// Every [`IoError`] of reading, with file, column and event.
pub fn read_hdf5(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Sample, IoError> {
    let path = path.as_ref();
    let file = path.display().to_string();
    let reader = File::open(path).map_err(|source| IoError::read(&file, source))?;
    read(&file, BufReader::new(reader), options)
}

/// Reads HDF5 from anything that can be read and searched; errors call it `<memory>`.
///
/// # Errors
///
/// As [`read_hdf5`].
pub fn read_hdf5_from(
    reader: impl Read + Seek + Send + 'static,
    options: &ReadOptions,
) -> Result<Sample, IoError> {
    read(MEMORY, reader, options)
}

/// Writes an HDF5 file with one contiguous `f64` data set a feature, with units, and with weights marked as such.
///
/// # Errors
///
/// [`IoError::Write`] or [`IoError::Unwritable`], the latter also for a feature whose name has a `/`.
pub fn write_hdf5(path: impl AsRef<Path>, sample: &Sample) -> Result<(), IoError> {
    let path = path.as_ref();
    let columns = write::columns(path, sample)?;
    if let Some(column) =
        columns.iter().find(|c| c.name.is_empty() || c.name == "." || c.name.contains(['/', '\0']))
    {
        return Err(IoError::Unwritable {
            file: path.display().to_string(),
            reason: format!("\"{}\" is no name of a data set", column.name),
        });
    }
    write::atomically(path, |out| write_to(out, &columns))
}

fn read(
    file: &str,
    mut reader: impl Read + Seek + Send + 'static,
    options: &ReadOptions,
) -> Result<Sample, IoError> {
    if reader.seek(SeekFrom::End(0)).map_err(|e| IoError::read(file, e))? == 0 {
        return Err(IoError::Empty { file: file.to_owned() });
    }
    let source = ReadSeekSource::new(reader).map_err(|e| IoError::damaged(file, HDF5, e))?;
    let content = hdf5_pure::File::from_source(source).map_err(|e| failed(file, e))?;
    let datasets = find_datasets(content.root()).map_err(|e| failed(file, e))?;
    let (datasets, columns) = in_order(datasets);
    let plan = Plan::new(file, options, &columns)?;
    let n_rows = check(file, &plan, &datasets)?;
    let mut collector = Collector::new(file, &plan);
    for (slot, wanted) in plan.wanted.iter().enumerate() {
        let values = datasets[wanted.index].read_f64_rows(0, n_rows).map_err(|e| failed(file, e))?;
        if values.len() as u64 != n_rows {
            let reason =
                format!("column \"{}\" has {} events, expected {n_rows}", wanted.in_file, values.len());
            return Err(IoError::damaged(file, HDF5, reason));
        }
        collector.extend(slot, values)?;
    }
    collector.finish()
}

/// The data sets of a file by their paths: those of a group before those of the groups inside it.
fn find_datasets(root: Group) -> Result<Vec<(String, Dataset)>, hdf5_pure::Error> {
    let mut found = Vec::new();
    let mut groups = VecDeque::from([(String::new(), 0, root)]);
    let mut n_groups = 1;
    while let Some((prefix, depth, group)) = groups.pop_front() {
        found.extend(group.iter_datasets()?.map(|(name, dataset)| (format!("{prefix}{name}"), dataset)));
        if depth == DEEPEST || MOST_GROUPS <= n_groups {
            continue;
        }
        for (name, inner) in group.iter_groups()?.take(MOST_GROUPS - n_groups) {
            groups.push_back((format!("{prefix}{name}/"), depth + 1, inner));
            n_groups += 1;
        }
    }
    Ok(found)
}

/// The data sets and what they say of themselves, in the order of their writer if it left one.
fn in_order(datasets: Vec<(String, Dataset)>) -> (Vec<Dataset>, Vec<FileColumn>) {
    let mut described: Vec<_> = datasets
        .into_iter()
        .map(|(name, dataset)| {
            let attributes = dataset.attrs().unwrap_or_default();
            let text = |key: &str| attributes.get(key).and_then(AttrValue::as_str);
            let column = FileColumn {
                name,
                not_numbers: not_numbers(&dataset),
                unit: UNITS.into_iter().find_map(text).map(Unit::from),
                marked_as_weight: text(ROLE) == Some(WEIGHT),
            };
            (attributes.get(INDEX).and_then(AttrValue::as_u64), dataset, column)
        })
        .collect();
    described.sort_by_key(|(index, _, _)| index.unwrap_or(u64::MAX));
    described.into_iter().map(|(_, dataset, column)| (dataset, column)).unzip()
}

/// What a data set holds where that is not one number an event.
fn not_numbers(dataset: &Dataset) -> Option<String> {
    match (dataset.dtype(), dataset.shape()) {
        (Err(e), _) | (_, Err(e)) => Some(format!("what cannot be read: {e}")),
        (Ok(dtype), _) if !is_number(&dtype) => Some(format!("values of type {dtype}")),
        (_, Ok(shape)) if shape.len() != 1 => Some(format!("an array of shape {shape:?}")),
        _ => None,
    }
}

fn is_number(dtype: &DType) -> bool {
    use DType::{F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};
    matches!(dtype, F32 | F64 | I8 | I16 | I32 | I64 | U8 | U16 | U32 | U64)
}

/// Holds the lengths of the data sets against each other and against the limits; returns how many events to read.
fn check(file: &str, plan: &Plan, datasets: &[Dataset]) -> Result<u64, IoError> {
    let mut expected = None;
    for wanted in &plan.wanted {
        let dataset = &datasets[wanted.index];
        let length = dataset.shape().map_err(|e| failed(file, e))?.first().copied().unwrap_or_default();
        if *expected.get_or_insert(length) != length {
            return Err(IoError::LengthMismatch {
                file: file.to_owned(),
                column: wanted.in_file.clone(),
                expected: expected.unwrap_or_default(),
                found: length,
            });
        }
        let width = dataset.element_size().map_err(|e| failed(file, e))?;
        let chunk = dataset.chunk_shape().map_err(|e| failed(file, e))?.unwrap_or_default();
        let bytes = chunk.iter().fold(width, |product, &n| product.saturating_mul(n));
        plan.check_bytes(file, bytes, || format!("a chunk of column \"{}\"", wanted.in_file))?;
    }
    plan.check_rows(file, expected.unwrap_or_default())
}

fn failed(file: &str, error: hdf5_pure::Error) -> IoError {
    match error {
        hdf5_pure::Error::Io(source) => IoError::reading(file, HDF5, source),
        other => IoError::damaged(file, HDF5, other),
    }
}

fn write_to(out: &mut BufWriter<File>, columns: &[Column<'_>]) -> Result<(), write::Failure> {
    let mut builder = FileBuilder::new();
    for (index, column) in columns.iter().enumerate() {
        let dataset = builder.create_dataset(column.name);
        dataset.with_f64_data(&column.values).with_shape(&[column.values.len() as u64]);
        dataset.set_attr(UNITS[0], AttrValue::String(column.unit.to_string()));
        dataset.set_attr(INDEX, AttrValue::U64(index as u64));
        if column.is_weight {
            dataset.set_attr(ROLE, AttrValue::String(WEIGHT.to_owned()));
        }
    }
    Ok(builder.finish_to(out)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn data_sets_inside_groups_are_columns() {
        let mut builder = FileBuilder::new();
        let mut group = builder.create_group("events");
        group
            .create_dataset("pt")
            .with_f64_data(&[45.5, 27.0])
            .set_attr("units", AttrValue::String("GeV".into()));
        builder.add_group(group.finish());
        let bytes = Cursor::new(builder.finish().unwrap());
        let options = ReadOptions::new().column_as("events/pt", "pt");
        let sample = read_hdf5_from(bytes.clone(), &options).unwrap();
        assert_eq!(sample.column("pt").unwrap(), [45.5, 27.0]);
        assert_eq!(sample.schema().features()[0].unit(), &Unit::GeV);
        let error = read_hdf5_from(bytes, &ReadOptions::new().column("pt")).unwrap_err().to_string();
        assert_eq!(error, "<memory>: no column \"pt\"; the file has events/pt");
    }

    #[test]
    fn columns_of_different_lengths_are_an_error() {
        let mut builder = FileBuilder::new();
        builder.create_dataset("a").with_f64_data(&[1.0, 2.0]);
        builder.create_dataset("b").with_f64_data(&[1.0]);
        let error = read_hdf5_from(Cursor::new(builder.finish().unwrap()), &ReadOptions::new()).unwrap_err();
        assert_eq!(error.to_string(), "<memory>: column \"b\" has 1 events, expected 2");
    }

    #[test]
    fn a_table_is_no_column() {
        let mut builder = FileBuilder::new();
        builder.create_dataset("a").with_f64_data(&[1.0, 2.0]).with_shape(&[1, 2]);
        let options = ReadOptions::new().column("a");
        let error = read_hdf5_from(Cursor::new(builder.finish().unwrap()), &options).unwrap_err().to_string();
        assert!(error.ends_with("but it holds an array of shape [1, 2]"), "{error}");
    }
}
