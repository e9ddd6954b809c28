//! An anomaly in the angular analysis of $B^0 \to K^{*0}\mu\mu$: could a wrong efficiency explain it?
//!
//! The simulation has the standard model's coefficients, the data have others, and an efficiency that depends on the decay can turn
//! one into the other. Agents look for such an efficiency: they choose the coefficients $a$ of
//! $w = \mathrm{clip}(1 + T a, w_\text{low}, w_\text{high})$, simulated events are counted with the weight $w$, and the
//! [`reward`] says how near the moments come to the data.
//!
//! [`AngularProblem`] is an objective of one step for [`Cmaes`](hepsys_rl::Cmaes) and [`Cem`](hepsys_rl::Cem),
//! [`AngularEnvironment`] an environment of many for [`Ppo`](hepsys_rl::Ppo), [`AngularProblem::refine`] a descent along exact
//! derivatives. [`AngularProblem::attempt`] sends one of them, [`AngularProblem::investigate`] several, and the [`Verdict`] is that
//! the anomaly is explained, or that none of them could.
//!
//! ```
//! use hepsys_advocate::angular::{AngularAnalysis, Device, Efficiency, Run};
//!
//! let run = Run::on(Device::default()).seed(1);
//! let problem = AngularAnalysis::params(Efficiency::Angles).n_pool(20_000).check()?.simulate(&run)?;
//! let nothing = vec![0.0; problem.n_coefficients()];
//! // What is to be explained: 4.85 but for the finite sample.
//! assert!((problem.agreement(&nothing)?.signal - 4.85).abs() < 0.5);
//! # Ok::<(), hepsys_advocate::angular::AngularError>(())
//! ```

mod attempt;
mod environment;
mod error;
mod investigation;
mod kernel;
mod objective;
mod params;
mod problem;
mod refinement;
mod reward;
mod sample;
mod source;
mod terms;
mod verdict;

pub use attempt::{Attempt, Evaluated, PPO_INCREMENT, ppo_for};
pub use environment::{AngularEnvironment, AngularHit};
pub use error::AngularError;
pub use investigation::{Agent, Investigation, InvestigationParams, InvestigationValidParams};
pub use params::{AngularAnalysis, AngularParams, AngularValidParams, CONTROL_TOLERANCES, Control};
pub use problem::{Agreement, AngularProblem};
pub use reward::{EXPLAINED_BELOW, reward};
pub use terms::Efficiency;
pub use verdict::{Confirmation, Verdict};

pub use hepsys_nn::{Device, Run};
pub use hepsys_rl::RlError;
pub use hepsys_sim::AngularObservables;
