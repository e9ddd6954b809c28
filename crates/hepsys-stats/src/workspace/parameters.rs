//! The parameters that modifiers stand for.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::WorkspaceError;
use super::document::ParameterConfig;
use super::kind::Kind;
use super::registry::Seen;
use crate::Parameter;
use crate::histfactory::{Auxiliary, AuxiliaryDensity};

/// Modifiers whose auxiliary measurements have another density than their type says: pyhf's document cannot ask for it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Exceptions {
    /// The names of staterrors with Poisson measurements.
    pub(super) poisson: BTreeSet<String>,
    /// The names of shapesys with Gaussian measurements.
    pub(super) gaussian: BTreeSet<String>,
}

/// The parameters of a model, and where each modifier's begin.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    list: Vec<Parameter>,
    auxiliaries: Vec<Auxiliary>,
    first: BTreeMap<String, Block>,
}

/// Where a modifier's parameters begin, its kind, and the offset of each channel that has its own.
type Block = (usize, Kind, Vec<(usize, usize)>);

impl Parameters {
    /// The place of the first parameter of a modifier in a channel.
    pub(super) fn first(&self, name: &str, channel: usize, kind: Kind) -> usize {
        // Every modifier was seen before.
        let Some((first, _, channels)) = self.first.get(name) else { return 0 };
        match kind {
            Kind::StatError => {
                first + channels.iter().find(|(c, _)| *c == channel).map_or(0, |(_, offset)| *offset)
            }
            _ => *first,
        }
    }

    /// The place of the only parameter of a modifier.
    pub(super) fn scalar(&self, name: &str) -> Option<usize> {
        self.first.get(name).filter(|(_, kind, _)| kind.is_scalar()).map(|(first, ..)| *first)
    }

    /// Each modifier with its type and the places of its parameters.
    pub(super) fn blocks(&self) -> Vec<(&str, Kind, Range<usize>)> {
        let mut blocks: Vec<_> = self
            .first
            .iter()
            .map(|(name, (first, kind, _))| (name.as_str(), *kind, *first..*first))
            .collect();
        blocks.sort_by_key(|(_, _, range)| range.start);
        let mut end = self.list.len();
        for (_, _, range) in blocks.iter_mut().rev() {
            (range.end, end) = (end, range.start);
        }
        blocks
    }

    pub(super) fn list(&self) -> &[Parameter] {
        &self.list
    }

    pub(super) fn auxiliaries(&self) -> &[Auxiliary] {
        &self.auxiliaries
    }

    pub(super) fn into_parts(self) -> (Vec<Parameter>, Vec<Auxiliary>) {
        (self.list, self.auxiliaries)
    }

    /// Refuses two parameters of one name, such as a factor called as one bin of another.
    pub(super) fn check_names(&self, at: &str) -> Result<(), WorkspaceError> {
        let mut names = BTreeSet::new();
        match self.list.iter().find(|p| !names.insert(p.name.as_str())) {
            Some(twice) => {
                Err(WorkspaceError::at(at, format!("two parameters are called \"{}\"", twice.name)))
            }
            None => Ok(()),
        }
    }

    pub(super) fn add(
        &mut self,
        name: &str,
        seen: &Seen,
        config: Option<&ParameterConfig>,
        at: &str,
        exceptions: &Exceptions,
    ) -> Result<(), WorkspaceError> {
        let n = seen.n_values;
        let first = self.list.len();
        let settings = Settings { config, n, at };
        let (init, bounds) = seen.kind.defaults();
        let inits = settings.list(config.and_then(|c| c.inits.as_ref()), "inits", init)?;
        let bounds = settings.list(config.and_then(|c| c.bounds.as_ref()), "bounds", bounds)?;
        let auxdata = settings.list(config.and_then(|c| c.auxdata.as_ref()), "auxdata", f64::NAN)?;
        let sigmas = settings.list(config.and_then(|c| c.sigmas.as_ref()), "sigmas", f64::NAN)?;
        let factors = settings.list(config.and_then(|c| c.factors.as_ref()), "factors", f64::NAN)?;
        let given = |value: f64, otherwise: f64| if value.is_nan() { otherwise } else { value };
        for i in 0..n {
            let parameter = first + i;
            let mut is_fixed = config.and_then(|c| c.fixed).unwrap_or(false);
            let auxiliary = match seen.kind {
                Kind::NormFactor | Kind::ShapeFactor => None,
                Kind::HistoSys | Kind::NormSys => {
                    let density = AuxiliaryDensity::Gaussian { sigma: given(sigmas[i], 1.0) };
                    Some((density, given(auxdata[i], 0.0)))
                }
                Kind::Lumi => {
                    if auxdata[i].is_nan() || sigmas[i].is_nan() {
                        let problem = format!("\"{name}\" is a luminosity and needs auxdata and sigmas");
                        return Err(WorkspaceError::at(at, problem));
                    }
                    Some((AuxiliaryDensity::Gaussian { sigma: sigmas[i] }, auxdata[i]))
                }
                Kind::ShapeSys => {
                    let (nominal, uncertainty) = (seen.yields[i], seen.uncertainties[i]);
                    let has_constraint = nominal > 0.0 && uncertainty > 0.0;
                    let tau = if has_constraint { (nominal / uncertainty).powi(2) } else { 1.0 };
                    is_fixed |= !has_constraint;
                    if exceptions.gaussian.contains(name) {
                        let sigma = if has_constraint { uncertainty / nominal } else { 1.0 };
                        Some((AuxiliaryDensity::Gaussian { sigma }, 1.0))
                    } else {
                        let tau = given(factors[i], tau);
                        Some((AuxiliaryDensity::Poisson { tau }, given(auxdata[i], tau)))
                    }
                }
                Kind::StatError => {
                    let (total, uncertainty) = (seen.yields[i], seen.uncertainties[i].sqrt());
                    let relative = if total > 0.0 { uncertainty / total } else { 0.0 };
                    is_fixed |= relative == 0.0;
                    if exceptions.poisson.contains(name) {
                        let tau = if relative > 0.0 { relative.powi(-2) } else { 1.0 };
                        Some((AuxiliaryDensity::Poisson { tau }, tau))
                    } else {
                        let sigma = given(sigmas[i], if relative > 0.0 { relative } else { 1.0 });
                        Some((AuxiliaryDensity::Gaussian { sigma }, given(auxdata[i], 1.0)))
                    }
                }
            };
            let mut width = None;
            if let Some((density, nominal)) = auxiliary {
                density.check(name, nominal).map_err(|e| WorkspaceError::at(at, e.to_string()))?;
                width = Some(density.width(nominal));
                self.auxiliaries.push(Auxiliary { parameter, density, nominal });
            }
            let bounds = bounds[i];
            if !(bounds.0 <= inits[i] && inits[i] <= bounds.1) {
                let problem = format!(
                    "\"{name}\" begins at {} outside its bounds {} to {}",
                    inits[i], bounds.0, bounds.1
                );
                return Err(WorkspaceError::at(at, problem));
            }
            let name = if seen.kind.is_scalar() { name.to_owned() } else { format!("{name}[{i}]") };
            self.list.push(Parameter { name, init: inits[i], bounds, is_fixed, width });
        }
        self.first.insert(name.to_owned(), (first, seen.kind, seen.channels.clone()));
        Ok(())
    }
}

/// The lists of a measurement's settings, each as long as the modifier has parameters.
struct Settings<'a> {
    config: Option<&'a ParameterConfig>,
    n: usize,
    at: &'a str,
}

impl Settings<'_> {
    fn list<T: Copy>(
        &self,
        given: Option<&Vec<T>>,
        key: &str,
        otherwise: T,
    ) -> Result<Vec<T>, WorkspaceError> {
        debug_assert!(given.is_none() || self.config.is_some());
        match given {
            None => Ok(vec![otherwise; self.n]),
            Some(values) if values.len() == self.n => Ok(values.clone()),
            Some(values) => {
                let problem = format!("has {} values, expected {}", values.len(), self.n);
                Err(WorkspaceError::at(format!("{}.{key}", self.at), problem))
            }
        }
    }
}
