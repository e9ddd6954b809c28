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

/// A number as tables show it: five digits, in powers of ten where it is very small or very large.
fn number(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-4..1e6).contains(&size) {
        return format!("{value:.4e}");
    }
    // Digits before the point, or zeros behind it, as a negative number.
    let magnitude = if size == 0.0 { 0.0 } else { size.log10().floor() };
    let text = format!("{value:.*}", (4.0 - magnitude).clamp(0.0, 8.0) as usize);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// The same where what is below a millionth is what rounding left of zero.
fn rounded(value: f64) -> String {
    number(if value.abs() < 1e-6 { 0.0 } else { value })
}

/// A number that may be missing.
fn number_or_dash(value: Option<f64>) -> String {
    value.map_or_else(|| "–".into(), number)
}

fn level_line(label: impl Into<String>, y: f64) -> Layer {
    Layer::HorizontalLine { label: label.into(), role: Role::Expectation, y }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_five_digits() {
        let texts =
            [1.0, 0.0, 123.456_78, 2.345_678, 0.000_123_456_7, -0.5, 99_999.6, 1e-5, 2.5e7].map(number);
        let expected =
            ["1", "0", "123.46", "2.3457", "0.00012346", "-0.5", "100000", "1.0000e-5", "2.5000e7"];
        assert_eq!(texts, expected);
        assert_eq!(rounded(-4.9e-14), "0");
    }
}
