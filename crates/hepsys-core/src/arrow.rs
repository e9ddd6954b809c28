use std::collections::HashMap;
use std::sync::Arc;

use ::arrow::array::{Array, ArrayRef, Float64Array, RecordBatch};
use ::arrow::datatypes::{DataType, Field, Schema as ArrowSchema};

use crate::marks::{ROLE, UNIT, WEIGHT};
use crate::{CoreError, Feature, Sample, Schema, Weights};

impl Sample {
    /// The sample as a record batch of `Float64` columns.
    ///
    /// Units stand in the fields' metadata under `unit`.
    /// A further column `weight`, marked by the metadata `hepsys.role = weight`, holds the weights unless all are one.
    ///
    /// # Errors
    ///
    /// [`CoreError::DuplicateFeature`] if a weighted sample has a feature called `weight`.
    pub fn to_record_batch(&self) -> Result<RecordBatch, CoreError> {
        let mut fields: Vec<Field> = self
            .schema()
            .features()
            .iter()
            .map(|f| {
                let unit = HashMap::from([(UNIT.to_owned(), f.unit().to_string())]);
                Field::new(f.name(), DataType::Float64, false).with_metadata(unit)
            })
            .collect();
        let mut columns: Vec<ArrayRef> =
            self.columns().map(|c| Arc::new(Float64Array::from(c.to_vec())) as ArrayRef).collect();
        if !self.weights().are_unit() {
            if self.schema().index_of(WEIGHT).is_ok() {
                return Err(CoreError::DuplicateFeature(WEIGHT.to_owned()));
            }
            let role = HashMap::from([(ROLE.to_owned(), WEIGHT.to_owned())]);
            fields.push(Field::new(WEIGHT, DataType::Float64, false).with_metadata(role));
            columns.push(Arc::new(Float64Array::from(self.weights().iter().collect::<Vec<_>>())));
        }
        let options = ::arrow::array::RecordBatchOptions::new().with_row_count(Some(self.n_events()));
        RecordBatch::try_new_with_options(Arc::new(ArrowSchema::new(fields)), columns, &options)
            .map_err(|e| CoreError::Conversion(e.to_string()))
    }

    /// The sample that a record batch holds: every column a feature, but for the one marked as weights.
    ///
    /// Numbers of any width become `f64`.
    ///
    /// # Errors
    ///
    /// [`CoreError::Conversion`] for a column that holds no numbers or has a null, with its name and event;
    /// otherwise as [`Sample::new`].
    pub fn from_record_batch(batch: &RecordBatch) -> Result<Self, CoreError> {
        let mut features = Vec::new();
        let mut columns = Vec::new();
        let mut weights = Weights::unit(batch.num_rows());
        for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
            let values = numbers(field.name(), column)?;
            if field.metadata().get(ROLE).is_some_and(|r| r == WEIGHT) {
                weights = Weights::new(values)?;
            } else {
                let unit = field.metadata().get(UNIT).map_or("", String::as_str);
                features.push(Feature::new(field.name(), unit));
                columns.push(values);
            }
        }
        Self::new(Schema::new(features)?, columns, weights)
    }
}

impl TryFrom<&RecordBatch> for Sample {
    type Error = CoreError;

    fn try_from(batch: &RecordBatch) -> Result<Self, CoreError> {
        Self::from_record_batch(batch)
    }
}

impl TryFrom<&Sample> for RecordBatch {
    type Error = CoreError;

    fn try_from(sample: &Sample) -> Result<Self, CoreError> {
        sample.to_record_batch()
    }
}

fn numbers(name: &str, column: &ArrayRef) -> Result<Vec<f64>, CoreError> {
    if !column.data_type().is_numeric() {
        return Err(CoreError::Conversion(format!(
            "column \"{name}\" holds {}, not numbers",
            column.data_type()
        )));
    }
    if let Some(event) = (0..column.len()).find(|&i| column.is_null(i)) {
        return Err(CoreError::Conversion(format!("column \"{name}\" has no value for event {event}")));
    }
    let cast = ::arrow::compute::cast(column, &DataType::Float64)
        .map_err(|e| CoreError::Conversion(format!("column \"{name}\": {e}")))?;
    cast.as_any()
        .downcast_ref::<Float64Array>()
        .map(|a| a.values().to_vec())
        .ok_or_else(|| CoreError::Conversion(format!("column \"{name}\" did not become numbers")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::arrow::array::{Float32Array, StringArray};

    fn batch(name: &str, column: ArrayRef) -> RecordBatch {
        RecordBatch::try_from_iter_with_nullable([(name, column, true)]).unwrap()
    }

    #[test]
    fn samples_survive_record_batches() {
        let plain = Sample::from_columns([(Feature::new("pt", "GeV"), vec![1.0, 2.0])]).unwrap();
        let weighted = plain.clone().with_weights(Weights::new(vec![0.5, -0.5]).unwrap()).unwrap();
        for sample in [plain, weighted] {
            let batch = RecordBatch::try_from(&sample).unwrap();
            assert_eq!(Sample::try_from(&batch).unwrap(), sample);
        }
    }

    #[test]
    fn a_missing_value_is_named() {
        let column = Arc::new(Float32Array::from(vec![Some(1.0), None]));
        let error = Sample::from_record_batch(&batch("eta", column)).unwrap_err();
        assert_eq!(error.to_string(), "column \"eta\" has no value for event 1");
    }

    #[test]
    fn text_is_no_feature() {
        let column = Arc::new(StringArray::from(vec!["muon"]));
        let error = Sample::from_record_batch(&batch("kind", column)).unwrap_err();
        assert_eq!(error.to_string(), "column \"kind\" holds Utf8, not numbers");
    }
}
