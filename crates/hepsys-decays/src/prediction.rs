//! Branching fractions of modes that nobody measured.

mod decay;
mod ends;
mod features;
mod model;
mod scores;
mod substitution;
mod summary;
mod suppression;
mod training;
mod unmeasured;
mod validation;

pub use model::{FractionModel, FractionModelParams, FractionModelValidParams};
pub use scores::Scores;
pub use unmeasured::ExtendedTable;
pub use validation::{CrossValidation, Folds, HeldOut};
