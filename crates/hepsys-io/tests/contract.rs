//! What every format promises, as a table of formats and facts.

#![cfg(all(feature = "parquet", feature = "csv", feature = "numpy", feature = "hdf5"))]

mod common;

use std::fs;
use std::io::Cursor;
use std::path::PathBuf;
use std::sync::LazyLock;

use common::Values::{F32, F64, I32, Text};
use common::{Values, write_raw};
use hepsys_core::{Feature, Sample, Unit, Weights};
use hepsys_io::{
    Format, IoError, ReadOptions, read_arrow_from, read_csv_from, read_hdf5_from, read_npy_from,
    read_npz_from, read_parquet_from, read_sample, write_sample,
};
use proptest::prelude::*;
use tempfile::TempDir;

/// A format and a folder of its own.
struct Case {
    format: Format,
    folder: TempDir,
}

impl Case {
    fn path(&self) -> PathBuf {
        self.folder.path().join(format!("events.{}", self.format.extensions()[0]))
    }

    fn raw(&self, columns: &[(&str, Values)]) -> PathBuf {
        write_raw(self.format, &self.path(), columns);
        self.path()
    }

    /// Whether files of this format can name units and mark weights.
    fn describes_columns(&self) -> bool {
        matches!(self.format, Format::Parquet | Format::Arrow | Format::Hdf5)
    }

    /// The options that bring back a weighted sample.
    fn weighted(&self) -> ReadOptions {
        let options = ReadOptions::new();
        if self.describes_columns() { options } else { options.weight("weight") }
    }
}

fn for_every_format(fact: impl Fn(&Case)) {
    for format in Format::ALL {
        fact(&Case { format, folder: tempfile::tempdir().unwrap() });
    }
}

fn muons() -> Sample {
    // Values that only survive if every bit does.
    Sample::from_columns([
        (Feature::new("pt1", "GeV"), vec![0.1, 1e300, -5e-324]),
        (Feature::new("eta1", "1"), vec![-0.0, 2.0 / 3.0, f64::MAX]),
        (Feature::new("a", "cm"), vec![1.0, 2.0, 3.0]),
    ])
    .unwrap()
}

fn bits(values: impl IntoIterator<Item = f64>) -> Vec<u64> {
    values.into_iter().map(f64::to_bits).collect()
}

fn error(path: PathBuf, options: &ReadOptions) -> IoError {
    let shown = path.display().to_string();
    let error = read_sample(path, options).unwrap_err();
    assert!(error.to_string().starts_with(&shown), "the message names the file: {error}");
    error
}

#[test]
fn values_survive_to_the_last_bit() {
    for_every_format(|case| {
        write_sample(case.path(), &muons()).unwrap();
        let read = read_sample(case.path(), &ReadOptions::new()).unwrap();
        assert_eq!(read.schema().names().collect::<Vec<_>>(), ["pt1", "eta1", "a"], "{}", case.format);
        for (a, b) in read.columns().zip(muons().columns()) {
            assert_eq!(bits(a.iter().copied()), bits(b.iter().copied()), "{}", case.format);
        }
        assert!(read.weights().are_unit());
    });
}

#[test]
fn units_survive_where_the_format_can_name_them() {
    for_every_format(|case| {
        write_sample(case.path(), &muons()).unwrap();
        let read = read_sample(case.path(), &ReadOptions::new()).unwrap();
        let expected = if case.describes_columns() { ["GeV", "1", "cm"] } else { ["1"; 3] };
        let units: Vec<_> = read.schema().features().iter().map(|f| f.unit().to_string()).collect();
        assert_eq!(units, expected, "{}", case.format);
    });
}

#[test]
fn weights_survive() {
    for_every_format(|case| {
        let weights = Weights::new(vec![0.1, -0.2, 1e10]).unwrap();
        let sample = muons().with_weights(weights.clone()).unwrap();
        write_sample(case.path(), &sample).unwrap();
        let read = read_sample(case.path(), &case.weighted()).unwrap();
        assert_eq!(bits(read.weights().iter()), bits(weights.iter()), "{}", case.format);
        assert_eq!(read.n_features(), 3, "{}: weights are no feature", case.format);
        let unweighted = read_sample(case.path(), &ReadOptions::new().column("a").unweighted()).unwrap();
        assert!(unweighted.weights().are_unit(), "{}", case.format);
    });
}

#[test]
fn columns_come_in_the_order_asked_for_under_their_new_names() {
    for_every_format(|case| {
        write_sample(case.path(), &muons()).unwrap();
        let options = ReadOptions::new().column_as("a", "length").column_any_of(["PT1", "pt1"], "pt");
        let read = read_sample(case.path(), &options).unwrap();
        assert_eq!(read.schema().names().collect::<Vec<_>>(), ["length", "pt"], "{}", case.format);
        assert_eq!(read.column("length").unwrap(), [1.0, 2.0, 3.0]);
        assert_eq!(read.column("pt").unwrap()[0], 0.1);
    });
}

#[test]
fn one_column_may_become_two_features() {
    for_every_format(|case| {
        write_sample(case.path(), &muons()).unwrap();
        let options = ReadOptions::new().column("a").column_as("a", "b");
        let read = read_sample(case.path(), &options).unwrap();
        assert_eq!(read.column("a").unwrap(), read.column("b").unwrap(), "{}", case.format);
    });
}

#[test]
fn a_row_limit_brings_the_first_events() {
    for_every_format(|case| {
        write_sample(case.path(), &muons()).unwrap();
        for (limit, expected) in [(0, vec![]), (2, vec![1.0, 2.0]), (9, vec![1.0, 2.0, 3.0])] {
            let options = ReadOptions::new().column("a").limit_rows(limit);
            let read = read_sample(case.path(), &options).unwrap();
            assert_eq!(read.column("a").unwrap(), expected, "{}", case.format);
        }
    });
}

#[test]
fn units_are_converted() {
    for_every_format(|case| {
        let path = case.raw(&[("pt", F64(vec![45_500.0]))]);
        let options = ReadOptions::new().column("pt").file_unit("pt", "MeV").unit("pt", "GeV");
        let read = read_sample(&path, &options).unwrap();
        assert_eq!(read.column("pt").unwrap(), [45.5], "{}", case.format);
        assert_eq!(read.schema().features()[0].unit(), &Unit::GeV);
        let named = read_sample(&path, &ReadOptions::new().unit("pt", "GeV")).unwrap();
        assert_eq!(named.column("pt").unwrap(), [45_500.0], "a file without units holds the unit asked for");
    });
}

#[test]
fn units_that_measure_different_things_are_an_error() {
    for_every_format(|case| {
        let options = ReadOptions::new().file_unit("pt", "MeV").unit("pt", "rad");
        let error = error(case.raw(&[("pt", F64(vec![1.0]))]), &options).to_string();
        assert!(error.ends_with("column \"pt\" is in MeV, which cannot be converted to rad"), "{error}");
    });
}

#[test]
fn a_unit_for_a_column_that_is_not_read_is_an_error() {
    for_every_format(|case| {
        let options = ReadOptions::new().unit("PT", "GeV");
        let error = error(case.raw(&[("pt", F64(vec![1.0]))]), &options).to_string();
        assert!(error.ends_with("the options give \"PT\" a unit, but the columns read are pt"), "{error}");
    });
}

#[test]
fn numbers_of_other_types_become_f64() {
    for_every_format(|case| {
        let path = case.raw(&[("a", F32(vec![0.1, -2.5])), ("b", I32(vec![-7, i32::MAX]))]);
        let read = read_sample(path, &ReadOptions::new()).unwrap();
        // CSV holds the digits of 0.1, the others the float next to it.
        assert!(read.column("a").unwrap().iter().map(|&x| x as f32).eq([0.1, -2.5]), "{}", case.format);
        assert_eq!(read.column("b").unwrap(), [-7.0, f64::from(i32::MAX)], "{}", case.format);
    });
}

#[test]
fn a_missing_column_is_named_with_those_there_are() {
    for_every_format(|case| {
        let path = case.raw(&[("a", F64(vec![1.0])), ("b", F64(vec![1.0]))]);
        let alone = error(path.clone(), &ReadOptions::new().column("PT1")).to_string();
        assert!(alone.ends_with(": no column \"PT1\"; the file has a, b"), "{alone}");
        let either =
            error(path.clone(), &ReadOptions::new().column_any_of(["pt1", "PT1"], "pt1")).to_string();
        assert!(either.ends_with(": no column \"pt1\" or \"PT1\"; the file has a, b"), "{either}");
        let weight = error(path, &ReadOptions::new().weight("w")).to_string();
        assert!(weight.ends_with(": no column \"w\"; the file has a, b"), "{weight}");
    });
}

#[test]
fn a_value_that_is_not_finite_is_named() {
    for_every_format(|case| {
        for bad in [f64::NAN, f64::INFINITY] {
            let path = case.raw(&[("a", F64(vec![1.0; 4])), ("pt", F64(vec![1.0, 2.0, bad, 4.0]))]);
            let error = error(path.clone(), &ReadOptions::new()).to_string();
            let expected = format!(": column \"pt\" must be finite, but event 2 has {bad}");
            assert!(error.ends_with(&expected), "{}: {error}", case.format);
            read_sample(&path, &ReadOptions::new().column("a")).unwrap();
            read_sample(&path, &ReadOptions::new().limit_rows(2)).unwrap();
        }
    });
}

#[test]
fn a_weight_that_is_not_finite_is_named() {
    for_every_format(|case| {
        let path = case.raw(&[("a", F64(vec![1.0; 2])), ("w", F64(vec![1.0, f64::NAN]))]);
        let error = error(path, &ReadOptions::new().weight("w")).to_string();
        assert!(error.ends_with(": column \"w\" must be finite, but event 1 has NaN"), "{error}");
    });
}

#[test]
fn a_value_too_large_for_its_unit_is_named() {
    for_every_format(|case| {
        let options = ReadOptions::new().file_unit("a", "TeV").unit("a", "MeV");
        let error = error(case.raw(&[("a", F64(vec![1.0, 1e307]))]), &options).to_string();
        assert!(error.ends_with(": column \"a\" has 1e307 in event 1, which is infinite in MeV"), "{error}");
    });
}

#[test]
fn text_is_left_out_unless_asked_for() {
    for_every_format(|case| {
        let path = case.raw(&[("a", F64(vec![1.0, 2.0])), ("label", Text(vec!["s", "b"]))]);
        let read = read_sample(&path, &ReadOptions::new()).unwrap();
        assert_eq!(read.schema().names().collect::<Vec<_>>(), ["a"], "{}", case.format);
        let error = error(path, &ReadOptions::new().column("label"));
        assert!(matches!(&error, IoError::WrongType { column, .. } if column == "label"), "{error}");
    });
}

#[test]
fn a_file_without_numbers_is_an_error() {
    for_every_format(|case| {
        let error = error(case.raw(&[("label", Text(vec!["s", "b"]))]), &ReadOptions::new()).to_string();
        assert!(error.ends_with(": no column holds numbers; the file has label"), "{error}");
    });
}

#[test]
fn a_negative_total_weight_is_an_error_unless_allowed() {
    for_every_format(|case| {
        let path = case.raw(&[("a", F64(vec![1.0, 2.0])), ("w", F64(vec![1.0, -3.0]))]);
        let options = ReadOptions::new().weight("w");
        let error = error(path.clone(), &options).to_string();
        assert!(error.contains("the weights in column \"w\" sum to -2, which is negative"), "{error}");
        let read = read_sample(&path, &options.allow_negative_total(true)).unwrap();
        assert_eq!(read.weights().total(), -2.0, "{}", case.format);
    });
}

#[test]
fn a_name_asked_for_twice_is_an_error() {
    for_every_format(|case| {
        let path = case.raw(&[("a", F64(vec![1.0])), ("b", F64(vec![1.0]))]);
        let error = error(path, &ReadOptions::new().column("a").column_as("b", "a")).to_string();
        assert!(error.ends_with("column \"a\" appears twice"), "{error}");
    });
}

#[test]
fn a_sample_without_events_survives() {
    for_every_format(|case| {
        let empty =
            Sample::from_columns([(Feature::new("a", "1"), vec![]), (Feature::new("b", "1"), vec![])]);
        write_sample(case.path(), &empty.unwrap()).unwrap();
        let read = read_sample(case.path(), &ReadOptions::new()).unwrap();
        assert_eq!((read.n_events(), read.n_features()), (0, 2), "{}", case.format);
    });
}

#[test]
fn an_empty_file_is_an_error() {
    for_every_format(|case| {
        fs::write(case.path(), "").unwrap();
        assert!(matches!(error(case.path(), &ReadOptions::new()), IoError::Empty { .. }), "{}", case.format);
    });
}

#[test]
fn a_file_that_does_not_exist_is_named() {
    for_every_format(|case| {
        assert!(matches!(error(case.path(), &ReadOptions::new()), IoError::Read { .. }), "{}", case.format);
    });
}

#[test]
fn a_truncated_file_is_an_error() {
    for_every_format(|case| {
        // More values than fit a compressed block, so that no cut falls behind the last of them.
        let values: Vec<f64> = (0..500).map(|i| f64::from(i).sin()).collect();
        let path = case.raw(&[("a", F64(values.clone())), ("b", F64(values))]);
        let whole = fs::read(&path).unwrap();
        let cuts: Vec<usize> = match case.format {
            // A text file that is cut between two numbers' digits or lines looks whole.
            Format::Csv => {
                let commas = whole.iter().enumerate().filter(|(_, b)| **b == b',').map(|(i, _)| i);
                commas.skip(1).step_by(50).collect()
            }
            _ => (1..40).map(|k| whole.len() * k / 40).chain([whole.len() - 1]).collect(),
        };
        for cut in cuts {
            fs::write(&path, &whole[..cut]).unwrap();
            error(path.clone(), &ReadOptions::new());
        }
    });
}

/// Reads bytes of a known format.
fn read_bytes(format: Format, bytes: Vec<u8>, options: &ReadOptions) -> Result<Sample, IoError> {
    let reader = Cursor::new(bytes);
    match format {
        Format::Parquet => read_parquet_from(reader, options),
        Format::Arrow => read_arrow_from(reader, options),
        Format::Csv => read_csv_from(reader, options),
        Format::Npy => read_npy_from(reader, options),
        Format::Npz => read_npz_from(reader, options),
        Format::Hdf5 => read_hdf5_from(reader, options),
        other => panic!("no reader for {other}"),
    }
}

#[test]
fn a_damaged_byte_never_panics() {
    for_every_format(|case| {
        let path = case.raw(&[
            ("a", F64(vec![0.5, -1.5, 2.5])),
            ("label", Text(vec!["s"; 3])),
            ("b", F32(vec![0.25; 3])),
        ]);
        let whole = fs::read(&path).unwrap();
        let options = ReadOptions::new().memory_limit(1 << 24);
        for at in 0..whole.len() {
            for damage in [0x00, 0x7f, 0xff, whole[at] ^ 1] {
                let mut damaged = whole.clone();
                damaged[at] = damage;
                // Some bytes do not matter, so this may succeed; it must not panic or take the memory of the machine.
                if let Ok(sample) = read_bytes(case.format, damaged, &options) {
                    assert!(sample.n_events() <= 1 << 21);
                }
            }
        }
    });
}

#[test]
fn columns_larger_than_the_memory_limit_are_refused() {
    for_every_format(|case| {
        let path = case.raw(&[("a", F64(vec![1.0; 1000])), ("b", F64(vec![1.0; 1000]))]);
        let error = error(path.clone(), &ReadOptions::new().memory_limit(15_999));
        assert!(matches!(error, IoError::TooLarge { limit: 15_999, .. }), "{}: {error}", case.format);
        read_sample(&path, &ReadOptions::new().memory_limit(15_999).limit_rows(100)).unwrap();
    });
}

#[test]
fn content_counts_more_than_the_extension() {
    for_every_format(|case| {
        if case.format == Format::Csv {
            return;
        }
        write_sample(case.path(), &muons()).unwrap();
        for extension in ["csv", "dat"] {
            let other = case.path().with_extension(extension);
            fs::copy(case.path(), &other).unwrap();
            assert_eq!(read_sample(&other, &ReadOptions::new()).unwrap().n_events(), 3, "{}", case.format);
        }
    });
}

#[test]
fn a_text_file_that_claims_a_format_is_an_error_of_that_format() {
    for_every_format(|case| {
        if case.format == Format::Csv {
            return;
        }
        fs::write(case.path(), "pt,eta\n1,2\n").unwrap();
        let error = error(case.path(), &ReadOptions::new());
        assert!(
            matches!(&error, IoError::Damaged { format, .. } if *format == case.format.name()),
            "{error}"
        );
    });
}

#[test]
fn a_sample_that_would_lose_something_is_not_written() {
    for_every_format(|case| {
        let none = Sample::from_columns(Vec::<(Feature, Vec<f64>)>::new()).unwrap();
        let ambiguous = Sample::from_columns([(Feature::new("weight", "1"), vec![1.0])]).unwrap();
        let ambiguous = ambiguous.with_weights(Weights::new(vec![2.0]).unwrap()).unwrap();
        for sample in [none, ambiguous] {
            assert!(matches!(write_sample(case.path(), &sample), Err(IoError::Unwritable { .. })));
            assert!(!case.path().exists(), "{}", case.format);
        }
    });
}

#[test]
fn writing_replaces_the_whole_file() {
    for_every_format(|case| {
        fs::write(case.path(), vec![b'x'; 100_000]).unwrap();
        write_sample(case.path(), &muons()).unwrap();
        assert_eq!(read_sample(case.path(), &ReadOptions::new()).unwrap().n_events(), 3);
        assert_eq!(fs::read_dir(case.folder.path()).unwrap().count(), 1, "{}", case.format);
    });
}

#[test]
fn root_files_are_recognised_and_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.root");
    fs::write(&path, b"root\0\0\xf3\x18\0\0\0\x64").unwrap();
    let message = error(path.clone(), &ReadOptions::new()).to_string();
    assert!(message.ends_with("ROOT files are not yet supported"), "{message}");
    assert!(matches!(write_sample(&path, &muons()), Err(IoError::NotSupported { .. })));
}

#[test]
fn an_unknown_format_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.xyz");
    fs::write(&path, b"\x01\x02\x03").unwrap();
    assert!(matches!(error(path.clone(), &ReadOptions::new()), IoError::UnknownFormat { .. }));
    assert!(matches!(write_sample(&path, &muons()), Err(IoError::UnknownFormat { .. })));
}

proptest! {
    // Each case opens files of six formats.
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_sample_survives(
        rows in prop::collection::vec((prop::num::f64::NORMAL, prop::num::f64::NORMAL, 0.0..10.0_f64), 0..200),
        names in prop::collection::hash_set("[a-z][A-Za-z0-9_ .é]{0,10}[a-z]", 2),
        limit in 0..250_u64,
    ) {
        let names: Vec<_> = names.into_iter().collect();
        prop_assume!(!names.contains(&"weight".to_owned()));
        let column = |f: fn(&(f64, f64, f64)) -> f64| rows.iter().map(f).collect::<Vec<_>>();
        let sample = Sample::from_columns([
            (Feature::new(&names[0], "GeV"), column(|r| r.0)),
            (Feature::new(&names[1], "1"), column(|r| r.1)),
        ]);
        let sample = sample.unwrap().with_weights(Weights::new(column(|r| r.2)).unwrap()).unwrap();
        for format in Format::ALL {
            let case = Case { format, folder: tempfile::tempdir().unwrap() };
            write_sample(case.path(), &sample).unwrap();
            let read = read_sample(case.path(), &case.weighted().limit_rows(limit)).unwrap();
            let n = rows.len().min(limit as usize);
            prop_assert_eq!(read.n_events(), n);
            for name in &names {
                let (a, b) = (read.column(name).unwrap(), sample.column(name).unwrap());
                prop_assert_eq!(bits(a.iter().copied()), bits(b[..n].iter().copied()));
            }
            prop_assert_eq!(bits(read.weights().iter()), bits(sample.weights().iter().take(n)));
        }
    }
}

/// A small whole file of each format, with numbers, integers and text.
static WHOLE: LazyLock<Vec<(Format, Vec<u8>)>> = LazyLock::new(|| {
    let columns = [
        ("a", F64(vec![0.5, -1.5, 2.5])),
        ("label", Text(vec!["s", "b", "s"])),
        ("b", F32(vec![0.25; 3])),
        ("c", I32(vec![-1, 0, 1])),
    ];
    let bytes = |format| {
        let folder = tempfile::tempdir().unwrap();
        let case = Case { format, folder };
        (format, fs::read(case.raw(&columns)).unwrap())
    };
    Format::ALL.into_iter().map(bytes).collect()
});

proptest! {
    // As many cases as PROPTEST_CASES says, so that one command makes a fuzzer of this.
    #[test]
    fn heavy_damage_never_panics(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<[u8; 8]>(), 1..9_usize), 1..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        for (format, whole) in &*WHOLE {
            let mut bytes = whole.clone();
            for (at, with, n) in &edits {
                let at = at.index(bytes.len());
                let end = bytes.len().min(at + n);
                bytes[at..end].copy_from_slice(&with[..end - at]);
            }
            bytes.truncate(cut.map_or(bytes.len(), |c| c.index(bytes.len())));
            let options = ReadOptions::new().memory_limit(1 << 24);
            if let Ok(sample) = read_bytes(*format, bytes, &options) {
                prop_assert!(sample.n_events() <= 1 << 21);
            }
        }
    }
}
