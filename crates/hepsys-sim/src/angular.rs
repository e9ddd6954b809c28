//! The angular distribution of $B^0 \to K^{*0}(\to K\pi)\,\mu\mu$: its eight coefficients, its density, the method of moments.

mod density;
mod events;
mod kstar_mu_mu;
mod moments;
mod observables;
mod positivity;

pub use density::AngularDensity;
pub use events::DecayAngles;
pub use kstar_mu_mu::{KstarMuMu, KstarMuMuEvents};
pub use moments::AngularMoments;
pub use observables::AngularObservables;
