//! The second derivatives of a likelihood, as sparse as they are.

mod cholesky;
mod couplings;
mod curvature;
mod factorized;
mod matrix;

pub use couplings::Couplings;
pub(crate) use curvature::least_curved;
pub(crate) use factorized::Factorized;
pub use matrix::Hessian;

#[cfg(test)]
mod tests;
