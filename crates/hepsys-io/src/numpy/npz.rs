use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek};
use std::path::Path;

use hepsys_core::Sample;
use npyz::WriterBuilder;
use npyz::npz::{NpzArchive, NpzWriter, array_name_from_file_name};

use super::header;
use super::layout::{Layout, Number};
use super::npy::{expect_end, read_rows};
use crate::collect::Collector;
use crate::plan::{FileColumn, Plan};
use crate::write::{self, Column};
use crate::{IoError, MEMORY, ReadOptions};

const NPZ: &str = "NPZ";

/// Reads an NPZ file, stored or deflated: every member is a column and an array of one number an event.
///
/// Members are decompressed as a stream, and only those asked for.
///
/// # Errors
///
/// Every [`IoError`] of reading, with file, column and event.
pub fn read_npz(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Sample, IoError> {
    let path = path.as_ref();
    let file = path.display().to_string();
    let reader = File::open(path).map_err(|source| IoError::read(&file, source))?;
    read(&file, BufReader::new(reader), options)
}

/// Reads an NPZ archive from anything that can be read and searched; errors call it `<memory>`.
///
/// # Errors
///
/// As [`read_npz`].
pub fn read_npz_from(reader: impl Read + Seek, options: &ReadOptions) -> Result<Sample, IoError> {
    read(MEMORY, reader, options)
}

/// Writes a deflated NPZ file with one `f8` array a feature, without units; weights go into an array `weight`.
///
/// # Errors
///
/// [`IoError::Write`] or [`IoError::Unwritable`].
pub fn write_npz(path: impl AsRef<Path>, sample: &Sample) -> Result<(), IoError> {
    let path = path.as_ref();
    let columns = write::columns(path, sample)?;
    write::atomically(path, |out| write_to(out, &columns))
}

/// A member of an archive.
struct Member {
    /// Its place in the archive.
    index: usize,
    name: String,
    /// How many numbers it has and how they are stored, or what it holds instead.
    array: Result<(u64, Number), String>,
}

fn read(file: &str, reader: impl Read + Seek, options: &ReadOptions) -> Result<Sample, IoError> {
    let mut archive = NpzArchive::new(reader).map_err(|e| IoError::reading(file, NPZ, e))?;
    let members = members(file, &mut archive)?;
    let columns: Vec<_> = members
        .iter()
        .map(|m| FileColumn { not_numbers: m.array.as_ref().err().cloned(), ..FileColumn::numbers(&m.name) })
        .collect();
    let plan = Plan::new(file, options, &columns)?;
    let n_rows = check_lengths(file, &plan, &members)?;
    let mut collector = Collector::new(file, &plan);
    for (slot, wanted) in plan.wanted.iter().enumerate() {
        let member = &members[wanted.index];
        // A plan holds numbers only.
        let Ok((length, number)) = member.array else { continue };
        let (_, mut reader) = open(file, &mut archive, member.index)?;
        header::read(file, NPZ, &mut reader)?;
        read_rows(file, NPZ, &mut reader, number.bytes, n_rows, |v| collector.push(slot, number.decode(v)))?;
        if n_rows == length {
            expect_end(file, NPZ, reader)?;
        }
    }
    collector.finish()
}

fn members<R: Read + Seek>(file: &str, archive: &mut NpzArchive<R>) -> Result<Vec<Member>, IoError> {
    let mut members = Vec::new();
    for index in 0..archive.zip_archive().len() {
        let (path, reader) = open(file, archive, index)?;
        if let Some(name) = array_name_from_file_name(&path) {
            members.push(Member { index, name: name.to_owned(), array: array(file, reader)? });
        }
    }
    Ok(members)
}

fn array(file: &str, reader: impl Read) -> Result<Result<(u64, Number), String>, IoError> {
    let header = header::read(file, NPZ, reader)?;
    if header.shape().len() != 1 {
        return Ok(Err(format!("an array of shape {:?}", header.shape())));
    }
    // Objects, which have no size of their own, are Python's and not numbers.
    if header.dtype().num_bytes().is_none() {
        return Ok(Err(format!("values of type {}", header.dtype().descr())));
    }
    let layout = Layout::new(file, NPZ, &header)?;
    Ok(match (header.dtype(), layout.columns.as_slice()) {
        (npyz::DType::Plain(_), [column]) => column.number.clone().map(|number| (layout.n_rows, number)),
        (dtype, _) => Err(format!("values of type {}", dtype.descr())),
    })
}

/// The name and the decompressed bytes of a member.
fn open<'a, R: Read + Seek>(
    file: &str,
    archive: &'a mut NpzArchive<R>,
    index: usize,
) -> Result<(String, impl Read + 'a), IoError> {
    let member = archive.zip_archive().by_index(index).map_err(|e| IoError::damaged(file, NPZ, e))?;
    Ok((member.name().to_owned(), member))
}

/// The number of events to read; every column has to have as many.
fn check_lengths(file: &str, plan: &Plan, members: &[Member]) -> Result<u64, IoError> {
    let length = |index: usize| members[index].array.as_ref().map_or(0, |(length, _)| *length);
    let expected = plan.wanted.first().map_or(0, |w| length(w.index));
    match plan.wanted.iter().find(|w| length(w.index) != expected) {
        None => plan.check_rows(file, expected),
        Some(w) => Err(IoError::LengthMismatch {
            file: file.to_owned(),
            column: w.in_file.clone(),
            expected,
            found: length(w.index),
        }),
    }
}

fn write_to(out: &mut BufWriter<File>, columns: &[Column<'_>]) -> Result<(), write::Failure> {
    let mut archive = NpzWriter::new(out);
    for column in columns {
        let options = archive.array::<f64>(column.name, Default::default())?;
        let mut array = options.default_dtype().shape(&[column.values.len() as u64]).begin_nd()?;
        array.extend(column.values.iter().copied())?;
        array.finish()?;
    }
    archive.zip_writer().finish()?;
    Ok(())
}
