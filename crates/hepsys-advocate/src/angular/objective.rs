//! The problem as an objective of one step.

use hepsys_core::Seed;
use hepsys_rl::{BoxSpace, Objective, RlError};

use super::{AngularProblem, reward};

impl Objective for AngularProblem {
    /// Coefficients within ±1: larger ones cut nearly every weight off.
    fn space(&self) -> &BoxSpace {
        &self.space
    }

    /// The [`reward`] on a draw of events.
    fn evaluate(&self, coefficients: &[f64], seed: Seed) -> Result<f64, RlError> {
        let agreement = self
            .drawn_agreement(coefficients, seed)
            .map_err(|error| RlError::environment("an evaluation", error))?;
        Ok(reward(agreement.chi_squared_per_n()))
    }

    /// Whether a [confirmation](AngularProblem::confirm) on new events agrees.
    fn confirms(&self, coefficients: &[f64], seed: Seed) -> Result<bool, RlError> {
        let confirmation = self
            .confirm(coefficients, seed)
            .map_err(|error| RlError::environment("a confirmation", error))?;
        Ok(confirmation.is_confirmed)
    }
}
