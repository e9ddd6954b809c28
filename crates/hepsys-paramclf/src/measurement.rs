use hepsys_stats::Parameter;
use hepsys_stats::histfactory::AuxiliaryDensity;
use hepsys_stats::minimize::GridSearch;
use hepsys_stats::morph::{CountTerm, McStatistics, MorphModel, MorphProcess, TemplateMorph};
use serde::{Deserialize, Serialize};

use crate::{ParamclfError, Templates};

/// The name of the signal strength μ in models and workspaces.
pub const MU: &str = "mu";

/// The profile likelihood of a signal strength μ over templates, with the nuisance parameter z profiled.
///
/// $$ -\ln L(\mu, z) = \sum_b \big[\nu_b - n_b(z) + n_b(z) \ln\tfrac{n_b(z)}{\nu_b}\big] + \frac{(z - a)^2}{2\sigma_z^2},
/// \qquad \nu_b = \mu\\,S_b(z) + B_b(z) $$
///
/// in the form of Baker and Cousins: where the observed counts $n_b(z)$ change with z, what depends on them alone may not be dropped.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    pub(crate) templates: Templates,
    pub(crate) params: MeasurementParams,
    pub(crate) model: MorphModel,
}

/// How well z is known from elsewhere.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Knowledge {
    /// A measurement with a Gaussian uncertainty, $a \sim \mathcal N(z, \sigma_z)$.
    Gaussian {
        /// What was measured; data of [`Observed::measured`](crate::Observed::measured) have their own.
        measured: f64,
        /// $\sigma_z$
        uncertainty: f64,
    },
    /// A histogram of other events, whose yields depend on z.
    ///
    /// No network is trained again for it: it is one more factor of the likelihood (`ghosh2021`, appendix).
    Histogram {
        /// Its expectation.
        expected: TemplateMorph,
    },
    /// Nothing: the data of the measurement have to say.
    Free,
}

/// An uncertainty that no classifier was trained with, profiled beside z.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Untrained {
    /// The number of events of a process, known to a relative uncertainty.
    Normalisation {
        /// Its name.
        name: String,
        /// Whether it is the signal's or the background's.
        process: Process,
        /// Its relative uncertainty.
        uncertainty: f64,
    },
    /// A change of the yields with a parameter $\theta \sim \mathcal N(0, 1)$, the same at every z.
    Shape {
        /// Its name.
        name: String,
        /// The yields of the signal at values of θ around zero, if it changes them; θ is searched between the first and the last.
        signal: Option<Box<TemplateMorph>>,
        /// Those of the background.
        background: Option<Box<TemplateMorph>>,
    },
}

/// A process of a measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Process {
    /// The signal.
    Signal,
    /// The background.
    Background,
}

/// The parameters of a [`Measurement`] that nobody has checked yet.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasurementParams {
    pub(crate) mu_range: (f64, f64),
    pub(crate) z_range: Option<(f64, f64)>,
    pub(crate) knowledge: Option<Knowledge>,
    pub(crate) untrained: Vec<Untrained>,
    pub(crate) statistics: McStatistics,
    pub(crate) term: CountTerm,
    pub(crate) grid_points: usize,
}

impl Measurement {
    /// The parameters of a measurement, with their defaults.
    #[must_use]
    pub fn params() -> MeasurementParams {
        MeasurementParams {
            mu_range: (0.0, 10.0),
            z_range: None,
            knowledge: None,
            untrained: Vec::new(),
            statistics: McStatistics::Exact,
            term: CountTerm::BakerCousins,
            grid_points: 41,
        }
    }

    /// The templates.
    #[must_use]
    pub fn templates(&self) -> &Templates {
        &self.templates
    }

    /// The model, with the parameters μ and z, those of untrained uncertainties, and those of template statistics.
    #[must_use]
    pub fn model(&self) -> &MorphModel {
        &self.model
    }

    /// The name of the nuisance parameter z.
    #[must_use]
    pub fn z_name(&self) -> &str {
        self.templates.nuisance.name()
    }

    /// The range of z.
    #[must_use]
    pub fn z_range(&self) -> (f64, f64) {
        self.model.parameters()[self.z()].bounds
    }

    pub(crate) fn mu(&self) -> usize {
        0
    }

    pub(crate) fn z(&self) -> usize {
        1
    }

    /// How z is searched for: one grid for all, so that counts at its points serve every μ.
    pub(crate) fn search(&self, tolerance: f64) -> GridSearch {
        GridSearch { points: self.params.grid_points, tolerance, ..GridSearch::default() }
    }
}

impl MeasurementParams {
    /// The range of μ. Defaults to 0 to 10.
    #[must_use]
    pub fn mu_range(mut self, low: f64, high: f64) -> Self {
        self.mu_range = (low, high);
        self
    }

    /// The range of z, within the values of the templates. Defaults to all of them.
    #[must_use]
    pub fn z_range(mut self, low: f64, high: f64) -> Self {
        self.z_range = Some((low, high));
        self
    }

    /// How well z is known from elsewhere.
    ///
    /// Defaults to a Gaussian measurement of its nominal value with its uncertainty.
    #[must_use]
    pub fn knowledge(mut self, knowledge: Knowledge) -> Self {
        self.knowledge = Some(knowledge);
        self
    }

    /// Adds an uncertainty that no classifier was trained with.
    #[must_use]
    pub fn untrained(mut self, untrained: Untrained) -> Self {
        self.untrained.push(untrained);
        self
    }

    /// How the statistics of the templates enter. Defaults to [`McStatistics::Exact`].
    #[must_use]
    pub fn statistics(mut self, statistics: McStatistics) -> Self {
        self.statistics = statistics;
        self
    }

    /// The form of the counts' terms. Defaults to [`CountTerm::BakerCousins`].
    #[must_use]
    pub fn term(mut self, term: CountTerm) -> Self {
        self.term = term;
        self
    }

    /// On how many points of z a search begins. Defaults to 41.
    ///
    /// A dip of the likelihood that is narrower than two of their distances can be missed.
    #[must_use]
    pub fn grid_points(mut self, n_points: usize) -> Self {
        self.grid_points = n_points;
        self
    }

    /// The measurement over these templates.
    ///
    /// # Errors
    ///
    /// [`ParamclfError::BadParameter`] for ranges, uncertainties and numbers of points that make no sense, [`ParamclfError::Stats`] for
    /// names that appear twice and shapes with other bins than the templates.
    pub fn check(self, templates: &Templates) -> Result<Measurement, ParamclfError> {
        let z = templates.nuisance.name();
        let knots = templates.signal.knots();
        let simulated = (knots[0], knots[knots.len() - 1]);
        let range = self.z_range.unwrap_or(simulated);
        if !(simulated.0 <= range.0 && range.0 < range.1 && range.1 <= simulated.1) {
            let expected =
                format!("a range within that of the templates, {} to {}", simulated.0, simulated.1);
            let found = format!("{} to {}", range.0, range.1);
            return Err(ParamclfError::bad(format!("the range of \"{z}\""), expected, found));
        }
        if self.mu_range.0.is_nan() || self.mu_range.1.is_nan() || self.mu_range.0 >= self.mu_range.1 {
            let found = format!("{} to {}", self.mu_range.0, self.mu_range.1);
            return Err(ParamclfError::bad("the range of μ", "not empty", found));
        }
        if self.grid_points < 3 {
            return Err(ParamclfError::bad("the points of z", "three or more", self.grid_points));
        }
        let begin = templates.nuisance.nominal().clamp(range.0, range.1);
        let mu = Parameter::free(MU, 1.0_f64.clamp(self.mu_range.0, self.mu_range.1));
        let mut model = MorphModel::params()
            .parameter(mu.within(self.mu_range.0, self.mu_range.1))
            .parameter(Parameter::free(z, begin).within(range.0, range.1));
        let mut signal = MorphProcess::morphing("signal", z, templates.signal.clone()).times(MU);
        let mut background = MorphProcess::morphing("background", z, templates.background.clone());
        for untrained in &self.untrained {
            let (parameter, density, measured) = untrained.parameter()?;
            model = model.measured(parameter.name.clone(), density, measured).parameter(parameter);
            signal = untrained.act_on(Process::Signal, signal);
            background = untrained.act_on(Process::Background, background);
        }
        let default = Knowledge::Gaussian {
            measured: templates.nuisance.nominal(),
            uncertainty: templates.nuisance.uncertainty(),
        };
        let knowledge = self.knowledge.clone().unwrap_or(default);
        if let Knowledge::Gaussian { measured, uncertainty } = knowledge {
            model = model.measured(z, AuxiliaryDensity::Gaussian { sigma: uncertainty }, measured);
        }
        model = model.channel("score", [signal, background]);
        if let Knowledge::Histogram { expected } = &knowledge {
            model = model.channel("auxiliary", [MorphProcess::morphing("auxiliary", z, expected.clone())]);
        }
        let model = model.statistics(self.statistics).check()?;
        let params = Self { knowledge: Some(knowledge), ..self };
        Ok(Measurement { templates: templates.clone(), params, model })
    }
}

/// Within how many standard deviations an untrained parameter is searched.
const SEARCHED: f64 = 7.0;

impl Untrained {
    fn parameter(&self) -> Result<(Parameter, AuxiliaryDensity, f64), ParamclfError> {
        match self {
            Self::Normalisation { name, uncertainty, .. } => {
                if !(*uncertainty > 0.0 && uncertainty.is_finite()) {
                    let what = format!("the uncertainty of \"{name}\"");
                    return Err(ParamclfError::bad(what, "positive and finite", uncertainty));
                }
                let low = (1.0 - SEARCHED * uncertainty).max(0.0);
                let parameter = Parameter::free(name, 1.0).within(low, 1.0 + SEARCHED * uncertainty);
                Ok((parameter, AuxiliaryDensity::Gaussian { sigma: *uncertainty }, 1.0))
            }
            Self::Shape { name, signal, background } => {
                let ranges = signal.iter().chain(background).map(|yields| yields.range());
                let range =
                    ranges.fold((-SEARCHED, SEARCHED), |(l, h), (low, high)| (l.max(low), h.min(high)));
                if (signal.is_none() && background.is_none()) || !(range.0 <= 0.0 && 0.0 <= range.1) {
                    let expected = "yields of a process on both sides of zero";
                    return Err(ParamclfError::bad(format!("the shape of \"{name}\""), expected, "none"));
                }
                let parameter = Parameter::free(name, 0.0).within(range.0, range.1);
                Ok((parameter, AuxiliaryDensity::Gaussian { sigma: 1.0 }, 0.0))
            }
        }
    }

    fn act_on(&self, which: Process, process: MorphProcess) -> MorphProcess {
        match (self, which) {
            (Self::Normalisation { name, process: acted, .. }, _) if *acted == which => process.times(name),
            (Self::Shape { name, signal: Some(yields), .. }, Process::Signal)
            | (Self::Shape { name, background: Some(yields), .. }, Process::Background) => {
                process.shifted(name, (**yields).clone(), 0.0)
            }
            _ => process,
        }
    }
}
