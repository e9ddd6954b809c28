use hepsys_core::summary::{Axis, Figure, Layer, Role};

use crate::hypothesis::{Cls, Limit, LimitError, ToyCls};

/// What was observed and expected at one place: a level at one μ, or a limit at one parameter of the signal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BandPoint {
    /// The place.
    pub x: f64,
    /// What was observed, if anything was.
    pub observed: Option<f64>,
    /// What is expected, from −2 to +2 standard deviations.
    pub expected: [f64; 5],
}

impl BandPoint {
    /// The asymptotic levels of μ.
    #[must_use]
    pub fn of_cls(mu: f64, cls: &Cls) -> Self {
        Self { x: mu, observed: Some(cls.observed), expected: cls.expected }
    }

    /// The levels of μ from toys.
    #[must_use]
    pub fn of_toys(mu: f64, cls: &ToyCls) -> Self {
        let expected = cls.expected.map(|e| e.value);
        Self { x: mu, observed: cls.observed.map(|e| e.value), expected }
    }

    /// The limits at a parameter `x` of the signal, such as a mass.
    ///
    /// # Errors
    ///
    /// [`LimitError`] if an expected limit was not found; an observed one that was not is left out.
    pub fn of_limit(x: f64, limit: &Limit) -> Result<Self, LimitError> {
        let mut expected = [0.0; 5];
        for (value, found) in expected.iter_mut().zip(&limit.expected) {
            *value = found.clone()?;
        }
        Ok(Self { x, observed: limit.observed.as_ref().ok().copied(), expected })
    }
}

/// What was observed over the bands of one and two standard deviations of what is expected, with a line at `level` if there is one,
/// such as 0.05 for levels of μ or 1 for limits.
#[must_use]
pub fn brazil_band(
    name: impl Into<String>,
    caption: impl Into<String>,
    axes: (Axis, Axis),
    level: Option<f64>,
    points: &[BandPoint],
) -> Figure {
    let x: Vec<f64> = points.iter().map(|p| p.x).collect();
    let expected = |i: usize| points.iter().map(|p| p.expected[i]).collect::<Vec<_>>();
    let band = |label: &str, role: Role, low: usize, high: usize| Layer::Band {
        label: label.into(),
        role,
        x: x.clone(),
        lower: expected(low),
        upper: expected(high),
    };
    let median = Layer::Curve {
        label: "expected".into(),
        role: Role::Expectation,
        x: x.clone(),
        y: expected(2),
        is_dashed: true,
    };
    let mut figure = Figure::new(name, caption, axes.0, axes.1)
        .layer(band("expected ± 2σ", Role::Expectation, 0, 4))
        .layer(band("expected ± 1σ", Role::Expectation, 1, 3))
        .layer(median);
    let observed: Vec<(f64, f64)> = points.iter().filter_map(|p| Some((p.x, p.observed?))).collect();
    if !observed.is_empty() {
        figure = figure.layer(Layer::curve("observed", Role::Data, observed));
    }
    if let Some(y) = level {
        figure = figure.layer(super::level_line(String::new(), y));
    }
    figure
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_observation_leaves_the_band() {
        let point = |x: f64, observed| BandPoint { x, observed, expected: [0.1, 0.2, 0.3, 0.4, 0.5] };
        let axes = || (Axis::new("μ", ""), Axis::new("CLs", ""));
        let with =
            brazil_band("cls", "Levels.", axes(), Some(0.05), &[point(1.0, Some(0.3)), point(2.0, None)]);
        assert_eq!(with.layers.len(), 5);
        let without = brazil_band("cls", "Levels.", axes(), None, &[point(1.0, None)]);
        assert_eq!(without.layers.len(), 3);
        let Layer::Band { lower, upper, .. } = &without.layers[0] else { unreachable!() };
        assert_eq!((lower[0], upper[0]), (0.1, 0.5));
    }
}
