//! One toy of a search: its events, its fit, and what is kept of it.

use hepsys_core::{Binning, Seed};
use hepsys_nn::Run;
use hepsys_nplm::{Experiment, NplmFit, NplmValidParams, Outcome, StartResult};
use serde::{Deserialize, Serialize};

use crate::ExperimentError;

/// What is kept of a toy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToyResult {
    /// The test statistic.
    pub t: f64,
    /// τ.
    pub tau: f64,
    /// Δ.
    pub delta: f64,
    /// The nuisance parameters that maximise τ.
    pub nuisances_of_the_alternative: Vec<f64>,
    /// The nuisance parameters that maximise Δ.
    pub nuisances_of_the_reference: Vec<f64>,
    /// Whether the search for τ came to its end.
    pub has_converged: bool,
    /// Where each start ended.
    pub starts: Vec<StartResult>,
    /// What was learnt over the reference, in the bins of the shown variable; zero where nothing is expected.
    pub ratio: Vec<f64>,
    /// The model-dependent statistic on the same data, where the study has one.
    pub model_dependent: Option<f64>,
}

impl ToyResult {
    /// What the test says of it.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        let Self { t, tau, delta, has_converged, .. } = *self;
        Outcome { t, tau, delta, has_converged }
    }
}

/// A test and the variable in which what it learns is shown.
pub struct Search {
    /// The test.
    pub nplm: NplmValidParams,
    /// The variable.
    pub variable: String,
    /// Its bins.
    pub binning: Binning,
}

impl Search {
    /// Fits the events.
    ///
    /// # Errors
    ///
    /// If the test cannot be done.
    pub fn fit(&self, events: &Experiment, run: &Run) -> Result<NplmFit, ExperimentError> {
        Ok(self.nplm.fit(&events.reference, &events.data, &events.auxiliary, run)?)
    }

    /// Fits the events of a toy and keeps what the study needs.
    ///
    /// # Errors
    ///
    /// If the test cannot be done.
    pub fn toy(&self, events: &Experiment, seed: Seed, run: &Run) -> Result<ToyResult, ExperimentError> {
        let fit = self.fit(events, &run.clone().seeded(seed))?;
        let learnt = fit.reconstruct(&events.reference, &self.variable, &self.binning)?;
        Ok(ToyResult {
            t: fit.test_statistic().value(),
            tau: fit.tau(),
            delta: fit.delta(),
            nuisances_of_the_alternative: fit.nuisances_of_the_alternative().map(|(_, v)| v).collect(),
            nuisances_of_the_reference: fit.nuisances_of_the_reference().map(|(_, v)| v).collect(),
            has_converged: fit.has_converged(),
            starts: fit.starts().to_vec(),
            ratio: learnt.ratio().into_iter().map(|r| r.unwrap_or(0.0)).collect(),
            model_dependent: None,
        })
    }
}
