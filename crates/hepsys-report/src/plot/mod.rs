//! Figures as SVG, in the look of the field.

mod bars;
mod canvas;
mod extent;
mod geometry;
mod heat_map;
mod layers;
mod layout;
mod legend;
mod matrix;
mod measure;
mod names;
mod panel;
mod pens;
mod ranges;
mod scale;
mod ticks;

use hepsys_core::summary::Figure;

use crate::{ReportError, Style, palette, text};

pub(crate) use legend::label;
pub(crate) use matrix::Matrix;

/// A figure as a standalone SVG on a white card.
///
/// Ticks point inwards on all four sides, axis titles stand at the ends of their axes with the unit in
/// brackets, and the legend takes the emptiest corner or the headroom it needs.
/// Values that have no place (not finite, or not positive on a logarithmic axis) are left out, and a line
/// below the figure says how many. The same figure gives the same bytes.
///
/// # Errors
///
/// [`ReportError::BadLayer`] if the columns of a layer differ in length, the edges of a histogram do not
/// rise, the rows of a matrix differ in length or a map has no place on its axes, [`ReportError::BadAxis`] if
/// the range of an axis cannot be drawn, [`ReportError::BadStyle`] if the style leaves no room.
///
/// # Examples
///
/// ```
/// use hepsys_report::summary::{Axis, Figure, Layer, Role};
/// use hepsys_report::{Style, svg};
/// let figure = Figure::new("scan", "A parabola.", Axis::new("μ", ""), Axis::new("−2 Δ ln L", ""))
///     .layer(Layer::curve("likelihood", Role::Fit, (-20..=20).map(|i| (0.1 * f64::from(i), 0.01 * f64::from(i * i)))));
/// let drawing = svg(&figure, &Style::default())?;
/// assert!(drawing.starts_with("<svg"));
/// # Ok::<(), hepsys_report::ReportError>(())
/// ```
pub fn svg(figure: &Figure, style: &Style) -> Result<String, ReportError> {
    drawing(figure, style, &text::slug(&figure.name))
}

/// The figure as SVG whose ids begin with `id`, so that several can share a page.
pub(crate) fn drawing(figure: &Figure, style: &Style, id: &str) -> Result<String, ReportError> {
    style.check()?;
    let layout = layout::Layout::of(figure, style)?;
    let body = canvas::render(layout.width, layout.height, |canvas| {
        let whole = [(0.0, 0.0), (layout.width, 0.0), (layout.width, layout.height), (0.0, layout.height)];
        canvas.area(&whole, palette::CARD, 1.0)?;
        layout.draw(canvas, figure)
    })?;
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"{}\" width=\"{:.2}cm\" height=\"{:.2}cm\" \
         role=\"img\" aria-labelledby=\"{id}-title {id}-desc\">\n\
         <title id=\"{id}-title\">{}</title>\n<desc id=\"{id}-desc\">{}</desc>\n{body}</svg>\n",
        canvas::view_box(layout.width, layout.height),
        layout.width / 72.0 * 2.54,
        layout.height / 72.0 * 2.54,
        text::escape(&figure.name),
        text::escape(&description(figure, &layout.notes)),
    ))
}

/// The figure in words, for readers who do not see it.
pub(crate) fn description(figure: &Figure, notes: &[String]) -> String {
    let labels = |layers: &[hepsys_core::summary::Layer]| {
        layers.iter().map(legend::label).filter(|l| !l.is_empty()).collect::<Vec<_>>().join(", ")
    };
    let axes = [&figure.y, &figure.x].map(|axis| axis.label.as_str());
    let mut words = match axes {
        ["", ""] => Vec::new(),
        ["", label] | [label, ""] => vec![format!("{label}.")],
        [y, x] => vec![format!("{y} against {x}.")],
    };
    let shown = labels(&figure.layers);
    if !shown.is_empty() {
        words.push(format!("Shown: {shown}."));
    }
    if let Some(lower) = &figure.lower {
        words.push(format!("Lower panel: {}.", lower.y.label));
    }
    words.push(figure.caption.clone());
    words.extend(notes.iter().cloned());
    words.retain(|w| !w.is_empty());
    words.join(" ")
}
