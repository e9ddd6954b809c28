//! The one place that knows plotters: lines, areas, dots and text on an SVG, in points of 1/72 inch.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::geometry::{Point, dashes};
use crate::palette::{self, Ink};
use crate::{ReportError, text};

/// plotters counts in whole pixels: twenty of them make a point.
const PIXELS_PER_POINT: f64 = 20.0;
/// plotters' SVG backend divides the size of a font by this.
const FONT_FACTOR: f64 = 1.24;
/// Where plotters puts the baseline of text that hangs from its position.
const BASELINE_EM: f64 = 0.76;
const FONT_FAMILY: &str = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif";

/// A pen: its colour, width in points and dash pattern in points (empty for a solid line).
#[derive(Debug, Clone, Copy)]
pub(super) struct Pen {
    pub(super) ink: Ink,
    pub(super) width: f64,
    pub(super) dash: &'static [f64],
}

/// Which end of a text stands at its position.
#[derive(Debug, Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

pub(super) struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
}

/// Draws on a canvas of this size and gives the elements of the SVG, without the root around them.
pub(super) fn render(
    width: f64,
    height: f64,
    draw: impl FnOnce(&Canvas<'_>) -> Result<(), ReportError>,
) -> Result<String, ReportError> {
    let mut svg = String::new();
    {
        let size = (pixels(width).unsigned_abs(), pixels(height).unsigned_abs());
        let canvas = Canvas { area: SVGBackend::with_string(&mut svg, size).into_drawing_area() };
        draw(&canvas)?;
        canvas.area.present().map_err(|e| refused(&e))?;
    }
    let start = svg.find('>').map_or(0, |i| i + 1);
    let end = svg.rfind("</svg>").unwrap_or(svg.len());
    // Text cannot hold these quotes, so only attributes are shortened.
    Ok(svg[start..end].replace(" opacity=\"1\"", "").replace(" \"/>", "\"/>").trim_start().to_owned())
}

/// The view box of a canvas of this size.
pub(super) fn view_box(width: f64, height: f64) -> String {
    format!("0 0 {} {}", pixels(width), pixels(height))
}

fn pixels(points: f64) -> i32 {
    // Everything is clipped to the canvas, so that nothing comes near the limit.
    (points * PIXELS_PER_POINT).round().clamp(-1e8, 1e8) as i32
}

fn to_pixels(point: Point) -> (i32, i32) {
    (pixels(point.0), pixels(point.1))
}

fn color(ink: Ink) -> RGBColor {
    RGBColor(ink.light.0, ink.light.1, ink.light.2)
}

impl Canvas<'_> {
    /// A line through the points.
    pub(super) fn line(&self, points: &[Point], pen: Pen) -> Result<(), ReportError> {
        let style = ShapeStyle {
            color: color(pen.ink).to_rgba(),
            filled: false,
            stroke_width: pixels(pen.width).unsigned_abs(),
        };
        for part in dashes(points, pen.dash) {
            let mut path: Vec<(i32, i32)> = part.into_iter().map(to_pixels).collect();
            path.dedup();
            if path.len() > 1 {
                self.area.draw(&PathElement::new(path, style)).map_err(|e| refused(&e))?;
            }
        }
        Ok(())
    }

    /// An area without outline.
    pub(super) fn area(&self, outline: &[Point], ink: Ink, opacity: f64) -> Result<(), ReportError> {
        if outline.len() < 3 {
            return Ok(());
        }
        let mut path: Vec<(i32, i32)> = outline.iter().copied().map(to_pixels).collect();
        path.dedup();
        self.area.draw(&Polygon::new(path, color(ink).mix(opacity).filled())).map_err(|e| refused(&e))
    }

    /// A filled disc.
    pub(super) fn disc(&self, center: Point, radius: f64, ink: Ink) -> Result<(), ReportError> {
        let disc = Circle::new(to_pixels(center), pixels(radius), color(ink).filled());
        self.area.draw(&disc).map_err(|e| refused(&e))
    }

    /// A line of text whose baseline begins, is centred or ends at a point.
    pub(super) fn text(
        &self,
        baseline: Point,
        content: &str,
        size: f64,
        anchor: Anchor,
    ) -> Result<(), ReportError> {
        self.colored_text(baseline, content, size, anchor, palette::TEXT)
    }

    /// The same in another colour than that of text.
    pub(super) fn colored_text(
        &self,
        baseline: Point,
        content: &str,
        size: f64,
        anchor: Anchor,
        ink: Ink,
    ) -> Result<(), ReportError> {
        let at = (baseline.0, baseline.1 - BASELINE_EM * size);
        self.write(at, content, (size, ink), anchor, FontTransform::None)
    }

    /// A line of text that reads upwards.
    pub(super) fn upward_text(
        &self,
        baseline: Point,
        content: &str,
        size: f64,
        anchor: Anchor,
    ) -> Result<(), ReportError> {
        let at = (baseline.0 - BASELINE_EM * size, baseline.1);
        self.write(at, content, (size, palette::TEXT), anchor, FontTransform::Rotate270)
    }

    fn write(
        &self,
        at: Point,
        content: &str,
        (size, ink): (f64, Ink),
        anchor: Anchor,
        transform: FontTransform,
    ) -> Result<(), ReportError> {
        let h_pos = match anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        let font = FontDesc::new(
            FontFamily::Name(FONT_FAMILY),
            size * FONT_FACTOR * PIXELS_PER_POINT,
            FontStyle::Normal,
        )
        .transform(transform);
        let ink = color(ink);
        let style = TextStyle::from(font).color(&ink).pos(Pos::new(h_pos, VPos::Top));
        self.area.draw(&Text::new(text::one_line(content), to_pixels(at), style)).map_err(|e| refused(&e))
    }
}

fn refused<E: std::error::Error + Send + Sync>(error: &DrawingAreaErrorKind<E>) -> ReportError {
    ReportError::Drawing(error.to_string())
}
