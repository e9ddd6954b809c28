//! The one-dimensional benchmark: an exponential whose normalisation and scale are uncertain.

mod ideal;
mod learnt_scale;
mod report;

use std::path::Path;

use hepsys_core::{Binning, NuisanceParameter, Seed};
use hepsys_nplm::{ExactCoefficients, Experiment, Nuisances};
use hepsys_sim::{Exponential, FEATURE, Signal};
use serde::{Deserialize, Serialize};

use self::ideal::IdealSpec;
use self::learnt_scale::LearntScale;
use crate::expected::ExpectedValues;
use crate::search::{Search, ToyResult, draw_auxiliary};
use crate::spec::{NetworkSpec, PerProfile};
use crate::study::Outcome;
use crate::toys::{StudyToys, fingerprint};
use crate::{Context, ExperimentError};

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
    network: NetworkSpec,
    /// The benchmarks, each a kind of toys.
    cases: Vec<Case>,
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
    /// Whether its toys are of the reference with nominal nuisance parameters.
    fn is_nominal(&self) -> bool {
        self.signal.is_none() && self.true_normalisation == 0.0 && self.true_scale == 0.0
    }

    fn parameters(&self) -> Result<[NuisanceParameter; 2], ExperimentError> {
        Ok([
            NuisanceParameter::gaussian("normalisation", self.sigma)?,
            NuisanceParameter::gaussian("scale", self.sigma)?,
        ])
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
        let parameters = self.parameters()?;
        let values = [self.true_normalisation, self.true_scale];
        Ok(Experiment {
            reference: nominal.reference(n_reference, &mut stream("reference"))?,
            data,
            auxiliary: draw_auxiliary(parameters.iter().zip(values), &mut stream("auxiliary")),
        })
    }

    fn search(&self, spec: &ExponentialSpec) -> Result<Search, ExperimentError> {
        let [normalisation, scale] = self.parameters()?;
        let coefficients = ExactCoefficients::new(2, |sample| {
            let x = sample.column(FEATURE)?;
            Ok([1, 2].map(|k| x.iter().map(|&x| Exponential::taylor_coefficient(k, x)).collect()).into())
        });
        let nplm = spec
            .network
            .params()
            .map_err(|problem| ExperimentError::Spec { path: spec.study.clone().into(), problem })?
            .nuisances(Nuisances::none().normalisation(normalisation).shape(scale, coefficients))
            .check()?;
        Ok(Search { nplm, variable: FEATURE.into(), binning: Binning::uniform(24, 0.0, 12.0)? })
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
    let asks = (spec.expected_events, n_reference, &spec.network, &spec.cases);
    let toys = StudyToys::new(context, folder, fingerprint(&asks, context)?, spec.seed)?;
    let mut results = Vec::new();
    for case in &spec.cases {
        let search = case.search(spec)?;
        let toys = toys.run(&case.name, case.toys.of(context.profile), |toy| {
            search.toy(&case.draw(spec, n_reference, toy.seed())?, toy.seed(), &run)
        })?;
        results.push(CaseResult { case, search, toys });
    }
    if toys.is_partial() {
        return Err(ExperimentError::ShardDone);
    }
    report::outcome(spec, context, n_reference, &results, &LearntScale::learn(&run)?)
}

/// A benchmark and its toys.
struct CaseResult<'a> {
    case: &'a Case,
    search: Search,
    toys: Vec<ToyResult>,
}
