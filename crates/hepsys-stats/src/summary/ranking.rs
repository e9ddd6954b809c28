use hepsys_core::summary::{Axis, Figure, Layer, Quantity, Role, Summary, Table};

use super::{number, number_or_dash};
use crate::fit::{Impact, RankedParameter, Ranking};

impl Ranking {
    /// The `n_shown` parameters of largest impact with their pulls, constraints and impacts; every fit that failed is named.
    #[must_use]
    pub fn summary(&self, n_shown: usize) -> Summary {
        let title = format!("What moves {}", self.poi);
        let best = Quantity::new(&self.poi, self.best, "1").with_uncertainty(self.error);
        let mut summary = Summary::new(title).quantity(best);
        for (name, error) in self.failures() {
            summary = summary.text(format!("{name}: {error}."));
        }
        let shown: Vec<&RankedParameter> = self.by_impact().into_iter().take(n_shown).collect();
        let caption = format!(
            "The {} of {} nuisance parameters with the largest impact on {}; impacts are of moving a parameter by its standard \
             deviation after and before the fit, and its auxiliary measurement by its standard deviation.",
            shown.len(),
            self.parameters.len(),
            self.poi
        );
        let columns =
            ["rank", "parameter", "pull", "constraint", "after the fit", "before the fit", "measurement"];
        let mut table = Table::new(caption, columns);
        for (rank, parameter) in shown.iter().enumerate() {
            let constraint = parameter.constraint;
            table = table.row([
                (rank + 1).to_string(),
                parameter.name.clone(),
                number_or_dash(constraint.map(|c| c.pull)),
                number_or_dash(constraint.map(|c| c.reduction)),
                both(Some(&parameter.postfit)),
                both(parameter.prefit.as_ref()),
                both(parameter.observable.as_ref()),
            ]);
        }
        summary.table(table).figure(pulls(&shown)).figure(self.impacts(&shown))
    }

    fn impacts(&self, shown: &[&RankedParameter]) -> Figure {
        let caption = format!(
            "How far {} moves when a parameter is fixed one standard deviation above and below its best value; ranks as in the table.",
            self.poi
        );
        let side = |label: &str, role: Role, choose: &dyn Fn(&Impact) -> Option<f64>| {
            let impacts = shown.iter().enumerate().filter_map(|(i, p)| Some((rank(i), choose(&p.postfit)?)));
            let (x, y): (Vec<f64>, Vec<f64>) = impacts.unzip();
            let x_errors = vec![0.4; x.len()];
            Layer::Points { label: label.into(), role, x, y, y_errors: Vec::new(), x_errors }
        };
        let y = Axis::new(format!("move of {}", self.poi), "");
        Figure::new("impacts", caption, Axis::new("rank", ""), y)
            .layer(Layer::HorizontalLine { label: String::new(), role: Role::Reference, y: 0.0 })
            .layer(side("up", Role::Fit, &|i| i.up.as_ref().ok().copied()))
            .layer(side("down", Role::Other, &|i| i.down.as_ref().ok().copied()))
    }
}

fn pulls(shown: &[&RankedParameter]) -> Figure {
    let caption = "Best values of the parameters in standard deviations of their auxiliary measurements; ranks as in the table.";
    let constrained = shown.iter().enumerate().filter_map(|(i, p)| Some((rank(i), p.constraint?)));
    let (x, constraints): (Vec<f64>, Vec<_>) = constrained.unzip();
    let ends = vec![0.5, shown.len() as f64 + 0.5];
    let band = |size: f64| Layer::Band {
        label: format!("±{size}"),
        role: Role::Expectation,
        x: ends.clone(),
        lower: vec![-size; 2],
        upper: vec![size; 2],
    };
    let points = Layer::Points {
        label: "pull".into(),
        role: Role::Fit,
        y: constraints.iter().map(|c| c.pull).collect(),
        y_errors: constraints.iter().map(|c| (c.reduction, c.reduction)).collect(),
        x_errors: Vec::new(),
        x,
    };
    Figure::new("pulls", caption, Axis::new("rank", ""), Axis::new("(θ̂ − θ₀) / σ", ""))
        .layer(band(2.0))
        .layer(band(1.0))
        .layer(points)
}

fn rank(position: usize) -> f64 {
    position as f64 + 1.0
}

fn both(impact: Option<&Impact>) -> String {
    let side = |side: &Result<f64, _>| side.as_ref().map_or_else(|_| "failed".into(), |v| number(*v));
    impact.map_or_else(|| "–".into(), |i| format!("{} / {}", side(&i.up), side(&i.down)))
}
