//! Two Gaussians on the page of the misidentified backgrounds.

use hepsys_advocate::{Bound, Direction, Feature, Sample};
use hepsys_core::summary::{Axis, Figure, Layer, Role, Table};
use hepsys_report::JudgedQuantity;

use super::case::Answer;
use super::figures::role;
use super::tables;
use crate::ExperimentError;
use crate::expected::ExpectedValues;

/// Two Gaussians, where the answer is known.
pub(super) struct Check {
    pub(super) answer: Answer,
    /// The bounds of the densities themselves, up and down.
    pub(super) exact: [Bound; 2],
}

impl Check {
    /// The weight as a function of x: exact, and as found.
    pub(super) fn step(&self, separation: f64) -> Result<Figure, ExperimentError> {
        let [up, _] = &self.exact;
        let binning = &up.grid.axes()[0].1;
        let caption = format!(
            "The weights that push a background of N({}, 1) up while the signal, N(0, 1), stays within its limit: a step, where the ratio of the \
             densities has a value, and what the searches made of it.",
            separation
        );
        let mut figure = Figure::new(
            "weights",
            caption,
            Axis::new("x", "").range(-3.0, 4.0),
            Axis::new("w", "").range(0.75, 1.35),
        )
        .layer(Layer::Histogram {
            label: "exact".into(),
            role: Role::Data,
            edges: binning.edges().to_vec(),
            values: up.weights.clone(),
            errors: Vec::new(),
            is_filled: false,
        });
        let x: Vec<f64> = (0..=350).map(|i| -3.0 + 0.02 * f64::from(i)).collect();
        let points = Sample::from_columns([(Feature::new("x", "1"), x.clone())])?;
        for &method in self.answer.case.params.methods() {
            for (index, found) in self.answer.worst.found(Direction::Up, method).enumerate() {
                let label = if index == 0 { method.name() } else { "" };
                let weights = found.map.weights(&points)?;
                figure = figure.layer(Layer::curve(label, role(method), x.iter().copied().zip(weights)));
            }
        }
        Ok(figure)
    }

    pub(super) fn table(&self) -> Table {
        let caption = "The efficiency of the background. The bound of simulated events knows their fluctuations in each bin.";
        let mut table = Table::new(
            caption,
            [
                "direction",
                "exact",
                "bound of simulated events",
                "method",
                "bias on test events",
                "error of simulation",
                "violation",
            ],
        );
        for reached in self.answer.reached() {
            table = table.row([
                reached.direction.to_string(),
                tables::percent(100.0 * self.exact_bias(reached.direction)),
                tables::percent(reached.bound),
                reached.method.name().to_owned(),
                format!("{:+.2} ± {:.2} %", reached.mean, reached.spread),
                format!("{:.2} %", reached.simulation_error),
                format!("{:+.3} %", reached.violation),
            ]);
        }
        table
    }

    fn exact_bias(&self, direction: Direction) -> f64 {
        self.exact[usize::from(direction == Direction::Down)].bias
    }

    pub(super) fn quantities(&self, expected: &ExpectedValues) -> Vec<JudgedQuantity> {
        let mut quantities = Vec::new();
        for direction in Direction::BOTH {
            let name = format!("two Gaussians, exact, {direction}");
            quantities.push(expected.judge(&name, "%", 100.0 * self.exact_bias(direction), 0.0));
        }
        for reached in self.answer.reached() {
            let name = format!("two Gaussians, {}, {}", reached.method.name(), reached.direction);
            quantities.push(expected.judge(&name, "%", reached.mean, 0.0).with_uncertainty(reached.error()));
        }
        quantities
    }
}
