use hepsys_core::Stream;

use super::evaluate::Derivatives;
use super::{CountTerm, MorphModel};
use crate::hessian::Hessian;
use crate::histfactory::Data;
use crate::measurements;
use crate::{Generative, Likelihood, Parameter};

/// The negative log-likelihood of counts under a [`MorphModel`]:
/// $$ -\ln L = \sum_b \big[ \nu_b - n_b \ln\nu_b + \ln\Gamma(n_b + 1) \big] - \sum_k \ln p(a_k \mid \theta_k) $$
///
/// Beyond the knots of a template that refuses it is infinite.
#[derive(Debug, Clone, PartialEq)]
pub struct MorphLikelihood<'a> {
    model: &'a MorphModel,
    data: Data,
    term: CountTerm,
    constant: f64,
}

impl<'a> MorphLikelihood<'a> {
    /// The likelihood of `data`.
    ///
    /// # Panics
    ///
    /// Unless there is one count for each bin and one value for each auxiliary measurement.
    #[must_use]
    pub fn new(model: &'a MorphModel, data: Data) -> Self {
        Self::with_term(model, data, CountTerm::default())
    }

    /// The same with another form of the counts' terms.
    ///
    /// # Panics
    ///
    /// As [`new`](Self::new).
    #[must_use]
    pub fn with_term(model: &'a MorphModel, data: Data, term: CountTerm) -> Self {
        assert_eq!(data.counts.len(), model.n_bins(), "one count for each bin");
        let n_auxiliaries = model.auxiliaries().len();
        assert_eq!(data.auxiliary.len(), n_auxiliaries, "one value for each auxiliary measurement");
        let counts: f64 = data.counts.iter().map(|n| term.constant(*n)).sum();
        let constant = counts + measurements::constant(model.auxiliaries(), &data.auxiliary);
        Self { model, data, term, constant }
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &'a MorphModel {
        self.model
    }

    /// The data.
    #[must_use]
    pub fn data(&self) -> &Data {
        &self.data
    }
}

impl Likelihood for MorphLikelihood<'_> {
    fn parameters(&self) -> &[Parameter] {
        self.model.parameters()
    }

    fn nll(&self, parameters: &[f64]) -> f64 {
        let counts = self.model.value_of_counts(&self.data.counts, None, parameters, None);
        counts + auxiliary(self.model, &self.data.auxiliary, parameters, None) + self.constant
    }

    fn gradient(&self, parameters: &[f64], gradient: &mut [f64]) -> f64 {
        let value = auxiliary(
            self.model,
            &self.data.auxiliary,
            parameters,
            Some(Derivatives { gradient: &mut *gradient, hessian: None }),
        );
        let derivatives = Derivatives { gradient, hessian: None };
        self.model.value_of_counts(&self.data.counts, None, parameters, Some(derivatives))
            + value
            + self.constant
    }

    fn hessian(&self, parameters: &[f64], gradient: &mut [f64], hessian: &mut Hessian) -> f64 {
        let hessian = hessian.as_dense_mut();
        let value = auxiliary(
            self.model,
            &self.data.auxiliary,
            parameters,
            Some(Derivatives { gradient: &mut *gradient, hessian: Some(&mut *hessian) }),
        );
        let derivatives = Derivatives { gradient, hessian: Some(hessian) };
        self.model.value_of_counts(&self.data.counts, None, parameters, Some(derivatives))
            + value
            + self.constant
    }
}

/// The auxiliary measurements' part; derivatives replace what stands there.
pub(super) fn auxiliary(
    model: &MorphModel,
    measured: &[f64],
    parameters: &[f64],
    derivatives: Option<Derivatives<'_>>,
) -> f64 {
    let n = parameters.len();
    let Some(Derivatives { gradient, mut hessian }) = derivatives else {
        return measurements::sum(model.auxiliaries(), measured, parameters, |_, _| {});
    };
    gradient.fill(0.0);
    if let Some(hessian) = &mut hessian {
        hessian.fill(0.0);
    }
    measurements::sum(model.auxiliaries(), measured, parameters, |p, jet| {
        gradient[p] += jet.slope;
        if let Some(hessian) = &mut hessian {
            hessian[p * (n + 1)] += jet.curvature;
        }
    })
}

impl Generative for MorphLikelihood<'_> {
    fn asimov(&self, parameters: &[f64]) -> Self {
        Self::with_term(self.model, self.model.expected(parameters), self.term)
    }

    fn toy(&self, parameters: &[f64], stream: &mut Stream) -> Self {
        Self::with_term(self.model, self.model.draw(parameters, stream), self.term)
    }
}

#[cfg(test)]
mod tests;
