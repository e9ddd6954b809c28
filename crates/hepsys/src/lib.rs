#![doc = include_str!("../README.md")]

pub mod prelude;

pub use hepsys_core as core;
pub use hepsys_stats as stats;

#[cfg(feature = "adversarial")]
pub use hepsys_adversarial as adversarial;
#[cfg(feature = "advocate")]
pub use hepsys_advocate as advocate;
#[cfg(feature = "decays")]
pub use hepsys_decays as decays;
#[cfg(feature = "io")]
pub use hepsys_io as io;
#[cfg(any(
    feature = "adversarial",
    feature = "advocate",
    feature = "generator",
    feature = "nplm",
    feature = "paramclf",
    feature = "rl"
))]
pub use hepsys_nn as nn;
#[cfg(feature = "nplm")]
pub use hepsys_nplm as nplm;
#[cfg(feature = "paramclf")]
pub use hepsys_paramclf as paramclf;
#[cfg(feature = "report")]
pub use hepsys_report as report;
#[cfg(feature = "rl")]
pub use hepsys_rl as rl;
#[cfg(feature = "sim")]
pub use hepsys_sim as sim;
