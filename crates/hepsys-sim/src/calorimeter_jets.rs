//! Jets of a search for long-lived particles that decay in the calorimeter: their clusters, tracks and muon segments.
//!
//! Displaced jets, ordinary ones and those of muons from the beam's halo, whose cluster times a simulation gets wrong in a
//! known way. The numbers are those of a benchmark, not of any detector; the layout is that of analyses such as `atlas2022`.

mod benchmark;
mod checks;
mod decay;
mod draw;
mod events;
mod generator;
mod geometry;
mod jets;
mod mismodelling;
mod model;
mod object_models;
mod objects;
mod padded;
mod params;
mod region;
mod shower;
mod source;
mod timing;
mod tracking;

pub use decay::{DECAY_FEATURES, DECAY_PREFIXES, DECAY_UNITS, Decay, DecayMode};
pub use events::{EVENT_FEATURES, EventModel, JetEvents};
pub use geometry::{
    Calorimeter, Flight, LAYERS, LayerPosition, SPEED_OF_LIGHT, beam_induced_time, delay_of_slow_particle,
};
pub use jets::{Jet, Jets};
pub use mismodelling::Mismodelling;
pub use model::{Arrival, ClusterDepth, JetDepth, JetModel, Linear};
pub use object_models::{ClusterModel, SegmentModel, TrackModel};
pub use objects::{
    CLUSTER_FEATURES, CLUSTER_PREFIX, CLUSTER_UNITS, Cluster, JET_FEATURES, JET_PREFIX, JET_UNITS,
    MuonSegment, SEGMENT_FEATURES, SEGMENT_PREFIX, SEGMENT_UNITS, TRACK_FEATURES, TRACK_PREFIX, TRACK_UNITS,
    Track,
};
pub use padded::column_name;
pub use params::{
    CalorimeterJets, CalorimeterJetsParams, DEFAULT_MOST_CLUSTERS, DEFAULT_MOST_SEGMENTS,
    DEFAULT_MOST_TRACKS, MOST_OBJECTS,
};
pub use region::{JetRegion, RegionModel};
pub use source::{Origin, Process, Source};
pub use timing::{ClusterTiming, TimeResolution};
