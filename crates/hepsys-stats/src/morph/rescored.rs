use std::fmt;

use super::splined_counts::{check, check_counts};
use super::{CountTerm, MorphLikelihood, MorphModel, SplinedCounts};
use crate::fit::{Fit, Fitter, Minimum, MinosErrors, Side, minos_sides};
use crate::histfactory::Data;
use crate::minimize::GridSearch;
use crate::{Likelihood, Parameter, StatsError};

/// The likelihood of counts that are made anew at each trial value of a parameter $z$, as by a classifier that knows it.
///
/// $$ -\ln L = \sum_b \big[ \nu_b - n_b(z) \ln\nu_b + \ln\Gamma(n_b(z) + 1) \big] - \sum_k \ln p(a_k \mid \theta_k) $$
///
/// Events that cross the edges of bins make $n_b(z)$ a step function, which has no useful gradient.
/// So $z$ is searched for without derivatives, on a grid and in golden sections ([`GridSearch`]), and at each of its values
/// all other parameters are fitted with gradient and Hessian.
/// [`splined`](Self::splined) gives the smooth alternative.
/// Counts need not be integers; those of a channel that does not depend on $z$, such as a measurement of $z$ in another
/// histogram, are returned unchanged.
///
/// It is not a likelihood of $z$ in the strict sense, for the data depend on it: check the coverage of intervals with toys.
///
/// ```
/// use hepsys_stats::fit::Fitter;
/// use hepsys_stats::morph::{MorphModel, MorphProcess, Morphing, Rescored, TemplateMorph};
/// use hepsys_stats::{Parameter, StatsError};
///
/// // Events at z_true = 0.3 that are counted above and below x = z; templates say what that gives at z.
/// let template = |z: f64| [100.0 * (0.5 + 0.2 * z), 100.0 * (0.5 - 0.2 * z)];
/// let knots = [-1.0, 0.0, 1.0];
/// let morph = TemplateMorph::new("b", &knots, &knots.map(template), &[[0.0; 2]; 3], Morphing::default())?;
/// let model = MorphModel::params()
///     .parameter(Parameter::free("z", 0.0).within(-1.0, 1.0))
///     .channel("score", [MorphProcess::morphing("b", "z", morph)])
///     .check()?;
/// let observed = |z: f64| vec![56.0 + (5.0 * z).floor(), 44.0 - (5.0 * z).floor()];
/// let fit = Rescored::new(&model, "z", observed, vec![])?.fit(&Fitter::default())?;
/// assert!(fit.is_converged());
/// assert!((0.3..0.5).contains(&fit.parameters[0]));
/// # Ok::<(), StatsError>(())
/// ```
///
/// # References
///
/// `ghosh2021`, section 3.
#[derive(Clone)]
pub struct Rescored<'a, F> {
    model: &'a MorphModel,
    parameter: usize,
    observed: F,
    auxiliary: Vec<f64>,
    term: CountTerm,
    search: GridSearch,
    range: (f64, f64),
}

/// How a search without derivatives ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RescoredStatus {
    /// In a dip of the likelihood, with the other parameters at their minimum.
    Converged,
    /// At an end of the range, where the likelihood still falls: widen it, and the templates.
    AtEnd,
    /// The fit of the other parameters did not converge there.
    Unsettled,
}

/// The outcome of a fit with counts that are made anew.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RescoredFit {
    /// The best parameters.
    pub parameters: Vec<f64>,
    /// $-\ln L$ there, with all constants.
    pub nll: f64,
    /// The fit of the other parameters there.
    pub rest: Fit,
    /// How the search ended.
    pub status: RescoredStatus,
    /// Every dip that was found, the best first; more than one is a warning, unless steps of single events made it.
    pub minima: Vec<Minimum>,
    /// How many values of the parameter were tried.
    pub n_trials: usize,
    /// How many of the fits of the other parameters did not converge.
    pub n_unsettled: usize,
}

impl RescoredFit {
    /// Whether the search ended in a dip inside its range with all else at its minimum.
    #[must_use]
    pub fn is_converged(&self) -> bool {
        self.status == RescoredStatus::Converged
    }
}

impl<'a, F: Fn(f64) -> Vec<f64>> Rescored<'a, F> {
    /// The likelihood of the counts that `observed` makes at each value of the parameter called `parameter`, with these
    /// auxiliary measurements.
    ///
    /// # Errors
    ///
    /// [`StatsError::BadParameter`] unless the model has that parameter, not fixed and with finite bounds, which are the range of the
    /// search, and one auxiliary measurement for each value; [`StatsError::BadValue`] for counts at its start that are none.
    pub fn new(
        model: &'a MorphModel,
        parameter: &str,
        observed: F,
        auxiliary: Vec<f64>,
    ) -> Result<Self, StatsError> {
        let index = check(model, parameter, &auxiliary)?;
        let Parameter { bounds: range, is_fixed, .. } = model.parameters()[index];
        if is_fixed {
            return Err(StatsError::bad_parameter(
                format!("\"{parameter}\""),
                "free to be searched for",
                "fixed",
            ));
        }
        if !(range.1 - range.0).is_finite() {
            let found = format!("from {} to {}", range.0, range.1);
            return Err(StatsError::bad_parameter(format!("the bounds of \"{parameter}\""), "finite", found));
        }
        check_counts(model, &observed(model.parameters()[index].init))?;
        let (term, search) = (CountTerm::default(), GridSearch::default());
        Ok(Self { model, parameter: index, observed, auxiliary, term, search, range })
    }

    /// The form of the counts' terms. Defaults to [`CountTerm::Poisson`].
    #[must_use]
    pub fn term(mut self, term: CountTerm) -> Self {
        self.term = term;
        self
    }

    /// How the parameter is searched for. Defaults to [`GridSearch::default`].
    #[must_use]
    pub fn search(mut self, search: GridSearch) -> Self {
        self.search = search;
        self
    }

    /// The likelihood of the counts that are made at `z`, from then on fixed.
    ///
    /// # Errors
    ///
    /// [`StatsError`] for counts that are none.
    pub fn at(&self, z: f64) -> Result<MorphLikelihood<'a>, StatsError> {
        let counts = (self.observed)(z);
        check_counts(self.model, &counts)?;
        let data = Data { counts, auxiliary: self.auxiliary.clone() };
        Ok(MorphLikelihood::with_term(self.model, data, self.term))
    }

    /// $-\ln L$ of counts made at the parameters' own $z$.
    ///
    /// # Errors
    ///
    /// [`StatsError`] for counts that are none.
    pub fn nll(&self, parameters: &[f64]) -> Result<f64, StatsError> {
        Ok(self.at(parameters[self.parameter])?.nll(parameters))
    }

    /// The same likelihood with splines through the counts at `knots`.
    ///
    /// # Errors
    ///
    /// As [`SplinedCounts::new`].
    pub fn splined(&self, knots: &[f64]) -> Result<SplinedCounts<'a>, StatsError> {
        let name = &self.model.parameters()[self.parameter].name;
        SplinedCounts::new(self.model, name, knots, &self.observed, self.auxiliary.clone(), self.term)
    }

    /// The best values of the other parameters at `z`.
    ///
    /// # Errors
    ///
    /// [`StatsError`] for counts that are none.
    pub fn fit_at(&self, fitter: &Fitter, z: f64) -> Result<Fit, StatsError> {
        Ok(fitter.clone().fix(self.parameter, z).fit(&self.at(z)?))
    }

    /// The best values of all parameters; what `fitter` fixes stays.
    ///
    /// To fix $z$ itself use [`fit_at`](Self::fit_at).
    ///
    /// # Errors
    ///
    /// [`StatsError`] for counts that are none, or if no value of $z$ has a finite likelihood.
    pub fn fit(&self, fitter: &Fitter) -> Result<RescoredFit, StatsError> {
        let mut start: Vec<f64> = self.model.parameters().iter().map(|p| p.init).collect();
        let mut problem = None;
        let mut n_unsettled = 0;
        let mut fit = |z: f64| -> Option<Fit> {
            let likelihood = match self.at(z) {
                Ok(likelihood) => likelihood,
                Err(error) => {
                    problem.get_or_insert(error);
                    return None;
                }
            };
            let fit = fitter.clone().fix(self.parameter, z).fit_from(&likelihood, &start);
            n_unsettled += usize::from(!fit.is_converged());
            if fit.is_converged() {
                start.clone_from(&fit.parameters);
            }
            Some(fit)
        };
        let (low, high) = self.range;
        let found = self.search.minimize(|z| fit(z).map_or(f64::NAN, |fit| fit.nll), low, high);
        let fits: Vec<Fit> = found.minima.iter().filter_map(|m| fit(m.at)).collect();
        if let Some(problem) = problem {
            return Err(problem);
        }
        let Some(rest) = fits.first().cloned() else {
            let parameter = self.model.parameters()[self.parameter].name.clone();
            return Err(StatsError::NowhereFinite { parameter, low, high });
        };
        let status = match (rest.is_converged(), found.minima[0].is_at_end) {
            (false, _) => RescoredStatus::Unsettled,
            (true, true) => RescoredStatus::AtEnd,
            (true, false) => RescoredStatus::Converged,
        };
        let minimum = |fit: &Fit| Minimum { parameters: fit.parameters.clone(), nll: fit.nll, n_starts: 1 };
        Ok(RescoredFit {
            parameters: rest.parameters.clone(),
            nll: rest.nll,
            status,
            minima: fits.iter().map(minimum).collect(),
            n_trials: found.n_evaluations + fits.len(),
            n_unsettled,
            rest,
        })
    }

    /// How far parameter number `index` can move from `fit` until $-2\ln L$, minimised over the others, has grown by one.
    ///
    /// Each value that is tried is a whole search, unless the parameter is $z$.
    ///
    /// # Errors
    ///
    /// As [`fit`](Self::fit), and [`StatsError::Fit`] if `fit` or one on the way is no minimum.
    pub fn minos(&self, fitter: &Fitter, fit: &RescoredFit, index: usize) -> Result<MinosErrors, StatsError> {
        let parameter = &self.model.parameters()[index];
        if fit.status == RescoredStatus::Unsettled {
            fit.rest.check("the fit")?;
        }
        let best = fit.parameters[index];
        let error = fit.rest.hesse_errors().map(|e| e[index]).filter(|e| *e > 0.0);
        let spacing = (self.range.1 - self.range.0) / (self.search.points - 1) as f64;
        let scale = error.unwrap_or(if index == self.parameter { 0.1 * spacing } else { 1.0 });
        let rise = |value: f64| -> Result<f64, StatsError> {
            let what = || format!("the fit at {} = {value}", parameter.name);
            let nll = if index == self.parameter {
                self.fit_at(fitter, value)?.converged(what())?.nll
            } else {
                self.fit(&fitter.clone().fix(index, value))?.rest.converged(what())?.nll
            };
            Ok(2.0 * (nll - fit.nll))
        };
        let place = Side { best, bounds: parameter.bounds, scale, tolerance: 1e-6 };
        minos_sides(&place, &parameter.name, rise)
    }
}

impl<F> fmt::Debug for Rescored<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rescored")
            .field("parameter", &self.model.parameters()[self.parameter].name)
            .field("range", &self.range)
            .field("term", &self.term)
            .field("search", &self.search)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
