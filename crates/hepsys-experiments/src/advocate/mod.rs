//! How far hidden efficiency errors can bias a result: the published example, and others.

mod case;
mod figures;
mod maps;
mod misid;
mod misid_check;
mod misid_report;
mod numbers;
mod own;
mod own_report;
mod report;
mod scan;
mod search_spec;
mod source;
mod tables;

pub use misid::{MisidSpec, run as run_misid};
pub use own::{OwnAdvocateSpec, run as run_own};
pub use scan::{ScanSpec, run as run_scan};
