use hepsys_core::Summary;
use hepsys_core::summary::{Axis, Figure, Layer, Quantity, Role, Table};

use super::scores::Scores;
use super::validation::CrossValidation;

impl CrossValidation {
    /// The scores beside those of the mean of the parent, parent by parent too, and what was predicted against what is listed.
    #[must_use]
    pub fn summary(&self, title: &str) -> Summary {
        let (scores, baseline) = (self.scores(), self.baseline());
        let columns = [
            "parent",
            "modes",
            "RMSE",
            "RMSE of the mean",
            "mean |error|",
            "rank correlation",
            "within 1 σ",
            "within 2 σ",
        ];
        let caption = "Differences between predicted and listed branching fractions in powers of ten.";
        let parents = self.by_parent().into_iter().map(|(parent, modes)| modes.row(&parent));
        let table = parents.chain([self.row("all")]).fold(Table::new(caption, columns), Table::row);
        Summary::new(title)
            .quantity(Quantity::new("RMSE", scores.rmse, "dex"))
            .quantity(Quantity::new("RMSE of the mean of the parent", baseline.rmse, "dex"))
            .quantity(Quantity::new("mean of predicted less listed", self.bias(), "dex"))
            .quantity(Quantity::new("rank correlation", scores.rank_correlation, "1"))
            .quantity(Quantity::new("part within one standard deviation", self.coverage(1.0), "1"))
            .quantity(Quantity::new("part within two standard deviations", self.coverage(2.0), "1"))
            .table(table)
            .figure(self.figure())
    }

    fn row(&self, name: &str) -> [String; 8] {
        let Scores { n_modes, rmse, mean_absolute_error, rank_correlation } = self.scores();
        let number = |value: f64| format!("{value:.2}");
        [
            name.to_owned(),
            n_modes.to_string(),
            number(rmse),
            number(self.baseline().rmse),
            number(mean_absolute_error),
            number(rank_correlation),
            number(self.coverage(1.0)),
            number(self.coverage(2.0)),
        ]
    }

    fn figure(&self) -> Figure {
        let (x, y): (Vec<f64>, Vec<f64>) =
            self.modes.iter().map(|mode| (mode.listed, mode.predicted)).unzip();
        let low = x.iter().chain(&y).copied().fold(0.0, f64::min).floor();
        let points = Layer::Points {
            label: "modes".to_owned(),
            role: Role::Data,
            x,
            y,
            y_errors: Vec::new(),
            x_errors: Vec::new(),
        };
        let axis = |label: &str| Axis::new(format!("log10 of the {label} branching fraction"), "");
        let caption = "Predictions of modes that the model has not seen, against the table.";
        Figure::new("fractions", caption, axis("listed"), axis("predicted"))
            .layer(points)
            .layer(Layer::curve("equal", Role::Expectation, [(low, low), (0.0, 0.0)]))
    }
}
