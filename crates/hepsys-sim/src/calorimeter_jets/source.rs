use std::fmt;

use hepsys_core::Seed;
use serde::{Deserialize, Serialize};

use super::JetRegion;

/// What makes a jet, or an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Process {
    /// A long-lived particle that decays in or before the calorimeter; an event has two of them.
    Signal,
    /// Quarks and gluons (QCD).
    Multijet,
    /// A muon of the beam's halo, parallel to the beam (BIB); an event has one.
    BeamInduced,
}

impl Process {
    /// All three, in the order of the scores of a network.
    pub const ALL: [Self; 3] = [Self::Signal, Self::Multijet, Self::BeamInduced];

    /// Its place in [`ALL`](Self::ALL).
    ///
    /// ```
    /// use hepsys_sim::calorimeter_jets::Process;
    /// assert!(Process::ALL.iter().enumerate().all(|(i, process)| process.index() == i));
    /// ```
    #[must_use]
    pub fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Signal => "signal",
            Self::Multijet => "multijet",
            Self::BeamInduced => "beam-induced",
        })
    }
}

/// Whether a sample is simulated, or taken by the detector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Cluster times as simulated.
    Simulation,
    /// Cluster times, and momenta, as the [`Mismodelling`](super::Mismodelling) makes them: what stands for data.
    Data,
}

/// Which jets, or events, to make.
///
/// ```
/// use hepsys_sim::calorimeter_jets::{JetRegion, Origin, Process, Source};
/// let source = Source::data(Process::Multijet).inside(JetRegion::Control);
/// assert_eq!(source.origin, Origin::Data);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Source {
    /// What makes them.
    pub process: Process,
    /// Simulated or taken.
    pub origin: Origin,
    /// Their selection.
    pub region: JetRegion,
}

impl Source {
    /// Simulated ones of the main selection.
    #[must_use]
    pub fn simulated(process: Process) -> Self {
        Self { process, origin: Origin::Simulation, region: JetRegion::Main }
    }

    /// Those that stand for data, of the main selection. Beam-induced background is always taken from data in analyses.
    #[must_use]
    pub fn data(process: Process) -> Self {
        Self { origin: Origin::Data, ..Self::simulated(process) }
    }

    /// The same with another selection.
    #[must_use]
    pub fn inside(self, region: JetRegion) -> Self {
        Self { region, ..self }
    }

    /// The seed of what comes from this source: sources with the same seed share no random numbers.
    pub(super) fn seed(self, seed: Seed) -> Seed {
        let origin = match self.origin {
            Origin::Simulation => "simulation",
            Origin::Data => "data",
        };
        seed.named(&self.process.to_string()).named(origin).named(&self.region.to_string())
    }
}
