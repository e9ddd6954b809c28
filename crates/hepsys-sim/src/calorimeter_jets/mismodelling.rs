use hepsys_core::Stream;
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use super::checks::Checks;
use crate::SimError;

/// What the detector does to clusters that the simulation does not know.
///
/// Times are shifted, smeared and get a tail, each times the strength κ:
///
/// $$ t \to t + \kappa \left[s_E (1 - f_H) + s_H f_H + b \ln \frac{p_T}{p_0}\right]
///        + \kappa \left[w_E (1 - f_H) + w_H f_H\right] z_1 + \tau\\, w_\tau z_2 $$
///
/// with standard normal $z_i$, and τ one for a fraction κ$\\,f_\tau$ of clusters and zero for the others.
/// Transverse momenta and energies of clusters are multiplied by a scale, which times do not follow.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mismodelling {
    /// κ: zero for none. Defaults to 1.
    pub strength: f64,
    /// $s_E$ in ns. Defaults to −0.20.
    pub electromagnetic_shift: f64,
    /// $s_H$ in ns. Defaults to −0.60.
    pub hadronic_shift: f64,
    /// b in ns. Defaults to −0.15.
    pub logarithmic_shift: f64,
    /// $p_0$ in GeV. Defaults to 10.
    pub reference_pt: f64,
    /// The transverse momentum in GeV below which the shift is that at it. Defaults to 1.
    pub least_pt: f64,
    /// $w_E$ in ns. Defaults to 0.30.
    pub electromagnetic_smearing: f64,
    /// $w_H$ in ns. Defaults to 0.70.
    pub hadronic_smearing: f64,
    /// $f_\tau$. Defaults to 0.03.
    pub tail_fraction: f64,
    /// $w_\tau$ in ns. Defaults to 3.
    pub tail_width: f64,
    /// What the transverse momenta and energies of clusters are multiplied by, whatever the strength: an error that nobody
    /// aimed at. Defaults to 1, none.
    pub cluster_pt_scale: f64,
}

impl Default for Mismodelling {
    fn default() -> Self {
        Self {
            strength: 1.0,
            electromagnetic_shift: -0.20,
            hadronic_shift: -0.60,
            logarithmic_shift: -0.15,
            reference_pt: 10.0,
            least_pt: 1.0,
            electromagnetic_smearing: 0.30,
            hadronic_smearing: 0.70,
            tail_fraction: 0.03,
            tail_width: 3.0,
            cluster_pt_scale: 1.0,
        }
    }
}

impl Mismodelling {
    /// By how much the mean time of clusters with this transverse momentum in GeV and this hadronic fraction is shifted, in ns.
    ///
    /// ```
    /// use hepsys_sim::calorimeter_jets::Mismodelling;
    /// assert_eq!(format!("{:.3}", Mismodelling::default().mean_shift(10.0, 0.5)), "-0.400");
    /// ```
    #[must_use]
    pub fn mean_shift(&self, pt: f64, hadronic_fraction: f64) -> f64 {
        let layers = between(self.electromagnetic_shift, self.hadronic_shift, hadronic_fraction);
        self.strength * (layers + self.logarithmic_shift * (pt.max(self.least_pt) / self.reference_pt).ln())
    }

    /// The standard deviation in ns that smearing adds in quadrature, without the tail.
    #[must_use]
    pub fn smearing(&self, hadronic_fraction: f64) -> f64 {
        let layers = between(self.electromagnetic_smearing, self.hadronic_smearing, hadronic_fraction);
        self.strength * layers
    }

    /// What is added to the time of one cluster, in ns.
    #[must_use]
    pub fn time_error(&self, pt: f64, hadronic_fraction: f64, stream: &mut Stream) -> f64 {
        let mut normal = || -> f64 { StandardNormal.sample(stream) };
        let core = self.mean_shift(pt, hadronic_fraction) + self.smearing(hadronic_fraction) * normal();
        let tail = self.tail_width * normal();
        if stream.random::<f64>() < self.strength * self.tail_fraction { core + tail } else { core }
    }

    pub(super) fn check(&self) -> Result<(), SimError> {
        let of = Checks::of("the mismodelling");
        of.not_negative("the strength", self.strength)?;
        of.finite("the electromagnetic shift", self.electromagnetic_shift)?;
        of.finite("the hadronic shift", self.hadronic_shift)?;
        of.finite("the logarithmic shift", self.logarithmic_shift)?;
        of.positive("the reference pT", self.reference_pt)?;
        of.positive("the least pT", self.least_pt)?;
        of.not_negative("the electromagnetic smearing", self.electromagnetic_smearing)?;
        of.not_negative("the hadronic smearing", self.hadronic_smearing)?;
        of.fraction("the tail fraction", self.tail_fraction)?;
        of.fraction("the tail fraction times the strength", self.strength * self.tail_fraction)?;
        of.not_negative("the tail width", self.tail_width)?;
        of.positive("the scale of cluster pT", self.cluster_pt_scale)
    }
}

fn between(electromagnetic: f64, hadronic: f64, hadronic_fraction: f64) -> f64 {
    electromagnetic * (1.0 - hadronic_fraction) + hadronic * hadronic_fraction
}
