use ::arrow::array::{Array, ArrayRef, Float64Array};
use ::arrow::compute::cast;
use ::arrow::datatypes::{DataType, Schema};
use hepsys_core::Unit;
use hepsys_core::marks::{ROLE, UNIT, WEIGHT};

use crate::IoError;
use crate::collect::Collector;
use crate::plan::FileColumn;

/// The columns of an Arrow schema.
pub(crate) fn file_columns(schema: &Schema) -> Vec<FileColumn> {
    schema
        .fields()
        .iter()
        .map(|field| FileColumn {
            name: field.name().clone(),
            not_numbers: (!field.data_type().is_numeric())
                .then(|| format!("values of type {}", field.data_type())),
            unit: field.metadata().get(UNIT).map(|unit| Unit::from(unit.as_str())),
            marked_as_weight: field.metadata().get(ROLE).is_some_and(|role| role == WEIGHT),
        })
        .collect()
}

/// Adds the numbers of an array to a column; numbers of any width become `f64`.
pub(crate) fn append(
    file: &str,
    format: &'static str,
    collector: &mut Collector<'_>,
    slot: usize,
    column: &ArrayRef,
) -> Result<(), IoError> {
    let numbers = cast(column, &DataType::Float64).map_err(|e| IoError::damaged(file, format, e))?;
    let Some(numbers) = numbers.as_any().downcast_ref::<Float64Array>() else {
        return Err(IoError::damaged(file, format, "a column did not become numbers"));
    };
    if numbers.null_count() == 0 {
        return collector.extend(slot, numbers.values().iter().copied());
    }
    for value in numbers {
        match value {
            Some(value) => collector.push(slot, value)?,
            None => return Err(collector.null(slot)),
        }
    }
    Ok(())
}
