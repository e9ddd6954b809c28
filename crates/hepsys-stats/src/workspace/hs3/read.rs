//! From HS3 to a workspace.

use std::collections::BTreeSet;

use serde_json::Value;

use super::configs::configs;
use super::constraints::{Constraints, distribution};
use super::document::{Axis, BinnedData, Document, HistFactory, Likelihood};
use super::modifiers::{Converter, parameter};
use super::settings::Settings;
use super::{Hs3, part};
use crate::histfactory::{Data, Model};
use crate::workspace::parameters::Exceptions;
use crate::workspace::{
    Channel, Config, Interpolation, Measurement, Observation, Sample, Workspace, WorkspaceError,
};

/// An analysis as a workspace, and what the workspace cannot say of it.
pub(super) struct Reading {
    workspace: Workspace,
    interpolation: Interpolation,
    exceptions: Exceptions,
    /// Where the parameters of interest stand, if there are several.
    several: Option<String>,
}

/// A channel with its place in the document.
type Placed = (String, HistFactory);

pub(super) fn read(hs3: &Hs3, analysis: Option<&str>) -> Result<Reading, WorkspaceError> {
    let document = &hs3.document;
    let (a, analysis) = hs3.analysis(analysis)?;
    let at = format!("analyses[{a}] (\"{}\")", analysis.name);
    let found = document.likelihoods.iter().enumerate().find(|(_, l)| l.name == analysis.likelihood);
    let Some((l, likelihood)) = found else {
        let problem = format!("no likelihood is called \"{}\"", analysis.likelihood);
        return Err(WorkspaceError::at(format!("{at}.likelihood"), problem));
    };
    let likelihood_at = format!("likelihoods[{l}] (\"{}\")", likelihood.name);
    let (distributions, observations) = pairs(document, likelihood, &likelihood_at)?;
    let settings = Settings::of(document, analysis, &at)?;
    let mut constraints = Constraints::new(document, &settings, scalars(&distributions)?);
    for (at, distribution) in &distributions {
        for (s, sample) in distribution.samples.iter().enumerate() {
            for (m, modifier) in sample.modifiers.iter().enumerate() {
                let at = format!("{at}.samples[{s}].modifiers[{m}]");
                if let Some(parameter) = parameter(modifier, &at)? {
                    constraints.see(modifier, &parameter, &at)?;
                }
            }
        }
    }
    constraints.take_auxiliary(likelihood, &likelihood_at)?;
    let mut converter = Converter::new(&constraints, hs3.shape_sys_values);
    let channels = distributions
        .iter()
        .enumerate()
        .map(|(c, (at, distribution))| channel(&mut converter, c, distribution, at))
        .collect::<Result<Vec<_>, _>>()?;
    let exceptions = converter.exceptions();
    let parameters = configs(&channels, &constraints, &settings, &converter.bins, &exceptions)?;
    let interest = analysis.parameters_of_interest.as_deref().unwrap_or_default();
    let poi = if let [one] = interest { one.clone() } else { String::new() };
    let several = (interest.len() > 1).then(|| format!("{at}.parameters_of_interest"));
    let config = Config { poi, parameters };
    let measurements = vec![Measurement { name: analysis.name.clone(), config }];
    let workspace =
        Workspace { channels, measurements, observations, version: crate::workspace::VERSION.to_owned() };
    Ok(Reading { workspace, interpolation: converter.interpolation(), exceptions, several })
}

impl Reading {
    pub(super) fn model(self) -> Result<(Model, Data), WorkspaceError> {
        self.workspace.model_with(None, self.interpolation, &self.exceptions)
    }

    pub(super) fn into_workspace(self) -> Result<(Workspace, Interpolation), WorkspaceError> {
        let refuse = |at: &str, what: String| {
            Err(WorkspaceError::at(at, format!("a pyhf document cannot have {what}; the model can")))
        };
        if let Some(at) = self.several {
            return refuse(&at, "several parameters of interest".to_owned());
        }
        if let Some(name) = self.exceptions.poisson.first() {
            return refuse("distributions", format!("a Poisson constraint of the staterror \"{name}\""));
        }
        if let Some(name) = self.exceptions.gaussian.first() {
            return refuse("distributions", format!("a Gaussian constraint of the shapesys \"{name}\""));
        }
        let parameters = &self.workspace.measurements[0].config.parameters;
        let is_finite = |bounds: &[(f64, f64)]| bounds.iter().all(|b| b.0.is_finite() && b.1.is_finite());
        if let Some(config) = parameters.iter().find(|c| !c.bounds.as_deref().is_none_or(is_finite)) {
            return refuse("domains", format!("\"{}\" without bounds", config.name));
        }
        self.workspace.model(None, self.interpolation)?;
        Ok((self.workspace, self.interpolation))
    }
}

/// The channels of a likelihood and what was observed in them.
fn pairs(
    document: &Document,
    likelihood: &Likelihood,
    at: &str,
) -> Result<(Vec<Placed>, Vec<Observation>), WorkspaceError> {
    let (n, n_data) = (likelihood.distributions.len(), likelihood.data.len());
    if n != n_data {
        let problem = format!("has {n_data} entries, expected {n} as there are distributions");
        return Err(WorkspaceError::at(format!("{at}.data"), problem));
    }
    let mut pairs = (Vec::new(), Vec::new());
    for (i, (name, data)) in likelihood.distributions.iter().zip(&likelihood.data).enumerate() {
        let (place, value) = distribution(document, name, &format!("{at}.distributions[{i}]"))?;
        let kind = value.get("type").and_then(Value::as_str).unwrap_or_default();
        if kind != "histfactory_dist" {
            let problem = format!("expected \"histfactory_dist\", found \"{kind}\"");
            return Err(WorkspaceError::at(format!("{place}.type"), problem));
        }
        let channel: HistFactory = part(value, &place)?;
        check_settings(&channel, &place)?;
        let at = format!("{at}.data[{i}]");
        let Some(data) = data.as_str() else {
            return Err(WorkspaceError::at(at, format!("expected the name of binned data, found {data}")));
        };
        let has_name = |value: &Value| value.get("name").and_then(Value::as_str) == Some(data);
        let Some((d, value)) = document.data.iter().enumerate().find(|(_, v)| has_name(v)) else {
            return Err(WorkspaceError::at(at, format!("no data are called \"{data}\"")));
        };
        let counts_at = format!("data[{d}] (\"{data}\")");
        let binned: BinnedData = part(value, &counts_at)?;
        if binned.kind != "binned" {
            let problem = format!("expected \"binned\", found \"{}\"", binned.kind);
            return Err(WorkspaceError::at(format!("{counts_at}.type"), problem));
        }
        check_axes(&binned.axes, binned.contents.len(), &counts_at)?;
        for sample in &channel.samples {
            check_axes(&channel.axes, sample.data.contents.len(), &place)?;
        }
        pairs.0.push((place, channel));
        pairs.1.push(Observation { name: name.clone(), data: binned.contents });
    }
    Ok(pairs)
}

/// What would make statistical uncertainties something else than is understood.
fn check_settings(channel: &HistFactory, at: &str) -> Result<(), WorkspaceError> {
    if let Some(method) = channel.barlow_beeston_method.as_ref().filter(|m| *m != "lite") {
        let problem = format!("expected \"lite\", found \"{method}\"");
        return Err(WorkspaceError::at(format!("{at}.barlow_beeston_method"), problem));
    }
    if let Some(settings) = channel.staterror.as_ref().filter(|s| s.threshold != 0.0) {
        let problem = format!("expected 0, found {}: bins are fixed by const here", settings.threshold);
        return Err(WorkspaceError::at(format!("{at}.staterror.relThreshold"), problem));
    }
    Ok(())
}

fn check_axes(axes: &[Axis], n_bins: usize, at: &str) -> Result<(), WorkspaceError> {
    let expected: Option<usize> = axes.iter().map(Axis::n_bins).product();
    match expected {
        Some(expected) if expected != n_bins && !axes.is_empty() => {
            let problem = format!("has {n_bins} bins, expected {expected} by its axes");
            Err(WorkspaceError::at(format!("{at}.contents"), problem))
        }
        _ => Ok(()),
    }
}

/// The parameters that a single one of stands for a modifier.
fn scalars(distributions: &[Placed]) -> Result<BTreeSet<String>, WorkspaceError> {
    let mut scalars = BTreeSet::new();
    for (at, distribution) in distributions {
        for (s, sample) in distribution.samples.iter().enumerate() {
            for (m, modifier) in sample.modifiers.iter().enumerate() {
                scalars.extend(parameter(modifier, &format!("{at}.samples[{s}].modifiers[{m}]"))?);
            }
        }
    }
    Ok(scalars)
}

fn channel(
    converter: &mut Converter<'_>,
    c: usize,
    distribution: &HistFactory,
    at: &str,
) -> Result<Channel, WorkspaceError> {
    let samples = distribution.samples.iter().enumerate().map(|(s, sample)| {
        let modifiers = sample.modifiers.iter().enumerate().map(|(m, modifier)| {
            let at = format!("{at}.samples[{s}].modifiers[{m}]");
            converter.modifier((c, distribution), sample, modifier, &at)
        });
        Ok(Sample {
            modifiers: modifiers.collect::<Result<_, WorkspaceError>>()?,
            name: sample.name.clone().unwrap_or_else(|| format!("sample_{s}")),
            data: sample.data.contents.clone(),
        })
    });
    Ok(Channel { samples: samples.collect::<Result<_, WorkspaceError>>()?, name: distribution.name.clone() })
}
