//! Decay files that others wrote, and that this repository does not hold.

use std::fs;
use std::path::PathBuf;

use hepsys_decays::{AnalysisFile, DecayTable, FinderParams, ParticleTable};

/// A file of the folder that a variable names.
fn text(folder: &str, file: &str) -> String {
    let folder = std::env::var(folder).unwrap_or_else(|_| panic!("{folder} names no folder"));
    fs::read_to_string(PathBuf::from(folder).join(file)).unwrap()
}

fn table(file: &str) -> DecayTable {
    let particles =
        ParticleTable::from_csv("particles.csv", &text("HEPSYS_DECAYS", "particles.csv")).unwrap();
    DecayTable::parse(file, &text("HEPSYS_DEC_FILES", file), &particles).unwrap()
}

/// The files are those in `decaylanguage/data` of the package decaylanguage 1.1.2 for Python:
/// `HEPSYS_DEC_FILES=<that folder> HEPSYS_DECAYS=$PWD/datasets/decays cargo test -p hepsys-decays --test dec_files -- --ignored`
#[test]
#[ignore = "needs the decay files of the Python package decaylanguage, whose licence forbids to ship them"]
fn files_of_lhcb_and_belle_are_read_whole() {
    for (file, n_mothers, n_modes) in [("DECAY_LHCB.DEC", 510, 8729), ("DECAY_BELLE2.DEC", 363, 9169)] {
        let table = table(file);
        assert_eq!((table.mothers().count(), table.n_modes()), (n_mothers, n_modes), "{file}");
    }
    let file = AnalysisFile::parse("analyses.toml", &text("HEPSYS_DECAYS", "analyses.toml")).unwrap();
    let analysis = file.analysis("D+ -> K- K+ K+").unwrap().clone();
    let finder = FinderParams::new(table("DECAY_LHCB.DEC"), file.detector, analysis).check().unwrap();
    assert_eq!(finder.candidates().len(), 270);
}
