//! Where everything of a figure goes.

use hepsys_core::summary::{Axis, Figure, Layer};

use super::canvas::{Anchor, Canvas};
use super::extent::{self, Extent, Skipped};
use super::geometry::Rect;
use super::heat_map::{SCALE_HEIGHT, draw_scale};
use super::layers::draw_layer;
use super::legend::{Legend, label};
use super::matrix::Matrix;
use super::measure::text_width;
use super::names;
use super::panel::Panel;
use super::pens::looks;
use super::ranges::{is_map, x_scale, y_scale};
use super::scale::Scale;
use super::ticks::Ticks;
use crate::{ReportError, Style};

/// The height of a lower panel, of the upper one.
const LOWER: f64 = 0.36;
/// How wide the longest name on an axis may be, of the width of the figure, beside a matrix and beside anything else.
const NAME_ROOM: (f64, f64) = (0.36, 0.5);
/// How far apart rows with names are, of the size of the text.
const ROW: (f64, f64) = (1.3, 2.2);
/// The length of a long tick among cells or bars and elsewhere, of the size of the text.
const TICK: (f64, f64) = (0.36, 0.8);
/// How high a matrix may be for its names, of its width.
const TALLEST: f64 = 3.0;

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
        let matrix = figure.layers.iter().find_map(n_columns);
        let top = if matrix.is_some() { 0.8 + SCALE_HEIGHT } else { 0.8 } * em;
        let frame = Rect {
            left: 5.0 * em,
            top,
            right: style.width_pt() - right_margin(&x, &figure.x, em),
            bottom: top + upper_height,
        };
        let y = y_scale(figure, &figure.y, &figure.layers, &upper_extents, &x)?;
        let name_share = if matrix.is_some() { NAME_ROOM.0 } else { NAME_ROOM.1 };
        let mut upper = Panel { frame, x, y, em, name_room: name_share * style.width_pt() };
        if !figure.y.names.is_empty() {
            upper.frame.left = upper.left_margin(&upper.y_ticks(&figure.y), &figure.y);
            upper.frame.bottom = top + rows_height(&upper, figure, matrix, &upper_extents);
        }
        let frame = upper.frame;
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
            let margin =
                upper.left_margin(&upper.y_ticks(&figure.y), &figure.y).max(match (&lower, &figure.lower) {
                    (Some(panel), Some(described)) => {
                        panel.left_margin(&panel.y_ticks(&described.y), &described.y)
                    }
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
        if !figure.x.names.is_empty() {
            notes.extend(names::note(names::every(em, upper.column_width())));
        }
        let lowest = lower.unwrap_or(upper);
        let bottom = lowest.frame.bottom + lowest.bottom_margin(&lowest.x_ticks(&figure.x), &figure.x);
        let height = bottom + 1.1 * notes.len() as f64 * em;
        Ok(Self { width: style.width_pt(), height, notes, em, upper, lower, upper_extents, lower_extents })
    }

    /// Draws the figure as decided.
    pub(super) fn draw(&self, canvas: &Canvas<'_>, figure: &Figure) -> Result<(), ReportError> {
        let x_ticks = self.upper.x_ticks(&figure.x);
        let y_ticks = self.upper.y_ticks(&figure.y);
        draw_panel(canvas, &self.upper, &figure.layers, &self.upper_extents, [&x_ticks, &y_ticks])?;
        let is_log = [figure.x.is_log, figure.y.is_log];
        if let Some((layer, matrix)) = figure.layers.iter().find_map(|l| Some((l, Matrix::of(l, is_log)?))) {
            draw_scale(canvas, &self.upper, label(layer), matrix.colors.scale())?;
        }
        self.upper.draw_y_labels(canvas, &y_ticks, &figure.y, true)?;
        match (&self.lower, &figure.lower) {
            (Some(panel), Some(described)) => {
                let y_ticks = panel.y_ticks(&described.y);
                draw_panel(canvas, panel, &described.layers, &self.lower_extents, [&x_ticks, &y_ticks])?;
                panel.draw_y_labels(canvas, &y_ticks, &described.y, false)?;
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
    fn x_ticks(&self, axis: &Axis) -> Ticks {
        if !axis.names.is_empty() {
            return names::ticks(axis, self.em, self.name_room, self.column_width());
        }
        let n = (self.frame.width() / (5.5 * self.em)).clamp(2.0, 8.0) as usize;
        // Fewer than three labels do not tell a scale, if there is room for more.
        let has_room = |ticks: &Ticks| {
            let widths = ticks.major.iter().map(|(_, label)| text_width(label, self.em) + 0.6 * self.em);
            widths.sum::<f64>() <= self.frame.width()
        };
        let finer = (n..n + 4).map(|n| self.x.ticks(n)).find(|ticks| ticks.major.len() >= 3);
        finer.filter(has_room).unwrap_or_else(|| self.x.ticks(n))
    }

    fn y_ticks(&self, axis: &Axis) -> Ticks {
        if !axis.names.is_empty() {
            let spacing = self.frame.height() / (self.y.high - self.y.low).abs();
            return names::ticks(axis, self.em, self.name_room, spacing);
        }
        self.y.ticks((self.frame.height() / (3.4 * self.em)).clamp(3.0, 7.0) as usize)
    }

    /// How wide a place of a named horizontal axis is.
    fn column_width(&self) -> f64 {
        self.frame.width() / (self.x.high - self.x.low)
    }
}

/// How many columns the matrix has, if it is one.
fn n_columns(layer: &Layer) -> Option<usize> {
    match layer {
        Layer::HeatMap { n_columns, .. } => Some(*n_columns),
        _ => None,
    }
}

/// The height at which all names beside the frame can be read and the cells of a matrix are about square.
fn rows_height(panel: &Panel, figure: &Figure, matrix: Option<usize>, extents: &[Extent]) -> f64 {
    let n_rows = figure.y.names.len() as f64;
    let (low, high) = (ROW.0 * panel.em, ROW.1 * panel.em);
    let row = panel.frame.height() / n_rows;
    if let Some(n_columns) = matrix {
        let square = panel.frame.width() / n_columns.max(1) as f64;
        // Beyond some size a matrix is read as a picture, not by its names.
        let is_picture = n_rows * low > TALLEST * panel.frame.width();
        return n_rows * if is_picture { square } else { row.min(square).max(low) };
    }
    let height = n_rows * row.clamp(low, high);
    let looks = looks(&figure.layers, panel.em);
    let Some(legend) = Legend::new(&figure.layers, &looks, panel.frame.width(), panel.em) else {
        return height;
    };
    // A few rows are lower than a legend.
    let height = height.max(legend.height());
    let panel = Panel { frame: Rect { bottom: panel.frame.top + height, ..panel.frame }, ..*panel };
    if legend.emptiest_place(&panel, extents).1 > 0 { height + legend.height() } else { height }
}

fn draw_panel(
    canvas: &Canvas<'_>,
    panel: &Panel,
    layers: &[Layer],
    extents: &[Extent],
    ticks: [&Ticks; 2],
) -> Result<(), ReportError> {
    let looks = looks(layers, panel.em);
    for (layer, look) in layers.iter().zip(&looks) {
        draw_layer(canvas, panel, layer, look)?;
    }
    if let Some(legend) = Legend::new(layers, &looks, panel.frame.width(), panel.em) {
        let (place, n_covered) = legend.emptiest_place(panel, extents);
        legend.draw(canvas, place, n_covered > 0)?;
    }
    // Ticks stay clear of the bars beside names and of what is written in the cells of a map.
    let tick_length = if ticks[1].is_bare || layers.iter().any(is_map) { TICK.0 } else { TICK.1 };
    panel.draw_frame(canvas, ticks, tick_length)
}

fn with_headroom(panel: &Panel, layers: &[Layer], extents: &[Extent]) -> Scale {
    // A map fills its frame, and the legend lies on it.
    if layers.iter().any(is_map) {
        return panel.y;
    }
    let looks = looks(layers, panel.em);
    let Some(legend) = Legend::new(layers, &looks, panel.frame.width(), panel.em) else { return panel.y };
    let (_, n_covered) = legend.emptiest_place(panel, extents);
    if n_covered == 0 { panel.y } else { legend.headroom(panel, extents).unwrap_or(panel.y) }
}

fn check_layers(figure: &Figure) -> Result<(), ReportError> {
    let upper = figure.layers.iter().map(|layer| (layer, &figure.y));
    let lower = figure.lower.iter().flat_map(|p| p.layers.iter().map(|layer| (layer, &p.y)));
    for (layer, (described, y)) in upper.chain(lower).enumerate() {
        if let Some(reason) = extent::fault(described, [figure.x.is_log, y.is_log]) {
            return Err(ReportError::BadLayer { figure: figure.name.clone(), layer, reason });
        }
    }
    Ok(())
}

fn all_extents(layers: &[Layer], x: &Axis, y: &Axis, skipped: &mut Skipped) -> Vec<Extent> {
    layers.iter().flat_map(|layer| extent::extents(layer, x.is_log, y.is_log, skipped)).collect()
}

/// Half of the last label may stand out to the right.
fn right_margin(x: &Scale, axis: &Axis, em: f64) -> f64 {
    if !axis.names.is_empty() {
        return 0.9 * em;
    }
    let last = x.ticks(5).major.last().map_or(0.0, |(_, label)| text_width(label, em));
    (0.5 * last + 0.3 * em).max(0.9 * em)
}
