//! Where everything of a figure goes.

use hepsys_core::summary::{Axis, Figure, Layer};

use super::canvas::{Anchor, Canvas};
use super::extent::{self, Extent, Skipped};
use super::geometry::Rect;
use super::layers::draw_layer;
use super::legend::Legend;
use super::measure::text_width;
use super::panel::Panel;
use super::pens::looks;
use super::scale::Scale;
use crate::{ReportError, Style};

/// The height of a lower panel, of the upper one.
const LOWER: f64 = 0.36;
/// How deep lines alone take a logarithmic axis below their highest value: six decades.
const LINE_DEPTH: f64 = 1e-6;

/// A figure with its size, ranges and margins decided. Lengths in points.
pub(super) struct Layout {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) notes: Vec<String>,
    em: f64,
    upper: Panel,
    lower: Option<Panel>,
    upper_extents: Vec<Extent>,
    lower_extents: Vec<Extent>,
}

impl Layout {
    /// Decides.
    pub(super) fn of(figure: &Figure, style: &Style) -> Result<Self, ReportError> {
        check_layers(figure)?;
        let em = style.font_pt();
        let no_layers = Vec::new();
        let lower_layers = figure.lower.as_ref().map_or(&no_layers, |p| &p.layers);
        let mut skipped = Skipped::default();
        let upper_extents = all_extents(&figure.layers, &figure.x, &figure.y, &mut skipped);
        let lower_extents = match &figure.lower {
            Some(lower) => all_extents(lower_layers, &figure.x, &lower.y, &mut skipped),
            None => Vec::new(),
        };
        let x = x_scale(figure, upper_extents.iter().chain(&lower_extents))?;
        let mut notes = skipped.notes();
        if upper_extents.is_empty() {
            notes.push("No data.".to_owned());
        }

        let upper_height = style.width_pt() * style.aspect() - 4.2 * em;
        let lower_height = if figure.lower.is_some() { LOWER * upper_height } else { 0.0 };
        let gap = if figure.lower.is_some() { 0.5 * em } else { 0.0 };
        let top = 0.8 * em;
        let frame = Rect {
            left: 5.0 * em,
            top,
            right: style.width_pt() - right_margin(&x, em),
            bottom: top + upper_height,
        };
        let y = y_scale(figure, &figure.y, &figure.layers, &upper_extents, &x)?;
        let mut upper = Panel { frame, x, y, em };
        let mut lower = match &figure.lower {
            Some(panel) => Some(Panel {
                frame: Rect { top: frame.bottom + gap, bottom: frame.bottom + gap + lower_height, ..frame },
                y: y_scale(figure, &panel.y, lower_layers, &lower_extents, &x)?,
                ..upper
            }),
            None => None,
        };
        // The margin depends on the labels, these on the headroom, and this a little on the margin.
        for _ in 0..2 {
            upper.y = y;
            let margin = upper.left_margin(&upper.y_ticks(), &figure.y).max(match (&lower, &figure.lower) {
                (Some(panel), Some(described)) => panel.left_margin(&panel.y_ticks(), &described.y),
                _ => 0.0,
            });
            upper.frame.left = margin;
            if let Some(panel) = &mut lower {
                panel.frame.left = margin;
            }
            if figure.y.range.is_none() {
                upper.y = with_headroom(&upper, &figure.layers, &upper_extents);
            }
        }
        let bottom = lower.map_or(upper.frame.bottom, |p| p.frame.bottom);
        let height = bottom + (3.1 + 1.1 * notes.len() as f64) * em;
        Ok(Self { width: style.width_pt(), height, notes, em, upper, lower, upper_extents, lower_extents })
    }

    /// Draws the figure as decided.
    pub(super) fn draw(&self, canvas: &Canvas<'_>, figure: &Figure) -> Result<(), ReportError> {
        let x_ticks = self.upper.x_ticks();
        let y_ticks = self.upper.y_ticks();
        draw_panel(canvas, &self.upper, &figure.layers, &self.upper_extents)?;
        self.upper.draw_y_labels(canvas, &y_ticks, &figure.y, true)?;
        match (&self.lower, &figure.lower) {
            (Some(panel), Some(described)) => {
                draw_panel(canvas, panel, &described.layers, &self.lower_extents)?;
                panel.draw_y_labels(canvas, &panel.y_ticks(), &described.y, false)?;
                panel.draw_x_labels(canvas, &x_ticks, &figure.x)?;
            }
            _ => self.upper.draw_x_labels(canvas, &x_ticks, &figure.x)?,
        }
        for (i, note) in self.notes.iter().rev().enumerate() {
            let baseline = self.height - (0.45 + 1.1 * i as f64) * self.em;
            canvas.text((0.3 * self.em, baseline), note, 0.85 * self.em, Anchor::Start)?;
        }
        Ok(())
    }
}

impl Panel {
    fn x_ticks(&self) -> super::ticks::Ticks {
        self.x.ticks((self.frame.width() / (5.5 * self.em)).clamp(2.0, 8.0) as usize)
    }

    fn y_ticks(&self) -> super::ticks::Ticks {
        self.y.ticks((self.frame.height() / (3.4 * self.em)).clamp(3.0, 7.0) as usize)
    }
}

fn draw_panel(
    canvas: &Canvas<'_>,
    panel: &Panel,
    layers: &[Layer],
    extents: &[Extent],
) -> Result<(), ReportError> {
    let looks = looks(layers, panel.em);
    for (layer, look) in layers.iter().zip(&looks) {
        draw_layer(canvas, panel, layer, look)?;
    }
    if let Some(legend) = Legend::new(layers, &looks, panel.frame.width(), panel.em) {
        let (place, n_covered) = legend.emptiest_place(panel, extents);
        legend.draw(canvas, place, n_covered > 0)?;
    }
    panel.draw_frame(canvas, &panel.x_ticks(), &panel.y_ticks())
}

fn with_headroom(panel: &Panel, layers: &[Layer], extents: &[Extent]) -> Scale {
    let looks = looks(layers, panel.em);
    let Some(legend) = Legend::new(layers, &looks, panel.frame.width(), panel.em) else { return panel.y };
    let (_, n_covered) = legend.emptiest_place(panel, extents);
    if n_covered == 0 { panel.y } else { legend.headroom(panel, extents).unwrap_or(panel.y) }
}

fn check_layers(figure: &Figure) -> Result<(), ReportError> {
    let lower = figure.lower.iter().flat_map(|p| &p.layers);
    for (layer, described) in figure.layers.iter().chain(lower).enumerate() {
        if let Some(reason) = extent::fault(described) {
            return Err(ReportError::BadLayer { figure: figure.name.clone(), layer, reason });
        }
    }
    Ok(())
}

fn all_extents(layers: &[Layer], x: &Axis, y: &Axis, skipped: &mut Skipped) -> Vec<Extent> {
    layers.iter().flat_map(|layer| extent::extents(layer, x.is_log, y.is_log, skipped)).collect()
}

fn asked(figure: &Figure, axis: &Axis) -> Result<Option<Scale>, ReportError> {
    Scale::asked(axis).transpose().map_err(|reason| ReportError::BadAxis {
        figure: figure.name.clone(),
        axis: axis.label.clone(),
        reason,
    })
}

/// The horizontal axis: bins end at the frame, points stay away from it.
fn x_scale<'a>(figure: &Figure, extents: impl Iterator<Item = &'a Extent>) -> Result<Scale, ReportError> {
    if let Some(scale) = asked(figure, &figure.x)? {
        return Ok(scale);
    }
    let (low, high) = extent::hull(extents.map(|e| e.x));
    let scale = Scale::around(low, high, figure.x.is_log);
    let only_points = figure.layers.iter().all(|layer| match layer {
        Layer::Points { x_errors, .. } => x_errors.is_empty(),
        Layer::VerticalLine { .. } | Layer::HorizontalLine { .. } => true,
        _ => false,
    });
    Ok(if only_points { scale.padded(0.05, 0.05) } else { scale })
}

/// Where the lowest value counts as zero, relative to the highest.
const NEAR_ZERO: f64 = 0.02;

/// A vertical axis: it holds what lies within the horizontal range; histograms stand on zero.
fn y_scale(
    figure: &Figure,
    axis: &Axis,
    layers: &[Layer],
    extents: &[Extent],
    x: &Scale,
) -> Result<Scale, ReportError> {
    if let Some(scale) = asked(figure, axis)? {
        return Ok(scale);
    }
    let shown = extents.iter().filter(|e| e.x.1 >= x.low && e.x.0 <= x.high);
    let (low, high) = extent::hull(shown.map(|e| e.y));
    let stands_on_zero = layers.iter().any(|layer| matches!(layer, Layer::Histogram { .. }));
    if axis.is_log {
        if low > high {
            return Ok(Scale::around(low, high, true));
        }
        let low = low.max(log_floor(axis, layers, x).unwrap_or(high * LINE_DEPTH)).min(high);
        return Ok(Scale::around(low, high, true).padded(0.04, 0.06));
    }
    // So does what comes down to zero, such as a density.
    let comes_to_zero = low <= NEAR_ZERO * high;
    if low >= 0.0 && (stands_on_zero || comes_to_zero) {
        let high = if high > 0.0 { high } else { 1.0 };
        return Ok(Scale::around(0.0, high, false).padded(0.0, 0.06));
    }
    Ok(Scale::around(low, high, false).padded(0.07, 0.07))
}

/// The lowest value of points, areas and bands; lines may dive below it out of sight.
fn log_floor(axis: &Axis, layers: &[Layer], x: &Scale) -> Option<f64> {
    let is_solid = |layer: &&Layer| match layer {
        Layer::Points { .. } | Layer::Band { .. } | Layer::HorizontalLine { .. } => true,
        Layer::Histogram { is_filled, .. } => *is_filled,
        _ => false,
    };
    let extents = layers
        .iter()
        .filter(is_solid)
        .flat_map(|layer| extent::extents(layer, x.is_log, axis.is_log, &mut Skipped::default()));
    let (low, _) = extent::hull(extents.filter(|e| e.x.1 >= x.low && e.x.0 <= x.high).map(|e| e.y));
    low.is_finite().then_some(low)
}

/// Half of the last label may stand out to the right.
fn right_margin(x: &Scale, em: f64) -> f64 {
    let last = x.ticks(5).major.last().map_or(0.0, |(_, label)| text_width(label, em));
    (0.5 * last + 0.3 * em).max(0.9 * em)
}
