use hepsys_core::Sample;
use hepsys_stats::{Estimate, PseudoExperiments, Toy, binomial_interval, mean, standard_deviation};
use serde::{Deserialize, Serialize};

use crate::{Discriminant, Measured, Measurement, Observed, ParamclfError};

/// One toy of a coverage study.
#[derive(Debug, Clone)]
pub struct ToyData {
    /// Its events.
    pub data: Sample,
    /// What the auxiliary measurement of z came to.
    pub measured: f64,
}

/// What each toy of a coverage study found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CoverageToy {
    /// $\hat\mu$
    pub mu: f64,
    /// The lower end of the interval of μ.
    pub low: Option<f64>,
    /// Its upper end.
    pub high: Option<f64>,
    /// $\hat z$
    pub z: f64,
}

/// How often the interval of μ covers the truth, and how far $\hat\mu$ is off on average.
///
/// The likelihood of a classifier that knows z is none of z in the strict sense, for its data change with z: what its intervals are worth
/// is for toys to say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Coverage {
    /// The true μ.
    pub truth: f64,
    /// The toys.
    pub toys: Vec<CoverageToy>,
}

impl Measurement {
    /// Measures toys of events, each with its own auxiliary measurement of z, and asks whether their intervals cover `truth`.
    ///
    /// The events are counted at multiples of `step` in z, see [`Observed::in_steps_of`].
    /// A toy file of the pseudo-experiments makes the study resumable.
    ///
    /// # Errors
    ///
    /// [`ParamclfError::Toys`] with the number and the reason of a toy that fails.
    pub fn coverage(
        &self,
        discriminant: &Discriminant<'_>,
        truth: f64,
        step: f64,
        toys: &PseudoExperiments,
        draw: impl Fn(&Toy) -> Result<ToyData, ParamclfError> + Sync,
    ) -> Result<Coverage, ParamclfError> {
        let toys = toys.run(|toy| -> Result<CoverageToy, ParamclfError> {
            let drawn = draw(toy)?;
            let data = &drawn.data;
            let observed = Observed::of(discriminant, data)?.in_steps_of(step)?.measured(drawn.measured);
            let Measured { mu, mu_low, mu_high, z, .. } = self.fit_strength(&observed)?;
            Ok(CoverageToy { mu, low: mu_low, high: mu_high, z })
        })?;
        Ok(Coverage { truth, toys: toys.into_values() })
    }
}

impl Coverage {
    /// How many intervals hold the true μ; an end beyond the range of μ holds everything on its side.
    #[must_use]
    pub fn n_covering(&self) -> usize {
        let covers = |toy: &&CoverageToy| {
            toy.low.is_none_or(|low| low <= self.truth) && toy.high.is_none_or(|high| self.truth <= high)
        };
        self.toys.iter().filter(covers).count()
    }

    /// The part of the intervals that hold the true μ, with its Clopper–Pearson interval of one standard deviation.
    ///
    /// # Errors
    ///
    /// [`ParamclfError::Stats`] without a toy.
    pub fn coverage(&self) -> Result<(f64, (f64, f64)), ParamclfError> {
        let (n_covering, n_toys) = (self.n_covering(), self.toys.len());
        let interval = binomial_interval(n_covering, n_toys, hepsys_stats::ONE_SIGMA)?;
        Ok((n_covering as f64 / n_toys as f64, interval))
    }

    /// The mean of $\hat\mu - \mu$.
    ///
    /// # Errors
    ///
    /// [`ParamclfError::Stats`] below two toys.
    pub fn bias(&self) -> Result<Estimate, ParamclfError> {
        let off: Vec<f64> = self.toys.iter().map(|toy| toy.mu - self.truth).collect();
        Ok(mean(&off)?)
    }

    /// The standard deviation of $\hat\mu$.
    ///
    /// # Errors
    ///
    /// [`ParamclfError::Stats`] below two toys.
    pub fn spread(&self) -> Result<f64, ParamclfError> {
        let mu: Vec<f64> = self.toys.iter().map(|toy| toy.mu).collect();
        Ok(standard_deviation(&mu)?)
    }

    /// The mean half width of the intervals that have two ends.
    ///
    /// # Errors
    ///
    /// [`ParamclfError::Stats`] below two of them.
    pub fn mean_half_width(&self) -> Result<Estimate, ParamclfError> {
        let half = |toy: &CoverageToy| Some(0.5 * (toy.high? - toy.low?));
        let widths: Vec<f64> = self.toys.iter().filter_map(half).collect();
        Ok(mean(&widths)?)
    }
}
