use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder};

use super::CSV;
use crate::IoError;

/// A longer line is no event: wide samples have some thousand columns of some twenty characters.
const LONGEST: u64 = 1 << 20;

/// The lines of a file, one an event: what CSV allows beyond that is refused, since a quote that somebody forgot to close
/// would otherwise swallow events without a word.
pub(super) struct Lines<'a, R> {
    file: &'a str,
    reader: Reader<Capped<R>>,
    left: Rc<Cell<u64>>,
}

impl<'a, R: Read> Lines<'a, R> {
    pub(super) fn new(file: &'a str, reader: R) -> Self {
        let left = Rc::new(Cell::new(LONGEST));
        let capped = Capped { reader, left: Rc::clone(&left) };
        // Ragged lines are found by the caller, who knows their event; trimmed cells would hide that they go on.
        let reader = ReaderBuilder::new().flexible(true).from_reader(capped);
        Self { file, reader, left }
    }

    /// The cells of the first line.
    pub(super) fn header(&mut self) -> Result<ByteRecord, IoError> {
        let header = self.reader.byte_headers().map_err(|e| error(self.file, e))?.clone();
        self.check(&header)?;
        Ok(header)
    }

    /// Reads the next line into `record`; false at the end of the file.
    pub(super) fn next(&mut self, record: &mut ByteRecord) -> Result<bool, IoError> {
        self.left.set(LONGEST);
        let more = self.reader.read_byte_record(record).map_err(|e| error(self.file, e))?;
        self.check(record)?;
        Ok(more)
    }

    fn check(&self, record: &ByteRecord) -> Result<(), IoError> {
        if !record.as_slice().iter().any(|byte| matches!(byte, b'\n' | b'\r')) {
            return Ok(());
        }
        let line = record.position().map_or(0, csv::Position::line);
        let reason =
            format!("line {line} has a quoted cell that goes on beyond its end; is the quote closed?");
        Err(IoError::damaged(self.file, CSV, reason))
    }
}

/// A reader that stops where a line has become too long.
struct Capped<R> {
    reader: R,
    /// How many bytes may come until the line ends.
    left: Rc<Cell<u64>>,
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.left.get();
        if left == 0 {
            let reason = format!("a line is longer than {LONGEST} bytes; is a quote not closed?");
            return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
        }
        let n = self.reader.read(buffer)?;
        self.left.set(left.saturating_sub(n as u64));
        Ok(n)
    }
}

fn error(file: &str, error: csv::Error) -> IoError {
    match error.into_kind() {
        ErrorKind::Io(source) => IoError::reading(file, CSV, source),
        kind => IoError::damaged(file, CSV, format!("{kind:?}")),
    }
}
