//! The studies of hepsys: published results, run again, and searches in a user's own files.
//!
//! A study is stated in a file (`specs/<study>.toml`: paper, data, parameters, profiles, expected values), run by a
//! module named after its subject, and judged in [`expected`]; the page and `summary.json` of each go to a folder of
//! its own below `target/reports/`.

pub mod adversarial;
pub mod adversarial_dibody;
pub mod advocate;
pub mod angular;
pub mod bootstrap;
mod by_arm;
pub mod context;
pub mod decays;
pub mod dibody;
mod error;
pub mod expected;
pub mod exponential;
pub mod figures;
pub mod kernel;
pub mod mass_fit;
pub mod own;
pub mod paramclf;
pub mod progress;
pub mod search;
pub mod selection;
pub mod significance;
pub mod spec;
pub mod study;
pub mod toys;
pub mod validation;
pub mod workspaces;

pub use context::{Context, Profile};
pub use error::ExperimentError;
pub use study::{Outcome, STUDIES, Study, reproduce, run_own};
