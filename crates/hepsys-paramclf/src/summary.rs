use hepsys_core::Summary;
use hepsys_core::summary::{Axis, Figure, Layer, Quantity, Role};

use crate::{Measured, ParamclfError, ProfilePoint, Templates};

impl Measured {
    /// μ and z with their intervals, how far these data constrain z, and what to be warned of.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let mut mu = Quantity::new("μ", self.mu, "1");
        if let Some(half) = self.half_width() {
            mu = mu.with_uncertainty(half);
        }
        let mut z = Quantity::new("z", self.z, "");
        if let Some(error) = self.z_error() {
            z = z.with_uncertainty(error);
        }
        let mut summary = Summary::new("Measurement").quantity(mu).quantity(z);
        if let Some(ratio) = self.z_constraint() {
            summary = summary.quantity(Quantity::new("error of z over its prior uncertainty", ratio, "1"));
        }
        if let Some(pull) = self.z_pull() {
            summary = summary.quantity(Quantity::new("pull of z", pull, "1"));
        }
        self.warnings().into_iter().fold(summary, Summary::text)
    }
}

/// A profile as a curve of −2ΔlnL over μ.
#[must_use]
pub fn profile_curve(label: impl Into<String>, role: Role, points: &[ProfilePoint]) -> Layer {
    Layer::curve(label, role, points.iter().map(|point| (point.mu, point.rise)))
}

/// The templates of signal (lines) and background (dashed) at some values of z, each normalised to one: does the score move?
///
/// # Errors
///
/// [`ParamclfError::Stats`] for a value beyond the templates, [`ParamclfError::BadParameter`] if `edges` are not those of the bins.
pub fn score_figure(
    name: impl Into<String>,
    caption: impl Into<String>,
    x: Axis,
    edges: &[f64],
    templates: &Templates,
    values: &[f64],
) -> Result<Figure, ParamclfError> {
    if edges.len() != templates.n_bins() + 1 {
        let expected = format!("{} edges, one more than bins", templates.n_bins() + 1);
        return Err(ParamclfError::bad("the edges of the figure", expected, edges.len()));
    }
    const ROLES: [Role; 5] = [Role::Reference, Role::Signal, Role::Fit, Role::Other, Role::Expectation];
    let mut figure = Figure::new(name, caption, x, Axis::new("part of the events per bin", ""));
    for (&z, role) in values.iter().zip(ROLES.into_iter().cycle()) {
        let shape = |morph: &hepsys_stats::morph::TemplateMorph| -> Result<Vec<f64>, ParamclfError> {
            let yields = morph.at(z)?.yields;
            let total: f64 = yields.iter().sum();
            Ok(yields.iter().map(|y| y / total).collect())
        };
        let (signal, background) = (shape(templates.signal())?, shape(templates.background())?);
        let (x, y) = steps(edges, &background);
        figure = figure
            .layer(Layer::Histogram {
                label: format!("z = {z:.2}"),
                role,
                edges: edges.to_vec(),
                values: signal,
                errors: Vec::new(),
                is_filled: false,
            })
            .layer(Layer::Curve { label: String::new(), role, x, y, is_dashed: true });
    }
    Ok(figure)
}

/// The outline of a histogram.
fn steps(edges: &[f64], values: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let x = edges.windows(2).flat_map(|pair| [pair[0], pair[1]]).collect();
    let y = values.iter().flat_map(|value| [*value, *value]).collect();
    (x, y)
}
