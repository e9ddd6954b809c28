#![doc = include_str!("../README.md")]

mod error;
mod index;
mod json;
mod markdown;
mod number;
mod page;
mod palette;
mod plot;
mod record;
mod style;
mod text;
mod write;

pub use error::ReportError;
pub use index::{IndexEntry, index};
pub use json::json;
pub use markdown::markdown;
pub use number::{format_value, format_with_uncertainty};
pub use page::Page;
pub use plot::svg;
pub use record::{JudgedQuantity, StudyRecord, Verdict, VerdictCounts};
pub use style::Style;
pub use write::{write_file, write_index, write_report};

/// What a report is made of, so that one dependency is enough.
pub use hepsys_core::summary;
