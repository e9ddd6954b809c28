//! From the numbers of the benchmark to jets.

use std::f64::consts::PI;

use hepsys_core::{Seed, Stream};
use rand::RngExt;
use rand_distr::{Distribution, Exp1, Gamma};

use super::draw::{normal, poisson, uniform};
use super::shower::{centre, fractions, share};
use super::tracking::{segment, track, track_momenta};
use super::{
    Arrival, CalorimeterJets, Cluster, ClusterModel, Decay, Flight, JetDepth, JetModel, JetRegion, Jets,
    LAYERS, Origin, Process, Source, beam_induced_time, delay_of_slow_particle,
};
use crate::SimError;

/// Jets of a block, which has its own stream of random numbers.
const BLOCK: usize = 1024;

/// The random numbers of what particles decay into.
pub(super) const DECAY_MODES: &str = "decay modes";

/// Jets in a row that a selection refuses after which there is no hope.
const HOPELESS: usize = 1 << 20;

impl CalorimeterJets {
    /// `n_jets` jets, each counting once.
    ///
    /// Every block of 1024 jets has its own random numbers, so that more jets begin with the fewer ones; so have sources,
    /// so that simulation and data with the same seed are independent.
    ///
    /// # Errors
    ///
    /// [`SimError::NoJetPasses`] if none of a million jets is inside the region.
    pub fn jets(&self, source: Source, n_jets: usize, seed: Seed) -> Result<Jets, SimError> {
        let seed = source.seed(seed.named("jets"));
        let mut maker = Maker::new(self, source.origin, source.region);
        let mut jets = Jets::new(self.most_objects());
        for (block, first) in (0..n_jets).step_by(BLOCK).enumerate() {
            let mut stream = seed.index(block).stream();
            let mut modes = seed.named(DECAY_MODES).index(block).stream();
            for jet in first..n_jets.min(first + BLOCK) {
                maker.push(source.process, &mut jets, &mut stream)?;
                jets.choose_mode(jet, self.decay_modes(), &mut modes);
            }
        }
        Ok(jets)
    }
}

/// Makes jets of one origin and selection, one after the other.
pub(super) struct Maker<'a> {
    generator: &'a CalorimeterJets,
    origin: Origin,
    region: JetRegion,
    shares: Vec<f64>,
    momenta: Vec<f64>,
}

impl<'a> Maker<'a> {
    pub(super) fn new(generator: &'a CalorimeterJets, origin: Origin, region: JetRegion) -> Self {
        Self { generator, origin, region, shares: Vec::new(), momenta: Vec::new() }
    }

    /// One more jet, with any azimuth.
    pub(super) fn push(
        &mut self,
        process: Process,
        jets: &mut Jets,
        stream: &mut Stream,
    ) -> Result<(), SimError> {
        let model = self.generator.model(process);
        let axis = self.axis(model, stream)?;
        let azimuth = uniform([-PI, PI], stream);
        let (arrival, decay) = self.arrival(model, &axis, stream);
        let clock = self.generator.timing().clock * normal(stream);
        let jet = JetOfClusters { shape: &model.clusters, depth: axis.depth, eta: axis.eta, arrival, clock };
        share(axis.n_clusters, model.clusters.sharing, &mut self.shares, stream);
        jets.momenta.push([axis.pt as f32, axis.eta as f32, azimuth as f32]);
        jets.processes.push(process);
        jets.decays.push(decay);
        let shares = self.shares.iter().enumerate();
        jets.clusters.extend(shares.map(|(i, share)| self.cluster(&jet, i, share * axis.pt, stream)));
        track_momenta(&model.tracks, axis.n_tracks, axis.pt, &mut self.momenta, stream);
        jets.tracks.extend(self.momenta.iter().map(|&pt| track(&model.tracks, pt, stream)));
        jets.segments.extend((0..axis.n_segments).map(|_| segment(&model.segments, axis.eta, stream)));
        Ok(())
    }

    /// What the selection sees of a jet.
    fn axis(&self, model: &JetModel, stream: &mut Stream) -> Result<Axis, SimError> {
        let region = self.generator.region(self.region);
        let [most_clusters, most_tracks, most_segments] = self.generator.most_objects();
        for _ in 0..HOPELESS {
            let excess: f64 = Exp1.sample(stream);
            let pt = (region.least_pt + region.mean_excess * excess).min(region.largest_pt);
            let eta = uniform([-region.largest_abs_eta, region.largest_abs_eta], stream);
            let depth = jet_depth(model.depth, stream);
            let n_clusters =
                poisson(model.clusters.mean.at(pt), stream).clamp(model.clusters.least, most_clusters);
            let mut n_tracks = poisson(model.tracks.mean.at(pt), stream);
            if stream.random::<f64>() < model.tracks.more_fraction {
                n_tracks += poisson(model.tracks.more_mean, stream);
            }
            let segments = &model.segments;
            let n_segments = if stream.random::<f64>() < segments.fraction {
                poisson(
                    segments.mean + if depth > segments.deep_from { segments.deep_mean } else { 0.0 },
                    stream,
                )
            } else {
                0
            };
            let (n_tracks, n_segments) = (n_tracks.min(most_tracks), n_segments.min(most_segments));
            if region.accepts(n_tracks, n_segments) {
                return Ok(Axis { pt, eta, depth, n_clusters, n_tracks, n_segments });
            }
        }
        Err(SimError::NoJetPasses { region: self.region.to_string(), n_tried: HOPELESS })
    }

    /// When a jet comes, in ns, and the decay that made it, of a mode that nobody has chosen yet.
    fn arrival(&self, model: &JetModel, axis: &Axis, stream: &mut Stream) -> (f64, Option<Decay>) {
        let layer = axis.depth.round().clamp(0.0, (LAYERS - 1) as f64) as usize;
        let position = self.generator.calorimeter().position(layer, axis.eta);
        match model.arrival {
            Arrival::Prompt => (0.0, None),
            Arrival::Slow { shape, scale, least_gamma } => {
                let excess = Gamma::new(shape, scale).expect("positive, as checked").sample(stream);
                let gamma = least_gamma.max(1.0 + excess);
                // β² = (γ − 1)(γ + 1)/γ² loses nothing where γ is close to one.
                let beta = ((gamma - 1.0) * (gamma + 1.0)).sqrt() / gamma;
                let decay = Decay {
                    gamma: gamma as f32,
                    r: position.r as f32,
                    z: position.z as f32,
                    is_in_endcap: self.generator.calorimeter().is_endcap(axis.eta),
                    mode: 0,
                };
                (delay_of_slow_particle(position.distance(), beta), Some(decay))
            }
            Arrival::Beam { outgoing_fraction, earliest } => {
                let time = |flight| beam_induced_time(position.r, position.z, flight);
                let is_outgoing = stream.random::<f64>() < outgoing_fraction;
                let flight = if is_outgoing || time(Flight::Incoming) < earliest {
                    Flight::Outgoing
                } else {
                    Flight::Incoming
                };
                (time(flight), None)
            }
        }
    }

    /// The cluster of this place in the order of momenta, in GeV.
    fn cluster(&self, jet: &JetOfClusters<'_>, place: usize, pt: f64, stream: &mut Stream) -> Cluster {
        let shape = jet.shape;
        let centre = centre(shape.depth, jet.depth, stream);
        let fractions = fractions(shape, centre, stream);
        let hadronic: f64 = fractions[LAYERS / 2..].iter().sum();
        let timing = self.generator.timing();
        let is_pile_up = timing.hard_clusters <= place && stream.random::<f64>() < timing.pile_up_fraction;
        let mut time = if is_pile_up { 0.0 } else { jet.arrival };
        time += jet.clock + timing.resolution.sigma(pt, hadronic) * normal(stream);
        if stream.random::<f64>() < timing.out_of_time_fraction {
            time += timing.out_of_time_width * normal(stream);
        }
        let mut scale = 1.0;
        if self.origin == Origin::Data {
            let mismodelling = self.generator.mismodelling();
            time += mismodelling.time_error(pt, hadronic, stream);
            scale = mismodelling.cluster_pt_scale;
        }
        let (eta, phi) = (shape.eta_width * normal(stream), shape.phi_width * normal(stream));
        let energy = scale * pt * (jet.eta + eta).cosh();
        let layer = |i: usize| (energy * fractions[i]) as f32;
        Cluster {
            pt: (scale * pt) as f32,
            eta: eta as f32,
            phi: phi as f32,
            ecal: std::array::from_fn(layer),
            hcal: std::array::from_fn(|i| layer(LAYERS / 2 + i)),
            time: time as f32,
        }
    }
}

/// What all clusters of a jet have from it.
struct JetOfClusters<'a> {
    shape: &'a ClusterModel,
    /// In layers.
    depth: f64,
    eta: f64,
    /// When the jet comes, in ns.
    arrival: f64,
    /// What all its times are off by, in ns.
    clock: f64,
}

/// A jet before its objects are made.
struct Axis {
    pt: f64,
    eta: f64,
    depth: f64,
    n_clusters: usize,
    n_tracks: usize,
    n_segments: usize,
}

fn jet_depth(depth: JetDepth, stream: &mut Stream) -> f64 {
    match depth {
        JetDepth::Normal { mean, sigma, range: [least, largest] } => {
            (mean + sigma * normal(stream)).clamp(least, largest)
        }
        JetDepth::Decay { late_fraction, early, late } => {
            let range = if stream.random::<f64>() < late_fraction { late } else { early };
            uniform(range, stream)
        }
    }
}
