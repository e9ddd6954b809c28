//! What is measured, and how: the analysis whose backgrounds are looked for.

mod file;
mod track;

pub use file::AnalysisFile;
pub use track::Track;

use std::collections::BTreeMap;

use hepsys_sim::{Acceptance, MomentumResolution, ProductionSpectrum};
use serde::{Deserialize, Serialize};

use crate::DecaysError;

/// A selection of events whose tracks are taken for the particles of a signal.
///
/// It is read from a file by [`AnalysisFile`]; the page of the crate shows one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Analysis {
    /// What pages and errors call it.
    pub name: String,
    /// What the tracks of a candidate are taken for, with their charges.
    #[serde(rename = "hyps")]
    pub hypotheses: Vec<(Track, i32)>,
    /// The signal.
    pub signal: SignalDecay,
    /// Which particles may decay to a background.
    pub parents: Parents,
    /// Windows of masses that are kept or vetoed.
    #[serde(default)]
    pub cuts: Vec<MassCut>,
    /// How far to look; the chains of all of these together.
    #[serde(default = "Reach::defaults")]
    pub reach: Vec<Reach>,
}

/// The decay that an analysis is made for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignalDecay {
    /// The particle that decays.
    pub parent: String,
    /// How often, with the branching fractions of all that follows.
    pub branching_fraction: f64,
    /// Into what, one chain for each daughter: `K*0 -> K+ pi-`.
    #[serde(rename = "final")]
    pub daughters: Vec<String>,
}

/// Particles at the beginning of chains.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "parents are \"beauty\", \"charm\" or a list of names")]
pub enum Parents {
    /// All that are produced with this flavour.
    Flavour(Flavour),
    /// These, and their antiparticles.
    Named(Vec<String>),
}

/// A heavy quark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Flavour {
    /// Hadrons with a bottom quark.
    Beauty,
    /// Hadrons with a charm quark, and no bottom.
    Charm,
}

/// A window of the mass of some tracks under their hypotheses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MassCut {
    /// The tracks, counted from zero in the order of the hypotheses.
    pub of: Vec<usize>,
    /// The window in GeV.
    pub window: [f64; 2],
    /// Whether events inside are kept, and not vetoed.
    pub keep: bool,
}

/// How far an enumeration of chains goes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reach {
    /// How many charged tracks there may be besides those of the candidate.
    pub extra_tracks: usize,
    /// How many particles the chain may end with, neutral ones included; any number if it is not said.
    #[serde(default)]
    pub max_particles: Option<usize>,
    /// The least relevance that one assignment of tracks could have, were all events selected.
    pub min_relevance: f64,
}

impl Reach {
    fn defaults() -> Vec<Self> {
        vec![Self { extra_tracks: 1, max_particles: None, min_relevance: 0.01 }]
    }
}

/// What all analyses of an experiment share.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Detector {
    /// The probability that a true track is taken for a hypothesis; one that is not there is zero.
    pub misidentification: BTreeMap<Track, BTreeMap<Track, f64>>,
    /// How often each particle is produced, up to a common factor; antiparticles are produced alike.
    pub production: BTreeMap<String, f64>,
    /// The spectrum with which hadrons of a flavour are produced.
    pub spectra: BTreeMap<Flavour, ProductionSpectrum>,
    /// What a charged track that is no part of the candidate multiplies the relevance with: isolation, vertex quality.
    pub extra_track_factor: f64,
    /// How well momenta are measured.
    pub resolution: MomentumResolution,
    /// Where tracks are seen.
    pub acceptance: Acceptance,
    /// The least width in GeV of a resonance whose mass is drawn; narrower ones have their nominal mass.
    pub min_width: f64,
}

impl Detector {
    /// The probability that a true track is taken for a hypothesis.
    #[must_use]
    pub fn probability(&self, truth: Track, hypothesis: Track) -> f64 {
        self.misidentification.get(&truth).and_then(|row| row.get(&hypothesis)).copied().unwrap_or(0.0)
    }
}

impl Analysis {
    /// The least relevance that any of its reaches asks for.
    pub(crate) fn min_relevance(&self) -> f64 {
        self.reach.iter().map(|reach| reach.min_relevance).fold(f64::INFINITY, f64::min)
    }

    /// Whether the hypotheses, cuts and numbers make sense, whatever the table.
    pub(crate) fn check(&self) -> Result<(), DecaysError> {
        let n = self.hypotheses.len();
        DecaysError::check((1..=6).contains(&n), "the number of hypotheses", "between 1 and 6", n)?;
        for (track, charge) in &self.hypotheses {
            let name = format!("the charge of the hypothesis {track}");
            DecaysError::check(matches!(charge, -1 | 1), &name, "1 or -1", charge)?;
        }
        let fraction = self.signal.branching_fraction;
        let is_fraction = 0.0 < fraction && fraction <= 1.0;
        DecaysError::check(is_fraction, "the branching fraction of the signal", "in (0, 1]", fraction)?;
        for (i, cut) in self.cuts.iter().enumerate() {
            let name = format!("the tracks of cut {i}");
            let fits = !cut.of.is_empty() && cut.of.iter().all(|&track| track < n);
            DecaysError::check(fits, &name, &format!("numbers below {n}"), format!("{:?}", cut.of))?;
            let distinct = cut.of.iter().enumerate().all(|(k, track)| !cut.of[..k].contains(track));
            DecaysError::check(distinct, &name, "different from each other", format!("{:?}", cut.of))?;
            let [low, high] = cut.window;
            let name = format!("the window of cut {i}");
            DecaysError::check(
                0.0 <= low && low < high,
                &name,
                "rising and not negative",
                format!("{:?}", cut.window),
            )?;
        }
        DecaysError::check(!self.reach.is_empty(), "the number of reaches", "positive", 0)?;
        for reach in &self.reach {
            let least = reach.min_relevance;
            let holds = 0.0 < least && least.is_finite();
            DecaysError::check(holds, "the least relevance", "positive and finite", least)?;
        }
        Ok(())
    }
}

impl Detector {
    pub(crate) fn check(&self) -> Result<(), DecaysError> {
        for (truth, row) in &self.misidentification {
            for (hypothesis, p) in row {
                let name = format!("the probability that {truth} is taken for {hypothesis}");
                DecaysError::check((0.0..=1.0).contains(p), &name, "between 0 and 1", p)?;
            }
        }
        for (name, f) in &self.production {
            let what = format!("the production fraction of {name}");
            DecaysError::check(0.0 < *f && f.is_finite(), &what, "positive and finite", f)?;
        }
        let factor = self.extra_track_factor;
        DecaysError::check(
            (0.0..=1.0).contains(&factor),
            "the factor of an extra track",
            "between 0 and 1",
            factor,
        )?;
        let width = self.min_width;
        DecaysError::check(0.0 < width, "the least width of a resonance", "positive", width)
    }
}
