//! The real samples of the workspace: 5000 di-muon events in every format.
//!
//! They are not part of the published crate; there, these tests have nothing to read and say so.

#![cfg(all(feature = "parquet", feature = "csv", feature = "numpy", feature = "hdf5"))]

use std::path::{Path, PathBuf};

use hepsys_core::Sample;
use hepsys_io::{Manifest, ReadOptions, read_sample};

const COLUMNS: [&str; 6] = ["pt1", "pt2", "eta1", "eta2", "delta_phi", "mll"];

/// The data sets of the workspace; `None` outside of one.
fn datasets() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let datasets = root.join("datasets");
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).unwrap_or_default();
    if manifest.contains("[workspace]") && manifest.contains("hepsys-io") {
        assert!(datasets.join("io").is_dir(), "{} is missing from the workspace", datasets.display());
        return Some(datasets);
    }
    eprintln!("no data sets here: this crate stands outside of its workspace");
    None
}

fn read(path: &Path) -> Sample {
    read_sample(path, &ReadOptions::new().columns(COLUMNS).weight("weight")).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn every_format_holds_the_same_events() {
    let Some(datasets) = datasets() else { return };
    let single = |values: &[f64]| values.iter().map(|&v| v as f32).collect::<Vec<_>>();
    let csv = read(&datasets.join("io/dibody.csv"));
    assert_eq!(csv.n_events(), 5000);
    for name in ["dibody.npz", "dibody_deflate.npz", "dibody.h5", "dibody_gzip.h5"] {
        let other = read(&datasets.join("io").join(name));
        assert_eq!(other.n_events(), 5000, "{name}");
        for column in COLUMNS {
            // The generator's numbers are single precision; every format holds them exactly.
            let (a, b) = (single(csv.column(column).unwrap()), single(other.column(column).unwrap()));
            assert_eq!(a, b, "{name}: {column}");
        }
        let weights = |s: &Sample| s.weights().iter().map(|w| w as f32).collect::<Vec<_>>();
        assert_eq!(weights(&csv), weights(&other), "{name}");
    }
}

#[test]
fn the_small_sample_is_the_start_of_the_large_one() {
    let Some(datasets) = datasets() else { return };
    let path = datasets.join("dibody/sm.parquet");
    let options = ReadOptions::new().columns(["pt1", "eta2"]).column_as("dphi", "delta_phi").limit_rows(5000);
    let large = read_sample(path, &options).unwrap_or_else(|e| panic!("{e}"));
    let small = read(&datasets.join("io/dibody.h5"));
    for column in ["pt1", "eta2", "delta_phi"] {
        assert_eq!(large.column(column).unwrap(), small.column(column).unwrap(), "{column}");
    }
}

#[test]
fn files_are_what_the_manifest_says() {
    let Some(datasets) = datasets() else { return };
    let manifest = Manifest::read(datasets.join("MANIFEST.json")).unwrap();
    for name in ["io/dibody.csv", "io/dibody.npz", "io/dibody_gzip.h5"] {
        let entry = manifest.entry(name).unwrap();
        entry.verify(manifest.path_of(entry)).unwrap();
        let sample = read(&manifest.path_of(entry));
        assert_eq!(entry.rows(), Some(sample.n_events() as u64), "{name}");
    }
}
