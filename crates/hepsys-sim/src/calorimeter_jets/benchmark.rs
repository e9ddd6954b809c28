//! The numbers of the benchmark: the defaults of each process.

use super::{Arrival, ClusterDepth, ClusterModel, JetDepth, JetModel, Linear, SegmentModel, TrackModel};

/// Tracks of a displaced jet; the others say what is different.
const TRACKS: TrackModel = TrackModel {
    mean: Linear { at_zero: 0.8, per_gev: 0.0 },
    more_fraction: 0.0,
    more_mean: 0.0,
    least_pt: 1.0,
    mean_excess: Linear { at_zero: 4.0, per_gev: 0.0 },
    candidates: 20,
    width: 0.15,
    primary_fraction: 0.5,
    vertex_particles: [30.0, 8.0],
    more_vertex_particles: 5.0,
    d0_width: 0.05,
    z0_width: 30.0,
    degrees_of_freedom: 10.0,
    shared_hits: 0.3,
    holes: 0.1,
    hits: 8.0,
};

/// Segments of a jet from the collision.
const SEGMENTS: SegmentModel = SegmentModel {
    fraction: 1.0,
    mean: 0.25,
    deep_mean: 0.5,
    deep_from: 5.0,
    eta_width: 0.25,
    phi_width: 0.2,
    pointing_width: 0.3,
    phi_direction_width: 0.3,
    parallel_fraction: 0.0,
    parallel_eta: [2.0, 4.5],
    degrees_of_freedom: 4.0,
    time_mean: 0.0,
    time_width: 3.0,
};

impl JetModel {
    pub(super) fn multijet() -> Self {
        Self {
            depth: JetDepth::Normal { mean: 3.0, sigma: 1.2, range: [0.0, 6.0] },
            arrival: Arrival::Prompt,
            clusters: ClusterModel {
                mean: Linear { at_zero: 6.0, per_gev: 0.03 },
                least: 2,
                sharing: 1.6,
                eta_width: 0.13,
                phi_width: 0.13,
                depth: ClusterDepth::Around { sigma: 1.2 },
                length: [0.7, 1.6],
                layer_noise: 0.3,
            },
            tracks: TrackModel {
                mean: Linear { at_zero: 2.5, per_gev: 0.02 },
                mean_excess: Linear { at_zero: 0.0, per_gev: 0.06 },
                primary_fraction: 0.85,
                ..TRACKS
            },
            segments: SEGMENTS,
        }
    }

    pub(super) fn signal() -> Self {
        Self {
            depth: JetDepth::Decay { late_fraction: 0.75, early: [1.5, 3.2], late: [3.2, 6.5] },
            arrival: Arrival::Slow { shape: 2.0, scale: 1.6, least_gamma: 1.25 },
            clusters: ClusterModel {
                mean: Linear { at_zero: 4.0, per_gev: 0.02 },
                least: 1,
                sharing: 1.8,
                eta_width: 0.08,
                phi_width: 0.08,
                depth: ClusterDepth::Beyond { offset: 0.2, sigma: 0.7 },
                length: [0.5, 1.2],
                layer_noise: 0.3,
            },
            tracks: TrackModel { more_fraction: 0.15, more_mean: 3.0, ..TRACKS },
            segments: SegmentModel { mean: 0.3, deep_mean: 1.5, deep_from: 5.2, ..SEGMENTS },
        }
    }

    pub(super) fn beam_induced() -> Self {
        Self {
            depth: JetDepth::Normal { mean: 4.4, sigma: 1.4, range: [0.0, 7.0] },
            arrival: Arrival::Beam { outgoing_fraction: 0.7, earliest: -12.0 },
            clusters: ClusterModel {
                mean: Linear { at_zero: 3.0, per_gev: 0.015 },
                least: 1,
                sharing: 1.8,
                eta_width: 0.05,
                phi_width: 0.025,
                depth: ClusterDepth::Around { sigma: 0.7 },
                length: [0.5, 1.2],
                layer_noise: 0.3,
            },
            tracks: TrackModel { mean: Linear::constant(0.9), ..TRACKS },
            segments: SegmentModel {
                fraction: 0.55,
                mean: 1.2,
                deep_mean: 0.0,
                phi_width: 0.08,
                parallel_fraction: 0.6,
                time_mean: -2.0,
                time_width: 4.0,
                ..SEGMENTS
            },
        }
    }
}
