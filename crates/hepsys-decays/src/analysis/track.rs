use std::fmt;

use serde::{Deserialize, Serialize};

use hepsys_sim::mass;

/// A charged particle that leaves a track: what it is, or what an analysis takes it for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Track {
    /// An electron.
    #[serde(rename = "e")]
    Electron,
    /// A muon.
    #[serde(rename = "mu")]
    Muon,
    /// A pion.
    #[serde(rename = "pi")]
    Pion,
    /// A kaon.
    #[serde(rename = "K")]
    Kaon,
    /// A proton.
    #[serde(rename = "p")]
    Proton,
}

impl Track {
    /// All of them, the lightest first.
    pub const ALL: [Self; 5] = [Self::Electron, Self::Muon, Self::Pion, Self::Kaon, Self::Proton];

    /// The track that a particle of this number leaves, if it is one; antiparticles leave the same.
    #[must_use]
    pub fn of_pdg_id(pdg_id: i64) -> Option<Self> {
        match pdg_id.unsigned_abs() {
            11 => Some(Self::Electron),
            13 => Some(Self::Muon),
            211 => Some(Self::Pion),
            321 => Some(Self::Kaon),
            2212 => Some(Self::Proton),
            _ => None,
        }
    }

    /// The mass that the hypothesis gives to a track, in GeV.
    #[must_use]
    pub fn mass(self) -> f64 {
        match self {
            Self::Electron => mass::ELECTRON,
            Self::Muon => mass::MUON,
            Self::Pion => mass::PI_PLUS,
            Self::Kaon => mass::K_PLUS,
            Self::Proton => mass::PROTON,
        }
    }
}

impl fmt::Display for Track {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Electron => "e",
            Self::Muon => "mu",
            Self::Pion => "pi",
            Self::Kaon => "K",
            Self::Proton => "p",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_an_answer() {
        assert_eq!(Track::of_pdg_id(-2212), Some(Track::Proton));
        assert_eq!(Track::of_pdg_id(i64::MIN), None);
    }
}
