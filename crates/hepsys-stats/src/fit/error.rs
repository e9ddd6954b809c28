use thiserror::Error;

use super::Fit;
use crate::minimize::Status;

/// Why a fit gives no number.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum FitError {
    /// The search ended somewhere that is no minimum.
    #[error("{what} did not converge: {status:?}, estimated distance to the minimum {edm:.1e}{}", because(.problem))]
    NotConverged {
        /// The fit.
        what: String,
        /// Why its search ended.
        status: Status,
        /// What was left to gain in $-\ln L$; NaN where that is unknown.
        edm: f64,
        /// What makes the likelihood zero or no number there, if that is why.
        problem: Option<String>,
    },
    /// The second derivatives give no covariance.
    #[error("the Hessian of {0} is not positive definite")]
    NoCovariance(String),
    /// A parameter cannot be moved by its standard deviation, for it has none.
    #[error("{0} has no uncertainty: it is held at a bound")]
    NoUncertainty(String),
    /// A value is not admissible.
    #[error("{what} would be {value}, outside {low} to {high}")]
    OutOfRange {
        /// What it is the value of.
        what: String,
        /// The value.
        value: f64,
        /// The lowest that is admissible.
        low: f64,
        /// The highest that is admissible.
        high: f64,
    },
}

fn because(problem: &Option<String>) -> String {
    problem.as_ref().map_or_else(String::new, |problem| format!(": {problem}"))
}

impl Fit {
    /// The same fit, if it is converged; `what` names it in the error, such as `the fit at mu = 1`.
    ///
    /// # Errors
    ///
    /// [`FitError::NotConverged`] unless [`is_converged`](Self::is_converged).
    pub fn converged(self, what: impl Into<String>) -> Result<Self, FitError> {
        self.check(what).map(|()| self)
    }

    /// Refuses a fit that is not converged.
    pub(crate) fn check(&self, what: impl Into<String>) -> Result<(), FitError> {
        if self.is_converged() {
            return Ok(());
        }
        Err(FitError::NotConverged {
            what: what.into(),
            status: self.status,
            edm: self.edm,
            problem: self.problem.clone(),
        })
    }
}
