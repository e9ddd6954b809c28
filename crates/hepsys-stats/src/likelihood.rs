use std::sync::Arc;

use hepsys_core::Stream;
use serde::{Deserialize, Serialize};

use crate::hessian::{Couplings, Hessian};

/// A parameter of a likelihood.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Parameter {
    /// Its name, with the index in brackets where one modifier has several.
    pub name: String,
    /// Where fits begin.
    pub init: f64,
    /// The lowest and the highest value that fits may reach.
    pub bounds: (f64, f64),
    /// Whether fits leave it at `init`.
    pub is_fixed: bool,
    /// The standard deviation that auxiliary measurements alone give it, if there are any.
    pub width: Option<f64>,
}

impl Parameter {
    /// A parameter that only the data constrain, without bounds.
    #[must_use]
    pub fn free(name: impl Into<String>, init: f64) -> Self {
        let bounds = (f64::NEG_INFINITY, f64::INFINITY);
        Self { name: name.into(), init, bounds, is_fixed: false, width: None }
    }

    /// The same parameter with the standard deviation that a term of the likelihood gives it, so that fits and pulls know it.
    #[must_use]
    pub fn measured(mut self, width: f64) -> Self {
        self.width = Some(width);
        self
    }

    /// The same parameter, which fits leave where they begin.
    #[must_use]
    pub fn fixed(mut self) -> Self {
        self.is_fixed = true;
        self
    }

    /// The same parameter between two bounds.
    #[must_use]
    pub fn within(mut self, low: f64, high: f64) -> Self {
        self.bounds = (low, high);
        self
    }
}

/// A negative log-likelihood as a function of its parameters, with exact first and second derivatives.
///
/// What stands in the memory for derivatives is to be replaced, not added to.
pub trait Likelihood {
    /// The parameters, in the order of every vector of them.
    fn parameters(&self) -> &[Parameter];

    /// $-\ln L$ with all its constants; infinite where the data are impossible.
    fn nll(&self, parameters: &[f64]) -> f64;

    /// The same; the gradient goes where the caller wants it.
    fn gradient(&self, parameters: &[f64], gradient: &mut [f64]) -> f64;

    /// The same; the gradient and the Hessian, of these [`couplings`](Self::couplings), go where the caller wants them.
    fn hessian(&self, parameters: &[f64], gradient: &mut [f64], hessian: &mut Hessian) -> f64;

    /// Why the likelihood is zero or no number at these parameters, by the names of what makes it so; `None` if it is fine, or
    /// the likelihood cannot say.
    fn diagnose(&self, parameters: &[f64]) -> Option<String> {
        let _ = parameters;
        None
    }

    /// Which second derivatives can differ from zero; all, unless it says otherwise.
    fn couplings(&self) -> Arc<Couplings> {
        Arc::new(Couplings::dense(self.parameters().len()))
    }

    /// The place of the parameter called `name`.
    fn index_of(&self, name: &str) -> Option<usize> {
        self.parameters().iter().position(|p| p.name == name)
    }

    /// Where fits begin.
    fn inits(&self) -> Vec<f64> {
        self.parameters().iter().map(|p| p.init).collect()
    }
}

/// A likelihood whose data can be replaced by what some parameters expect, or by data drawn from them.
pub trait Generative: Likelihood + Sized {
    /// The likelihood of the Asimov data of these parameters: every count and every auxiliary measurement is its expectation.
    #[must_use]
    fn asimov(&self, parameters: &[f64]) -> Self;

    /// The likelihood of a toy: every count and every auxiliary measurement is drawn.
    #[must_use]
    fn toy(&self, parameters: &[f64], stream: &mut Stream) -> Self;
}

/// What toys are drawn from on any number of threads: a model without data.
///
/// A likelihood may keep memory of its own and belong to one thread; its model does not.
pub trait Simulator: Sync {
    /// The likelihood of a toy.
    type Likelihood<'a>: Likelihood
    where
        Self: 'a;

    /// Draws every count and every auxiliary measurement from these parameters.
    fn simulate(&self, parameters: &[f64], stream: &mut Stream) -> Self::Likelihood<'_>;
}
