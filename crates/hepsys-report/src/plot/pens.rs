//! Which pen and marker a layer is drawn with.

use hepsys_core::summary::{Layer, Role};

use super::canvas::Pen;
use crate::palette;

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
/// A role has one colour. Layers of one role and kind differ in line pattern and marker.
pub(super) fn looks(layers: &[Layer], em: f64) -> Vec<Look> {
    let mut seen: Vec<(Role, u8)> = Vec::new();
    layers
        .iter()
        .map(|layer| {
            let (role, kind, is_dashed) = describe(layer);
            let n_before = seen.iter().filter(|s| **s == (role, kind)).count();
            seen.push((role, kind));
            let pattern = (first_pattern(role, kind) + n_before + usize::from(is_dashed)) % PATTERNS.len();
            let is_background = matches!(layer, Layer::Histogram { is_filled: true, .. });
            let is_rule = kind == 4;
            let width = if is_background || is_rule { 0.10 } else { 0.16 } * em;
            Look {
                pen: Pen {
                    ink: palette::of(role),
                    width,
                    dash: if is_background { SOLID } else { PATTERNS[pattern] },
                },
                marker: MARKERS[(first_marker(role) + n_before) % MARKERS.len()],
                role,
            }
        })
        .collect()
}

fn describe(layer: &Layer) -> (Role, u8, bool) {
    match layer {
        Layer::Points { role, .. } => (*role, 0, false),
        Layer::Histogram { role, .. } => (*role, 1, false),
        Layer::Curve { role, is_dashed, .. } => (*role, 2, *is_dashed),
        Layer::Band { role, .. } => (*role, 3, false),
        Layer::VerticalLine { role, .. } | Layer::HorizontalLine { role, .. } => (*role, 4, false),
        _ => (Role::Other, 5, false),
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
}
