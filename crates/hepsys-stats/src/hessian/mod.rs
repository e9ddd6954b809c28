//! The second derivatives of a likelihood, as sparse as they are.

mod cholesky;
mod couplings;
mod factorized;
mod matrix;

pub use couplings::Couplings;
pub(crate) use factorized::Factorized;
pub use matrix::Hessian;

#[cfg(test)]
mod tests;
