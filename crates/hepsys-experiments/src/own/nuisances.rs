//! The nuisance parameters of a search.

use std::path::Path;

use hepsys_core::summary::Figure;
use hepsys_core::{Binning, NuisanceParameter, Region, Sample, Variation};
use hepsys_nn::Run;
use hepsys_nplm::{Auxiliary, Nuisances, TaylorExpansion, TaylorParams};
use hepsys_sim::dibody::MomentumScale;

use super::files::{Files, SimulatedVariation, Split};
use super::spec::OwnNuisance;
use crate::ExperimentError;

/// The most by which a variation may change the number of events before it is taken for a mistake.
const LARGEST_YIELD_RATIO: f64 = 2.0;

/// The nuisance parameters, with what was learnt of their shapes.
pub(super) struct Learnt {
    pub(super) nuisances: Nuisances,
    /// How well each shape was learnt, in the shown variable.
    pub(super) figures: Vec<Figure>,
}

/// Learns shapes from the training part of the reference, and shows them in `shown`.
pub(super) fn learn(
    files: &Files<'_>,
    split: &Split,
    training: &Sample,
    selection: &Region,
    shown: &Binning,
    run: &Run,
) -> Result<Learnt, ExperimentError> {
    let spec = files.spec;
    let mut nuisances = Nuisances::none();
    let mut figures = Vec::new();
    let mut show = |learnt: &TaylorExpansion, variation: &dyn Variation, values: &[f64]| {
        let bins = (spec.features.show.as_str(), shown);
        for value in values {
            let mut figure = learnt.quality(training, variation, selection, bins, *value)?;
            let parameter = variation.nuisance().name();
            figure.name = format!("{}-{parameter}", figure.name);
            figure.caption = format!("{parameter}: {} These events were learnt from.", figure.caption);
            figure.x.unit.clone_from(&spec.features.unit);
            figure.x.is_log = spec.features.bins.logarithmic;
            figures.push(figure);
        }
        Ok::<(), ExperimentError>(())
    };
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
                let sigma = scale.nuisance().sigma().unwrap_or(1.0);
                show(&learnt, &scale, &[-sigma, sigma])?;
                nuisances.shape(scale.nuisance().clone(), learnt)
            }
            OwnNuisance::Files { name, sigma, order, variations, .. } => {
                let parameter = NuisanceParameter::gaussian(name.as_str(), *sigma)?;
                let samples = variations
                    .iter()
                    // As large a part as of the reference, so that yields compare.
                    .map(|v| {
                        let varied = split.training(&files.read(&v.file, Some(training.schema()))?)?;
                        check_yield(&files.path(&v.file), name, &varied, training)?;
                        Ok((v.value, varied))
                    })
                    .collect::<Result<_, ExperimentError>>()?;
                let variation = SimulatedVariation { nuisance: parameter.clone(), samples };
                let values: Vec<f64> = variations.iter().map(|v| v.value / sigma).collect();
                let run = run.named("taylor").named(name);
                let learnt = taylor(*order).values(values).learn(training, &variation, selection, &run)?;
                let simulated: Vec<f64> = variations.iter().map(|v| v.value).collect();
                show(&learnt, &variation, &simulated)?;
                nuisances.shape(parameter, learnt)
            }
        };
    }
    Ok(Learnt { nuisances, figures })
}

/// Refuses a file that cannot have been simulated for the luminosity of the reference.
fn check_yield(
    path: &Path,
    nuisance: &str,
    varied: &Sample,
    reference: &Sample,
) -> Result<(), ExperimentError> {
    let (n_varied, n_reference) = (varied.n_events(), reference.n_events());
    let ratio = n_varied as f64 / n_reference.max(1) as f64;
    if (1.0 / LARGEST_YIELD_RATIO..=LARGEST_YIELD_RATIO).contains(&ratio) {
        return Ok(());
    }
    let problem = format!(
        "a variation of \"{nuisance}\" has {n_varied} events to learn from where the reference has {n_reference}; both have to be \
         simulated for one luminosity, and a yield that changes by more than a factor of {LARGEST_YIELD_RATIO} is none of a Taylor \
         expansion"
    );
    Err(ExperimentError::Spec { path: path.to_owned(), problem })
}

/// What the auxiliary measurements of the data gave.
pub(super) fn measured(nuisances: &[OwnNuisance]) -> Result<Auxiliary, ExperimentError> {
    let mut auxiliary = Auxiliary::nominal();
    // By name: a test's parameters stand in another order than the specification's if the normalisation is not its first.
    for nuisance in nuisances {
        auxiliary = match nuisance {
            OwnNuisance::Normalisation { measured, .. } => auxiliary.measured("normalisation", *measured),
            OwnNuisance::Files { name, measured, .. } => auxiliary.measured(name, *measured),
            OwnNuisance::MomentumScale { barrel, endcap, measured, .. } => {
                let scale = MomentumScale::with_uncertainties(*barrel, *endcap)?;
                auxiliary.measured(scale.nuisance().name(), *measured)
            }
        };
    }
    Ok(auxiliary)
}
