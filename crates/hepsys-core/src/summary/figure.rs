//! Plots as data.

use serde::{Deserialize, Serialize};

use crate::Template;

/// A plot as data: what is drawn, not how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// A short name for files and links, such as `t-null`.
    pub name: String,
    /// What a reader should see, in a sentence or two.
    pub caption: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// What is drawn, from back to front.
    pub layers: Vec<Layer>,
    /// A second, lower panel on the same horizontal axis: a ratio or a difference.
    pub lower: Option<Panel>,
}

/// The lower panel of a figure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Panel {
    /// Its vertical axis.
    pub y: Axis,
    /// What is drawn in it, from back to front.
    pub layers: Vec<Layer>,
}

impl Figure {
    /// A figure on which nothing is drawn yet.
    #[must_use]
    pub fn new(name: impl Into<String>, caption: impl Into<String>, x: Axis, y: Axis) -> Self {
        Self { name: name.into(), caption: caption.into(), x, y, layers: Vec::new(), lower: None }
    }

    /// Draws one more layer, in front of the others.
    #[must_use]
    pub fn layer(mut self, layer: Layer) -> Self {
        self.layers.push(layer);
        self
    }

    /// Adds a lower panel.
    #[must_use]
    pub fn lower(mut self, y: Axis, layers: impl IntoIterator<Item = Layer>) -> Self {
        self.lower = Some(Panel { y, layers: layers.into_iter().collect() });
        self
    }
}

/// An axis: what it shows, in which unit, and how far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    /// The quantity, such as `m₁₂`.
    pub label: String,
    /// Its unit, or empty where it has none.
    pub unit: String,
    /// Whether it is logarithmic.
    pub is_log: bool,
    /// Where it begins and ends, or `None` to hold everything that is drawn.
    pub range: Option<(f64, f64)>,
}

impl Axis {
    /// A linear axis.
    #[must_use]
    pub fn new(label: impl Into<String>, unit: impl Into<String>) -> Self {
        Self { label: label.into(), unit: unit.into(), is_log: false, range: None }
    }

    /// The same axis in the logarithm.
    #[must_use]
    pub fn log(mut self) -> Self {
        self.is_log = true;
        self
    }

    /// The same axis from `low` to `high`.
    #[must_use]
    pub fn range(mut self, low: f64, high: f64) -> Self {
        self.range = Some((low, high));
        self
    }
}

/// Which of a plot's few roles a layer plays; the report gives each its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// What was observed, or the toys that play its part.
    #[default]
    Data,
    /// The reference, the null hypothesis.
    Reference,
    /// The signal, the alternative hypothesis.
    Signal,
    /// What was learnt or fitted.
    Fit,
    /// The expectation it is compared with, such as a χ² curve.
    Expectation,
    /// A further one.
    Other,
}

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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::{Quantity, Summary, Table};

    #[test]
    fn a_summary_survives_json() {
        let figure = Figure::new("t", "A curve.", Axis::new("x", "GeV").log(), Axis::new("y", ""))
            .layer(Layer::curve("line", Role::Fit, [(1.0, 2.0), (3.0, 4.0)]))
            .lower(
                Axis::new("ratio", ""),
                [Layer::HorizontalLine { label: String::new(), role: Role::Reference, y: 1.0 }],
            );
        let summary = Summary::new("Title")
            .heading("Numbers")
            .quantity(Quantity::new("t", 1.5, "1").with_uncertainty(0.1))
            .table(Table::new("A table", ["a", "b"]).row(["1", "2"]))
            .figure(figure);
        let json = serde_json::to_string(&summary).unwrap();
        assert_eq!(serde_json::from_str::<Summary>(&json).unwrap(), summary);
    }
}
