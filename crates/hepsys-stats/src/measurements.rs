use std::sync::Arc;

use hepsys_core::Stream;

use crate::hessian::{Couplings, Hessian};
use crate::histfactory::{Auxiliary, AuxiliaryDensity};
use crate::{Generative, Likelihood, Parameter, StatsError};

/// The likelihood of auxiliary measurements alone: $-\sum_k \ln p(a_k \mid \theta_k)$.
///
/// In a [`Combined`](crate::Combined) likelihood it constrains parameters of parts that leave their measurements out or
/// never had any.
///
/// ```
/// use hepsys_stats::histfactory::AuxiliaryDensity;
/// use hepsys_stats::{Likelihood, Measurements, Parameter};
///
/// let scale = Parameter::free("scale", 1.0).within(0.5, 1.5);
/// let measured = Measurements::new().and(scale, AuxiliaryDensity::Gaussian { sigma: 0.1 }, 1.0)?;
/// assert!((measured.nll(&[1.2]) - measured.nll(&[1.0]) - 2.0).abs() < 1e-12);
/// # Ok::<(), hepsys_stats::StatsError>(())
/// ```
///
/// # References
///
/// [Cranmer et al., HistFactory](https://cds.cern.ch/record/1456844), section 2.2.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Measurements {
    parameters: Vec<Parameter>,
    terms: Vec<Auxiliary>,
    values: Vec<f64>,
}

impl Measurements {
    /// No measurement yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One more: `value` was measured of this parameter, whose width becomes that of the measurement.
    ///
    /// # Errors
    ///
    /// [`StatsError::BadParameter`] for a density or a value that makes no sense, or a parameter measured before.
    pub fn and(
        mut self,
        mut parameter: Parameter,
        density: AuxiliaryDensity,
        value: f64,
    ) -> Result<Self, StatsError> {
        density.check(&parameter.name, value)?;
        if self.parameters.iter().any(|p| p.name == parameter.name) {
            return Err(StatsError::bad_parameter("the name of a parameter", "new", parameter.name));
        }
        parameter.width = Some(density.width(value));
        self.terms.push(Auxiliary { parameter: self.parameters.len(), density, nominal: value });
        self.parameters.push(parameter);
        self.values.push(value);
        Ok(self)
    }
}

impl Likelihood for Measurements {
    fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    fn nll(&self, parameters: &[f64]) -> f64 {
        sum(&self.terms, &self.values, parameters, |_, _| {}) + constant(&self.terms, &self.values)
    }

    fn gradient(&self, parameters: &[f64], gradient: &mut [f64]) -> f64 {
        gradient.fill(0.0);
        let value = sum(&self.terms, &self.values, parameters, |p, jet| gradient[p] += jet.slope);
        value + constant(&self.terms, &self.values)
    }

    fn hessian(&self, parameters: &[f64], gradient: &mut [f64], hessian: &mut Hessian) -> f64 {
        gradient.fill(0.0);
        hessian.clear();
        let value = sum(&self.terms, &self.values, parameters, |p, jet| {
            gradient[p] += jet.slope;
            hessian.add(p, p, jet.curvature);
        });
        value + constant(&self.terms, &self.values)
    }

    fn couplings(&self) -> Arc<Couplings> {
        let each: Vec<Vec<usize>> = (0..self.parameters.len()).map(|p| vec![p]).collect();
        Arc::new(Couplings::of_blocks(each.len(), &each))
    }
}

impl Generative for Measurements {
    fn asimov(&self, parameters: &[f64]) -> Self {
        let values = self.terms.iter().map(|t| t.density.expected(parameters[t.parameter])).collect();
        Self { values, ..self.clone() }
    }

    fn toy(&self, parameters: &[f64], stream: &mut Stream) -> Self {
        let values = self.terms.iter().map(|t| t.density.draw(parameters[t.parameter], stream)).collect();
        Self { values, ..self.clone() }
    }
}

/// What of the measurements' negative log-likelihood depends on no parameter.
pub(crate) fn constant(terms: &[Auxiliary], values: &[f64]) -> f64 {
    terms.iter().zip(values).map(|(term, a)| term.density.constant(*a)).sum()
}

/// The rest of it; derivatives go to `visit`, with the place of their parameter.
pub(crate) fn sum(
    terms: &[Auxiliary],
    values: &[f64],
    x: &[f64],
    mut visit: impl FnMut(usize, crate::histfactory::interpolation::Jet),
) -> f64 {
    let mut value = 0.0;
    for (term, &a) in terms.iter().zip(values) {
        let jet = term.density.jet(a, x[term.parameter]);
        value += jet.value;
        visit(term.parameter, jet);
    }
    value
}
