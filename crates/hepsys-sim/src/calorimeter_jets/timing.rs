use serde::{Deserialize, Serialize};

use super::checks::Checks;
use crate::SimError;

/// How well the calorimeter measures the time of a cluster.
///
/// $$ \sigma_t^2 = s^2 \left(c^2 + \frac{[a\\,(1 + f_H)]^2}{2\\,p_T / \mathrm{GeV}}\right) $$
///
/// with the fraction $f_H$ of the energy in the hadronic layers, whose cells are slower.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TimeResolution {
    /// c in ns. Defaults to 0.25.
    pub constant: f64,
    /// a in ns. Defaults to 1.5.
    pub stochastic: f64,
    /// The transverse momentum in GeV below which the resolution gets no worse. Defaults to 0.5.
    pub least_pt: f64,
    /// s, for a better or worse detector; with 2 the classes are harder to tell apart. Defaults to 1.
    pub scale: f64,
}

impl Default for TimeResolution {
    fn default() -> Self {
        Self { constant: 0.25, stochastic: 1.5, least_pt: 0.5, scale: 1.0 }
    }
}

impl TimeResolution {
    /// $\sigma_t$ in ns of a cluster with this transverse momentum in GeV and this hadronic fraction.
    ///
    /// ```
    /// use hepsys_sim::calorimeter_jets::TimeResolution;
    /// let sigma = TimeResolution::default().sigma(50.0, 1.0);
    /// assert!((sigma - (0.25_f64.powi(2) + 0.5 * 9.0 / 50.0).sqrt()).abs() < 1e-12);
    /// ```
    #[must_use]
    pub fn sigma(&self, pt: f64, hadronic_fraction: f64) -> f64 {
        let stochastic = self.stochastic * (1.0 + hadronic_fraction);
        let variance = self.constant * self.constant + 0.5 * stochastic * stochastic / pt.max(self.least_pt);
        self.scale * variance.sqrt()
    }
}

/// What happens to the time of a cluster besides where it comes from, in simulation and data alike.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClusterTiming {
    /// The resolution of each cluster.
    pub resolution: TimeResolution,
    /// Standard deviation in ns of what all clusters of a jet share: the spread of collisions, the trigger's clock.
    /// Defaults to 0.15.
    pub clock: f64,
    /// The fraction of clusters from other crossings of the bunches. Defaults to 0.03.
    pub out_of_time_fraction: f64,
    /// Standard deviation of their times in ns, on top of the resolution. Defaults to 4.
    pub out_of_time_width: f64,
    /// The fraction of soft clusters that other collisions of the same crossing make: their times are around zero whatever
    /// made the jet. Defaults to 0.15.
    pub pile_up_fraction: f64,
    /// How many of the hardest clusters are never such. Defaults to 2.
    pub hard_clusters: usize,
}

impl Default for ClusterTiming {
    fn default() -> Self {
        Self {
            resolution: TimeResolution::default(),
            clock: 0.15,
            out_of_time_fraction: 0.03,
            out_of_time_width: 4.0,
            pile_up_fraction: 0.15,
            hard_clusters: 2,
        }
    }
}

impl ClusterTiming {
    pub(super) fn check(&self) -> Result<(), SimError> {
        let of = Checks::of("the time resolution");
        of.not_negative("the constant term", self.resolution.constant)?;
        of.not_negative("the stochastic term", self.resolution.stochastic)?;
        let least = self.resolution.least_pt;
        of.check("the least pT", "between 0.001 and 1e6", least, (1e-3..=1e6).contains(&least))?;
        of.positive("the scale", self.resolution.scale)?;
        let of = Checks::of("cluster times");
        of.not_negative("the common spread", self.clock)?;
        of.fraction("the out-of-time fraction", self.out_of_time_fraction)?;
        of.not_negative("the out-of-time width", self.out_of_time_width)?;
        of.fraction("the pile-up fraction", self.pile_up_fraction)
    }
}
