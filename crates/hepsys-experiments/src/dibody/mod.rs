//! The search for new physics in di-muon events at 13 TeV, from the event file to the page.

mod mass;
mod numbers;
mod report;
mod samples;
mod signal;
mod spec;
mod statements;
mod toys;
mod validation;

use std::path::Path;

use hepsys_core::{Binning, NuisanceParameter, Sample, Variation};
use hepsys_io::sha256_of_file;
use hepsys_nplm::{ClipScan, NplmFit, Nuisances, TaylorExpansion, TaylorParams, TaylorStudy};
use hepsys_sim::dibody::{MASS, MomentumScale};

use self::mass::MassSpectrum;
use self::samples::Samples;
use self::signal::Signal;
pub use self::spec::DibodySpec;
use self::spec::Point;
use self::toys::{DibodyToys, SignalResult};
use crate::search::{Search, ToyResult};
use crate::spec::NetworkSpec;
use crate::study::Outcome;
use crate::toys::{StudyToys, fingerprint};
use crate::{Context, ExperimentError, selection};

/// The di-muon events of a file of the project, with their mass.
///
/// # Errors
///
/// If the file cannot be read.
pub(crate) fn read_events(file: &Path, context: &Context) -> Result<Sample, ExperimentError> {
    samples::events(file, &samples::columns(), context)
}

/// Runs a di-body study.
///
/// # Errors
///
/// If a sample cannot be read, a toy fails, or the study is interrupted.
pub fn run(spec: &DibodySpec, folder: &Path, context: &Context) -> Result<Outcome, ExperimentError> {
    let bad = |problem: String| ExperimentError::Spec { path: spec.study.clone().into(), problem };
    if let Some(signal) = spec.signals.iter().find(|s| s.curve.is_some() && !s.source.is_resonance()) {
        return Err(bad(format!(
            "signal \"{}\" has a curve, which only a number of events has",
            signal.name
        )));
    }
    let run = context.run(spec.seed);
    let samples = samples::read(spec, context)?;
    let scale = MomentumScale::new(spec.nuisances.momentum_scale)?;
    let normalisation = NuisanceParameter::gaussian("normalisation", spec.nuisances.normalisation)?;
    let spectrum = MassSpectrum::new(spec, &samples, &scale)?;
    let mut signals = Vec::new();
    for signal in &spec.signals {
        signals.push(Signal::read(spec, signal, &samples, context)?);
    }

    let binning = Binning::logarithmic(18, spec.mass.low, 800.0)?;
    context.observer.started("Taylor expansion", 1);
    let taylor = TaylorParams::new()
        .order(spec.taylor.order)
        .hidden_layers(spec.taylor.hidden_layers.clone())
        .values(spec.taylor.values.clone())
        .inputs(spec.data.inputs.clone())
        .learn(&samples.training, &scale, &samples.selection, &run.named("taylor"))?;
    context.observer.finished("Taylor expansion");

    let orders = TaylorStudy::new(
        &samples.training,
        &scale,
        &samples.selection,
        (MASS, &binning),
        &spec.taylor.values,
        spec.data.expected_events,
    )?;
    let nuisances =
        Nuisances::none().normalisation(normalisation).shape(scale.nuisance().clone(), taylor.clone());
    let test = |network: &NetworkSpec, nuisances: Nuisances| -> Result<_, ExperimentError> {
        let params = network.params().map_err(bad)?.inputs(spec.data.inputs.clone());
        Ok(params.nuisances(nuisances).check()?)
    };
    let search = Search { nplm: test(&spec.network, nuisances)?, variable: MASS.into(), binning };

    let sources: Vec<_> = spec.signals.iter().map(|s| (&s.name, &s.source, &s.curve)).collect();
    let asks =
        (&spec.data, &spec.nuisances, &spec.network, &spec.taylor, &spec.mass, &spec.validation, sources);
    let mut fingerprint = fingerprint(&asks, context)?;
    let files = spec.signals.iter().map(|s| s.source.file()).chain([&spec.data.background]);
    for file in files {
        let sum = sha256_of_file(context.datasets.join(file))?;
        fingerprint = fingerprint.with_input(&file.to_string_lossy(), &sum);
    }
    let all = DibodyToys {
        spec,
        samples: &samples,
        known: test(&spec.network, Nuisances::none())?,
        search: &search,
        run: &run,
        toys: StudyToys::new(context, folder, fingerprint, spec.seed)?,
        profile: context.profile,
    };
    let nominal = samples.background(spec, &scale, &Point::default())?;
    let null = all.background("null", spec.toys.null.of(context.profile), &nominal)?;
    let clips = match &spec.model_selection {
        Some(selection) => {
            let dof = search.nplm.shape(spec.data.inputs.len())?.n_parameters();
            let toys = &all.toys;
            selection::scan(selection, dof, toys, context.profile, |clip, toy| {
                let test = test(&spec.network.clipped_at(clip), Nuisances::none())?;
                all.without_nuisances(&test, &nominal, toy.seed())
            })?
        }
        None => None,
    };
    let mut validation = Vec::new();
    for (i, point) in spec.validation.iter().enumerate() {
        let n_toys = spec.toys.validation.of(context.profile);
        let truth = samples.background(spec, &scale, point)?;
        validation.push(all.background(&format!("validation-{i}"), n_toys, &truth)?);
    }
    let mut results = Vec::new();
    for signal in &signals {
        let mass = spectrum.search(signal, &samples, &scale)?;
        results.push(all.signal(signal, mass, &nominal)?);
    }
    if all.toys.is_partial() {
        return Err(ExperimentError::ShardDone);
    }

    // The signal toy in the middle is drawn and fitted again, so that the page can show its events.
    let shown = match results.first() {
        Some(first) if !first.toys.is_empty() => {
            let number = first.index_of_median();
            let seed = run.streams().named(&first.name_of_toys()).index(number);
            let events =
                samples.draw(spec, search.nplm.nuisances(), &nominal, Some((first.signal, 1.0)), seed)?;
            let fit = search.fit(&events, &run.clone().seeded(seed))?;
            Some(ShownToy { number, events, fit })
        }
        _ => None,
    };
    Results {
        spec,
        context,
        samples: &samples,
        search: &search,
        taylor: &taylor,
        scale: &scale,
        clips: clips.as_ref(),
        orders: &orders,
        null: &null,
        validation: &validation,
        signals: &results,
        shown: shown.as_ref(),
    }
    .outcome()
}

/// All that a study made and its page tells.
struct Results<'a> {
    spec: &'a DibodySpec,
    context: &'a Context,
    samples: &'a Samples,
    search: &'a Search,
    taylor: &'a TaylorExpansion,
    scale: &'a MomentumScale,
    /// The choice of the weight clip.
    clips: Option<&'a ClipScan>,
    /// Which order of the Taylor expansion is enough.
    orders: &'a TaylorStudy,
    /// The toys without signal.
    null: &'a [ToyResult],
    /// The toys without signal at each point of the validation.
    validation: &'a [Vec<ToyResult>],
    /// The toys of each signal.
    signals: &'a [SignalResult<'a>],
    /// A toy of the first signal.
    shown: Option<&'a ShownToy>,
}

/// A toy whose events the page shows.
struct ShownToy {
    number: usize,
    events: hepsys_nplm::Experiment,
    fit: NplmFit,
}
