//! Where the ticks of an axis stand and what is written at them.

use crate::number::{minus, superscript};

/// The ticks of an axis.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Ticks {
    /// The long ones; a label may be empty.
    pub(super) major: Vec<(f64, String)>,
    /// The short ones.
    pub(super) minor: Vec<f64>,
    /// A power of ten that the labels leave out, as `×10⁵`, or empty.
    pub(super) factor: String,
    /// Whether the labels stand alone, without ticks, as names do.
    pub(super) is_bare: bool,
}

/// Ticks at 1, 2 or 5 times a power of ten, about `n` of them, with four short ones between.
pub(super) fn linear_ticks(low: f64, high: f64, n: usize) -> Ticks {
    let rough = (high - low) / n.max(1) as f64;
    let decade = 10f64.powi(rough.log10().floor() as i32);
    let (multiple, n_minor) = match rough / decade {
        r if r < 1.5 => (1.0, 5),
        r if r < 3.5 => (2.0, 4),
        r if r < 7.5 => (5.0, 5),
        _ => (10.0, 5),
    };
    let step = multiple * decade;
    let largest = low.abs().max(high.abs());
    let exponent = largest.log10().floor() as i32;
    let exponent = if (-3..5).contains(&exponent) { 0 } else { exponent };
    let unit = 10f64.powi(exponent);
    let decimals = usize::try_from(-((step / unit).log10() + 1e-9).floor() as i64).unwrap_or(0).min(15);
    let major = multiples(step, low, high)
        .map(|value| (value, minus(&format!("{:.decimals$}", value / unit))))
        .collect();
    let fine = step / f64::from(n_minor);
    let minor = multiples(fine, low, high).filter(|v| !is_multiple(*v, step)).collect();
    let factor = if exponent == 0 { String::new() } else { format!("×10{}", superscript(exponent)) };
    Ticks { major, minor, factor, is_bare: false }
}

/// The multiples of `step` in a range, up to rounding.
fn multiples(step: f64, low: f64, high: f64) -> impl Iterator<Item = f64> {
    let first = (low / step - 1e-9).ceil();
    let last = (high / step + 1e-9).floor();
    // A range has no more ticks than this; counting them guards against a step lost in rounding.
    let n = if last >= first { ((last - first) as usize).min(500) + 1 } else { 0 };
    (0..n).map(move |i| (first + i as f64) * step)
}

fn is_multiple(value: f64, step: f64) -> bool {
    let ratio = value / step;
    (ratio - ratio.round()).abs() < 1e-6
}

/// Ticks at powers of ten with labels as `10³`, and short ones at their multiples.
///
/// Up to two decades are labelled at 2 and 5 times a power of ten as well; less than one has linear ticks.
pub(super) fn log_ticks(low: f64, high: f64, n: usize) -> Ticks {
    let (bottom, top) = (low.log10() - 1e-9, high.log10() + 1e-9);
    if top - bottom < 0.8 {
        return narrow_log_ticks(low, high, n);
    }
    let (first, last) = (bottom.ceil() as i32, top.floor() as i32);
    let every = ((last - first) as usize / n.max(1) + 1) as i32;
    let mut ticks = Ticks::default();
    for decade in first - 1..=last {
        let power = 10f64.powi(decade);
        if decade >= first {
            let is_labelled = decade.rem_euclid(every) == 0;
            if is_labelled {
                ticks.major.push((power, power_label(decade)));
            } else if every <= 5 {
                ticks.minor.push(power);
            }
        }
        if every == 1 {
            ticks.minor.extend((2..10).map(|m| f64::from(m) * power).filter(|v| is_within(*v, low, high)));
        }
    }
    // With two decades or fewer the labels in between help the eye.
    if last - first < 2 && every == 1 {
        for decade in first - 1..=last {
            for multiple in [2, 5] {
                let value = f64::from(multiple) * 10f64.powi(decade);
                if is_within(value, low, high) {
                    ticks.minor.retain(|v| (v / value - 1.0).abs() > 1e-9);
                    ticks.major.push((value, multiple_label(multiple, decade)));
                }
            }
        }
        ticks.major.sort_by(|a, b| a.0.total_cmp(&b.0));
        // Beside 0.5 a power would look odd.
        for (_, label) in ticks.major.iter_mut().filter(|(_, label)| label == "10⁻¹") {
            "0.1".clone_into(label);
        }
    }
    ticks
}

/// Within a decade the ticks of a linear axis serve better.
fn narrow_log_ticks(low: f64, high: f64, n: usize) -> Ticks {
    let mut ticks = linear_ticks(low, high, n);
    // A factor would read as a part of the logarithmic axis: write it into each label.
    if !ticks.factor.is_empty() {
        for (_, label) in &mut ticks.major {
            label.push_str(&ticks.factor);
        }
        ticks.factor.clear();
    }
    ticks.major.retain(|(v, _)| *v > 0.0);
    ticks.minor.retain(|v| *v > 0.0);
    ticks
}

fn is_within(value: f64, low: f64, high: f64) -> bool {
    value >= low * (1.0 - 1e-9) && value <= high * (1.0 + 1e-9)
}

fn power_label(decade: i32) -> String {
    match decade {
        0 => "1".to_owned(),
        1 => "10".to_owned(),
        _ => format!("10{}", superscript(decade)),
    }
}

fn multiple_label(multiple: i32, decade: i32) -> String {
    match decade {
        0 => multiple.to_string(),
        1 => format!("{multiple}0"),
        -1 => format!("0.{multiple}"),
        _ => format!("{multiple}×10{}", superscript(decade)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: &Ticks) -> Vec<&str> {
        ticks.major.iter().map(|(_, l)| l.as_str()).collect()
    }

    #[test]
    fn a_linear_axis_has_round_labels() {
        assert_eq!(labels(&linear_ticks(0.0, 1.0, 5)), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(&linear_ticks(-30.0, 30.0, 3)), ["−20", "0", "20"]);
    }

    #[test]
    fn large_numbers_share_a_factor() {
        let ticks = linear_ticks(0.0, 4.2e6, 4);
        assert_eq!(labels(&ticks), ["0", "1", "2", "3", "4"]);
        assert_eq!(ticks.factor, "×10⁶");
    }

    #[test]
    fn decades_are_written_as_powers() {
        assert_eq!(labels(&log_ticks(0.5, 2e4, 6)), ["1", "10", "10²", "10³", "10⁴"]);
        assert_eq!(labels(&log_ticks(1e-12, 1.0, 4)), ["10⁻¹²", "10⁻⁸", "10⁻⁴", "1"]);
        let one = log_ticks(100.0, 1000.0, 6);
        assert_eq!(labels(&one), ["10²", "2×10²", "5×10²", "10³"]);
        assert_eq!(one.minor.len(), 6, "300, 400, 600 to 900");
    }

    #[test]
    fn short_ticks_do_not_repeat_long_ones() {
        for ticks in [linear_ticks(0.0, 7.3, 5), log_ticks(0.3, 700.0, 5), log_ticks(2.0, 9.0, 4)] {
            for (major, _) in &ticks.major {
                assert!(ticks.minor.iter().all(|m| (m - major).abs() > 1e-9 * major.abs()), "{ticks:?}");
            }
        }
    }

    #[test]
    fn extreme_ranges_have_few_ticks() {
        for (low, high) in [(-1e290, 1e290), (0.0, 1e-289), (1.0, 1.0 + 1e-10)] {
            let ticks = linear_ticks(low, high, 5);
            assert!((1..12).contains(&ticks.major.len()), "{ticks:?}");
        }
        assert!((2..12).contains(&log_ticks(1e-290, 1e290, 5).major.len()));
    }
}
