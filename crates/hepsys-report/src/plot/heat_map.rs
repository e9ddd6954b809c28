//! A matrix as coloured cells, and the scale of its colours.

use super::canvas::{Anchor, Canvas, Pen};
use super::geometry::Rect;
use super::layers::draw_hatch;
use super::measure::text_width;
use super::names::shortened;
use super::panel::Panel;
use super::scale::Scale;
use crate::number::minus;
use crate::{ReportError, palette};

/// Smaller digits, of the size of the text, are left out.
const SMALLEST_DIGITS: f64 = 0.6;
/// How much cells reach below those that are drawn after them, in points, so that no seam shows.
const OVERLAP: f64 = 0.3;
/// The room that the scale of colours needs above the frame, of the size of the text.
pub(super) const SCALE_HEIGHT: f64 = 2.3;

/// The cells row by row, with their values where there is room.
pub(super) fn draw_heat_map(
    canvas: &Canvas<'_>,
    panel: &Panel,
    n_columns: usize,
    values: &[f64],
    limit: f64,
) -> Result<(), ReportError> {
    let rows: Vec<&[f64]> = values.chunks(n_columns.max(1)).collect();
    for (row, values) in rows.iter().enumerate() {
        let mut column = 0;
        // Neighbours of one colour are one area.
        for run in values.chunk_by(|a, b| step(*a, limit) == step(*b, limit)) {
            let end = column + run.len() - 1;
            if let Some(area) = cell(panel, row, column, end) {
                draw_cells(canvas, panel, area, step(run[0], limit))?;
            }
            column = end + 1;
        }
    }
    draw_values(canvas, panel, &rows, limit)
}

/// The rectangle of a row from one column to another.
fn cell(panel: &Panel, row: usize, first: usize, last: usize) -> Option<Rect> {
    let (left, upper) = panel.place(first as f64 - 0.5, row as f64 - 0.5)?;
    let (right, lower) = panel.place(last as f64 + 0.5, row as f64 + 0.5)?;
    Some(Rect { left, top: upper.min(lower), right, bottom: upper.max(lower) })
}

/// The colour of a value, or none of a value that is none.
fn step(value: f64, limit: f64) -> Option<usize> {
    let half = (palette::DIVERGING.len() / 2) as f64;
    (!value.is_nan()).then(|| ((value / limit).clamp(-1.0, 1.0) * half + half).round() as usize)
}

fn draw_cells(
    canvas: &Canvas<'_>,
    panel: &Panel,
    area: Rect,
    step: Option<usize>,
) -> Result<(), ReportError> {
    let seamless = Rect { right: area.right + OVERLAP, bottom: area.bottom + OVERLAP, ..area };
    let Some(seamless) = seamless.intersection(&panel.frame) else { return Ok(()) };
    match step {
        Some(step) => canvas.area(&seamless.corners(), palette::DIVERGING[step], 1.0),
        None => {
            canvas.area(&seamless.corners(), palette::CARD, 1.0)?;
            draw_hatch(canvas, &panel.frame, area, panel.em)
        }
    }
}

fn draw_values(canvas: &Canvas<'_>, panel: &Panel, rows: &[&[f64]], limit: f64) -> Result<(), ReportError> {
    let Some(room) = cell(panel, 0, 0, 0) else { return Ok(()) };
    let labels = |row: &[f64]| row.iter().map(|v| label(*v, limit)).collect::<Vec<_>>();
    let widest = rows.iter().flat_map(|r| labels(r)).map(|l| text_width(&l, 1.0)).fold(0.0, f64::max);
    let size = (0.9 * room.width() / widest).min(0.75 * room.height()).min(0.9 * panel.em);
    if size < SMALLEST_DIGITS * panel.em {
        return Ok(());
    }
    for (row, values) in rows.iter().enumerate() {
        for (column, value) in values.iter().enumerate() {
            let area = cell(panel, row, column, column).filter(|a| panel.frame.overlaps(a));
            let (Some(area), Some(step)) = (area, step(*value, limit)) else { continue };
            let baseline = (0.5 * (area.left + area.right), 0.5 * (area.top + area.bottom) + 0.36 * size);
            let ink = palette::on_diverging(step);
            canvas.colored_text(baseline, &label(*value, limit), size, Anchor::Middle, ink)?;
        }
    }
    Ok(())
}

/// Two digits behind the point for values of about one, and as many in all for larger and smaller ones.
fn label(value: f64, limit: f64) -> String {
    if !value.is_finite() {
        return String::new();
    }
    let decimals = (2.0 - limit.log10().ceil()).clamp(0.0, 6.0) as usize;
    minus(&format!("{value:.decimals$}"))
}

/// The colours and their values above the frame, with what they are at the left.
pub(super) fn draw_scale(
    canvas: &Canvas<'_>,
    panel: &Panel,
    label: &str,
    limit: f64,
) -> Result<(), ReportError> {
    let em = panel.em;
    let scale = Scale { low: -limit, high: limit, is_log: false };
    let ticks = scale.ticks(4);
    let title = format!("{label} {}", ticks.factor);
    let title = shortened(title.trim(), em, 0.45 * panel.frame.right);
    let title_end = if title.is_empty() { 0.0 } else { text_width(&title, em) + 0.9 * em };
    let bar = Rect {
        left: panel.frame.left.max(title_end),
        top: panel.frame.top - 1.3 * em,
        right: panel.frame.right,
        bottom: panel.frame.top - 0.6 * em,
    };
    let n = palette::DIVERGING.len() as f64;
    for (i, ink) in palette::DIVERGING.iter().enumerate() {
        let left = bar.left + i as f64 / n * bar.width();
        let right = (left + bar.width() / n + OVERLAP).min(bar.right);
        canvas.area(&Rect { left, right, ..bar }.corners(), *ink, 1.0)?;
    }
    let mut outline = bar.corners().to_vec();
    outline.extend([outline[0], outline[1]]);
    let pen = Pen { ink: palette::TEXT, width: 0.06 * em, dash: &[] };
    canvas.line(&outline, pen)?;
    for (value, label) in &ticks.major {
        let Some(fraction) = scale.fraction(*value) else { continue };
        // The first and the last colour are centred at the ends of the scale.
        let at = bar.left + (0.5 + fraction * (n - 1.0)) / n * bar.width();
        let half = 0.5 * text_width(label, em);
        canvas.line(&[(at, bar.top), (at, bar.top + 0.2 * em)], pen)?;
        canvas.text((at.min(bar.right - half), bar.top - 0.3 * em), label, em, Anchor::Middle)?;
    }
    let middle = 0.5 * (bar.top + bar.bottom);
    canvas.text((bar.left - 0.5 * em, middle + 0.36 * em), &title, em, Anchor::End)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_beyond_the_limit_have_the_last_colour_and_zero_the_middle_one() {
        let last = palette::DIVERGING.len() - 1;
        assert_eq!(step(7.0, 1.0), Some(last));
        assert_eq!(step(f64::NEG_INFINITY, 1.0), Some(0));
        assert_eq!(step(0.0, 1.0), Some(last / 2));
        assert_eq!(step(f64::NAN, 1.0), None);
    }

    #[test]
    fn cells_have_two_digits() {
        assert_eq!(label(-0.237, 1.0), "−0.24");
        assert_eq!(label(-0.001, 1.0), "0.00");
        assert_eq!(label(123.4, 300.0), "123");
        assert_eq!(label(0.0123, 0.05), "0.012");
    }
}
