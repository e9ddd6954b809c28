//! Which pen and marker a layer is drawn with.

use hepsys_core::summary::{Layer, Role};

use super::canvas::Pen;
use crate::palette::{self, Ink};

/// The shape of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marker {
    Disc,
    Square,
    Triangle,
    Diamond,
}

/// How one layer is drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub(super) pen: Pen,
    pub(super) marker: Marker,
    pub(super) role: Role,
    /// The colour of a filled histogram.
    pub(super) fill: Ink,
    /// The colour and opacity of a band.
    pub(super) band: (Ink, f64),
    /// Whether it is a band within one behind it, which must not shine through.
    pub(super) is_nested: bool,
}

const SOLID: &[f64] = &[];
const LONG: &[f64] = &[6.0, 1.8];
const SHORT: &[f64] = &[3.2, 1.8];
const DOTTED: &[f64] = &[1.1, 1.5];
const DASH_DOT: &[f64] = &[5.0, 1.6, 1.1, 1.6];
const PATTERNS: [&[f64]; 5] = [SOLID, LONG, SHORT, DOTTED, DASH_DOT];
const MARKERS: [Marker; 4] = [Marker::Disc, Marker::Square, Marker::Triangle, Marker::Diamond];

/// The looks of the layers of a panel, in order.
///
/// A role has one colour. Layers of one role and kind differ in line pattern and marker, bands in density, and areas of
/// [`Role::Other`] in colour.
pub(super) fn looks(layers: &[Layer], em: f64) -> Vec<Look> {
    let mut seen: Vec<(Role, u8)> = Vec::new();
    layers
        .iter()
        .enumerate()
        .map(|(i, layer)| {
            let (role, kind, is_dashed) = describe(layer);
            let n_before = seen.iter().filter(|s| **s == (role, kind)).count();
            seen.push((role, kind));
            let is_outlined = kind == 5;
            let pattern = (first_pattern(role, kind) + n_before + usize::from(is_dashed)) % PATTERNS.len();
            let is_background = matches!(layer, Layer::Histogram { is_filled: true, .. });
            let is_rule = kind == 4;
            let width = match layer {
                _ if is_background => 0.06,
                Layer::Bars { is_filled: true, .. } => 0.06,
                _ if is_rule || is_outlined => 0.10,
                _ => 0.16,
            } * em;
            Look {
                pen: Pen {
                    ink: if is_background { palette::outline_of(role) } else { palette::of(role) },
                    width,
                    dash: if is_background || is_outlined { SOLID } else { PATTERNS[pattern] },
                },
                marker: MARKERS[(first_marker(role) + n_before) % MARKERS.len()],
                role,
                fill: palette::area_of(role, n_before),
                band: palette::band_of(role, n_before),
                is_nested: layers[..i].iter().any(|behind| is_within(layer, behind)),
            }
        })
        .collect()
}

/// Whether a band lies within another one.
fn is_within(band: &Layer, around: &Layer) -> bool {
    let (Layer::Band { x, lower, upper, .. }, Layer::Band { x: places, lower: below, upper: above, .. }) =
        (band, around)
    else {
        return false;
    };
    x.iter().zip(lower.iter().zip(upper)).all(|(x, (lower, upper))| {
        let ends = (height(places, below, *x), height(places, above, *x));
        matches!(ends, (Some(below), Some(above)) if below <= *lower && *upper <= above)
    })
}

/// How high the line through these points is at `x`.
fn height(places: &[f64], values: &[f64], x: f64) -> Option<f64> {
    if let Some(at) = places.iter().position(|place| *place == x) {
        return values.get(at).copied();
    }
    let at = places.windows(2).position(|pair| pair[0] < x && x < pair[1])?;
    let t = (x - places[at]) / (places[at + 1] - places[at]);
    Some((1.0 - t) * values.get(at)? + t * values.get(at + 1)?)
}

fn describe(layer: &Layer) -> (Role, u8, bool) {
    match layer {
        Layer::Points { role, .. } => (*role, 0, false),
        Layer::Histogram { role, .. } => (*role, 1, false),
        Layer::Curve { role, is_dashed, .. } => (*role, 2, *is_dashed),
        Layer::Band { role, .. } => (*role, 3, false),
        Layer::VerticalLine { role, .. } | Layer::HorizontalLine { role, .. } => (*role, 4, false),
        Layer::Bars { role, .. } => (*role, 5, false),
        _ => (Role::Other, 6, false),
    }
}

/// A step line, a smooth line and a straight line differ by themselves; roles of one kind by their pattern.
fn first_pattern(role: Role, kind: u8) -> usize {
    match role {
        Role::Data | Role::Reference | Role::Expectation => 0,
        Role::Fit => usize::from(kind == 2),
        Role::Signal => 2,
        Role::Other => 3,
    }
}

fn first_marker(role: Role) -> usize {
    match role {
        Role::Data => 0,
        Role::Reference | Role::Expectation => 1,
        Role::Signal => 2,
        Role::Fit | Role::Other => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_of_one_role_differ_in_their_pattern() {
        let curve = |role| Layer::curve("", role, [(0.0, 0.0)]);
        let looks = looks(&[curve(Role::Signal), curve(Role::Signal), curve(Role::Expectation)], 8.0);
        assert_eq!(looks[0].pen.ink, looks[1].pen.ink);
        assert_ne!(looks[0].pen.dash, looks[1].pen.dash);
        assert_ne!(looks[0].pen.dash, looks[2].pen.dash);
    }

    #[test]
    fn a_band_within_another_one_is_denser_and_hides_it() {
        let band = |x: [f64; 2], half: f64| Layer::Band {
            label: String::new(),
            role: Role::Expectation,
            x: x.to_vec(),
            lower: vec![-half; 2],
            upper: vec![half; 2],
        };
        let looks = looks(&[band([0.0, 4.0], 2.0), band([1.0, 3.0], 2.0), band([3.0, 5.0], 1.0)], 8.0);
        assert_eq!(looks.iter().map(|l| l.is_nested).collect::<Vec<_>>(), [false, true, false]);
        assert!(looks[0].band.1 < looks[1].band.1);
    }

    #[test]
    fn samples_of_a_stack_differ_in_colour() {
        let area = Layer::Histogram {
            label: String::new(),
            role: Role::Other,
            edges: vec![0.0, 1.0],
            values: vec![1.0],
            errors: Vec::new(),
            is_filled: true,
        };
        let looks = looks(&[area.clone(), area], 8.0);
        assert_ne!(looks[0].fill, looks[1].fill);
    }
}
