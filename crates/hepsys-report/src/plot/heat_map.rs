//! A matrix as coloured cells, and the scale of its colours.

use super::canvas::{Anchor, Canvas, Pen};
use super::geometry::Rect;
use super::layers::draw_hatch;
use super::matrix::Matrix;
use super::measure::text_width;
use super::names::shortened;
use super::panel::Panel;
use super::scale::Scale;
use crate::{ReportError, palette};

/// Smaller digits, of the size of the text, are left out.
const SMALLEST_DIGITS: f64 = 0.6;
/// How far a cell reaches behind the next, in points: a pixel of a screen.
const OVERLAP: f64 = 0.75;
/// The room that the scale of colours needs above the frame, of the size of the text.
pub(super) const SCALE_HEIGHT: f64 = 2.3;

/// The cells row by row, with their values where there is room.
pub(super) fn draw_heat_map(
    canvas: &Canvas<'_>,
    panel: &Panel,
    matrix: &Matrix<'_>,
) -> Result<(), ReportError> {
    let (Some(x), Some(y)) = (matrix.columns.hull(), matrix.rows.hull()) else { return Ok(()) };
    let Some(whole) = rectangle(panel, x, y).and_then(|w| w.intersection(&panel.frame)) else {
        return Ok(());
    };
    let mut rows: Vec<(usize, &[f64])> = rows(matrix).collect();
    // From the top on paper: each row covers the lower edge of the one before it.
    if panel.y.low < panel.y.high {
        rows.reverse();
    }
    for (row, values) in rows {
        let mut column = 0;
        // Neighbours of one colour are one area.
        for run in values.chunk_by(|a, b| matrix.colors.step(*a) == matrix.colors.step(*b)) {
            let end = column + run.len() - 1;
            if let Some(area) = cell(panel, matrix, row, column, end) {
                // Behind the row that follows and a little behind the next cell, so that no seam shows between them.
                let below = Rect { right: area.right + OVERLAP, bottom: area.bottom + area.height(), ..area };
                if let Some(below) = below.intersection(&whole) {
                    draw_cells(canvas, panel, (area, below), matrix.colors.step(run[0]))?;
                }
            }
            column = end + 1;
        }
    }
    draw_values(canvas, panel, matrix)
}

fn rows<'a>(matrix: &Matrix<'a>) -> impl Iterator<Item = (usize, &'a [f64])> {
    matrix.values.chunks(matrix.columns.n.max(1)).enumerate()
}

/// The rectangle of a row from one column to another.
fn cell(panel: &Panel, matrix: &Matrix<'_>, row: usize, first: usize, last: usize) -> Option<Rect> {
    rectangle(panel, matrix.columns.edges(first, last), matrix.rows.edges(row, row))
}

fn rectangle(panel: &Panel, x: (f64, f64), y: (f64, f64)) -> Option<Rect> {
    let ((left, from), (right, to)) = (panel.place(x.0, y.0)?, panel.place(x.1, y.1)?);
    Some(Rect { left, top: from.min(to), right, bottom: from.max(to) })
}

/// Cells of one colour in `area`, which is drawn on as far as `below`.
fn draw_cells(
    canvas: &Canvas<'_>,
    panel: &Panel,
    (area, below): (Rect, Rect),
    step: Option<usize>,
) -> Result<(), ReportError> {
    match step {
        Some(step) => canvas.area(&below.corners(), palette::DIVERGING[step], 1.0),
        None => {
            canvas.area(&below.corners(), palette::CARD, 1.0)?;
            draw_hatch(canvas, &panel.frame, area, panel.em)
        }
    }
}

fn draw_values(canvas: &Canvas<'_>, panel: &Panel, matrix: &Matrix<'_>) -> Result<(), ReportError> {
    let Some(room) = cell(panel, matrix, 0, 0, 0) else { return Ok(()) };
    let label = |value: &f64| matrix.colors.label(*value);
    let widest = matrix.values.iter().map(|v| text_width(&label(v), 1.0)).fold(0.0, f64::max);
    let size = (0.9 * room.width() / widest).min(0.75 * room.height()).min(0.9 * panel.em);
    if size < SMALLEST_DIGITS * panel.em {
        return Ok(());
    }
    for (row, values) in rows(matrix) {
        for (column, value) in values.iter().enumerate() {
            let area = cell(panel, matrix, row, column, column).filter(|a| panel.frame.overlaps(a));
            let (Some(area), Some(step)) = (area, matrix.colors.step(*value)) else { continue };
            let baseline = (0.5 * (area.left + area.right), 0.5 * (area.top + area.bottom) + 0.36 * size);
            let ink = palette::on_diverging(step);
            canvas.colored_text(baseline, &label(value), size, Anchor::Middle, ink)?;
        }
    }
    Ok(())
}

/// The colours and their values above the frame, with what they are at the left.
pub(super) fn draw_scale(
    canvas: &Canvas<'_>,
    panel: &Panel,
    label: &str,
    scale: Scale,
) -> Result<(), ReportError> {
    let em = panel.em;
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
