use super::evaluate::{Derivatives, MovingCounts};
use super::likelihood::auxiliary;
use super::{CountTerm, MorphModel, Morphing, NegativeYields, TemplateMorph};
use crate::hessian::Hessian;
use crate::histfactory::interpolation::Jet;
use crate::measurements;
use crate::{Likelihood, Parameter, StatsError};

/// The likelihood of counts $n_b(z)$ that change with a parameter, interpolated between knots, with exact derivatives.
///
/// As [`MorphLikelihood`](super::MorphLikelihood), with splines in the place of counts; $\ln\Gamma(n_b(z) + 1)$ changes with
/// $z$ and is part of the derivatives.
/// The counts of events are steps in $z$; splines through them at knots that are denser than the statistical error of $z$
/// make them smooth, which [`Rescored`](super::Rescored) does not need.
/// Counts below 0.001, which splines give beside empty bins, are lifted ([`NegativeYields::Lift`]).
/// Beyond the knots it is infinite.
///
/// There are no toys of it: counts at different $z$ are of the same events, which no model of bins can draw.
/// Make them from events, and a likelihood for each.
#[derive(Debug, Clone, PartialEq)]
pub struct SplinedCounts<'a> {
    model: &'a MorphModel,
    parameter: usize,
    counts: TemplateMorph,
    auxiliary: Vec<f64>,
    term: CountTerm,
    constant: f64,
}

/// The count below which splines are lifted.
const SMALLEST_COUNT: f64 = 1e-3;

impl<'a> SplinedCounts<'a> {
    /// The likelihood of the counts that `observed` gives at each of `knots`, with these auxiliary measurements.
    ///
    /// # Errors
    ///
    /// [`StatsError::BadParameter`] unless the model has a parameter of this name and one auxiliary measurement for each
    /// value, and the errors of [`TemplateMorph::new`] for counts and knots, counts below zero among them.
    pub fn new(
        model: &'a MorphModel,
        parameter: &str,
        knots: &[f64],
        observed: impl Fn(f64) -> Vec<f64>,
        auxiliary: Vec<f64>,
        term: CountTerm,
    ) -> Result<Self, StatsError> {
        let parameter = check(model, parameter, &auxiliary)?;
        let rows: Vec<Vec<f64>> = knots.iter().map(|z| observed(*z)).collect();
        for row in &rows {
            check_counts(model, row)?;
        }
        let variances = vec![vec![0.0; model.n_bins()]; knots.len()];
        let negative = NegativeYields::Lift { below: SMALLEST_COUNT };
        let morphing = Morphing { negative, ..Morphing::default() };
        let counts = TemplateMorph::new("observed counts", knots, &rows, &variances, morphing)?;
        let constant = measurements::constant(model.auxiliaries(), &auxiliary);
        Ok(Self { model, parameter, counts, auxiliary, term, constant })
    }

    /// The counts at a value of the parameter.
    ///
    /// # Errors
    ///
    /// [`StatsError::BadParameter`] beyond the knots.
    pub fn counts(&self, z: f64) -> Result<Vec<f64>, StatsError> {
        Ok(self.counts.at(z)?.yields)
    }

    fn evaluate(&self, parameters: &[f64], mut derivatives: Option<Derivatives<'_>>) -> f64 {
        let measured = derivatives
            .as_mut()
            .map(|d| Derivatives { gradient: &mut *d.gradient, hessian: d.hessian.as_deref_mut() });
        let value = auxiliary(self.model, &self.auxiliary, parameters, measured) + self.constant;
        let Some(jets) = self.counts.yield_jets(parameters[self.parameter]) else {
            if let Some(Derivatives { gradient, .. }) = derivatives {
                gradient.fill(f64::NAN);
            }
            return f64::INFINITY;
        };
        let counts: Vec<f64> = jets.iter().map(|jet: &Jet| jet.value).collect();
        let moving = (self.term, MovingCounts { parameter: self.parameter, jets: &jets });
        value + self.model.value_of_counts(&counts, Some(&moving), parameters, derivatives)
    }
}

/// The place of the parameter that counts change with.
pub(super) fn check(model: &MorphModel, parameter: &str, auxiliary: &[f64]) -> Result<usize, StatsError> {
    let n = model.auxiliaries().len();
    if auxiliary.len() != n {
        let what = "the auxiliary measurements";
        return Err(StatsError::bad_parameter(what, format!("{n} values"), auxiliary.len()));
    }
    let what = "the parameter that counts change with";
    model.index_of(parameter).ok_or_else(|| StatsError::bad_parameter(what, "one of the model", parameter))
}

/// Refuses lists of another length, and counts that are negative or not finite.
pub(super) fn check_counts(model: &MorphModel, counts: &[f64]) -> Result<(), StatsError> {
    let n = model.n_bins();
    if counts.len() != n {
        return Err(StatsError::bad_parameter("observed counts", format!("{n} numbers"), counts.len()));
    }
    match counts.iter().position(|n| !(n.is_finite() && *n >= 0.0)) {
        None => Ok(()),
        Some(index) => Err(StatsError::BadValue {
            what: "observed counts".into(),
            expected: "finite and not negative".into(),
            index,
            value: counts[index],
        }),
    }
}

impl Likelihood for SplinedCounts<'_> {
    fn parameters(&self) -> &[Parameter] {
        self.model.parameters()
    }

    fn nll(&self, parameters: &[f64]) -> f64 {
        self.evaluate(parameters, None)
    }

    fn gradient(&self, parameters: &[f64], gradient: &mut [f64]) -> f64 {
        self.evaluate(parameters, Some(Derivatives { gradient, hessian: None }))
    }

    fn hessian(&self, parameters: &[f64], gradient: &mut [f64], hessian: &mut Hessian) -> f64 {
        let hessian = hessian.as_dense_mut();
        self.evaluate(parameters, Some(Derivatives { gradient, hessian: Some(hessian) }))
    }
}
