use std::path::PathBuf;

use thiserror::Error;

/// Why a report could not be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReportError {
    /// A layer of a figure does not fit together.
    #[error("figure \"{figure}\", layer {layer}: {reason}")]
    BadLayer {
        /// The name of the figure.
        figure: String,
        /// The layer, counted from zero, of the upper panel first.
        layer: usize,
        /// What was expected and what was found.
        reason: String,
    },
    /// The range of an axis cannot be drawn.
    #[error("figure \"{figure}\", axis \"{axis}\": {reason}")]
    BadAxis {
        /// The name of the figure.
        figure: String,
        /// The label of the axis.
        axis: String,
        /// What was expected and what was found.
        reason: String,
    },
    /// The style leaves no room to draw.
    #[error("{name} must be {expected}, got {value}")]
    BadStyle {
        /// The setting.
        name: &'static str,
        /// What would be right.
        expected: &'static str,
        /// What was given.
        value: f64,
    },
    /// The drawing backend refused.
    #[error("the figure could not be drawn: {0}")]
    Drawing(String),
    /// A record is not JSON, or not a record.
    #[error("not the record of a study: {0}")]
    Json(#[from] serde_json::Error),
    /// A file could not be written.
    #[error("{path}: {source}")]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}
