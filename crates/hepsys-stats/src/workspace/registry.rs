//! Which modifiers the samples of a document have, and what they bring along.

use std::collections::BTreeMap;

use super::build::config_of;
use super::document::{Modifier, ParameterConfig, Sample};
use super::kind::Kind;
use super::parameters::{Exceptions, Parameters};
use super::{WorkspaceError, values};

/// What is known of one modifier after all samples were seen.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) kind: Kind,
    /// When it was first seen with this kind.
    order: usize,
    /// The first bin's offset for each channel; several only for staterror.
    pub(super) channels: Vec<(usize, usize)>,
    pub(super) n_values: usize,
    /// For shapesys: nominal and absolute uncertainty; for staterror: total and squared uncertainty.
    pub(super) yields: Vec<f64>,
    pub(super) uncertainties: Vec<f64>,
}

/// Collects modifiers.
#[derive(Debug, Default)]
pub(super) struct Registry {
    seen: BTreeMap<String, Seen>,
    n_seen: usize,
}

impl Registry {
    pub(super) fn see(
        &mut self,
        modifier: &Modifier,
        at: &str,
        channel: usize,
        n_bins: usize,
        sample: &Sample,
    ) -> Result<(), WorkspaceError> {
        let kind = Kind::of(modifier, at)?;
        let order = self.n_seen;
        self.n_seen += 1;
        let n_values = if kind.is_scalar() { 1 } else { n_bins };
        let is_new = !self.seen.contains_key(&modifier.name);
        let seen = self.seen.entry(modifier.name.clone()).or_insert_with(|| Seen {
            kind,
            order,
            channels: vec![(channel, 0)],
            n_values,
            yields: Vec::new(),
            uncertainties: Vec::new(),
        });
        if !seen.kind.fits(kind) {
            let problem = format!("the parameter \"{}\" is already that of a {:?}", modifier.name, seen.kind);
            return Err(WorkspaceError::at(at, problem.to_lowercase()));
        }
        // A parameter stands with the first of its types.
        if kind < seen.kind {
            (seen.kind, seen.order) = (kind, order);
        }
        match kind {
            Kind::ShapeSys => {
                if !is_new {
                    return Err(WorkspaceError::at(
                        at,
                        "a shapesys of this name was met before, and its bins are its own",
                    ));
                }
                seen.yields.clone_from(&sample.data);
                seen.uncertainties = uncertainties(modifier, n_bins, at)?;
            }
            Kind::StatError => {
                let data = uncertainties(modifier, n_bins, at)?;
                let first = match seen.channels.iter().find(|(c, _)| *c == channel) {
                    Some((_, first)) if !seen.yields.is_empty() => *first,
                    _ => {
                        let first = seen.yields.len();
                        if is_new {
                            seen.channels.clear();
                        }
                        seen.channels.push((channel, first));
                        seen.yields.resize(first + n_bins, 0.0);
                        seen.uncertainties.resize(first + n_bins, 0.0);
                        seen.n_values = first + n_bins;
                        first
                    }
                };
                for (bin, (nominal, uncertainty)) in sample.data.iter().zip(&data).enumerate() {
                    seen.yields[first + bin] += nominal;
                    seen.uncertainties[first + bin] += uncertainty * uncertainty;
                }
            }
            Kind::ShapeFactor if seen.n_values != n_bins => {
                let problem = format!("has {n_bins} bins here and {} elsewhere", seen.n_values);
                return Err(WorkspaceError::at(at, problem));
            }
            _ => {}
        }
        Ok(())
    }

    /// The parameters in their order, as the measurement sets them.
    pub(super) fn finish(
        self,
        configs: &[ParameterConfig],
        at: &str,
        exceptions: &Exceptions,
    ) -> Result<Parameters, WorkspaceError> {
        for (i, config) in configs.iter().enumerate() {
            if let Some(first) = configs[..i].iter().position(|other| other.name == config.name) {
                let problem = format!("\"{}\" has settings in parameters[{first}] already", config.name);
                return Err(WorkspaceError::at(format!("{at}[{i}]"), problem));
            }
        }
        let mut seen: Vec<(String, Seen)> = self.seen.into_iter().collect();
        seen.sort_by_key(|(_, s)| (s.kind, s.order));
        let mut parameters = Parameters::default();
        for (name, seen) in seen {
            let config = config_of(configs, &name);
            let at = config.map_or_else(|| at.to_owned(), |(i, _)| format!("{at}[{i}] (\"{name}\")"));
            parameters.add(&name, &seen, config.map(|(_, c)| c), &at, exceptions)?;
        }
        parameters.check_names(at)?;
        Ok(parameters)
    }
}

/// The uncertainties of a modifier, which cannot be negative.
fn uncertainties(modifier: &Modifier, n_bins: usize, at: &str) -> Result<Vec<f64>, WorkspaceError> {
    let list = values(&modifier.data, n_bins, &format!("{at}.data"))?;
    match list.iter().position(|u| *u < 0.0) {
        Some(bin) => {
            let problem = format!("is {}, expected an uncertainty that is not negative", list[bin]);
            Err(WorkspaceError::at(format!("{at}.data[{bin}]"), problem))
        }
        None => Ok(list),
    }
}
