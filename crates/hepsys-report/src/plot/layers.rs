//! How each kind of layer is drawn.

use hepsys_core::summary::Layer;

use super::bars::draw_bars;
use super::canvas::{Canvas, Pen};
use super::geometry::{Point, Rect};
use super::heat_map::draw_heat_map;
use super::matrix::Matrix;
use super::panel::Panel;
use super::pens::{Look, Marker};
use crate::{ReportError, palette};

/// Draws a layer into its panel; what lies outside the frame is cut off.
pub(super) fn draw_layer(
    canvas: &Canvas<'_>,
    panel: &Panel,
    layer: &Layer,
    look: &Look,
) -> Result<(), ReportError> {
    let frame = panel.frame;
    match layer {
        Layer::Points { x, y, y_errors, x_errors, .. } => {
            for i in 0..x.len() {
                let y_error = y_errors.get(i).copied().unwrap_or((0.0, 0.0));
                let x_error = x_errors.get(i).copied().unwrap_or(0.0);
                draw_point(canvas, panel, (x[i], y[i]), x_error, y_error, look)?;
            }
            Ok(())
        }
        Layer::Histogram { edges, values, errors, is_filled, .. } => {
            draw_histogram(canvas, panel, edges, values, errors, *is_filled, look)
        }
        Layer::Curve { x, y, .. } => {
            // A value that has no place interrupts the curve.
            let places: Vec<Option<Point>> = x.iter().zip(y).map(|(x, y)| panel.place(*x, *y)).collect();
            for run in places.split(Option::is_none) {
                let run: Vec<Point> = run.iter().copied().flatten().collect();
                draw_clipped(canvas, &frame, &run, look.pen)?;
            }
            Ok(())
        }
        Layer::Band { x, lower, upper, .. } => draw_band(canvas, panel, x, lower, upper, look),
        Layer::VerticalLine { x, .. } => match panel.place_x(*x) {
            Some(at) => draw_clipped(canvas, &frame, &[(at, frame.bottom), (at, frame.top)], look.pen),
            None => Ok(()),
        },
        Layer::HorizontalLine { y, .. } => match panel.place_y(*y) {
            Some(at) => draw_clipped(canvas, &frame, &[(frame.left, at), (frame.right, at)], look.pen),
            None => Ok(()),
        },
        Layer::Bars { y, from, to, is_filled, .. } => {
            draw_bars(canvas, panel, (y, from, to), *is_filled, look)
        }
        Layer::HeatMap { .. } => match Matrix::of(layer, [panel.x.is_log, panel.y.is_log]) {
            Some(matrix) => draw_heat_map(canvas, panel, &matrix),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

fn draw_clipped(canvas: &Canvas<'_>, frame: &Rect, line: &[Point], pen: Pen) -> Result<(), ReportError> {
    frame.clip_line(line).iter().try_for_each(|part| canvas.line(part, pen))
}

/// A point with its error bars; one beyond the upper or lower edge becomes an arrow at it.
fn draw_point(
    canvas: &Canvas<'_>,
    panel: &Panel,
    (x, y): Point,
    x_error: f64,
    (below, above): (f64, f64),
    look: &Look,
) -> Result<(), ReportError> {
    let Some((at_x, at_y)) = panel.place(x, y) else { return Ok(()) };
    let frame = panel.frame;
    let pen = Pen { width: 0.11 * panel.em, dash: &[], ..look.pen };
    // A bar that reaches where the axis cannot follow ends at the frame.
    let lower_end = panel.place_y(y - below).unwrap_or(frame.bottom);
    let upper_end = panel.place_y(y + above).unwrap_or(frame.top);
    let left_end = panel.place_x(x - x_error).unwrap_or(frame.left);
    let right_end = panel.place_x(x + x_error).unwrap_or(frame.right);
    draw_clipped(canvas, &frame, &[(at_x, lower_end), (at_x, upper_end)], pen)?;
    draw_clipped(canvas, &frame, &[(left_end, at_y), (right_end, at_y)], pen)?;
    if frame.contains((at_x, at_y)) {
        return draw_marker(canvas, (at_x, at_y), look, panel.em);
    }
    if (frame.left..=frame.right).contains(&at_x) {
        let size = 0.34 * panel.em;
        let (tip, base) = if at_y < frame.top {
            (frame.top + 0.2 * size, frame.top + 2.0 * size)
        } else {
            (frame.bottom - 0.2 * size, frame.bottom - 2.0 * size)
        };
        let arrow = [(at_x, tip), (at_x - 0.8 * size, base), (at_x + 0.8 * size, base)];
        return canvas.area(&frame.clip_area(&arrow), look.pen.ink, 1.0);
    }
    Ok(())
}

/// The marker of a layer, as in the plot and in the legend.
pub(super) fn draw_marker(
    canvas: &Canvas<'_>,
    (x, y): Point,
    look: &Look,
    em: f64,
) -> Result<(), ReportError> {
    let r = 0.26 * em;
    let ink = look.pen.ink;
    match look.marker {
        Marker::Disc => canvas.disc((x, y), r, ink),
        Marker::Square => {
            let r = 0.88 * r;
            canvas.area(&[(x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r)], ink, 1.0)
        }
        Marker::Triangle => canvas.area(
            &[(x, y - 1.2 * r), (x + 1.15 * r, y + 0.9 * r), (x - 1.15 * r, y + 0.9 * r)],
            ink,
            1.0,
        ),
        Marker::Diamond => {
            let r = 1.3 * r;
            canvas.area(&[(x, y - r), (x + r, y), (x, y + r), (x - r, y)], ink, 1.0)
        }
    }
}

/// Bins as one outline, filled or not, and their errors as a hatched band.
fn draw_histogram(
    canvas: &Canvas<'_>,
    panel: &Panel,
    edges: &[f64],
    values: &[f64],
    errors: &[f64],
    is_filled: bool,
    look: &Look,
) -> Result<(), ReportError> {
    let frame = panel.frame;
    // Bins stand on zero, or on the axis where zero has no place.
    let floor = panel.place_y(0.0).unwrap_or(frame.bottom);
    let height = |value: f64| {
        let at = if value.is_finite() {
            panel.place_y(value).or((value <= 0.0).then_some(frame.bottom))
        } else {
            None
        };
        // A little outside, so that clipping removes the line along the frame.
        at.map(|at| at.min(frame.bottom + 1.0))
    };
    let bins: Vec<Option<(f64, f64, f64)>> = (0..values.len())
        .map(|i| Some((panel.place_x(edges[i])?, panel.place_x(edges[i + 1])?, height(values[i])?)))
        .collect();
    for run in bins.split(Option::is_none) {
        let run: Vec<(f64, f64, f64)> = run.iter().copied().flatten().collect();
        let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
        let mut outline = vec![(first.0, floor)];
        outline.extend(run.iter().flat_map(|(left, right, at)| [(*left, *at), (*right, *at)]));
        outline.push((last.1, floor));
        if is_filled {
            canvas.area(&frame.clip_area(&outline), look.fill, 1.0)?;
        }
        // At the sides of the frame the frame itself closes the outline.
        let begin = usize::from((first.0 - frame.left).abs() < 0.5);
        let end = outline.len() - usize::from((last.1 - frame.right).abs() < 0.5);
        draw_clipped(canvas, &frame, &outline[begin..end], look.pen)?;
    }
    for (i, error) in errors.iter().enumerate() {
        let Some((left, right, _)) = bins.get(i).copied().flatten() else { continue };
        if *error > 0.0 && error.is_finite() {
            let top = height(values[i] + error).unwrap_or(frame.top);
            let bottom = height(values[i] - error).unwrap_or(frame.bottom);
            draw_hatch(canvas, &frame, Rect { left, top, right, bottom }, panel.em)?;
        }
    }
    Ok(())
}

/// A hatched rectangle, as far as it lies in the frame.
pub(super) fn draw_hatch(canvas: &Canvas<'_>, frame: &Rect, area: Rect, em: f64) -> Result<(), ReportError> {
    let Some(area) = area.intersection(frame) else { return Ok(()) };
    let pen = Pen { ink: palette::HATCH, width: 0.05 * em, dash: &[] };
    area.hatch(0.26 * em).iter().try_for_each(|line| canvas.line(line, pen))
}

/// The area between two curves, translucent, with fine lines at its edges.
fn draw_band(
    canvas: &Canvas<'_>,
    panel: &Panel,
    x: &[f64],
    lower: &[f64],
    upper: &[f64],
    look: &Look,
) -> Result<(), ReportError> {
    let places: Vec<Option<(f64, f64, f64)>> = (0..x.len())
        .map(|i| {
            let low = if lower[i].is_finite() {
                panel.place_y(lower[i]).unwrap_or(panel.frame.bottom)
            } else {
                return None;
            };
            Some((panel.place_x(x[i])?, low, panel.place_y(upper[i])?))
        })
        .collect();
    let (ink, opacity) = look.band;
    let edge = Pen { width: 0.05 * panel.em, dash: &[], ..look.pen };
    for run in places.split(Option::is_none) {
        let run: Vec<(f64, f64, f64)> = run.iter().copied().flatten().collect();
        let lower: Vec<Point> = run.iter().map(|(x, low, _)| (*x, *low)).collect();
        let upper: Vec<Point> = run.iter().map(|(x, _, high)| (*x, *high)).collect();
        let outline: Vec<Point> = upper.iter().chain(lower.iter().rev()).copied().collect();
        if look.is_nested {
            canvas.area(&panel.frame.clip_area(&outline), palette::CARD, 1.0)?;
        }
        canvas.area(&panel.frame.clip_area(&outline), ink, opacity)?;
        draw_clipped(canvas, &panel.frame, &lower, edge)?;
        draw_clipped(canvas, &panel.frame, &upper, edge)?;
    }
    Ok(())
}
