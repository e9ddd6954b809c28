//! Masses of particles in GeV, of the Review of Particle Physics (`workman2022`) to the digits that the benchmarks use.

/// The charged B meson.
pub const B_PLUS: f64 = 5.279_34;

/// The neutral B meson.
pub const B_ZERO: f64 = 5.279_66;

/// The charged kaon.
pub const K_PLUS: f64 = 0.493_677;

/// The neutral $K^*(892)$.
pub const K_STAR: f64 = 0.895_55;

/// The charged pion.
pub const PI_PLUS: f64 = 0.139_57;

/// The muon.
pub const MUON: f64 = 0.105_658_4;

/// The $J/\psi$.
pub const J_PSI: f64 = 3.096_9;

/// The $\psi(2S)$.
pub const PSI_2S: f64 = 3.686_1;

/// The electron.
pub const ELECTRON: f64 = 0.000_510_999;

/// The proton.
pub const PROTON: f64 = 0.938_272;
