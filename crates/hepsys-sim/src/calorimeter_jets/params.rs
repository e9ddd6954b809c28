use serde::{Deserialize, Serialize};

use super::checks::Checks;
use super::{
    Arrival, Calorimeter, ClusterTiming, DecayMode, EventModel, JetModel, JetRegion, Mismodelling, Process,
    RegionModel, decay,
};
use crate::SimError;

/// How many clusters a jet has at most unless told otherwise.
pub const DEFAULT_MOST_CLUSTERS: usize = 15;

/// How many tracks.
pub const DEFAULT_MOST_TRACKS: usize = 20;

/// How many muon segments.
pub const DEFAULT_MOST_SEGMENTS: usize = 20;

/// The largest of such limits that can be asked for.
pub const MOST_OBJECTS: usize = 100;

/// The generator of calorimeter jets, whose numbers are checked; [`CalorimeterJets::params`] begins one.
///
/// ```
/// use hepsys_core::Seed;
/// use hepsys_sim::calorimeter_jets::{CalorimeterJets, JetRegion, Process, Source};
///
/// let generator = CalorimeterJets::params().check()?;
/// let region = Source::simulated(Process::Multijet).inside(JetRegion::Control);
/// let jets = generator.jets(region, 1000, Seed::new(1))?;
/// let sample = jets.to_sample()?;
/// assert_eq!((sample.n_events(), sample.n_features()), (1000, 503));
/// assert_eq!(sample.column("clus_time_0")?[0], f64::from(jets.get(0).clusters[0].time));
/// # Ok::<(), hepsys_sim::SimError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct CalorimeterJets(CalorimeterJetsParams);

/// Numbers of calorimeter jets that nobody has checked yet. The defaults are those of the benchmark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CalorimeterJetsParams {
    pub(super) calorimeter: Calorimeter,
    pub(super) timing: ClusterTiming,
    pub(super) mismodelling: Mismodelling,
    pub(super) signal: JetModel,
    pub(super) multijet: JetModel,
    pub(super) beam_induced: JetModel,
    pub(super) main: RegionModel,
    pub(super) control: RegionModel,
    pub(super) central_control: RegionModel,
    pub(super) events: EventModel,
    pub(super) decay_modes: Vec<DecayMode>,
    pub(super) most_clusters: usize,
    pub(super) most_tracks: usize,
    pub(super) most_segments: usize,
}

impl Default for CalorimeterJetsParams {
    fn default() -> Self {
        Self {
            calorimeter: Calorimeter::default(),
            timing: ClusterTiming::default(),
            mismodelling: Mismodelling::default(),
            signal: JetModel::benchmark(Process::Signal),
            multijet: JetModel::benchmark(Process::Multijet),
            beam_induced: JetModel::benchmark(Process::BeamInduced),
            main: RegionModel::benchmark(JetRegion::Main),
            control: RegionModel::benchmark(JetRegion::Control),
            central_control: RegionModel::benchmark(JetRegion::CentralControl),
            events: EventModel::default(),
            decay_modes: decay::default_modes(),
            most_clusters: DEFAULT_MOST_CLUSTERS,
            most_tracks: DEFAULT_MOST_TRACKS,
            most_segments: DEFAULT_MOST_SEGMENTS,
        }
    }
}

impl CalorimeterJets {
    /// The numbers of the benchmark.
    #[must_use]
    pub fn params() -> CalorimeterJetsParams {
        CalorimeterJetsParams::default()
    }

    /// The numbers of this generator, to make another one of.
    #[must_use]
    pub fn into_params(self) -> CalorimeterJetsParams {
        self.0
    }

    /// Where the layers of the calorimeter are.
    #[must_use]
    pub fn calorimeter(&self) -> &Calorimeter {
        &self.0.calorimeter
    }

    /// What happens to times of clusters everywhere.
    #[must_use]
    pub fn timing(&self) -> &ClusterTiming {
        &self.0.timing
    }

    /// What the simulation does not know.
    #[must_use]
    pub fn mismodelling(&self) -> &Mismodelling {
        &self.0.mismodelling
    }

    /// What the jets of a process look like.
    #[must_use]
    pub fn model(&self, process: Process) -> &JetModel {
        match process {
            Process::Signal => &self.0.signal,
            Process::Multijet => &self.0.multijet,
            Process::BeamInduced => &self.0.beam_induced,
        }
    }

    /// What a selection of jets is.
    #[must_use]
    pub fn region(&self, region: JetRegion) -> &RegionModel {
        match region {
            JetRegion::Main => &self.0.main,
            JetRegion::Control => &self.0.control,
            JetRegion::CentralControl => &self.0.central_control,
        }
    }

    /// What long-lived particles decay into.
    #[must_use]
    pub fn decay_modes(&self) -> &[DecayMode] {
        &self.0.decay_modes
    }

    pub(super) fn events_model(&self) -> &EventModel {
        &self.0.events
    }

    /// How many clusters, tracks and muon segments a jet has at most.
    #[must_use]
    pub fn most_objects(&self) -> [usize; 3] {
        [self.0.most_clusters, self.0.most_tracks, self.0.most_segments]
    }
}

impl CalorimeterJetsParams {
    /// Where the layers of the calorimeter are.
    #[must_use]
    pub fn calorimeter(mut self, calorimeter: Calorimeter) -> Self {
        self.calorimeter = calorimeter;
        self
    }

    /// The resolution of cluster times, and what else happens to them in simulation and data alike.
    #[must_use]
    pub fn timing(mut self, timing: ClusterTiming) -> Self {
        self.timing = timing;
        self
    }

    /// The factor on the resolution of cluster times. Defaults to 1; must be positive.
    #[must_use]
    pub fn time_resolution_scale(mut self, scale: f64) -> Self {
        self.timing.resolution.scale = scale;
        self
    }

    /// How data differ from simulation.
    #[must_use]
    pub fn mismodelling(mut self, mismodelling: Mismodelling) -> Self {
        self.mismodelling = mismodelling;
        self
    }

    /// How much of the error of cluster times data have. Defaults to 1; zero for none.
    #[must_use]
    pub fn mismodelling_strength(mut self, strength: f64) -> Self {
        self.mismodelling.strength = strength;
        self
    }

    /// What the transverse momenta and energies of clusters are multiplied by in data. Defaults to 1; must be positive.
    #[must_use]
    pub fn cluster_pt_scale(mut self, scale: f64) -> Self {
        self.mismodelling.cluster_pt_scale = scale;
        self
    }

    /// What the jets of a process look like.
    #[must_use]
    pub fn model(mut self, process: Process, model: JetModel) -> Self {
        match process {
            Process::Signal => self.signal = model,
            Process::Multijet => self.multijet = model,
            Process::BeamInduced => self.beam_induced = model,
        }
        self
    }

    /// The fraction of muons of the beam's halo that fly outwards. Defaults to 0.7; between 0.7 and 0.9 in the benchmark.
    ///
    /// Incoming ones that would be before the earliest time of [`Arrival::Beam`] become outgoing ones besides: with the
    /// default of −12 ns, 86 % of jets are where they do.
    #[must_use]
    pub fn outgoing_fraction(mut self, fraction: f64) -> Self {
        let earliest = match self.beam_induced.arrival {
            Arrival::Beam { earliest, .. } => earliest,
            Arrival::Prompt | Arrival::Slow { .. } => DEFAULT_EARLIEST,
        };
        self.beam_induced.arrival = Arrival::Beam { outgoing_fraction: fraction, earliest };
        self
    }

    /// What a selection of jets is.
    #[must_use]
    pub fn region(mut self, region: JetRegion, model: RegionModel) -> Self {
        match region {
            JetRegion::Main => self.main = model,
            JetRegion::Control => self.control = model,
            JetRegion::CentralControl => self.central_control = model,
        }
        self
    }

    /// How many jets an event has, and where they fly.
    #[must_use]
    pub fn events(mut self, events: EventModel) -> Self {
        self.events = events;
        self
    }

    /// What long-lived particles decay into, and how often, relative to each other. Defaults to `bb`, `cc` and `tautau` as 85 to
    /// 5 to 8.
    ///
    /// The mode is a label of the truth alone: jets of all modes look the same.
    #[must_use]
    pub fn decay_modes(mut self, modes: impl IntoIterator<Item = DecayMode>) -> Self {
        self.decay_modes = modes.into_iter().collect();
        self
    }

    /// How many clusters a jet has at most. Defaults to [`DEFAULT_MOST_CLUSTERS`]; 30 in the original analysis.
    #[must_use]
    pub fn most_clusters(mut self, most: usize) -> Self {
        self.most_clusters = most;
        self
    }

    /// How many tracks. Defaults to [`DEFAULT_MOST_TRACKS`].
    #[must_use]
    pub fn most_tracks(mut self, most: usize) -> Self {
        self.most_tracks = most;
        self
    }

    /// How many muon segments. Defaults to [`DEFAULT_MOST_SEGMENTS`]; 30 in the original analysis.
    #[must_use]
    pub fn most_segments(mut self, most: usize) -> Self {
        self.most_segments = most;
        self
    }

    /// The generator with these numbers.
    ///
    /// # Errors
    ///
    /// [`SimError::BadParameter`] with the first number that is out of its range, and whose it is.
    pub fn check(self) -> Result<CalorimeterJets, SimError> {
        self.calorimeter.check()?;
        self.timing.check()?;
        self.mismodelling.check()?;
        let of = Checks::of("a jet");
        for (what, most) in [
            ("the largest number of clusters", self.most_clusters),
            ("the largest number of tracks", self.most_tracks),
            ("the largest number of muon segments", self.most_segments),
        ] {
            of.check(what, "between 1 and 100", most as f64, (1..=MOST_OBJECTS).contains(&most))?;
        }
        self.events.check()?;
        decay::check(&self.decay_modes)?;
        let generator = CalorimeterJets(self);
        for process in Process::ALL {
            let model = generator.model(process);
            model.check(process)?;
            let least = model.clusters.least;
            let expected = format!("at most the largest number, {}", generator.0.most_clusters);
            let owner = format!("{process} jets");
            let is_right = least <= generator.0.most_clusters;
            Checks::of(&owner).check("the least number of clusters", &expected, least as f64, is_right)?;
        }
        for region in JetRegion::ALL {
            generator.region(region).check(region)?;
        }
        Ok(generator)
    }
}

/// The earliest time in ns of a muon of the beam's halo where nothing else is said.
const DEFAULT_EARLIEST: f64 = -12.0;
