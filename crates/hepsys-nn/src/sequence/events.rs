use crate::dense::{LANES, Real};
use crate::{Batch, NnError};

/// Values per event, event by event: those of one stand together, so that a batch is copied quickly.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows<T> {
    n_events: usize,
    n_columns: usize,
    values: Vec<T>,
}

impl<T: Real> Rows<T> {
    /// The columns, each with one value an event.
    ///
    /// # Errors
    ///
    /// [`NnError::LengthMismatch`] unless all have the same number of events.
    pub fn new<'a>(columns: impl IntoIterator<Item = &'a [f64]>) -> Result<Self, NnError> {
        let columns: Vec<&[f64]> = columns.into_iter().collect();
        let n_events = columns.first().map_or(0, |column| column.len());
        let n_columns = columns.len();
        let mut values = vec![T::ZERO; n_events * n_columns];
        for (c, column) in columns.iter().enumerate() {
            if column.len() != n_events {
                return Err(NnError::LengthMismatch {
                    what: format!("events in column {c}"),
                    expected: n_events,
                    found: column.len(),
                });
            }
            for (to, &from) in values.iter_mut().skip(c).step_by(n_columns).zip(*column) {
                *to = T::from_f64(from);
            }
        }
        Ok(Self { n_events, n_columns, values })
    }

    /// Events by their values, `n_columns` each.
    ///
    /// # Errors
    ///
    /// [`NnError::LengthMismatch`] if the last event is not whole.
    pub fn from_events(n_columns: usize, values: Vec<T>) -> Result<Self, NnError> {
        let n_events = values.len().checked_div(n_columns).unwrap_or(0);
        if n_events * n_columns != values.len() {
            return Err(NnError::LengthMismatch {
                what: "values of events".to_owned(),
                expected: (n_events + 1) * n_columns,
                found: values.len(),
            });
        }
        Ok(Self { n_events, n_columns, values })
    }

    /// These events, followed by those of `other`.
    ///
    /// # Panics
    ///
    /// If they have different numbers of columns.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        assert_eq!(self.n_columns, other.n_columns, "columns of rows");
        let values = [self.values.as_slice(), &other.values].concat();
        Self { n_events: self.n_events + other.n_events, n_columns: self.n_columns, values }
    }

    /// How many columns there are.
    #[must_use]
    pub fn n_columns(&self) -> usize {
        self.n_columns
    }

    /// All values, event by event.
    #[must_use]
    pub fn values(&self) -> &[T] {
        &self.values
    }

    /// How many blocks of the kernel there are.
    pub(super) fn n_blocks(&self) -> usize {
        self.n_events.div_ceil(LANES)
    }

    /// Writes the columns `first..first + to.len()` of one block; padding is zero.
    pub(super) fn write_block(&self, block: usize, first: usize, to: &mut [[T; LANES]]) {
        let events = block * LANES..((block + 1) * LANES).min(self.n_events);
        if events.len() < LANES {
            to.fill([T::ZERO; LANES]);
        }
        for (lane, event) in events.enumerate() {
            let row = &self.values[event * self.n_columns + first..][..to.len()];
            for (to, &value) in to.iter_mut().zip(row) {
                to[lane] = value;
            }
        }
    }
}

impl<T: Real> Batch for Rows<T> {
    fn n_events(&self) -> usize {
        self.n_events
    }

    fn take(&self, events: &[usize]) -> Self {
        let mut values = Vec::with_capacity(events.len() * self.n_columns);
        for &event in events {
            values.extend_from_slice(&self.values[event * self.n_columns..][..self.n_columns]);
        }
        Self { n_events: events.len(), n_columns: self.n_columns, values }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_become_events_and_batches_keep_their_order() {
        let rows = Rows::<f32>::new([[1.0, 2.0, 3.0].as_slice(), &[4.0, 5.0, 6.0]]).unwrap();
        assert_eq!(rows.values(), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
        assert_eq!(rows.take(&[2, 0]).values(), [3.0, 6.0, 1.0, 4.0]);
        assert_eq!(rows.take(&[2]).and(&rows.take(&[1])).values(), [3.0, 6.0, 2.0, 5.0]);
        assert_eq!(Rows::from_events(2, rows.values().to_vec()).unwrap(), rows);
        assert!(Rows::<f32>::new([[1.0].as_slice(), &[]]).is_err());
        assert!(Rows::from_events(4, rows.values().to_vec()).is_err());
    }

    #[test]
    fn a_block_beyond_the_last_event_is_zero() {
        let rows = Rows::<f64>::new([[1.0, 2.0].as_slice(), &[3.0, 4.0]]).unwrap();
        let mut block = [[9.0; LANES]; 1];
        rows.write_block(0, 1, &mut block);
        assert_eq!(block[0][..3], [3.0, 4.0, 0.0]);
    }
}
