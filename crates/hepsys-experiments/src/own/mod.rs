//! A search in a user's own files: what `cargo xtask study my.toml` runs.

mod files;
mod nuisances;
mod report;
mod spec;

use std::path::Path;

use hepsys_core::{Binning, Region, Sample, Weights};
use hepsys_io::sha256_of_file;
use hepsys_nplm::{Experiment, Truth};
use hepsys_stats::{EventPool, poisson};

use self::files::{Files, Split};
use self::report::Tested;
use self::spec::OwnNuisance;
pub use self::spec::OwnSpec;
use crate::search::Search;
use crate::study::Outcome;
use crate::toys::{StudyToys, fingerprint};
use crate::{Context, ExperimentError};

/// Runs a search: the test of the data, and toys of the reference that tell what its statistic means.
///
/// # Errors
///
/// If a file cannot be read, the specification makes no sense, or a toy fails.
pub fn run(
    spec: &OwnSpec,
    path: &Path,
    folder: &Path,
    context: &Context,
) -> Result<Outcome, ExperimentError> {
    let run = context.run(spec.seed);
    let bad = |problem: String| ExperimentError::Spec { path: path.to_owned(), problem };
    let files = Files { folder: path.parent().unwrap_or(Path::new(".")), spec };
    if !(0.0 < spec.reference.taylor_fraction && spec.reference.taylor_fraction < 1.0) {
        return Err(bad(format!(
            "taylor_fraction must be between 0 and 1, got {}",
            spec.reference.taylor_fraction
        )));
    }
    if !(spec.reference.expected_events > 0.0 && spec.reference.expected_events.is_finite()) {
        let found = spec.reference.expected_events;
        return Err(bad(format!("expected_events must be positive and finite, got {found}")));
    }
    let selection = Region::new("selection", &spec.features.selection)
        .map_err(|e| bad(format!("[features] selection: {e}")))?;
    // Where no shape is learnt, every event is there for toys.
    let has_shapes = spec.nuisances.iter().any(|n| !matches!(n, OwnNuisance::Normalisation { .. }));
    let fraction = if has_shapes { spec.reference.taylor_fraction } else { 0.0 };
    let split = Split { seed: run.streams().named("split"), fraction };
    let reference_file = files.read(&spec.reference.file, None)?;
    let data = files.select(
        &spec.data.file,
        &files.read(&spec.data.file, Some(reference_file.schema()))?,
        &selection,
    )?;
    let bins = spec.features.bins;
    let binning = if bins.logarithmic {
        Binning::logarithmic(bins.number, bins.low, bins.high)
    } else {
        Binning::uniform(bins.number, bins.low, bins.high)
    };
    let binning = binning.map_err(|e| bad(format!("[features] bins: {e}")))?;
    let training = split.training(&reference_file)?;
    let learnt = nuisances::learn(&files, &split, &training, &selection, &binning, &run)?;
    let pool =
        EventPool::new(files.select(&spec.reference.file, &split.rest(&reference_file)?, &selection)?);
    drop(reference_file);

    let params = spec.network.params().map_err(bad)?;
    let nplm = params
        .inputs(spec.features.inputs.clone())
        .nuisances(learnt.nuisances)
        .check()
        .map_err(|e| bad(format!("[network] {e}")))?;
    let search = Search { nplm, variable: spec.features.show.clone(), binning };
    let expected = spec.reference.expected_events;
    let n_reference = spec.reference.events.unwrap_or((5.0 * expected) as usize);
    let available = pool.reference().n_events();
    if (n_reference as f64 + expected) > available as f64 {
        return Err(bad(format!(
            "a toy draws {expected} data events and {n_reference} reference events (`events`, five times \
             `expected_events` unless given) without a common event, but of \"{}\" {available} selected events are left \
             for toys",
            spec.reference.file.display()
        )));
    }
    let weighted = |reference: Sample| -> Result<Sample, ExperimentError> {
        Ok(reference.with_weights(Weights::uniform(expected / n_reference as f64, n_reference)?)?)
    };

    let (_, reference) = pool.draw(0, n_reference, &mut run.streams().named("observed").stream())?;
    let auxiliary = nuisances::measured(&spec.nuisances)?;
    let observed = Experiment { reference: weighted(reference)?, data, auxiliary };
    let fit = search.fit(&observed, &run.named("observed"))?;

    let asks = (&spec.data, &spec.reference, &spec.features, &spec.nuisances, &spec.network);
    let mut fingerprint = fingerprint(&asks, context)?;
    for file in files.all() {
        fingerprint = fingerprint.with_input(&file.to_string_lossy(), &sha256_of_file(files.path(file))?);
    }
    let toys = StudyToys::new(context, folder, fingerprint, spec.seed)?;
    let null = toys.run("null", spec.toys.null.of(context.profile), |toy| {
        let n_data = poisson(expected, &mut toy.stream("number of data"))?;
        let (data, reference) = pool.draw(n_data, n_reference, &mut toy.stream("events"))?;
        let auxiliary = Truth::nominal().measure(search.nplm.nuisances(), &mut toy.stream("auxiliary"))?;
        search.toy(&Experiment { reference: weighted(reference)?, data, auxiliary }, toy.seed(), &run)
    })?;
    if toys.is_partial() {
        return Err(ExperimentError::ShardDone);
    }
    report::outcome(spec, context, &search, &Tested { observed, fit, null, shapes: learnt.figures })
}
