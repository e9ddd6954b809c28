//! What decays to what, how often.

mod mode;
mod resolve;

pub use mode::{BranchingFraction, DecayMode};

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::dec::parse;
use crate::{DecaysError, ParticleProperties, ParticleTable, Track};

/// A particle of a [`DecayTable`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ParticleId(pub(crate) u32);

impl ParticleId {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// Decay modes and their branching fractions, by particle.
///
/// ```
/// use hepsys_decays::{DecayTable, ParticleTable};
/// # let particles = "name,antiparticle,pdg_id,mass,width,charge\nphi,phi,333,1.01946,0.00425,0\n\
/// #     K+,K-,321,0.49368,0,1\nK-,K+,-321,0.49368,0,-1\npi0,pi0,111,0.135,0,0\n";
/// let particles = ParticleTable::from_csv("particles.csv", particles)?;
/// let text = "Decay phi\n 0.491 K+ K- VSS; # PDG, value 0.491 +- 0.005\nEnddecay\nEnd\n";
/// let table = DecayTable::parse("my.dec", text, &particles)?;
///
/// let phi = table.find("phi").unwrap();
/// let mode = &table.modes(phi)[0];
/// assert_eq!(table.describe(phi, mode), "phi -> K+ K-");
/// assert_eq!(mode.fraction.value, 0.491);
/// assert!((mode.fraction.relative_error - 0.0102).abs() < 1e-4);
/// # Ok::<(), hepsys_decays::DecaysError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct DecayTable {
    entries: Vec<Entry>,
    by_name: HashMap<String, ParticleId>,
}

/// A name of the table: a particle, an alias of one, or something that the particle table does not know.
#[derive(Debug, Clone, PartialEq)]
struct Entry {
    name: String,
    properties: Option<ParticleProperties>,
    antiparticle: ParticleId,
    modes: Vec<DecayMode>,
}

impl DecayTable {
    /// Reads a decay file in EvtGen's format, often called `.dec`.
    ///
    /// Branching fractions are taken as they stand; they need not add up to one.
    /// A comment at the end of a mode that holds `value a +- b` gives its relative error, b/a.
    /// A particle whose decays are given twice has those of the last `Decay`, as in EvtGen.
    /// Names that `particles` does not know are kept; modes with them cannot be simulated, and [`unknown`](Self::unknown) lists them.
    ///
    /// # Errors
    ///
    /// [`DecaysError::Syntax`] with the line and the word that do not fit, also for a `CDecay` whose antiparticle has no decays.
    pub fn parse(file: &str, text: &str, particles: &ParticleTable) -> Result<Self, DecaysError> {
        resolve::resolve(file, parse(file, text)?, particles)
    }

    /// The particle of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<ParticleId> {
        self.by_name.get(name).copied()
    }

    /// What the next particle will be.
    fn next_id(&self) -> ParticleId {
        ParticleId(self.entries.len() as u32)
    }

    /// The particle of this name, or an error that says where it was asked for.
    pub(crate) fn require(&self, name: &str, context: &str) -> Result<ParticleId, DecaysError> {
        let known = self.find(name).filter(|&id| self.properties(id).is_some());
        known.ok_or_else(|| DecaysError::UnknownParticle {
            context: context.to_owned(),
            name: name.to_owned(),
        })
    }

    /// All particles that the table names.
    pub fn particles(&self) -> impl ExactSizeIterator<Item = ParticleId> + use<> {
        (0..self.entries.len() as u32).map(ParticleId)
    }

    /// The particles with decays: the mothers.
    pub fn mothers(&self) -> impl Iterator<Item = ParticleId> + '_ {
        self.particles().filter(|&id| !self.modes(id).is_empty())
    }

    /// The name of a particle.
    #[must_use]
    pub fn name(&self, particle: ParticleId) -> &str {
        &self.entries[particle.index()].name
    }

    /// What is known of a particle, for an alias that of the particle it stands for; nothing for a name that is unknown.
    #[must_use]
    pub fn properties(&self, particle: ParticleId) -> Option<&ParticleProperties> {
        self.entries[particle.index()].properties.as_ref()
    }

    /// The antiparticle; a particle itself if it is its own.
    #[must_use]
    pub fn antiparticle(&self, particle: ParticleId) -> ParticleId {
        self.entries[particle.index()].antiparticle
    }

    /// How a particle decays; nothing for one that is stable, or that the table says nothing of.
    #[must_use]
    pub fn modes(&self, particle: ParticleId) -> &[DecayMode] {
        &self.entries[particle.index()].modes
    }

    /// How many modes all particles have together.
    #[must_use]
    pub fn n_modes(&self) -> usize {
        self.entries.iter().map(|entry| entry.modes.len()).sum()
    }

    /// The names that occur and that the particle table does not know.
    pub fn unknown(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().filter(|entry| entry.properties.is_none()).map(|entry| entry.name.as_str())
    }

    /// The track that a particle leaves and its charge, if it is one that reaches a detector.
    #[must_use]
    pub fn track(&self, particle: ParticleId) -> Option<(Track, i32)> {
        let properties = self.properties(particle)?;
        Track::of_pdg_id(properties.pdg_id).map(|track| (track, properties.charge))
    }

    /// A mode in words, as `B+ -> anti-D0 pi+`.
    #[must_use]
    pub fn describe(&self, mother: ParticleId, mode: &DecayMode) -> String {
        let daughters: Vec<&str> = mode.daughters.iter().map(|&daughter| self.name(daughter)).collect();
        format!("{} -> {}", self.name(mother), daughters.join(" "))
    }

    /// Adds a mode, such as one that nobody measured; its charge conjugate is another.
    ///
    /// # Errors
    ///
    /// [`DecaysError::BadParameter`] unless the mode has daughters and a fraction between 0 and 1.
    pub fn add(&mut self, mother: ParticleId, mode: DecayMode) -> Result<(), DecaysError> {
        let value = mode.fraction.value;
        DecaysError::check((0.0..=1.0).contains(&value), "a branching fraction", "between 0 and 1", value)?;
        DecaysError::check(!mode.daughters.is_empty(), "the number of daughters", "positive", 0)?;
        self.entries[mother.index()].modes.push(mode);
        Ok(())
    }
}
