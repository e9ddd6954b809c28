use hepsys_stats::StatsError;
use hepsys_stats::fit::Fitter;
use hepsys_stats::minimize::Status;
use hepsys_stats::morph::{Rescored, RescoredFit, RescoredStatus};

use crate::interval::Side;
use crate::measurement::Knowledge;
use crate::observed::Kind;
use crate::{MU, Measured, Measurement, Observed, ParamclfError, ProfilePoint, Shifted};

/// How often a deeper dip than the best so far may be found.
const DIPS: usize = 20;

/// A likelihood whose counts may move with z.
type Moving<'a> = Rescored<'a, Box<dyn Fn(f64) -> Vec<f64> + 'a>>;

/// How close to one a rise has to be at the end of an interval, or to each other, as parts of the distance, the two values that enclose it;
/// and by how much a dip has to be deeper to count. Smooth counts allow more than steps do.
const SMOOTH: f64 = 1e-6;
const STEPS: f64 = 1e-2;

impl Measurement {
    /// Maximises the likelihood over μ, z and all else, and finds the intervals of μ and z.
    ///
    /// # Errors
    ///
    /// [`ParamclfError::Stats`] for counts that do not fit the bins, [`ParamclfError::NoMinimum`] if a fit does not converge.
    pub fn fit(&self, observed: &Observed<'_>) -> Result<Measured, ParamclfError> {
        let profile = Profile::new(self, observed)?;
        profile.measured(profile.best(&Fitter::default())?)
    }

    /// The same without the interval of z, which takes as long again.
    ///
    /// # Errors
    ///
    /// As [`fit`](Self::fit).
    pub fn fit_strength(&self, observed: &Observed<'_>) -> Result<Measured, ParamclfError> {
        let profile = Profile::new(self, observed)?;
        profile.strength(profile.best(&Fitter::default())?)
    }

    /// The same with z fixed.
    ///
    /// # Errors
    ///
    /// As [`fit`](Self::fit).
    pub fn fit_at(&self, observed: &Observed<'_>, z: f64) -> Result<Measured, ParamclfError> {
        let profile = Profile::new(self, observed)?;
        let rise = |fixed: Option<f64>| profile.at_z(z, fixed);
        let (mut best, mut at) = rise(None)?;
        if !best.is_finite() {
            let what = format!("at {} = {z}", self.z_name());
            return Err(ParamclfError::NoMinimum { what, reason: "the likelihood is zero there".into() });
        }
        let scale = profile.scale_of_mu(&at);
        let [low, high] = profile.interval(&mut best, &mut at, self.mu(), scale, |mu| rise(Some(mu)))?;
        Ok(Measured { mu_low: low, mu_high: high, ..profile.plain(at, best, 1) })
    }

    /// The profile of the likelihood along μ.
    ///
    /// # Errors
    ///
    /// As [`fit`](Self::fit).
    pub fn profile(&self, observed: &Observed<'_>, mu: &[f64]) -> Result<Vec<ProfilePoint>, ParamclfError> {
        let profile = Profile::new(self, observed)?;
        let mut lowest = profile.best(&Fitter::default())?.nll;
        let mut points = Vec::with_capacity(mu.len());
        for &mu in mu {
            let (nll, parameters) = profile.lowest(&Fitter::default().fix(self.mu(), mu), &mut 0)?;
            lowest = lowest.min(nll);
            points.push((mu, nll, parameters.get(self.z()).copied().unwrap_or(f64::NAN)));
        }
        let rise = |(mu, nll, z)| ProfilePoint { mu, rise: 2.0 * (nll - lowest), z };
        Ok(points.into_iter().map(rise).collect())
    }

    /// What is quoted where z is not profiled: $\hat\mu$ at $z_0$, and how far it moves when z is taken to be $z_0 \pm \sigma_z$, within the
    /// range of μ, which has to be wide enough for it.
    ///
    /// # Errors
    ///
    /// As [`fit`](Self::fit).
    pub fn shifted(&self, observed: &Observed<'_>) -> Result<Shifted, ParamclfError> {
        let (nominal, sigma) = (self.templates.nuisance.nominal(), self.templates.nuisance.uncertainty());
        let at = |z: f64| self.fit_at(observed, z);
        let middle = at(nominal)?;
        Ok(Shifted {
            mu: middle.mu,
            half_width: middle.half_width(),
            down: at(nominal - sigma)?.mu - middle.mu,
            up: at(nominal + sigma)?.mu - middle.mu,
        })
    }
}

/// A measurement of some data.
struct Profile<'a> {
    measurement: &'a Measurement,
    likelihood: Moving<'a>,
    known: Option<(f64, f64)>,
    precision: f64,
}

impl<'a> Profile<'a> {
    fn new(measurement: &'a Measurement, observed: &'a Observed<'a>) -> Result<Self, ParamclfError> {
        let (auxiliary, known) = measurement.auxiliary(observed);
        let extra = measurement.auxiliary_counts(observed)?;
        let counts: Box<dyn Fn(f64) -> Vec<f64> + 'a> = Box::new(move |z| {
            let mut counts = observed.counts(z);
            counts.extend_from_slice(&extra);
            counts
        });
        let (precision, tolerance) = match observed.kind {
            Kind::Steps => (STEPS, 1e-4),
            Kind::Fixed | Kind::Smooth => (SMOOTH, 1e-6),
        };
        let likelihood = Rescored::new(&measurement.model, measurement.z_name(), counts, auxiliary)?
            .term(measurement.params.term)
            .search(measurement.search(tolerance));
        Ok(Self { measurement, likelihood, known, precision })
    }

    /// The maximum over z and all that the fitter leaves free.
    fn best(&self, fitter: &Fitter) -> Result<RescoredFit, ParamclfError> {
        self.settled(self.likelihood.fit(fitter)?)
    }

    fn settled(&self, fit: RescoredFit) -> Result<RescoredFit, ParamclfError> {
        if fit.status == RescoredStatus::Unsettled {
            let what = format!("of {MU} and \"{}\"", self.measurement.z_name());
            return Err(ParamclfError::NoMinimum { what, reason: fit.rest.status.to_string() });
        }
        Ok(fit)
    }

    fn too_many_dips(&self, index: usize) -> ParamclfError {
        let what = format!("of the interval of \"{}\"", self.measurement.model.parameters()[index].name);
        ParamclfError::NoMinimum { what, reason: format!("more than {DIPS} deeper dips") }
    }

    /// −ln L at a fixed z, minimised over all else, or all else but μ.
    fn at_z(&self, z: f64, mu: Option<f64>) -> Result<(f64, Vec<f64>), ParamclfError> {
        let mut fitter = Fitter::default();
        if let Some(mu) = mu {
            fitter = fitter.fix(self.measurement.mu(), mu);
        }
        let fit = self.likelihood.fit_at(&fitter, z)?;
        if fit.status == Status::NotFinite {
            return Ok((f64::INFINITY, Vec::new()));
        }
        if !fit.is_converged() {
            let what = format!("at {} = {z}", self.measurement.z_name());
            return Err(ParamclfError::NoMinimum { what, reason: fit.status.to_string() });
        }
        Ok((fit.nll, fit.parameters))
    }

    /// −ln L minimised over z and all that the fitter leaves free; infinite where no z has a finite one.
    fn lowest(&self, fitter: &Fitter, n_trials: &mut usize) -> Result<(f64, Vec<f64>), ParamclfError> {
        let fit = match self.likelihood.fit(fitter) {
            Err(StatsError::NowhereFinite { .. }) => return Ok((f64::INFINITY, Vec::new())),
            fit => fit?,
        };
        *n_trials += fit.n_trials;
        match fit.rest.status {
            Status::NotFinite => Ok((f64::INFINITY, Vec::new())),
            _ => self.settled(fit).map(|fit| (fit.nll, fit.parameters)),
        }
    }

    /// μ with its interval; a deeper minimum that is met on the way takes the place of the fit.
    fn strength(&self, fit: RescoredFit) -> Result<Measured, ParamclfError> {
        let (mut best, mut at, mut n_trials) = (fit.nll, fit.parameters, fit.n_trials);
        let [mu_low, mu_high] = self.interval_of_mu(&mut best, &mut at, &mut n_trials)?;
        Ok(Measured { mu_low, mu_high, ..self.plain(at, best, n_trials) })
    }

    /// The intervals of both parameters. Where the one of z meets a deeper minimum, that of μ is looked for again.
    fn measured(&self, fit: RescoredFit) -> Result<Measured, ParamclfError> {
        let z = self.measurement.z();
        let (low, high) = self.measurement.z_range();
        let (mut best, mut at, mut n_trials) = (fit.nll, fit.parameters, fit.n_trials);
        let [mut mu_low, mut mu_high] = self.interval_of_mu(&mut best, &mut at, &mut n_trials)?;
        let before = best;
        let [z_low, z_high] = self.interval(&mut best, &mut at, z, 1e-2 * (high - low), |value| {
            n_trials += 1;
            self.at_z(value, None)
        })?;
        if best < before {
            [mu_low, mu_high] = self.interval_of_mu(&mut best, &mut at, &mut n_trials)?;
        }
        Ok(Measured { mu_low, mu_high, z_low, z_high, ..self.plain(at, best, n_trials) })
    }

    fn interval_of_mu(
        &self,
        best: &mut f64,
        at: &mut Vec<f64>,
        n_trials: &mut usize,
    ) -> Result<[Option<f64>; 2], ParamclfError> {
        let (mu, scale) = (self.measurement.mu(), self.scale_of_mu(at));
        self.interval(best, at, mu, scale, |value| self.lowest(&Fitter::default().fix(mu, value), n_trials))
    }

    fn plain(&self, parameters: Vec<f64>, nll: f64, n_trials: usize) -> Measured {
        let (mu, z) = (parameters[self.measurement.mu()], parameters[self.measurement.z()]);
        let (low, high) = self.measurement.z_range();
        let is_inside = (z - low).min(high - z) > 1e-5 * (high - low);
        Measured {
            mu,
            mu_low: None,
            mu_high: None,
            z,
            z_low: None,
            z_high: None,
            nll,
            parameters,
            known: self.known,
            is_inside,
            n_trials,
        }
    }

    /// A first guess of the error of μ.
    fn scale_of_mu(&self, at: &[f64]) -> f64 {
        let (mu, z) = (at[self.measurement.mu()], at[self.measurement.z()]);
        let guess = self.measurement.templates.fixed_z_width(z, mu);
        guess.ok().filter(|width| width.is_finite()).unwrap_or(0.1)
    }

    /// Where −2Δln L is one to both sides of the best value of a parameter.
    ///
    /// A trial that is deeper than the best so far takes its place, and the sides begin anew: counts that move in steps have more
    /// than one dip.
    fn interval(
        &self,
        best: &mut f64,
        at: &mut Vec<f64>,
        index: usize,
        scale: f64,
        mut trial: impl FnMut(f64) -> Result<(f64, Vec<f64>), ParamclfError>,
    ) -> Result<[Option<f64>; 2], ParamclfError> {
        let (low, high) = self.measurement.model.parameters()[index].bounds;
        'dips: for _ in 0..DIPS {
            let mut ends = [None, None];
            for (end, (sign, room)) in ends.iter_mut().zip([(-1.0, at[index] - low), (1.0, high - at[index])])
            {
                let mut side = Side::new(room, scale, self.precision);
                while let Some(distance) = side.next() {
                    let (nll, parameters) = trial((at[index] + sign * distance).clamp(low, high))?;
                    let rise = 2.0 * (nll - *best);
                    if rise < -self.precision {
                        (*best, *at) = (nll, parameters);
                        continue 'dips;
                    }
                    side.see(distance, rise);
                }
                *end = side.found.map(|distance| (at[index] + sign * distance).clamp(low, high));
            }
            return Ok(ends);
        }
        Err(self.too_many_dips(index))
    }
}

impl Measurement {
    /// The auxiliary measurements, and what they say of z with which uncertainty.
    pub(crate) fn auxiliary(&self, observed: &Observed<'_>) -> (Vec<f64>, Option<(f64, f64)>) {
        let mut known = None;
        let values = self.model.auxiliaries().iter().map(|auxiliary| {
            if auxiliary.parameter != self.z() {
                return auxiliary.nominal;
            }
            let measured = observed.measured.unwrap_or(auxiliary.nominal);
            if let Some(Knowledge::Gaussian { uncertainty, .. }) = self.params.knowledge {
                known = Some((measured, uncertainty));
            }
            measured
        });
        (values.collect(), known)
    }

    /// The counts of the auxiliary histogram: those that were observed, or those expected at the nominal z.
    pub(crate) fn auxiliary_counts(&self, observed: &Observed<'_>) -> Result<Vec<f64>, ParamclfError> {
        match (&self.params.knowledge, &observed.auxiliary) {
            (Some(Knowledge::Histogram { .. }), Some(counts)) => Ok(counts.clone()),
            (Some(Knowledge::Histogram { expected }), None) => {
                Ok(expected.at(self.templates.nuisance.nominal())?.yields)
            }
            (_, None) => Ok(Vec::new()),
            (_, Some(_)) => {
                let what = "the counts of an auxiliary histogram";
                Err(ParamclfError::bad(what, "absent, for the measurement has none", "some"))
            }
        }
    }
}
