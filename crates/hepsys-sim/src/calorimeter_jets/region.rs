use std::fmt;

use serde::{Deserialize, Serialize};

use super::checks::Checks;
use crate::SimError;

/// The selections of jets; [`RegionModel`] says what each one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JetRegion {
    /// The selection of the search.
    Main,
    /// The control region, in which simulation is compared with data: a harder spectrum.
    Control,
    /// A control region for tests of what was learned in the first: harder still, central, and with few tracks, so that
    /// its jets look more like displaced ones.
    CentralControl,
}

impl JetRegion {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Main, Self::Control, Self::CentralControl];
}

impl fmt::Display for JetRegion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Main => "main",
            Self::Control => "control",
            Self::CentralControl => "central control",
        })
    }
}

/// A selection of jets: the spectrum that it leaves, and what is asked of a jet besides.
///
/// Nothing in it depends on times, so that data and simulation are selected alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegionModel {
    /// The least transverse momentum in GeV.
    pub least_pt: f64,
    /// The mean of the exponential above it in GeV.
    pub mean_excess: f64,
    /// The largest transverse momentum in GeV; harder jets are moved to it.
    pub largest_pt: f64,
    /// The largest |η|, below which pseudorapidities are uniform.
    pub largest_abs_eta: f64,
    /// How many tracks a jet may have; no matter how many if none.
    pub most_tracks: Option<usize>,
    /// How many muon segments it must have.
    pub least_segments: usize,
}

impl RegionModel {
    /// The benchmark's selections: from 40 to 500 GeV and |η| < 2.4 with the mean excess 60 GeV, for [`JetRegion::Control`]
    /// 75 GeV; for [`JetRegion::CentralControl`] 90 GeV, |η| < 1.4 and at most three tracks.
    #[must_use]
    pub fn benchmark(region: JetRegion) -> Self {
        let main = Self {
            least_pt: 40.0,
            mean_excess: 60.0,
            largest_pt: 500.0,
            largest_abs_eta: 2.4,
            most_tracks: None,
            least_segments: 0,
        };
        match region {
            JetRegion::Main => main,
            JetRegion::Control => Self { mean_excess: 75.0, ..main },
            JetRegion::CentralControl => {
                Self { mean_excess: 90.0, largest_abs_eta: 1.4, most_tracks: Some(3), ..main }
            }
        }
    }

    pub(super) fn accepts(&self, n_tracks: usize, n_segments: usize) -> bool {
        self.most_tracks.is_none_or(|most| n_tracks <= most) && self.least_segments <= n_segments
    }

    pub(super) fn check(&self, region: JetRegion) -> Result<(), SimError> {
        let owner = format!("the {region} region");
        let of = Checks::of(&owner);
        of.positive("the least pT", self.least_pt)?;
        of.not_negative("the mean excess of pT", self.mean_excess)?;
        of.range("pT", [self.least_pt, self.largest_pt])?;
        // At |η| = 10 the beam pipe has long begun, and sinh η is still a number to divide by.
        let eta = self.largest_abs_eta;
        of.check("the largest |eta|", "positive and at most 10", eta, 0.0 < eta && eta <= 10.0)
    }
}
