//! arrow2 arrays to and from Arrow IPC files, the common ground of arrow2 and hepsys.

use std::fs::File;
use std::path::Path;

use arrow2::array::{Array, PrimitiveArray};
use arrow2::chunk::Chunk;
use arrow2::datatypes::{Field, Metadata, Schema};
use arrow2::error::Result;
use arrow2::io::ipc::{read, write};

/// The columns of an arrow2 user: one boxed array each.
pub type Columns = Chunk<Box<dyn Array>>;

/// A field that tells hepsys its unit.
pub fn field(name: &str, array: &dyn Array, unit: &str) -> Field {
    let metadata = Metadata::from([("unit".to_owned(), unit.to_owned())]);
    Field::new(name, array.data_type().clone(), false).with_metadata(metadata)
}

/// Writes arrow2 arrays as an Arrow IPC file.
///
/// # Errors
///
/// If the file cannot be written.
pub fn write_ipc(path: &Path, fields: Vec<Field>, columns: &Columns) -> Result<()> {
    // Uncompressed, as hepsys reads it.
    let options = write::WriteOptions { compression: None };
    let mut writer = write::FileWriter::new(File::create(path)?, Schema::from(fields), None, options);
    writer.start()?;
    writer.write(columns, None)?;
    writer.finish()
}

/// Reads an Arrow IPC file into arrow2 arrays, batch by batch.
///
/// # Errors
///
/// If the file cannot be read.
pub fn read_ipc(path: &Path) -> Result<(Schema, Vec<Columns>)> {
    let mut file = File::open(path)?;
    let metadata = read::read_file_metadata(&mut file)?;
    let schema = metadata.schema.clone();
    let batches = read::FileReader::new(file, metadata, None, None).collect::<Result<_>>()?;
    Ok((schema, batches))
}

/// The numbers of an arrow2 array, if it holds `f64`.
pub fn numbers(array: &dyn Array) -> Option<&[f64]> {
    let array = array.as_any().downcast_ref::<PrimitiveArray<f64>>()?;
    (array.null_count() == 0).then(|| array.values().as_slice())
}
