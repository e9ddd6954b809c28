//! The HiggsML-like sample of the workspace, in both of its formats.
//!
//! It is not part of the published crate; there, these tests have nothing to read and say so.

#![cfg(all(feature = "parquet", feature = "csv"))]

use std::path::{Path, PathBuf};

use hepsys_core::Unit;
use hepsys_io::{HiggsMl, KaggleSet, read_higgsml};

/// The folder of the sample; `None` outside of the workspace.
fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets/higgsml");
    if !folder.is_dir() {
        eprintln!("no data sets here: this crate stands outside of its workspace");
        return None;
    }
    Some(folder)
}

fn read(folder: &Path, name: &str) -> HiggsMl {
    read_higgsml(folder.join(name)).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn both_files_hold_the_same_events() {
    let Some(folder) = folder() else { return };
    let (csv, parquet) = (read(&folder, "higgsml_2000.csv"), read(&folder, "higgsml.parquet"));
    let n_events = 2000;
    assert_eq!(csv.events().n_events(), n_events);
    assert_eq!(csv.events().schema(), parquet.events().schema());
    assert_eq!(csv.events().n_features(), 30);
    assert_eq!(csv.event_ids(), &parquet.event_ids()[..n_events]);
    assert_eq!(csv.is_signal(), &parquet.is_signal()[..n_events]);
    for (name, (a, b)) in
        csv.events().schema().names().zip(csv.events().columns().zip(parquet.events().columns()))
    {
        for (a, b) in a.iter().zip(b) {
            // The CSV file has three digits after the point, the other single precision.
            assert!((a - b).abs() < 5.001e-4 + 1e-7 * b.abs(), "{name}: {a} {b}");
        }
    }
    for (a, b) in csv.events().weights().iter().zip(parquet.events().weights().iter()) {
        // Nine digits in CSV.
        assert!((a / b - 1.0).abs() < 1e-6, "{a} {b}");
    }
}

#[test]
fn units_are_those_of_the_challenge() {
    let Some(folder) = folder() else { return };
    let read = read(&folder, "higgsml_2000.csv");
    let of = |unit: &Unit| -> Vec<&str> {
        read.events().schema().features().iter().filter(|f| f.unit() == unit).map(|f| f.name()).collect()
    };
    assert_eq!(
        of(&Unit::Radian),
        ["PRI_tau_phi", "PRI_lep_phi", "PRI_met_phi", "PRI_jet_leading_phi", "PRI_jet_subleading_phi"]
    );
    assert_eq!(
        of(&Unit::One),
        [
            "DER_deltaeta_jet_jet",
            "DER_prodeta_jet_jet",
            "DER_deltar_tau_lep",
            "DER_pt_ratio_lep_tau",
            "DER_met_phi_centrality",
            "DER_lep_eta_centrality",
            "PRI_tau_eta",
            "PRI_lep_eta",
            "PRI_jet_num",
            "PRI_jet_leading_eta",
            "PRI_jet_subleading_eta"
        ]
    );
    assert_eq!(of(&Unit::GeV).len(), 14);
}

#[test]
fn processes_make_up_the_sample() {
    let Some(folder) = folder() else { return };
    let read = read(&folder, "higgsml.parquet");
    let mut processes = read.processes().to_vec();
    processes.sort();
    assert_eq!(processes, ["VBF", "Wjets", "Ztautau", "ggH", "ttbar_fake", "ttbar_tau"]);
    // The events expected in 10 fb⁻¹, as the file's description gives them.
    for (name, n_events, expected) in [("ggH", 40_000, 1_303.440_446), ("Wjets", 30_000, 401_653.306_86)] {
        let events = read.of_process(name).unwrap();
        assert_eq!(events.n_events(), n_events);
        // Weights in single precision.
        assert!((events.weights().total() / expected - 1.0).abs() < 1e-6);
    }
    assert_eq!(read.signal().n_events(), 60_000);
    assert_eq!(read.background().n_events(), 120_000);
    assert!(read.kaggle_sets().is_none());
}

#[test]
fn the_open_data_say_what_the_challenge_used() {
    let Some(folder) = folder() else { return };
    let read = read(&folder, "higgsml_2000.csv");
    assert!(read.processes().is_empty());
    assert_eq!(read.kaggle_weights().unwrap().len(), 2000);
    assert!(read.kaggle_sets().unwrap().contains(&KaggleSet::Training));
}
