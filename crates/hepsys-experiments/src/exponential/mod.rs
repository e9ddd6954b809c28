//! The one-dimensional benchmark: an exponential whose normalisation and scale are uncertain.

mod ideal;
mod learnt_scale;
mod report;
mod training;
mod validation;

use std::path::Path;

use hepsys_core::{Binning, NuisanceParameter, Seed};
use hepsys_nplm::{Auxiliary, ClipScan, ExactCoefficients, Experiment, NplmValidParams, Nuisances, Truth};
use hepsys_sim::{Exponential, FEATURE, Signal};
use serde::{Deserialize, Serialize};

use self::ideal::IdealSpec;
use self::learnt_scale::LearntScale;
use self::report::Results;
use self::training::TrainingSpec;
use self::validation::ValidationSpec;
use crate::expected::ExpectedValues;
use crate::search::{Search, ToyResult};
use crate::spec::{NetworkSpec, PerProfile, SelectionSpec};
use crate::study::Outcome;
use crate::toys::{StudyToys, fingerprint};
use crate::{Context, ExperimentError, selection};

/// The specification of the one-dimensional study.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExponentialSpec {
    /// The name of the study.
    pub study: String,
    /// Its title.
    pub title: String,
    /// What it shows.
    pub about: String,
    /// The key of the paper in `docs/references.bib`.
    pub paper: String,
    /// The seed unless the user gives one.
    pub seed: u64,
    /// N(R0).
    expected_events: f64,
    /// N_R.
    reference_events: PerProfile<usize>,
    /// N_R of the many toys that choose the weight clip and validate the test.
    calibration_reference_events: usize,
    network: NetworkSpec,
    /// The benchmarks, each a kind of toys.
    cases: Vec<Case>,
    /// How the weight clip was chosen.
    model_selection: Option<SelectionSpec>,
    /// Where the calibration is tested besides the benchmarks.
    validation: Option<ValidationSpec>,
    /// The training of the papers.
    training: Option<TrainingSpec>,
    /// Signals for which only the ideal significance is computed.
    #[serde(default)]
    ideal: Vec<IdealSpec>,
    /// What should come out.
    pub expected: ExpectedValues,
}

/// A benchmark: which uncertainties, which truth, how many toys.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    label: String,
    /// σ of the normalisation and of the scale.
    sigma: f64,
    /// The true normalisation ν_n*.
    #[serde(default)]
    true_normalisation: f64,
    /// The true scale ν_s*.
    #[serde(default)]
    true_scale: f64,
    #[serde(default)]
    signal: Option<SignalSpec>,
    toys: PerProfile<usize>,
}

/// A signal of the one-dimensional benchmark.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum SignalSpec {
    TailPeak { events: f64 },
    BulkPeak { place: f64, width: f64, events: f64 },
    Excess { events: f64 },
}

impl SignalSpec {
    fn signal(self) -> Result<(Signal, f64), ExperimentError> {
        Ok(match self {
            Self::TailPeak { events } => (Signal::tail_peak(), events),
            Self::BulkPeak { place, width, events } => (Signal::bulk_peak(place, width)?, events),
            Self::Excess { events } => (Signal::excess(), events),
        })
    }
}

impl Case {
    /// Toys of the reference whose nuisance parameters are nominal, measured to ±0.05.
    fn reference(toys: PerProfile<usize>) -> Self {
        Self {
            name: "reference".into(),
            label: "no signal".into(),
            sigma: 0.05,
            true_normalisation: 0.0,
            true_scale: 0.0,
            signal: None,
            toys,
        }
    }

    /// Whether its toys are of the reference with nominal nuisance parameters.
    fn is_nominal(&self) -> bool {
        self.signal.is_none() && self.true_normalisation == 0.0 && self.true_scale == 0.0
    }

    /// The events of a toy; the reference is generated anew for each.
    fn draw(
        &self,
        spec: &ExponentialSpec,
        n_reference: usize,
        seed: Seed,
    ) -> Result<Experiment, ExperimentError> {
        let stream = |purpose: &str| seed.named(purpose).stream();
        let nominal = Exponential::new(spec.expected_events)?;
        let truth = nominal.with_scale(self.true_scale)?.with_normalization(self.true_normalisation)?;
        let data = match self.signal {
            None => truth.data(&mut stream("data"))?,
            Some(signal) => {
                let (signal, events) = signal.signal()?;
                truth.data_with(&signal, events, &mut stream("data"))?
            }
        };
        Ok(Experiment {
            reference: nominal.reference(n_reference, &mut stream("reference"))?,
            data,
            auxiliary: Truth::named(&self.label)
                .with("normalisation", self.true_normalisation)
                .with("scale", self.true_scale)
                .measure(&self.nuisances()?, &mut stream("auxiliary"))?,
        })
    }

    fn search(&self, spec: &ExponentialSpec) -> Result<Search, ExperimentError> {
        let nplm = spec.test(&spec.network, self.nuisances()?)?;
        Ok(Search { nplm, variable: FEATURE.into(), binning: Binning::uniform(24, 0.0, 12.0)? })
    }

    fn nuisances(&self) -> Result<Nuisances, ExperimentError> {
        let [normalisation, scale] =
            ["normalisation", "scale"].map(|name| NuisanceParameter::gaussian(name, self.sigma));
        let coefficients = ExactCoefficients::new(2, |sample| {
            let x = sample.column(FEATURE)?;
            Ok([1, 2].map(|k| x.iter().map(|&x| Exponential::taylor_coefficient(k, x)).collect()).into())
        });
        Ok(Nuisances::none().normalisation(normalisation?).shape(scale?, coefficients))
    }
}

impl ExponentialSpec {
    fn test(&self, network: &NetworkSpec, nuisances: Nuisances) -> Result<NplmValidParams, ExperimentError> {
        let bad = |problem| ExperimentError::Spec { path: self.study.clone().into(), problem };
        Ok(network.params().map_err(bad)?.nuisances(nuisances).check()?)
    }
}

/// Runs the one-dimensional study.
///
/// # Errors
///
/// If a toy fails or the study is interrupted.
pub fn run(spec: &ExponentialSpec, folder: &Path, context: &Context) -> Result<Outcome, ExperimentError> {
    let run = context.run(spec.seed);
    let n_reference = spec.reference_events.of(context.profile);
    let n_calibration = spec.calibration_reference_events;
    let sizes = (spec.expected_events, n_reference, n_calibration);
    let asks = (sizes, &spec.network, &spec.cases, &spec.validation, &spec.training);
    let toys = StudyToys::new(context, folder, fingerprint(&asks, context)?, spec.seed)?;
    let mut results = Vec::new();
    for case in &spec.cases {
        let search = case.search(spec)?;
        let toys = toys.run(&case.name, case.toys.of(context.profile), |toy| {
            search.toy(&case.draw(spec, n_reference, toy.seed())?, toy.seed(), &run)
        })?;
        results.push(CaseResult { case, search, toys });
    }
    let validation = match &spec.validation {
        Some(validation) => validation.run(spec, &toys, context)?,
        None => None,
    };
    let training = match &spec.training {
        Some(training) => training.run(spec, &toys, context)?,
        None => None,
    };
    let clips = match &spec.model_selection {
        Some(selection) => scan(selection, spec, &toys, context)?,
        None => None,
    };
    if toys.is_partial() {
        return Err(ExperimentError::ShardDone);
    }
    let learnt = LearntScale::learn(&run)?;
    let results = Results { cases: &results, learnt, validation, training, clips };
    report::outcome(spec, context, n_reference, &results)
}

/// The scan of weight clips, for the test without nuisance parameters.
fn scan(
    selection: &SelectionSpec,
    spec: &ExponentialSpec,
    toys: &StudyToys<'_>,
    context: &Context,
) -> Result<Option<ClipScan>, ExperimentError> {
    let run = context.run(spec.seed);
    let reference = Case::reference(selection.toys);
    let dof = spec.test(&spec.network, Nuisances::none())?.shape(1)?.n_parameters();
    selection::scan(selection, dof, toys, context.profile, |clip, toy| {
        let test = spec.test(&spec.network.clipped_at(clip), Nuisances::none())?;
        let events = reference.draw(spec, spec.calibration_reference_events, toy.seed())?;
        let fit = test.fit(
            &events.reference,
            &events.data,
            &Auxiliary::nominal(),
            &run.clone().seeded(toy.seed()),
        )?;
        Ok(fit.test_statistic().value())
    })
}

/// A benchmark and its toys.
struct CaseResult<'a> {
    case: &'a Case,
    search: Search,
    toys: Vec<ToyResult>,
}
