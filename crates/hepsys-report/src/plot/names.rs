//! Axes whose places have names instead of numbers.

use hepsys_core::summary::Axis;

use super::measure::text_width;
use super::ticks::Ticks;

/// A name of more characters loses its middle.
const LONGEST: usize = 28;
/// The distance that lines of text need, of their size.
const LINE: f64 = 1.1;

/// The labels of a named axis whose places are `spacing` apart, none wider than `room`.
///
/// Where the places are too close, every second is labelled, or every third, and so on.
pub(super) fn ticks(axis: &Axis, em: f64, room: f64, spacing: f64) -> Ticks {
    let labels = axis.names.iter().enumerate().step_by(every(em, spacing));
    let major = labels.map(|(i, name)| (i as f64, shortened(name, em, room))).collect();
    Ticks { major, is_bare: true, ..Ticks::default() }
}

/// Which places have room for their labels: all, every second, and so on.
pub(super) fn every(em: f64, spacing: f64) -> usize {
    let n = (LINE * em / spacing).ceil();
    if n > 1.0 { n as usize } else { 1 }
}

/// What the reader has to be told of names that are left out.
pub(super) fn note(every: usize) -> Option<String> {
    match every {
        0 | 1 => None,
        2 => Some("Every second column is named.".to_owned()),
        n => Some(format!("One of {n} columns is named.")),
    }
}

/// A name with an ellipsis in the middle where it is too long or wider than `room`.
pub(super) fn shortened(name: &str, em: f64, room: f64) -> String {
    let characters: Vec<char> = name.chars().collect();
    let is_wide = |text: &str| text_width(text, em) > room;
    if characters.len() <= LONGEST && !is_wide(name) {
        return name.to_owned();
    }
    let mut kept = (LONGEST - 1).min(characters.len().saturating_sub(1));
    loop {
        let (head, tail) = (kept.div_ceil(2), kept / 2);
        let ends = characters[..head].iter().chain(&['…']).chain(&characters[characters.len() - tail..]);
        let short: String = ends.collect();
        if kept < 2 || !is_wide(&short) {
            return short;
        }
        kept -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_loses_its_middle() {
        let name = "Theory_ttbar_PartonShower_Herwig7";
        assert_eq!(shortened(name, 1.0, 100.0), "Theory_ttbar_P…hower_Herwig7");
        assert_eq!(shortened("luminosity", 1.0, 100.0), "luminosity");
        let narrow = shortened("luminosity", 1.0, 3.0);
        assert!(narrow.contains('…') && text_width(&narrow, 1.0) <= 3.0, "{narrow}");
        assert_eq!(shortened("", 1.0, -1.0), "…");
    }

    #[test]
    fn names_that_would_touch_are_left_out() {
        let axis = Axis::categories("", ["a", "b", "c"]);
        assert_eq!(ticks(&axis, 8.0, 50.0, 10.0).major.len(), 3);
        let close = ticks(&axis, 8.0, 50.0, 5.0);
        assert_eq!(close.major, [(0.0, "a".to_owned()), (2.0, "c".to_owned())]);
        assert!(note(every(8.0, 5.0)).is_some() && note(every(8.0, 10.0)).is_none());
    }
}
