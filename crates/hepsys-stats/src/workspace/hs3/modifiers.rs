//! From a modifier of HS3 to one of pyhf.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::constraints::{Constraints, Stated, stated};
use super::document::{HistFactory, Modifier, Sample};
use super::{ShapeSysValues, interpolation, names, part};
use crate::histfactory::{NormInterpolation, ShapeInterpolation};
use crate::workspace::kind::Kind;
use crate::workspace::parameters::Exceptions;
use crate::workspace::{self, Interpolation, WorkspaceError};

/// Converts modifiers and remembers what all of them together have to agree on.
pub(super) struct Converter<'a> {
    constraints: &'a Constraints<'a>,
    shape_sys_values: ShapeSysValues,
    norm: Option<NormInterpolation>,
    shape: Option<ShapeInterpolation>,
    /// Whether a staterror or shapesys has the density that its type does not imply, by its name.
    is_exception: BTreeMap<(String, &'static str), bool>,
    /// The modifiers of single bins.
    pub(super) bins: Vec<BinParameters>,
}

/// The names of the parameters of a modifier of single bins.
pub(super) struct BinParameters {
    pub(super) channel: usize,
    pub(super) modifier: String,
    pub(super) kind: Kind,
    pub(super) names: Vec<String>,
    pub(super) at: String,
}

#[derive(Deserialize)]
struct NormSysData {
    hi: f64,
    lo: f64,
    interpolation: Option<Value>,
}

#[derive(Deserialize)]
struct HistoSysData {
    hi: Contents,
    lo: Contents,
    interpolation: Option<Value>,
}

#[derive(Deserialize)]
struct Contents {
    contents: Vec<f64>,
}

#[derive(Deserialize)]
struct ShapeSysData {
    vals: Vec<f64>,
}

/// The parameter of a modifier that has one, or nothing if its type has one for each bin.
pub(super) fn parameter(modifier: &Modifier, at: &str) -> Result<Option<String>, WorkspaceError> {
    let prefix = match modifier.kind.as_str() {
        "normfactor" => "",
        // What ROOT calls a parameter that is not named.
        "normsys" | "histosys" => "alpha_",
        "shapefactor" | "shapesys" | "staterror" => return Ok(None),
        other => {
            let problem = format!(
                "\"{other}\" is none of normfactor, normsys, histosys, shapefactor, shapesys, staterror"
            );
            return Err(WorkspaceError::at(format!("{at}.type"), problem));
        }
    };
    let named = modifier.name.as_ref().map(|name| format!("{prefix}{name}"));
    let parameter = modifier.parameter.clone().or(named);
    parameter.map(Some).ok_or_else(|| WorkspaceError::at(format!("{at}.parameter"), "is missing"))
}

impl<'a> Converter<'a> {
    pub(super) fn new(constraints: &'a Constraints<'a>, shape_sys_values: ShapeSysValues) -> Self {
        Self {
            constraints,
            shape_sys_values,
            norm: None,
            shape: None,
            is_exception: BTreeMap::new(),
            bins: Vec::new(),
        }
    }

    /// The interpolation that all modifiers share.
    pub(super) fn interpolation(&self) -> Interpolation {
        Interpolation { norm: self.norm.unwrap_or_default(), shape: self.shape.unwrap_or_default() }
    }

    /// The modifiers whose densities pyhf's document cannot have.
    pub(super) fn exceptions(&self) -> Exceptions {
        let of = |kind: &str| {
            let names = self.is_exception.iter().filter(|((_, k), is)| **is && *k == kind);
            names.map(|((name, _), _)| name.clone()).collect()
        };
        Exceptions { poisson: of("staterror"), gaussian: of("shapesys") }
    }

    pub(super) fn modifier(
        &mut self,
        (c, channel): (usize, &HistFactory),
        sample: &Sample,
        modifier: &Modifier,
        at: &str,
    ) -> Result<workspace::Modifier, WorkspaceError> {
        let kind = modifier.kind.as_str();
        let made =
            |kind: &str, name: String, data: Value| workspace::Modifier { name, kind: kind.to_owned(), data };
        let n_bins = sample.data.contents.len();
        let (own, default) = (modifier.interpolation.as_ref(), channel.default_interpolation.as_ref());
        if let Some(name) = parameter(modifier, at)? {
            return match kind {
                "normsys" => {
                    let NormSysData { hi, lo, interpolation } = data(modifier, at)?;
                    let named = [own, interpolation.as_ref(), default];
                    agree(&mut self.norm, interpolation::stated(named, interpolation::norm, at)?, at)?;
                    Ok(made(kind, name, json!({"hi": hi, "lo": lo})))
                }
                "histosys" => {
                    let HistoSysData { hi, lo, interpolation } = data(modifier, at)?;
                    let named = [own, interpolation.as_ref(), default];
                    agree(&mut self.shape, interpolation::stated(named, interpolation::shape, at)?, at)?;
                    for (key, histogram) in [("hi", &hi), ("lo", &lo)] {
                        check_length(&histogram.contents, n_bins, &format!("{at}.data.{key}.contents"))?;
                    }
                    Ok(made(kind, name, json!({"hi_data": hi.contents, "lo_data": lo.contents})))
                }
                _ if self.constraints.of(&name).is_some() => Ok(made("lumi", name, Value::Null)),
                _ => Ok(made(kind, name, Value::Null)),
            };
        }
        let stated = stated(modifier, at)?;
        if let Stated::Named(name) = stated {
            let problem = format!("\"{name}\" cannot constrain the bins of a {kind} here");
            return Err(WorkspaceError::at(format!("{at}.constraint"), problem));
        }
        match kind {
            "shapesys" => {
                let ShapeSysData { vals } = data(modifier, at)?;
                check_length(&vals, n_bins, &format!("{at}.data.vals"))?;
                let contents = &sample.data.contents;
                let vals = match self.shape_sys_values {
                    ShapeSysValues::Absolute => vals,
                    ShapeSysValues::Relative => vals.iter().zip(contents).map(|(v, n)| v * n).collect(),
                };
                let name = self.bin_parameters(c, channel, modifier, Kind::ShapeSys, n_bins, at)?;
                self.except(&name, "shapesys", stated == Stated::Gauss, at)?;
                Ok(made(kind, name, json!(vals)))
            }
            "staterror" => {
                let is_poisson =
                    match (stated, channel.staterror.as_ref().and_then(|s| s.constraint_type.as_deref())) {
                        (Stated::Gauss, _) | (Stated::Nothing, Some("Gauss")) => false,
                        (Stated::Poisson, _) | (Stated::Nothing, Some("Poisson")) => true,
                        (_, other) => {
                            let found = other.unwrap_or("none");
                            let problem =
                                format!("expected Gauss or Poisson, on which readers differ, found {found}");
                            return Err(WorkspaceError::at(format!("{at}.constraint"), problem));
                        }
                    };
                refuse_data(modifier, "the uncertainties are the errors of the sample", at)?;
                let errors = sample.data.errors.as_ref().ok_or_else(|| {
                    WorkspaceError::at(at, "the sample has no data.errors, which a staterror needs")
                })?;
                check_length(errors, n_bins, &format!("{at}: data.errors of the sample"))?;
                let name = self.bin_parameters(c, channel, modifier, Kind::StatError, n_bins, at)?;
                self.except(&name, "staterror", is_poisson, at)?;
                Ok(made(kind, name, json!(errors)))
            }
            _ => {
                if stated != Stated::Nothing {
                    let problem = "a shapefactor is free; constrained bins are a shapesys";
                    return Err(WorkspaceError::at(format!("{at}.constraint"), problem));
                }
                refuse_data(modifier, "a shapefactor has none", at)?;
                let name = self.bin_parameters(c, channel, modifier, Kind::ShapeFactor, n_bins, at)?;
                Ok(made(kind, name, Value::Null))
            }
        }
    }

    /// Remembers the parameters of single bins; gives the name that the modifier has in pyhf's document.
    fn bin_parameters(
        &mut self,
        c: usize,
        channel: &HistFactory,
        modifier: &Modifier,
        kind: Kind,
        n_bins: usize,
        at: &str,
    ) -> Result<String, WorkspaceError> {
        let own = modifier.name.as_ref().or(modifier.parameter.as_ref());
        let names = match (&modifier.parameters, own) {
            (Some(given), _) if given.len() == n_bins => given.clone(),
            (Some(given), _) => {
                let problem = format!("has {} names, expected {n_bins} as there are bins", given.len());
                return Err(WorkspaceError::at(format!("{at}.parameters"), problem));
            }
            // What ROOT calls parameters that are not named.
            (None, _) if kind == Kind::StatError => {
                (0..n_bins).map(|i| names::of_bin(&format!("stat_{}", channel.name), i)).collect()
            }
            (None, Some(own)) => (0..n_bins).map(|i| names::of_bin(own, i)).collect(),
            (None, None) => return Err(WorkspaceError::at(format!("{at}.parameters"), "is missing")),
        };
        // Only a staterror goes on in another channel.
        let is_free = |name: &String| {
            let mut others = self.bins.iter().filter(|b| b.modifier == *name);
            others.all(|b| b.kind == kind && (b.names == names || kind == Kind::StatError && b.channel != c))
        };
        if kind == Kind::StatError
            && let Some(other) =
                self.bins.iter().find(|b| b.channel == c && b.kind == kind && b.names != names)
        {
            let problem = format!("has other parameters than {}, expected one set in a channel", other.at);
            return Err(WorkspaceError::at(at, problem));
        }
        let modifier = names::of_modifier(&names).filter(is_free).or_else(|| own.cloned());
        let Some(name) = modifier else {
            let problem = "the modifier has no name, and its parameters do not give it one";
            return Err(WorkspaceError::at(format!("{at}.name"), problem));
        };
        self.bins.push(BinParameters { channel: c, modifier: name.clone(), kind, names, at: at.to_owned() });
        Ok(name)
    }

    fn except(&mut self, name: &str, kind: &'static str, is: bool, at: &str) -> Result<(), WorkspaceError> {
        let before = self.is_exception.insert((name.to_owned(), kind), is);
        match before {
            Some(before) if before != is => {
                let problem = format!(
                    "\"{name}\" is constrained by a Gaussian in one place and by a Poisson in another"
                );
                Err(WorkspaceError::at(format!("{at}.constraint"), problem))
            }
            _ => Ok(()),
        }
    }
}

fn data<T: DeserializeOwned>(modifier: &Modifier, at: &str) -> Result<T, WorkspaceError> {
    part(modifier.data.as_ref().unwrap_or(&Value::Null), &format!("{at}.data"))
}

fn refuse_data(modifier: &Modifier, problem: &str, at: &str) -> Result<(), WorkspaceError> {
    match &modifier.data {
        None | Some(Value::Null) => Ok(()),
        Some(_) => Err(WorkspaceError::at(format!("{at}.data"), problem)),
    }
}

fn check_length(values: &[f64], n_bins: usize, at: &str) -> Result<(), WorkspaceError> {
    if values.len() == n_bins {
        return Ok(());
    }
    Err(WorkspaceError::at(at, format!("has {} values, expected {n_bins} as there are bins", values.len())))
}

/// All modifiers of a type interpolate alike, as in pyhf.
fn agree<T: Copy + PartialEq + std::fmt::Debug>(
    shared: &mut Option<T>,
    found: T,
    at: &str,
) -> Result<(), WorkspaceError> {
    match *shared {
        Some(before) if before != found => {
            let problem = format!("is {found:?}, expected {before:?} as the first of its type has");
            Err(WorkspaceError::at(format!("{at}.interpolation"), problem))
        }
        _ => {
            *shared = Some(found);
            Ok(())
        }
    }
}
