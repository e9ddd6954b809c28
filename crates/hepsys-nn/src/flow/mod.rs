//! Normalising flows: densities of several features that can be evaluated, drawn from, and learnt.
//!
//! A flow is a chain of invertible maps that turns the features $x$ of an event, under conditions $c$ such as its class,
//! into standard normal numbers $z = f(x; c)$. Its density follows from the change of variables,
//!
//! $$ \ln p(x \mid c) = \ln \mathcal N(f(x; c)) + \ln \left| \det \frac{\partial f}{\partial x} \right| . $$
//!
//! The maps are affine couplings: some features are kept, and tell how far the others are scaled and shifted.
//! So the determinant is a product, and the inverse costs no more than the map.
//!
//! There are two forms of one flow, which a test holds together: [`ConditionalFlow`] of tensors on any device, and
//! [`DenseFlow`] through the dense kernel on the CPU, which is several times faster there.
//!
//! # References
//!
//! `dinh2017`

mod batch;
mod conditional;
mod coupling;
mod dense;
mod shape;

pub use batch::{Conditioned, ConditionedColumns, negative_log_likelihood};
pub use conditional::ConditionalFlow;
pub use coupling::LARGEST_LOG_SCALE;
pub use dense::DenseFlow;
pub use shape::{Coupling, FlowShape};

#[cfg(test)]
mod tests;
