use serde::{Deserialize, Serialize};

use crate::{Candidate, Overlap};

/// How much of what is selected as signal is a chain, for one event of the signal itself.
///
/// $$ R = \frac{f_P\\, \mathcal{B}\\, \varepsilon^{n} \sum_a P_a \kappa_a}{f_S\\, \mathcal{B}_S\\, P_S\\, \kappa_S} $$
///
/// with the production fractions f, the branching fractions $\mathcal{B}$, the factor ε for each of n extra tracks, the probabilities P
/// of taking the tracks for those of the signal, and the fraction κ of events that pass the selection then.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Relevance {
    /// R.
    pub value: f64,
    /// The statistical error of R from the number of simulated events.
    pub statistical_error: f64,
    /// The relative error of R from branching fractions: the standard deviation of its logarithm.
    pub relative_error: f64,
    /// What R is below with 95 % confidence as far as the simulation goes.
    pub upper_limit: f64,
}

impl Relevance {
    /// The relevance of a candidate of which this is simulated.
    #[must_use]
    pub fn new(candidate: &Candidate, overlap: &Overlap) -> Self {
        let probabilities: Vec<f64> =
            candidate.assignments.iter().map(|assignment| assignment.probability).collect();
        Self {
            value: candidate.scale * overlap.fraction(),
            statistical_error: candidate.scale * overlap.error(),
            relative_error: candidate.fraction.relative_error,
            upper_limit: candidate.scale * overlap.upper_limit(&probabilities),
        }
    }

    /// R less and plus its statistical error.
    #[must_use]
    pub fn statistical_interval(&self) -> [f64; 2] {
        [(self.value - self.statistical_error).max(0.0), self.value + self.statistical_error]
    }

    /// The range of one standard deviation, where the branching fraction is log-normal and the simulation adds its error.
    #[must_use]
    pub fn interval(&self) -> [f64; 2] {
        let factor = self.relative_error.exp();
        let below = (self.value - self.value / factor).hypot(self.statistical_error);
        let above = (self.value * factor - self.value).hypot(self.statistical_error);
        [(self.value - below).max(0.0), self.value + above]
    }
}
