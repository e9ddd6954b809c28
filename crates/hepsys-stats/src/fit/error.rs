use thiserror::Error;

use super::Fit;
use crate::minimize::Status;

/// Why a fit gives no number.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum FitError {
    /// The search ended somewhere that is no minimum.
    #[error("{what} did not converge: {status}{}{}", left(*.edm), because(.problem))]
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
    /// The likelihood is larger elsewhere than at what should be its maximum.
    #[error(
        "at {at} -2 ln L is {by:.3} below that of the best fit, which is not the global minimum or stands at a bound: search from \
         more places, or widen the bounds"
    )]
    Deeper {
        /// Where.
        at: String,
        /// By how much in $-2\ln L$.
        by: f64,
    },
    /// There is no such parameter.
    #[error("there is no parameter number {index}: the likelihood has {n}, counted from zero")]
    NoParameter {
        /// Its number.
        index: usize,
        /// How many there are.
        n: usize,
    },
    /// A parameter that the fit fixes has no errors.
    #[error("{0} was fixed in this fit")]
    Fixed(String),
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

/// What was left to gain, if that is known.
fn left(edm: f64) -> String {
    if edm.is_nan() {
        " (no minimum is near)".into()
    } else {
        format!(" (estimated distance to the minimum {edm:.1e})")
    }
}

/// How far below the best fit another one may be in $-2\ln L$ before it is more than rounding.
pub(crate) const DEEPER: f64 = 1e-6;

/// Refuses a best fit that another one, at `at`, is below.
pub(crate) fn check_depth(other: &Fit, best: &Fit, at: impl Into<String>) -> Result<(), FitError> {
    let by = 2.0 * (best.nll - other.nll);
    // Values of many bins are rounded by more.
    if by > DEEPER.max(1e-11 * best.nll.abs()) { Err(FitError::Deeper { at: at.into(), by }) } else { Ok(()) }
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
