use hepsys_core::{Sample, Schema, Weights};

use crate::IoError;
use crate::categories::{Categories, Texts};
use crate::plan::Plan;

/// How many values are reserved before the first one has been seen: a file's claim of more has to be proven by data.
const RESERVED: u64 = 1 << 20;

/// Takes the values of a read, column by column or event by event, and makes the sample.
pub(crate) struct Collector<'a> {
    file: &'a str,
    plan: &'a Plan,
    columns: Vec<Vec<f64>>,
    texts: Vec<Categories>,
}

impl<'a> Collector<'a> {
    pub(crate) fn new(file: &'a str, plan: &'a Plan) -> Self {
        Self {
            file,
            plan,
            columns: plan.wanted.iter().map(|_| Vec::new()).collect(),
            texts: plan.texts.iter().map(|_| Categories::default()).collect(),
        }
    }

    /// Prepares for `n_rows` more events.
    pub(crate) fn reserve(&mut self, n_rows: u64) {
        for column in &mut self.columns {
            column.reserve(n_rows.min(RESERVED) as usize);
        }
    }

    /// How many values a column has.
    pub(crate) fn n_rows(&self, slot: usize) -> usize {
        self.columns[slot].len()
    }

    /// Adds a value of the file to a column.
    pub(crate) fn push(&mut self, slot: usize, value: f64) -> Result<(), IoError> {
        let wanted = &self.plan.wanted[slot];
        let scaled = value * wanted.factor;
        if value.is_finite() && !scaled.is_finite() {
            return Err(IoError::Overflow {
                file: self.file.to_owned(),
                column: wanted.in_file.clone(),
                event: self.columns[slot].len(),
                value,
                unit: wanted.feature.unit().to_string(),
            });
        }
        if !value.is_finite() {
            return Err(IoError::NotFinite {
                file: self.file.to_owned(),
                column: wanted.in_file.clone(),
                event: self.columns[slot].len(),
                value,
            });
        }
        self.columns[slot].push(scaled);
        Ok(())
    }

    /// Adds values of the file to a column.
    pub(crate) fn extend(
        &mut self,
        slot: usize,
        values: impl IntoIterator<Item = f64>,
    ) -> Result<(), IoError> {
        values.into_iter().try_for_each(|v| self.push(slot, v))
    }

    /// Adds a name to a column of names.
    pub(crate) fn push_text(&mut self, slot: usize, text: &str) -> Result<(), IoError> {
        let column = &self.plan.texts[slot].in_file;
        let event = self.texts[slot].len();
        if text.is_empty() {
            return Err(IoError::Null { file: self.file.to_owned(), column: column.clone(), event });
        }
        self.texts[slot].push(text).map_err(|reason| IoError::NotSupported {
            file: self.file.to_owned(),
            what: format!("column \"{column}\" must hold names, but event {event} {reason}"),
        })
    }

    /// The error of a column that has no value where the next one is due.
    pub(crate) fn null(&self, slot: usize) -> IoError {
        IoError::Null {
            file: self.file.to_owned(),
            column: self.plan.wanted[slot].in_file.clone(),
            event: self.columns[slot].len(),
        }
    }

    /// The sample.
    pub(crate) fn finish(self) -> Result<Sample, IoError> {
        Ok(self.finish_with_texts()?.0)
    }

    /// The sample and the columns of names.
    pub(crate) fn finish_with_texts(mut self) -> Result<(Sample, Texts), IoError> {
        let n_events = self.columns.first().map_or(0, Vec::len);
        for (column, wanted) in self.columns.iter().zip(&self.plan.wanted) {
            if column.len() != n_events {
                return Err(IoError::LengthMismatch {
                    file: self.file.to_owned(),
                    column: wanted.in_file.clone(),
                    expected: n_events as u64,
                    found: column.len() as u64,
                });
            }
        }
        for (texts, text) in self.texts.iter().zip(&self.plan.texts) {
            if texts.len() != n_events {
                return Err(IoError::LengthMismatch {
                    file: self.file.to_owned(),
                    column: text.in_file.clone(),
                    expected: n_events as u64,
                    found: texts.len() as u64,
                });
            }
        }
        let weights = match (self.plan.is_weighted, self.columns.len()) {
            (true, 1..) => self.weights()?,
            _ => Weights::unit(n_events),
        };
        let features = self.plan.wanted.iter().take(self.columns.len()).map(|w| w.feature.clone());
        let sample = |source| IoError::Sample { file: self.file.to_owned(), source };
        let schema = Schema::new(features).map_err(sample)?;
        let names = self.plan.texts.iter().map(|text| text.in_file.clone());
        let texts = names.zip(self.texts).collect();
        Ok((Sample::new(schema, self.columns, weights).map_err(sample)?, texts))
    }

    fn weights(&mut self) -> Result<Weights, IoError> {
        let weights = self.columns.pop().unwrap_or_default();
        let weights =
            Weights::new(weights).map_err(|source| IoError::Sample { file: self.file.to_owned(), source })?;
        let total = weights.total();
        if total < 0.0 && !self.plan.options.allow_negative_total {
            let column = self.plan.wanted.last().map(|w| w.in_file.clone()).unwrap_or_default();
            return Err(IoError::NegativeTotal { file: self.file.to_owned(), column, total });
        }
        Ok(weights)
    }
}
