//! The search for the maximum: many starts, a few finalists, and Newton's method at the end.

use hepsys_nn::burn::tensor::DType;
use hepsys_nn::{Device, Run};
use hepsys_stats::minimize::{Bound, BoxLbfgs, BoxNewton, Minimum, Objective, Status};

use crate::fit::Prepared;
use crate::objective::{DenseObjective, NewtonObjective};
use crate::paper::train;
use crate::tensor_objective::TensorObjective;
use crate::{Converged, NplmError, NplmValidParams, Optimizer, Paper, Precision, TrainingPoint};

/// What rounding makes of a loss in single precision, relative to it: parameters are rounded as well as events.
const SINGLE_ROUNDING: f64 = 1e-6;

/// The gain of a step, relative to the loss, down to which a finalist goes on in single precision: below it, rounding decides.
const SINGLE_TOLERANCE: f64 = 3e-7;

/// The gain of a step, relative to the loss, at which quasi-Newton steps of a finalist end; the rest is left to Newton's.
const FINAL_TOLERANCE: f64 = 1e-8;

/// The distance to the minimum, in units of the loss, at which Newton's method ends: parameters are then where they should be to
/// a few millionths of what they would be uncertain by.
const FINAL_DISTANCE: f64 = 1e-11;

/// How many parameters the Hessian may have: beyond, it costs more than all else.
const MOST_CERTIFIED: usize = 1000;

/// Where one start of the optimiser ended; of the converged mode, before the finalists go on.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct StartResult {
    /// The value of τ it came to; `None` where the loss is not finite.
    pub tau: Option<f64>,
    /// How often the objective was evaluated.
    pub n_evaluations: usize,
    /// Why it ended.
    pub status: Status,
}

/// What Newton's method, with the exact Hessian, found at the end of the best start.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct Certificate {
    /// [`Status::SmallGradient`] where the Hessian of the parameters that can move is positive definite, and what is left to gain is
    /// below 1e-11: a minimum, as far as a Hessian shows whose events are in single precision. Anything else says that the search
    /// ended in a flat valley.
    pub status: Status,
    /// What the quadratic model has left to gain, in units of the loss; `None` where the Hessian is not positive definite.
    pub distance: Option<f64>,
    /// How many Hessians were computed.
    pub n_hessians: usize,
    /// How much τ rose from where the starts ended, by the finalists' and by Newton's steps.
    pub gain: f64,
}

/// What a search found.
pub(crate) struct Found {
    /// With its value in double precision.
    pub(crate) best: Minimum,
    pub(crate) starts: Vec<StartResult>,
    /// Of all starts and finalists.
    pub(crate) n_evaluations: usize,
    pub(crate) certificate: Option<Certificate>,
    pub(crate) training: Vec<TrainingPoint>,
}

/// The maximum that is searched for, and from where.
pub(crate) struct Search<'a> {
    params: &'a NplmValidParams,
    prepared: &'a Prepared,
    pub(crate) bounds: Vec<Bound>,
    double: DenseObjective<f64>,
    run: &'a Run,
}

impl<'a> Search<'a> {
    pub(crate) fn new(
        params: &'a NplmValidParams,
        prepared: &'a Prepared,
        run: &'a Run,
    ) -> Result<Self, NplmError> {
        let double = DenseObjective::<f64>::new(prepared.shape.clone(), &prepared.events)?;
        Ok(Self { params, prepared, bounds: params.bounds(&prepared.shape), double, run })
    }

    /// Searches on the device of the run; what a minimum is worth is said in double precision.
    pub(crate) fn maximise(&self) -> Result<Found, NplmError> {
        match self.params.optimizer {
            Optimizer::Converged(converged) => self.converge(converged),
            Optimizer::Paper(paper) => {
                let (end, training) = self.follow(paper)?;
                self.trained(end, training)
            }
        }
    }

    /// Calls `work` with the objective of this precision on the device of the run.
    fn on_device<R>(
        &self,
        precision: Precision,
        work: impl FnOnce(&dyn Objective) -> Result<R, NplmError>,
    ) -> Result<R, NplmError> {
        if *self.run.device() != Device::flex() {
            return work(&TensorObjective::new(
                self.prepared.shape.clone(),
                &self.prepared.events,
                self.run.device(),
                DType::F32,
            ));
        }
        match precision {
            Precision::Single => {
                work(&DenseObjective::<f32>::new(self.prepared.shape.clone(), &self.prepared.events)?)
            }
            Precision::Double => work(&self.double),
        }
    }

    fn start(&self, index: usize) -> Vec<f64> {
        start(self.prepared, index, self.run)
    }

    /// The minimum with its value in double precision.
    fn in_double(&self, mut minimum: Minimum) -> Minimum {
        minimum.value = self.double.evaluate(&minimum.parameters, &mut vec![0.0; self.bounds.len()]);
        minimum
    }

    fn not_finite(&self, starts: usize) -> NplmError {
        let scales = self.params.nuisances.scales();
        let nuisances = self.prepared.delta.theta.iter().zip(scales).map(|(t, s)| t * s).collect();
        NplmError::NotFinite { starts, nuisances }
    }

    fn converge(&self, params: Converged) -> Result<Found, NplmError> {
        let is_double = params.precision == Precision::Double && *self.run.device() == Device::flex();
        let coarse = BoxLbfgs {
            decrease_tolerance: params.tolerance,
            rounding: if is_double { 0.0 } else { SINGLE_ROUNDING },
            max_evaluations: params.max_evaluations,
            ..BoxLbfgs::default()
        };
        let mut minima = self.on_device(params.precision, |objective| {
            self.run.observer().started("starts", params.starts as u64);
            let minima: Result<Vec<Minimum>, NplmError> = (0..params.starts)
                .map(|index| {
                    if self.run.interrupt().is_requested() {
                        return Err(NplmError::Interrupted);
                    }
                    let minimum =
                        self.in_double(coarse.minimize(objective, &self.bounds, &self.start(index)));
                    let message = format!("tau = {:.3}", -2.0 * minimum.value);
                    self.run.observer().advanced("starts", index as u64 + 1, &message);
                    Ok(minimum)
                })
                .collect();
            self.run.observer().finished("starts");
            minima
        })?;
        let starts: Vec<StartResult> = minima.iter().map(result).collect();
        let mut n_evaluations = starts.iter().map(|start| start.n_evaluations).sum();
        minima.retain(|minimum| minimum.value.is_finite());
        minima.sort_by(|a, b| a.value.total_cmp(&b.value));
        let found = minima.first().map_or(f64::NAN, |best| best.value);
        let single = DenseObjective::<f32>::new(self.prepared.shape.clone(), &self.prepared.events)?;
        let finalists = minima
            .into_iter()
            .take(params.finalists)
            .map(|minimum| self.refine(minimum, coarse, (!is_double).then_some(&single)))
            .inspect(|minimum| n_evaluations += minimum.n_evaluations);
        let Some(mut best) = finalists.min_by(|a, b| a.value.total_cmp(&b.value)) else {
            return Err(self.not_finite(params.starts));
        };
        let certificate = match params.newton_steps {
            0 => None,
            _ if self.bounds.len() > MOST_CERTIFIED => None,
            steps => Some(self.certify(steps, &single, found, &mut best)),
        };
        Ok(Found { best, starts, n_evaluations, certificate, training: Vec::new() })
    }

    /// Goes on from where a start ended, in single precision as far as that leads, then in double precision.
    fn refine(&self, start: Minimum, coarse: BoxLbfgs, single: Option<&DenseObjective<f32>>) -> Minimum {
        let (mut from, mut n_evaluations) = (start.parameters, 0);
        if let Some(single) = single {
            let finer = BoxLbfgs { decrease_tolerance: SINGLE_TOLERANCE, ..coarse };
            let end = finer.minimize(single, &self.bounds, &from);
            (from, n_evaluations) = (end.parameters, end.n_evaluations);
        }
        let finest = BoxLbfgs { decrease_tolerance: FINAL_TOLERANCE, rounding: 0.0, ..coarse };
        let mut end = finest.minimize(&self.double, &self.bounds, &from);
        end.n_evaluations += n_evaluations;
        end
    }

    /// Goes on from the best point with Newton's method; the starts `found` a loss.
    fn certify(
        &self,
        max_steps: usize,
        single: &DenseObjective<f32>,
        found: f64,
        best: &mut Minimum,
    ) -> Certificate {
        let newton = BoxNewton { edm_tolerance: FINAL_DISTANCE, max_steps };
        let objective = NewtonObjective { exact: &self.double, single };
        let is_fixed = vec![false; self.bounds.len()];
        let end = newton.minimize(&objective, &self.bounds, &is_fixed, &best.parameters);
        if end.value < best.value {
            (best.value, best.parameters) = (end.value, end.parameters);
        }
        Certificate {
            status: end.status,
            distance: end.edm.is_finite().then_some(end.edm),
            n_hessians: end.n_steps,
            gain: 2.0 * (found - best.value),
        }
    }

    /// The end of the papers' training.
    pub(crate) fn trained(&self, minimum: Minimum, training: Vec<TrainingPoint>) -> Result<Found, NplmError> {
        let best = self.in_double(minimum);
        if best.status == Status::NotFinite || !best.value.is_finite() {
            return Err(self.not_finite(1));
        }
        let n_evaluations = best.n_evaluations;
        Ok(Found { starts: vec![result(&best)], best, n_evaluations, certificate: None, training })
    }

    fn follow(&self, params: Paper) -> Result<(Minimum, Vec<TrainingPoint>), NplmError> {
        self.on_device(params.precision, |objective| {
            train(params, objective, &self.bounds, &self.start(0), self.run)
        })
    }
}

/// The network that start `index` begins with, and the best nuisance parameters of the reference alone.
pub(crate) fn start(prepared: &Prepared, index: usize, run: &Run) -> Vec<f64> {
    let seed = run.streams().named("start").index(index);
    prepared.shape.glorot_uniform(seed).into_iter().chain(prepared.delta.theta.iter().copied()).collect()
}

fn result(minimum: &Minimum) -> StartResult {
    StartResult {
        tau: minimum.value.is_finite().then_some(-2.0 * minimum.value),
        n_evaluations: minimum.n_evaluations,
        status: minimum.status,
    }
}
