//! The numbers behind a figure, for those who want to plot them again or cannot see them.

use hepsys_core::summary::{Axis, Figure, Layer};
use serde::Serialize;

use crate::plot::{Matrix, label};
use crate::text::escape;

/// The numbers of a figure in a closed `<details>`, one table a layer, ready to be copied.
pub(super) fn tables(figure: &Figure) -> String {
    let upper = figure.layers.iter().map(|layer| (layer, &figure.y));
    let lower = figure.lower.iter().flat_map(|panel| panel.layers.iter().map(|layer| (layer, &panel.y)));
    let layers = upper.chain(lower).enumerate();
    let layers: String = layers.map(|(i, (layer, y))| table(i, layer, [&figure.x, y])).collect();
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

/// A column of the table: its head and its cells.
type Column<'a> = (&'a str, Vec<String>);

/// The numbers of a layer between these axes.
fn table(i: usize, layer: &Layer, [x_axis, y_axis]: [&Axis; 2]) -> String {
    let numbers =
        |name, values: &[f64]| -> Column<'_> { (name, values.iter().copied().map(number).collect()) };
    let places = |name, values: &[f64], axis: &Axis| -> Column<'_> {
        (name, values.iter().map(|value| place(*value, axis)).collect())
    };
    let columns: Vec<Column<'_>> = match layer {
        Layer::Points { x, y, y_errors, x_errors, .. } => {
            let (below, above): (Vec<f64>, Vec<f64>) = y_errors.iter().copied().unzip();
            vec![
                places("x", x, x_axis),
                numbers("± x", x_errors),
                places("y", y, y_axis),
                numbers("− y", &below),
                numbers("+ y", &above),
            ]
        }
        Layer::Histogram { edges, values, errors, .. } => vec![
            numbers("from", &edges[..values.len().min(edges.len())]),
            numbers("to", edges.get(1..).unwrap_or_default()),
            numbers("value", values),
            numbers("error", errors),
        ],
        Layer::Curve { x, y, .. } => vec![places("x", x, x_axis), places("y", y, y_axis)],
        Layer::Band { x, lower, upper, .. } => {
            vec![places("x", x, x_axis), numbers("lower", lower), numbers("upper", upper)]
        }
        Layer::VerticalLine { x, .. } => vec![places("x", &[*x], x_axis)],
        Layer::HorizontalLine { y, .. } => vec![places("y", &[*y], y_axis)],
        Layer::Bars { y, from, to, .. } => {
            vec![places("y", y, y_axis), numbers("from", from), numbers("to", to)]
        }
        Layer::HeatMap { n_columns, values, .. } => {
            let cells = Matrix::of(layer, [x_axis.is_log, y_axis.is_log]);
            let Some(map) = cells.filter(|m| m.columns.has_edges() || m.rows.has_edges()) else {
                return matrix(&caption(i, layer), *n_columns, values, [x_axis, y_axis]);
            };
            let n = map.columns.n.max(1);
            let (x, y): (Vec<f64>, Vec<f64>) =
                (0..values.len()).map(|at| (map.columns.center(at % n), map.rows.center(at / n))).unzip();
            vec![places("x", &x, x_axis), places("y", &y, y_axis), numbers("value", values)]
        }
        _ => return String::new(),
    };
    let n_rows = columns.iter().map(|(_, cells)| cells.len()).max().unwrap_or(0);
    let columns: Vec<Column<'_>> =
        columns.into_iter().filter(|(_, cells)| n_rows == 0 || !cells.is_empty()).collect();
    let rows = (0..n_rows)
        .map(|row| columns.iter().map(|(_, cells)| cells.get(row).cloned().unwrap_or_default()).collect());
    let head: Vec<String> = columns.iter().map(|(name, _)| (*name).to_owned()).collect();
    html(&caption(i, layer), &head, rows)
}

/// A matrix with the names of its columns above and those of its rows at the left.
fn matrix(caption: &str, n_columns: usize, values: &[f64], [x_axis, y_axis]: [&Axis; 2]) -> String {
    let columns = (0..n_columns).map(|column| place(column as f64, x_axis));
    let head: Vec<String> = std::iter::once(String::new()).chain(columns).collect();
    let rows = values.chunks(n_columns.max(1)).enumerate().map(|(row, values)| {
        let name = place(row as f64, y_axis);
        std::iter::once(name).chain(values.iter().copied().map(number)).collect()
    });
    html(caption, &head, rows)
}

fn caption(i: usize, layer: &Layer) -> String {
    let label = label(layer);
    if label.is_empty() { format!("layer {}", i + 1) } else { label.to_owned() }
}

fn html(caption: &str, head: &[String], rows: impl Iterator<Item = Vec<String>>) -> String {
    let head: String = head.iter().map(|name| format!("<th scope=\"col\">{}</th>", escape(name))).collect();
    let rows: String = rows
        .map(|cells| {
            let cells: String = cells.iter().map(|cell| format!("<td>{}</td>", escape(cell))).collect();
            format!("<tr>{cells}</tr>\n")
        })
        .collect();
    format!(
        "<div class=\"scroll\"><table class=\"data\">\n<caption>{}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n",
        escape(caption)
    )
}

/// The name of a place, or its number where it has no name.
fn place(value: f64, axis: &Axis) -> String {
    let is_whole = value >= 0.0 && value.fract() == 0.0;
    let name = is_whole.then(|| axis.names.get(value as usize)).flatten();
    name.map_or_else(|| number(value), Clone::clone)
}

/// Seven digits, as a program reads them: this is data, not prose.
fn number(value: f64) -> String {
    match value {
        v if !v.is_finite() => v.to_string(),
        0.0 => "0".to_owned(),
        v if (1e-4..1e7).contains(&v.abs()) => {
            let rounded: f64 = format!("{v:.6e}").parse().unwrap_or(v);
            rounded.to_string()
        }
        v => format!("{v:.6e}"),
    }
}
