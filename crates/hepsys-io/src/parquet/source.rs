use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use ::bytes::Bytes;
use ::parquet::errors::{ParquetError, Result};
use ::parquet::file::reader::{ChunkReader, Length};

/// A Parquet file as the decoder sees it.
///
/// No byte range beyond the file's end is given memory, and no page that claims to decompress to more than the limit is read.
pub(super) struct Source<R> {
    shared: Arc<Shared<R>>,
}

struct Shared<R> {
    reader: Mutex<R>,
    length: u64,
    limit: u64,
    refused: OnceLock<u64>,
}

impl<R> Clone for Source<R> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<R: Read + Seek> Source<R> {
    pub(super) fn new(mut reader: R, limit: u64) -> io::Result<Self> {
        let length = reader.seek(SeekFrom::End(0))?;
        let shared = Shared { reader: Mutex::new(reader), length, limit, refused: OnceLock::new() };
        Ok(Self { shared: Arc::new(shared) })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.shared.length == 0
    }

    /// The size of the page that was refused, if one was.
    pub(super) fn refused(&self) -> Option<u64> {
        self.shared.refused.get().copied()
    }
}

impl<R: Read + Seek> Shared<R> {
    fn read_at(&self, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
        // Every read seeks first, so a reader that another thread left somewhere does no harm.
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        reader.seek(SeekFrom::Start(at))?;
        reader.read(buffer)
    }
}

impl<R: Send> Length for Source<R> {
    fn len(&self) -> u64 {
        self.shared.length
    }
}

impl<R: Read + Seek + Send> ChunkReader for Source<R> {
    type T = BufReader<PageHeader<R>>;

    /// The decoder asks for a reader where a page header starts, and for bytes everywhere else.
    fn get_read(&self, start: u64) -> Result<Self::T> {
        let page = PageHeader { shared: Arc::clone(&self.shared), start, read: 0 };
        Ok(BufReader::with_capacity(512, page))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        if start.checked_add(length as u64).is_none_or(|end| self.shared.length < end) {
            return Err(ParquetError::EOF("it ends too early".to_owned()));
        }
        let mut bytes = vec![0; length];
        let mut filled = 0;
        while filled < length {
            match self.shared.read_at(start + filled as u64, &mut bytes[filled..])? {
                0 => return Err(ParquetError::EOF("it ends too early".to_owned())),
                n => filled += n,
            }
        }
        Ok(bytes.into())
    }
}

/// Reads from the start of a page header on.
pub(super) struct PageHeader<R> {
    shared: Arc<Shared<R>>,
    start: u64,
    read: u64,
}

impl<R: Read + Seek> Read for PageHeader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.shared.read_at(self.start + self.read, buffer)?;
        if self.read == 0
            && let Some(size) = uncompressed_size(&buffer[..n])
            && self.shared.limit < size
        {
            // The first page refused is the one to report.
            let _ = self.shared.refused.set(size);
            return Err(io::Error::other(format!("a page would decompress to {size} bytes")));
        }
        self.read += n as u64;
        Ok(n)
    }
}

/// The size that a page header claims: its second field, after the type of the page.
///
/// Fields of Thrift's compact protocol: a byte for the distance to the last field and the type (`0x15`, the next field
/// is an `i32`), then the number as a zigzag varint.
fn uncompressed_size(header: &[u8]) -> Option<u64> {
    let mut bytes = header.iter().copied();
    let mut next_i32 = || -> Option<u64> {
        (bytes.next()? == 0x15).then_some(())?;
        let mut zigzag = 0_u64;
        for shift in (0..35).step_by(7) {
            let byte = bytes.next()?;
            zigzag |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(zigzag >> 1);
            }
        }
        None
    };
    next_i32()?;
    next_i32()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_of_a_page_is_found_in_its_header() {
        // Data page (0), 300 bytes uncompressed: zigzag 600 is 0xd8 0x04.
        assert_eq!(uncompressed_size(&[0x15, 0x00, 0x15, 0xd8, 0x04, 0x15, 0x02]), Some(300));
        assert_eq!(uncompressed_size(&[0x15, 0x00]), None);
        assert_eq!(uncompressed_size(b"anything else"), None);
    }
}
