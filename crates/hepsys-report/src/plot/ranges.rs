//! How far the axes of a figure reach.

use hepsys_core::summary::{Axis, Figure, Layer};

use super::extent::{self, Extent, Skipped};
use super::scale::Scale;
use crate::ReportError;

/// How deep lines alone take a logarithmic axis below their highest value: six decades.
const LINE_DEPTH: f64 = 1e-6;
/// Where the lowest value counts as zero, relative to the highest.
const NEAR_ZERO: f64 = 0.02;

/// The horizontal axis: bins end at the frame, points and bars stay away from it.
pub(super) fn x_scale<'a>(
    figure: &Figure,
    extents: impl Iterator<Item = &'a Extent>,
) -> Result<Scale, ReportError> {
    if let Some(scale) = asked(figure, &figure.x)? {
        return Ok(scale);
    }
    let (low, high) = extent::hull(extents.map(|e| e.x));
    let scale = Scale::around(low, high, figure.x.is_log);
    let keeps_away = figure.layers.iter().all(|layer| match layer {
        Layer::Points { x_errors, .. } => x_errors.is_empty(),
        Layer::VerticalLine { .. } | Layer::HorizontalLine { .. } | Layer::Bars { .. } => true,
        _ => false,
    });
    Ok(if keeps_away { scale.padded(0.05, 0.05) } else { scale })
}

/// A vertical axis: it holds what lies within the horizontal range; histograms stand on zero.
pub(super) fn y_scale(
    figure: &Figure,
    axis: &Axis,
    layers: &[Layer],
    extents: &[Extent],
    x: &Scale,
) -> Result<Scale, ReportError> {
    if let Some(scale) = asked(figure, axis)? {
        // Names are read from the top.
        let is_reversed = !axis.names.is_empty();
        return Ok(if is_reversed { Scale { low: scale.high, high: scale.low, ..scale } } else { scale });
    }
    let shown = extents.iter().filter(|e| e.x.1 >= x.low && e.x.0 <= x.high);
    let (low, high) = extent::hull(shown.map(|e| e.y));
    // A map ends at the frame, as bins do.
    let fills_frame = layers.iter().any(is_map);
    let stands_on_zero = layers.iter().any(|layer| matches!(layer, Layer::Histogram { .. }));
    if axis.is_log {
        if low > high {
            return Ok(Scale::around(low, high, true));
        }
        let low = low.max(log_floor(axis, layers, x).unwrap_or(high * LINE_DEPTH)).min(high);
        let scale = Scale::around(low, high, true);
        return Ok(if fills_frame { scale } else { scale.padded(0.04, 0.06) });
    }
    if fills_frame {
        return Ok(Scale::around(low, high, false));
    }
    // So does what comes down to zero, such as a density.
    let comes_to_zero = low <= NEAR_ZERO * high;
    if low >= 0.0 && (stands_on_zero || comes_to_zero) {
        let high = if high > 0.0 { high } else { 1.0 };
        return Ok(Scale::around(0.0, high, false).padded(0.0, 0.06));
    }
    Ok(Scale::around(low, high, false).padded(0.07, 0.07))
}

/// Whether a layer is a matrix whose rows lie on an axis of numbers.
pub(super) fn is_map(layer: &Layer) -> bool {
    matches!(layer, Layer::HeatMap { rows: Some(_), .. })
}

fn asked(figure: &Figure, axis: &Axis) -> Result<Option<Scale>, ReportError> {
    Scale::asked(axis).transpose().map_err(|reason| ReportError::BadAxis {
        figure: figure.name.clone(),
        axis: axis.label.clone(),
        reason,
    })
}

/// The lowest value of points, areas and bands; lines may dive below it out of sight.
fn log_floor(axis: &Axis, layers: &[Layer], x: &Scale) -> Option<f64> {
    let is_solid = |layer: &&Layer| match layer {
        Layer::Points { .. } | Layer::Band { .. } | Layer::HorizontalLine { .. } => true,
        Layer::HeatMap { .. } => true,
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
