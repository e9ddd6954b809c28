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

/// Every colour a figure may hold.
pub(crate) const ALL: [Ink; 9] =
    [TEXT, CARD, HATCH, REFERENCE, REFERENCE_FILL, SIGNAL, FIT, EXPECTATION, OTHER];

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

/// The colour and opacity of an area of that role.
pub(crate) fn area_of(role: Role) -> (Ink, f64) {
    match role {
        Role::Reference => (REFERENCE_FILL, 1.0),
        Role::Data => (TEXT, 0.16),
        _ => (of(role), 0.28),
    }
}

/// The colour and opacity of a band: dense enough that bands on each other look like their legend.
pub(crate) fn band_of(role: Role) -> (Ink, f64) {
    match role {
        Role::Reference | Role::Data => area_of(role),
        _ => (of(role), 0.5),
    }
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
        for (i, a) in ALL.iter().enumerate() {
            assert!(ALL[i + 1..].iter().all(|b| a.light != b.light), "{}", hex(a.light));
        }
    }
}
