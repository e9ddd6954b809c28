use serde::{Deserialize, Serialize};

use super::{AngularError, AngularProblem, Run, Verdict};

/// Who looks for an efficiency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Agent {
    /// The covariance matrix adaptation evolution strategy, from zero with deviations of 0.05.
    Cmaes,
    /// The cross-entropy method, from zero with deviations of 0.08.
    Cem,
    /// Proximal policy optimisation in the [`AngularEnvironment`](super::AngularEnvironment).
    Ppo,
    /// [`AngularProblem::refine`] from a random start near zero.
    GaussNewton,
}

impl Agent {
    /// Its name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cmaes => "CMA-ES",
            Self::Cem => "CEM",
            Self::Ppo => "PPO",
            Self::GaussNewton => "Gauss-Newton",
        }
    }

    /// What random streams know it by.
    pub(super) fn key(self) -> &'static str {
        // The names of today; tables may call it otherwise one day.
        match self {
            Self::Cmaes => "CMA-ES",
            Self::Cem => "CEM",
            Self::Ppo => "PPO",
            Self::GaussNewton => "Gauss-Newton",
        }
    }
}

/// An investigation; [`Investigation::params`] begins one.
#[derive(Debug, Clone, Copy)]
pub struct Investigation;

/// Parameters of an investigation that nobody has checked yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InvestigationParams {
    agents: Vec<Agent>,
    seeds: usize,
    budget: usize,
}

/// An investigation that is ready; see [`AngularProblem::investigate`].
#[derive(Debug, Clone, PartialEq)]
pub struct InvestigationValidParams(InvestigationParams);

impl Default for InvestigationParams {
    fn default() -> Self {
        Self { agents: vec![Agent::Cmaes, Agent::Cem, Agent::GaussNewton], seeds: 3, budget: 4000 }
    }
}

impl Investigation {
    /// Parameters with their defaults.
    #[must_use]
    pub fn params() -> InvestigationParams {
        InvestigationParams::default()
    }
}

impl InvestigationParams {
    /// Who tries, in this order. Defaults to CMA-ES, CEM and Gauss–Newton; must be one or more.
    #[must_use]
    pub fn agents(mut self, agents: impl Into<Vec<Agent>>) -> Self {
        self.agents = agents.into();
        self
    }

    /// With how many seeds each of them tries. Defaults to 3; must be positive.
    #[must_use]
    pub fn seeds(mut self, n_seeds: usize) -> Self {
        self.seeds = n_seeds;
        self
    }

    /// How many evaluations each attempt has. Defaults to 4000; must be positive. Gauss–Newton is over long before.
    #[must_use]
    pub fn budget(mut self, n_evaluations: usize) -> Self {
        self.budget = n_evaluations;
        self
    }

    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// [`AngularError::BadParameter`] with the first that is outside its range.
    pub fn check(self) -> Result<InvestigationValidParams, AngularError> {
        AngularError::check(!self.agents.is_empty(), "agents", "one or more", "none")?;
        AngularError::check(self.seeds > 0, "seeds", "positive", self.seeds)?;
        AngularError::check(self.budget > 0, "budget", "positive", self.budget)?;
        Ok(InvestigationValidParams(self))
    }
}

impl AngularProblem {
    /// Sends agents until one explains the data on new events, or all have failed.
    ///
    /// # Errors
    ///
    /// [`AngularError::Interrupted`] if the run was; what an agent says otherwise.
    pub fn investigate(&self, params: &InvestigationValidParams, run: &Run) -> Result<Verdict, AngularError> {
        let InvestigationParams { agents, seeds, budget } = &params.0;
        let mut attempts = Vec::new();
        for (agent, seed) in agents.iter().flat_map(|agent| (0..*seeds).map(move |seed| (*agent, seed))) {
            if run.interrupt().is_requested() {
                return Err(AngularError::Interrupted);
            }
            attempts.push(self.attempt(agent, seed, *budget, run)?);
            if attempts.last().is_some_and(|attempt| attempt.confirmation.is_confirmed) {
                break;
            }
        }
        Verdict::of(attempts)
    }
}
