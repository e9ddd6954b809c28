use hepsys_core::{Stream, poisson};
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use super::Data;
use crate::special::minus_ln_poisson_peak;
use crate::{Parameter, StatsError};

/// The density of the auxiliary measurement $a$ of one parameter θ.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AuxiliaryDensity {
    /// $a \sim \mathcal N(\theta, \sigma)$
    Gaussian {
        /// σ
        sigma: f64,
    },
    /// $a \sim \mathrm{Poisson}(\tau\theta)$
    Poisson {
        /// τ
        tau: f64,
    },
    /// $\ln a \sim \mathcal N(\ln\theta, \sigma)$
    LogNormal {
        /// σ
        sigma: f64,
    },
}

/// An auxiliary measurement: which parameter it measures, how, and what comes out if all parameters are nominal.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Auxiliary {
    /// The index of the parameter.
    pub parameter: usize,
    /// How the measurement is distributed.
    pub density: AuxiliaryDensity,
    /// What was measured, unless the data say otherwise.
    pub nominal: f64,
}

impl AuxiliaryDensity {
    /// The standard deviation of the parameter that the measurement `a` alone gives.
    pub(crate) fn width(self, a: f64) -> f64 {
        match self {
            Self::Gaussian { sigma } => sigma,
            Self::LogNormal { sigma } => sigma * a,
            Self::Poisson { tau } => count_error(a) / tau,
        }
    }

    /// The value of the parameter at which the measurement `a` is most likely.
    pub(crate) fn best(self, a: f64) -> f64 {
        match self {
            Self::Gaussian { .. } | Self::LogNormal { .. } => a,
            Self::Poisson { tau } => a / tau,
        }
    }

    /// The lowest and the highest result that a measurement can have.
    pub(crate) fn range(self) -> (f64, f64) {
        match self {
            Self::Gaussian { .. } => (f64::NEG_INFINITY, f64::INFINITY),
            Self::Poisson { .. } | Self::LogNormal { .. } => (0.0, f64::INFINITY),
        }
    }

    /// The measurement `a` moved by so many of its standard deviations.
    pub(crate) fn shifted(self, a: f64, n_sigmas: f64) -> f64 {
        match self {
            Self::Gaussian { sigma } => a + n_sigmas * sigma,
            Self::Poisson { .. } => a + n_sigmas * count_error(a),
            Self::LogNormal { sigma } => a * (n_sigmas * sigma).exp(),
        }
    }

    /// Refuses widths that are not positive, and measurements that the density cannot give.
    pub(crate) fn check(self, name: &str, value: f64) -> Result<(), StatsError> {
        let (what, width) = match self {
            Self::Gaussian { sigma } | Self::LogNormal { sigma } => ("σ", sigma),
            Self::Poisson { tau } => ("τ", tau),
        };
        if !(width > 0.0 && width.is_finite()) {
            return Err(StatsError::bad_parameter(
                format!("{what} of \"{name}\""),
                "positive and finite",
                width,
            ));
        }
        let (is_good, expected) = match self {
            Self::Gaussian { .. } => (value.is_finite(), "finite"),
            Self::Poisson { .. } => (value.is_finite() && value >= 0.0, "finite and not negative"),
            Self::LogNormal { .. } => (value.is_finite() && value > 0.0, "finite and positive"),
        };
        if is_good {
            return Ok(());
        }
        Err(StatsError::bad_parameter(format!("the measurement of \"{name}\""), expected, value))
    }

    /// What of the negative logarithm of its density does not depend on the parameter, for the measurement `a`.
    pub(crate) fn constant(self, a: f64) -> f64 {
        let half_ln_tau = 0.5 * std::f64::consts::TAU.ln();
        match self {
            Self::Gaussian { sigma } => half_ln_tau + sigma.ln(),
            Self::Poisson { .. } => minus_ln_poisson_peak(a),
            Self::LogNormal { sigma } => half_ln_tau + sigma.ln() + a.ln(),
        }
    }

    /// The measurement that belongs to a value of the parameter.
    pub(crate) fn expected(self, value: f64) -> f64 {
        match self {
            Self::Poisson { tau } => tau * value,
            Self::Gaussian { .. } | Self::LogNormal { .. } => value,
        }
    }

    /// A measurement by chance.
    pub(crate) fn draw(self, value: f64, stream: &mut Stream) -> f64 {
        let mut normal = || -> f64 { StandardNormal.sample(stream) };
        match self {
            Self::Gaussian { sigma } => value + sigma * normal(),
            Self::LogNormal { sigma } => value * (sigma * normal()).exp(),
            Self::Poisson { tau } => count(tau * value, stream),
        }
    }
}

/// The standard deviation of a count; nothing counted leaves about one.
fn count_error(a: f64) -> f64 {
    if a > 0.0 { a.sqrt() } else { 1.0 }
}

/// A Poisson count; a negative mean, which some parameters have, gives zero.
pub(crate) fn count(mean: f64, stream: &mut Stream) -> f64 {
    // A mean that is no number has no counts; the likelihood of such parameters is infinite anyway.
    poisson(mean.max(0.0), stream).map_or(0.0, |n| n as f64)
}

/// Leaves out the measurements of the parameters with these names, which thereby lose their widths, and gives the data that stay.
pub(crate) fn leave_out(
    parameters: &mut [Parameter],
    auxiliaries: &mut Vec<Auxiliary>,
    data: &Data,
    names: &[&str],
) -> Result<Data, StatsError> {
    for name in names {
        if !auxiliaries.iter().any(|a| parameters[a.parameter].name == *name) {
            return Err(StatsError::bad_parameter("what to leave out", "measured here", name));
        }
    }
    let is_kept = |a: &Auxiliary| !names.contains(&parameters[a.parameter].name.as_str());
    let kept = auxiliaries.iter().zip(&data.auxiliary).filter(|(a, _)| is_kept(a)).map(|(_, value)| *value);
    let data = Data { counts: data.counts.clone(), auxiliary: kept.collect() };
    auxiliaries.retain(is_kept);
    for parameter in parameters.iter_mut().filter(|p| names.contains(&p.name.as_str())) {
        parameter.width = None;
    }
    Ok(data)
}
