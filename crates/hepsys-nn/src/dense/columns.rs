use crate::NnError;

use super::aligned::Aligned;
use super::{LANES, Real};

/// Values per event, laid out for the kernel: block by block, and in a block column by column.
///
/// The last block is padded with zeros.
#[derive(Debug, Clone, PartialEq)]
pub struct Columns<T> {
    n_events: usize,
    n_columns: usize,
    blocks: Aligned<T, LANES>,
}

impl<T: Real> Columns<T> {
    /// The columns, each with one value an event.
    ///
    /// # Errors
    ///
    /// [`NnError::LengthMismatch`] unless all have the same number of events.
    pub fn new<'a>(columns: impl IntoIterator<Item = &'a [f64]>) -> Result<Self, NnError> {
        let columns: Vec<&[f64]> = columns.into_iter().collect();
        let n_events = columns.first().map_or(0, |c| c.len());
        for (i, column) in columns.iter().enumerate() {
            if column.len() != n_events {
                return Err(NnError::LengthMismatch {
                    what: format!("events in column {i}"),
                    expected: n_events,
                    found: column.len(),
                });
            }
        }
        let n_columns = columns.len();
        let mut blocks = Aligned::filled(T::ZERO, n_events.div_ceil(LANES) * n_columns);
        for (c, column) in columns.iter().enumerate() {
            for (b, values) in column.chunks(LANES).enumerate() {
                for (to, &from) in blocks[b * n_columns + c].iter_mut().zip(values) {
                    *to = T::from_f64(from);
                }
            }
        }
        Ok(Self { n_events, n_columns, blocks })
    }

    /// The columns of some events, in this order: a mini-batch.
    ///
    /// # Panics
    ///
    /// If there is no event of such an index.
    #[must_use]
    pub fn take(&self, events: &[usize]) -> Self {
        let n_columns = self.n_columns;
        let mut blocks = Aligned::filled(T::ZERO, events.len().div_ceil(LANES) * n_columns);
        for (to, &from) in events.iter().enumerate() {
            assert!(from < self.n_events, "event {from} of {}", self.n_events);
            for c in 0..n_columns {
                blocks[to / LANES * n_columns + c][to % LANES] =
                    self.blocks[from / LANES * n_columns + c][from % LANES];
            }
        }
        Self { n_events: events.len(), n_columns, blocks }
    }

    /// The sum of a column, in double precision.
    ///
    /// # Panics
    ///
    /// If there is no such column.
    #[must_use]
    pub fn total(&self, column: usize) -> f64 {
        assert!(column < self.n_columns, "column {column} of {}", self.n_columns);
        let values = self.blocks.iter().skip(column).step_by(self.n_columns).flatten();
        values.map(|value| value.to_f64()).sum()
    }

    /// How many events there are, without the padding.
    #[must_use]
    pub fn n_events(&self) -> usize {
        self.n_events
    }

    /// How many columns there are.
    #[must_use]
    pub fn n_columns(&self) -> usize {
        self.n_columns
    }

    /// How many blocks there are.
    #[must_use]
    pub fn n_blocks(&self) -> usize {
        self.n_events.div_ceil(LANES)
    }

    /// The columns of one block.
    ///
    /// # Panics
    ///
    /// If there is no such block.
    #[inline(always)]
    #[must_use]
    pub fn block(&self, block: usize) -> &[[T; LANES]] {
        &self.blocks[block * self.n_columns..(block + 1) * self.n_columns]
    }
}
