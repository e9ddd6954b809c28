//! Tracks and muon segments of a jet.

use hepsys_core::Stream;
use rand::RngExt;
use rand_distr::{Distribution, Exp1};

use super::draw::{normal, poisson, reduced_chi_squared, uniform};
use super::{MuonSegment, SegmentModel, Track, TrackModel};

/// Transverse momenta of a jet's tracks, the hardest first.
pub(super) fn track_momenta(
    tracks: &TrackModel,
    n_tracks: usize,
    jet_pt: f64,
    momenta: &mut Vec<f64>,
    stream: &mut Stream,
) {
    momenta.clear();
    if n_tracks == 0 {
        return;
    }
    let mean = tracks.mean_excess.at(jet_pt);
    // The k-th hardest of n exponential numbers is the sum of independent ones over their ranks: e_k/k + … + e_n/n.
    let mut sum = 0.0;
    momenta.resize(n_tracks, 0.0);
    for rank in (1..=tracks.candidates.max(n_tracks)).rev() {
        let exponential: f64 = Exp1.sample(stream);
        sum += exponential / rank as f64;
        if let Some(momentum) = momenta.get_mut(rank - 1) {
            *momentum = tracks.least_pt + mean * sum;
        }
    }
}

pub(super) fn track(tracks: &TrackModel, pt: f64, stream: &mut Stream) -> Track {
    let [primary, other] = tracks.vertex_particles;
    let particles = if stream.random::<f64>() < tracks.primary_fraction { primary } else { other };
    Track {
        pt: pt as f32,
        eta: (tracks.width * normal(stream)) as f32,
        phi: (tracks.width * normal(stream)) as f32,
        vertex_n_particles: (particles + poisson(tracks.more_vertex_particles, stream) as f64) as f32,
        d0: (tracks.d0_width * normal(stream)) as f32,
        z0: (tracks.z0_width * normal(stream)) as f32,
        chi_squared: reduced_chi_squared(tracks.degrees_of_freedom, stream) as f32,
        sct_shared: poisson(tracks.shared_hits, stream) as f32,
        sct_holes: poisson(tracks.holes, stream) as f32,
        sct_hits: poisson(tracks.hits, stream) as f32,
    }
}

pub(super) fn segment(segments: &SegmentModel, jet_eta: f64, stream: &mut Stream) -> MuonSegment {
    let eta_direction = if stream.random::<f64>() < segments.parallel_fraction {
        uniform(segments.parallel_eta, stream).copysign(jet_eta)
    } else {
        jet_eta + segments.pointing_width * normal(stream)
    };
    MuonSegment {
        eta_position: (segments.eta_width * normal(stream)) as f32,
        phi_position: (segments.phi_width * normal(stream)) as f32,
        eta_direction: eta_direction as f32,
        phi_direction: (segments.phi_direction_width * normal(stream)) as f32,
        chi_squared: reduced_chi_squared(segments.degrees_of_freedom, stream) as f32,
        t0: (segments.time_mean + segments.time_width * normal(stream)) as f32,
    }
}
