//! The colours: one a role, safe for the colour-blind, each with its twin for a dark page.
//!
//! After Okabe and Ito's palette; line patterns and markers carry the same distinction in black and white.

use hepsys_core::summary::Role;

/// A colour on a light card and the one that takes its place on a dark page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ink {
    pub(crate) light: (u8, u8, u8),
    pub(crate) dark: (u8, u8, u8),
}

const fn ink(light: (u8, u8, u8), dark: (u8, u8, u8)) -> Ink {
    Ink { light, dark }
}

pub(crate) const TEXT: Ink = ink((0x00, 0x00, 0x00), (0xE8, 0xEA, 0xED));
pub(crate) const CARD: Ink = ink((0xFF, 0xFF, 0xFF), (0x17, 0x1A, 0x1F));
pub(crate) const HATCH: Ink = ink((0x4A, 0x4A, 0x4A), (0xB4, 0xBA, 0xC2));
const REFERENCE: Ink = ink((0x2F, 0x7F, 0xB5), (0x7C, 0xC4, 0xEE));
const REFERENCE_FILL: Ink = ink((0xC3, 0xE0, 0xF3), (0x25, 0x4A, 0x63));
const SIGNAL: Ink = ink((0xD5, 0x5E, 0x00), (0xFF, 0x9A, 0x52));
const FIT: Ink = ink((0x00, 0x8F, 0x68), (0x3D, 0xD6, 0xA7));
const EXPECTATION: Ink = ink((0x1B, 0x36, 0x80), (0xBD, 0xC9, 0xFF));
const OTHER: Ink = ink((0xA0, 0x4A, 0x87), (0xEA, 0xA4, 0xD0));

const DATA_FILL: Ink = ink((0xD9, 0xD9, 0xD9), (0x3B, 0x40, 0x47));
const SIGNAL_FILL: Ink = ink((0xF6, 0xC9, 0xA6), (0x7A, 0x41, 0x18));
const FIT_FILL: Ink = ink((0xBC, 0xE2, 0xD6), (0x1C, 0x55, 0x45));
const EXPECTATION_FILL: Ink = ink((0xB9, 0xC2, 0xDD), (0x3C, 0x45, 0x6B));
/// Areas that are none of the above, such as the further samples of a stack: neighbours differ in lightness too.
const OTHER_FILLS: [Ink; 5] = [
    ink((0xDD, 0xB5, 0xD2), (0x6B, 0x3A, 0x5C)),
    ink((0xF7, 0xEB, 0x9E), (0x8A, 0x7A, 0x23)),
    ink((0x8C, 0xC7, 0xB8), (0x24, 0x66, 0x59)),
    ink((0xE3, 0xE1, 0xDC), (0x55, 0x57, 0x5B)),
    ink((0xA3, 0xAE, 0xDB), (0x3F, 0x4A, 0x86)),
];

/// Blue for negative values, no colour for zero, red for positive ones, after ColorBrewer's RdBu.
///
/// On a dark page zero is dark and both ends are light.
pub(crate) const DIVERGING: [Ink; 21] = diverging();
/// Text on colours that are dark on a light card or light on a dark page.
const TEXT_ON_BOTH: Ink = ink((0x01, 0x01, 0x01), (0x10, 0x12, 0x15));

/// From the middle to the negative end, and to the positive one.
const NEGATIVE: [Ink; 5] = [
    ink((0xF7, 0xF7, 0xF7), (0x2B, 0x2F, 0x36)),
    ink((0xD1, 0xE5, 0xF0), (0x25, 0x40, 0x5A)),
    ink((0x92, 0xC5, 0xDE), (0x24, 0x52, 0x7C)),
    ink((0x43, 0x93, 0xC3), (0x4F, 0x95, 0xD2)),
    ink((0x21, 0x66, 0xAC), (0x8F, 0xC8, 0xFA)),
];
const POSITIVE: [Ink; 5] = [
    NEGATIVE[0],
    ink((0xFD, 0xDB, 0xC7), (0x50, 0x37, 0x31)),
    ink((0xF4, 0xA5, 0x82), (0x78, 0x3F, 0x31)),
    ink((0xD6, 0x60, 0x4D), (0xD4, 0x75, 0x5C)),
    ink((0xB2, 0x18, 0x2B), (0xFF, 0xAE, 0x98)),
];

const fn diverging() -> [Ink; 21] {
    let mut steps = [NEGATIVE[0]; 21];
    let mut i = 1;
    while i <= 10 {
        steps[10 - i] = between(&NEGATIVE, i);
        steps[10 + i] = between(&POSITIVE, i);
        i += 1;
    }
    steps
}

/// The colour at `i` tenths of the way along five.
const fn between(colors: &[Ink; 5], i: usize) -> Ink {
    let (first, weight) = (4 * i / 10, (4 * i % 10) as u16);
    if weight == 0 {
        return colors[first];
    }
    let (a, b) = (colors[first], colors[first + 1]);
    ink(mixed(a.light, b.light, weight), mixed(a.dark, b.dark, weight))
}

const fn mixed(a: (u8, u8, u8), b: (u8, u8, u8), weight: u16) -> (u8, u8, u8) {
    const fn mix(a: u8, b: u8, weight: u16) -> u8 {
        ((a as u16 * (10 - weight) + b as u16 * weight) / 10) as u8
    }
    (mix(a.0, b.0, weight), mix(a.1, b.1, weight), mix(a.2, b.2, weight))
}

/// The colour of text on a step of [`DIVERGING`].
pub(crate) fn on_diverging(step: usize) -> Ink {
    match step.abs_diff(DIVERGING.len() / 2) {
        0..=6 => TEXT,
        7..=8 => TEXT_ON_BOTH,
        _ => CARD,
    }
}

/// Every colour a figure may hold.
pub(crate) fn all() -> impl Iterator<Item = Ink> {
    let lines = [TEXT, CARD, HATCH, REFERENCE, SIGNAL, FIT, EXPECTATION, OTHER];
    let areas = [REFERENCE_FILL, DATA_FILL, SIGNAL_FILL, FIT_FILL, EXPECTATION_FILL, TEXT_ON_BOTH];
    lines.into_iter().chain(areas).chain(OTHER_FILLS).chain(DIVERGING)
}

/// The colour of a role.
pub(crate) fn of(role: Role) -> Ink {
    match role {
        Role::Data => TEXT,
        Role::Reference => REFERENCE,
        Role::Signal => SIGNAL,
        Role::Fit => FIT,
        Role::Expectation => EXPECTATION,
        Role::Other => OTHER,
    }
}

/// The colour of the `n`-th area of that role; areas hide what is behind them, as in a stack.
pub(crate) fn area_of(role: Role, n: usize) -> Ink {
    match role {
        Role::Reference => REFERENCE_FILL,
        Role::Data => DATA_FILL,
        Role::Signal => SIGNAL_FILL,
        Role::Fit => FIT_FILL,
        Role::Expectation => EXPECTATION_FILL,
        Role::Other => OTHER_FILLS[n % OTHER_FILLS.len()],
    }
}

/// The colour of the line around an area of that role.
pub(crate) fn outline_of(role: Role) -> Ink {
    if role == Role::Other { TEXT } else { of(role) }
}

/// The colour and opacity of the `n`-th band of that role: the further inside, the denser.
pub(crate) fn band_of(role: Role, n: usize) -> (Ink, f64) {
    match (role, n) {
        (Role::Data, 0) => (TEXT, 0.16),
        (Role::Reference, 0) => (REFERENCE_FILL, 1.0),
        (_, 0) => (of(role), 0.3),
        _ => (of(role), 0.55),
    }
}

/// The colour and opacity of a filled bar; bars may lie on each other, and differ without colour too.
pub(crate) fn bar_of(role: Role) -> (Ink, f64) {
    (of(role), if role == Role::Other { 0.25 } else { 0.6 })
}

/// `#RRGGBB`, as the drawing backend writes it.
pub(crate) fn hex((red, green, blue): (u8, u8, u8)) -> String {
    format!("#{red:02X}{green:02X}{blue:02X}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance as in the Web Content Accessibility Guidelines.
    fn luminance((r, g, b): (u8, u8, u8)) -> f64 {
        let linear = |c: u8| {
            let c = f64::from(c) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    }

    fn contrast(a: (u8, u8, u8), b: (u8, u8, u8)) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn lines_stand_out_from_the_card_in_both_themes() {
        // 3 : 1 is what the guidelines ask of graphical objects.
        for role in [Role::Data, Role::Reference, Role::Signal, Role::Fit, Role::Expectation, Role::Other] {
            assert!(contrast(of(role).light, CARD.light) >= 3.0, "{role:?} on light");
            assert!(contrast(of(role).dark, CARD.dark) >= 3.0, "{role:?} on dark");
        }
    }

    #[test]
    fn each_colour_has_one_twin() {
        let inks: Vec<Ink> = all().collect();
        for (i, a) in inks.iter().enumerate() {
            assert!(inks[i + 1..].iter().all(|b| a.light != b.light), "{}", hex(a.light));
        }
    }

    #[test]
    fn numbers_on_a_matrix_can_be_read_in_both_themes() {
        // 4.5 : 1 is what the guidelines ask of text.
        for (step, ground) in DIVERGING.iter().enumerate() {
            let text = on_diverging(step);
            let contrasts = [contrast(text.light, ground.light), contrast(text.dark, ground.dark)];
            assert!(contrasts.iter().all(|c| *c >= 4.5), "{step}: {contrasts:?}");
        }
    }

    #[test]
    fn colours_of_a_matrix_leave_the_middle_steadily() {
        for half in [DIVERGING[..=10].iter().rev().collect::<Vec<_>>(), DIVERGING[10..].iter().collect()] {
            let steps =
                |of: &dyn Fn(&Ink) -> (u8, u8, u8)| half.iter().map(|i| luminance(of(i))).collect::<Vec<_>>();
            assert!(steps(&|i| i.light).windows(2).all(|pair| pair[0] > pair[1]), "darker on a light card");
            assert!(steps(&|i| i.dark).windows(2).all(|pair| pair[0] < pair[1]), "lighter on a dark page");
        }
    }
}
