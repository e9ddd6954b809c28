//! The nuisance parameters of the FAIR universe challenge on uncertainties.

mod jet_energy_scale;
mod nuisances;
mod process_normalization;
mod soft_met;

pub use jet_energy_scale::JetEnergyScale;
pub use nuisances::{DroppedNuisance, FairNuisance, FairNuisances};
pub use process_normalization::ProcessNormalization;
pub use soft_met::SoftMet;
