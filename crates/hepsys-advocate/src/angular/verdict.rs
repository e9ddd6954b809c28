use hepsys_core::TestStatistic;
use hepsys_stats::{NullDistribution, PValue};
use serde::{Deserialize, Serialize};

use super::problem::N_MEASUREMENTS;
use super::{Agreement, AngularError, Attempt};

/// What an efficiency is worth on events that nobody searched on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Confirmation {
    /// The agreement.
    pub agreement: Agreement,
    /// The statistical error of its χ²/N from the finite sample.
    pub error: f64,
    /// The same of the signal's part.
    pub signal_error: f64,
    /// The statistical errors of the observables.
    pub observable_errors: [f64; 8],
    /// How many new events of the signal there were.
    pub n_events: usize,
    /// Whether χ²/N is below what a confirmation asks for.
    pub is_confirmed: bool,
}

/// Whether an efficiency can explain the anomaly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// One was found, and new events confirm it.
    #[non_exhaustive]
    Explained {
        /// Who found it, and what it is.
        by: Box<Attempt>,
        /// Who had tried before, without success.
        before: Vec<Attempt>,
    },
    /// None was found. That is no proof that there is none: it is as strong as what was tried.
    #[non_exhaustive]
    NotExplained {
        /// All who tried, the best first.
        tried: Vec<Attempt>,
        /// The probability of a χ² as large as the one that the best leaves to the signal, with N = 8 degrees of freedom.
        p_value: f64,
    },
}

impl Verdict {
    /// That of attempts, in the order in which they were made.
    ///
    /// # Errors
    ///
    /// [`AngularError::BadParameter`] unless there is one.
    pub fn of(mut attempts: Vec<Attempt>) -> Result<Self, AngularError> {
        AngularError::check(!attempts.is_empty(), "the number of attempts", "positive", 0)?;
        if let Some(first) = attempts.iter().position(|attempt| attempt.confirmation.is_confirmed) {
            let by = Box::new(attempts.swap_remove(first));
            attempts.truncate(first);
            return Ok(Self::Explained { by, before: attempts });
        }
        let x = |attempt: &Attempt| attempt.confirmation.agreement.chi_squared_per_n();
        attempts.sort_by(|a, b| x(a).total_cmp(&x(b)));
        let left = attempts[0].confirmation.agreement.signal * N_MEASUREMENTS as f64;
        Ok(Self::NotExplained { p_value: p_value(left)?.value(), tried: attempts })
    }

    /// Whether an efficiency was found.
    #[must_use]
    pub fn is_explained(&self) -> bool {
        matches!(self, Self::Explained { .. })
    }

    /// The best attempt.
    #[must_use]
    pub fn best(&self) -> &Attempt {
        match self {
            Self::Explained { by, .. } => by,
            Self::NotExplained { tried, .. } => &tried[0],
        }
    }
}

/// The probability of a χ² as large with N degrees of freedom.
fn p_value(chi_squared: f64) -> Result<PValue, AngularError> {
    let observed = TestStatistic::new(chi_squared)?;
    Ok(NullDistribution::chi_squared(N_MEASUREMENTS as f64)?.p_value(observed))
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let best = self.best();
        let Confirmation { agreement, error, signal_error, n_events, .. } = best.confirmation;
        match self {
            Self::Explained { .. } => write!(
                f,
                "explained by {} after {} evaluations: χ²/N = {:.3} ± {error:.3} on {n_events} new events",
                best.agent.name(),
                best.evaluations,
                agreement.chi_squared_per_n()
            ),
            Self::NotExplained { tried, p_value } => {
                write!(
                    f,
                    "not explained: the best of {} attempts, {} with {} evaluations, leaves χ²/N = {:.2} ± {signal_error:.2} to the signal",
                    tried.len(),
                    best.agent.name(),
                    best.evaluations,
                    agreement.signal,
                )?;
                if agreement.control_pulls.is_some() {
                    write!(f, " and {:.2} to the control channel", agreement.control)?;
                }
                if *p_value < 0.01 {
                    write!(f, " (p = {p_value:.1e})")
                } else {
                    write!(f, " (p = {p_value:.2})")
                }
            }
        }
    }
}
