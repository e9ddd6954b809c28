/// What stands before the names of a jet's own features.
pub const JET_PREFIX: &str = "jet";

/// The features of a jet itself.
pub const JET_FEATURES: [&str; 3] = ["pt", "eta", "phi"];

/// Their units.
pub const JET_UNITS: [&str; 3] = ["GeV", "1", "rad"];

/// What stands before the names of clusters' features.
pub const CLUSTER_PREFIX: &str = "clus";

/// The features of a cluster, in order.
pub const CLUSTER_FEATURES: [&str; 12] = [
    "pt", "eta", "phi", "l1hcal", "l1ecal", "l2hcal", "l2ecal", "l3hcal", "l3ecal", "l4ecal", "l4hcal",
    "time",
];

/// Their units.
pub const CLUSTER_UNITS: [&str; 12] =
    ["GeV", "1", "rad", "GeV", "GeV", "GeV", "GeV", "GeV", "GeV", "GeV", "GeV", "ns"];

/// What stands before the names of tracks' features.
pub const TRACK_PREFIX: &str = "track";

/// The features of a track, in order.
pub const TRACK_FEATURES: [&str; 10] =
    ["pt", "eta", "phi", "vertex_nParticles", "d0", "z0", "chiSquared", "SCTShared", "SCTHoles", "SCTHits"];

/// Their units.
pub const TRACK_UNITS: [&str; 10] = ["GeV", "1", "rad", "1", "mm", "mm", "1", "1", "1", "1"];

/// What stands before the names of muon segments' features.
pub const SEGMENT_PREFIX: &str = "MSeg";

/// The features of a muon segment, in order.
pub const SEGMENT_FEATURES: [&str; 6] = ["etaPos", "phiPos", "etaDir", "phiDir", "chiSquared", "t0"];

/// Their units.
pub const SEGMENT_UNITS: [&str; 6] = ["1", "rad", "1", "rad", "1", "ns"];

/// A cluster of calorimeter cells.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Cluster {
    /// Transverse momentum in GeV.
    pub pt: f32,
    /// Pseudorapidity less that of the jet.
    pub eta: f32,
    /// Azimuth less that of the jet, in radians.
    pub phi: f32,
    /// Energies in the four electromagnetic layers in GeV, the innermost first.
    pub ecal: [f32; 4],
    /// Energies in the four hadronic layers in GeV, the innermost first.
    pub hcal: [f32; 4],
    /// Time in ns, zero for a particle at the speed of light from the collision.
    pub time: f32,
}

impl Cluster {
    /// Its features in the order of [`CLUSTER_FEATURES`].
    #[must_use]
    pub fn features(&self) -> [f32; 12] {
        let ([e1, e2, e3, e4], [h1, h2, h3, h4]) = (self.ecal, self.hcal);
        [self.pt, self.eta, self.phi, h1, e1, h2, e2, h3, e3, e4, h4, self.time]
    }

    /// The energy in all layers, in GeV.
    #[must_use]
    pub fn energy(&self) -> f32 {
        self.ecal.iter().chain(&self.hcal).sum()
    }

    /// The fraction $f_H$ of the energy that is in the hadronic layers; zero without energy.
    ///
    /// ```
    /// use hepsys_sim::calorimeter_jets::Cluster;
    /// let cluster = Cluster { ecal: [0.0, 1.0, 2.0, 0.0], hcal: [6.0, 3.0, 0.0, 0.0], ..Cluster::default() };
    /// assert_eq!(cluster.hadronic_fraction(), 0.75);
    /// ```
    #[must_use]
    pub fn hadronic_fraction(&self) -> f32 {
        let energy = self.energy();
        if energy > 0.0 { self.hcal.iter().sum::<f32>() / energy } else { 0.0 }
    }
}

/// A track of the inner detector.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Track {
    /// Transverse momentum in GeV.
    pub pt: f32,
    /// Pseudorapidity less that of the jet.
    pub eta: f32,
    /// Azimuth less that of the jet, in radians.
    pub phi: f32,
    /// How many particles come from its vertex.
    pub vertex_n_particles: f32,
    /// Transverse distance to the beam line in mm.
    pub d0: f32,
    /// Distance to the middle of the detector along the beam in mm.
    pub z0: f32,
    /// χ² of the track's fit over its degrees of freedom.
    pub chi_squared: f32,
    /// Hits in the silicon strips that other tracks share.
    pub sct_shared: f32,
    /// Layers of silicon strips without a hit.
    pub sct_holes: f32,
    /// Hits in the silicon strips.
    pub sct_hits: f32,
}

impl Track {
    /// Its features in the order of [`TRACK_FEATURES`].
    #[must_use]
    pub fn features(&self) -> [f32; 10] {
        let Self { pt, eta, phi, vertex_n_particles, d0, z0, chi_squared, sct_shared, sct_holes, sct_hits } =
            *self;
        [pt, eta, phi, vertex_n_particles, d0, z0, chi_squared, sct_shared, sct_holes, sct_hits]
    }
}

/// A straight piece of track in a muon chamber behind the calorimeter.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct MuonSegment {
    /// Pseudorapidity of its place less that of the jet.
    pub eta_position: f32,
    /// Azimuth of its place less that of the jet, in radians.
    pub phi_position: f32,
    /// Pseudorapidity of its direction, not relative to the jet: that of particles along the beam is large.
    pub eta_direction: f32,
    /// Azimuth of its direction less that of the jet, in radians.
    pub phi_direction: f32,
    /// χ² of the segment's fit over its degrees of freedom.
    pub chi_squared: f32,
    /// Time in ns, zero for a particle at the speed of light from the collision.
    pub t0: f32,
}

impl MuonSegment {
    /// Its features in the order of [`SEGMENT_FEATURES`].
    #[must_use]
    pub fn features(&self) -> [f32; 6] {
        let Self { eta_position, phi_position, eta_direction, phi_direction, chi_squared, t0 } = *self;
        [eta_position, phi_position, eta_direction, phi_direction, chi_squared, t0]
    }
}
