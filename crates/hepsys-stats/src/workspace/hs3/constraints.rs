//! Which Gaussian measurement constrains which parameter.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::document::{Document, Likelihood, Modifier};
use super::part;
use super::settings::Settings;
use crate::workspace::WorkspaceError;

/// What a modifier says of the constraint of its parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Stated<'a> {
    Nothing,
    Gauss,
    Poisson,
    /// By the distribution of this name.
    Named(&'a str),
}

/// A Gaussian measurement of a parameter.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Gaussian {
    pub(super) measured: f64,
    pub(super) sigma: f64,
    /// The distribution, if it is not implied by a modifier.
    distribution: Option<String>,
}

/// The Gaussian measurements of a likelihood, by their parameters.
pub(super) struct Constraints<'a> {
    document: &'a Document,
    settings: &'a Settings<'a>,
    /// The parameters that scale or vary samples.
    parameters: BTreeSet<String>,
    gaussians: BTreeMap<String, Gaussian>,
}

#[derive(Deserialize)]
struct GaussianDistribution {
    x: Reference,
    mean: Reference,
    sigma: Reference,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Reference {
    Number(f64),
    Name(String),
}

impl<'a> Constraints<'a> {
    pub(super) fn new(
        document: &'a Document,
        settings: &'a Settings<'a>,
        parameters: BTreeSet<String>,
    ) -> Self {
        Self { document, settings, parameters, gaussians: BTreeMap::new() }
    }

    pub(super) fn of(&self, parameter: &str) -> Option<&Gaussian> {
        self.gaussians.get(parameter)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &Gaussian)> {
        self.gaussians.iter().map(|(name, g)| (name.as_str(), g))
    }

    /// Takes note of what a modifier of a single parameter says.
    pub(super) fn see(
        &mut self,
        modifier: &Modifier,
        parameter: &str,
        at: &str,
    ) -> Result<(), WorkspaceError> {
        let is_free = modifier.kind == "normfactor";
        let unit = |measured| Gaussian { measured, sigma: 1.0, distribution: None };
        let gaussian = match stated(modifier, at)? {
            Stated::Nothing if is_free => return Ok(()),
            Stated::Nothing | Stated::Gauss => unit(if is_free { 1.0 } else { 0.0 }),
            Stated::Poisson => {
                let problem = format!("a {} cannot have a Poisson constraint here", modifier.kind);
                return Err(WorkspaceError::at(format!("{at}.constraint"), problem));
            }
            Stated::Named(name) => {
                let (found, gaussian) = self.resolve(name, &format!("{at}.constraint_name"))?;
                if found != parameter {
                    let problem = format!("\"{name}\" constrains \"{found}\", not \"{parameter}\"");
                    return Err(WorkspaceError::at(format!("{at}.constraint_name"), problem));
                }
                gaussian
            }
        };
        self.insert(parameter, gaussian, at)
    }

    /// Takes the auxiliary distributions of a likelihood.
    pub(super) fn take_auxiliary(&mut self, likelihood: &Likelihood, at: &str) -> Result<(), WorkspaceError> {
        for (i, name) in likelihood.aux_distributions.iter().enumerate() {
            let at = format!("{at}.aux_distributions[{i}]");
            let (parameter, gaussian) = self.resolve(name, &at)?;
            self.insert(&parameter, gaussian, &at)?;
        }
        Ok(())
    }

    fn insert(&mut self, parameter: &str, gaussian: Gaussian, at: &str) -> Result<(), WorkspaceError> {
        match self.gaussians.get(parameter) {
            Some(before) if *before != gaussian => {
                let name = |g: &Gaussian| {
                    g.distribution.as_ref().map_or("a modifier's own".to_owned(), |d| format!("\"{d}\""))
                };
                let problem =
                    format!("\"{parameter}\" has two constraints, {} and {}", name(before), name(&gaussian));
                Err(WorkspaceError::at(at, problem))
            }
            _ => {
                self.gaussians.insert(parameter.to_owned(), gaussian);
                Ok(())
            }
        }
    }

    /// The Gaussian of this name, and the parameter that it constrains.
    fn resolve(&self, name: &str, at: &str) -> Result<(String, Gaussian), WorkspaceError> {
        let (place, value) = distribution(self.document, name, at)?;
        let kind = value.get("type").and_then(Value::as_str).unwrap_or_default();
        if !matches!(kind, "gaussian_dist" | "normal_dist") {
            let problem =
                format!("\"{name}\" is a {kind}; only gaussian_dist can constrain a parameter here");
            return Err(WorkspaceError::at(at, problem));
        }
        let gaussian: GaussianDistribution = part(value, &place)?;
        let parameter = |reference: &Reference| match reference {
            Reference::Name(name) if self.parameters.contains(name) => Some(name.clone()),
            _ => None,
        };
        let (parameter, measured) = match (parameter(&gaussian.x), parameter(&gaussian.mean)) {
            (Some(parameter), None) => (parameter, self.number(&gaussian.mean, &format!("{place}.mean"))?),
            (None, Some(parameter)) => (parameter, self.number(&gaussian.x, &format!("{place}.x"))?),
            (Some(_), Some(_)) => {
                return Err(WorkspaceError::at(place, "relates two parameters of the model"));
            }
            (None, None) => {
                return Err(WorkspaceError::at(place, "neither x nor mean is a parameter of the likelihood"));
            }
        };
        let sigma = self.number(&gaussian.sigma, &format!("{place}.sigma"))?;
        Ok((parameter, Gaussian { measured, sigma, distribution: Some(name.to_owned()) }))
    }

    /// A number, or the value of something that is no parameter of the model.
    fn number(&self, reference: &Reference, at: &str) -> Result<f64, WorkspaceError> {
        match reference {
            Reference::Number(number) => Ok(*number),
            Reference::Name(name) if self.parameters.contains(name) => Err(WorkspaceError::at(
                at,
                format!("\"{name}\" is a parameter of the model, expected a constant"),
            )),
            Reference::Name(name) => self.settings.value(name).ok_or_else(|| {
                WorkspaceError::at(
                    at,
                    format!("no parameter point of the analysis has a value for \"{name}\""),
                )
            }),
        }
    }
}

impl Gaussian {
    /// Whether it is the one that `normsys` and `histosys` have anyway.
    pub(super) fn is_unit(&self) -> bool {
        self.measured == 0.0 && self.sigma == 1.0
    }
}

/// The distribution of this name, and its place.
pub(super) fn distribution<'a>(
    document: &'a Document,
    name: &str,
    at: &str,
) -> Result<(String, &'a Value), WorkspaceError> {
    let has_name = |value: &Value| value.get("name").and_then(Value::as_str) == Some(name);
    let found = document.distributions.iter().enumerate().find(|(_, value)| has_name(value));
    found
        .map(|(i, value)| (format!("distributions[{i}] (\"{name}\")"), value))
        .ok_or_else(|| WorkspaceError::at(at, format!("no distribution is called \"{name}\"")))
}

/// What a modifier says of its constraint.
pub(super) fn stated<'a>(modifier: &'a Modifier, at: &str) -> Result<Stated<'a>, WorkspaceError> {
    if let Some(name) = &modifier.constraint_name {
        return Ok(Stated::Named(name));
    }
    let (key, word) = match (&modifier.constraint, &modifier.constraint_type) {
        (Some(word), _) => ("constraint", word.as_str()),
        (None, Some(word)) => ("constraint_type", word.as_str()),
        (None, None) => return Ok(Stated::Nothing),
    };
    let refuse = |problem: String| Err(WorkspaceError::at(format!("{at}.{key}"), problem));
    match word {
        "Gauss" => Ok(Stated::Gauss),
        "Poisson" => Ok(Stated::Poisson),
        "LogNormal" | "Lognormal" | "Const" => {
            refuse(format!("\"{word}\" is not understood here; expected Gauss or Poisson"))
        }
        name if key == "constraint" => Ok(Stated::Named(name)),
        other => refuse(format!("expected Gauss or Poisson, found \"{other}\"")),
    }
}
