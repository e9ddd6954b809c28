use hepsys_core::{Sample, TestStatistic};
use hepsys_nn::{Clipped, MlpShape, Run, Standardizer};
use hepsys_stats::minimize::{Bound, Status};

use crate::delta::{self, DeltaFit};
use crate::events::{self, Events};
use crate::fitted_nuisances::FittedNuisances;
use crate::paper;
use crate::search::{Certificate, Found, Search, StartResult};
use crate::{Auxiliary, Experiment, NplmError, NplmValidParams, Optimizer, TrainingPoint};

/// The outcome of a test: the statistic, the best nuisance parameters, and the network that was learnt.
#[derive(Debug, Clone)]
pub struct NplmFit {
    pub(crate) names: Vec<String>,
    pub(crate) shape: MlpShape,
    pub(crate) standardizer: Option<Standardizer>,
    pub(crate) network: Vec<f64>,
    pub(crate) nuisances: FittedNuisances,
    test_statistic: TestStatistic,
    tau: f64,
    delta: f64,
    starts: Vec<StartResult>,
    n_evaluations: usize,
    certificate: Option<Certificate>,
    training: Vec<TrainingPoint>,
    has_converged: bool,
}

/// One experiment as the search sees it.
pub(crate) struct Prepared {
    names: Vec<String>,
    pub(crate) shape: MlpShape,
    standardizer: Option<Standardizer>,
    pub(crate) events: Events,
    pub(crate) delta: DeltaFit,
}

impl Prepared {
    fn new(
        params: &NplmValidParams,
        reference: &Sample,
        data: &Sample,
        auxiliary: &Auxiliary,
    ) -> Result<Self, NplmError> {
        if reference.n_events() == 0 || reference.weights().total() <= 0.0 {
            return Err(NplmError::Empty("reference".into()));
        }
        if data.n_events() == 0 {
            return Err(NplmError::Empty("data".into()));
        }
        let names = match &params.inputs {
            Some(names) => names.clone(),
            None => reference.schema().names().map(str::to_owned).collect(),
        };
        let shape = params.shape(names.len())?;
        let standardizer = events::standardizer(params.scaling, reference, &names)?;
        let centres = auxiliary.centres(&params.nuisances)?;
        let events =
            Events::new(&params.nuisances, &names, standardizer.as_ref(), reference, data, &centres)?;
        let delta = delta::minimise(&events);
        Ok(Self { names, shape, standardizer, events, delta })
    }

    fn finish(self, params: &NplmValidParams, found: Found) -> Result<NplmFit, NplmError> {
        let Found { best, starts, n_evaluations, certificate, training } = found;
        // A training of the papers ends after its epochs.
        let is_trained = matches!(params.optimizer, Optimizer::Paper(_));
        let is_certified = certificate.is_some_and(|c| c.status == Status::SmallGradient);
        let has_converged = is_trained || is_certified || best.status.is_converged();
        let Self { names, shape, standardizer, delta, .. } = self;
        let tau = -2.0 * best.value;
        let (network, theta) = best.parameters.split_at(shape.n_parameters());
        Ok(NplmFit {
            test_statistic: TestStatistic::new(tau - delta.delta)?,
            tau,
            delta: delta.delta,
            network: network.to_vec(),
            nuisances: FittedNuisances {
                nuisances: params.nuisances.clone(),
                alternative: theta.to_vec(),
                reference: delta.theta,
            },
            starts,
            n_evaluations,
            certificate,
            training,
            has_converged,
            names,
            shape,
            standardizer,
        })
    }
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
        let prepared = Prepared::new(self, reference, data, auxiliary)?;
        let found = Search::new(self, &prepared, run)?.maximise()?;
        prepared.finish(self, found)
    }

    /// Tests many experiments at once: their networks are trained side by side in one tensor on the device of the run.
    ///
    /// Each step costs a GPU little more for many toys than for one. The mode is that of the papers; experiment *i* takes the
    /// stream `index(i)` of the run, and ends where [`fit`](Self::fit) with the run `run.index(i)` on a device does, but for
    /// rounding.
    ///
    /// # Errors
    ///
    /// [`NplmError::BadParameter`] in the converged mode, whose searches do not keep step, or without experiments; and as
    /// [`fit`](Self::fit).
    pub fn fit_together(&self, experiments: &[Experiment], run: &Run) -> Result<Vec<NplmFit>, NplmError> {
        let Optimizer::Paper(paper) = self.optimizer else {
            return Err(NplmError::BadParameter {
                name: "the optimizer of experiments in one tensor".into(),
                expected: "that of the papers, whose steps all networks take together".into(),
                value: "Converged".into(),
            });
        };
        if experiments.is_empty() {
            return Err(NplmError::Empty("list of experiments".into()));
        }
        let prepared: Vec<Prepared> = experiments
            .iter()
            .map(|e| Prepared::new(self, &e.reference, &e.data, &e.auxiliary))
            .collect::<Result<_, _>>()?;
        let found = paper::follow_together(self, paper, &prepared, run)?;
        prepared.into_iter().zip(found).map(|(prepared, found)| prepared.finish(self, found)).collect()
    }

    /// The box of the weight clip; nuisance parameters are free.
    pub(crate) fn bounds(&self, shape: &MlpShape) -> Vec<Bound> {
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
        self.nuisances.of_the_alternative()
    }

    /// The best nuisance parameters of the reference, $\hat\nu$ of Δ, by name.
    pub fn nuisances_of_the_reference(&self) -> impl Iterator<Item = (&str, f64)> {
        self.nuisances.of_the_reference()
    }

    /// The parameters of the network, in the order of [`MlpShape`].
    #[must_use]
    pub fn network(&self) -> &[f64] {
        &self.network
    }

    /// How often the loss and its gradient were evaluated for τ, on all events; Hessians are counted by the
    /// [`Certificate`].
    #[must_use]
    pub fn n_evaluations(&self) -> usize {
        self.n_evaluations
    }

    /// What second derivatives say of the maximum that was found; only the converged mode asks them.
    #[must_use]
    pub fn certificate(&self) -> Option<&Certificate> {
        self.certificate.as_ref()
    }

    /// Whether the search for τ came to a minimum of the loss: the best finalist gained no more, or Newton's method ended. A training
    /// of the papers has come to its end after its epochs.
    #[must_use]
    pub fn has_converged(&self) -> bool {
        self.has_converged
    }

    /// How τ rose in the training of the papers, every thousand epochs or every hundredth of fewer; empty in the converged mode, and for experiments that were
    /// trained in one tensor.
    #[must_use]
    pub fn training(&self) -> &[TrainingPoint] {
        &self.training
    }

    /// Where each start of the optimiser ended.
    #[must_use]
    pub fn starts(&self) -> &[StartResult] {
        &self.starts
    }
}
