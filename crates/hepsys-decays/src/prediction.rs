//! Branching fractions of modes that nobody measured.

mod cholesky;
mod decay;
mod ends;
mod features;
mod gaussian_process;
mod model;
mod scores;
mod substitution;
mod summary;
mod suppression;
mod training;
mod unmeasured;
mod validation;

pub use gaussian_process::Kernel;
pub use model::{FractionModel, FractionModelParams, FractionModelValidParams};
pub use scores::Scores;
pub use unmeasured::ExtendedTable;
pub use validation::{CrossValidation, Folds, HeldOut};
