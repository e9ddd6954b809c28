//! Horizontal bars.

use super::canvas::{Canvas, Pen};
use super::geometry::{Point, Rect};
use super::panel::Panel;
use super::pens::Look;
use crate::{ReportError, palette};

/// Half the height of a bar, of a place.
pub(super) const HALF: f64 = 0.35;

/// Bars around `y` between `from` and `to`; what lies outside the frame is cut off.
pub(super) fn draw_bars(
    canvas: &Canvas<'_>,
    panel: &Panel,
    (y, from, to): (&[f64], &[f64], &[f64]),
    is_filled: bool,
    look: &Look,
) -> Result<(), ReportError> {
    for i in 0..y.len() {
        let corners = [(from[i], y[i] - HALF), (to[i], y[i] + HALF)].map(|(x, y)| panel.place(x, y));
        if let [Some(begin), Some(end)] = corners {
            draw_bar(canvas, &panel.frame, (begin, end), is_filled, look)?;
        }
    }
    Ok(())
}

/// A bar between two corners, as in the plot and in the legend.
pub(super) fn draw_bar(
    canvas: &Canvas<'_>,
    frame: &Rect,
    (begin, end): (Point, Point),
    is_filled: bool,
    look: &Look,
) -> Result<(), ReportError> {
    let outline = [begin, (end.0, begin.1), end, (begin.0, end.1), begin];
    if is_filled {
        let (ink, opacity) = palette::bar_of(look.role);
        canvas.area(&frame.clip_area(&outline[..4]), ink, opacity)?;
    }
    let pen = Pen { dash: &[], ..look.pen };
    frame.clip_line(&outline).iter().try_for_each(|part| canvas.line(part, pen))
}
