//! Classifiers that know their nuisance parameter, and the strategies they compete with.

mod counts;
mod higgsml;
mod higgsml_pool;
mod higgsml_report;
mod higgsml_untrained;
mod toy;
mod toy_figures;
mod toy_report;

pub use higgsml::{HiggsSpec, run as run_higgsml};
pub use toy::{ToySpec, run as run_toy};
