//! A search in a user's own files: what `cargo xtask study my.toml` runs.

mod files;
mod spec;

use std::path::Path;

use hepsys_core::summary::{Axis, Summary};
use hepsys_core::{Binning, CoreError, NuisanceParameter, Region, Sample, Variation, Weights};
use hepsys_io::sha256_of_file;
use hepsys_nn::Run;
use hepsys_nplm::{Auxiliary, Nuisances, TaylorParams};
use hepsys_report::{JudgedQuantity, StudyRecord};
use hepsys_sim::dibody::MomentumScale;
use hepsys_stats::{
    ChiSquared, EventPool, Fingerprint, KolmogorovSmirnov, NullDistribution, PValue, poisson,
};

use crate::figures::{learnt, t_distribution};
use crate::search::{Search, TestEvents, draw_auxiliary};
use crate::study::Outcome;
use crate::toys::StudyToys;
use crate::{Context, ExperimentError};
use files::{Files, SimulatedVariation};
use spec::OwnNuisance;
pub use spec::OwnSpec;

fn part(sample: &Sample, fraction: std::ops::Range<f64>) -> Result<Sample, CoreError> {
    let at = |f: f64| (sample.n_events() as f64 * f) as usize;
    sample.take(&(at(fraction.start)..at(fraction.end)).collect::<Vec<_>>())
}

/// The nuisance parameters, with the shapes learnt from the training part of the reference.
fn learn(
    files: &Files<'_>,
    training: &Sample,
    selection: &Region,
    run: &Run,
) -> Result<Nuisances, ExperimentError> {
    let spec = files.spec;
    let mut nuisances = Nuisances::none();
    for nuisance in &spec.nuisances {
        let taylor = |order: usize| TaylorParams::new().order(order).inputs(spec.features.inputs.clone());
        nuisances = match nuisance {
            OwnNuisance::Normalisation { sigma, .. } => {
                nuisances.normalisation(NuisanceParameter::gaussian("normalisation", *sigma)?)
            }
            OwnNuisance::MomentumScale { barrel, endcap, order, .. } => {
                let scale = MomentumScale::with_uncertainties(*barrel, *endcap)?;
                let run = run.named("taylor").named(scale.nuisance().name());
                let learnt = taylor(*order).learn(training, &scale, selection, &run)?;
                nuisances.shape(scale.nuisance().clone(), learnt)
            }
            OwnNuisance::Files { name, sigma, order, variations, .. } => {
                let parameter = NuisanceParameter::gaussian(name.as_str(), *sigma)?;
                let samples = variations
                    .iter()
                    // The same part as of the reference, so that yields compare.
                    .map(|v| Ok((v.value, part(&files.read(&v.file)?, 0.0..spec.reference.taylor_fraction)?)))
                    .collect::<Result<_, ExperimentError>>()?;
                let variation = SimulatedVariation { nuisance: parameter.clone(), samples };
                let values: Vec<f64> = variations.iter().map(|v| v.value / sigma).collect();
                let run = run.named("taylor").named(name);
                let learnt = taylor(*order).values(values).learn(training, &variation, selection, &run)?;
                nuisances.shape(parameter, learnt)
            }
        };
    }
    Ok(nuisances)
}

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
    let selection = Region::new("selection", &spec.features.selection)?;
    let reference_file = files.read(&spec.reference.file)?;
    let data = files.read(&spec.data.file)?.select(&selection)?;
    // Where no shape is learnt, every event is there for toys.
    let has_shapes = spec.nuisances.iter().any(|n| !matches!(n, OwnNuisance::Normalisation { .. }));
    let fraction = if has_shapes { spec.reference.taylor_fraction } else { 0.0 };
    let nuisances = learn(&files, &part(&reference_file, 0.0..fraction)?, &selection, &run)?;
    let pool = EventPool::new(part(&reference_file, fraction..1.0)?.select(&selection)?);
    drop(reference_file);

    let nplm = spec
        .network
        .params()
        .map_err(bad)?
        .inputs(spec.features.inputs.clone())
        .nuisances(nuisances)
        .check()?;
    let bins = spec.features.bins;
    let binning = if bins.logarithmic {
        Binning::logarithmic(bins.number, bins.low, bins.high)?
    } else {
        Binning::uniform(bins.number, bins.low, bins.high)?
    };
    let search = Search { nplm, variable: spec.features.show.clone(), binning };
    let expected = spec.reference.expected_events;
    let n_reference = spec.reference.events.unwrap_or((5.0 * expected) as usize);
    let weighted = |reference: Sample| -> Result<Sample, ExperimentError> {
        Ok(reference.with_weights(Weights::uniform(expected / n_reference as f64, n_reference)?)?)
    };

    let (_, reference) = pool.draw(0, n_reference, &mut run.streams().named("observed").stream())?;
    let parameters: Vec<NuisanceParameter> = search.nplm.nuisances().parameters().cloned().collect();
    // A test's parameters stand in another order than the specification's if the normalisation is not its first.
    let auxiliary = spec.nuisances.iter().fold(Auxiliary::nominal(), |auxiliary, nuisance| match nuisance {
        OwnNuisance::Normalisation { .. } => auxiliary.measured("normalisation", nuisance.measured()),
        OwnNuisance::Files { name, .. } => auxiliary.measured(name, nuisance.measured()),
        OwnNuisance::MomentumScale { barrel, endcap, .. } => {
            match MomentumScale::with_uncertainties(*barrel, *endcap) {
                Ok(scale) => auxiliary.measured(scale.nuisance().name(), nuisance.measured()),
                Err(_) => auxiliary,
            }
        }
    });
    let observed = TestEvents { reference: weighted(reference)?, data, auxiliary };
    let fit = search.fit(&observed, &run.named("observed"))?;

    let mut fingerprint = Fingerprint::of(&(spec, context.device_name.as_str(), env!("CARGO_PKG_VERSION")))?;
    for file in files.all() {
        fingerprint = fingerprint.with_input(&file.to_string_lossy(), &sha256_of_file(files.path(file))?);
    }
    let toys = StudyToys::new(context, &folder.join("toys"), fingerprint, run.streams())?;
    let null = toys.run("null", spec.toys.null.of(context.profile), |toy| {
        let n_data = poisson(expected, &mut toy.stream("number of data"))?;
        let (data, reference) = pool.draw(n_data, n_reference, &mut toy.stream("events"))?;
        let auxiliary = draw_auxiliary(parameters.iter().map(|p| (p, 0.0)), &mut toy.stream("auxiliary"));
        search.toy(&TestEvents { reference: weighted(reference)?, data, auxiliary }, toy.seed(), &run)
    })?;
    if toys.is_partial() {
        return Err(ExperimentError::ShardDone);
    }

    let dof = fit.degrees_of_freedom();
    let chi_squared = ChiSquared::new(dof as f64)?;
    let t_null: Vec<f64> = null.iter().map(|r| r.t).collect();
    let asymptotic = NullDistribution::chi_squared(dof as f64)?.p_value(fit.test_statistic());
    let empirical = NullDistribution::empirical(t_null.clone())?.p_value(fit.test_statistic());
    let ks = KolmogorovSmirnov::one_sample(&t_null, |t| chi_squared.cdf(t))?;
    let unit = spec.features.unit.as_str();
    let mut axis = Axis::new(&spec.features.show, unit).range(bins.low, bins.high);
    axis.is_log = bins.logarithmic;
    let in_words = |p: &PValue| format!("p = {p}, Z = {:.2}", p.significance());
    let summary = Summary::new(&spec.title)
        .text(&spec.about)
        .text(format!(
            "The data have {} selected events where the reference expects {expected}. t = {:.2}: {} from the χ² with {dof} \
             degrees of freedom, {} from {} toys of the reference. The χ² may be used where the toys follow it: KS p = {:.3}.",
            observed.data.n_events(),
            fit.test_statistic().value(),
            in_words(&asymptotic),
            in_words(&empirical),
            null.len(),
            ks.p_value().value(),
        ))
        .figure(t_distribution(
            "t-distribution",
            "The test statistic of toys of the reference (points), the target χ², and the data.",
            dof,
            &t_null,
            &[],
            Some(fit.test_statistic().value()),
        )?)
        .figure(learnt(
            &search,
            &observed,
            &fit,
            "The data, the reference with its best nuisance parameters, and what the network learnt.",
            axis,
        )?)
        .section(fit.summary());
    let mut record = StudyRecord::new(
        &spec.study,
        context.profile.name(),
        context.seed.unwrap_or(spec.seed),
        env!("CARGO_PKG_VERSION"),
    );
    for (name, unit, value) in [
        ("t", "1", fit.test_statistic().value()),
        ("τ", "1", fit.tau()),
        ("Δ", "1", fit.delta()),
        ("p from χ²", "1", asymptotic.value()),
        ("Z from χ²", "σ", asymptotic.significance().value()),
        ("p from toys", "1", empirical.value()),
        ("KS p-value of toys against χ²", "1", ks.p_value().value()),
        ("toys", "1", null.len() as f64),
        ("data events", "events", observed.data.n_events() as f64),
    ] {
        record.quantities.push(JudgedQuantity::reported(name, unit, value));
    }
    Ok(Outcome { title: spec.title.clone(), paper: String::new(), summary, record })
}
