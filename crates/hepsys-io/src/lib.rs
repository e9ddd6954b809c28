#![doc = include_str!("../README.md")]
#![cfg_attr(
    not(all(feature = "parquet", feature = "csv", feature = "numpy", feature = "hdf5")),
    allow(dead_code, unused_variables, reason = "each format uses its part of what they share")
)]

mod categories;
mod collect;
mod error;
mod format;
#[cfg(any(feature = "csv", feature = "parquet"))]
mod higgsml;
mod options;
mod plan;
mod read;
mod write;

#[cfg(feature = "arrow")]
mod arrow;
#[cfg(feature = "csv")]
mod csv;
#[cfg(feature = "hdf5")]
mod hdf5;
pub mod manifest;
#[cfg(feature = "numpy")]
mod numpy;
#[cfg(feature = "parquet")]
mod parquet;
#[cfg(feature = "workspaces")]
mod workspace;

pub use error::IoError;
pub use format::Format;
#[cfg(feature = "csv")]
pub use higgsml::read_higgsml_csv_from;
#[cfg(any(feature = "csv", feature = "parquet"))]
pub use higgsml::{HiggsMl, KaggleSet, read_higgsml};
pub use manifest::{Manifest, sha256_of_file};
pub use options::{DEFAULT_MEMORY_LIMIT, ReadOptions};
pub use read::read_sample;
pub use write::{write_sample, write_sample_as};

#[cfg(feature = "arrow")]
pub use arrow::{read_arrow, read_arrow_from, write_arrow};
#[cfg(feature = "csv")]
pub use csv::{read_csv, read_csv_from, write_csv};
#[cfg(feature = "hdf5")]
pub use hdf5::{read_hdf5, read_hdf5_from, write_hdf5};
#[cfg(feature = "numpy")]
pub use numpy::{read_npy, read_npy_from, read_npz, read_npz_from, write_npy, write_npz};
#[cfg(feature = "parquet")]
pub use parquet::{read_parquet, read_parquet_from, write_parquet};

#[cfg(feature = "workspaces")]
pub use workspace::{
    ArchivedPatches, WorkspaceArchive, WorkspaceOptions, read_hs3, read_patchset, read_workspace,
};

/// The types that reads of statistical workspaces return.
#[cfg(feature = "workspaces")]
pub use hepsys_stats::workspace::{Hs3, PatchSet, Workspace, WorkspaceError};

/// The type that every read of events returns.
pub use hepsys_core::Sample;

/// What errors call bytes that come from no file.
const MEMORY: &str = "<memory>";
