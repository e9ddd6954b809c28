//! From the objects of a jet to numbers.

use super::objects::{mean, width};
use super::{CLUSTER_SUMMARIES, SEGMENT_SUMMARIES, TIME_SUMMARIES, TRACK_SUMMARIES};

/// What is read of a cluster: the layers from the innermost electromagnetic to the outermost hadronic one.
pub(super) const CLUSTER_COLUMNS: [&str; 11] =
    ["pt", "eta", "phi", "l1ecal", "l2ecal", "l3ecal", "l4ecal", "l1hcal", "l2hcal", "l3hcal", "l4hcal"];
pub(super) const TRACK_COLUMNS: [&str; 4] = ["pt", "eta", "phi", "d0"];
pub(super) const SEGMENT_COLUMNS: [&str; 5] = ["etaPos", "phiPos", "etaDir", "chiSquared", "t0"];

/// The places of the layers among the columns of a cluster.
const LAYERS: std::ops::Range<usize> = 3..11;

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

pub(super) fn clusters(clusters: &[[f64; 11]]) -> [f64; CLUSTER_SUMMARIES.len()] {
    let leading = clusters.first().copied().unwrap_or_default();
    let second = clusters.get(1).copied().unwrap_or_default();
    let pt: f64 = clusters.iter().map(|c| c[0]).sum();
    let squares: f64 = clusters.iter().map(|c| c[0] * c[0]).sum();
    let mut layers = [0.0; 8];
    for cluster in clusters {
        layers.iter_mut().zip(&cluster[LAYERS]).for_each(|(layer, energy)| *layer += energy);
    }
    let energy: f64 = layers.iter().sum();
    let hadronic = |layers: &[f64]| ratio(layers[4..].iter().sum(), layers.iter().sum());
    let depths = |layers: &[f64]| {
        layers.iter().enumerate().map(|(i, &energy)| (i as f64, energy)).collect::<Vec<_>>().into_iter()
    };
    [
        clusters.len() as f64,
        leading[0],
        ratio(leading[0], pt),
        ratio(second[0], pt),
        ratio(squares.sqrt(), pt),
        width(clusters.iter().map(|c| (c[1], c[0]))),
        width(clusters.iter().map(|c| (c[2], c[0]))),
        mean(clusters.iter().map(|c| (c[1].hypot(c[2]), c[0]))),
        hadronic(&layers),
        hadronic(&leading[LAYERS]),
        ratio(layers[0] + layers[1], energy),
        ratio(layers[6] + layers[7], energy),
        mean(depths(&layers)),
        width(depths(&layers)),
        mean(depths(&leading[LAYERS])),
    ]
}

pub(super) fn tracks(tracks: &[[f64; 4]], jet_pt: f64) -> [f64; TRACK_SUMMARIES.len()] {
    [
        tracks.len() as f64,
        ratio(tracks.iter().fold(0.0, |sum, t| sum + t[0]), jet_pt),
        tracks.iter().fold(0.0, |largest, t| t[0].max(largest)),
        mean(tracks.iter().map(|t| (t[1].hypot(t[2]), t[0]))),
        mean(tracks.iter().map(|t| (t[3].abs(), 1.0))),
    ]
}

pub(super) fn segments(segments: &[[f64; 5]]) -> [f64; SEGMENT_SUMMARIES.len()] {
    [
        segments.len() as f64,
        mean(segments.iter().map(|s| (s[2].abs(), 1.0))),
        mean(segments.iter().map(|s| (s[1].abs(), 1.0))),
        mean(segments.iter().map(|s| (s[4], 1.0))),
    ]
}

/// Of momenta and times.
pub(super) fn times(clusters: &[[f64; 2]]) -> [f64; TIME_SUMMARIES.len()] {
    let time = |place: usize| clusters.get(place).map_or(0.0, |c| c[1]);
    let weighted = clusters.iter().map(|c| (c[1], c[0]));
    [time(0), time(1), mean(weighted.clone()), width(weighted)]
}
