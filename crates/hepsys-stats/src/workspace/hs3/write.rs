//! From a workspace to HS3.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::document::{
    Analysis, Axis, Document, Domain, Likelihood, Metadata, Package, ParameterPoint, ParameterValue,
};
use super::{ShapeSysValues, names};
use crate::histfactory::{Auxiliary, AuxiliaryDensity};
use crate::workspace::kind::Kind;
use crate::workspace::layout::{Layout, sorted};
use crate::workspace::parameters::{Exceptions, Parameters};
use crate::workspace::{Interpolation, Measurement, Workspace, WorkspaceError};

/// The version of the standard that is written.
const VERSION: &str = "0.2";

pub(super) fn document(
    workspace: &Workspace,
    interpolation: Interpolation,
    shape_sys_values: ShapeSysValues,
) -> Result<Document, WorkspaceError> {
    sorted(&workspace.measurements, "measurements", |m| &m.name)?;
    let mut writer = Writer { workspace, interpolation, shape_sys_values, sigmas: BTreeMap::new() };
    let mut document = Document {
        distributions: Vec::new(),
        functions: None,
        data: Vec::new(),
        likelihoods: Vec::new(),
        domains: Vec::new(),
        parameter_points: Vec::new(),
        analyses: Vec::new(),
        metadata: Metadata {
            hs3_version: VERSION.to_owned(),
            packages: vec![Package {
                name: "hepsys".to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
            }],
            ..Metadata::default()
        },
        misc: (shape_sys_values == ShapeSysValues::Relative)
            .then(|| json!({"hepsys": {"shapesys_vals": "relative"}})),
    };
    for measurement in &workspace.measurements {
        // Whatever is wrong with the workspace is found here.
        workspace.model(Some(&measurement.name), interpolation)?;
        let parameters = writer.parameters(measurement)?;
        if document.analyses.is_empty() {
            writer.channels(&parameters, &mut document)?;
        }
        writer.measurement(measurement, &parameters, &mut document)?;
    }
    for ((parameter, _), (name, sigma)) in &writer.sigmas {
        let x = nominal(parameter);
        let gaussian =
            json!({"name": name, "type": "gaussian_dist", "x": x, "mean": parameter, "sigma": sigma});
        document.distributions.push(gaussian);
    }
    check_names(&document)?;
    Ok(document)
}

pub(super) struct Writer<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) interpolation: Interpolation,
    pub(super) shape_sys_values: ShapeSysValues,
    /// The names and widths of the Gaussians of luminosities, by parameter and the bits of the width.
    sigmas: BTreeMap<(String, u64), (String, f64)>,
}

impl Writer<'_> {
    /// The parameters of a measurement; HS3 has to be able to say how they are constrained.
    fn parameters(&self, measurement: &Measurement) -> Result<Parameters, WorkspaceError> {
        let finish = |configs: &[_]| {
            Layout::of(&self.workspace.channels)?.registry()?.finish(configs, "", &Exceptions::default())
        };
        let parameters = finish(&measurement.config.parameters)?;
        let mut plain = measurement.config.parameters.clone();
        for (name, kind, _) in parameters.blocks() {
            if let Some(config) = plain.iter_mut().find(|c| c.name == name && kind != Kind::Lumi) {
                (config.auxdata, config.sigmas, config.factors) = (None, None, None);
            }
        }
        let plain = finish(&plain)?;
        let moved = parameters.auxiliaries().iter().zip(plain.auxiliaries()).find(|(a, b)| a != b);
        match moved {
            None => Ok(parameters),
            Some((auxiliary, _)) => {
                let at = format!("measurements (\"{}\").config.parameters", measurement.name);
                let name = &parameters.list()[auxiliary.parameter].name;
                let problem = format!(
                    "the auxiliary measurement of \"{name}\" is moved or scaled, which HS3 cannot say of its modifier"
                );
                Err(WorkspaceError::at(at, problem))
            }
        }
    }

    /// Likelihood, domain, parameter point and analysis of a measurement.
    fn measurement(
        &mut self,
        measurement: &Measurement,
        parameters: &Parameters,
        document: &mut Document,
    ) -> Result<(), WorkspaceError> {
        let name = &measurement.name;
        let mut point = ParameterPoint { name: format!("{name}_init"), parameters: Vec::new() };
        let mut domain =
            Domain { name: format!("{name}_domain"), kind: "product_domain".to_owned(), axes: Vec::new() };
        let mut aux_distributions = Vec::new();
        for (modifier, kind, block) in parameters.blocks() {
            for (i, parameter) in parameters.list()[block.clone()].iter().enumerate() {
                let name = if kind.is_scalar() { modifier.to_owned() } else { names::of_bin(modifier, i) };
                let (min, max) = (Some(parameter.bounds.0), Some(parameter.bounds.1));
                domain.axes.push(Axis { name: name.clone(), min, max, ..Axis::default() });
                point.parameters.push(ParameterValue {
                    name,
                    value: parameter.init,
                    is_const: parameter.is_fixed,
                });
            }
            if kind == Kind::Lumi {
                let of = |a: &&Auxiliary| a.parameter == block.start;
                if let Some(Auxiliary {
                    density: AuxiliaryDensity::Gaussian { sigma }, nominal: value, ..
                }) = parameters.auxiliaries().iter().find(of)
                {
                    aux_distributions.push(self.gaussian(modifier, *sigma));
                    point.parameters.push(ParameterValue {
                        name: nominal(modifier),
                        value: *value,
                        is_const: true,
                    });
                }
            }
        }
        let channels = self.workspace.channels.iter().map(|c| c.name.clone());
        let likelihood = Likelihood {
            name: format!("{name}_likelihood"),
            data: channels.clone().map(|c| Value::from(data_name(&c))).collect(),
            distributions: channels.collect(),
            aux_distributions,
        };
        let poi = &measurement.config.poi;
        document.analyses.push(Analysis {
            name: name.clone(),
            likelihood: likelihood.name.clone(),
            parameters_of_interest: Some(if poi.is_empty() { Vec::new() } else { vec![poi.clone()] }),
            domain: None,
            domains: vec![domain.name.clone()],
            init: Some(point.name.clone()),
        });
        document.likelihoods.push(likelihood);
        document.domains.push(domain);
        document.parameter_points.push(point);
        Ok(())
    }

    /// The name of a Gaussian of this width.
    fn gaussian(&mut self, parameter: &str, sigma: f64) -> String {
        let others = self.sigmas.keys().filter(|(p, _)| p == parameter).count();
        let suffix = if others == 0 { String::new() } else { format!("_{others}") };
        let entry = self.sigmas.entry((parameter.to_owned(), sigma.to_bits()));
        entry.or_insert_with(|| (format!("{parameter}_constraint{suffix}"), sigma)).0.clone()
    }
}

fn nominal(parameter: &str) -> String {
    format!("nom_{parameter}")
}

pub(super) fn data_name(channel: &str) -> String {
    format!("data_{channel}")
}

/// Distributions, data, observables and parameters share one space of names in HS3.
fn check_names(document: &Document) -> Result<(), WorkspaceError> {
    let of = |values: &[Value]| -> Vec<String> {
        values.iter().filter_map(|v| v["name"].as_str()).map(str::to_owned).collect()
    };
    let points: BTreeSet<&String> =
        document.parameter_points.iter().flat_map(|p| &p.parameters).map(|v| &v.name).collect();
    let observables: BTreeSet<&str> =
        document.data.iter().filter_map(|d| d["axes"][0]["name"].as_str()).collect();
    let names = of(&document.distributions)
        .into_iter()
        .chain(of(&document.data))
        .chain(points.into_iter().cloned())
        .chain(observables.into_iter().map(str::to_owned));
    let mut seen = BTreeSet::new();
    for name in names {
        if seen.contains(&name) {
            let problem = format!("\"{name}\" would name two things, which HS3 does not allow");
            return Err(WorkspaceError::at("channels", problem));
        }
        seen.insert(name);
    }
    // The bins of a modifier called "a" may have the names of a modifier called otherwise.
    for point in &document.parameter_points {
        let distinct: BTreeSet<&String> = point.parameters.iter().map(|v| &v.name).collect();
        if distinct.len() != point.parameters.len() {
            return Err(WorkspaceError::at("channels", "two parameters would have one name in HS3"));
        }
    }
    Ok(())
}
