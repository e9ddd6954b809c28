use super::statistic::ratio;
use super::{Statistic, TestStatistics};
use crate::Generative;
use crate::fit::{Fit, FitError, Fitter};
use crate::special::ln_normal_survival;

/// The significance levels of a tested μ from the asymptotic distributions of the statistic for upper limits
/// ([Cowan, Cranmer, Gross, Vitells 2011](https://arxiv.org/abs/1007.1727)).
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Cls {
    /// The statistic of the data.
    pub observed_statistic: f64,
    /// That of the Asimov data without signal.
    pub asimov_statistic: f64,
    /// The p-value with signal.
    pub clsb: f64,
    /// One minus the p-value without signal.
    pub clb: f64,
    /// Their ratio.
    pub observed: f64,
    /// What toys without signal give, from −2 to +2 standard deviations of their statistic.
    pub expected: [f64; 5],
}

/// The asymptotic calculator of one data set: its fits, and the Asimov data without signal.
#[derive(Debug)]
pub struct Asymptotic<'a, L> {
    observed: TestStatistics<'a, L>,
    asimov: L,
    asimov_best: Fit,
    fitter: Fitter,
    poi: usize,
    is_bounded: bool,
}

impl<'a, L: Generative> Asymptotic<'a, L> {
    /// Fits the data, with and without signal, and makes the Asimov data of the latter.
    ///
    /// # Errors
    ///
    /// [`FitError::NoParameter`] without a parameter number `poi`, [`FitError::NotConverged`] if one of these fits is no minimum.
    pub fn new(likelihood: &'a L, fitter: Fitter, poi: usize) -> Result<Self, FitError> {
        let n = likelihood.parameters().len();
        if poi >= n {
            return Err(FitError::NoParameter { index: poi, n });
        }
        let mut observed = TestStatistics::new(likelihood, fitter.clone(), poi);
        observed.best().check("the fit of the data")?;
        let without = observed.conditional(0.0).converged("the fit of the data without signal")?;
        // What lies beside the best fit without signal may lie deeper than where the first search ended.
        observed.search_also_from(&without.parameters);
        let asimov = likelihood.asimov(&without.parameters);
        let mut starts = observed.best().starts();
        starts.push(without.parameters.clone());
        let asimov_best = fitter.fit_from_each(&asimov, starts).converged("the fit of the Asimov data")?;
        let is_bounded = likelihood.parameters()[poi].bounds.0 >= 0.0;
        Ok(Self { observed, asimov, asimov_best, fitter, poi, is_bounded })
    }

    /// The statistics of the data.
    #[must_use]
    pub fn observed(&self) -> &TestStatistics<'a, L> {
        &self.observed
    }

    /// The likelihood of the Asimov data without signal.
    #[must_use]
    pub fn asimov(&self) -> &L {
        &self.asimov
    }

    /// $q_0$ of the data; its root is the significance of a discovery.
    ///
    /// # Errors
    ///
    /// [`FitError::NotConverged`] if a fit is no minimum.
    pub fn q0(&self) -> Result<f64, FitError> {
        self.observed.at(Statistic::Discovery, 0.0)
    }

    /// The levels of μ, from $q_\mu$, or $\tilde q_\mu$ where μ̂ cannot be negative.
    ///
    /// # Errors
    ///
    /// [`FitError::NotConverged`] if a fit is no minimum.
    pub fn cls(&self, mu: f64) -> Result<Cls, FitError> {
        let observed_statistic = self.observed.at(Statistic::UpperLimit, mu)?;
        let mut starts = self.observed.best().starts();
        starts.extend(self.asimov_best.starts());
        let fit = self.fitter.clone().fix(self.poi, mu).fit_from_each(&self.asimov, starts);
        let fit = fit.converged(format!("the fit of the Asimov data at mu = {mu}"))?;
        // As for the data, the statistic sees nothing where the best value lies above.
        let is_above = self.asimov_best.parameters[self.poi] > mu;
        let asimov_statistic = if is_above { 0.0 } else { ratio(&fit, &self.asimov_best, mu)? };
        let sigma = asimov_statistic.sqrt();
        // In units in which the statistic without signal is a unit normal.
        let distance = if sigma == 0.0 {
            // Without any sensitivity data say nothing of μ.
            0.0
        } else if self.is_bounded && observed_statistic > asimov_statistic {
            (observed_statistic - asimov_statistic) / (2.0 * sigma)
        } else {
            observed_statistic.sqrt() - sigma
        };
        let levels = |distance: f64| (ln_normal_survival(distance + sigma), ln_normal_survival(distance));
        let (with, without) = levels(distance);
        let expected = [2.0, 1.0, 0.0, -1.0, -2.0].map(|distance| {
            let (with, without) = levels(distance);
            (with - without).exp()
        });
        Ok(Cls {
            observed_statistic,
            asimov_statistic,
            clsb: with.exp(),
            clb: without.exp(),
            observed: (with - without).exp(),
            expected,
        })
    }
}
