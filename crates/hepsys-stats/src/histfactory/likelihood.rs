use std::cell::RefCell;
use std::sync::Arc;

use hepsys_core::Stream;

use super::derivatives::Scratch;
use super::evaluate::constant;
use super::{Data, Model};
use crate::hessian::{Couplings, Hessian};
use crate::{Generative, Likelihood, Parameter, Simulator};

/// The negative log-likelihood of some data under a model.
#[derive(Debug)]
pub struct BinnedLikelihood<'a> {
    model: &'a Model,
    data: Data,
    constant: f64,
    scratch: RefCell<Scratch>,
}

impl<'a> BinnedLikelihood<'a> {
    /// The likelihood of `data`.
    ///
    /// # Panics
    ///
    /// Unless there is one count for each bin and one value for each auxiliary measurement.
    #[must_use]
    pub fn new(model: &'a Model, data: Data) -> Self {
        assert_eq!(data.counts.len(), model.n_bins(), "one count for each bin");
        assert_eq!(
            data.auxiliary.len(),
            model.auxiliaries().len(),
            "one value for each auxiliary measurement"
        );
        let constant = constant(model, &data);
        Self { model, data, constant, scratch: RefCell::default() }
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &'a Model {
        self.model
    }

    /// The data.
    #[must_use]
    pub fn data(&self) -> &Data {
        &self.data
    }

    /// The same likelihood with another result of auxiliary measurement number `index`: a shifted global observable.
    ///
    /// # Panics
    ///
    /// Unless there is such a measurement.
    #[must_use]
    pub fn with_auxiliary(&self, index: usize, value: f64) -> Self {
        let mut data = self.data.clone();
        data.auxiliary[index] = value;
        Self::new(self.model, data)
    }

    /// The lowest $-\ln L$ that any model with these auxiliary measurements could reach: each bin expects what it counted, and
    /// each measured parameter is as measured; those that `is_fixed` stay where `parameters` has them.
    pub(crate) fn saturated_nll(&self, parameters: &[f64], is_fixed: &[bool]) -> f64 {
        self.constant + self.model.saturated(&self.data, parameters, is_fixed)
    }
}

impl Likelihood for BinnedLikelihood<'_> {
    fn parameters(&self) -> &[Parameter] {
        self.model.parameters()
    }

    fn nll(&self, parameters: &[f64]) -> f64 {
        self.constant + self.model.value(&self.data, parameters, &mut self.scratch.borrow_mut())
    }

    fn gradient(&self, parameters: &[f64], gradient: &mut [f64]) -> f64 {
        let scratch = &mut self.scratch.borrow_mut();
        self.constant + self.model.value_and_gradient(&self.data, parameters, gradient, scratch)
    }

    fn hessian(&self, parameters: &[f64], gradient: &mut [f64], hessian: &mut Hessian) -> f64 {
        let scratch = &mut self.scratch.borrow_mut();
        self.constant + self.model.value_and_hessian(&self.data, parameters, gradient, hessian, scratch)
    }

    fn diagnose(&self, parameters: &[f64]) -> Option<String> {
        self.model.diagnose(&self.data, parameters)
    }

    fn couplings(&self) -> Arc<Couplings> {
        Arc::clone(&self.model.couplings)
    }
}

impl Simulator for Model {
    type Likelihood<'a> = BinnedLikelihood<'a>;

    fn simulate(&self, parameters: &[f64], stream: &mut Stream) -> BinnedLikelihood<'_> {
        BinnedLikelihood::new(self, self.draw(parameters, stream))
    }
}

impl Generative for BinnedLikelihood<'_> {
    fn asimov(&self, parameters: &[f64]) -> Self {
        Self::new(self.model, self.model.expected(parameters))
    }

    fn toy(&self, parameters: &[f64], stream: &mut Stream) -> Self {
        Self::new(self.model, self.model.draw(parameters, stream))
    }
}
