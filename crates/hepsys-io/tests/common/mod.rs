//! Files as other programs write them: columns of any type, good values and bad ones.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float32Array, Float64Array, Int32Array, RecordBatch, StringArray};
use hdf5_pure::FileBuilder;
use hepsys_io::Format;
use npyz::npz::NpzWriter;

/// The values of a column.
#[derive(Clone)]
pub(crate) enum Values {
    F64(Vec<f64>),
    F32(Vec<f32>),
    I32(Vec<i32>),
    Text(Vec<&'static str>),
}

use Values::{F32, F64, I32, Text};

impl Values {
    fn len(&self) -> usize {
        match self {
            F64(v) => v.len(),
            F32(v) => v.len(),
            I32(v) => v.len(),
            Text(v) => v.len(),
        }
    }

    fn numpy_type(&self) -> &'static str {
        match self {
            F64(_) => "<f8",
            F32(_) => "<f4",
            I32(_) => "<i4",
            Text(_) => "|S8",
        }
    }

    fn numpy_bytes(&self, i: usize) -> Vec<u8> {
        match self {
            F64(v) => v[i].to_le_bytes().to_vec(),
            F32(v) => v[i].to_le_bytes().to_vec(),
            I32(v) => v[i].to_le_bytes().to_vec(),
            Text(v) => format!("{:\0<8}", v[i]).into_bytes(),
        }
    }

    fn csv(&self, i: usize) -> String {
        match self {
            F64(v) => format!("{:?}", v[i]),
            F32(v) => format!("{:?}", v[i]),
            I32(v) => v[i].to_string(),
            Text(v) => v[i].to_owned(),
        }
    }

    fn arrow(&self) -> ArrayRef {
        match self {
            F64(v) => Arc::new(Float64Array::from(v.clone())),
            F32(v) => Arc::new(Float32Array::from(v.clone())),
            I32(v) => Arc::new(Int32Array::from(v.clone())),
            Text(v) => Arc::new(StringArray::from(v.clone())),
        }
    }
}

/// Writes columns of equal length.
pub(crate) fn write_raw(format: Format, path: &Path, columns: &[(&str, Values)]) {
    match format {
        Format::Csv => write_csv(path, columns),
        Format::Npy => {
            let fields = columns.iter().map(|(name, v)| format!("('{name}', '{}')", v.numpy_type()));
            let descr = format!("[{}]", fields.collect::<Vec<_>>().join(", "));
            let n = columns[0].1.len();
            let rows = (0..n).flat_map(|i| columns.iter().flat_map(move |(_, v)| v.numpy_bytes(i)));
            fs::write(path, npy(&descr, n, rows)).unwrap();
        }
        Format::Npz => {
            let mut archive = NpzWriter::create(path).unwrap();
            for (name, values) in columns {
                let n = values.len();
                let bytes = (0..n).flat_map(|i| values.numpy_bytes(i));
                let bytes = npy(&format!("'{}'", values.numpy_type()), n, bytes);
                archive.zip_writer().start_file(format!("{name}.npy"), Default::default()).unwrap();
                archive.zip_writer().write_all(&bytes).unwrap();
            }
        }
        Format::Parquet | Format::Arrow => {
            write_batch(
                format,
                path,
                &RecordBatch::try_from_iter(columns.iter().map(|(n, v)| (n, v.arrow()))).unwrap(),
            );
        }
        Format::Hdf5 => {
            let mut builder = FileBuilder::new();
            for (name, values) in columns {
                let dataset = builder.create_dataset(name);
                match values {
                    F64(v) => _ = dataset.with_f64_data(v),
                    F32(v) => _ = dataset.with_f32_data(v),
                    I32(v) => _ = dataset.with_i32_data(v),
                    Text(v) => _ = dataset.with_ascii_strings(v).unwrap(),
                }
                dataset.with_shape(&[values.len() as u64]);
            }
            builder.write(path).unwrap();
        }
        other => panic!("no writer for {other}"),
    }
}

/// Writes a record batch as Parquet or Arrow IPC.
pub(crate) fn write_batch(format: Format, path: &Path, batch: &RecordBatch) {
    let out = File::create(path).unwrap();
    if format == Format::Parquet {
        let mut writer = parquet::arrow::ArrowWriter::try_new(out, batch.schema(), None).unwrap();
        writer.write(batch).unwrap();
        writer.close().unwrap();
    } else {
        let mut writer = arrow::ipc::writer::FileWriter::try_new(out, &batch.schema()).unwrap();
        writer.write(batch).unwrap();
        writer.finish().unwrap();
    }
}

fn write_csv(path: &Path, columns: &[(&str, Values)]) {
    let mut text = columns.iter().map(|(name, _)| (*name).to_owned()).collect::<Vec<_>>().join(",");
    for i in 0..columns[0].1.len() {
        let cells = columns.iter().map(|(_, v)| v.csv(i));
        text += &format!("\n{}", cells.collect::<Vec<_>>().join(","));
    }
    fs::write(path, text + "\n").unwrap();
}

fn npy(descr: &str, n: usize, values: impl Iterator<Item = u8>) -> Vec<u8> {
    let header = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': ({n},), }}\n");
    let length = u16::try_from(header.len()).unwrap().to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes()].concat().into_iter().chain(values).collect()
}
