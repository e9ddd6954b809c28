use serde::{Deserialize, Serialize};

use super::{Fit, Fitter};
use crate::histfactory::{BinnedLikelihood, Model};
use crate::{ChiSquared, Likelihood, PValue, PseudoExperiments, Simulator, StatsError, Toys};

/// How well a binned model describes its data, against the model that describes every bin exactly.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Goodness {
    /// $2(\ln L_\mathrm{saturated} - \ln L)$
    pub statistic: f64,
    /// The number of bins without that of the fitted parameters that no auxiliary measurement constrains.
    pub dof: usize,
    /// The probability of a larger statistic, from the $\chi^2$ that it follows for large counts.
    pub p_value: PValue,
}

/// The saturated statistic of a toy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GoodnessToy {
    /// The statistic; `None` if the fit failed.
    pub statistic: Option<f64>,
    /// Why the fit failed.
    pub problem: Option<String>,
}

/// The saturated statistic beside that of toys.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct GoodnessToys {
    /// The fraction of toys with a statistic at least as large, of those whose fit converged.
    pub p_value: PValue,
    /// How many toys have no statistic, because their fit did not converge.
    pub n_failed: usize,
}

impl Fitter {
    /// The saturated goodness of a fit.
    ///
    /// In the saturated model each bin expects what was counted and each constrained parameter is as its auxiliary measurement
    /// has it; a parameter that is fixed stays fixed in both.
    ///
    /// # Errors
    ///
    /// [`StatsError::Fit`] if `fit` is not converged, and [`StatsError::BadParameter`] if no degree of freedom is left.
    ///
    /// # References
    ///
    /// The ratio to the saturated model is that of `baker1984`.
    pub fn goodness(&self, likelihood: &BinnedLikelihood<'_>, fit: &Fit) -> Result<Goodness, StatsError> {
        fit.check("the fit whose goodness is asked for")?;
        let is_fixed = &fit.is_fixed;
        let parameters = likelihood.parameters().iter().zip(is_fixed);
        let n_free = parameters.filter(|(p, is_fixed)| !**is_fixed && p.width.is_none()).count();
        let n_bins = likelihood.model().n_bins();
        let dof = n_bins.saturating_sub(n_free);
        if dof == 0 {
            let expected = format!("above the number of unconstrained parameters, {n_free}");
            return Err(StatsError::bad_parameter("the number of bins", expected, n_bins));
        }
        let statistic = statistic(likelihood, fit);
        let p_value = ChiSquared::new(dof as f64)?.p_value(statistic);
        Ok(Goodness { statistic, dof, p_value })
    }

    /// The saturated statistics of toys drawn from the parameters of `fit`, counts and auxiliary measurements both.
    ///
    /// `run` says how many, with which seed, and whether they go to a file.
    /// [`Goodness::compared_with`] turns them into a p-value.
    ///
    /// # Errors
    ///
    /// [`StatsError::PseudoExperiments`] if the run does not end well.
    pub fn goodness_toys(
        &self,
        model: &Model,
        fit: &Fit,
        run: &PseudoExperiments,
    ) -> Result<Toys<GoodnessToy>, StatsError> {
        let toys = run.run(|toy| -> Result<GoodnessToy, StatsError> {
            let likelihood = model.simulate(&fit.parameters, &mut toy.stream("data"));
            let again = self.fit_from(&likelihood, &fit.parameters);
            Ok(match again.check("the fit") {
                Ok(()) => {
                    let statistic = statistic(&likelihood, &again);
                    GoodnessToy { statistic: Some(statistic), problem: None }
                }
                Err(error) => GoodnessToy { statistic: None, problem: Some(error.to_string()) },
            })
        })?;
        Ok(toys)
    }
}

impl Goodness {
    /// The p-value that toys give, of [`Fitter::goodness_toys`] or merged from several files.
    ///
    /// # Errors
    ///
    /// [`StatsError::BadParameter`] if the fit of no toy converged.
    pub fn compared_with(&self, toys: &Toys<GoodnessToy>) -> Result<GoodnessToys, StatsError> {
        let values: Vec<f64> = toys.values().iter().filter_map(|t| t.statistic).collect();
        let n_exceeding = values.iter().filter(|v| **v >= self.statistic).count();
        let p_value = PValue::counted(n_exceeding, values.len())?;
        Ok(GoodnessToys { p_value, n_failed: toys.n_toys() - values.len() })
    }
}

fn statistic(likelihood: &BinnedLikelihood<'_>, fit: &Fit) -> f64 {
    // Rounding can carry a perfect fit below zero.
    (2.0 * (fit.nll - likelihood.saturated_nll(&fit.parameters, &fit.is_fixed))).max(0.0)
}
