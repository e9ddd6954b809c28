//! How the energy of a jet is shared among its clusters, and that of a cluster among its layers.

use hepsys_core::Stream;
use rand::RngExt;
use rand_distr::{Distribution, Exp1, StandardNormal};

use super::{ClusterDepth, ClusterModel, LAYERS};

/// Fractions of the transverse momentum, the largest first.
pub(super) fn share(n_clusters: usize, power: f64, shares: &mut Vec<f64>, stream: &mut Stream) {
    shares.clear();
    shares.extend((0..n_clusters).map(|_| {
        let exponential: f64 = Exp1.sample(stream);
        exponential.max(f64::MIN_POSITIVE.sqrt()).powf(power).max(f64::MIN_POSITIVE)
    }));
    let sum: f64 = shares.iter().sum();
    for share in &mut *shares {
        *share /= sum;
    }
    shares.sort_unstable_by(|a, b| b.total_cmp(a));
}

/// Where a cluster of a jet of this depth is centred, in layers.
pub(super) fn centre(depth: ClusterDepth, jet: f64, stream: &mut Stream) -> f64 {
    let normal: f64 = StandardNormal.sample(stream);
    match depth {
        ClusterDepth::Around { sigma } => jet + sigma * normal,
        ClusterDepth::Beyond { offset, sigma } => jet + offset + (sigma * normal).abs(),
    }
}

/// The fractions of a cluster's energy in the layers: a Gaussian profile with noise, whose sum is one.
pub(super) fn fractions(model: &ClusterModel, centre: f64, stream: &mut Stream) -> [f64; LAYERS] {
    let [shortest, longest] = model.length;
    let length = shortest + (longest - shortest) * stream.random::<f64>();
    let factor = 1.0 / length;
    let exponents: [f64; LAYERS] = std::array::from_fn(|layer| {
        let normal: f64 = StandardNormal.sample(stream);
        let distance = factor * (layer as f64 - centre);
        model.layer_noise * normal - 0.5 * distance * distance
    });
    // Seen from the largest, so that short clusters far outside still have a profile.
    let largest = exponents.into_iter().fold(f64::NEG_INFINITY, f64::max);
    let energies = exponents.map(|exponent| (exponent - largest).exp());
    let sum: f64 = energies.iter().sum();
    energies.map(|energy| energy / sum)
}
