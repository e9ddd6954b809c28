//! How much a read takes of file and memory: only what was asked for, and never what a hostile file claims.

#![cfg(all(feature = "parquet", feature = "csv", feature = "numpy", feature = "hdf5"))]

#[allow(dead_code, reason = "other tests write other types")]
mod common;

use std::fs::{self, File};
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use common::Values::F64;
use common::write_raw;
use hepsys_core::{Feature, Sample};
use hepsys_io::{
    Format, IoError, ReadOptions, read_arrow_from, read_csv_from, read_hdf5_from, read_npy_from,
    read_npz_from, read_parquet_from, read_sample, write_sample,
};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Memory is counted for the whole process, so one test runs at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The most memory that `f` holds beyond what is held already.
fn peak<T>(f: impl FnOnce() -> T) -> (T, usize) {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let result = f();
    (result, MEMORY.peak_usage().saturating_sub(before))
}

/// Columns `x0`, `x1`, … of values that hardly compress.
fn write(format: Format, folder: &Path, n_columns: usize, n_events: usize) -> PathBuf {
    let path = folder.join(format!("wide.{}", format.extensions()[0]));
    let column = |c: usize| (0..n_events).map(move |i| ((i * 40 + c) as f64).sin()).collect::<Vec<_>>();
    let columns = (0..n_columns).map(|c| (Feature::new(format!("x{c}"), "1"), column(c)));
    write_sample(&path, &Sample::from_columns(columns).unwrap()).unwrap();
    path
}

/// A file that counts the bytes read from it.
struct Counted {
    file: File,
    count: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(buffer)?;
        self.count.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

impl Seek for Counted {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// Which part of the file a read touches.
fn part_read(format: Format, path: &Path, options: &ReadOptions) -> f64 {
    let count = Arc::new(AtomicU64::new(0));
    let reader = Counted { file: File::open(path).unwrap(), count: Arc::clone(&count) };
    match format {
        Format::Parquet => read_parquet_from(reader, options),
        Format::Arrow => read_arrow_from(reader, options),
        Format::Csv => read_csv_from(reader, options),
        Format::Npy => read_npy_from(reader, options),
        Format::Npz => read_npz_from(reader, options),
        Format::Hdf5 => read_hdf5_from(reader, options),
        other => panic!("no reader for {other}"),
    }
    .unwrap();
    count.load(Ordering::Relaxed) as f64 / fs::metadata(path).unwrap().len() as f64
}

#[test]
fn memory_grows_with_the_columns_asked_for() {
    let _alone = alone();
    let (n_columns, n_events) = (40, 25_000);
    for format in Format::ALL {
        let folder = tempfile::tempdir().unwrap();
        let path = write(format, folder.path(), n_columns, n_events);
        let two = ReadOptions::new().columns(["x3", "x30"]);
        let (sample, memory) = peak(|| read_sample(&path, &two).unwrap());
        assert_eq!(sample.n_features(), 2);
        let values = 2 * 8 * n_events;
        // Room for the columns three times (as stored, as read, as shared) and for buffers; all columns are 8 MB.
        assert!(memory < 3 * values + 2_000_000, "{format}: {memory} bytes for {values} bytes of values");
    }
}

#[test]
fn columns_that_are_not_asked_for_are_not_read() {
    let _alone = alone();
    // CSV and NPY files hold event after event: there is no way past a column.
    for format in [Format::Parquet, Format::Arrow, Format::Npz, Format::Hdf5] {
        let folder = tempfile::tempdir().unwrap();
        let path = write(format, folder.path(), 20, 50_000);
        let part = part_read(format, &path, &ReadOptions::new().column("x7"));
        // One of 20 is 5 %; the members of an NPZ file are looked at 32 KiB at a time to see what they hold.
        assert!(part < 0.2, "{format}: {part} of the file");
    }
}

#[test]
fn a_row_limit_stops_early() {
    let _alone = alone();
    for format in Format::ALL {
        let folder = tempfile::tempdir().unwrap();
        let path = write(format, folder.path(), 3, 300_000);
        let part = part_read(format, &path, &ReadOptions::new().limit_rows(10));
        // A Parquet page holds 20,000 events, 7 % of a column.
        assert!(part < 0.1, "{format}: {part} of the file");
    }
}

#[test]
fn damage_behind_the_row_limit_is_not_met() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    fs::write(&path, "a,b\n1,2\n3\nmuon,\n").unwrap();
    assert_eq!(read_sample(&path, &ReadOptions::new().limit_rows(1)).unwrap().n_events(), 1);
}

#[test]
fn a_small_file_that_claims_much_is_refused_before_memory_is_taken() {
    let _alone = alone();
    let limit = 10_000_000;
    let zeros = vec![0.0; 10_000_000];
    let folder = tempfile::tempdir().unwrap();
    for format in [Format::Npz, Format::Parquet, Format::Hdf5] {
        let path = folder.path().join(format!("bomb.{}", format.extensions()[0]));
        if format == Format::Hdf5 {
            let mut builder = hdf5_pure::FileBuilder::new();
            let dataset = builder.create_dataset("a");
            dataset
                .with_f64_data(&zeros)
                .with_shape(&[zeros.len() as u64])
                .with_chunks(&[100_000])
                .with_deflate(9);
            builder.write(&path).unwrap();
        } else {
            write_raw(format, &path, &[("a", F64(zeros.clone()))]);
        }
        let size = fs::metadata(&path).unwrap().len();
        assert!(size < 1_000_000, "{format}: {size} bytes hold 80 MB");
        let (result, memory) = peak(|| read_sample(&path, &ReadOptions::new().memory_limit(limit)));
        let error = result.unwrap_err();
        assert!(matches!(error, IoError::TooLarge { .. }), "{format}: {error}");
        assert!(memory < 1_000_000, "{format}: {memory} bytes before the refusal");
    }
}

#[test]
fn one_huge_chunk_is_refused() {
    let _alone = alone();
    let zeros = vec![0.0; 2_000_000];
    let mut builder = hdf5_pure::FileBuilder::new();
    let dataset = builder.create_dataset("a");
    dataset.with_f64_data(&zeros).with_shape(&[zeros.len() as u64]).with_chunks(&[2_000_000]).with_deflate(9);
    let bytes = builder.finish().unwrap();
    // One event is small, but the chunk that holds it is not.
    let options = ReadOptions::new().limit_rows(1).memory_limit(1_000_000);
    let (result, memory) = peak(|| read_hdf5_from(Cursor::new(bytes), &options));
    assert!(matches!(result, Err(IoError::TooLarge { needed: 16_000_000, .. })));
    assert!(memory < 1_000_000, "{memory} bytes before the refusal");
}

#[test]
fn a_claim_without_data_takes_no_memory() {
    let _alone = alone();
    // 400 million events, 3.2 GB, within the default limit; not one of them is there.
    let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (400000000,), }\n";
    let bytes = [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes()].concat();
    let (result, memory) = peak(|| read_npy_from(bytes.as_slice(), &ReadOptions::new()));
    assert!(matches!(result, Err(IoError::Damaged { .. })));
    assert!(memory < 10_000_000, "{memory} bytes");
}
