use super::{Component, Range};
use crate::combined::merge_parameters;
use crate::{Parameter, StatsError};

/// A sum of densities with yields, $\sum_c N_c\\,p_c(x)$.
///
/// Parameters of the same name are the same parameter; they stand in the order of the components, densities before factors.
#[derive(Debug, Clone)]
pub struct UnbinnedModel {
    pub(super) parameters: Vec<Parameter>,
    pub(super) components: Vec<Placed>,
    range: Range,
}

/// A component with the places of its parameters.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub(super) component: Component,
    /// Of the density.
    pub(super) shape: Vec<usize>,
    /// Of the yield.
    pub(super) factors: Vec<usize>,
}

impl UnbinnedModel {
    /// The sum of these components.
    ///
    /// # Errors
    ///
    /// [`StatsError::BadParameter`] for densities on different ranges or an expected number that is not finite,
    /// [`StatsError::Disagreement`] for parameters of one name that differ, [`StatsError::TooFewValues`] without components.
    pub fn new(components: Vec<Component>) -> Result<Self, StatsError> {
        let Some(first) = components.first() else {
            return Err(StatsError::TooFewValues { what: "an unbinned model".into(), needed: 1, found: 0 });
        };
        let range = first.density.range();
        for Component { name, density, expected, .. } in &components {
            let text = |range: Range| format!("{} to {}", range.low(), range.high());
            if density.range() != range {
                let what = format!("the range of \"{name}\"");
                return Err(StatsError::bad_parameter(what, text(range), text(density.range())));
            }
            if !expected.is_finite() {
                let what = format!("the expected number of \"{name}\"");
                return Err(StatsError::bad_parameter(what, "finite", expected));
            }
        }
        // Each parameter on its own: a density or a yield may have the same one twice.
        let lists = components.iter().flat_map(|c| c.density.parameters().iter().chain(&c.factors));
        let lists: Vec<&[Parameter]> = lists.map(std::slice::from_ref).collect();
        let merged = merge_parameters(&lists)?;
        let mut places = merged.places.iter().map(|place| place[0]);
        let components = components
            .into_iter()
            .map(|component| Placed {
                shape: places.by_ref().take(component.density.parameters().len()).collect(),
                factors: places.by_ref().take(component.factors.len()).collect(),
                component,
            })
            .collect();
        Ok(Self { parameters: merged.parameters, components, range })
    }

    /// The parameters, in the order of every vector of parameters.
    #[must_use]
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The values of the observable.
    #[must_use]
    pub fn range(&self) -> Range {
        self.range
    }

    /// The names of the components with their yields.
    #[must_use]
    pub fn yields(&self, parameters: &[f64]) -> Vec<(&str, f64)> {
        self.components.iter().map(|c| (c.component.name.as_str(), c.expected(parameters))).collect()
    }

    /// How many events are expected for each unit of the observable at `x`.
    #[must_use]
    pub fn density(&self, x: f64, parameters: &[f64]) -> f64 {
        self.components.iter().map(|c| c.expected(parameters) * c.density(x, parameters)).sum()
    }
}

impl Placed {
    /// The yield.
    pub(super) fn expected(&self, parameters: &[f64]) -> f64 {
        self.component.expected * self.factors.iter().map(|&p| parameters[p]).product::<f64>()
    }

    /// The density's parameters.
    pub(super) fn shape_parameters(&self, parameters: &[f64]) -> Vec<f64> {
        self.shape.iter().map(|&p| parameters[p]).collect()
    }

    fn density(&self, x: f64, parameters: &[f64]) -> f64 {
        self.component.density.density(x, &self.shape_parameters(parameters))
    }
}
