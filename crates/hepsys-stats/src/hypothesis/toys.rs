use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Statistic, TestStatistics, ToyCls, ToyPValue};
use crate::fit::{Fit, FitError, Fitter};
use crate::{Fingerprint, Likelihood, PseudoExperiments, Simulator, StatsError, Toys};

/// The calculator that finds the distributions of a test statistic with toys, where few counts make asymptotic ones wrong.
///
/// Toys are drawn at the nuisance parameters that fit the data best, with the parameter of interest at μ or at zero;
/// every count and every auxiliary measurement is drawn.
/// Each set of toys is a run of [`PseudoExperiments`], so it has a seed, and may go to a file and be divided into shards.
/// The name of a run is completed by the test that it is of, such as `with signal: upper_limit of 1, drawn at 1`, so that toys of
/// another test in its file are refused; [`merge`](Self::merge) joins the files of shards.
/// The statistics are those of `cowan2011`, and CLs is that of `read2002`.
///
/// ```
/// use hepsys_core::Seed;
/// use hepsys_stats::fit::Fitter;
/// use hepsys_stats::histfactory::BinnedLikelihood;
/// use hepsys_stats::hypothesis::ToyBased;
/// use hepsys_stats::workspace::{Channel, Interpolation, Modifier, Sample, Workspace};
/// use hepsys_stats::PseudoExperiments;
///
/// let signal = Sample::new("signal", [5.0]).modifier(Modifier::normfactor("mu"));
/// let region = Channel::new("region").sample(signal).sample(Sample::new("background", [4.0]));
/// let workspace = Workspace::new("counting", "mu").channel(region, [3.0]);
/// let (model, data) = workspace.model(None, Interpolation::default())?;
/// let likelihood = BinnedLikelihood::new(&model, data);
///
/// let calculator = ToyBased::new(&model, &likelihood, Fitter::default(), 0)?;
/// let run = |name: &str| PseudoExperiments::new(name).toys(1000).seed(Seed::new(1));
/// let with = calculator.with_signal(1.0, &run("with signal"))?;
/// let without = calculator.without_signal(1.0, &run("without signal"))?;
/// let levels = calculator.cls(1.0, &with, &without)?;
/// // P(n ≤ 3 | 9) = 0.0212, and P(n ≤ 3 | 4) = 0.4335.
/// assert!((levels.clsb.p_value.value() - 0.0212).abs() < 0.014);
/// assert!((levels.clb.p_value.value() - 0.4335).abs() < 0.05);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ToyBased<'a, S, L> {
    simulator: &'a S,
    observed: TestStatistics<'a, L>,
    fitter: Fitter,
    poi: usize,
}

/// The test statistic of a toy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StatisticToy {
    /// The statistic; `None` if a fit failed.
    pub statistic: Option<f64>,
    /// The best value μ̂; `None` if its fit failed.
    pub estimate: Option<f64>,
    /// Why a fit failed.
    pub problem: Option<Box<str>>,
}

impl<'a, S: Simulator, L: Likelihood> ToyBased<'a, S, L> {
    /// Fits the data; tests are of parameter number `poi`.
    ///
    /// # Errors
    ///
    /// [`StatsError::Fit`] if the fit does not converge, and [`StatsError::BadParameter`] without a parameter number `poi`.
    pub fn new(simulator: &'a S, likelihood: &'a L, fitter: Fitter, poi: usize) -> Result<Self, StatsError> {
        let n = likelihood.parameters().len();
        if n <= poi {
            let expected = format!("below the number of parameters, {n}");
            return Err(StatsError::bad_parameter("the parameter of interest", expected, poi));
        }
        let observed = TestStatistics::new(likelihood, fitter.clone(), poi);
        observed.best().check("the fit of the data")?;
        Ok(Self { simulator, observed, fitter, poi })
    }

    /// The statistics of the data.
    #[must_use]
    pub fn observed(&self) -> &TestStatistics<'a, L> {
        &self.observed
    }

    /// Toys with signal at μ, and their statistic for the upper limit of μ.
    ///
    /// # Errors
    ///
    /// [`StatsError::Fit`] if the data cannot be fitted with the parameter of interest at μ, and
    /// [`StatsError::PseudoExperiments`] if the run does not end well.
    /// A toy that cannot be fitted is no error: it says so.
    pub fn with_signal(&self, mu: f64, run: &PseudoExperiments) -> Result<Toys<StatisticToy>, StatsError> {
        self.toys(Statistic::UpperLimit, mu, mu, run)
    }

    /// Toys without signal, and their statistic for the upper limit of μ.
    ///
    /// # Errors
    ///
    /// As [`with_signal`](Self::with_signal).
    pub fn without_signal(&self, mu: f64, run: &PseudoExperiments) -> Result<Toys<StatisticToy>, StatsError> {
        self.toys(Statistic::UpperLimit, mu, 0.0, run)
    }

    /// Toys without signal, and their statistic for discovery, $q_0$.
    ///
    /// # Errors
    ///
    /// As [`with_signal`](Self::with_signal).
    pub fn discovery_toys(&self, run: &PseudoExperiments) -> Result<Toys<StatisticToy>, StatsError> {
        self.toys(Statistic::Discovery, 0.0, 0.0, run)
    }

    /// Toys drawn with one μ and their statistic of this or another.
    ///
    /// # Errors
    ///
    /// As [`with_signal`](Self::with_signal).
    pub fn toys(
        &self,
        kind: Statistic,
        tested: f64,
        drawn: f64,
        run: &PseudoExperiments,
    ) -> Result<Toys<StatisticToy>, StatsError> {
        let truth = self.conditional(drawn)?.parameters;
        // The likelihood of the data belongs to this thread, and toys need it no more.
        let (simulator, fitter, poi) = (self.simulator, &self.fitter, self.poi);
        Ok(run.of(&describe(kind, tested, drawn)).run(|toy| -> Result<StatisticToy, FitError> {
            let likelihood = simulator.simulate(&truth, &mut toy.stream("data"));
            let mut fits = TestStatistics::starting_from(&likelihood, fitter.clone(), poi, &truth);
            let statistic = fits.at_deepest(kind, tested);
            Ok(StatisticToy {
                estimate: fits.best().is_converged().then(|| fits.estimate()),
                problem: statistic.as_ref().err().map(|e| e.to_string().into()),
                statistic: statistic.ok(),
            })
        })?)
    }

    /// The toys of the files of all shards of a run, checked to be those of this test.
    ///
    /// # Errors
    ///
    /// [`StatsError::PseudoExperiments`] if a file cannot be read or holds other toys, or toys are missing.
    pub fn merge(
        (kind, tested, drawn): (Statistic, f64, f64),
        run: &PseudoExperiments,
        paths: impl IntoIterator<Item = impl AsRef<Path>>,
        fingerprint: &Fingerprint,
    ) -> Result<Toys<StatisticToy>, StatsError> {
        Ok(run.of(&describe(kind, tested, drawn)).merge(paths, fingerprint)?)
    }

    /// The levels of μ and what toys without signal would give, from toys of this calculator or merged from several files.
    ///
    /// # Errors
    ///
    /// [`StatsError::BadParameter`] if the toys are those of another test or no toy could be fitted, [`StatsError::Fit`] if
    /// the data cannot be fitted at μ, and [`StatsError::TooFewValues`] if there are too few for the expected levels.
    pub fn cls(
        &self,
        mu: f64,
        with: &Toys<StatisticToy>,
        without: &Toys<StatisticToy>,
    ) -> Result<ToyCls, StatsError> {
        check_test(Statistic::UpperLimit, mu, mu, with)?;
        check_test(Statistic::UpperLimit, mu, 0.0, without)?;
        ToyCls::new(self.observed.at(Statistic::UpperLimit, mu)?, with, without)
    }

    /// The probability that the background alone gives a $q_0$ as large as the data's, from toys of this calculator or merged
    /// from several files.
    ///
    /// # Errors
    ///
    /// As [`cls`](Self::cls).
    pub fn discovery(&self, toys: &Toys<StatisticToy>) -> Result<ToyPValue, StatsError> {
        check_test(Statistic::Discovery, 0.0, 0.0, toys)?;
        ToyPValue::new(self.observed.at(Statistic::Discovery, 0.0)?, toys)
    }

    fn conditional(&self, mu: f64) -> Result<Fit, FitError> {
        self.observed.conditional(mu).converged(format!("the fit of the data at mu = {mu}"))
    }
}

/// What toys are of, as the names of their runs tell.
fn describe(kind: Statistic, tested: f64, drawn: f64) -> String {
    let kind = match kind {
        Statistic::TwoSided => "two_sided",
        Statistic::UpperLimit => "upper_limit",
        Statistic::Discovery => "discovery",
    };
    format!("{kind} of {tested}, drawn at {drawn}")
}

/// Refuses toys of another statistic or another μ.
fn check_test(kind: Statistic, tested: f64, drawn: f64, toys: &Toys<StatisticToy>) -> Result<(), StatsError> {
    let expected = describe(kind, tested, drawn);
    if toys.name().ends_with(&format!(": {expected}")) {
        return Ok(());
    }
    Err(StatsError::bad_parameter("what the toys are of", expected, format!("\"{}\"", toys.name())))
}
