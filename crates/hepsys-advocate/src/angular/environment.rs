use hepsys_core::Seed;
use hepsys_rl::{Action, BoxSpace, Environment, Observation, PpoAgent, RlError, Space, Step};
use serde::{Deserialize, Serialize};

use super::{Agreement, AngularError, AngularProblem, EXPLAINED_BELOW, reward};

/// The problem as an environment: an action adds to the coefficients, and the reward is that of where they are then.
///
/// An agent sees the pulls of the angular coefficients, those of the control channel if there is one, and the coefficients of the
/// efficiency. An episode begins with the efficiency of the simulation, has 20 steps, and ends earlier where the data are explained.
#[derive(Debug, Clone)]
pub struct AngularEnvironment<'a> {
    problem: &'a AngularProblem,
    increments: BoxSpace,
    start: Agreement,
    seed: Seed,
    coefficients: Vec<f64>,
    step: usize,
    evaluated: Vec<f64>,
    hits: Vec<AngularHit>,
}

/// Coefficients that explained the data in an evaluation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AngularHit {
    /// The coefficients.
    pub coefficients: Vec<f64>,
    /// Which evaluation it was, counted from one.
    pub evaluation: usize,
    /// χ²/N of the evaluation.
    pub chi_squared_per_n: f64,
    /// Whether new events confirm it.
    pub is_confirmed: bool,
}

impl<'a> AngularEnvironment<'a> {
    /// The most steps of an episode.
    pub const MAX_STEPS: usize = 20;

    /// An environment whose actions change a coefficient by at most `largest_increment`.
    ///
    /// # Errors
    ///
    /// [`AngularError::BadParameter`] unless the increment is positive and at most one.
    pub fn new(problem: &'a AngularProblem, largest_increment: f64) -> Result<Self, AngularError> {
        let holds = largest_increment > 0.0 && largest_increment <= 1.0;
        AngularError::check(holds, "the largest increment", "above 0 and at most 1", largest_increment)?;
        let n = problem.n_coefficients();
        Ok(Self {
            increments: BoxSpace::uniform(n, -largest_increment, largest_increment)?,
            start: problem.agreement(&vec![0.0; n])?,
            problem,
            seed: Seed::new(0),
            coefficients: vec![0.0; n],
            step: 0,
            evaluated: Vec::new(),
            hits: Vec::new(),
        })
    }

    /// How many evaluations there were: steps of all episodes.
    #[must_use]
    pub fn n_evaluations(&self) -> usize {
        self.evaluated.len()
    }

    /// χ²/N of each evaluation, in their order.
    #[must_use]
    pub fn chi_squared_per_n(&self) -> &[f64] {
        &self.evaluated
    }

    /// The coefficients as they are now.
    #[must_use]
    pub fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    /// Where the data were explained; looked at once more on new events until the first is confirmed.
    #[must_use]
    pub fn hits(&self) -> &[AngularHit] {
        &self.hits
    }

    /// The first confirmed hit.
    #[must_use]
    pub fn confirmed(&self) -> Option<&AngularHit> {
        self.hits.iter().find(|hit| hit.is_confirmed)
    }

    /// An episode in which an agent does what it holds best, without trying; its steps count as evaluations.
    ///
    /// An agent that learns scatters its actions, and the sum of twenty of them keeps it from ending below χ²/N = 0.1.
    ///
    /// # Errors
    ///
    /// [`AngularError::Rl`] with what the agent says.
    pub fn greedy_episode(&mut self, agent: &PpoAgent, seed: Seed) -> Result<(), AngularError> {
        let mut observation = self.reset(seed)?;
        for _ in 0..Self::MAX_STEPS {
            let step = self.step(&agent.act_greedily(&observation)?)?;
            if step.done {
                break;
            }
            observation = step.observation;
        }
        Ok(())
    }

    fn observation(&self, agreement: &Agreement) -> Observation {
        let mut values = agreement.pulls();
        values.extend(&self.coefficients);
        Observation::new(values)
    }

    fn take_hit(&mut self, chi_squared_per_n: f64) -> Result<(), AngularError> {
        if self.confirmed().is_some() {
            return Ok(());
        }
        let seed = self.seed.named("confirmation").index(self.step);
        let is_confirmed = self.problem.confirm(&self.coefficients, seed)?.is_confirmed;
        self.hits.push(AngularHit {
            coefficients: self.coefficients.clone(),
            evaluation: self.n_evaluations(),
            chi_squared_per_n,
            is_confirmed,
        });
        Ok(())
    }
}

impl Environment for AngularEnvironment<'_> {
    fn space(&self) -> Space {
        Space::Box(self.increments.clone())
    }

    fn n_observations(&self) -> usize {
        self.start.pulls().len() + self.coefficients.len()
    }

    fn max_steps(&self) -> usize {
        Self::MAX_STEPS
    }

    fn reset(&mut self, seed: Seed) -> Result<Observation, RlError> {
        self.seed = seed;
        self.step = 0;
        self.coefficients.fill(0.0);
        Ok(self.observation(&self.start))
    }

    fn step(&mut self, action: &Action) -> Result<Step, RlError> {
        let failed = |error: AngularError| RlError::environment("a step", error);
        let space = self.space();
        let increments = space.point(action)?;
        let moved: Vec<f64> = self.coefficients.iter().zip(increments).map(|(a, by)| a + by).collect();
        self.coefficients = self.problem.space.clipped(&moved);
        self.step += 1;
        let seed = self.seed.named("evaluation").index(self.step);
        let agreement = self.problem.drawn_agreement(&self.coefficients, seed).map_err(failed)?;
        let x = agreement.chi_squared_per_n();
        self.evaluated.push(x);
        let is_explained = x < EXPLAINED_BELOW;
        if is_explained {
            self.take_hit(x).map_err(failed)?;
        }
        Ok(Step::to(self.observation(&agreement), reward(x)).ending(is_explained))
    }
}
