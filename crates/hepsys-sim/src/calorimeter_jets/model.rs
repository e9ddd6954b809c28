//! What the jets of a process look like, as plain numbers.

use serde::{Deserialize, Serialize};

use super::checks::Checks;
use super::{ClusterModel, Process, SegmentModel, TrackModel};
use crate::SimError;

/// A mean that rises with the jet's transverse momentum: `at_zero + per_gev * pt`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Linear {
    /// The mean without transverse momentum.
    pub at_zero: f64,
    /// How much it rises for each GeV.
    pub per_gev: f64,
}

impl Linear {
    pub(super) fn constant(value: f64) -> Self {
        Self { at_zero: value, per_gev: 0.0 }
    }

    pub(super) fn at(self, pt: f64) -> f64 {
        self.at_zero + self.per_gev * pt
    }

    pub(super) fn check(self, of: &Checks<'_>, what: &str) -> Result<(), SimError> {
        of.mean(&format!("{what} at zero pT"), self.at_zero)?;
        of.mean(&format!("the slope of {what} in pT"), self.per_gev)
    }
}

/// What the jets of a process look like. Depths are counted in layers of the calorimeter, the first being 0.
///
/// [`JetModel::benchmark`] has the defaults of each process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JetModel {
    /// How deep it begins.
    pub depth: JetDepth,
    /// When it comes.
    pub arrival: Arrival,
    /// Its clusters.
    pub clusters: ClusterModel,
    /// Its tracks.
    pub tracks: TrackModel,
    /// Its muon segments.
    pub segments: SegmentModel,
}

/// How deep in the calorimeter a jet is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum JetDepth {
    /// Normal; what falls out of the range is moved to its end.
    Normal {
        /// The mean.
        mean: f64,
        /// The standard deviation.
        sigma: f64,
        /// The range.
        range: [f64; 2],
    },
    /// Decays, uniform in one of two ranges.
    Decay {
        /// The fraction of decays in the range `late`.
        late_fraction: f64,
        /// The range of the others.
        early: [f64; 2],
        /// The range of most decays.
        late: [f64; 2],
    },
}

/// Where a jet's clusters are centred, seen from its depth.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ClusterDepth {
    /// On both sides, normal.
    Around {
        /// The standard deviation.
        sigma: f64,
    },
    /// Beyond it: an offset and the absolute value of a normal number.
    Beyond {
        /// The offset.
        offset: f64,
        /// The standard deviation of the normal number.
        sigma: f64,
    },
}

/// When a jet's clusters are expected, seen from light of the collision.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Arrival {
    /// With it: zero.
    Prompt,
    /// Late, by the [delay](super::delay_of_slow_particle) of a particle up to the layer in which it decays.
    Slow {
        /// The shape of the gamma distribution of γ − 1.
        shape: f64,
        /// Its scale.
        scale: f64,
        /// The least γ; smaller ones are moved to it.
        least_gamma: f64,
    },
    /// Early, by the [time](super::beam_induced_time) of a muon along the beam.
    Beam {
        /// The fraction of outgoing muons, before what is too early.
        outgoing_fraction: f64,
        /// The time in ns before which an incoming muon is not recorded: an outgoing one takes its place.
        earliest: f64,
    },
}

impl JetModel {
    /// The model of the benchmark.
    #[must_use]
    pub fn benchmark(process: Process) -> Self {
        match process {
            Process::Signal => Self::signal(),
            Process::Multijet => Self::multijet(),
            Process::BeamInduced => Self::beam_induced(),
        }
    }

    pub(super) fn check(&self, process: Process) -> Result<(), SimError> {
        let owner = format!("{process} jets");
        let of = Checks::of(&owner);
        self.depth.check(&of)?;
        self.arrival.check(&of)?;
        self.clusters.check(&of)?;
        self.tracks.check(&of)?;
        self.segments.check(&of)
    }
}

impl JetDepth {
    fn check(self, of: &Checks<'_>) -> Result<(), SimError> {
        match self {
            Self::Normal { mean, sigma, range } => {
                of.finite("the mean depth", mean)?;
                of.not_negative("the spread of the depth", sigma)?;
                of.range("the depth", range)
            }
            Self::Decay { late_fraction, early, late } => {
                of.fraction("the fraction of late decays", late_fraction)?;
                of.range("the depth of early decays", early)?;
                of.range("the depth of late decays", late)
            }
        }
    }
}

impl Arrival {
    fn check(self, of: &Checks<'_>) -> Result<(), SimError> {
        match self {
            Self::Prompt => Ok(()),
            Self::Slow { shape, scale, least_gamma } => {
                of.positive("the shape of the gamma factor", shape)?;
                of.positive("the scale of the gamma factor", scale)?;
                let is_right = 1.0 < least_gamma && least_gamma <= 1e6;
                of.check("the least gamma factor", "above 1 and at most 1e6", least_gamma, is_right)
            }
            Self::Beam { outgoing_fraction, earliest } => {
                of.fraction("the outgoing fraction", outgoing_fraction)?;
                of.finite("the earliest time", earliest)
            }
        }
    }
}
