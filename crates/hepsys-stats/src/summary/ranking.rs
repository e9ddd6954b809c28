use hepsys_core::summary::{Axis, Figure, Layer, Quantity, Role, Summary, Table};

use super::{number_or_dash, rounded};
use crate::fit::{FitError, Impact, RankedParameter, Ranking, has_no_place};

/// How far an axis reaches, of the largest value on it.
const ROOM: f64 = 1.15;

impl Ranking {
    /// The `n_shown` parameters of largest impact with their pulls, constraints and impacts, as a table and as the
    /// figures `pulls` and `impacts`; every fit that failed is named.
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
                constraint.map_or_else(|| "–".into(), |c| rounded(c.pull)),
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
            "How far {} moves when a parameter is fixed one standard deviation above and below its best value. The \
             standard deviation is that after the fit (filled) and that before it (outlines); parameters without auxiliary \
             measurement have none before.",
            self.poi
        );
        let bars =
            |label: &str, role: Role, is_filled: bool, choose: &dyn Fn(&RankedParameter) -> Option<f64>| {
                let moves = shown.iter().enumerate().filter_map(|(i, p)| Some((i as f64, choose(p)?)));
                let (y, to): (Vec<f64>, Vec<f64>) = moves.unzip();
                Layer::Bars { label: label.into(), role, from: vec![0.0; y.len()], y, to, is_filled }
            };
        let up = |impact: &Impact| impact.up.as_ref().ok().copied();
        let down = |impact: &Impact| impact.down.as_ref().ok().copied();
        let layers = [
            bars("+1σ post-fit", Role::Fit, true, &|p| up(&p.postfit)),
            bars("−1σ post-fit", Role::Other, true, &|p| down(&p.postfit)),
            bars("+1σ pre-fit", Role::Fit, false, &|p| up(p.prefit.as_ref()?)),
            bars("−1σ pre-fit", Role::Other, false, &|p| down(p.prefit.as_ref()?)),
            Layer::VerticalLine { label: String::new(), role: Role::Data, x: 0.0 },
        ];
        let largest = layers.iter().flat_map(|layer| match layer {
            Layer::Bars { to, .. } => to.as_slice(),
            _ => &[],
        });
        let x = symmetric(Axis::new(format!("impact on {}", self.poi), ""), largest.map(|v| v.abs()));
        layers.into_iter().fold(Figure::new("impacts", caption, x, names(shown)), Figure::layer)
    }
}

/// The parameters from the largest impact at the top downwards.
fn names(shown: &[&RankedParameter]) -> Axis {
    Axis::categories("", shown.iter().map(|p| p.name.as_str()))
}

/// The axis with zero in its middle and room around the largest of these.
fn symmetric(axis: Axis, sizes: impl Iterator<Item = f64>) -> Axis {
    let largest = sizes.fold(0.0, f64::max);
    if largest > 0.0 { axis.range(-ROOM * largest, ROOM * largest) } else { axis }
}

fn pulls(shown: &[&RankedParameter]) -> Figure {
    let caption = "Best values of the parameters in standard deviations of their auxiliary measurements, with their standard \
                   deviations after the fit; parameters without such a measurement have no point. The order is that of the \
                   impacts.";
    let constrained = shown.iter().enumerate().filter_map(|(i, p)| Some((i as f64, p.constraint?)));
    let (y, constraints): (Vec<f64>, Vec<_>) = constrained.unzip();
    let ends = shown.len() as f64 - 0.5;
    let band = |size: f64| Layer::Band {
        label: format!("±{size}"),
        role: Role::Expectation,
        x: vec![-size, size],
        lower: vec![-0.5; 2],
        upper: vec![ends; 2],
    };
    let sizes = constraints.iter().map(|c| c.pull.abs() + c.reduction);
    let x = symmetric(Axis::new("(θ̂ − θ₀) / σ", ""), sizes.chain([2.0]));
    let points = Layer::Points {
        label: "pull".into(),
        role: Role::Data,
        x: constraints.iter().map(|c| c.pull).collect(),
        y,
        y_errors: Vec::new(),
        x_errors: constraints.iter().map(|c| c.reduction).collect(),
    };
    Figure::new("pulls", caption, x, names(shown)).layer(band(2.0)).layer(band(1.0)).layer(points)
}

fn both(impact: Option<&Impact>) -> String {
    let side = |side: &Result<f64, FitError>| match side {
        Ok(value) => rounded(*value),
        Err(error) if has_no_place(error) => "–".into(),
        Err(_) => "failed".into(),
    };
    impact.map_or_else(|| "–".into(), |i| format!("{} / {}", side(&i.up), side(&i.down)))
}
