use hepsys_nn::Run;
use serde::{Deserialize, Serialize};

use super::CmaesState;
use super::constants::Constants;
use crate::{BoxSpace, RlError};

/// The step size that a search begins with unless told otherwise: for an optimum within about ±1 of the start.
pub const DEFAULT_STEP_SIZE: f64 = 0.3;

/// The condition number of the covariance matrix beyond which a search ends; App. B.3 of `hansen2016`.
pub const LARGEST_CONDITION: f64 = 1e14;

/// The covariance matrix adaptation evolution strategy; [`Cmaes::params`] begins one.
///
/// It samples a population from a normal distribution $\mathcal N(m, \sigma^2 C)$ and learns $m$, σ and C from the ranks of its
/// rewards: σ from the length of the path that the mean takes, C from the path (rank one) and from the population (rank μ).
/// Only ranks count, so any increasing function of the reward gives the same search.
///
/// ```
/// use hepsys_rl::{BoxSpace, Cmaes, Device, Objective, RlError, Run, Search, SearchState, SearchStop, Seed};
///
/// struct Sphere(BoxSpace);
///
/// impl Objective for Sphere {
///     fn space(&self) -> &BoxSpace {
///         &self.0
///     }
///     fn evaluate(&self, point: &[f64], _seed: Seed) -> Result<f64, RlError> {
///         Ok(-point.iter().map(|x| (x - 1.0).powi(2)).sum::<f64>())
///     }
/// }
///
/// let (sphere, run) = (Sphere(BoxSpace::unbounded(5)?), Run::on(Device::flex()).seed(1));
/// let searcher = Cmaes::params().check()?.begin(&[0.0; 5], sphere.space(), &run)?;
/// let mut state = SearchState::new(searcher, &run);
/// let search = Search::params().budget(2000).target(-1e-10).check()?;
/// assert_eq!(search.run(&mut state, &sphere, &run)?, SearchStop::Hit);
/// assert!((state.best.unwrap().point[0] - 1.0).abs() < 1e-4);
/// # Ok::<(), RlError>(())
/// ```
///
/// # References
///
/// Hansen, *The CMA Evolution Strategy: A Tutorial* (`hansen2016`); equations are those of its Fig. 6.
#[derive(Debug, Clone, Copy)]
pub struct Cmaes;

/// Which of a population's points the covariance matrix learns from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recombination {
    /// The better half with positive weights, the worse with negative ones: variance shrinks where points were bad.
    #[default]
    Active,
    /// The better half only.
    Positive,
}

/// Parameters of a search that nobody has checked yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CmaesParams {
    pub(super) step_size: f64,
    pub(super) population: Option<usize>,
    pub(super) recombination: Recombination,
    pub(super) point_tolerance: f64,
    pub(super) reward_tolerance: f64,
}

/// A search that is ready; see [`begin`](CmaesValidParams::begin).
#[derive(Debug, Clone, PartialEq)]
pub struct CmaesValidParams(CmaesParams);

impl Default for CmaesParams {
    fn default() -> Self {
        Self {
            step_size: DEFAULT_STEP_SIZE,
            population: None,
            recombination: Recombination::Active,
            point_tolerance: 1e-12,
            reward_tolerance: 1e-12,
        }
    }
}

impl Cmaes {
    /// Parameters with their defaults.
    #[must_use]
    pub fn params() -> CmaesParams {
        CmaesParams::default()
    }
}

impl CmaesParams {
    /// The standard deviation of the first population, σ⁰, the same in every coordinate.
    ///
    /// Defaults to [`DEFAULT_STEP_SIZE`]; must be positive and finite. The optimum should be within about 3 σ⁰ of the start.
    #[must_use]
    pub fn step_size(mut self, step_size: f64) -> Self {
        self.step_size = step_size;
        self
    }

    /// How many points a generation has, λ.
    ///
    /// Defaults to $4 + \lfloor 3\ln n\rfloor$ in $n$ dimensions (Eq. 48); must be four or more. More help where rewards are noisy
    /// or have many maxima.
    #[must_use]
    pub fn population(mut self, n_points: usize) -> Self {
        self.population = Some(n_points);
        self
    }

    /// Which points the covariance matrix learns from. Defaults to [`Recombination::Active`].
    #[must_use]
    pub fn recombination(mut self, recombination: Recombination) -> Self {
        self.recombination = recombination;
        self
    }

    /// The standard deviation, relative to the first, below which every coordinate counts as found.
    ///
    /// Defaults to 10⁻¹² (TolX of App. B.3); must be finite and not negative.
    #[must_use]
    pub fn point_tolerance(mut self, relative: f64) -> Self {
        self.point_tolerance = relative;
        self
    }

    /// The range of the best rewards of $10 + \lceil 30 n/\lambda\rceil$ generations, and of the last generation, below which the search is over.
    ///
    /// Defaults to 10⁻¹² (TolFun of App. B.3); must be finite and not negative.
    #[must_use]
    pub fn reward_tolerance(mut self, absolute: f64) -> Self {
        self.reward_tolerance = absolute;
        self
    }

    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// [`RlError::BadParameter`] with the first that is outside its range.
    pub fn check(self) -> Result<CmaesValidParams, RlError> {
        let holds = self.step_size.is_finite() && self.step_size > 0.0;
        RlError::check(holds, "step_size", "positive and finite", self.step_size)?;
        if let Some(population) = self.population {
            RlError::check(population >= 4, "population", "four or more", population)?;
        }
        for (name, value) in
            [("point_tolerance", self.point_tolerance), ("reward_tolerance", self.reward_tolerance)]
        {
            RlError::check(value.is_finite() && value >= 0.0, name, "finite and not negative", value)?;
        }
        Ok(CmaesValidParams(self))
    }
}

impl CmaesValidParams {
    /// A search from this point. Populations are drawn from the stream `cma-es` of the run.
    ///
    /// # Errors
    ///
    /// [`RlError::LengthMismatch`] or [`RlError::BadParameter`] unless the start is one of the space's points and finite.
    pub fn begin(&self, start: &[f64], space: &BoxSpace, run: &Run) -> Result<CmaesState, RlError> {
        RlError::check_length("coordinates of the start", space.n_dimensions(), start.len())?;
        let holds = space.contains(start) && start.iter().all(|x| x.is_finite());
        RlError::check(holds, "the start", "finite and within the bounds", format!("{start:?}"))?;
        Ok(CmaesState::new(self.0.clone(), start, space.clone(), run.streams().named("cma-es")))
    }
}

impl CmaesParams {
    pub(super) fn constants(&self, n_dimensions: usize) -> Constants {
        Constants::new(n_dimensions, self.population, self.recombination)
    }
}
