use serde::{Deserialize, Serialize};

use crate::Likelihood;
use crate::fit::{DEEPER, Fit, FitError, Fitter, check_depth};

/// Which likelihood ratio is the test statistic of a value μ of the parameter of interest.
///
/// In the notation of [Cowan, Cranmer, Gross, Vitells 2011](https://arxiv.org/abs/1007.1727).
/// The ones with a tilde are those of a parameter that cannot be negative: what they are depends only on whether the model's
/// bounds let the best value μ̂ become negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Statistic {
    /// $t_\mu$, or $\tilde t_\mu$ with a bound at zero: two-sided.
    TwoSided,
    /// $q_\mu$, or $\tilde q_\mu$ with a bound at zero: zero for $\hat\mu > \mu$, for upper limits.
    UpperLimit,
    /// $q_0$: zero for $\hat\mu < 0$, for discovery; it tests μ = 0.
    Discovery,
}

/// The test statistics of one data set; the unconditional fit is done once.
#[derive(Debug)]
pub struct TestStatistics<'a, L> {
    likelihood: &'a L,
    fitter: Fitter,
    poi: usize,
    best: Fit,
}

impl<'a, L: Likelihood> TestStatistics<'a, L> {
    /// Fits all parameters of `likelihood`; tests are of parameter number `poi`.
    #[must_use]
    pub fn new(likelihood: &'a L, fitter: Fitter, poi: usize) -> Self {
        let best = fitter.fit(likelihood);
        Self { likelihood, fitter, poi, best }
    }

    /// The same, with a fit that starts at `start`, and again at the model's starting values if that does not converge.
    #[must_use]
    pub fn starting_from(likelihood: &'a L, fitter: Fitter, poi: usize, start: &[f64]) -> Self {
        let best = fitter.fit_from(likelihood, start);
        if best.is_converged() {
            Self { likelihood, fitter, poi, best }
        } else {
            Self::new(likelihood, fitter, poi)
        }
    }

    /// The same as [`at`](Self::at), but a deeper minimum beside the fit at μ is searched and becomes the best fit.
    pub(super) fn at_deepest(&mut self, statistic: Statistic, mu: f64) -> Result<f64, FitError> {
        match self.at(statistic, mu) {
            Err(FitError::Deeper { .. }) => {
                let conditional = self.conditional(mu);
                self.search_also_from(&conditional.parameters);
                self.at(statistic, mu)
            }
            found => found,
        }
    }

    /// Fits again from these parameters too, and keeps the better fit.
    pub(super) fn search_also_from(&mut self, parameters: &[f64]) {
        let again = self.fitter.fit_from_each(self.likelihood, [parameters.to_vec()]);
        if again.is_converged() && DEEPER < 2.0 * (self.best.nll - again.nll) {
            let mut starts = again.starts();
            starts.extend(self.best.starts());
            self.best = self.fitter.fit_from_each(self.likelihood, starts);
        }
    }

    /// The unconditional fit.
    #[must_use]
    pub fn best(&self) -> &Fit {
        &self.best
    }

    /// The best value μ̂ of the parameter of interest.
    #[must_use]
    pub fn estimate(&self) -> f64 {
        self.best.parameters[self.poi]
    }

    /// The fit with the parameter of interest at μ, from every minimum of the unconditional fit: where there are several,
    /// another one may be the lowest at μ.
    #[must_use]
    pub fn conditional(&self, mu: f64) -> Fit {
        self.fitter.clone().fix(self.poi, mu).fit_from_each(self.likelihood, self.best.starts())
    }

    /// The statistic of μ, at least zero.
    ///
    /// # Errors
    ///
    /// [`FitError::NotConverged`] if one of the fits that it needs is no minimum, and [`FitError::Deeper`] if the likelihood at μ
    /// is larger than at the best fit, which then is not the global minimum or stands at a bound that μ is beyond.
    pub fn at(&self, statistic: Statistic, mu: f64) -> Result<f64, FitError> {
        self.best.check("the fit")?;
        if self.is_zero(statistic, mu) {
            return Ok(0.0);
        }
        let conditional = self.conditional(mu).converged(format!("the fit at mu = {mu}"))?;
        ratio(&conditional, &self.best, mu)
    }

    /// $t$ of several parameters of interest at once, each with its number and its value: $-2\ln$ of the ratio of the likelihood
    /// with all of them there to its maximum.
    ///
    /// Asymptotically it follows χ² with as many degrees of freedom as there are `values`, if none is at a bound (Wilks).
    ///
    /// # Errors
    ///
    /// As [`at`](Self::at).
    ///
    /// # Panics
    ///
    /// Without a parameter of such a number.
    pub fn joint(&self, values: &[(usize, f64)]) -> Result<f64, FitError> {
        self.best.check("the fit")?;
        let fitter =
            values.iter().fold(self.fitter.clone(), |fitter, &(index, value)| fitter.fix(index, value));
        let place = |&(index, value): &(usize, f64)| {
            format!("{} = {value}", self.likelihood.parameters()[index].name)
        };
        let place = values.iter().map(place).collect::<Vec<_>>().join(", ");
        let fit = fitter
            .fit_from_each(self.likelihood, self.best.starts())
            .converged(format!("the fit at {place}"))?;
        check_depth(&fit, &self.best, &place)?;
        Ok(clipped(2.0 * (fit.nll - self.best.nll)))
    }

    /// Whether the best value is on the side where the statistic sees nothing.
    fn is_zero(&self, statistic: Statistic, mu: f64) -> bool {
        match statistic {
            Statistic::TwoSided => false,
            Statistic::UpperLimit => self.estimate() > mu,
            Statistic::Discovery => self.estimate() < mu,
        }
    }
}

/// $-2\ln$ of a likelihood ratio, which is at least zero; a conditional fit that is better than the best says that this is none.
pub(super) fn ratio(conditional: &Fit, best: &Fit, mu: f64) -> Result<f64, FitError> {
    check_depth(conditional, best, format!("mu = {mu}"))?;
    Ok(clipped(2.0 * (conditional.nll - best.nll)))
}

/// Rounding can make a minimum a little lower than the lowest.
fn clipped(value: f64) -> f64 {
    if value < 0.0 { 0.0 } else { value }
}
