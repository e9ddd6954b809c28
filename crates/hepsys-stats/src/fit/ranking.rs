use rayon::prelude::*;

use super::{Fit, FitError, Fitter};
use crate::histfactory::BinnedLikelihood;
use crate::{Likelihood, StatsError};

/// How the nuisance parameters of a fit are pulled and constrained, and how much each moves the parameter of interest.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Ranking {
    /// The name of the parameter of interest.
    pub poi: String,
    /// Its best value.
    pub best: f64,
    /// Its standard deviation from the Hessian; zero if it is held at a bound.
    pub error: f64,
    /// The nuisance parameters that were fitted, in the order of the model.
    pub parameters: Vec<RankedParameter>,
}

/// One nuisance parameter.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RankedParameter {
    /// Its place.
    pub index: usize,
    /// Its name.
    pub name: String,
    /// Its best value.
    pub value: f64,
    /// Its standard deviation from the Hessian; zero if it is held at a bound.
    pub error: f64,
    /// What its auxiliary measurement says; `None` without one.
    pub constraint: Option<Constraint>,
    /// The impact of moving it by its standard deviation after the fit.
    pub postfit: Impact,
    /// The impact of moving it by its standard deviation before the fit; `None` without auxiliary measurement.
    pub prefit: Option<Impact>,
    /// The impact of moving its auxiliary measurement by one standard deviation; `None` without one.
    ///
    /// The squares of these add up, with that of the counts, to the variance of the parameter of interest.
    pub observable: Option<Impact>,
}

/// A nuisance parameter beside its auxiliary measurement.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Constraint {
    /// The value $\theta_0$ that the measurement alone gives.
    pub value: f64,
    /// Its standard deviation σ.
    pub width: f64,
    /// $(\hat\theta - \theta_0) / \sigma$
    pub pull: f64,
    /// The standard deviation after the fit over that before.
    pub reduction: f64,
}

/// How far the parameter of interest moves.
#[derive(Debug, Clone, PartialEq)]
pub struct Impact {
    /// When the other parameter, or its measurement, goes up.
    pub up: Result<f64, FitError>,
    /// When it goes down.
    pub down: Result<f64, FitError>,
}

impl Impact {
    /// The larger of both in size, or the only one; `None` if there is none.
    #[must_use]
    pub fn size(&self) -> Option<f64> {
        [&self.up, &self.down].into_iter().filter_map(|side| Some(side.as_ref().ok()?.abs())).reduce(f64::max)
    }

    /// Whether a fit failed. A parameter that is held at a bound, or would cross one, has no fit that could.
    fn has_failed(&self) -> bool {
        [&self.up, &self.down].into_iter().any(|side| side.as_ref().is_err_and(|e| !has_no_place(e)))
    }
}

/// Whether a parameter cannot be moved to where it should go.
pub(crate) fn has_no_place(error: &FitError) -> bool {
    matches!(error, FitError::NoUncertainty(_) | FitError::OutOfRange { .. })
}

impl Ranking {
    /// The nuisance parameters by falling impact after the fit; those whose fits failed come first, those without any last.
    #[must_use]
    pub fn by_impact(&self) -> Vec<&RankedParameter> {
        let mut sorted: Vec<&RankedParameter> = self.parameters.iter().collect();
        let size = |p: &RankedParameter| {
            if p.postfit.has_failed() { f64::INFINITY } else { p.postfit.size().unwrap_or(-1.0) }
        };
        sorted.sort_by(|a, b| size(b).total_cmp(&size(a)));
        sorted
    }

    /// Every fit that failed, with the name of its parameter.
    pub fn failures(&self) -> impl Iterator<Item = (&str, &FitError)> {
        self.parameters.iter().flat_map(|p| {
            let impacts = [Some(&p.postfit), p.prefit.as_ref(), p.observable.as_ref()];
            let sides =
                impacts.into_iter().flatten().flat_map(|i| [i.up.as_ref().err(), i.down.as_ref().err()]);
            sides.flatten().map(|e| (p.name.as_str(), e))
        })
    }
}

impl Fitter {
    /// Pulls, constraints and impacts of all fitted parameters but number `poi`, the parameter of interest.
    ///
    /// Each impact is a fit that starts from `fit`, the best fit; parameters are dealt with in parallel on the current
    /// thread pool of rayon.
    /// An impact whose fit does not converge says so in its place, and in [`Ranking::failures`].
    ///
    /// # Errors
    ///
    /// [`StatsError::BadParameter`] without a parameter number `poi`, and [`StatsError::Fit`] if `fit` is not converged or has
    /// no covariance.
    ///
    /// # References
    ///
    /// Impacts of auxiliary measurements, and why those of parameters do not add up, are in `pinto2024`.
    pub fn ranking(
        &self,
        likelihood: &BinnedLikelihood<'_>,
        fit: &Fit,
        poi: usize,
    ) -> Result<Ranking, StatsError> {
        let name = super::scan::parameter_name(likelihood, poi)?;
        fit.check("the best fit")?;
        let errors = fit.hesse_errors().ok_or_else(|| FitError::NoCovariance("the best fit".into()))?;
        let (model, data) = (likelihood.model(), likelihood.data());
        let is_fixed = self.is_fixed(likelihood);
        let nuisances: Vec<usize> = (0..is_fixed.len()).filter(|&i| !is_fixed[i] && i != poi).collect();
        let parameters = nuisances
            .into_par_iter()
            .map_init(
                // A likelihood belongs to one thread.
                || BinnedLikelihood::new(model, data.clone()),
                |likelihood, index| Mover { fitter: self, likelihood, fit, poi }.ranked(index, errors[index]),
            )
            .collect();
        Ok(Ranking { poi: name, best: fit.parameters[poi], error: errors[poi], parameters })
    }
}

/// Moves one nuisance parameter, or its measurement, and fits again.
struct Mover<'a, 'm> {
    fitter: &'a Fitter,
    likelihood: &'a BinnedLikelihood<'m>,
    fit: &'a Fit,
    poi: usize,
}

impl Mover<'_, '_> {
    fn ranked(&self, index: usize, error: f64) -> RankedParameter {
        let name = self.likelihood.parameters()[index].name.clone();
        let value = self.fit.parameters[index];
        let model = self.likelihood.model();
        let auxiliary = model.auxiliaries().iter().position(|a| a.parameter == index);
        let constraint = auxiliary.map(|at| {
            let density = model.auxiliaries()[at].density;
            let measured = self.likelihood.data().auxiliary[at];
            let (measured, width) = (density.best(measured), density.width(measured));
            Constraint { value: measured, width, pull: (value - measured) / width, reduction: error / width }
        });
        let moved = |shift: f64| Impact {
            up: self.at(index, &name, value + shift),
            down: self.at(index, &name, value - shift),
        };
        let postfit = if error > 0.0 {
            moved(error)
        } else {
            let error = Err(FitError::NoUncertainty(name.clone()));
            Impact { up: error.clone(), down: error }
        };
        let prefit = constraint.map(|c| moved(c.width));
        let observable = auxiliary.map(|at| Impact {
            up: self.with_observable(at, &name, 1.0),
            down: self.with_observable(at, &name, -1.0),
        });
        RankedParameter { index, name, value, error, constraint, postfit, prefit, observable }
    }

    /// The move of the parameter of interest with another parameter fixed.
    fn at(&self, index: usize, name: &str, value: f64) -> Result<f64, FitError> {
        let (low, high) = self.likelihood.parameters()[index].bounds;
        if !(low <= value && value <= high) {
            return Err(FitError::OutOfRange { what: name.to_owned(), value, low, high });
        }
        let fitter = self.fitter.clone().fix(index, value);
        let fit = fitter.fit_from(self.likelihood, &self.fit.parameters);
        let fit = fit.converged(format!("the fit at {name} = {value}"))?;
        Ok(fit.parameters[self.poi] - self.fit.parameters[self.poi])
    }

    /// The move of the parameter of interest with an auxiliary measurement off by so many standard deviations.
    fn with_observable(&self, at: usize, name: &str, n_sigmas: f64) -> Result<f64, FitError> {
        let density = self.likelihood.model().auxiliaries()[at].density;
        let value = density.shifted(self.likelihood.data().auxiliary[at], n_sigmas);
        let what = format!("the auxiliary measurement of {name}");
        let (low, high) = density.range();
        if value < low {
            return Err(FitError::OutOfRange { what, value, low, high });
        }
        let shifted = self.likelihood.with_auxiliary(at, value);
        let fit = self.fitter.fit_from(&shifted, &self.fit.parameters);
        let fit = fit.converged(format!("the fit with {what} at {value}"))?;
        Ok(fit.parameters[self.poi] - self.fit.parameters[self.poi])
    }
}
