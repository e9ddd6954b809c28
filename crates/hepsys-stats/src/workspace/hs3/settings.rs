//! Values and ranges of parameters: parameter points and domains.

use std::collections::BTreeMap;

use super::document::{Analysis, Document, ParameterPoint, ParameterValue};
use crate::workspace::WorkspaceError;

/// ROOT's point of what other points do not mention.
const DEFAULT_POINT: &str = "default_values";

/// What an analysis says of parameters, by their names.
pub(super) struct Settings<'a> {
    values: BTreeMap<&'a str, &'a ParameterValue>,
    bounds: BTreeMap<&'a str, (f64, f64)>,
}

impl<'a> Settings<'a> {
    pub(super) fn of(
        document: &'a Document,
        analysis: &'a Analysis,
        at: &str,
    ) -> Result<Self, WorkspaceError> {
        let mut settings = Self { values: BTreeMap::new(), bounds: BTreeMap::new() };
        if let Some(point) = document.parameter_points.iter().find(|p| p.name == DEFAULT_POINT) {
            settings.take(point)?;
        }
        if let Some(init) = &analysis.init {
            let point = document.parameter_points.iter().find(|p| p.name == *init).ok_or_else(|| {
                WorkspaceError::at(format!("{at}.init"), format!("no parameter point is called \"{init}\""))
            })?;
            settings.take(point)?;
        }
        for name in analysis.domain.iter().chain(&analysis.domains) {
            let Some((d, domain)) = document.domains.iter().enumerate().find(|(_, d)| d.name == *name) else {
                let problem = format!("no domain is called \"{name}\"");
                return Err(WorkspaceError::at(format!("{at}.domains"), problem));
            };
            let at = format!("domains[{d}] (\"{name}\")");
            if domain.kind != "product_domain" {
                let problem = format!("expected \"product_domain\", found \"{}\"", domain.kind);
                return Err(WorkspaceError::at(format!("{at}.type"), problem));
            }
            for (i, axis) in domain.axes.iter().enumerate() {
                let bounds = (axis.min.unwrap_or(f64::NEG_INFINITY), axis.max.unwrap_or(f64::INFINITY));
                let before = settings.bounds.insert(&axis.name, bounds);
                if let Some(before) = before.filter(|b| *b != bounds) {
                    let problem = format!(
                        "\"{}\" is between {} and {} here, and between {} and {} before",
                        axis.name, bounds.0, bounds.1, before.0, before.1
                    );
                    return Err(WorkspaceError::at(format!("{at}.axes[{i}]"), problem));
                }
            }
        }
        Ok(settings)
    }

    /// The values of a point; they replace those of the points before.
    fn take(&mut self, point: &'a ParameterPoint) -> Result<(), WorkspaceError> {
        let mut seen = BTreeMap::new();
        for (i, value) in point.parameters.iter().enumerate() {
            if let Some(first) = seen.insert(value.name.as_str(), i) {
                let at = format!("parameter_points (\"{}\").parameters[{i}]", point.name);
                let problem = format!("\"{}\" is that of parameters[{first}] already", value.name);
                return Err(WorkspaceError::at(at, problem));
            }
            self.values.insert(&value.name, value);
        }
        Ok(())
    }

    pub(super) fn value(&self, parameter: &str) -> Option<f64> {
        self.values.get(parameter).map(|v| v.value)
    }

    pub(super) fn is_const(&self, parameter: &str) -> bool {
        self.values.get(parameter).is_some_and(|v| v.is_const)
    }

    pub(super) fn bounds(&self, parameter: &str) -> Option<(f64, f64)> {
        self.bounds.get(parameter).copied()
    }
}
