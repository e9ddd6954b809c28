//! The training of the papers: Adam with clipping, for a fixed number of epochs.

use hepsys_nn::burn::tensor::DType;
use hepsys_nn::{Device, Run};
use hepsys_stats::minimize::{Bound, ClippedAdam, Minimum, Objective};

use crate::events::Events;
use crate::fit::Prepared;
use crate::search::{Found, Search, start};
use crate::tensor_objective::TensorObjective;
use crate::{NplmError, NplmValidParams, Paper, Precision, TrainingPoint};

/// How many points of a training are kept and reported, at least.
const POINTS: usize = 100;

/// How many epochs pass between two of them, at most.
const EPOCHS_PER_POINT: usize = 1000;

/// Trains from `start` on.
pub(crate) fn train(
    params: Paper,
    objective: &dyn Objective,
    bounds: &[Bound],
    start: &[f64],
    run: &Run,
) -> Result<(Minimum, Vec<TrainingPoint>), NplmError> {
    let mut training = Vec::new();
    let interval = (params.epochs / POINTS).clamp(1, EPOCHS_PER_POINT);
    run.observer().started("epochs", params.epochs as u64);
    let adam = ClippedAdam { learning_rate: params.learning_rate, steps: params.epochs };
    let minimum = adam.minimize(objective, bounds, start, |epoch, loss| {
        if epoch % interval == 0 {
            let tau = -2.0 * loss;
            training.push(TrainingPoint { epoch, tau });
            run.observer().advanced("epochs", epoch as u64, &format!("tau = {tau:.3}"));
        }
        !run.interrupt().is_requested()
    });
    run.observer().finished("epochs");
    if run.interrupt().is_requested() {
        return Err(NplmError::Interrupted);
    }
    Ok((minimum, training))
}

/// Trains the networks of several experiments in one tensor: steps of Adam touch every parameter alone.
pub(crate) fn follow_together(
    params: &NplmValidParams,
    paper: Paper,
    prepared: &[Prepared],
    run: &Run,
) -> Result<Vec<Found>, NplmError> {
    let searches: Vec<Search<'_>> =
        prepared.iter().map(|p| Search::new(params, p, run)).collect::<Result<_, _>>()?;
    let events: Vec<&Events> = prepared.iter().map(|p| &p.events).collect();
    // As in `on_device`: other devices may lack double precision.
    let dtype = match paper.precision {
        Precision::Double if *run.device() == Device::flex() => DType::F64,
        _ => DType::F32,
    };
    let objective = TensorObjective::together(prepared[0].shape.clone(), &events, run.device(), dtype);
    let bounds: Vec<Bound> = searches.iter().flat_map(|search| search.bounds.clone()).collect();
    let starts: Vec<f64> =
        prepared.iter().enumerate().flat_map(|(i, p)| start(p, 0, &run.index(i))).collect();
    let (all, _) = train(paper, &objective, &bounds, &starts, run)?;
    let n = bounds.len() / prepared.len();
    let own = |parameters: &[f64]| {
        let mut own = all.clone();
        own.parameters = parameters.to_vec();
        own
    };
    searches
        .iter()
        .zip(all.parameters.chunks(n))
        .map(|(search, p)| search.trained(own(p), Vec::new()))
        .collect()
}
