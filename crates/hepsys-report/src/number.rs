//! Numbers as a reader wants them.

/// A number with at most `n` significant digits and no trailing zeros.
fn significant(value: f64, n: usize) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let n = n.max(1);
    // Rounding first decides the decade: 9.996 with three digits is 10.
    let scientific = format!("{value:.*e}", n - 1);
    let exponent: i32 = scientific.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
    if (-4..=5).contains(&exponent) {
        let decimals = usize::try_from((n as i32 - 1 - exponent).max(0)).unwrap_or(0);
        minus(&trim_zeros(&format!("{value:.decimals$}")))
    } else {
        let mantissa = scientific.split_once('e').map_or("", |(m, _)| m);
        format!("{}×10{}", minus(&trim_zeros(mantissa)), superscript(exponent))
    }
}

fn trim_zeros(text: &str) -> String {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text.to_owned()
    }
}

fn not_finite(value: f64) -> &'static str {
    if value.is_nan() {
        "not a number"
    } else if value > 0.0 {
        "∞"
    } else {
        "−∞"
    }
}

/// A number with up to five significant digits.
///
/// ```
/// assert_eq!(hepsys_report::format_value(105.613_2), "105.61");
/// assert_eq!(hepsys_report::format_value(-2.5e-9), "−2.5×10⁻⁹");
/// assert_eq!(hepsys_report::format_value(f64::NAN), "not a number");
/// ```
#[must_use]
pub fn format_value(value: f64) -> String {
    if !value.is_finite() {
        return not_finite(value).to_owned();
    }
    if value.fract() == 0.0 && value.abs() < 1e9 {
        return minus(&format!("{value:.0}"));
    }
    significant(value, 5)
}

/// A number and its standard deviation, both to the second significant digit of the latter.
///
/// ```
/// assert_eq!(hepsys_report::format_with_uncertainty(105.613_2, 1.437), "105.6 ± 1.4");
/// assert_eq!(hepsys_report::format_with_uncertainty(3.2e-7, 4e-9), "(3.200 ± 0.040)×10⁻⁷");
/// ```
#[must_use]
pub fn format_with_uncertainty(value: f64, uncertainty: f64) -> String {
    if !value.is_finite() || !uncertainty.is_finite() || uncertainty <= 0.0 {
        return format!("{} ± {}", format_value(value), format_value(uncertainty));
    }
    let largest = value.abs().max(uncertainty);
    let decade = decade_of(largest);
    let exponent = if (-3..=5).contains(&decade) { 0 } else { decade };
    // Powers of ten beyond the range of f64 are reached in two steps.
    let scaled = |v: f64| v / 10f64.powi(exponent / 2) / 10f64.powi(exponent - exponent / 2);
    let (value, uncertainty) = (scaled(value), scaled(uncertainty));
    let decimals = usize::try_from((1 - decade_of(uncertainty)).clamp(0, 12)).unwrap_or(0);
    let both = format!("{} ± {uncertainty:.decimals$}", minus(&format!("{value:.decimals$}")));
    if exponent == 0 { both } else { format!("({both})×10{}", superscript(exponent)) }
}

/// How far something may be off, with two significant digits.
pub(crate) fn format_tolerance(tolerance: f64) -> String {
    if tolerance.is_finite() { significant(tolerance, 2) } else { not_finite(tolerance).to_owned() }
}

/// The exponent of the leading digit after rounding to two digits.
fn decade_of(value: f64) -> i32 {
    format!("{value:.1e}").split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0)
}

/// A minus sign for a hyphen, and none before zero.
pub(crate) fn minus(number: &str) -> String {
    match number.strip_prefix('-') {
        Some(rest) if rest.chars().all(|c| matches!(c, '0' | '.')) => rest.to_owned(),
        Some(rest) => format!("−{rest}"),
        None => number.to_owned(),
    }
}

/// An exponent in superscript characters.
pub(crate) fn superscript(exponent: i32) -> String {
    exponent
        .to_string()
        .chars()
        .map(|c| match c {
            '-' => '⁻',
            '1' => '¹',
            '2' => '²',
            '3' => '³',
            '4' => '⁴',
            '5' => '⁵',
            '6' => '⁶',
            '7' => '⁷',
            '8' => '⁸',
            '9' => '⁹',
            _ => '⁰',
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_up_a_decade_keeps_the_digits() {
        assert_eq!(significant(9.9996, 3), "10");
        assert_eq!(significant(0.099_996, 5), "0.099996");
        assert_eq!(format_with_uncertainty(9.97, 0.0996), "9.97 ± 0.10");
    }

    #[test]
    fn the_smallest_and_largest_numbers_are_written() {
        assert_eq!(format_value(5e-324), "4.9407×10⁻³²⁴");
        assert_eq!(format_value(f64::MAX), "1.7977×10³⁰⁸");
        assert!(format_with_uncertainty(f64::MAX, 5e-324).contains("×10³⁰⁸"));
        assert_eq!(format_with_uncertainty(1.0, f64::INFINITY), "1 ± ∞");
    }

    #[test]
    fn zero_has_no_sign() {
        assert_eq!(format_value(-0.0), "0");
        assert_eq!(format_with_uncertainty(-0.001, 0.5), "0.00 ± 0.50");
    }
}
