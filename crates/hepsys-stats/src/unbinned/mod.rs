//! Likelihoods of events rather than of counts in bins.
//!
//! A [`Density`] is a probability density of one observable on a range, with derivatives by its parameters.
//! An [`UnbinnedModel`] is a sum of them with yields, an [`UnbinnedLikelihood`] the extended likelihood of events under it.
//! Constraints come as a further part of a [`Combined`](crate::Combined) likelihood.
//!
//! ```
//! use hepsys_core::Seed;
//! use hepsys_stats::fit::Fitter;
//! use hepsys_stats::unbinned::{Component, Exponential, Gaussian, Range, UnbinnedLikelihood, UnbinnedModel};
//! use hepsys_stats::{Generative, Likelihood, Parameter, StatsError};
//!
//! let range = Range::new(100.0, 160.0)?;
//! let mass = Parameter::free("mass", 125.0).within(110.0, 150.0);
//! let width = Parameter::free("width", 2.0).within(0.5, 10.0);
//! let model = UnbinnedModel::new(vec![
//!     Component::new("signal", Gaussian::new(mass, width, range))
//!         .times(Parameter::free("n_signal", 100.0).within(0.0, 1e4)),
//!     Component::new("background", Exponential::new(Parameter::free("rate", 0.02).within(-1.0, 1.0), range))
//!         .times(Parameter::free("n_background", 900.0).within(0.0, 1e5)),
//! ])?;
//! let truth = [125.0, 2.0, 100.0, 0.02, 900.0];
//! let nothing = UnbinnedLikelihood::new(&model, vec![])?;
//! let fit = Fitter::default().fit(&nothing.toy(&truth, &mut Seed::new(1).stream()));
//! assert!(fit.is_converged());
//! assert!((fit.parameters[0] - 125.0).abs() < 3.0 * fit.hesse_errors().unwrap()[0]);
//! # Ok::<(), StatsError>(())
//! ```

mod component;
mod density;
mod evaluate;
mod events;
mod exponential;
mod gaussian;
mod kernel;
mod likelihood;
mod model;
mod polynomial;
mod quadrature;

pub use component::Component;
pub use density::{Density, Range};
pub use events::Events;
pub use exponential::Exponential;
pub use gaussian::Gaussian;
pub use kernel::{Bandwidth, KernelDensity};
pub use likelihood::UnbinnedLikelihood;
pub use model::UnbinnedModel;
pub use polynomial::Polynomial;
