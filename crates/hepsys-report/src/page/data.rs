//! The numbers behind a figure, for those who want to plot them again or cannot see them.

use hepsys_core::summary::{Figure, Layer};
use serde::Serialize;

use crate::text::escape;

/// The numbers of a figure in a closed `<details>`, one table a layer, ready to be copied.
pub(super) fn tables(figure: &Figure) -> String {
    let lower = figure.lower.iter().flat_map(|panel| &panel.layers);
    let layers: String =
        figure.layers.iter().chain(lower).enumerate().map(|(i, layer)| table(i, layer)).collect();
    if layers.is_empty() {
        return String::new();
    }
    format!("<details><summary>Data</summary>\n{layers}</details>\n")
}

/// Any serialisable value as a JSON block of the page.
pub(super) fn block(id: &str, value: &impl Serialize) -> String {
    match serde_json::to_string(value) {
        // A text may hold "</script>", "<!--" or "]]>": in JSON the characters have another spelling.
        Ok(json) => {
            let json: String = json
                .chars()
                .map(|c| match c {
                    '<' | '>' | '&' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => {
                        format!("\\u{:04x}", u32::from(c))
                    }
                    c => c.to_string(),
                })
                .collect();
            format!("<script type=\"application/json\" id=\"{id}\">{json}</script>\n")
        }
        Err(_) => String::new(),
    }
}

/// A column of the table and where its numbers come from.
type Column<'a> = (&'a str, Box<dyn Fn(usize) -> Option<f64> + 'a>);

fn table(i: usize, layer: &Layer) -> String {
    let of = |values: &'_ [f64]| -> Vec<f64> { values.to_vec() };
    let column = |name, values: Vec<f64>| -> Column<'_> { (name, Box::new(move |i| values.get(i).copied())) };
    let (label, n_rows, columns): (&str, usize, Vec<Column<'_>>) = match layer {
        Layer::Points { label, x, y, y_errors, x_errors, .. } => (
            label,
            x.len().max(y.len()),
            vec![
                column("x", of(x)),
                column("± x", of(x_errors)),
                column("y", of(y)),
                column("− y", y_errors.iter().map(|e| e.0).collect()),
                column("+ y", y_errors.iter().map(|e| e.1).collect()),
            ],
        ),
        Layer::Histogram { label, edges, values, errors, .. } => (
            label,
            values.len(),
            vec![
                column("from", of(edges)),
                column("to", of(edges.get(1..).unwrap_or_default())),
                column("value", of(values)),
                column("error", of(errors)),
            ],
        ),
        Layer::Curve { label, x, y, .. } => (label, x.len(), vec![column("x", of(x)), column("y", of(y))]),
        Layer::Band { label, x, lower, upper, .. } => {
            (label, x.len(), vec![column("x", of(x)), column("lower", of(lower)), column("upper", of(upper))])
        }
        Layer::VerticalLine { label, x, .. } => (label, 1, vec![column("x", vec![*x])]),
        Layer::HorizontalLine { label, y, .. } => (label, 1, vec![column("y", vec![*y])]),
        _ => return String::new(),
    };
    let columns: Vec<Column<'_>> =
        columns.into_iter().filter(|(_, get)| n_rows == 0 || get(0).is_some()).collect();
    let head: String = columns.iter().map(|(name, _)| format!("<th scope=\"col\">{name}</th>")).collect();
    let rows: String = (0..n_rows)
        .map(|row| {
            let cells: String =
                columns.iter().map(|(_, get)| format!("<td>{}</td>", number(get(row)))).collect();
            format!("<tr>{cells}</tr>\n")
        })
        .collect();
    let name = if label.is_empty() { format!("layer {}", i + 1) } else { label.to_owned() };
    format!(
        "<div class=\"scroll\"><table class=\"data\">\n<caption>{}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n",
        escape(&name)
    )
}

/// Seven digits, as a program reads them: this is data, not prose.
fn number(value: Option<f64>) -> String {
    match value {
        None => String::new(),
        Some(v) if !v.is_finite() => v.to_string(),
        Some(0.0) => "0".to_owned(),
        Some(v) if (1e-4..1e7).contains(&v.abs()) => {
            let rounded: f64 = format!("{v:.6e}").parse().unwrap_or(v);
            rounded.to_string()
        }
        Some(v) => format!("{v:.6e}"),
    }
}
