use hepsys_core::summary::{Axis, Figure, Layer, Role, Summary, Table};
use hepsys_stats::{Estimate, KolmogorovSmirnov, NullDistribution, StatsError, holm, mean};

use crate::{Outcome, Truth};

/// Does a test keep its distribution whatever the true nuisance parameters are?
///
/// It holds toys made at several true values: $t$ has to follow one distribution at all of them, while τ alone moves.
#[derive(Debug, Clone)]
pub struct Validation {
    null: NullDistribution,
    points: Vec<ValidationPoint>,
}

/// What the toys at one truth say.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ValidationPoint {
    /// The true values of the nuisance parameters.
    pub truth: Truth,
    /// How many toys there are.
    pub n_toys: usize,
    /// The mean of $t$.
    pub t: Estimate,
    /// The mean of τ.
    pub tau: Estimate,
    /// The p-value of the Kolmogorov–Smirnov test of $t$ against the null distribution.
    pub p_value: f64,
    /// The same after Holm's correction for the number of points.
    pub corrected: f64,
    /// The mean of $t$ less that of the first point, in standard errors from the spread within all points; zero at the first.
    pub pull: f64,
}

impl Validation {
    /// The verdict on toys at several truths, the first of which is nominal.
    ///
    /// The null distribution must not come from the toys themselves: χ² with $|w|$ degrees of freedom, or one fitted to other
    /// toys.
    ///
    /// # Errors
    ///
    /// [`StatsError::TooFewValues`] if there are fewer than two toys at a truth, or no truth at all.
    pub fn new(null: NullDistribution, toys: Vec<(Truth, Vec<Outcome>)>) -> Result<Self, StatsError> {
        let mut points: Vec<ValidationPoint> = Vec::with_capacity(toys.len());
        for (truth, outcomes) in toys {
            let values: Vec<f64> = outcomes.iter().map(|o| o.t).collect();
            let t = mean(&values)?;
            points.push(ValidationPoint {
                truth,
                n_toys: values.len(),
                tau: mean(&outcomes.iter().map(|o| o.tau).collect::<Vec<_>>())?,
                p_value: KolmogorovSmirnov::one_sample(&values, |t| null.cdf(t))?.p_value().value(),
                corrected: f64::NAN,
                pull: 0.0,
                t,
            });
        }
        if points.is_empty() {
            return Err(StatsError::TooFewValues { what: "a validation".into(), needed: 1, found: 0 });
        }
        // If the test is valid, all points have one distribution: the spread within them, taken together, is better known than
        // that of a few toys each.
        let variance = |p: &ValidationPoint| p.t.uncertainty().powi(2) * p.n_toys as f64;
        let freedom = |p: &ValidationPoint| p.n_toys as f64 - 1.0;
        let within = points.iter().map(|p| freedom(p) * variance(p)).sum::<f64>()
            / points.iter().map(freedom).sum::<f64>();
        let (mean, n) = (points[0].t.value, points[0].n_toys as f64);
        for point in &mut points[1..] {
            point.pull = (point.t.value - mean) / (within * (1.0 / n + 1.0 / point.n_toys as f64)).sqrt();
        }
        let corrected = holm(&points.iter().map(|p| p.p_value).collect::<Vec<_>>());
        points.iter_mut().zip(corrected).for_each(|(point, p)| point.corrected = p);
        Ok(Self { null, points })
    }

    /// The points, in the order of their truths.
    #[must_use]
    pub fn points(&self) -> &[ValidationPoint] {
        &self.points
    }

    /// The smallest p-value of all points, after Holm's correction.
    #[must_use]
    pub fn smallest_p_value(&self) -> f64 {
        // NaN, which no comparison lets pass, stays.
        self.points.iter().map(|p| p.corrected).fold(1.0, |a, b| if b < a || b.is_nan() { b } else { a })
    }

    /// How far the mean of $t$ moves from the first point at most, in standard errors.
    #[must_use]
    pub fn largest_pull(&self) -> f64 {
        self.points.iter().map(|p| p.pull.abs()).fold(0.0, |a, b| if b > a || b.is_nan() { b } else { a })
    }

    /// Whether no point is rejected at the family-wise level `level`, and none moves the mean of $t$ by three standard errors.
    #[must_use]
    pub fn is_valid(&self, level: f64) -> bool {
        self.smallest_p_value() > level && self.largest_pull() < 3.0
    }

    /// The means of $t$ and τ at every point.
    #[must_use]
    pub fn figure(&self) -> Figure {
        let labels = self.points.iter().map(|p| p.truth.label());
        let places: Vec<f64> = (0..self.points.len()).map(|i| i as f64).collect();
        let layer = |label: &str, role, shift: f64, of: fn(&ValidationPoint) -> Estimate| {
            let estimates: Vec<Estimate> = self.points.iter().map(of).collect();
            Layer::Points {
                label: label.into(),
                role,
                x: places.iter().map(|x| x + shift).collect(),
                y: estimates.iter().map(|e| e.value).collect(),
                y_errors: estimates.iter().map(|e| (e.value - e.lower, e.upper - e.value)).collect(),
                x_errors: Vec::new(),
            }
        };
        let target = match &self.null {
            NullDistribution::ChiSquared(chi_squared) => Some(chi_squared.dof()),
            _ => None,
        };
        let figure = Figure::new(
            "validation",
            "Means of the statistic over toys whose true nuisance parameters are shifted, with standard errors: τ moves with \
             them, t = τ − Δ must not.",
            Axis::categories("true nuisance parameters", labels),
            Axis::new("mean of the statistic", ""),
        )
        .layer(layer("τ", Role::Reference, -0.08, |p| p.tau))
        .layer(layer("t = τ − Δ", Role::Data, 0.08, |p| p.t));
        match target {
            Some(dof) => figure.layer(Layer::HorizontalLine {
                label: format!("χ² with {dof:.0} degrees of freedom"),
                role: Role::Expectation,
                y: dof,
            }),
            None => figure,
        }
    }

    /// The toys at every point in numbers.
    #[must_use]
    pub fn table(&self) -> Table {
        let mut table = Table::new(
            "Toys made with these true nuisance parameters. KS p-values are against the distribution of the test without shift; \
             corrected ones count all points (Holm). The shift is that of the mean of t from the first point, in standard errors.",
            ["truth", "toys", "mean τ", "mean t", "shift of t", "KS p-value", "corrected"],
        );
        for point in &self.points {
            table = table.row([
                point.truth.label().to_owned(),
                point.n_toys.to_string(),
                format!("{:.2} ± {:.2}", point.tau.value, point.tau.uncertainty()),
                format!("{:.2} ± {:.2}", point.t.value, point.t.uncertainty()),
                format!("{:+.1}", point.pull),
                format!("{:.3}", point.p_value),
                format!("{:.3}", point.corrected),
            ]);
        }
        table
    }

    /// The verdict as a table and a figure.
    #[must_use]
    pub fn summary(&self) -> Summary {
        Summary::new("Validation with shifted nuisance parameters").table(self.table()).figure(self.figure())
    }
}
