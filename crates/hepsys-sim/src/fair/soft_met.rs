use hepsys_core::{CoreError, NuisanceParameter, Sample, Seed, Variation};
use rand_distr::{Distribution, StandardNormal};

use crate::higgsml::{Column, vary};

/// Soft particles that blur the missing transverse momentum, in the layout of the HiggsML challenge:
/// the nuisance parameter ν is the width in GeV of Gaussian noise on each component.
///
/// The noise of an event is ν times two normal numbers of a seed that depend on its place in the sample only,
/// so events move smoothly with ν, and zero leaves them where they are.
/// Give samples whose events are not the same ones seeds of their own.
///
/// Computed anew, where the sample has them, are `PRI_met`, `PRI_met_phi`, `DER_mass_transverse_met_lep`, `DER_pt_h`,
/// `DER_pt_tot` and `DER_met_phi_centrality`; `DER_mass_MMC` is dropped.
///
/// The width is never negative and its prior is no Gaussian, so the nuisance parameter is free here;
/// [`FairNuisance::SoftMet`](super::FairNuisance::SoftMet) has the prior of the challenge.
///
/// # References
///
/// `fair2024`
#[derive(Debug, Clone, PartialEq)]
pub struct SoftMet {
    nuisance: NuisanceParameter,
    seed: Seed,
}

impl SoftMet {
    const COLUMNS: [Column; 6] = [
        Column::Met,
        Column::MetPhi,
        Column::TransverseMass,
        Column::HiggsPt,
        Column::TotalPt,
        Column::Centrality,
    ];

    /// The noise of this seed.
    #[must_use]
    pub fn new(seed: Seed) -> Self {
        Self { nuisance: NuisanceParameter::free("soft missing momentum"), seed }
    }
}

impl Variation for SoftMet {
    fn nuisance(&self) -> &NuisanceParameter {
        &self.nuisance
    }

    fn vary(&self, sample: &Sample, value: f64) -> Result<Sample, CoreError> {
        if !(0.0 <= value && value.is_finite()) {
            return Err(CoreError::BadParameter {
                name: format!("the width of the {}", self.nuisance.name()),
                expected: "finite and not negative".into(),
                value,
            });
        }
        let mut stream = self.seed.stream();
        // No column that changes depends on the mass of the tau.
        vary(sample, 0.0, &Self::COLUMNS, |event| {
            for missing in &mut event.missing {
                let normal: f64 = StandardNormal.sample(&mut stream);
                *missing += value * normal;
            }
        })
    }
}
