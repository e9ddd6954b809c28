use std::fmt;
use std::sync::Arc;

use hepsys_core::{NuisanceParameter, Sample};

use crate::NplmError;

/// The coefficients of $\log \hat r(x; \nu) = \sum_k \hat\delta_k(x)\\, \nu^k$ for one nuisance parameter.
pub trait TaylorCoefficients: Send + Sync {
    /// The highest power of ν.
    fn order(&self) -> usize;

    /// $\hat\delta_1, \hat\delta_2, \dots$ of each event.
    ///
    /// # Shapes
    ///
    /// `[order][n_events]`
    ///
    /// # Errors
    ///
    /// If the sample lacks a feature that they depend on.
    fn evaluate(&self, sample: &Sample) -> Result<Vec<Vec<f64>>, NplmError>;
}

/// Taylor coefficients that are known as functions of the event.
///
/// ```
/// use hepsys_nplm::{ExactCoefficients, Feature, Sample, TaylorCoefficients};
///
/// // The exponential e^{-x} whose scale is e^ν: δ₁ = x − 1, δ₂ = −x/2.
/// let scale = ExactCoefficients::new(2, |sample| {
///     let x = sample.column("x")?;
///     Ok(vec![x.iter().map(|x| x - 1.0).collect(), x.iter().map(|x| -x / 2.0).collect()])
/// });
/// let sample = Sample::from_columns([(Feature::new("x", "1"), vec![3.0])])?;
/// assert_eq!(scale.evaluate(&sample)?, [[2.0], [-1.5]]);
/// # Ok::<(), hepsys_nplm::NplmError>(())
/// ```
pub struct ExactCoefficients<F> {
    order: usize,
    function: F,
}

impl<F> ExactCoefficients<F>
where
    F: Fn(&Sample) -> Result<Vec<Vec<f64>>, NplmError> + Send + Sync,
{
    /// Coefficients up to power `order`, which `function` computes for all events of a sample.
    pub fn new(order: usize, function: F) -> Self {
        Self { order, function }
    }
}

impl<F> fmt::Debug for ExactCoefficients<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExactCoefficients").field("order", &self.order).finish_non_exhaustive()
    }
}

impl<F> TaylorCoefficients for ExactCoefficients<F>
where
    F: Fn(&Sample) -> Result<Vec<Vec<f64>>, NplmError> + Send + Sync,
{
    fn order(&self) -> usize {
        self.order
    }

    fn evaluate(&self, sample: &Sample) -> Result<Vec<Vec<f64>>, NplmError> {
        (self.function)(sample)
    }
}

/// A nuisance parameter that changes the shape of the distribution, and how.
#[derive(Clone)]
pub struct ShapeEffect {
    parameter: NuisanceParameter,
    coefficients: Arc<dyn TaylorCoefficients>,
}

impl ShapeEffect {
    /// The nuisance parameter.
    #[must_use]
    pub fn parameter(&self) -> &NuisanceParameter {
        &self.parameter
    }

    /// How the distribution changes with it.
    #[must_use]
    pub fn coefficients(&self) -> &dyn TaylorCoefficients {
        &*self.coefficients
    }
}

impl fmt::Debug for ShapeEffect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShapeEffect")
            .field("parameter", &self.parameter)
            .field("order", &self.coefficients.order())
            .finish()
    }
}

/// The nuisance parameters of a test, each with a parameter of its own:
/// $\log \hat r(x; \nu) = \nu_n + \sum_j \sum_k \hat\delta_{jk}(x)\\, \nu_j^k$.
///
/// Their order is the normalisation, if there is one, followed by the shapes as they were added.
#[derive(Debug, Clone, Default)]
pub struct Nuisances {
    normalisation: Option<NuisanceParameter>,
    shapes: Vec<ShapeEffect>,
}

impl Nuisances {
    /// No nuisance parameter.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds a parameter $\nu_n$ of the normalisation: $N(\nu_n) = N e^{\nu_n}$.
    #[must_use]
    pub fn normalisation(mut self, parameter: NuisanceParameter) -> Self {
        self.normalisation = Some(parameter);
        self
    }

    /// Adds a parameter of the shape.
    #[must_use]
    pub fn shape(
        mut self,
        parameter: NuisanceParameter,
        coefficients: impl TaylorCoefficients + 'static,
    ) -> Self {
        self.shapes.push(ShapeEffect { parameter, coefficients: Arc::new(coefficients) });
        self
    }

    /// All parameters, in order.
    pub fn parameters(&self) -> impl Iterator<Item = &NuisanceParameter> {
        self.normalisation.iter().chain(self.shapes.iter().map(|s| &s.parameter))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.parameters().count()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The parameter of the normalisation.
    #[must_use]
    pub fn normalisation_parameter(&self) -> Option<&NuisanceParameter> {
        self.normalisation.as_ref()
    }

    /// The parameters of the shape.
    #[must_use]
    pub fn shapes(&self) -> &[ShapeEffect] {
        &self.shapes
    }

    pub(crate) fn check(&self) -> Result<(), NplmError> {
        let names: Vec<&str> = self.parameters().map(NuisanceParameter::name).collect();
        for (i, name) in names.iter().enumerate() {
            if names[..i].contains(name) {
                return Err(NplmError::BadParameter {
                    name: "nuisances".into(),
                    expected: "of different names".into(),
                    value: format!("\"{name}\" twice"),
                });
            }
        }
        for shape in &self.shapes {
            if shape.coefficients.order() == 0 {
                return Err(NplmError::BadParameter {
                    name: format!("the Taylor order of \"{}\"", shape.parameter.name()),
                    expected: "one or more".into(),
                    value: "0".into(),
                });
            }
        }
        Ok(())
    }

    /// The natural unit of each parameter: its σ, or one.
    pub(crate) fn scales(&self) -> Vec<f64> {
        self.parameters().map(|p| p.sigma().unwrap_or(1.0)).collect()
    }
}

/// What the auxiliary measurements $\mathcal A$ gave: the central value $\nu_0$ of each nuisance parameter.
///
/// ```
/// use hepsys_nplm::Auxiliary;
/// let measured = Auxiliary::nominal().measured("momentum scale", 0.001);
/// assert_eq!(measured.value("momentum scale"), 0.001);
/// assert_eq!(measured.value("normalisation"), 0.0);
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Auxiliary {
    measured: Vec<(String, f64)>,
}

impl Auxiliary {
    /// Every measurement gave the nominal value, zero.
    #[must_use]
    pub fn nominal() -> Self {
        Self::default()
    }

    /// The same, but with this outcome for one parameter.
    #[must_use]
    pub fn measured(mut self, name: impl Into<String>, value: f64) -> Self {
        self.measured.push((name.into(), value));
        self
    }

    /// The outcome for one parameter; the last one given, or zero.
    #[must_use]
    pub fn value(&self, name: &str) -> f64 {
        self.measured.iter().rev().find(|(n, _)| n == name).map_or(0.0, |(_, v)| *v)
    }

    /// The central values in the order of the nuisance parameters.
    pub(crate) fn centres(&self, nuisances: &Nuisances) -> Result<Vec<f64>, NplmError> {
        for (name, value) in &self.measured {
            if !nuisances.parameters().any(|p| p.name() == name) {
                return Err(NplmError::UnknownNuisance {
                    name: name.clone(),
                    known: nuisances.parameters().map(|p| p.name().to_owned()).collect(),
                });
            }
            let bad = |expected: &str| {
                Err(NplmError::BadParameter {
                    name: format!("the auxiliary measurement of \"{name}\""),
                    expected: expected.into(),
                    value: value.to_string(),
                })
            };
            if !value.is_finite() {
                return bad("finite");
            }
            if nuisances.parameters().any(|p| p.name() == name && p.sigma().is_none()) {
                return bad("absent, since the parameter is free");
            }
        }
        Ok(nuisances.parameters().map(|p| self.value(p.name())).collect())
    }
}
