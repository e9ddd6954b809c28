//! What results say of themselves, as data for a report.

mod band;
mod distribution;
mod fit;
mod goodness;
mod levels;
mod ranking;
mod scan;

use hepsys_core::summary::{Layer, Role};

pub use band::{BandPoint, brazil_band};
pub use distribution::Distribution;

/// A number as tables show it: six digits, in powers of ten where it is very small or very large.
fn number(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-4..1e6).contains(&size) { format!("{value:.4e}") } else { format!("{value:.5}") }
}

/// A number that may be missing.
fn number_or_dash(value: Option<f64>) -> String {
    value.map_or_else(|| "–".into(), number)
}

fn level_line(label: impl Into<String>, y: f64) -> Layer {
    Layer::HorizontalLine { label: label.into(), role: Role::Expectation, y }
}
