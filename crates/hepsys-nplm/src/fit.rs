use hepsys_core::{Sample, TestStatistic};
use hepsys_nn::burn::tensor::DType;
use hepsys_nn::{Clipped, Device, MlpShape, Run, Standardizer};
use hepsys_stats::minimize::{Bound, BoxLbfgs, ClippedAdam, Minimum, Objective, Status};

use crate::delta;
use crate::events::{self, Events};
use crate::objective::DenseObjective;
use crate::tensor_objective::TensorObjective;
use crate::{Auxiliary, Converged, NplmError, NplmValidParams, Optimizer, Paper, Precision};

/// How many epochs of the paper's mode pass between two reports to the observer.
const EPOCHS_PER_REPORT: usize = 1000;

/// Where one start of the optimiser ended.
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

/// The outcome of a test: the statistic, the best nuisance parameters, and the network that was learnt.
#[derive(Debug, Clone)]
pub struct NplmFit {
    pub(crate) params: NplmValidParams,
    pub(crate) names: Vec<String>,
    pub(crate) shape: MlpShape,
    pub(crate) standardizer: Option<Standardizer>,
    pub(crate) network: Vec<f64>,
    pub(crate) theta_alternative: Vec<f64>,
    pub(crate) theta_reference: Vec<f64>,
    test_statistic: TestStatistic,
    tau: f64,
    delta: f64,
    starts: Vec<StartResult>,
}

impl NplmValidParams {
    /// Tests whether `data` follow the distribution of `reference`:
    /// $t = \tau - \Delta$ with $\tau = -2 \min_{w,\nu} L[f, \nu]$ and $\Delta = -2 \min_\nu L[0, \nu]$
    /// ([D'Agnolo et al. 2021](https://arxiv.org/abs/2111.13633)).
    ///
    /// The weights of the reference sum to the number of events $N(R_0)$ that it expects in the data.
    /// On the CPU the search runs through the dense kernel in the precision of the optimiser, on other devices through
    /// their tensors in single precision. The statistic at its end is computed in double precision in any case.
    ///
    /// # Errors
    ///
    /// If a sample is empty or lacks a feature, if an auxiliary measurement belongs to no nuisance parameter,
    /// if no start comes to a finite loss, or if the run is interrupted.
    pub fn fit(
        &self,
        reference: &Sample,
        data: &Sample,
        auxiliary: &Auxiliary,
        run: &Run,
    ) -> Result<NplmFit, NplmError> {
        if reference.n_events() == 0 || reference.weights().total() <= 0.0 {
            return Err(NplmError::Empty("reference".into()));
        }
        if data.n_events() == 0 {
            return Err(NplmError::Empty("data".into()));
        }
        let names = match &self.inputs {
            Some(names) => names.clone(),
            None => reference.schema().names().map(str::to_owned).collect(),
        };
        let shape = self.shape(names.len())?;
        let standardizer = events::standardizer(self, reference, &names)?;
        let centres = auxiliary.centres(&self.nuisances)?;
        let events = Events::new(self, &names, standardizer.as_ref(), reference, data, &centres)?;

        let delta = delta::minimise(&events);
        let exact = DenseObjective::<f64>::new(shape.clone(), &events)?;
        let search = |objective: &dyn Objective| self.maximise(objective, &shape, &delta.theta, run);
        let mut starts = if *run.device() != Device::flex() {
            search(&TensorObjective::new(shape.clone(), &events, run.device(), DType::F32))?
        } else if self.precision() == Precision::Single {
            search(&DenseObjective::<f32>::new(shape.clone(), &events)?)?
        } else {
            search(&exact)?
        };
        // Where a search ended is where it ended; what the statistic is there is said in double precision.
        let mut gradient = vec![0.0; exact.n_parameters()];
        for start in &mut starts {
            start.value = exact.evaluate(&start.parameters, &mut gradient);
        }
        let best = starts
            .iter()
            .filter(|m| m.value.is_finite())
            .min_by(|a, b| a.value.total_cmp(&b.value))
            .ok_or_else(|| NplmError::NotFinite {
            starts: starts.len(),
            nuisances: delta.theta.iter().zip(self.nuisances.scales()).map(|(t, s)| t * s).collect(),
        })?;
        let tau = -2.0 * best.value;
        let (network, theta) = best.parameters.split_at(shape.n_parameters());
        Ok(NplmFit {
            params: self.clone(),
            test_statistic: TestStatistic::new(tau - delta.delta)?,
            tau,
            delta: delta.delta,
            network: network.to_vec(),
            theta_alternative: theta.to_vec(),
            theta_reference: delta.theta,
            starts: starts
                .iter()
                .map(|m| StartResult {
                    tau: m.value.is_finite().then_some(-2.0 * m.value),
                    n_evaluations: m.n_evaluations,
                    status: m.status,
                })
                .collect(),
            names,
            shape,
            standardizer,
        })
    }

    fn maximise(
        &self,
        objective: &dyn Objective,
        shape: &MlpShape,
        theta: &[f64],
        run: &Run,
    ) -> Result<Vec<Minimum>, NplmError> {
        let bounds = self.bounds(shape);
        let start = |index: usize| -> Vec<f64> {
            let seed = run.streams().named("start").index(index);
            shape.glorot_uniform(seed).into_iter().chain(theta.iter().copied()).collect()
        };
        match self.optimizer {
            Optimizer::Converged(c) => converge(c, objective, &bounds, start, run),
            Optimizer::Paper(p) => follow(p, objective, &bounds, &start(0), run),
        }
    }

    fn precision(&self) -> Precision {
        match self.optimizer {
            Optimizer::Converged(c) => c.precision,
            Optimizer::Paper(p) => p.precision,
        }
    }

    /// The box of the weight clip; nuisance parameters are free.
    fn bounds(&self, shape: &MlpShape) -> Vec<Bound> {
        let mut bounds = vec![Bound::FREE; shape.n_parameters() + self.nuisances.len()];
        if let Some(clip) = self.weight_clip {
            for layer in shape.layers() {
                bounds[layer.weights..layer.biases].fill(Bound::symmetric(clip.bound()));
                if clip.clipped() == Clipped::KernelsAndBiases {
                    bounds[layer.biases..layer.biases + layer.n_outputs].fill(Bound::symmetric(clip.bound()));
                }
            }
        }
        bounds
    }
}

fn converge(
    params: Converged,
    objective: &dyn Objective,
    bounds: &[Bound],
    start: impl Fn(usize) -> Vec<f64>,
    run: &Run,
) -> Result<Vec<Minimum>, NplmError> {
    let minimizer = BoxLbfgs {
        decrease_tolerance: params.tolerance,
        max_evaluations: params.max_evaluations,
        ..BoxLbfgs::default()
    };
    run.observer().started("starts", params.starts as u64);
    let minima = (0..params.starts)
        .map(|index| {
            if run.interrupt().is_requested() {
                return Err(NplmError::Interrupted);
            }
            let minimum = minimizer.minimize(objective, bounds, &start(index));
            let message = format!("tau = {:.3}", -2.0 * minimum.value);
            run.observer().advanced("starts", index as u64 + 1, &message);
            Ok(minimum)
        })
        .collect();
    run.observer().finished("starts");
    minima
}

fn follow(
    params: Paper,
    objective: &dyn Objective,
    bounds: &[Bound],
    start: &[f64],
    run: &Run,
) -> Result<Vec<Minimum>, NplmError> {
    run.observer().started("epochs", params.epochs as u64);
    let adam = ClippedAdam { learning_rate: params.learning_rate, steps: params.epochs };
    let minimum = adam.minimize(objective, bounds, start, |epoch, loss| {
        if epoch % EPOCHS_PER_REPORT == 0 {
            run.observer().advanced("epochs", epoch as u64, &format!("tau = {:.3}", -2.0 * loss));
        }
        !run.interrupt().is_requested()
    });
    run.observer().finished("epochs");
    if run.interrupt().is_requested() {
        return Err(NplmError::Interrupted);
    }
    Ok(vec![minimum])
}

impl NplmFit {
    /// The test statistic $t = \tau - \Delta$.
    #[must_use]
    pub fn test_statistic(&self) -> TestStatistic {
        self.test_statistic
    }

    /// $\tau$: how much better the learnt alternative describes the data than the nominal reference.
    #[must_use]
    pub fn tau(&self) -> f64 {
        self.tau
    }

    /// $\Delta$: how much better the reference does with its best nuisance parameters.
    #[must_use]
    pub fn delta(&self) -> f64 {
        self.delta
    }

    /// $|w|$, the number of parameters of the network: the degrees of freedom of the target $\chi^2$.
    #[must_use]
    pub fn degrees_of_freedom(&self) -> usize {
        self.shape.n_parameters()
    }

    /// The best nuisance parameters of the alternative, $\hat\nu$ of τ, by name.
    pub fn nuisances_of_the_alternative(&self) -> impl Iterator<Item = (&str, f64)> {
        self.named(&self.theta_alternative)
    }

    /// The best nuisance parameters of the reference, $\hat\nu$ of Δ, by name.
    pub fn nuisances_of_the_reference(&self) -> impl Iterator<Item = (&str, f64)> {
        self.named(&self.theta_reference)
    }

    /// The parameters of the network, in the order of [`MlpShape`].
    #[must_use]
    pub fn network(&self) -> &[f64] {
        &self.network
    }

    /// Where each start of the optimiser ended.
    #[must_use]
    pub fn starts(&self) -> &[StartResult] {
        &self.starts
    }

    fn named<'a>(&'a self, theta: &'a [f64]) -> impl Iterator<Item = (&'a str, f64)> {
        self.params.nuisances.parameters().zip(theta).map(|(p, t)| (p.name(), t * p.sigma().unwrap_or(1.0)))
    }
}
