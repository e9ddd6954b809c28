use super::{DEEPER, Fit, FitError, Fitter};
use crate::Likelihood;
use crate::hessian::Factorized;
use crate::minimize::Status;
use crate::root::first_crossing;

impl Fit {
    /// The covariance of the free parameters from the Hessian at the minimum, row by row over all parameters; zero where
    /// a parameter is fixed or held at a bound.
    ///
    /// `None` if the Hessian is not positive definite there.
    #[must_use]
    pub fn covariance(&self) -> Option<Vec<f64>> {
        let n = self.parameters.len();
        let mut factorized = Factorized::of(&self.hessian, &self.is_free)?;
        let mut covariance = vec![0.0; n * n];
        for p in (0..n).filter(|&p| self.is_free[p]) {
            let row = &mut covariance[p * n..(p + 1) * n];
            row[p] = 1.0;
            factorized.solve(row);
        }
        Some(covariance)
    }

    /// The standard deviation of each parameter from the Hessian; zero where it is fixed or held at a bound.
    ///
    /// `None` if the Hessian is not positive definite there.
    #[must_use]
    pub fn hesse_errors(&self) -> Option<Vec<f64>> {
        let variances = Factorized::of(&self.hessian, &self.is_free)?.inverse_diagonal();
        let errors = variances.iter().zip(&self.is_free);
        Some(errors.map(|(variance, is_free)| if *is_free { variance.sqrt() } else { 0.0 }).collect())
    }

    /// The correlations of the parameters, row by row; zero where one is fixed or held at a bound, one on the diagonal.
    ///
    /// `None` if the Hessian is not positive definite there.
    #[must_use]
    pub fn correlations(&self) -> Option<Vec<f64>> {
        let n = self.parameters.len();
        let covariance = self.covariance()?;
        let error = |i: usize| covariance[i * (n + 1)].sqrt();
        let correlation = |i: usize, k: usize| match (i == k, error(i) * error(k)) {
            (true, _) => 1.0,
            (false, product) if product > 0.0 => covariance[i * n + k] / product,
            _ => 0.0,
        };
        Some((0..n * n).map(|at| correlation(at / n, at % n)).collect())
    }
}

/// How far a parameter can move until $-2\ln L$, minimised over the others, has grown by one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MinosErrors {
    /// Upwards; `None` if a bound is in the way.
    pub up: Option<f64>,
    /// Downwards, negative; `None` if a bound is in the way.
    pub down: Option<f64>,
}

/// Where the intervals of [`minos_sides`] are looked for.
pub(crate) struct Side {
    /// The best value.
    pub(crate) best: f64,
    /// The bounds.
    pub(crate) bounds: (f64, f64),
    /// The first step.
    pub(crate) scale: f64,
    /// How far the ends may be off, of the first step.
    pub(crate) tolerance: f64,
}

/// The errors to both sides of a best value, where `rise`, $-2\Delta\ln L$ at a value, crosses one.
///
/// An infinite rise is a side of its own: nothing is wrong with a parameter that the data confine.
pub(crate) fn minos_sides<E: From<FitError>>(
    place: &Side,
    name: &str,
    mut rise: impl FnMut(f64) -> Result<f64, E>,
) -> Result<MinosErrors, E> {
    let mut side = |end: f64| -> Result<Option<f64>, E> {
        let above = |value: f64| -> Result<f64, E> {
            let rise = rise(value)?;
            if rise < -DEEPER {
                return Err(FitError::Deeper { at: format!("{name} = {value}"), by: -rise }.into());
            }
            // Searches divide by what they find.
            Ok(rise.min(1e9) - 1.0)
        };
        let found = first_crossing(above, place.best, end, place.scale, place.tolerance * place.scale)?;
        Ok(found.map(|value| value - place.best))
    };
    Ok(MinosErrors { up: side(place.bounds.1)?, down: side(place.bounds.0)? })
}

impl Fitter {
    /// The profile-likelihood interval of parameter number `index` around its best value in `fit`: $-2\Delta\ln L = 1$.
    ///
    /// # Errors
    ///
    /// [`FitError::NoParameter`] and [`FitError::Fixed`] for a parameter that is not there or not fitted,
    /// [`FitError::NotConverged`] if `fit`, or a fit on the way, is no minimum, and [`FitError::Deeper`] if one on the way is below
    /// it.
    pub fn minos<L: Likelihood + ?Sized>(
        &self,
        likelihood: &L,
        fit: &Fit,
        index: usize,
    ) -> Result<MinosErrors, FitError> {
        let parameters = likelihood.parameters();
        let Some(parameter) = parameters.get(index) else {
            return Err(FitError::NoParameter { index, n: parameters.len() });
        };
        if fit.is_fixed[index] {
            return Err(FitError::Fixed(parameter.name.clone()));
        }
        fit.check("the fit")?;
        let (low, high) = parameter.bounds;
        let best = fit.parameters[index];
        let error = fit.hesse_errors().map(|e| e[index]).filter(|e| *e > 0.0);
        // A parameter at its bound has no error to begin with.
        let scale = error.unwrap_or(if (high - low).is_finite() { 0.1 * (high - low) } else { 1.0 });
        let mut start = fit.parameters.clone();
        let rise = |value: f64| {
            if value == best {
                return Ok(0.0);
            }
            let profile = self.clone().fix(index, value).fit_from(likelihood, &start);
            if profile.status == Status::NotFinite {
                return Ok(f64::INFINITY);
            }
            let profile = profile.converged(format!("the fit at {} = {value}", parameter.name))?;
            start.clone_from(&profile.parameters);
            Ok(2.0 * (profile.nll - fit.nll))
        };
        let place = Side { best, bounds: parameter.bounds, scale, tolerance: 1e-9 };
        minos_sides(&place, &parameter.name, rise)
    }
}
