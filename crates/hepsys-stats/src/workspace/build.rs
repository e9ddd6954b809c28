//! From a document to a model.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use super::document::{Channel, Modifier, ParameterConfig, Sample, Workspace};
use super::kind::Kind;
use super::layout::{Layout, Place, sorted};
use super::parameters::Exceptions;
use super::{Interpolation, WorkspaceError};
use crate::histfactory::channel::{self, Factor, SampleTerm, Shape};
use crate::histfactory::interpolation::{NormInterpolation, NormSys};
use crate::histfactory::{Data, Model};

impl Workspace {
    /// The model of a measurement, the first unless named, and the data that were observed.
    ///
    /// Channels and samples are put in the order of their names and parameters in the order of their modifiers' types, as
    /// pyhf does, so that vectors of parameters and of data mean the same in both.
    ///
    /// # Errors
    ///
    /// [`WorkspaceError`] with the place in the document that does not make sense.
    pub fn model(
        &self,
        measurement: Option<&str>,
        interpolation: Interpolation,
    ) -> Result<(Model, Data), WorkspaceError> {
        self.model_with(measurement, interpolation, &Exceptions::default())
    }

    /// The same, with densities of auxiliary measurements that the document cannot ask for.
    pub(super) fn model_with(
        &self,
        measurement: Option<&str>,
        interpolation: Interpolation,
        exceptions: &Exceptions,
    ) -> Result<(Model, Data), WorkspaceError> {
        let (at, measurement) = self.measurement(measurement)?;
        let layout = Layout::of(&self.channels)?;
        let Layout { channels, samples, bins, n_bins } = &layout;
        let parameters = layout.registry()?.finish(
            &measurement.config.parameters,
            &format!("{at}.config.parameters"),
            exceptions,
        )?;
        let mut terms = Vec::new();
        for (((c, channel), samples), bins) in channels.iter().zip(samples).zip(bins) {
            let mut builder =
                ChannelBuilder { registry: &parameters, interpolation, channel: *c, bins: bins.clone() };
            let built = samples
                .iter()
                .map(|(s, sample)| builder.sample(sample, &Place::new(*c, channel, *s, sample)))
                .collect::<Result<Vec<_>, _>>()?;
            terms.push(with_active(&channel.name, bins.clone(), built, interpolation));
        }
        let poi = match measurement.config.poi.as_str() {
            "" => None,
            name => Some(parameters.scalar(name).ok_or_else(|| {
                WorkspaceError::at(
                    format!("{at}.config.poi"),
                    format!("no scalar parameter is called \"{name}\""),
                )
            })?),
        };
        let counts = self.counts(channels, bins)?;
        let (parameters, auxiliaries) = parameters.into_parts();
        let couplings = Arc::new(channel::couplings(parameters.len(), &terms));
        let model = Model { parameters, channels: terms, auxiliaries, poi, n_bins: *n_bins, couplings };
        let data = model.data(counts);
        Ok((model, data))
    }

    pub(super) fn measurement(
        &self,
        name: Option<&str>,
    ) -> Result<(String, &super::document::Measurement), WorkspaceError> {
        let found = match name {
            None => self.measurements.first().map(|m| (0, m)),
            Some(name) => self.measurements.iter().enumerate().find(|(_, m)| m.name == name),
        };
        found.map(|(i, m)| (format!("measurements[{i}]"), m)).ok_or_else(|| {
            let problem = match name {
                None => "is empty".to_owned(),
                Some(name) => format!("has none called \"{name}\""),
            };
            WorkspaceError::at("measurements", problem)
        })
    }

    fn counts(
        &self,
        channels: &[(usize, &Channel)],
        bins: &[Range<usize>],
    ) -> Result<Vec<f64>, WorkspaceError> {
        let observations = sorted(&self.observations, "observations", |o| &o.name)?;
        let mut counts = Vec::new();
        for ((_, channel), bins) in channels.iter().zip(bins) {
            let Some((i, observation)) = observations.iter().find(|(_, o)| o.name == channel.name) else {
                return Err(WorkspaceError::at(
                    "observations",
                    format!("has none for channel \"{}\"", channel.name),
                ));
            };
            let at = format!("observations[{i}].data");
            if observation.data.len() != bins.len() {
                let (found, expected) = (observation.data.len(), bins.len());
                return Err(WorkspaceError::at(at, format!("has {found} bins, expected {expected}")));
            }
            if let Some(bin) = observation.data.iter().position(|n| !(n.is_finite() && *n >= 0.0)) {
                let found = observation.data[bin];
                return Err(WorkspaceError::at(
                    format!("{at}[{bin}]"),
                    format!("is {found}, expected a count"),
                ));
            }
            counts.extend(&observation.data);
        }
        Ok(counts)
    }
}

struct ChannelBuilder<'a> {
    registry: &'a super::parameters::Parameters,
    interpolation: Interpolation,
    channel: usize,
    bins: Range<usize>,
}

impl ChannelBuilder<'_> {
    /// The sample with the parameters of its modifiers as places in the whole list.
    fn sample(&mut self, sample: &Sample, place: &Place) -> Result<SampleTerm, WorkspaceError> {
        let mut term = SampleTerm {
            name: sample.name.clone(),
            nominal: sample.data.clone(),
            factors: Vec::new(),
            shapes: Vec::new(),
            bin_factors: Vec::new(),
        };
        for (m, modifier) in sample.modifiers.iter().enumerate() {
            let at = place.modifier(m, modifier);
            let kind = Kind::of(modifier, &at)?;
            let is_same = |other: &Modifier| other.name == modifier.name && other.kind == modifier.kind;
            if let Some(first) = sample.modifiers[..m].iter().position(is_same) {
                return Err(WorkspaceError::at(at, format!("stands in modifiers[{first}] already")));
            }
            let first = self.registry.first(&modifier.name, self.channel, kind);
            match kind {
                Kind::NormFactor | Kind::Lumi => term.factors.push(Factor::Free(first)),
                Kind::NormSys => {
                    let [low, high] = numbers(modifier, &at)?;
                    let code = self.interpolation.norm;
                    let is_linear = code == NormInterpolation::Linear;
                    if !(is_linear && low.is_finite() && high.is_finite() || low > 0.0 && high > 0.0) {
                        let problem =
                            format!("has factors {low} and {high}, which have to be positive to interpolate");
                        return Err(WorkspaceError::at(format!("{at}.data"), problem));
                    }
                    term.factors.push(Factor::Norm(first, Box::new(NormSys::new(code, low, high))));
                }
                Kind::HistoSys => {
                    let n_bins = self.bins.len();
                    let high = histogram(modifier, "hi_data", n_bins, &at)?;
                    let low = histogram(modifier, "lo_data", n_bins, &at)?;
                    let difference =
                        |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<_>>();
                    let (up, down) = (difference(&high, &sample.data), difference(&sample.data, &low));
                    if up.iter().chain(&down).any(|d| *d != 0.0) {
                        term.shapes.push(Shape { parameter: first, up, down });
                    }
                }
                Kind::ShapeFactor | Kind::ShapeSys | Kind::StatError => term.bin_factors.push(first),
            }
        }
        Ok(term)
    }
}

/// `lo` and `hi` of a normsys.
fn numbers(modifier: &Modifier, at: &str) -> Result<[f64; 2], WorkspaceError> {
    let number = |key: &str| {
        modifier
            .data
            .get(key)
            .and_then(serde_json::Value::as_f64)
            .ok_or_else(|| WorkspaceError::at(format!("{at}.data.{key}"), "expected a number"))
    };
    Ok([number("lo")?, number("hi")?])
}

/// A histogram that a modifier brings along.
fn histogram(modifier: &Modifier, key: &str, n_bins: usize, at: &str) -> Result<Vec<f64>, WorkspaceError> {
    let at = format!("{at}.data.{key}");
    let value = modifier.data.get(key).ok_or_else(|| WorkspaceError::at(&at, "is missing"))?;
    super::values(value, n_bins, &at)
}

/// The channel whose samples name parameters by their place among those it depends on.
fn with_active(
    name: &str,
    bins: Range<usize>,
    mut samples: Vec<SampleTerm>,
    interpolation: Interpolation,
) -> channel::Channel {
    let n_bins = bins.len();
    let mut shared: BTreeSet<usize> = BTreeSet::new();
    let mut bin_factors: BTreeSet<usize> = BTreeSet::new();
    for sample in &samples {
        shared.extend(sample.factors.iter().map(Factor::parameter));
        shared.extend(sample.shapes.iter().map(|s| s.parameter));
        bin_factors.extend(&sample.bin_factors);
    }
    let n_shared = shared.len();
    let firsts = bin_factors.iter().enumerate().map(|(group, first)| (*first, n_shared + group * n_bins));
    let places: BTreeMap<usize, usize> = shared.iter().copied().zip(0..).chain(firsts).collect();
    for sample in &mut samples {
        for factor in &mut sample.factors {
            *factor.parameter_mut() = places[&factor.parameter()];
        }
        for shape in &mut sample.shapes {
            shape.parameter = places[&shape.parameter];
        }
        for first in &mut sample.bin_factors {
            *first = places[first];
        }
    }
    let active =
        shared.into_iter().chain(bin_factors.iter().flat_map(|first| *first..first + n_bins)).collect();
    let shaping: BTreeSet<usize> = samples.iter().flat_map(|s| &s.shapes).map(|s| s.parameter).collect();
    channel::Channel {
        name: name.to_owned(),
        bins,
        samples,
        active,
        n_shared,
        shaping: shaping.into_iter().collect(),
        interpolation: interpolation.shape,
    }
}

/// A measurement's settings of one modifier.
pub(super) fn config_of<'a>(
    configs: &'a [ParameterConfig],
    name: &str,
) -> Option<(usize, &'a ParameterConfig)> {
    configs.iter().enumerate().find(|(_, c)| c.name == name)
}
