use hepsys_core::Stream;
use statrs::function::gamma::ln_gamma;

use super::quadrature::nodes;
use super::{Events, UnbinnedModel};
use crate::hessian::Hessian;
use crate::histfactory::auxiliary::count;
use crate::{Generative, Likelihood, Parameter, StatsError};

/// The extended negative log-likelihood of events under an [`UnbinnedModel`]:
/// $$ -\ln L = \sum_c N_c - \sum_i w_i \ln \sum_c N_c\\,p_c(x_i) + \ln\Gamma(n + 1), \qquad n = \sum_i w_i $$
///
/// The last term is a constant, which makes $L$ the product of the Poisson probability of $n$ and the densities.
/// A yield may be negative as long as the sum is positive at every event; otherwise it is infinite.
///
/// Asimov data are a fine grid of weighted events: 256 panels of the range with 16 points each, which integrates densities
/// exactly whose features are wider than a panel.
/// Toys draw a Poisson number of events from each component, none where its yield is negative.
///
/// # References
///
/// `barlow1990`.
#[derive(Debug, Clone)]
pub struct UnbinnedLikelihood<'a> {
    model: &'a UnbinnedModel,
    events: Events,
    /// $\ln f$ of the events, for components without parameters.
    cached: Vec<Option<Vec<f64>>>,
    constant: f64,
}

impl<'a> UnbinnedLikelihood<'a> {
    /// The likelihood of these events, which may have weights as [`Events`] says.
    ///
    /// # Errors
    ///
    /// [`StatsError::BadValue`] for an event outside the model's range.
    pub fn new(model: &'a UnbinnedModel, events: impl Into<Events>) -> Result<Self, StatsError> {
        let events = events.into();
        events.check(model.range())?;
        Ok(Self::of_checked(model, events))
    }

    fn of_checked(model: &'a UnbinnedModel, events: Events) -> Self {
        let cached = model
            .components
            .iter()
            .map(|c| {
                let density = &c.component.density;
                let ln_shape = |x: &f64| density.ln_shape(*x, &[], &mut [], &mut []);
                c.shape.is_empty().then(|| events.values().iter().map(ln_shape).collect())
            })
            .collect();
        let constant = ln_gamma(events.total() + 1.0);
        Self { model, events, cached, constant }
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &'a UnbinnedModel {
        self.model
    }

    /// The events.
    #[must_use]
    pub fn events(&self) -> &Events {
        &self.events
    }
}

impl Likelihood for UnbinnedLikelihood<'_> {
    fn parameters(&self) -> &[Parameter] {
        self.model.parameters()
    }

    fn nll(&self, parameters: &[f64]) -> f64 {
        self.constant + self.model.value(&self.events, &self.cached, parameters, None)
    }

    fn gradient(&self, parameters: &[f64], gradient: &mut [f64]) -> f64 {
        let derivatives = Some((gradient, None));
        self.constant + self.model.value(&self.events, &self.cached, parameters, derivatives)
    }

    fn hessian(&self, parameters: &[f64], gradient: &mut [f64], hessian: &mut Hessian) -> f64 {
        let derivatives = Some((gradient, Some(hessian.as_dense_mut())));
        self.constant + self.model.value(&self.events, &self.cached, parameters, derivatives)
    }
}

impl Generative for UnbinnedLikelihood<'_> {
    fn asimov(&self, parameters: &[f64]) -> Self {
        let nodes = nodes(self.model.range());
        // Where yields are negative the sum may be; no number of events is.
        let weight = |&(x, w): &(f64, f64)| (w * self.model.density(x, parameters)).max(0.0);
        let weights = nodes.iter().map(weight).collect();
        let values = nodes.iter().map(|(x, _)| *x).collect();
        let events = Events::weighted(values, weights).unwrap_or_default();
        Self::of_checked(self.model, events)
    }

    fn toy(&self, parameters: &[f64], stream: &mut Stream) -> Self {
        let mut values = Vec::new();
        for placed in &self.model.components {
            let x = placed.shape_parameters(parameters);
            let n_events = count(placed.expected(parameters), stream) as usize;
            values.extend((0..n_events).map(|_| placed.component.density.draw(&x, stream)));
        }
        Self::of_checked(self.model, Events::new(values))
    }
}

#[cfg(test)]
mod tests;
