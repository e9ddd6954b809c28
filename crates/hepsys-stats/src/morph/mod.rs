//! Templates that morph with a nuisance parameter, and likelihoods of binned counts under them.
//!
//! A [`TemplateMorph`] has the yields of a process at many values of a nuisance parameter $z$ and interpolates them.
//! A [`MorphModel`] sums processes, each with its strength and normalisations, and adds auxiliary measurements; a
//! [`MorphLikelihood`] is the likelihood of counts under it.
//! Where the observable itself depends on $z$, as the score of a classifier that knows it does, the counts change with $z$
//! too: a [`Rescored`] likelihood counts anew at each trial value, and a [`SplinedCounts`] interpolates between counts.
//!
//! ```
//! use hepsys_stats::fit::Fitter;
//! use hepsys_stats::histfactory::AuxiliaryDensity;
//! use hepsys_stats::morph::{MorphLikelihood, MorphModel, MorphProcess, Morphing, TemplateMorph};
//! use hepsys_stats::{Likelihood, Parameter, StatsError};
//!
//! let z = [-1.0, 0.0, 1.0];
//! let morph = |name: &str, yields: [[f64; 2]; 3]| {
//!     TemplateMorph::new(name, &z, &yields, &[[0.0; 2]; 3], Morphing::default())
//! };
//! let model = MorphModel::params()
//!     .parameter(Parameter::free("mu", 1.0).within(0.0, 10.0))
//!     .parameter(Parameter::free("z", 0.0).within(-1.0, 1.0))
//!     .measured("z", AuxiliaryDensity::Gaussian { sigma: 0.5 }, 0.0)
//!     .channel("score", [
//!         MorphProcess::morphing("signal", "z", morph("signal", [[2.0, 9.0], [2.0, 10.0], [2.0, 12.0]])?).times("mu"),
//!         MorphProcess::morphing("background", "z", morph("background", [[40.0, 6.0], [50.0, 5.0], [55.0, 5.0]])?),
//!     ])
//!     .check()?;
//! let likelihood = MorphLikelihood::new(&model, model.data(vec![52.0, 15.0]));
//! let fit = Fitter::default().fit(&likelihood);
//! assert!(fit.is_converged());
//! // Counts and measurement are what μ = 1 and z = 0 expect.
//! assert!((fit.parameters[0] - 1.0).abs() < 1e-6 && fit.parameters[1].abs() < 1e-6);
//! # Ok::<(), StatsError>(())
//! ```

mod count_term;
mod evaluate;
mod expansion;
mod likelihood;
mod model;
mod options;
mod params;
mod process;
mod rescored;
mod spline;
mod splined_counts;
mod template;

pub use count_term::CountTerm;
pub use likelihood::MorphLikelihood;
pub use model::MorphModel;
pub use options::{Beyond, KnotStatistics, Morphing, NegativeYields};
pub use params::{McStatistics, MorphModelParams};
pub use process::MorphProcess;
pub use rescored::{Rescored, RescoredFit, RescoredStatus};
pub use spline::SplineEnds;
pub use splined_counts::SplinedCounts;
pub use template::{Morphed, NegativeYield, TemplateMorph};
