//! The frames of Arrow IPC: where the schema and the record batches stand in a file or stream.
//!
//! arrow-rs' own readers allocate what a file claims and read record batches whole.
//! Here every claim is held against the length of the file, and a batch is read column by column.

use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;

use ::arrow::datatypes::Schema;
use ::arrow::ipc::convert::try_fb_to_schema;
use ::arrow::ipc::{
    Block, Endianness, Message, MessageHeader, MetadataVersion, root_as_footer, root_as_message,
};

use super::ARROW;
use super::batch::Batch;
use crate::IoError;

const SIGNATURE: &[u8] = b"ARROW1";

/// What stands before the length of a message.
const CONTINUATION: u32 = u32::MAX;

/// The schema and the record batches of a file or a stream, in order.
pub(super) struct Messages<'a, R> {
    file: &'a str,
    reader: R,
    length: u64,
    schema: Arc<Schema>,
    next: Next,
}

/// Where the next record batch is found.
enum Next {
    /// In a stream: behind the last message.
    At(u64),
    /// In a file: where its footer says.
    Blocks(std::vec::IntoIter<Block>),
}

/// A message without its body.
pub(super) struct Frame {
    pub(super) metadata: Vec<u8>,
    /// Where the body starts.
    pub(super) body: u64,
}

impl<'a, R: Read + Seek> Messages<'a, R> {
    pub(super) fn open(file: &'a str, mut reader: R) -> Result<Self, IoError> {
        let length = reader.seek(SeekFrom::End(0)).map_err(|e| IoError::read(file, e))?;
        let schema = Arc::new(Schema::empty());
        let mut messages = Self { file, reader, length, schema, next: Next::At(0) };
        if length == 0 {
            return Err(IoError::Empty { file: file.to_owned() });
        }
        let start = messages.bytes(0, length.min(SIGNATURE.len() as u64))?;
        if start == SIGNATURE { messages.open_file() } else { messages.open_stream() }?;
        Ok(messages)
    }

    pub(super) fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    pub(super) fn damaged(&self, reason: impl ToString) -> IoError {
        IoError::damaged(self.file, ARROW, reason)
    }

    pub(super) fn not_supported(&self, what: &str) -> IoError {
        IoError::NotSupported { file: self.file.to_owned(), what: what.to_owned() }
    }

    /// Bytes of the file; a claim of more than there are is refused before memory is taken.
    pub(super) fn bytes(&mut self, at: u64, n: u64) -> Result<Vec<u8>, IoError> {
        if at.checked_add(n).is_none_or(|end| self.length < end) {
            return Err(self.damaged("it ends too early"));
        }
        let mut bytes = vec![0; n as usize];
        self.reader
            .seek(SeekFrom::Start(at))
            .and_then(|_| self.reader.read_exact(&mut bytes))
            .map_err(|e| IoError::reading(self.file, ARROW, e))?;
        Ok(bytes)
    }

    /// The signature, padding, messages, the footer, its length, the signature again.
    fn open_file(&mut self) -> Result<(), IoError> {
        const TAIL: u64 = 10;
        let tail_at = self.length.checked_sub(TAIL).ok_or_else(|| self.damaged("it ends too early"))?;
        let tail = self.bytes(tail_at, TAIL)?;
        if !tail.ends_with(SIGNATURE) {
            return Err(self.damaged("it does not end with its signature: it is truncated"));
        }
        let n = u64::from(u32::from_le_bytes([tail[0], tail[1], tail[2], tail[3]]));
        let footer_at = tail_at.checked_sub(n).ok_or_else(|| self.damaged("its footer is too long"))?;
        let bytes = self.bytes(footer_at, n)?;
        let footer = root_as_footer(&bytes).map_err(|e| self.damaged(format!("its footer: {e}")))?;
        let schema = footer.schema().ok_or_else(|| self.damaged("its footer has no schema"))?;
        self.set_schema(schema)?;
        let blocks: Vec<Block> =
            footer.recordBatches().map_or_else(Vec::new, |b| b.iter().copied().collect());
        self.next = Next::Blocks(blocks.into_iter());
        Ok(())
    }

    fn open_stream(&mut self) -> Result<(), IoError> {
        let frame = self.frame(0)?.ok_or_else(|| self.damaged("it has no schema"))?;
        let message = self.message(&frame)?;
        let schema = message.header_as_schema().ok_or_else(|| self.damaged("it has no schema"))?;
        self.set_schema(schema)?;
        self.next = Next::At(frame.body + self.body_length(&message)?);
        Ok(())
    }

    fn set_schema(&mut self, schema: ::arrow::ipc::Schema<'_>) -> Result<(), IoError> {
        if schema.endianness() != Endianness::Little {
            return Err(self.not_supported("big-endian Arrow files are not supported"));
        }
        self.schema = Arc::new(try_fb_to_schema(schema).map_err(|e| self.damaged(e))?);
        Ok(())
    }

    /// The message at a place, or `None` at the end of the stream.
    fn frame(&mut self, at: u64) -> Result<Option<Frame>, IoError> {
        // A stream may end without its end marker.
        if at == self.length {
            return Ok(None);
        }
        let word = |b: &[u8]| u32::from_le_bytes([b[0], b[1], b[2], b[3]]);
        let (n, metadata_at) = match word(&self.bytes(at, 4)?) {
            CONTINUATION => (word(&self.bytes(at + 4, 4)?), at + 8),
            // Before version 0.15 the length came first.
            n => (n, at + 4),
        };
        if n == 0 {
            return Ok(None);
        }
        let metadata = self.bytes(metadata_at, u64::from(n))?;
        Ok(Some(Frame { metadata, body: metadata_at + u64::from(n) }))
    }

    pub(super) fn message<'b>(&self, frame: &'b Frame) -> Result<Message<'b>, IoError> {
        let message =
            root_as_message(&frame.metadata).map_err(|e| self.damaged(format!("a message: {e}")))?;
        match message.version() {
            MetadataVersion::V4 | MetadataVersion::V5 => Ok(message),
            version => Err(self.not_supported(&format!("messages of version {version:?} are not supported"))),
        }
    }

    pub(super) fn body_length(&self, message: &Message<'_>) -> Result<u64, IoError> {
        u64::try_from(message.bodyLength()).map_err(|_| self.damaged("a body has a negative length"))
    }

    /// The next record batch.
    pub(super) fn next_batch(&mut self) -> Result<Option<Batch>, IoError> {
        loop {
            let at = match &mut self.next {
                Next::At(at) => *at,
                Next::Blocks(blocks) => match blocks.next() {
                    None => return Ok(None),
                    Some(block) => u64::try_from(block.offset())
                        .map_err(|_| IoError::damaged(self.file, ARROW, "a batch has a negative place"))?,
                },
            };
            let in_file = matches!(self.next, Next::Blocks(_));
            let Some(frame) = self.frame(at)? else {
                return if in_file { Err(self.damaged("a batch is missing")) } else { Ok(None) };
            };
            let message = self.message(&frame)?;
            let kind = message.header_type();
            let end = frame.body.checked_add(self.body_length(&message)?).filter(|&end| end <= self.length);
            let end = end.ok_or_else(|| self.damaged("it ends too early"))?;
            if !in_file {
                self.next = Next::At(end);
            }
            match kind {
                MessageHeader::RecordBatch => return Batch::new(self, &frame, end).map(Some),
                // Dictionaries belong to columns of text, which are no features.
                MessageHeader::DictionaryBatch if !in_file => {}
                other => return Err(self.damaged(format!("a {other:?} message stands where a batch is due"))),
            }
        }
    }
}
