//! Comma-separated values: a header line with the names, then one line an event.

mod lines;

use std::fs::File;
use std::io::{BufWriter, Read};
use std::path::Path;

use ::csv::ByteRecord;
use hepsys_core::Sample;

use self::lines::Lines;
use crate::categories::Texts;
use crate::collect::Collector;
use crate::plan::{FileColumn, Plan};
use crate::write::{self, Column};
use crate::{IoError, MEMORY, ReadOptions};

const CSV: &str = "CSV";

/// Reads a CSV file.
///
/// The columns that hold numbers are those whose first value is one.
/// The file is streamed: memory grows with the columns asked for.
///
/// # Errors
///
/// Every [`IoError`] of reading, with file, column and event.
pub fn read_csv(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Sample, IoError> {
    let path = path.as_ref();
    let file = path.display().to_string();
    let reader = File::open(path).map_err(|source| IoError::read(&file, source))?;
    Ok(read(&file, reader, |_| Ok(options.clone()))?.0)
}

/// Reads CSV from anything that can be read; errors call it `<memory>`.
///
/// ```
/// use hepsys_io::{ReadOptions, read_csv_from};
/// let text = "pt1,charge\n45.5,-1\n27.0,1\n";
/// let sample = read_csv_from(text.as_bytes(), &ReadOptions::new().column("pt1"))?;
/// assert_eq!(sample.column("pt1")?, [45.5, 27.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// As [`read_csv`].
pub fn read_csv_from(reader: impl Read, options: &ReadOptions) -> Result<Sample, IoError> {
    Ok(read(MEMORY, reader, |_| Ok(options.clone()))?.0)
}

/// Writes a CSV file that keeps every value to the last bit, but no unit; weights go into a column `weight`.
///
/// # Errors
///
/// [`IoError::Write`] or [`IoError::Unwritable`].
pub fn write_csv(path: impl AsRef<Path>, sample: &Sample) -> Result<(), IoError> {
    let path = path.as_ref();
    let columns = write::columns(path, sample)?;
    write::atomically(path, |out| write_to(out, &columns))
}

/// Reads what `choose` asks for of the columns that the file turns out to have; its columns of names beside the sample.
pub(crate) fn read(
    file: &str,
    reader: impl Read,
    choose: impl FnOnce(&[FileColumn]) -> Result<ReadOptions, IoError>,
) -> Result<(Sample, Texts), IoError> {
    let mut lines = Lines::new(file, reader);
    let names = names(file, &lines.header()?)?;
    let mut record = ByteRecord::new();
    let mut more = lines.next(&mut record)?;
    let columns: Vec<_> = names
        .iter()
        .enumerate()
        .map(|(i, name)| {
            let text = cell(&record, i).filter(|cell| more && !cell.is_empty() && number(cell).is_none());
            FileColumn { not_numbers: text.map(|_| "text".to_owned()), ..FileColumn::numbers(name) }
        })
        .collect();
    let options = choose(&columns)?;
    let plan = Plan::new(file, &options, &columns)?;
    let limit = options.limit_rows.unwrap_or(u64::MAX);
    let mut collector = Collector::new(file, &plan);
    let mut event = 0;
    while more && (event as u64) < limit {
        if record.len() != names.len() {
            let line = record.position().map_or(0, ::csv::Position::line);
            let (expected, found) = (names.len(), record.len());
            return Err(IoError::Ragged { file: file.to_owned(), event, line, expected, found });
        }
        plan.check_rows(file, event as u64 + 1)?;
        for (slot, wanted) in plan.wanted.iter().enumerate() {
            let cell = cell(&record, wanted.index).unwrap_or_default();
            if cell.is_empty() {
                return Err(collector.null(slot));
            }
            let value = number(cell).ok_or_else(|| IoError::NotANumber {
                file: file.to_owned(),
                column: wanted.in_file.clone(),
                event,
                found: shown(cell),
            })?;
            collector.push(slot, value)?;
        }
        for (slot, text) in plan.texts.iter().enumerate() {
            let name = std::str::from_utf8(cell(&record, text.index).unwrap_or_default());
            let no_text =
                |_| IoError::damaged(file, CSV, format!("event {event} has text that is not UTF-8"));
            collector.push_text(slot, name.map_err(no_text)?)?;
        }
        event += 1;
        // Beyond the limit nothing is read.
        more = (event as u64) < limit && lines.next(&mut record)?;
    }
    collector.finish_with_texts()
}

fn names(file: &str, header: &ByteRecord) -> Result<Vec<String>, IoError> {
    if header.is_empty() {
        return Err(IoError::Empty { file: file.to_owned() });
    }
    if header.iter().all(|cell| number(cell.trim_ascii()).is_some()) {
        return Err(IoError::damaged(
            file,
            CSV,
            "the first line holds numbers, expected the names of the columns",
        ));
    }
    header
        .iter()
        .map(|cell| match std::str::from_utf8(cell) {
            Ok(name) => Ok(name.trim().to_owned()),
            Err(_) => Err(IoError::damaged(file, CSV, "the header is not UTF-8")),
        })
        .collect()
}

/// A cell without the spaces around it.
fn cell(record: &ByteRecord, index: usize) -> Option<&[u8]> {
    record.get(index).map(<[u8]>::trim_ascii)
}

fn number(cell: &[u8]) -> Option<f64> {
    std::str::from_utf8(cell).ok()?.parse().ok()
}

fn shown(cell: &[u8]) -> String {
    const SHOWN: usize = 40;
    String::from_utf8_lossy(&cell[..cell.len().min(SHOWN)]).into_owned()
}

fn write_to(out: &mut BufWriter<File>, columns: &[Column<'_>]) -> Result<(), write::Failure> {
    let mut writer = ::csv::Writer::from_writer(out);
    writer.write_record(columns.iter().map(|c| c.name))?;
    let n_events = columns.first().map_or(0, |c| c.values.len());
    for event in 0..n_events {
        // `{:?}` gives the shortest digits that read back as the same number.
        writer.write_record(columns.iter().map(|c| format!("{:?}", c.values[event])))?;
    }
    writer.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Sample, IoError> {
        read_csv_from(text.as_bytes(), &ReadOptions::new())
    }

    #[test]
    fn a_line_with_too_few_fields_is_named() {
        let error = read_text("a,b\n1,2\n3\n").unwrap_err();
        assert_eq!(error.to_string(), "<memory>: event 1 (line 3) has 1 fields, expected 2");
    }

    #[test]
    fn text_amid_numbers_is_named() {
        let error = read_text("a\n1\nmuon\n").unwrap_err();
        assert_eq!(error.to_string(), "<memory>: column \"a\" must hold numbers, but event 1 has \"muon\"");
    }

    #[test]
    fn an_empty_cell_is_a_missing_value() {
        let error = read_text("a,b\n1,2\n,3\n").unwrap_err();
        assert_eq!(error.to_string(), "<memory>: column \"a\" has no value for event 1");
    }

    #[test]
    fn an_empty_first_cell_is_a_missing_value_too() {
        assert!(matches!(read_text("a,b\n,2\n").unwrap_err(), IoError::Null { event: 0, .. }));
    }

    #[test]
    fn a_quote_that_is_not_closed_swallows_no_events() {
        for (text, line) in [
            ("pt,label\n1,\"muon\n2,b\n3,c\n", 2),
            ("pt,label\n1,a\n2,\"b\n3,c\n4,\"d\n", 3),
            ("pt,\"label\n1,a\n", 1),
            ("pt,label\n1,\"\n2,b\n", 2),
        ] {
            let error =
                read_csv_from(text.as_bytes(), &ReadOptions::new().column("pt")).unwrap_err().to_string();
            assert!(error.contains(&format!("line {line} has a quoted cell that goes on")), "{error}");
        }
    }

    #[test]
    fn a_quoted_comma_belongs_to_its_cell() {
        let sample = read_csv_from(&b"pt,label\n1,\"a,b\"\n"[..], &ReadOptions::new().column("pt")).unwrap();
        assert_eq!(sample.column("pt").unwrap(), [1.0]);
    }

    #[test]
    fn a_line_without_end_is_refused_before_it_fills_the_memory() {
        let endless = std::io::Read::chain(&b"pt,label\n1,\""[..], std::io::repeat(b'x'));
        let error = read_csv_from(endless, &ReadOptions::new().column("pt")).unwrap_err().to_string();
        assert!(error.contains("longer than"), "{error}");
    }

    #[test]
    fn a_missing_header_is_noticed() {
        let error = read_text("1,2\n3,4\n").unwrap_err().to_string();
        assert!(error.contains("expected the names of the columns"), "{error}");
    }

    #[test]
    fn spaces_and_a_byte_order_mark_do_not_matter() {
        let sample = read_text("\u{feff}a, b\n1, 2\n").unwrap();
        assert_eq!(sample.column("a").unwrap(), [1.0]);
        assert_eq!(sample.column("b").unwrap(), [2.0]);
    }
}
