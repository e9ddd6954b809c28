//! Where the cells of a matrix lie on the axes, and what its colours stand for.

use hepsys_core::summary::Layer;

use super::scale::Scale;
use crate::number::minus;
use crate::palette;

/// A matrix between two axes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Matrix<'a> {
    pub(crate) columns: Cells,
    pub(crate) rows: Cells,
    /// Row by row.
    pub(crate) values: &'a [f64],
    pub(super) colors: Colors,
}

impl<'a> Matrix<'a> {
    /// The matrix of a layer, if it has one, on axes that are logarithmic or not.
    pub(crate) fn of(layer: &'a Layer, [x_log, y_log]: [bool; 2]) -> Option<Self> {
        let Layer::HeatMap { n_columns, values, limit, columns, rows, middle, .. } = layer else {
            return None;
        };
        let n_rows = values.len().checked_div(*n_columns).unwrap_or(0);
        Some(Self {
            columns: Cells { n: *n_columns, ends: *columns, is_log: x_log },
            rows: Cells { n: n_rows, ends: *rows, is_log: y_log },
            values,
            colors: Colors { middle: *middle, limit: *limit },
        })
    }

    /// What keeps it from being drawn, if anything.
    pub(super) fn fault(&self) -> Option<String> {
        let n_columns = self.columns.n;
        let Colors { middle, limit } = self.colors;
        if !(limit > 0.0 && Scale::can_show(limit, true)) {
            return Some(format!("the limit must be positive and finite, got {limit}"));
        }
        if self.values.len() > self.rows.n * n_columns {
            return Some(format!("expected rows of {n_columns} values, found {}", self.values.len()));
        }
        let colors = self.colors.scale().checked().err();
        colors
            .map(|reason| format!("colours around {middle}: {reason}"))
            .or_else(|| self.columns.fault().map(|reason| format!("columns: {reason}")))
            .or_else(|| self.rows.fault().map(|reason| format!("rows: {reason}")))
    }
}

/// The cells of a matrix along one axis.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cells {
    pub(crate) n: usize,
    /// The outer edges; without them a cell is centred at its number.
    ends: Option<(f64, f64)>,
    is_log: bool,
}

impl Cells {
    /// Whether the axis is one of numbers, on which the cells have edges.
    pub(crate) fn has_edges(&self) -> bool {
        self.ends.is_some()
    }

    /// The middle of a cell as it is drawn.
    pub(crate) fn center(&self, cell: usize) -> f64 {
        self.at(cell as f64 + 0.5)
    }

    /// The edges of the cells from one to another.
    pub(super) fn edges(&self, first: usize, last: usize) -> (f64, f64) {
        (self.at(first as f64), self.at(last as f64 + 1.0))
    }

    /// The outer edges of all cells that have a place on the axis.
    pub(super) fn hull(&self) -> Option<(f64, f64)> {
        // The place 0 is none on a logarithmic axis.
        let first = usize::from(self.is_log && self.ends.is_none());
        (first < self.n).then(|| self.edges(first, self.n - 1))
    }

    /// The value on the axis after a number of cells.
    fn at(&self, n: f64) -> f64 {
        let Some((low, high)) = self.ends else { return n - 0.5 };
        let t = n / self.n as f64;
        // Exact at both ends, so that neighbouring panels and axes agree.
        if self.is_log && n > 0.0 && t < 1.0 {
            ((1.0 - t) * low.ln() + t * high.ln()).exp()
        } else {
            (1.0 - t) * low + t * high
        }
    }

    fn fault(&self) -> Option<String> {
        let (low, high) = self.ends?;
        Scale { low, high, is_log: self.is_log }.checked().err()
    }
}

/// What the colours stand for: the middle one and how far they reach from it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Colors {
    middle: f64,
    limit: f64,
}

impl Colors {
    /// From the first colour to the last.
    pub(super) fn scale(&self) -> Scale {
        Scale { low: self.middle - self.limit, high: self.middle + self.limit, is_log: false }
    }

    /// The colour of a value, or none of a value that is none.
    pub(super) fn step(&self, value: f64) -> Option<usize> {
        let half = (palette::DIVERGING.len() / 2) as f64;
        let distance = ((value - self.middle) / self.limit).clamp(-1.0, 1.0);
        (!value.is_nan()).then(|| (distance * half + half).round() as usize)
    }

    /// Two digits behind the point where the colours span about one, and as many in all for larger and smaller spans.
    pub(super) fn label(&self, value: f64) -> String {
        if !value.is_finite() {
            return String::new();
        }
        let decimals = (2.0 - self.limit.log10().ceil()).clamp(0.0, 6.0) as usize;
        minus(&format!("{value:.decimals$}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colors(middle: f64, limit: f64) -> Colors {
        Colors { middle, limit }
    }

    #[test]
    fn values_beyond_the_limit_have_the_last_colour_and_the_middle_has_the_middle_one() {
        let last = palette::DIVERGING.len() - 1;
        assert_eq!(colors(0.0, 1.0).step(7.0), Some(last));
        assert_eq!(colors(0.0, 1.0).step(f64::NEG_INFINITY), Some(0));
        assert_eq!(colors(0.0, 1.0).step(f64::NAN), None);
        for middle in [0.0, 1.0, -3.5] {
            assert_eq!(colors(middle, 0.5).step(middle), Some(last / 2));
            assert_eq!(colors(middle, 0.5).step(middle + 0.5), Some(last));
        }
    }

    #[test]
    fn cells_have_two_digits() {
        assert_eq!(colors(0.0, 1.0).label(-0.237), "−0.24");
        assert_eq!(colors(0.0, 1.0).label(-0.001), "0.00");
        assert_eq!(colors(0.0, 300.0).label(123.4), "123");
        assert_eq!(colors(0.0, 0.05).label(0.0123), "0.012");
        assert_eq!(colors(1.0, 0.2).label(0.8765), "0.88");
    }

    #[test]
    fn cells_divide_their_axis_evenly() {
        let cells = |ends, is_log| Cells { n: 2, ends, is_log };
        assert_eq!(cells(None, false).edges(1, 1), (0.5, 1.5));
        assert_eq!(cells(None, false).center(1), 1.0);
        assert_eq!(cells(Some((-1.0, 3.0)), false).edges(0, 0), (-1.0, 1.0));
        let logarithmic = cells(Some((1.0, 100.0)), true);
        assert_eq!(logarithmic.hull(), Some((1.0, 100.0)));
        assert!((logarithmic.edges(0, 0).1 - 10.0).abs() < 1e-12, "the geometric mean, to rounding");
    }

    #[test]
    fn a_map_that_has_no_place_is_named() {
        let fault = |x, y, colors, is_log| {
            let map = Layer::map("", x, y, 1, vec![1.0], colors);
            Matrix::of(&map, [is_log; 2]).unwrap().fault()
        };
        let unit = (0.0, 1.0);
        assert_eq!(fault(unit, unit, (1.0, 0.2), false), None);
        for (x, y, colors, is_log, reason) in [
            ((1.0, 0.0), unit, unit, false, "columns: the range must rise"),
            (unit, (0.0, f64::NAN), unit, false, "rows: the range must be finite"),
            (unit, unit, unit, true, "columns: a logarithmic range must be positive"),
            (unit, unit, (f64::INFINITY, 1.0), false, "colours around inf: the range must be finite"),
            (unit, unit, (1.0, 1e-14), false, "colours around 1: the range is too narrow"),
        ] {
            let found = fault(x, y, colors, is_log).unwrap();
            assert!(found.starts_with(reason), "{found}");
        }
    }
}
