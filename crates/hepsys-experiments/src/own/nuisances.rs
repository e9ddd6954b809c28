//! The nuisance parameters of a search.

use hepsys_core::{NuisanceParameter, Region, Sample, Variation};
use hepsys_nn::Run;
use hepsys_nplm::{Auxiliary, Nuisances, TaylorParams};
use hepsys_sim::dibody::MomentumScale;

use super::files::{Files, SimulatedVariation, Split};
use super::spec::OwnNuisance;
use crate::ExperimentError;

/// The nuisance parameters, with the shapes learnt from the training part of the reference.
pub(super) fn learn(
    files: &Files<'_>,
    split: &Split,
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
                    // As large a part as of the reference, so that yields compare.
                    .map(|v| Ok((v.value, split.training(&files.read(&v.file, Some(training.schema()))?)?)))
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
