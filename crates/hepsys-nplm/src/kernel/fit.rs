use hepsys_core::{Binning, Sample, TestStatistic};
use hepsys_nn::{Run, Standardizer};
use hepsys_stats::minimize::Status;

use super::gram::Gram;
use super::logistic::Logistic;
use super::newton::NewtonCg;
use super::preconditioner::Whitening;
use super::{KernelValidParams, centres, suggest};
use crate::delta;
use crate::events::{self, Events};
use crate::fitted_nuisances::FittedNuisances;
use crate::{Auxiliary, NplmError, Reconstruction};

/// How the search for the coefficients went.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct Convergence {
    /// Why it ended.
    pub status: Status,
    /// The gradient of the loss at its end, in standard deviations of the parameters as the preconditioner has them.
    pub gradient_norm: f64,
    /// How many Newton steps it took.
    pub n_newton: usize,
    /// How many conjugate gradients these took together, each of which walks through the kernel matrix once.
    pub n_conjugate: usize,
}

impl Convergence {
    /// Whether the gradient came below the tolerance.
    #[must_use]
    pub fn is_converged(&self) -> bool {
        self.status == Status::SmallGradient
    }
}

/// The outcome of a kernel test: the statistic, the best nuisance parameters, and the alternative that was learnt.
#[derive(Debug, Clone)]
pub struct KernelFit {
    pub(super) nuisances: FittedNuisances,
    names: Vec<String>,
    standardizer: Option<Standardizer>,
    /// `[n_features][n_centres]`, scaled.
    centres: Vec<Vec<f64>>,
    coefficients: Vec<f64>,
    shrinkage: f64,
    width: f64,
    penalty: f64,
    test_statistic: TestStatistic,
    tau: f64,
    delta: f64,
    convergence: Convergence,
}

impl KernelValidParams {
    /// Tests whether `data` follow the distribution of `reference`: $t = \tau - \Delta$, with $\tau = -2 \min_{0 \le s \le 1, \nu} L[s \hat f, \nu]$,
    /// $\Delta = -2 \min_\nu L[0, \nu]$ and the extended likelihood $L$ of [`Nplm`](crate::Nplm).
    ///
    /// $\hat f$ is learnt together with ν, from the logistic loss of $F = f(x) + \log \hat r(x; \nu)$,
    ///
    /// $$ \sum_{x \in \mathcal R} w_x \ln(1 + e^F) + \sum_{x \in \mathcal D} \ln(1 + e^{-F}) + N \lambda\\, \alpha^T K \alpha + \frac12 \sum_j \frac{(\nu_j - \nu_{0j})^2 - \nu_{0j}^2}{2\sigma_j^2} , $$
    ///
    /// where $N$ is the number of events of both samples, whatever their weights.
    ///
    /// The weights of the reference sum to the number of events that it expects in the data.
    /// Centres are drawn from the stream `named("centres")` of the run.
    /// The fit runs on the CPU in double precision, whatever the device of the run.
    ///
    /// # Errors
    ///
    /// If a sample is empty or lacks a feature, if a weight is negative or an input not finite, if there are more centres than
    /// events, if an auxiliary measurement belongs to no nuisance parameter, if the loss is not finite, or if the run is interrupted.
    pub fn fit(
        &self,
        reference: &Sample,
        data: &Sample,
        auxiliary: &Auxiliary,
        run: &Run,
    ) -> Result<KernelFit, NplmError> {
        check(reference, data)?;
        let names = match &self.inputs {
            Some(names) => names.clone(),
            None => reference.schema().names().map(str::to_owned).collect(),
        };
        let standardizer = events::standardizer(self.scaling, reference, &names)?;
        let auxiliary = auxiliary.centres(&self.nuisances)?;
        let events =
            Events::new(&self.nuisances, &names, standardizer.as_ref(), reference, data, &auxiliary)?;
        let n_events = events.a.len();
        let n_centres = self.n_centres(n_events)?;
        let width = match self.width {
            Some(width) => width,
            None => {
                let seed = run.streams().named("width");
                suggest::percentile_of_distances(&events.inputs, reference.n_events(), seed)?
            }
        };
        let chosen = centres::draw(&events.inputs, n_centres, run.streams().named("centres"));
        let centres = centres::take(&events.inputs, &chosen);

        let delta = delta::minimise(&events);
        let not_finite = || NplmError::NotFinite {
            starts: 1,
            nuisances: delta.theta.iter().zip(self.nuisances.scales()).map(|(t, s)| t * s).collect(),
        };
        let gram = Gram::new(&events.inputs, &centres, width, self.memory);
        let whitening =
            Whitening::new(&Gram::among(&centres, width), n_centres, self.penalty).ok_or_else(not_finite)?;
        let ridge = 2.0 * n_events as f64 * self.penalty;
        let loss = Logistic { events: &events, gram: &gram, whitening: &whitening, ridge };
        let search = NewtonCg { tolerance: self.tolerance, max_steps: self.max_steps };
        let start = std::iter::repeat_n(0.0, n_centres).chain(delta.theta.iter().copied()).collect();
        run.observer().started("Newton steps", self.max_steps as u64);
        let end = search.minimise(&loss, &chosen, start, run);
        run.observer().finished("Newton steps");
        let end = end?;
        if end.status == Status::NotFinite {
            return Err(not_finite());
        }

        let best = Extended::minimise(&events, &end.point.f);
        let tau = -2.0 * best.value;
        if !tau.is_finite() {
            return Err(not_finite());
        }
        Ok(KernelFit {
            test_statistic: TestStatistic::new(tau - delta.delta)?,
            tau,
            delta: delta.delta,
            coefficients: whitening
                .coefficients(&end.point.parameters[..n_centres])
                .into_iter()
                .map(|alpha| best.shrinkage * alpha)
                .collect(),
            shrinkage: best.shrinkage,
            nuisances: FittedNuisances {
                nuisances: self.nuisances.clone(),
                alternative: best.theta,
                reference: delta.theta,
            },
            convergence: Convergence {
                status: end.status,
                gradient_norm: end.gradient_norm,
                n_newton: end.n_steps,
                n_conjugate: end.n_conjugate,
            },
            penalty: self.penalty,
            names,
            standardizer,
            centres,
            width,
        })
    }

    /// $M$ for so many events.
    fn n_centres(&self, n_events: usize) -> Result<usize, NplmError> {
        let n_centres = self.centres.unwrap_or_else(|| (n_events as f64).sqrt().ceil() as usize);
        if n_centres > n_events {
            return Err(NplmError::BadParameter {
                name: "centres".into(),
                expected: format!("no more than the {n_events} events of reference and data"),
                value: n_centres.to_string(),
            });
        }
        Ok(n_centres)
    }
}

/// Whether these are samples and weights that a logistic loss can have.
fn check(reference: &Sample, data: &Sample) -> Result<(), NplmError> {
    if reference.n_events() == 0 || reference.weights().total() <= 0.0 {
        return Err(NplmError::Empty("reference".into()));
    }
    if data.n_events() == 0 {
        return Err(NplmError::Empty("data".into()));
    }
    for (what, sample) in [("reference", reference), ("data", data)] {
        if let Some((event, weight)) = sample.weights().iter().enumerate().find(|(_, w)| *w < 0.0) {
            return Err(NplmError::BadParameter {
                name: format!("the weight of event {event} of the {what}"),
                expected: "zero or positive, for the logistic loss has no minimum otherwise".into(),
                value: weight.to_string(),
            });
        }
    }
    Ok(())
}

/// The extended likelihood at its best for a learned $f$.
struct Extended {
    /// $\min L[s f, \nu]$
    value: f64,
    /// ν in units of σ.
    theta: Vec<f64>,
    /// $s$, between zero and one.
    shrinkage: f64,
}

impl Extended {
    /// $\min_{0 \le s \le 1,\\, \nu} L[s f, \nu]$.
    fn minimise(events: &Events, f: &[f64]) -> Self {
        // s acts as a free nuisance parameter whose first Taylor coefficient is f.
        let mut scaled = delta::minimise(&events.with_shape(f.to_vec()));
        match scaled.theta.pop() {
            Some(s) if s <= 0.0 => {
                let without = delta::minimise(events);
                Self { value: -0.5 * without.delta, theta: without.theta, shrinkage: 0.0 }
            }
            Some(s) if s < 1.0 => Self { value: -0.5 * scaled.delta, theta: scaled.theta, shrinkage: s },
            _ => Self::with_all_of(events, f),
        }
    }

    /// $\min_\nu L[f, \nu]$: a reference event of weight $w$ counts as one of weight $w e^f$ in $L[0, \nu]$, up to a constant.
    fn with_all_of(events: &Events, f: &[f64]) -> Self {
        let reweighted: Vec<f64> = events.a.iter().zip(f).map(|(a, f)| a * f.exp()).collect();
        let terms = events.a.iter().zip(&events.b).zip(f);
        let fixed: f64 = terms.map(|((a, b), f)| a * f.exp_m1() - b * f).sum();
        let profiled = delta::minimise(&events.with_reference_weights(reweighted));
        Self { value: fixed - 0.5 * profiled.delta, theta: profiled.theta, shrinkage: 1.0 }
    }
}

impl KernelFit {
    /// The test statistic $t = \tau - \Delta$.
    ///
    /// Its null distribution is found with toys; a $\chi^2$ describes it whose degrees of freedom are fitted to them
    /// ([`ChiSquared::fit`](crate::ChiSquared::fit)).
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

    /// The best nuisance parameters of the alternative, $\hat\nu$ of τ, by name.
    pub fn nuisances_of_the_alternative(&self) -> impl Iterator<Item = (&str, f64)> {
        self.nuisances.of_the_alternative()
    }

    /// The best nuisance parameters of the reference, $\hat\nu$ of Δ, by name.
    pub fn nuisances_of_the_reference(&self) -> impl Iterator<Item = (&str, f64)> {
        self.nuisances.of_the_reference()
    }

    /// How the search went.
    #[must_use]
    pub fn convergence(&self) -> Convergence {
        self.convergence
    }

    /// $s$, the share of the learned $\hat f$ that the likelihood takes: one, or less where the logistic loss learnt too much.
    ///
    /// So $t$ is never negative. A number far below one says that the hyper-parameters do not suit the data.
    #[must_use]
    pub fn shrinkage(&self) -> f64 {
        self.shrinkage
    }

    /// $s \hat\alpha$, the coefficient of each centre.
    #[must_use]
    pub fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    /// The width σ of the Gaussians, in units of the scaled inputs.
    #[must_use]
    pub fn width(&self) -> f64 {
        self.width
    }

    /// The penalty λ.
    #[must_use]
    pub fn penalty(&self) -> f64 {
        self.penalty
    }

    /// $f(x) = s \sum_m \hat\alpha_m k(x, c_m)$ of each event: the logarithm of what was learnt of the data over the reference.
    ///
    /// # Shapes
    ///
    /// `[n_events]`
    ///
    /// # Errors
    ///
    /// If the sample lacks an input of the kernel.
    pub fn log_ratio(&self, sample: &Sample) -> Result<Vec<f64>, NplmError> {
        if sample.n_events() == 0 {
            return Ok(Vec::new());
        }
        let inputs = events::inputs(sample, &self.names, self.standardizer.as_ref())?;
        Ok(Gram::new(&inputs, &self.centres, self.width, 0).product(&self.coefficients))
    }

    /// The reference reweighted to what was learnt, $w_x e^{f(x)} \hat r(x; \hat\nu)$.
    ///
    /// # Errors
    ///
    /// As [`log_ratio`](Self::log_ratio).
    pub fn reweighted_to_alternative(&self, reference: &Sample) -> Result<Sample, NplmError> {
        self.nuisances.reweighted_to_alternative(reference, &self.log_ratio(reference)?)
    }

    /// The reference reweighted to its best nuisance parameters, $w_x \hat r(x; \hat\nu)$.
    ///
    /// # Errors
    ///
    /// If the sample lacks a feature that the Taylor coefficients depend on.
    pub fn reweighted_to_reference(&self, reference: &Sample) -> Result<Sample, NplmError> {
        self.nuisances.reweighted_to_reference(reference)
    }

    /// What was learnt in one variable, which need not be an input of the kernel.
    ///
    /// # Errors
    ///
    /// As [`log_ratio`](Self::log_ratio), and if the sample lacks the variable.
    pub fn reconstruct(
        &self,
        reference: &Sample,
        variable: &str,
        binning: &Binning,
    ) -> Result<Reconstruction, NplmError> {
        Reconstruction::new(&self.nuisances, &self.log_ratio(reference)?, reference, variable, binning)
    }
}
