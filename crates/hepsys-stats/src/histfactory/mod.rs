//! Binned models of HistFactory: expected yields, auxiliary measurements, and their likelihood with exact derivatives.

pub(crate) mod auxiliary;
pub(crate) mod channel;
mod data;
pub(crate) mod density;
mod derivatives;
mod evaluate;
pub(crate) mod interpolation;
mod invalid_yield;
mod leave_out;
mod likelihood;
pub(crate) mod model;
mod products;
mod saturated;
mod yields;

pub use auxiliary::{Auxiliary, AuxiliaryDensity};
pub use data::Data;
pub use interpolation::{NormInterpolation, ShapeInterpolation};
pub use invalid_yield::InvalidYield;
pub use likelihood::BinnedLikelihood;
pub use model::Model;
