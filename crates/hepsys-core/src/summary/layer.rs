//! What is drawn on a plot.

use serde::{Deserialize, Serialize};

use super::Role;
use crate::Template;

/// One thing drawn on a plot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
#[non_exhaustive]
pub enum Layer {
    /// Points with vertical errors, and horizontal ones where they stand for bins.
    Points {
        /// Its entry in the legend; empty for none.
        label: String,
        /// Its role.
        role: Role,
        /// Where they are.
        x: Vec<f64>,
        /// Their values.
        y: Vec<f64>,
        /// How far the error bar reaches below and above each, or empty.
        y_errors: Vec<(f64, f64)>,
        /// Half the width of each, or empty.
        x_errors: Vec<f64>,
    },
    /// A histogram.
    Histogram {
        /// Its entry in the legend; empty for none.
        label: String,
        /// Its role.
        role: Role,
        /// The edges, one more than there are bins.
        edges: Vec<f64>,
        /// The height of each bin.
        values: Vec<f64>,
        /// One standard deviation of each, drawn as a hatched band, or empty.
        errors: Vec<f64>,
        /// Whether it is filled, as references are, or a line.
        is_filled: bool,
    },
    /// A line through points.
    Curve {
        /// Its entry in the legend; empty for none.
        label: String,
        /// Its role.
        role: Role,
        /// Where its points are.
        x: Vec<f64>,
        /// Their values.
        y: Vec<f64>,
        /// Whether it is dashed.
        is_dashed: bool,
    },
    /// The area between two curves.
    Band {
        /// Its entry in the legend; empty for none.
        label: String,
        /// Its role.
        role: Role,
        /// Where its points are.
        x: Vec<f64>,
        /// Its lower edge.
        lower: Vec<f64>,
        /// Its upper edge.
        upper: Vec<f64>,
    },
    /// A vertical line across the panel.
    VerticalLine {
        /// Its entry in the legend; empty for none.
        label: String,
        /// Its role.
        role: Role,
        /// Where it stands.
        x: f64,
    },
    /// A horizontal line across the panel.
    HorizontalLine {
        /// Its entry in the legend; empty for none.
        label: String,
        /// Its role.
        role: Role,
        /// How high it lies.
        y: f64,
    },
    /// Horizontal bars, one a place of the vertical axis, such as the impacts of a ranking.
    Bars {
        /// Its entry in the legend; empty for none.
        label: String,
        /// Its role.
        role: Role,
        /// The middle of each; it is seven tenths of a place high.
        y: Vec<f64>,
        /// Where each begins.
        from: Vec<f64>,
        /// Where each ends, to the left of its beginning or to the right.
        to: Vec<f64>,
        /// Whether they are filled, or outlines.
        is_filled: bool,
    },
    /// A matrix as coloured cells: correlations between axes of names, or a function of two quantities.
    ///
    /// [`Layer::heat_map`] makes the former and [`Layer::map`] the latter.
    HeatMap {
        /// What the values are, written at the scale of colours; empty for nothing.
        label: String,
        /// How many columns there are.
        n_columns: usize,
        /// The values, row by row; a cell whose value is NaN is hatched.
        values: Vec<f64>,
        /// Where the colours end: this far below and above the middle.
        limit: f64,
        /// The outer edges of the first and the last column on the horizontal axis.
        ///
        /// Columns are equally wide, in the logarithm where the axis is logarithmic.
        /// Without edges each is one place wide, and column 0 is centred at the place 0.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        columns: Option<(f64, f64)>,
        /// The same of the rows on the vertical axis; row 0 lies at the lower value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rows: Option<(f64, f64)>,
        /// The value without colour, such as 0 of a difference or 1 of a ratio.
        #[serde(default, skip_serializing_if = "is_zero")]
        middle: f64,
    },
}

impl Layer {
    /// A histogram of a template, filled, with its statistical band.
    #[must_use]
    pub fn filled(label: impl Into<String>, role: Role, template: &Template) -> Self {
        Self::Histogram {
            label: label.into(),
            role,
            edges: template.binning().edges().to_vec(),
            values: template.yields().to_vec(),
            errors: template.uncertainties(),
            is_filled: true,
        }
    }

    /// A histogram of a template as a line, without band.
    #[must_use]
    pub fn line(label: impl Into<String>, role: Role, template: &Template) -> Self {
        Self::Histogram {
            label: label.into(),
            role,
            edges: template.binning().edges().to_vec(),
            values: template.yields().to_vec(),
            errors: Vec::new(),
            is_filled: false,
        }
    }

    /// A template as points with errors, one a bin; empty bins are left out.
    #[must_use]
    pub fn points(label: impl Into<String>, role: Role, template: &Template) -> Self {
        let filled: Vec<usize> =
            (0..template.yields().len()).filter(|&i| template.variances()[i] > 0.0).collect();
        let choose = |values: &[f64]| filled.iter().map(|&i| values[i]).collect::<Vec<_>>();
        Self::Points {
            label: label.into(),
            role,
            x: choose(&template.binning().centers()),
            y: choose(template.yields()),
            y_errors: choose(&template.uncertainties()).into_iter().map(|e| (e, e)).collect(),
            x_errors: choose(&template.binning().widths()).into_iter().map(|w| 0.5 * w).collect(),
        }
    }

    /// A line through the points of `curve`.
    #[must_use]
    pub fn curve(label: impl Into<String>, role: Role, curve: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let (x, y) = curve.into_iter().unzip();
        Self::Curve { label: label.into(), role, x, y, is_dashed: false }
    }

    /// A matrix between axes of names, `values` row by row, with colours from −`limit` over zero to `limit`.
    ///
    /// Column 0 is centred at the place 0 of the horizontal axis, row 0 at that of the vertical one.
    ///
    /// ```
    /// use hepsys_core::summary::{Axis, Figure, Layer};
    /// let names = || Axis::categories("", ["energy scale", "luminosity"]);
    /// let correlations = Figure::new("correlations", "After the fit.", names(), names())
    ///     .layer(Layer::heat_map("correlation", 2, vec![1.0, -0.3, -0.3, 1.0], 1.0));
    /// # assert_eq!(correlations.layers.len(), 1);
    /// ```
    #[must_use]
    pub fn heat_map(label: impl Into<String>, n_columns: usize, values: Vec<f64>, limit: f64) -> Self {
        Self::HeatMap {
            label: label.into(),
            n_columns,
            values,
            limit,
            columns: None,
            rows: None,
            middle: 0.0,
        }
    }

    /// A function of two quantities between axes of numbers.
    ///
    /// Its cells reach from `x.0` to `x.1` and from `y.0` to `y.1`.
    /// `values` begin with the lowest row, from left to right, as loops over $y$ and, within, over $x$ give them.
    /// The colours run from `middle` − `limit` over `middle` to `middle` + `limit`.
    /// Layers that follow, such as contours, are drawn over it.
    ///
    /// ```
    /// use hepsys_core::summary::{Axis, Figure, Layer};
    /// let n = 30;
    /// let center = |i: usize, (low, high): (f64, f64)| low + (i as f64 + 0.5) / n as f64 * (high - low);
    /// let (mass, angle) = ((200.0, 400.0), (-1.0, 1.0));
    /// let weight = |m: f64, cos: f64| 1.0 + 0.001 * (m - 300.0) * cos;
    /// let weights = (0..n * n).map(|at| weight(center(at % n, mass), center(at / n, angle))).collect();
    /// let figure = Figure::new("weights", "What it learned.", Axis::new("m₁₂", "GeV"), Axis::new("cos θ", ""))
    ///     .layer(Layer::map("weight", mass, angle, n, weights, (1.0, 0.2)));
    /// # assert_eq!(figure.layers.len(), 1);
    /// ```
    #[must_use]
    pub fn map(
        label: impl Into<String>,
        x: (f64, f64),
        y: (f64, f64),
        n_columns: usize,
        values: Vec<f64>,
        (middle, limit): (f64, f64),
    ) -> Self {
        Self::HeatMap {
            label: label.into(),
            n_columns,
            values,
            limit,
            columns: Some(x),
            rows: Some(y),
            middle,
        }
    }
}

/// A reference, as `serde` asks for it.
fn is_zero(value: &f64) -> bool {
    *value == 0.0
}
