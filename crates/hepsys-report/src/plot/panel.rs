//! One frame with its axes: ticks on all four sides, titles at the ends.

use hepsys_core::summary::Axis;

use super::canvas::{Anchor, Canvas, Pen};
use super::geometry::{Point, Rect};
use super::measure::{text_width, wrap};
use super::scale::Scale;
use super::ticks::Ticks;
use crate::{ReportError, palette};

/// A frame on the canvas and the scales of its axes. Lengths are in points, `em` is the size of the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Panel {
    pub(super) frame: Rect,
    pub(super) x: Scale,
    pub(super) y: Scale,
    pub(super) em: f64,
    /// How wide a name on an axis may be.
    pub(super) name_room: f64,
}

impl Panel {
    /// Where a point of the plot lies on the canvas.
    pub(super) fn place(&self, x: f64, y: f64) -> Option<Point> {
        Some((self.place_x(x)?, self.place_y(y)?))
    }

    pub(super) fn place_x(&self, x: f64) -> Option<f64> {
        Some(near(self.frame.left + self.x.fraction(x)? * self.frame.width()))
    }

    pub(super) fn place_y(&self, y: f64) -> Option<f64> {
        Some(near(self.frame.bottom - self.y.fraction(y)? * self.frame.height()))
    }

    /// The frame and its ticks; drawn last, so that areas do not cover it.
    ///
    /// The length of a long tick is of the size of the text.
    pub(super) fn draw_frame(
        &self,
        canvas: &Canvas<'_>,
        [x, y]: [&Ticks; 2],
        tick_length: f64,
    ) -> Result<(), ReportError> {
        let Rect { left, top, right, bottom } = self.frame;
        let pen = Pen { ink: palette::TEXT, width: 0.085 * self.em, dash: &[] };
        let fine = Pen { width: 0.06 * self.em, ..pen };
        let long = tick_length * self.em;
        let short = 0.52 * long;
        for (values, length, pen) in [(majors(x), long, pen), (x.minor.clone(), short, fine)] {
            // In a low panel the ticks of the long axis would meet.
            let length = length.min(0.12 * self.frame.height());
            for at in values.iter().filter_map(|v| self.place_x(*v)).filter(|at| inside(*at, left, right)) {
                canvas.line(&[(at, bottom), (at, bottom - length)], pen)?;
                canvas.line(&[(at, top), (at, top + length)], pen)?;
            }
        }
        for (values, length, pen) in [(majors(y), long, pen), (y.minor.clone(), short, fine)] {
            for at in values.iter().filter_map(|v| self.place_y(*v)).filter(|at| inside(*at, top, bottom)) {
                canvas.line(&[(left, at), (left + length, at)], pen)?;
                canvas.line(&[(right, at), (right - length, at)], pen)?;
            }
        }
        canvas.line(
            &[(left, top), (right, top), (right, bottom), (left, bottom), (left, top), (right, top)],
            pen,
        )
    }

    /// The labels at the lower axis, its title at the right end below them.
    pub(super) fn draw_x_labels(
        &self,
        canvas: &Canvas<'_>,
        ticks: &Ticks,
        axis: &Axis,
    ) -> Result<(), ReportError> {
        let baseline = self.frame.bottom + 1.3 * self.em;
        let is_upright = self.is_upright(ticks);
        let mut free_from = f64::NEG_INFINITY;
        for (value, label) in &ticks.major {
            let Some(at) = self.place_x(*value) else { continue };
            if is_upright {
                let end = (at + 0.36 * self.em, self.frame.bottom + 0.4 * self.em);
                canvas.upward_text(end, label, self.em, Anchor::End)?;
                continue;
            }
            let half = 0.5 * text_width(label, self.em);
            if at - half >= free_from {
                canvas.text((at, baseline), label, self.em, Anchor::Middle)?;
                free_from = at + half + 0.4 * self.em;
            }
        }
        let title = title(axis, &ticks.factor);
        let size = fitting(&title, self.em, self.frame.right);
        let baseline = self.frame.bottom + self.x_label_height(ticks) + 1.25 * self.em;
        canvas.text((self.frame.right, baseline), &title, size, Anchor::End)
    }

    /// The room that labels and title of the lower axis need.
    pub(super) fn bottom_margin(&self, ticks: &Ticks, axis: &Axis) -> f64 {
        let title_height = if title(axis, &ticks.factor).is_empty() { 0.5 } else { 1.75 };
        self.x_label_height(ticks) + title_height * self.em
    }

    fn x_label_height(&self, ticks: &Ticks) -> f64 {
        if self.is_upright(ticks) { widest(ticks, self.em) + 0.6 * self.em } else { 1.5 * self.em }
    }

    /// Whether the names on the lower axis are too wide to stand beside each other.
    fn is_upright(&self, ticks: &Ticks) -> bool {
        let room = self.frame.width() / (self.x.high - self.x.low) - 0.4 * self.em;
        ticks.is_bare && widest(ticks, self.em) > room
    }

    /// The labels at the left axis, its title at the top end beside them.
    ///
    /// `keeps_top` is false under another panel, where the highest label would touch the lowest one above.
    pub(super) fn draw_y_labels(
        &self,
        canvas: &Canvas<'_>,
        ticks: &Ticks,
        axis: &Axis,
        keeps_top: bool,
    ) -> Result<(), ReportError> {
        let right = self.frame.left - 0.4 * self.em;
        for (value, label) in &ticks.major {
            let Some(at) = self.place_y(*value) else { continue };
            if keeps_top || at > self.frame.top + 0.55 * self.em {
                canvas.text((right, at + 0.36 * self.em), label, self.em, Anchor::End)?;
            }
        }
        let lines = self.y_title(axis, &ticks.factor);
        let lowest = 0.9 * self.em;
        for (i, line) in lines.iter().enumerate() {
            let size = fitting(line, self.em, self.frame.height());
            let at = lowest + i as f64 * 1.15 * self.em;
            canvas.upward_text((at, self.frame.top), line, size, Anchor::End)?;
        }
        Ok(())
    }

    /// The title of the left axis in as many lines as the height asks for, two at most.
    fn y_title(&self, axis: &Axis, factor: &str) -> Vec<String> {
        let title = title(axis, factor);
        let lines = wrap(&title, self.em, self.frame.height());
        if lines.len() <= 2 { lines } else { vec![title] }
    }

    /// The room that labels and title of the left axis need.
    pub(super) fn left_margin(&self, ticks: &Ticks, axis: &Axis) -> f64 {
        let labels = widest(ticks, self.em);
        let n_lines = self.y_title(axis, &ticks.factor).iter().filter(|line| !line.is_empty()).count() as f64;
        labels + (0.9 + 1.15 * n_lines) * self.em
    }
}

/// A title as the field writes it: `m₁₂ [GeV]`.
fn title(axis: &Axis, factor: &str) -> String {
    let unit = if axis.unit == "1" { "" } else { axis.unit.as_str() };
    match (factor.is_empty(), unit.is_empty()) {
        (true, true) => axis.label.clone(),
        (true, false) => format!("{} [{unit}]", axis.label),
        (false, true) => format!("{} [{}]", axis.label, factor.trim_start_matches('×')),
        (false, false) => format!("{} [{} {unit}]", axis.label, factor.trim_start_matches('×')),
    }
}

/// The size at which a text fits, but never less than illegible.
fn fitting(text: &str, em: f64, room: f64) -> f64 {
    let width = text_width(text, em);
    if width <= room { em } else { em * (room / width).max(0.6) }
}

fn widest(ticks: &Ticks, em: f64) -> f64 {
    ticks.major.iter().map(|(_, label)| text_width(label, em)).fold(0.0, f64::max)
}

fn majors(ticks: &Ticks) -> Vec<f64> {
    if ticks.is_bare {
        return Vec::new();
    }
    ticks.major.iter().map(|(v, _)| *v).collect()
}

fn inside(at: f64, low: f64, high: f64) -> bool {
    // Ticks on the frame itself would thicken it; one point is about the width of its line.
    at > low + 1.0 && at < high - 1.0
}

/// Far outside the canvas is far enough: it keeps the geometry away from overflow.
fn near(at: f64) -> f64 {
    at.clamp(-1e6, 1e6)
}
