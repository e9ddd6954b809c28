use std::fmt;
use std::sync::Arc;

use super::Density;
use crate::Parameter;

/// A part of an [`UnbinnedModel`](super::UnbinnedModel): a density, and the yield $N = N_0 \prod_i f_i$ that comes with it.
#[derive(Clone)]
pub struct Component {
    pub(super) name: String,
    pub(super) density: Arc<dyn Density + Send + Sync>,
    pub(super) expected: f64,
    pub(super) factors: Vec<Parameter>,
}

impl Component {
    /// With $N_0 = 1$ and no factors yet.
    #[must_use]
    pub fn new(name: impl Into<String>, density: impl Density + Send + Sync + 'static) -> Self {
        Self { name: name.into(), density: Arc::new(density), expected: 1.0, factors: Vec::new() }
    }

    /// Sets $N_0$, what is expected if all factors are one.
    #[must_use]
    pub fn expected(mut self, n_events: f64) -> Self {
        self.expected = n_events;
        self
    }

    /// Multiplies the yield with a parameter: the number of events itself, a strength, or a normalisation.
    #[must_use]
    pub fn times(mut self, parameter: Parameter) -> Self {
        self.factors.push(parameter);
        self
    }
}

impl fmt::Debug for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Component")
            .field("name", &self.name)
            .field("expected", &self.expected)
            .field("factors", &self.factors)
            .field("parameters", &self.density.parameters())
            .finish_non_exhaustive()
    }
}
