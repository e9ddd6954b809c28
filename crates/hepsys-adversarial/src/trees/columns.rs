//! Features of events, checked and rounded to single precision.

use super::TreesError;

/// All columns, one after the other, in single precision.
pub(super) struct Columns {
    pub(super) values: Vec<f32>,
    pub(super) n_events: usize,
}

impl Columns {
    /// The features of all events, `n_events` of them.
    pub(super) fn new(
        names: &[String],
        columns: &[impl AsRef<[f64]>],
        n_events: usize,
    ) -> Result<Self, TreesError> {
        TreesError::check_length("columns", names.len(), columns.len())?;
        let mut values = Vec::with_capacity(n_events * names.len());
        for (name, column) in names.iter().zip(columns) {
            let column = column.as_ref();
            TreesError::check_length(&format!("events in \"{name}\""), n_events, column.len())?;
            for (event, &value) in column.iter().enumerate() {
                values.push(rounded(name, event, value)?);
            }
        }
        Ok(Self { values, n_events })
    }

    /// The feature of an event.
    pub(super) fn at(&self, feature: usize, event: usize) -> f32 {
        self.values[feature * self.n_events + event]
    }
}

/// The nearest number of single precision.
pub(super) fn rounded(name: &str, event: usize, value: f64) -> Result<f32, TreesError> {
    let rounded = value as f32;
    if rounded.is_finite() {
        return Ok(rounded);
    }
    Err(TreesError::NotFinite { feature: name.to_owned(), event, value })
}
