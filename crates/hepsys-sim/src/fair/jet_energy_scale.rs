use hepsys_core::{CoreError, NuisanceParameter, Sample, Variation};

use crate::SimError;
use crate::higgsml::{Column, vary};
use crate::tau_energy_scale::scale;

/// The energy scale of jets in the layout of the HiggsML challenge, as a nuisance parameter ν = a − 1.
///
/// The transverse momenta of the leading and the subleading jet and the sum over all jets are multiplied by $a = 1 + \nu$,
/// and the missing transverse momentum takes up what the two gain:
/// $\vec M \to \vec M + (1 - a)\\,(\vec J_1 + \vec J_2)$ with their momenta before the shift; further jets have no direction in the file.
///
/// Computed anew, where the sample has them, are `PRI_jet_leading_pt`, `PRI_jet_subleading_pt`, `PRI_jet_all_pt`,
/// `PRI_met`, `PRI_met_phi`, `DER_mass_transverse_met_lep`, `DER_pt_h`, `DER_mass_jet_jet`, `DER_pt_tot`, `DER_sum_pt` and
/// `DER_met_phi_centrality`; `DER_mass_MMC` is dropped.
/// `DER_pt_tot` comes out as it was, since the jets and the missing momentum are both in it.
/// −999 stays where an event has no such jet, and no jet enters or leaves the sample's own threshold.
///
/// # References
///
/// `fair2024`
#[derive(Debug, Clone, PartialEq)]
pub struct JetEnergyScale {
    nuisance: NuisanceParameter,
}

impl JetEnergyScale {
    const COLUMNS: [Column; 11] = [
        Column::LeadingPt,
        Column::SubleadingPt,
        Column::JetAllPt,
        Column::Met,
        Column::MetPhi,
        Column::TransverseMass,
        Column::HiggsPt,
        Column::JetMass,
        Column::TotalPt,
        Column::SumPt,
        Column::Centrality,
    ];

    /// The scale, known with the relative uncertainty `sigma`.
    ///
    /// # Errors
    ///
    /// [`CoreError::BadParameter`] unless `sigma` is positive and finite.
    pub fn new(sigma: f64) -> Result<Self, SimError> {
        Ok(Self { nuisance: NuisanceParameter::gaussian("jet energy scale", sigma)? })
    }
}

impl Variation for JetEnergyScale {
    fn nuisance(&self) -> &NuisanceParameter {
        &self.nuisance
    }

    fn vary(&self, sample: &Sample, value: f64) -> Result<Sample, CoreError> {
        let factor = scale(&self.nuisance, value)?;
        // No column that changes depends on the mass of the tau.
        vary(sample, 0.0, &Self::COLUMNS, |event| {
            for jet in event.jets.iter().flatten().copied().collect::<Vec<_>>() {
                event.add_missing(1.0 - factor, jet);
            }
            for jet in event.jets.iter_mut().flatten() {
                jet.pt *= factor;
            }
            event.jet_all_pt *= factor;
        })
    }
}
