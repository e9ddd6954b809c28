use ::arrow::array::{Array, ArrayRef, AsArray, Float64Array};
use ::arrow::compute::cast;
use ::arrow::datatypes::{DataType, Schema, UInt64Type};
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

/// Adds the names of an array to a column of names: text of any width, or a dictionary of it.
#[cfg(feature = "parquet")]
pub(crate) fn append_texts(
    file: &str,
    format: &'static str,
    collector: &mut Collector<'_>,
    slot: usize,
    column: &ArrayRef,
) -> Result<(), IoError> {
    let texts =
        |array: &ArrayRef| cast(array, &DataType::Utf8).map_err(|e| IoError::damaged(file, format, e));
    let Some(dictionary) = column.as_any_dictionary_opt() else {
        let texts = texts(column)?;
        return texts
            .as_string::<i32>()
            .iter()
            .try_for_each(|t| collector.push_text(slot, t.unwrap_or_default()));
    };
    // The names of a dictionary stay what they are: written out for each event, long ones could fill the memory.
    let names = texts(dictionary.values())?;
    let names = names.as_string::<i32>();
    let keys = cast(dictionary.keys(), &DataType::UInt64).map_err(|e| IoError::damaged(file, format, e))?;
    for key in keys.as_primitive::<UInt64Type>() {
        let name = key.map(|key| key as usize).filter(|&key| key < names.len() && names.is_valid(key));
        collector.push_text(slot, name.map_or("", |key| names.value(key)))?;
    }
    Ok(())
}
