//! Is the test calibrated whatever the true nuisance parameters are?

use hepsys_core::summary::{Axis, Figure, Layer, Role, Table};
use hepsys_report::JudgedQuantity;
use hepsys_stats::{ChiSquared, Estimate, KolmogorovSmirnov, mean};

use super::Results;
use crate::ExperimentError;
use crate::expected::p_value;

/// The toys at all points, the nominal one first.
pub(super) struct Validation<'a> {
    dof: usize,
    points: Vec<PointNumbers<'a>>,
}

struct PointNumbers<'a> {
    name: &'a str,
    n_toys: usize,
    t: Estimate,
    tau: Estimate,
    /// Of t against χ².
    p: f64,
    /// The same, corrected for the number of points.
    corrected: f64,
    /// The mean of t less that of the nominal point, in standard errors from the spread within all points; zero there.
    pull: f64,
}

impl<'a> Validation<'a> {
    /// `None` without toys at points besides the nominal one.
    pub(super) fn of(results: &Results<'a>, dof: usize) -> Result<Option<Self>, ExperimentError> {
        if results.validation.iter().all(Vec::is_empty) {
            return Ok(None);
        }
        let chi_squared = ChiSquared::new(dof as f64)?;
        let names = results.spec.validation.iter().map(|point| point.name.as_str());
        let toys = results.validation.iter().map(Vec::as_slice);
        let mut points: Vec<PointNumbers<'a>> = Vec::new();
        for (name, toys) in std::iter::once(("nominal", results.null)).chain(names.zip(toys)) {
            let values: Vec<f64> = toys.iter().map(|toy| toy.t).collect();
            let t = mean(&values)?;
            points.push(PointNumbers {
                name,
                n_toys: toys.len(),
                tau: mean(&toys.iter().map(|toy| toy.tau).collect::<Vec<_>>())?,
                p: KolmogorovSmirnov::one_sample(&values, |t| chi_squared.cdf(t))?.p_value().value(),
                corrected: 1.0,
                pull: 0.0,
                t,
            });
        }
        // If the test is calibrated, all points have one distribution: the spread within all of them is better known than that of
        // a few toys each.
        let n_all: usize = points.iter().map(|point| point.n_toys).sum();
        let within =
            points.iter().map(|p| (p.t.uncertainty() * p.n_toys as f64).powi(2)).sum::<f64>() / n_all as f64;
        let (nominal, n) = (points[0].t.value, points[0].n_toys as f64);
        for point in &mut points[1..] {
            point.pull = (point.t.value - nominal) / (within * (1.0 / n + 1.0 / point.n_toys as f64)).sqrt();
        }
        let corrected = holm(&points.iter().map(|point| point.p).collect::<Vec<_>>());
        points.iter_mut().zip(corrected).for_each(|(point, corrected)| point.corrected = corrected);
        Ok(Some(Self { dof, points }))
    }

    pub(super) fn judged(&self) -> Vec<JudgedQuantity> {
        let smallest = self.points.iter().map(|point| point.corrected).fold(1.0, f64::min);
        let largest = self.points.iter().map(|point| point.pull.abs()).fold(0.0, f64::max);
        let mut quantities = vec![
            p_value(
                "smallest KS p-value of the validation, after Holm",
                smallest,
                "t follows χ² at every true value of the nuisance parameters; all points together fail one time in a hundred",
            ),
            JudgedQuantity::judged(
                "largest move of the mean t in the validation",
                "standard errors",
                largest,
                0.0,
                3.0,
            )
            .from_source("t does not depend on the true values of the nuisance parameters"),
        ];
        for point in &self.points[1..] {
            let name = |what: &str| format!("{what}, {}", point.name);
            for (what, estimate) in [("mean of t", point.t), ("mean of τ", point.tau)] {
                let quantity = JudgedQuantity::reported(name(what), "1", estimate.value);
                quantities.push(quantity.with_uncertainty(estimate.uncertainty()));
            }
            quantities.push(JudgedQuantity::reported(name("KS p-value of t"), "1", point.p));
        }
        quantities
    }

    pub(super) fn table(&self) -> Table {
        let mut table = Table::new(
            "Toys whose true nuisance parameters are shifted. τ alone moves with them, t should not. KS p-values are those \
             of t against the target χ², before and after Holm's correction for the number of points.",
            ["truth", "toys", "mean τ", "mean t", "move of mean t in standard errors", "KS p", "corrected"],
        );
        for point in &self.points {
            let estimate = |e: &Estimate| format!("{:.1} ± {:.1}", e.value, e.uncertainty());
            table = table.row([
                point.name.to_owned(),
                point.n_toys.to_string(),
                estimate(&point.tau),
                estimate(&point.t),
                format!("{:+.1}", point.pull),
                format!("{:.3}", point.p),
                format!("{:.3}", point.corrected),
            ]);
        }
        table
    }

    pub(super) fn figure(&self) -> Figure {
        let caption = format!(
            "Mean and standard error of t and of τ over toys at each point of the table; the line is the mean of χ² with {} \
             degrees of freedom.",
            self.dof
        );
        let places: Vec<f64> = (0..self.points.len()).map(|i| i as f64).collect();
        let points = |label: &str, role, offset: f64, of: fn(&PointNumbers<'_>) -> Estimate| Layer::Points {
            label: label.into(),
            role,
            x: places.iter().map(|place| place + offset).collect(),
            y: self.points.iter().map(|point| of(point).value).collect(),
            y_errors: self.points.iter().map(|p| (of(p).uncertainty(), of(p).uncertainty())).collect(),
            x_errors: Vec::new(),
        };
        let names = self.points.iter().map(|point| point.name);
        Figure::new(
            "validation",
            caption,
            Axis::categories("true nuisance parameters", names),
            Axis::new("mean over toys", ""),
        )
        .layer(Layer::HorizontalLine {
            label: format!("χ², {} d.o.f.", self.dof),
            role: Role::Expectation,
            y: self.dof as f64,
        })
        .layer(points("τ", Role::Signal, 0.1, |point| point.tau))
        .layer(points("t = τ − Δ", Role::Data, -0.1, |point| point.t))
    }
}

/// P-values after Holm's correction: none below α means that all hypotheses stand at family-wise level α.
fn holm(p_values: &[f64]) -> Vec<f64> {
    let n = p_values.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut corrected = vec![1.0; n];
    let mut largest: f64 = 0.0;
    for (rank, &i) in order.iter().enumerate() {
        largest = largest.max(((n - rank) as f64 * p_values[i]).min(1.0));
        corrected[i] = largest;
    }
    corrected
}

#[cfg(test)]
mod tests {
    use super::holm;

    #[test]
    fn p_values_are_corrected_from_the_smallest_on() {
        // Holm's own way: 4·0.01, 3·0.013 (not below its predecessor), 2·0.03, 1·0.9.
        let corrected = holm(&[0.03, 0.01, 0.9, 0.013]);
        for (found, expected) in corrected.iter().zip([0.06, 0.04, 0.9, 0.04]) {
            assert!((found - expected).abs() < 1e-12, "{corrected:?}");
        }
        assert_eq!(holm(&[0.7, 0.8]), [1.0, 1.0]);
    }
}
