//! From channels of a workspace to distributions and data.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::document::{Axis, BinnedData, Document, HistFactory, Modifier, Sample, SampleData};
use super::write::{Writer, data_name};
use super::{ShapeSysValues, interpolation, names};
use crate::workspace::kind::Kind;
use crate::workspace::parameters::Parameters;
use crate::workspace::{self, WorkspaceError, values};

impl Writer<'_> {
    /// Distributions and data.
    pub(super) fn channels(
        &self,
        parameters: &Parameters,
        document: &mut Document,
    ) -> Result<(), WorkspaceError> {
        for (c, channel) in self.workspace.channels.iter().enumerate() {
            let n_bins = channel.samples.first().map_or(0, |s| s.data.len());
            let axis = Axis {
                name: format!("obs_{}", channel.name),
                min: Some(0.0),
                max: Some(n_bins as f64),
                nbins: Some(n_bins),
                edges: None,
            };
            let stat_errors: BTreeSet<&str> = channel
                .samples
                .iter()
                .flat_map(|s| &s.modifiers)
                .filter(|m| m.kind == "staterror")
                .map(|m| m.name.as_str())
                .collect();
            if stat_errors.len() > 1 {
                let names = stat_errors.into_iter().collect::<Vec<_>>().join(", ");
                let problem = format!("has the staterrors {names}; HS3 has one in a channel");
                return Err(WorkspaceError::at(format!("channels[{c}] (\"{}\")", channel.name), problem));
            }
            let samples = channel.samples.iter().enumerate().map(|(s, sample)| {
                let at = format!("channels[{c}].samples[{s}]");
                self.sample(parameters, c, sample, &at)
            });
            let distribution = HistFactory {
                name: channel.name.clone(),
                kind: "histfactory_dist".to_owned(),
                axes: vec![axis.clone()],
                samples: samples.collect::<Result<_, _>>()?,
                default_interpolation: None,
                barlow_beeston_method: None,
                staterror: None,
            };
            document.distributions.push(json(&distribution)?);
            let observed = self.workspace.observations.iter().find(|o| o.name == channel.name);
            let contents = observed.map(|o| o.data.clone()).unwrap_or_default();
            let name = data_name(&channel.name);
            let data = BinnedData { name, kind: "binned".to_owned(), contents, axes: vec![axis] };
            document.data.push(json(&data)?);
        }
        Ok(())
    }

    fn sample(
        &self,
        parameters: &Parameters,
        c: usize,
        sample: &workspace::Sample,
        at: &str,
    ) -> Result<Sample, WorkspaceError> {
        let mut errors = None;
        let mut modifiers = Vec::new();
        for (m, modifier) in sample.modifiers.iter().enumerate() {
            let at = format!("{at}.modifiers[{m}]");
            let kind = Kind::of(modifier, &at)?;
            let name = modifier.name.clone();
            let n_bins = sample.data.len();
            let mut made =
                Modifier { name: Some(name.clone()), kind: modifier.kind.clone(), ..Modifier::default() };
            if kind.is_scalar() {
                made.parameter = Some(name);
            } else {
                let first = parameters.first(&name, c, kind) - start(parameters, &name);
                made.parameters = Some((first..first + n_bins).map(|i| names::of_bin(&name, i)).collect());
            }
            match kind {
                Kind::NormFactor | Kind::ShapeFactor => {}
                Kind::Lumi => "normfactor".clone_into(&mut made.kind),
                Kind::NormSys => {
                    made.constraint = Some("Gauss".to_owned());
                    made.data = Some(json!({"hi": modifier.data["hi"], "lo": modifier.data["lo"]}));
                    name_interpolation(&mut made, interpolation::write_norm(self.interpolation.norm));
                }
                Kind::HistoSys => {
                    made.constraint = Some("Gauss".to_owned());
                    let histogram = |key| json!({"contents": modifier.data[key]});
                    made.data = Some(json!({"hi": histogram("hi_data"), "lo": histogram("lo_data")}));
                    name_interpolation(&mut made, interpolation::write_shape(self.interpolation.shape));
                }
                Kind::ShapeSys => {
                    made.constraint = Some("Poisson".to_owned());
                    let mut vals = values(&modifier.data, n_bins, &format!("{at}.data"))?;
                    if self.shape_sys_values == ShapeSysValues::Relative {
                        let pairs = vals.iter().zip(&sample.data);
                        // Without events there is no constraint, and no relative uncertainty either.
                        vals = pairs.map(|(&v, &n)| if n > 0.0 { v / n } else { 0.0 }).collect();
                    }
                    made.data = Some(json!({"vals": vals}));
                }
                Kind::StatError => {
                    made.constraint = Some("Gauss".to_owned());
                    errors = Some(values(&modifier.data, n_bins, &format!("{at}.data"))?);
                }
            }
            modifiers.push(made);
        }
        let data = SampleData { contents: sample.data.clone(), errors };
        Ok(Sample { name: Some(sample.name.clone()), data, modifiers })
    }
}

fn name_interpolation(modifier: &mut Modifier, written: interpolation::Written) {
    if let (Some((own, of_data)), Some(data)) = (written, &mut modifier.data) {
        modifier.interpolation = Some(own);
        data["interpolation"] = of_data;
    }
}

/// The place of a modifier's first parameter.
fn start(parameters: &Parameters, modifier: &str) -> usize {
    let block = parameters.blocks().into_iter().find(|(name, ..)| *name == modifier);
    block.map_or(0, |(_, _, block)| block.start)
}

fn json(value: &impl serde::Serialize) -> Result<Value, WorkspaceError> {
    serde_json::to_value(value)
        .map_err(|e| WorkspaceError::Json { path: String::new(), problem: e.to_string() })
}
