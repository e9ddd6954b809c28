//! The search for new physics in di-muon events at 13 TeV, from the event file to the page.

mod mass;
mod numbers;
mod report;
mod samples;

use std::path::{Path, PathBuf};

use hepsys_core::{Binning, NuisanceParameter, Variation};
use hepsys_io::sha256_of_file;
use hepsys_nplm::{NplmFit, Nuisances, TaylorExpansion, TaylorParams};
use hepsys_sim::dibody::{MASS, MomentumScale, Regime};
use hepsys_stats::Toy;
use serde::{Deserialize, Serialize};

use self::mass::MassAnalysis;
use self::samples::Samples;
use crate::expected::ExpectedValues;
use crate::search::{Search, TestEvents, ToyResult};
use crate::spec::{NetworkSpec, PerProfile};
use crate::study::Outcome;
use crate::toys::{StudyToys, fingerprint};
use crate::{Context, ExperimentError};

/// The specification of a di-body study.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DibodySpec {
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
    data: DataSpec,
    nuisances: NuisanceSpec,
    network: NetworkSpec,
    taylor: TaylorSpec,
    toys: ToysSpec,
    expected: ExpectedValues,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DataSpec {
    background: PathBuf,
    signal: PathBuf,
    signal_label: String,
    inputs: Vec<String>,
    selection: Vec<String>,
    /// N(R0), the number of events expected in the data.
    expected_events: f64,
    /// The number of reference events over N(R0).
    reference_ratio: usize,
    /// N(S).
    signal_events: f64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NuisanceSpec {
    normalisation: f64,
    momentum_scale: Regime,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TaylorSpec {
    order: usize,
    hidden_layers: Vec<usize>,
    /// The values of ν to learn from, in units of σ.
    values: Vec<f64>,
    /// The part of the file to learn from; toys never use it.
    fraction: f64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ToysSpec {
    null: PerProfile<usize>,
    signal: PerProfile<usize>,
}

impl DibodySpec {
    /// What should come out.
    #[must_use]
    pub fn expected(&self) -> &ExpectedValues {
        &self.expected
    }
}

/// Runs a di-body study.
///
/// # Errors
///
/// If a sample cannot be read, a toy fails, or the study is interrupted.
pub fn run(spec: &DibodySpec, folder: &Path, context: &Context) -> Result<Outcome, ExperimentError> {
    let run = context.run(spec.seed);
    let samples = samples::read(spec, context)?;
    let scale = MomentumScale::new(spec.nuisances.momentum_scale)?;
    let normalisation = NuisanceParameter::gaussian("normalisation", spec.nuisances.normalisation)?;

    context.observer.started("Taylor expansion", 1);
    let taylor = TaylorParams::new()
        .order(spec.taylor.order)
        .hidden_layers(spec.taylor.hidden_layers.clone())
        .values(spec.taylor.values.clone())
        .inputs(spec.data.inputs.clone())
        .learn(&samples.training, &scale, &samples.selection, &run.named("taylor"))?;
    context.observer.finished("Taylor expansion");

    let nuisances =
        Nuisances::none().normalisation(normalisation).shape(scale.nuisance().clone(), taylor.clone());
    let nplm = spec
        .network
        .params()
        .map_err(|problem| ExperimentError::Spec { path: spec.study.clone().into(), problem })?
        .inputs(spec.data.inputs.clone())
        .nuisances(nuisances)
        .check()?;
    let search = Search { nplm, variable: MASS.into(), binning: Binning::logarithmic(18, 100.0, 800.0)? };
    let mass = MassAnalysis::new(spec, &samples, &scale)?;

    let asks = (&spec.data, &spec.nuisances, &spec.network, &spec.taylor);
    let mut fingerprint = fingerprint(&asks, context)?;
    for file in [&spec.data.background, &spec.data.signal] {
        let sum = sha256_of_file(context.datasets.join(file))?;
        fingerprint = fingerprint.with_input(&file.to_string_lossy(), &sum);
    }
    let toys = StudyToys::new(context, folder, fingerprint, spec.seed)?;
    let parameters: Vec<NuisanceParameter> = search.nplm.nuisances().parameters().cloned().collect();
    let experiment = |toy: &Toy, with_signal: bool| -> Result<ToyResult, ExperimentError> {
        let events = samples.draw(spec, &parameters, toy.seed(), with_signal)?;
        let mut result = search.toy(&events, toy.seed(), &run)?;
        result.model_dependent = Some(mass.q0(&events)?);
        Ok(result)
    };
    let null = toys.run("null", spec.toys.null.of(context.profile), |toy| experiment(toy, false))?;
    let signal = toys.run("signal", spec.toys.signal.of(context.profile), |toy| experiment(toy, true))?;
    if toys.is_partial() {
        return Err(ExperimentError::ShardDone);
    }

    // The signal toy in the middle is drawn and fitted again, so that the page can show its events.
    let middle = index_of_median(&signal);
    let seed = run.streams().named("signal").index(middle);
    let events = samples.draw(spec, &parameters, seed, true)?;
    let fit = search.fit(&events, &run.clone().seeded(seed))?;
    let shown = ShownToy { number: middle, events: &events, fit: &fit };
    Results {
        spec,
        context,
        samples: &samples,
        search: &search,
        mass: &mass,
        taylor: &taylor,
        scale: &scale,
        null: &null,
        signal: &signal,
        shown,
    }
    .outcome()
}

/// All that a study made and its page tells.
struct Results<'a> {
    spec: &'a DibodySpec,
    context: &'a Context,
    samples: &'a Samples,
    search: &'a Search,
    mass: &'a MassAnalysis,
    taylor: &'a TaylorExpansion,
    scale: &'a MomentumScale,
    /// The toys without signal.
    null: &'a [ToyResult],
    /// The toys with signal.
    signal: &'a [ToyResult],
    shown: ShownToy<'a>,
}

/// A toy whose events the page shows.
struct ShownToy<'a> {
    number: usize,
    events: &'a TestEvents,
    fit: &'a NplmFit,
}

/// The toy whose statistic is in the middle.
fn index_of_median(toys: &[ToyResult]) -> usize {
    let mut order: Vec<usize> = (0..toys.len()).collect();
    order.sort_by(|&a, &b| toys[a].t.total_cmp(&toys[b].t));
    order.get(toys.len() / 2).copied().unwrap_or(0)
}
