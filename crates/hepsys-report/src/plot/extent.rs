//! How far the layers reach, what of them cannot be shown, and whether they fit together.

use hepsys_core::summary::Layer;

use super::bars::HALF;
use super::matrix::Matrix;
use super::scale::Scale;

/// Something drawn, as the rectangle around it, in the values of the axes.
///
/// Lines across the panel reach to infinity along it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Extent {
    pub(super) x: (f64, f64),
    pub(super) y: (f64, f64),
    /// Whether the whole area down to the axis is filled.
    pub(super) is_filled: bool,
}

/// How many values have no place on the axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Skipped {
    /// Not a number, infinite, or beyond what an axis can span.
    pub(super) not_finite: usize,
    /// Zero or negative on a logarithmic axis.
    pub(super) not_positive: usize,
    /// Cells of a matrix that are hatched.
    pub(super) cells: usize,
}

impl Skipped {
    /// Whether a point has a place; if not, it is counted.
    fn admits(&mut self, values: &[(f64, bool)]) -> bool {
        if values.iter().any(|(v, _)| !Scale::can_show(*v, false)) {
            self.not_finite += 1;
            false
        } else if values.iter().any(|(v, is_log)| !Scale::can_show(*v, *is_log)) {
            self.not_positive += 1;
            false
        } else {
            true
        }
    }

    /// What the reader has to be told.
    pub(super) fn notes(&self) -> Vec<String> {
        let values = |n: usize| if n == 1 { "1 value".to_owned() } else { format!("{n} values") };
        let mut notes = Vec::new();
        if self.not_finite > 0 {
            notes.push(format!("Not drawn: {} that cannot be placed (not finite).", values(self.not_finite)));
        }
        if self.not_positive > 0 {
            notes.push(format!("Not drawn: {} ≤ 0 on a logarithmic axis.", values(self.not_positive)));
        }
        match self.cells {
            0 => {}
            1 => notes.push("Hatched: 1 cell without a value.".to_owned()),
            n => notes.push(format!("Hatched: {n} cells without a value.")),
        }
        notes
    }
}

/// What is wrong with the shape of a layer on axes that are logarithmic or not, if anything.
pub(super) fn fault(layer: &Layer, is_log: [bool; 2]) -> Option<String> {
    let unequal = |what: &str, found: usize, expected: usize| {
        (found != expected).then(|| format!("expected {expected} {what}, found {found}"))
    };
    let or_none = |what: &str, found: usize, expected: usize| {
        if found == 0 { None } else { unequal(what, found, expected) }
    };
    match layer {
        Layer::Points { x, y, y_errors, x_errors, .. } => unequal("values of y", y.len(), x.len())
            .or_else(|| or_none("errors of y", y_errors.len(), x.len()))
            .or_else(|| or_none("errors of x", x_errors.len(), x.len())),
        Layer::Histogram { edges, values, errors, .. } => {
            let n_edges = if values.is_empty() && edges.is_empty() { 0 } else { values.len() + 1 };
            unequal("edges", edges.len(), n_edges)
                .or_else(|| or_none("errors", errors.len(), values.len()))
                .or_else(|| falling_edge(edges))
        }
        Layer::Curve { x, y, .. } => unequal("values of y", y.len(), x.len()),
        Layer::Band { x, lower, upper, .. } => unequal("values of the lower edge", lower.len(), x.len())
            .or_else(|| unequal("values of the upper edge", upper.len(), x.len())),
        Layer::Bars { y, from, to, .. } => {
            unequal("beginnings", from.len(), y.len()).or_else(|| unequal("ends", to.len(), y.len()))
        }
        Layer::HeatMap { .. } => Matrix::of(layer, is_log)?.fault(),
        _ => None,
    }
}

fn falling_edge(edges: &[f64]) -> Option<String> {
    let fault = edges.windows(2).position(|e| e[0] >= e[1])?;
    Some(format!("edges must rise, but {} is followed by {}", edges[fault], edges[fault + 1]))
}

/// The extents of a layer on axes that are logarithmic or not; what has no place is counted.
pub(super) fn extents(layer: &Layer, x_log: bool, y_log: bool, skipped: &mut Skipped) -> Vec<Extent> {
    let mut found = Vec::new();
    let line = |x, y| Extent { x, y, is_filled: false };
    match layer {
        Layer::Points { x, y, y_errors, x_errors, .. } => {
            for i in 0..x.len() {
                if skipped.admits(&[(x[i], x_log), (y[i], y_log)]) {
                    let (below, above) = y_errors.get(i).copied().unwrap_or((0.0, 0.0));
                    let half = x_errors.get(i).copied().unwrap_or(0.0);
                    found.push(line(
                        (reach(x[i], -half, x_log), reach(x[i], half, x_log)),
                        (reach(y[i], -below, y_log), reach(y[i], above, y_log)),
                    ));
                }
            }
        }
        Layer::Histogram { edges, values, errors, is_filled, .. } => {
            for (i, &value) in values.iter().enumerate() {
                // An empty bin on a logarithmic axis is drawn: it lies on the axis.
                if skipped.admits(&[(edges[i], x_log), (edges[i + 1], x_log), (value, false)]) {
                    let error = errors.get(i).copied().unwrap_or(0.0);
                    let y = if Scale::can_show(value, y_log) {
                        (reach(value, -error, y_log), reach(value, error, y_log))
                    } else {
                        (f64::INFINITY, f64::NEG_INFINITY)
                    };
                    found.push(Extent { x: (edges[i], edges[i + 1]), y, is_filled: *is_filled });
                }
            }
        }
        Layer::Curve { x, y, .. } => {
            let shown: Vec<bool> =
                (0..x.len()).map(|i| skipped.admits(&[(x[i], x_log), (y[i], y_log)])).collect();
            for i in 0..x.len() {
                if shown[i] {
                    let j = if i + 1 < x.len() && shown[i + 1] { i + 1 } else { i };
                    found.push(line((x[i].min(x[j]), x[i].max(x[j])), (y[i].min(y[j]), y[i].max(y[j]))));
                }
            }
        }
        Layer::Band { x, lower, upper, .. } => {
            for i in 0..x.len() {
                if skipped.admits(&[(x[i], x_log), (lower[i], false), (upper[i], y_log)]) {
                    let low = if Scale::can_show(lower[i], y_log) { lower[i] } else { upper[i] };
                    let next = x.get(i + 1).copied().filter(|v| Scale::can_show(*v, x_log)).unwrap_or(x[i]);
                    found
                        .push(line((x[i].min(next), x[i].max(next)), (low.min(upper[i]), low.max(upper[i]))));
                }
            }
        }
        Layer::VerticalLine { x, .. } => {
            let is_shown = skipped.admits(&[(*x, x_log)]);
            found.extend(is_shown.then(|| line((*x, *x), (f64::NEG_INFINITY, f64::INFINITY))));
        }
        Layer::HorizontalLine { y, .. } => {
            let is_shown = skipped.admits(&[(*y, y_log)]);
            found.extend(is_shown.then(|| line((f64::NEG_INFINITY, f64::INFINITY), (*y, *y))));
        }
        Layer::Bars { y, from, to, .. } => {
            for i in 0..y.len() {
                let ends = (y[i] - HALF, y[i] + HALF);
                if skipped.admits(&[(from[i], x_log), (to[i], x_log), (ends.0, y_log), (ends.1, y_log)]) {
                    found.push(line((from[i].min(to[i]), from[i].max(to[i])), ends));
                }
            }
        }
        Layer::HeatMap { values, .. } => {
            skipped.cells += values.iter().filter(|v| v.is_nan()).count();
            let hulls = Matrix::of(layer, [x_log, y_log]).map(|m| (m.columns.hull(), m.rows.hull()));
            if let Some((Some(x), Some(y))) = hulls {
                found.push(line(x, y));
            }
        }
        _ => {}
    }
    found
}

/// The end of an error bar, or the value itself where the bar ends nowhere on the axis.
fn reach(value: f64, error: f64, is_log: bool) -> f64 {
    let end = value + error;
    if Scale::can_show(end, is_log) { end } else { value }
}

/// The lowest and highest of these ranges that are finite.
pub(super) fn hull(ranges: impl Iterator<Item = (f64, f64)>) -> (f64, f64) {
    ranges
        .flat_map(|(a, b)| [a, b])
        .filter(|v| v.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
}

#[cfg(test)]
mod tests {
    use hepsys_core::summary::Role;

    use super::*;

    fn points(y: Vec<f64>) -> Layer {
        let x = (0..y.len()).map(|i| 1.0 + i as f64).collect();
        Layer::Points {
            label: String::new(),
            role: Role::Data,
            x,
            y,
            y_errors: Vec::new(),
            x_errors: Vec::new(),
        }
    }

    #[test]
    fn what_cannot_be_shown_is_counted_by_its_reason() {
        let mut skipped = Skipped::default();
        let found = extents(&points(vec![f64::NAN, 1.0, 0.0, -2.0, 1e300]), false, true, &mut skipped);
        assert_eq!(found.len(), 1);
        assert_eq!(skipped, Skipped { not_finite: 2, not_positive: 2, cells: 0 });
        assert_eq!(skipped.notes().len(), 2);
    }

    #[test]
    fn an_empty_bin_on_a_logarithmic_axis_is_not_an_omission() {
        let layer = Layer::Histogram {
            label: String::new(),
            role: Role::Reference,
            edges: vec![0.0, 1.0, 2.0],
            values: vec![0.0, 3.0],
            errors: Vec::new(),
            is_filled: true,
        };
        let mut skipped = Skipped::default();
        assert_eq!(extents(&layer, false, true, &mut skipped).len(), 2);
        assert_eq!(skipped, Skipped::default());
    }

    #[test]
    fn a_layer_that_does_not_fit_together_is_named() {
        let layer = Layer::Curve {
            label: String::new(),
            role: Role::Fit,
            x: vec![1.0, 2.0],
            y: vec![1.0],
            is_dashed: false,
        };
        let fault = |layer: &Layer| fault(layer, [false; 2]);
        assert_eq!(fault(&layer).unwrap(), "expected 2 values of y, found 1");
        let matrix = |n_columns, limit| Layer::heat_map("", n_columns, vec![0.0; 5], limit);
        assert_eq!(fault(&matrix(2, 1.0)).unwrap(), "expected rows of 2 values, found 5");
        assert!(fault(&matrix(0, 1.0)).is_some() && fault(&matrix(5, f64::NAN)).is_some());
        assert_eq!(fault(&matrix(5, 1.0)), None);
    }
}
