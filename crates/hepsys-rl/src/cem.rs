use hepsys_core::Seed;
use hepsys_nn::Run;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::search::{Searcher, ranked};
use crate::{BoxSpace, RlError};

/// The cross-entropy method with independent coordinates; [`Cem::params`] begins one.
///
/// It samples a population from independent normal distributions and moves them to the mean and deviation of the best points.
/// Simple and robust, but blind to correlations: a baseline for [`Cmaes`](crate::Cmaes).
///
/// # References
///
/// `deboer2005`; the noise that keeps deviations from vanishing too early is that of `szita2006`.
#[derive(Debug, Clone, Copy)]
pub struct Cem;

/// Parameters of a search that nobody has checked yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CemParams {
    deviation: f64,
    population: usize,
    elites: usize,
    smoothing: f64,
    noise: f64,
}

/// A search that is ready; see [`begin`](CemValidParams::begin).
#[derive(Debug, Clone, PartialEq)]
pub struct CemValidParams(CemParams);

/// A [`Cem`] search at work; all of it is its state.
///
/// Bounds are kept by mirroring, as in [`CmaesState`](crate::CmaesState).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CemState {
    params: CemParams,
    space: BoxSpace,
    seed: Seed,
    generation: usize,
    mean: Vec<f64>,
    deviation: Vec<f64>,
}

impl Default for CemParams {
    fn default() -> Self {
        Self { deviation: 0.3, population: 40, elites: 8, smoothing: 0.7, noise: 0.002 }
    }
}

impl Cem {
    /// Parameters with their defaults.
    #[must_use]
    pub fn params() -> CemParams {
        CemParams::default()
    }
}

impl CemParams {
    /// The standard deviation of the first population. Defaults to 0.3, as for [`Cmaes`](crate::Cmaes); must be positive and finite.
    #[must_use]
    pub fn deviation(mut self, deviation: f64) -> Self {
        self.deviation = deviation;
        self
    }

    /// How many points a generation has. Defaults to 40; must be above the number of elites.
    #[must_use]
    pub fn population(mut self, n_points: usize) -> Self {
        self.population = n_points;
        self
    }

    /// How many of them the distribution moves to. Defaults to 8, a fifth; must be two or more.
    #[must_use]
    pub fn elites(mut self, n_points: usize) -> Self {
        self.elites = n_points;
        self
    }

    /// How far it moves to them, 1 for all the way. Defaults to 0.7 (`deboer2005`, Remark 2.3: between 0.4 and 0.9); must be above 0 and at most 1.
    #[must_use]
    pub fn smoothing(mut self, smoothing: f64) -> Self {
        self.smoothing = smoothing;
        self
    }

    /// What is added to every deviation after a generation. Defaults to 0.002, for coordinates of order 0.1; must be finite and not negative.
    #[must_use]
    pub fn noise(mut self, noise: f64) -> Self {
        self.noise = noise;
        self
    }

    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// [`RlError::BadParameter`] with the first that is outside its range.
    pub fn check(self) -> Result<CemValidParams, RlError> {
        let holds = self.deviation.is_finite() && self.deviation > 0.0;
        RlError::check(holds, "deviation", "positive and finite", self.deviation)?;
        RlError::check(self.elites >= 2, "elites", "two or more", self.elites)?;
        let expected = format!("above the number of elites, {}", self.elites);
        RlError::check(self.population > self.elites, "population", &expected, self.population)?;
        let holds = self.smoothing > 0.0 && self.smoothing <= 1.0;
        RlError::check(holds, "smoothing", "above 0 and at most 1", self.smoothing)?;
        let holds = self.noise.is_finite() && self.noise >= 0.0;
        RlError::check(holds, "noise", "finite and not negative", self.noise)?;
        Ok(CemValidParams(self))
    }
}

impl CemValidParams {
    /// A search from this point. Populations are drawn from the stream `cem` of the run.
    ///
    /// # Errors
    ///
    /// [`RlError::LengthMismatch`] or [`RlError::BadParameter`] unless the start is one of the space's points and finite.
    pub fn begin(&self, start: &[f64], space: &BoxSpace, run: &Run) -> Result<CemState, RlError> {
        RlError::check_length("coordinates of the start", space.n_dimensions(), start.len())?;
        let holds = space.contains(start) && start.iter().all(|x| x.is_finite());
        RlError::check(holds, "the start", "finite and within the bounds", format!("{start:?}"))?;
        Ok(CemState {
            params: self.0.clone(),
            space: space.clone(),
            seed: run.streams().named("cem"),
            generation: 0,
            mean: start.to_vec(),
            deviation: vec![self.0.deviation; start.len()],
        })
    }
}

impl CemState {
    /// The standard deviation of each coordinate.
    #[must_use]
    pub fn deviation(&self) -> &[f64] {
        &self.deviation
    }

    /// The points before they are mirrored into the bounds; a function of the state.
    fn sample(&self) -> Vec<Vec<f64>> {
        let mut stream = self.seed.index(self.generation).stream();
        let mut coordinate = |(m, d): (&f64, &f64)| {
            let z: f64 = StandardNormal.sample(&mut stream);
            m + d * z
        };
        let mut point = || self.mean.iter().zip(&self.deviation).map(&mut coordinate).collect();
        (0..self.params.population).map(|_| point()).collect()
    }
}

impl Searcher for CemState {
    fn name(&self) -> &'static str {
        "CEM"
    }

    fn ask(&mut self) -> Vec<Vec<f64>> {
        self.sample().iter().map(|point| self.space.folded(point)).collect()
    }

    fn tell(&mut self, rewards: &[f64]) -> Result<(), RlError> {
        let CemParams { population, elites, smoothing, noise, .. } = self.params;
        let order = ranked(rewards, population)?;
        let points = self.sample();
        let n = elites as f64;
        for (k, (at, width)) in self.mean.iter_mut().zip(&mut self.deviation).enumerate() {
            let of_elites = || order[..elites].iter().map(|&i| points[i][k]);
            let mean = of_elites().sum::<f64>() / n;
            let variance = of_elites().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
            *at += smoothing * (mean - *at);
            *width += smoothing * (variance.sqrt() - *width) + noise;
        }
        self.generation += 1;
        Ok(())
    }

    fn mean(&self) -> Vec<f64> {
        self.space.folded(&self.mean)
    }

    fn converged(&self) -> Option<&'static str> {
        let is_found = self.deviation.iter().zip(&self.mean).all(|(d, m)| m + d == *m);
        is_found.then_some("every coordinate is known to its last digit")
    }
}
