//! Plots as data.

use serde::{Deserialize, Serialize};

use super::Layer;

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
    /// What stands at the places 0, 1, 2 and so on instead of numbers; empty on an axis of numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
}

impl Axis {
    /// A linear axis.
    #[must_use]
    pub fn new(label: impl Into<String>, unit: impl Into<String>) -> Self {
        Self { label: label.into(), unit: unit.into(), is_log: false, range: None, names: Vec::new() }
    }

    /// An axis of names: the first is centred at 0, the next at 1, and the axis begins and ends half a place beyond them.
    ///
    /// Upright, the first name stands at the top.
    ///
    /// ```
    /// use hepsys_core::summary::{Axis, Figure, Layer, Role};
    /// let parameters = Axis::categories("", ["energy scale", "luminosity"]);
    /// let impacts = Figure::new("impacts", "What moves μ.", Axis::new("impact on μ", ""), parameters).layer(Layer::Bars {
    ///     label: "up".into(),
    ///     role: Role::Fit,
    ///     y: vec![0.0, 1.0],
    ///     from: vec![0.0, 0.0],
    ///     to: vec![0.21, -0.08],
    ///     is_filled: true,
    /// });
    /// assert_eq!(impacts.y.names[1], "luminosity");
    /// ```
    #[must_use]
    pub fn categories<S: Into<String>>(label: impl Into<String>, names: impl IntoIterator<Item = S>) -> Self {
        Self { names: names.into_iter().map(Into::into).collect(), ..Self::new(label, "") }
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

    #[test]
    fn names_bars_and_matrices_survive_json() {
        let names = || Axis::categories("", ["a", "b"]);
        let bars = Layer::Bars {
            label: "up".into(),
            role: Role::Fit,
            y: vec![0.0, 1.0],
            from: vec![0.0; 2],
            to: vec![0.5, -0.25],
            is_filled: false,
        };
        let matrix = Layer::heat_map("correlation", 2, vec![1.0, 0.5, 0.5, 1.0], 1.0);
        let map = Layer::map("weight", (200.0, 400.0), (-1.0, 1.0), 2, vec![1.25; 4], (1.0, 0.5));
        let figure = Figure::new("f", "", names(), names()).layer(matrix).layer(map).layer(bars);
        let json = serde_json::to_string(&figure).unwrap();
        assert!(json.contains(r#""kind":"heat_map""#), "{json}");
        assert_eq!(serde_json::from_str::<Figure>(&json).unwrap(), figure);
    }

    #[test]
    fn a_matrix_written_before_there_were_maps_reads() {
        let json = r#"{"kind":"heat_map","label":"m","n_columns":1,"values":[0.5],"limit":1.0}"#;
        let matrix: Layer = serde_json::from_str(json).unwrap();
        assert_eq!(matrix, Layer::heat_map("m", 1, vec![0.5], 1.0));
        assert_eq!(serde_json::to_string(&matrix).unwrap(), json);
    }

    #[test]
    fn an_axis_written_before_there_were_names_reads() {
        let json = r#"{"label":"m","unit":"GeV","is_log":true,"range":[1.0,2.0]}"#;
        let axis: Axis = serde_json::from_str(json).unwrap();
        assert_eq!(axis, Axis::new("m", "GeV").log().range(1.0, 2.0));
        assert_eq!(serde_json::to_string(&axis).unwrap(), json);
    }
}
