//! The legend: what it lists, how large it is, and where it hides least.

use hepsys_core::summary::{Layer, Role};

use super::bars::draw_bar;
use super::canvas::{Anchor, Canvas, Pen};
use super::extent::Extent;
use super::geometry::Rect;
use super::layers::{draw_hatch, draw_marker};
use super::measure::{text_width, wrap};
use super::panel::Panel;
use super::pens::Look;
use super::scale::Scale;
use crate::{ReportError, palette};

/// The entries of a legend, laid out but not placed. Lengths in points.
pub(super) struct Legend<'a> {
    entries: Vec<(Vec<String>, &'a Layer, Look)>,
    em: f64,
    width: f64,
    height: f64,
}

const SAMPLE: f64 = 2.1;
const GAP: f64 = 0.5;
const LINE: f64 = 1.3;
/// How wide a legend may be in any case.
const NARROW: f64 = 13.0;

impl<'a> Legend<'a> {
    /// The legend of these layers in a frame of this width; layers without a label are not listed.
    pub(super) fn new(layers: &'a [Layer], looks: &[Look], frame_width: f64, em: f64) -> Option<Self> {
        // A narrow frame, beside long names, gives all it has.
        let width = (0.6 * frame_width).max((frame_width - 2.0 * em).min(NARROW * em));
        let room = width - (SAMPLE + GAP) * em;
        let mut entries: Vec<_> = layers
            .iter()
            .zip(looks)
            // The scale of its colours names a matrix.
            .filter(|(layer, _)| !label(layer).trim().is_empty() && !matches!(layer, Layer::HeatMap { .. }))
            .map(|(layer, look)| (wrap(label(layer), em, room), layer, *look))
            .collect();
        // Data are drawn last and listed first.
        entries.sort_by_key(|(.., look)| look.role != Role::Data);
        let widest =
            entries.iter().flat_map(|(lines, ..)| lines).map(|l| text_width(l, em)).fold(0.0, f64::max);
        let n_lines: usize = entries.iter().map(|(lines, ..)| lines.len()).sum();
        (!entries.is_empty()).then_some(Self {
            entries,
            em,
            width: (SAMPLE + GAP) * em + widest,
            height: n_lines as f64 * LINE * em,
        })
    }

    /// How high it is, with the room around it.
    pub(super) fn height(&self) -> f64 {
        self.height + 1.3 * self.em
    }

    /// The place in the frame where the legend covers nothing, or the least, and how much it covers there.
    ///
    /// Corners come first, then places between them.
    pub(super) fn emptiest_place(&self, panel: &Panel, extents: &[Extent]) -> (Rect, usize) {
        let covered = |place: &Rect| extents.iter().filter(|e| covers(panel, place, e)).count();
        let [upper_right, upper_left, lower_right, lower_left] = self.corners(panel);
        let mut best = (upper_right, covered(&upper_right));
        let between = (0..=10).flat_map(|row| (0..=4).map(move |column| (f64::from(column), f64::from(row))));
        let between = between.map(|(column, row)| {
            let left = upper_right.left + 0.25 * column * (upper_left.left - upper_right.left);
            let top = upper_right.top + 0.1 * row * (lower_right.top - upper_right.top);
            Rect { left, top, right: left + self.width, bottom: top + self.height }
        });
        for place in [upper_left, lower_right, lower_left].into_iter().chain(between) {
            if best.1 == 0 {
                break;
            }
            let n = covered(&place);
            if n < best.1 {
                best = (place, n);
            }
        }
        best
    }

    /// The vertical axis with just the headroom that frees one of the upper corners.
    ///
    /// `None` where the legend would take more than half of the panel.
    pub(super) fn headroom(&self, panel: &Panel, extents: &[Extent]) -> Option<Scale> {
        let price = |is_crossed: bool| if is_crossed { 0.3 } else { 0.0 };
        let best = self.corners(panel)[..2]
            .iter()
            .filter_map(|place| {
                let highest = extents
                    .iter()
                    .filter(|e| e.y.1.is_finite() && reaches_into(panel, place, e))
                    // Names are counted from the top.
                    .flat_map(|e| [panel.y.fraction(e.y.0), panel.y.fraction(e.y.1)])
                    .flatten()
                    .fold(0.0, f64::max);
                // A line across the panel stays behind the legend wherever it is: better elsewhere.
                let is_crossed = extents.iter().any(|e| !e.y.1.is_finite() && reaches_into(panel, place, e));
                let free_above = (panel.frame.bottom - place.bottom - GAP * self.em) / panel.frame.height();
                (free_above > 0.45).then(|| ((highest / free_above - 1.0).max(0.0), is_crossed))
            })
            .min_by(|a, b| (a.0 + price(a.1)).total_cmp(&(b.0 + price(b.1))))?;
        Some(panel.y.padded(0.0, best.0))
    }

    /// Upper right, upper left, lower right, lower left: the order of preference.
    fn corners(&self, panel: &Panel) -> [Rect; 4] {
        let inset = 1.0 * self.em;
        let frame = panel.frame;
        let at =
            |left: f64, top: f64| Rect { left, top, right: left + self.width, bottom: top + self.height };
        let (left, right) = (frame.left + inset, frame.right - inset - self.width);
        let (top, bottom) = (frame.top + 0.8 * inset, frame.bottom - inset - self.height);
        [at(right, top), at(left, top), at(right, bottom), at(left, bottom)]
    }

    /// Draws it at this place, on a card of its own where it covers something.
    pub(super) fn draw(&self, canvas: &Canvas<'_>, place: Rect, is_on_card: bool) -> Result<(), ReportError> {
        let em = self.em;
        if is_on_card {
            let card = Rect {
                left: place.left - 0.3 * em,
                top: place.top - 0.2 * em,
                right: place.right + 0.3 * em,
                bottom: place.bottom + 0.2 * em,
            };
            canvas.area(&card.corners(), palette::CARD, 0.92)?;
        }
        let mut top = place.top;
        for (lines, layer, look) in &self.entries {
            let middle = top + 0.5 * LINE * em;
            let sample = Rect {
                left: place.left,
                top: middle - 0.36 * em,
                right: place.left + SAMPLE * em,
                bottom: middle + 0.36 * em,
            };
            self.draw_sample(canvas, sample, layer, look)?;
            for line in lines {
                let baseline = (sample.right + GAP * em, top + 0.5 * LINE * em + 0.36 * em);
                canvas.text(baseline, line, em, Anchor::Start)?;
                top += LINE * em;
            }
        }
        Ok(())
    }

    fn draw_sample(
        &self,
        canvas: &Canvas<'_>,
        area: Rect,
        layer: &Layer,
        look: &Look,
    ) -> Result<(), ReportError> {
        let middle = 0.5 * (area.top + area.bottom);
        let center = 0.5 * (area.left + area.right);
        let across = [(area.left, middle), (area.right, middle)];
        match layer {
            Layer::Points { y_errors, x_errors, .. } => {
                let pen = Pen { width: 0.11 * self.em, dash: &[], ..look.pen };
                if y_errors.is_empty() && !x_errors.is_empty() {
                    canvas.line(&across, pen)?;
                } else if !y_errors.is_empty() {
                    canvas.line(
                        &[(center, area.top - 0.1 * self.em), (center, area.bottom + 0.1 * self.em)],
                        pen,
                    )?;
                }
                draw_marker(canvas, (center, middle), look, self.em)
            }
            Layer::Histogram { is_filled, errors, .. } => {
                if *is_filled {
                    canvas.area(&area.corners(), look.fill, 1.0)?;
                    let mut outline = area.corners().to_vec();
                    outline.push(outline[0]);
                    canvas.line(&outline, look.pen)?;
                } else {
                    canvas.line(&across, look.pen)?;
                }
                if errors.is_empty() { Ok(()) } else { draw_hatch(canvas, &area, area, self.em) }
            }
            Layer::Band { .. } => {
                let (ink, opacity) = look.band;
                canvas.area(&area.corners(), ink, opacity)?;
                let edge = Pen { width: 0.05 * self.em, dash: &[], ..look.pen };
                canvas.line(&[(area.left, area.top), (area.right, area.top)], edge)?;
                canvas.line(&[(area.left, area.bottom), (area.right, area.bottom)], edge)
            }
            Layer::Bars { is_filled, .. } => {
                draw_bar(canvas, &area, ((area.left, area.bottom), (area.right, area.top)), *is_filled, look)
            }
            Layer::VerticalLine { .. } => canvas
                .line(&[(center, area.bottom + 0.1 * self.em), (center, area.top - 0.1 * self.em)], look.pen),
            _ => canvas.line(&across, look.pen),
        }
    }
}

/// What a layer is called in the legend.
pub(crate) fn label(layer: &Layer) -> &str {
    match layer {
        Layer::Points { label, .. }
        | Layer::Histogram { label, .. }
        | Layer::Curve { label, .. }
        | Layer::Band { label, .. }
        | Layer::VerticalLine { label, .. }
        | Layer::HorizontalLine { label, .. }
        | Layer::Bars { label, .. }
        | Layer::HeatMap { label, .. } => label,
        _ => "",
    }
}

/// Whether something drawn reaches into the columns of a place.
fn reaches_into(panel: &Panel, place: &Rect, extent: &Extent) -> bool {
    let at = |x: f64, end: f64| if x.is_finite() { panel.place_x(x).unwrap_or(end) } else { end };
    let margin = 0.4 * panel.em;
    at(extent.x.0, panel.frame.left) < place.right + margin
        && at(extent.x.1, panel.frame.right) > place.left - margin
}

fn covers(panel: &Panel, place: &Rect, extent: &Extent) -> bool {
    if extent.y.0 > extent.y.1 || !reaches_into(panel, place, extent) {
        return false;
    }
    let frame = panel.frame;
    let margin = 0.3 * panel.em;
    let at = |y: f64, end: f64| if y.is_finite() { panel.place_y(y).unwrap_or(end) } else { end };
    let top = at(extent.y.1, frame.top);
    let bottom = if extent.is_filled { frame.bottom } else { at(extent.y.0, frame.bottom) };
    let drawn =
        Rect { left: 0.0, right: 1.0, top: top.min(bottom) - margin, bottom: bottom.max(top) + margin };
    drawn.overlaps(&Rect { left: 0.0, right: 1.0, ..*place })
}
