//! What the clusters, tracks and muon segments of jets look like, as plain numbers.

use serde::{Deserialize, Serialize};

use super::checks::Checks;
use super::{ClusterDepth, Linear};
use crate::SimError;

/// The clusters of a jet: a Poisson number of them, which share its transverse momentum.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClusterModel {
    /// The mean of the Poisson distribution.
    pub mean: Linear,
    /// The least number of clusters.
    pub least: usize,
    /// The power α: fractions of the transverse momentum are exponential numbers to this power, divided by their sum.
    pub sharing: f64,
    /// Standard deviation in η.
    pub eta_width: f64,
    /// Standard deviation in φ.
    pub phi_width: f64,
    /// Where clusters are centred.
    pub depth: ClusterDepth,
    /// The range of their lengths, in layers: the standard deviations of their Gaussian profiles, uniform in it.
    pub length: [f64; 2],
    /// The log-normal noise of the energy in a layer.
    pub layer_noise: f64,
}

impl ClusterModel {
    pub(super) fn check(&self, of: &Checks<'_>) -> Result<(), SimError> {
        self.mean.check(of, "the mean number of clusters")?;
        let least = self.least as f64;
        of.check("the least number of clusters", "at least 1", least, 1 <= self.least)?;
        let is_right = 0.0 < self.sharing && self.sharing <= 10.0;
        of.check("the power of the sharing of pT", "positive and at most 10", self.sharing, is_right)?;
        of.width("the width of clusters in eta", self.eta_width)?;
        of.width("the width of clusters in phi", self.phi_width)?;
        let (ClusterDepth::Around { sigma } | ClusterDepth::Beyond { sigma, .. }) = self.depth;
        of.not_negative("the spread of clusters' depths", sigma)?;
        if let ClusterDepth::Beyond { offset, .. } = self.depth {
            of.finite("the offset of clusters' depths", offset)?;
        }
        let shortest = self.length[0];
        of.check(
            "the least length of clusters",
            "between 0.001 and 1e6",
            shortest,
            (1e-3..=1e6).contains(&shortest),
        )?;
        of.range("the lengths of clusters", self.length)?;
        of.width("the noise of layers", self.layer_noise)
    }
}

/// The tracks of a jet.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrackModel {
    /// The mean of their Poisson distribution.
    pub mean: Linear,
    /// The fraction of jets with more.
    pub more_fraction: f64,
    /// The mean of how many more.
    pub more_mean: f64,
    /// The least transverse momentum in GeV.
    pub least_pt: f64,
    /// The mean of the exponential above it in GeV.
    pub mean_excess: Linear,
    /// Of how many candidates the tracks are the hardest; of as many as there are tracks if that is more.
    pub candidates: usize,
    /// Standard deviation in η and in φ.
    pub width: f64,
    /// The fraction of tracks from the vertex of the collision.
    pub primary_fraction: f64,
    /// The particles of that vertex and of another one, without what fluctuates.
    pub vertex_particles: [f64; 2],
    /// The mean of what fluctuates.
    pub more_vertex_particles: f64,
    /// Standard deviation of d₀ in mm.
    pub d0_width: f64,
    /// Standard deviation of z₀ in mm.
    pub z0_width: f64,
    /// Degrees of freedom of a fit.
    pub degrees_of_freedom: f64,
    /// The mean number of shared hits.
    pub shared_hits: f64,
    /// The mean number of holes.
    pub holes: f64,
    /// The mean number of hits.
    pub hits: f64,
}

impl TrackModel {
    pub(super) fn check(&self, of: &Checks<'_>) -> Result<(), SimError> {
        self.mean.check(of, "the mean number of tracks")?;
        of.fraction("the fraction with more tracks", self.more_fraction)?;
        of.mean("the mean number of more tracks", self.more_mean)?;
        of.not_negative("the least pT of tracks", self.least_pt)?;
        self.mean_excess.check(of, "the mean excess of tracks' pT")?;
        let candidates = self.candidates as f64;
        of.check("the number of candidates of tracks", "at most 1000", candidates, self.candidates <= 1000)?;
        of.width("the width of tracks", self.width)?;
        of.fraction("the fraction of primary tracks", self.primary_fraction)?;
        for particles in self.vertex_particles {
            of.not_negative("the number of particles of a vertex", particles)?;
        }
        of.mean("the mean number of more particles of a vertex", self.more_vertex_particles)?;
        of.not_negative("the width of d0", self.d0_width)?;
        of.not_negative("the width of z0", self.z0_width)?;
        of.degrees_of_freedom("tracks", self.degrees_of_freedom)?;
        of.mean("the mean number of shared hits", self.shared_hits)?;
        of.mean("the mean number of holes", self.holes)?;
        of.mean("the mean number of hits", self.hits)
    }
}

/// The muon segments behind a jet.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SegmentModel {
    /// The fraction of jets that can have any.
    pub fraction: f64,
    /// The mean of their Poisson distribution.
    pub mean: f64,
    /// What is added to the mean for deep jets.
    pub deep_mean: f64,
    /// The depth beyond which a jet is deep.
    pub deep_from: f64,
    /// Standard deviation of the place in η.
    pub eta_width: f64,
    /// Standard deviation of the place in φ.
    pub phi_width: f64,
    /// Standard deviation of the direction in η around the jet's, for segments that point to the collision.
    pub pointing_width: f64,
    /// Standard deviation of the direction in φ.
    pub phi_direction_width: f64,
    /// The fraction of segments along the beam.
    pub parallel_fraction: f64,
    /// The range of the |η| of their directions, on the side of the jet.
    pub parallel_eta: [f64; 2],
    /// Degrees of freedom of a fit.
    pub degrees_of_freedom: f64,
    /// The mean time in ns.
    pub time_mean: f64,
    /// Standard deviation of the time in ns.
    pub time_width: f64,
}

impl SegmentModel {
    pub(super) fn check(&self, of: &Checks<'_>) -> Result<(), SimError> {
        of.fraction("the fraction with muon segments", self.fraction)?;
        of.mean("the mean number of muon segments", self.mean)?;
        of.mean("the mean number of more muon segments", self.deep_mean)?;
        of.finite("the depth of more muon segments", self.deep_from)?;
        of.width("the width of muon segments in eta", self.eta_width)?;
        of.width("the width of muon segments in phi", self.phi_width)?;
        of.width("the width of segments' directions in eta", self.pointing_width)?;
        of.width("the width of segments' directions in phi", self.phi_direction_width)?;
        of.fraction("the fraction of parallel muon segments", self.parallel_fraction)?;
        of.range("the |eta| of parallel muon segments", self.parallel_eta)?;
        of.degrees_of_freedom("muon segments", self.degrees_of_freedom)?;
        of.finite("the mean time of muon segments", self.time_mean)?;
        of.not_negative("the width of muon segments' times", self.time_width)
    }
}
