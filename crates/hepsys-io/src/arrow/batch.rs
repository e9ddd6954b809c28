use std::io::{Read, Seek};

use ::arrow::array::{ArrayData, ArrayRef, layout, make_array};
use ::arrow::buffer::Buffer;
use ::arrow::datatypes::{DataType, FieldRef};
use ::arrow::ipc::{MetadataVersion, RecordBatch};

use super::ipc::{Frame, Messages};
use crate::IoError;

/// One record batch of a file: its description, read; its columns, not yet.
pub(super) struct Batch {
    n_rows: u64,
    columns: Vec<Place>,
}

/// Where a column of numbers stands in the file.
#[derive(Clone, Copy)]
struct Place {
    n_values: u64,
    has_nulls: bool,
    validity: Range,
    values: Range,
}

#[derive(Clone, Copy)]
struct Range {
    at: u64,
    length: u64,
}

impl Batch {
    pub(super) fn new<R: Read + Seek>(
        messages: &Messages<'_, R>,
        frame: &Frame,
        end: u64,
    ) -> Result<Self, IoError> {
        let message = messages.message(frame)?;
        let Some(batch) = message.header_as_record_batch() else {
            return Err(messages.damaged("a batch is missing"));
        };
        if let Some(compression) = batch.compression() {
            let codec = compression.codec();
            return Err(messages.not_supported(&format!(
                "buffers compressed with {codec:?} are not supported: write them uncompressed"
            )));
        }
        let n_rows =
            u64::try_from(batch.length()).map_err(|_| messages.damaged("a batch has a negative length"))?;
        let mut cursor = Cursor {
            batch,
            is_v4: message.version() == MetadataVersion::V4,
            body: frame.body,
            end,
            node: 0,
            buffer: 0,
            variadic: 0,
        };
        let columns: Option<Vec<_>> = messages.schema().fields().iter().map(|f| cursor.column(f)).collect();
        let columns = columns.ok_or_else(|| messages.damaged("a batch does not fit its schema"))?;
        if columns.iter().any(|c| c.n_values != n_rows) {
            return Err(messages.damaged("the columns of a batch differ in length"));
        }
        Ok(Self { n_rows, columns })
    }

    pub(super) fn n_rows(&self) -> u64 {
        self.n_rows
    }

    /// The first `n` values of a column of numbers.
    pub(super) fn column<R: Read + Seek>(
        &self,
        messages: &mut Messages<'_, R>,
        index: usize,
        n: u64,
    ) -> Result<ArrayRef, IoError> {
        let place = self.columns[index];
        let data_type = messages.schema().field(index).data_type().clone();
        let width = data_type.primitive_width().unwrap_or_default() as u64;
        let values = read(messages, place.values, n.saturating_mul(width))?;
        let validity =
            if place.has_nulls { Some(read(messages, place.validity, n.div_ceil(8))?) } else { None };
        // Checked, and copied to where numbers may stand if it has to be.
        ArrayData::builder(data_type)
            .len(n as usize)
            .add_buffer(values)
            .null_bit_buffer(validity)
            .align_buffers(true)
            .build()
            .map(make_array)
            .map_err(|e| messages.damaged(e))
    }
}

fn read<R: Read + Seek>(messages: &mut Messages<'_, R>, range: Range, n: u64) -> Result<Buffer, IoError> {
    if range.length < n {
        return Err(messages.damaged("a buffer is shorter than its column"));
    }
    messages.bytes(range.at, n).map(Buffer::from_vec)
}

/// Walks the flat lists of nodes and buffers in which a batch describes its columns, depth first.
struct Cursor<'a> {
    batch: RecordBatch<'a>,
    is_v4: bool,
    body: u64,
    end: u64,
    node: usize,
    buffer: usize,
    variadic: usize,
}

impl Cursor<'_> {
    /// The place of a top-level column, or `None` if the batch does not have it.
    fn column(&mut self, field: &FieldRef) -> Option<Place> {
        let nodes = self.batch.nodes()?;
        let node = (self.node < nodes.len()).then(|| nodes.get(self.node))?;
        let first = self.buffer;
        let place = Place {
            n_values: u64::try_from(node.length()).ok()?,
            has_nulls: node.null_count() != 0,
            validity: Range { at: 0, length: 0 },
            values: Range { at: 0, length: 0 },
        };
        self.skip(field.data_type())?;
        if field.data_type().primitive_width().is_none() {
            return Some(place);
        }
        Some(Place { validity: self.range(first)?, values: self.range(first + 1)?, ..place })
    }

    fn range(&self, index: usize) -> Option<Range> {
        let buffers = self.batch.buffers()?;
        let buffer = (index < buffers.len()).then(|| buffers.get(index))?;
        let at = self.body.checked_add(u64::try_from(buffer.offset()).ok()?)?;
        let length = u64::try_from(buffer.length()).ok()?;
        (at.checked_add(length)? <= self.end).then_some(Range { at, length })
    }

    /// Passes the nodes and buffers of a type and of what is inside it.
    fn skip(&mut self, data_type: &DataType) -> Option<()> {
        self.node += 1;
        if let DataType::FixedSizeBinary(_) = data_type {
            // Its layout in arrow-rs panics at a negative width, which a file may claim.
            self.buffer += 2;
            return Some(());
        }
        let layout = layout(data_type);
        self.buffer += layout.buffers.len() + usize::from(layout.can_contain_null_mask);
        if layout.variadic {
            let counts = self.batch.variadicBufferCounts()?;
            let count = (self.variadic < counts.len()).then(|| counts.get(self.variadic))?;
            self.buffer = self.buffer.checked_add(usize::try_from(count).ok()?)?;
            self.variadic += 1;
        }
        match data_type {
            DataType::List(f)
            | DataType::LargeList(f)
            | DataType::ListView(f)
            | DataType::LargeListView(f)
            | DataType::FixedSizeList(f, _)
            | DataType::Map(f, _) => self.skip(f.data_type()),
            DataType::Struct(fields) => fields.iter().try_for_each(|f| self.skip(f.data_type())),
            DataType::Union(fields, _) => {
                // Unions had a validity buffer before version 5.
                self.buffer += usize::from(self.is_v4);
                fields.iter().try_for_each(|(_, f)| self.skip(f.data_type()))
            }
            DataType::RunEndEncoded(ends, values) => {
                self.skip(ends.data_type())?;
                self.skip(values.data_type())
            }
            _ => Some(()),
        }
    }
}
