use serde::{Deserialize, Serialize};

use super::model::{BinStatistics, Channel, Term};
use super::{MorphModel, MorphProcess};
use crate::histfactory::{Auxiliary, AuxiliaryDensity};
use crate::{Parameter, StatsError};

/// How the finite statistics of the templates enter a likelihood: one parameter for the sum of all processes in a bin.
///
/// With $\nu_b$ the sum of the processes and $\sigma_b^2 = \sum_p F_p^2\,\sigma_{p,b}^2$ its variance, where $F_p$ is what
/// process $p$ is multiplied with.
///
/// # References
///
/// `barlow1993`, in the form of `conway2011`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum McStatistics {
    /// They do not: templates are taken to be exact.
    #[default]
    Exact,
    /// $\gamma_b\,\nu_b$ with $1 \sim \mathcal N(\gamma_b, \delta_b)$, where $\delta_b = \sigma_b/\nu_b$ at the parameters' starting values.
    Gaussian,
    /// $\gamma_b\,\nu_b$ with $\tau_b \sim \mathrm{Poisson}(\tau_b\gamma_b)$, where $\tau_b = \delta_b^{-2}$.
    Poisson,
    /// $\nu_b + x_b\,\sigma_b$ with $0 \sim \mathcal N(x_b, 1)$, where $\sigma_b$ follows the parameters.
    ///
    /// What [CMS Combine](https://arxiv.org/abs/2404.06614) does, with the variance between knots besides.
    Propagated,
}

/// The bounds of γ, as pyhf has them.
const GAMMA_BOUNDS: (f64, f64) = (1e-10, 10.0);

/// The bounds of a shift in units of its standard deviation.
const SHIFT_BOUNDS: (f64, f64) = (-7.0, 7.0);

/// A [`MorphModel`] to be.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MorphModelParams {
    parameters: Vec<Parameter>,
    measured: Vec<(String, AuxiliaryDensity, f64)>,
    channels: Vec<(String, Vec<MorphProcess>)>,
    statistics: McStatistics,
}

impl MorphModelParams {
    /// Adds a parameter; processes name it.
    #[must_use]
    pub fn parameter(mut self, parameter: Parameter) -> Self {
        self.parameters.push(parameter);
        self
    }

    /// Adds an auxiliary measurement of the parameter called `name`; without one it is free.
    #[must_use]
    pub fn measured(mut self, name: impl Into<String>, density: AuxiliaryDensity, value: f64) -> Self {
        self.measured.push((name.into(), density, value));
        self
    }

    /// Adds a histogram and the processes in it.
    #[must_use]
    pub fn channel(
        mut self,
        name: impl Into<String>,
        processes: impl IntoIterator<Item = MorphProcess>,
    ) -> Self {
        self.channels.push((name.into(), processes.into_iter().collect()));
        self
    }

    /// How the statistics of the templates enter. Defaults to [`McStatistics::Exact`].
    ///
    /// Bins without any variance, and for γ those without a positive yield at the parameters' starting values, get no
    /// parameter; the others' are called `statistics_<channel>[<bin>]`.
    #[must_use]
    pub fn statistics(mut self, statistics: McStatistics) -> Self {
        self.statistics = statistics;
        self
    }

    /// The model, if everything fits together.
    ///
    /// # Errors
    ///
    /// [`StatsError::BadParameter`] for names that are missing or appear twice, parameters that nothing depends on or whose
    /// bounds reach beyond the knots of a template that refuses, processes with different bins in one channel, and values
    /// that are not finite.
    pub fn check(self) -> Result<MorphModel, StatsError> {
        let Self { parameters, measured, channels, statistics } = self;
        let mut model = MorphModel { parameters, channels: Vec::new(), auxiliaries: Vec::new(), n_bins: 0 };
        check_parameters(&model.parameters)?;
        for (name, density, value) in measured {
            density.check(&name, value)?;
            let index = place(&model.parameters, &name, "a measurement")?;
            if model.auxiliaries.iter().any(|a| a.parameter == index) {
                return Err(StatsError::bad_parameter("the measurements", "one a parameter", name));
            }
            model.parameters[index].width = Some(density.width(value));
            model.auxiliaries.push(Auxiliary { parameter: index, density, nominal: value });
        }
        for (name, processes) in channels {
            let channel = channel(&model, name, processes)?;
            model.n_bins = channel.bins.end;
            model.channels.push(channel);
        }
        if model.n_bins == 0 {
            return Err(StatsError::TooFewValues { what: "a model".into(), needed: 1, found: 0 });
        }
        for (index, parameter) in model.parameters.iter().enumerate() {
            let is_used = model.channels.iter().any(|c| c.active.contains(&index))
                || model.auxiliaries.iter().any(|a| a.parameter == index);
            if !is_used {
                let name = parameter.name.clone();
                return Err(StatsError::bad_parameter(
                    "the parameters",
                    "such as something depends on",
                    name,
                ));
            }
        }
        add_statistics(&mut model, statistics);
        Ok(model)
    }
}

fn check_parameters(parameters: &[Parameter]) -> Result<(), StatsError> {
    for (index, parameter) in parameters.iter().enumerate() {
        let Parameter { name, init, bounds: (low, high), .. } = parameter;
        if parameters[..index].iter().any(|p| p.name == *name) {
            return Err(StatsError::bad_parameter("the name of a parameter", "new", name));
        }
        if !(init.is_finite() && low <= init && init <= high) {
            let expected = format!("finite and between {low} and {high}");
            return Err(StatsError::bad_parameter(format!("the start of \"{name}\""), expected, init));
        }
    }
    Ok(())
}

fn place(parameters: &[Parameter], name: &str, user: &str) -> Result<usize, StatsError> {
    parameters
        .iter()
        .position(|p| p.name == name)
        .ok_or_else(|| StatsError::bad_parameter(format!("the parameter of {user}"), "declared", name))
}

fn channel(model: &MorphModel, name: String, processes: Vec<MorphProcess>) -> Result<Channel, StatsError> {
    let first = model.n_bins;
    let n_bins = processes.first().map_or(0, MorphProcess::n_bins);
    if model.channels.iter().any(|c| c.name == name) || n_bins == 0 {
        return Err(StatsError::bad_parameter("a channel", "new, with processes and bins", name));
    }
    let mut terms = Vec::new();
    let mut active = Vec::new();
    for process in processes {
        let user = format!("\"{}\" in \"{name}\"", process.name);
        let is_fine = process.morphs().all(|(_, m)| m.n_bins() == n_bins) && process.n_bins() == n_bins;
        if !is_fine {
            let what = format!("the bins of {user}");
            return Err(StatsError::bad_parameter(
                what,
                format!("{n_bins} in every template"),
                process.n_bins(),
            ));
        }
        let term = Term::new(process, |name| place(&model.parameters, name, &user))?;
        for (index, morph) in term.morphs() {
            let Parameter { name, bounds, .. } = &model.parameters[index];
            let (low, high) = morph.range();
            if bounds.0 < low || bounds.1 > high {
                let expected = format!("within the knots of {user}, from {low} to {high}");
                let found = format!("from {} to {}", bounds.0, bounds.1);
                return Err(StatsError::bad_parameter(format!("the bounds of \"{name}\""), expected, found));
            }
        }
        active.extend(term.parameters());
        terms.push(term);
    }
    active.sort_unstable();
    active.dedup();
    terms.iter_mut().for_each(|term| term.localise(&active));
    Ok(Channel { name, bins: first..first + n_bins, terms, active, statistics: vec![None; n_bins] })
}

/// Gives bins with variances their parameters.
fn add_statistics(model: &mut MorphModel, statistics: McStatistics) {
    if statistics == McStatistics::Exact {
        return;
    }
    let inits: Vec<f64> = model.parameters.iter().map(|p| p.init).collect();
    for c in 0..model.channels.len() {
        // Starting values lie between bounds, and bounds within knots.
        let Some((yields, variances)) = model.channels[c].nominal(&inits) else { continue };
        for bin in 0..yields.len() {
            if !model.channels[c].terms.iter().any(|t| t.process.has_variance(bin)) {
                continue;
            }
            let delta = variances[bin].sqrt() / yields[bin];
            let (density, nominal, bounds) = match statistics {
                McStatistics::Propagated => (AuxiliaryDensity::Gaussian { sigma: 1.0 }, 0.0, SHIFT_BOUNDS),
                _ if !(delta > 0.0 && delta.is_finite()) => continue,
                McStatistics::Poisson => {
                    let tau = 1.0 / (delta * delta);
                    (AuxiliaryDensity::Poisson { tau }, tau, GAMMA_BOUNDS)
                }
                McStatistics::Exact | McStatistics::Gaussian => {
                    (AuxiliaryDensity::Gaussian { sigma: delta }, 1.0, GAMMA_BOUNDS)
                }
            };
            let parameter = model.parameters.len();
            let (init, bin_statistics) = match statistics {
                McStatistics::Propagated => (0.0, BinStatistics::Shift(parameter)),
                _ => (1.0, BinStatistics::Factor(parameter)),
            };
            let name = format!("statistics_{}[{bin}]", model.channels[c].name);
            model.parameters.push(Parameter {
                width: Some(density.width(nominal)),
                ..Parameter::free(name, init).within(bounds.0, bounds.1)
            });
            model.auxiliaries.push(Auxiliary { parameter, density, nominal });
            model.channels[c].statistics[bin] = Some(bin_statistics);
        }
    }
}
