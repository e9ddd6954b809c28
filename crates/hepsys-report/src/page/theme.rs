//! How a page looks on a light screen, on a dark one, and on paper.

use crate::palette::{self, hex};

const LAYOUT: &str = include_str!("style.css");

/// The style sheet: the layout, and on a dark screen the twin of every colour of the figures.
pub(crate) fn stylesheet() -> String {
    let twins: String = palette::all()
        .map(|ink| {
            let (light, dark) = (hex(ink.light), hex(ink.dark));
            format!("  svg [fill=\"{light}\"] {{ fill: {dark}; }}\n  svg [stroke=\"{light}\"] {{ stroke: {dark}; }}\n")
        })
        .collect();
    format!("{LAYOUT}@media screen and (prefers-color-scheme: dark) {{\n{twins}}}\n")
}
