use crate::{NplmError, Nuisances, Scaling};

use super::KernelSuggestion;

/// The penalty λ unless told otherwise.
const DEFAULT_PENALTY: f64 = 1e-6;

/// The gradient at which the search has converged unless told otherwise.
const DEFAULT_TOLERANCE: f64 = 1e-5;

/// How much memory the kernel matrix may take unless told otherwise, in bytes.
const DEFAULT_MEMORY: usize = 1 << 30;

/// The likelihood-ratio test whose alternative is a sum of Gaussians around events; [`Kernel::params`] begins one.
///
/// $f(x) = \sum_{m=1}^M \alpha_m\\, e^{-|x - c_m|^2 / 2\sigma^2}$, with centres $c_m$ drawn from reference and data together.
///
/// # Examples
///
/// ```
/// use hepsys_nplm::rand::RngExt;
/// use hepsys_nplm::{Auxiliary, Device, Feature, Kernel, NplmError, Run, Sample, Seed};
///
/// // 400 events are expected to fall like e^{-x}; the data have twenty more at x = 6.4.
/// let energies = |n: usize, name: &str| -> Vec<f64> {
///     let mut stream = Seed::new(3).named(name).stream();
///     (0..n).map(|_| -(1.0 - stream.random::<f64>()).ln()).collect()
/// };
/// let sample = |x: Vec<f64>| Sample::from_columns([(Feature::new("x", "GeV"), x)]);
/// let reference = sample(energies(4000, "reference"))?.scaled_to(400.0)?;
/// let data = sample([energies(400, "data"), vec![6.4; 20]].concat())?;
///
/// let test = Kernel::params().centres(100).width(1.0).penalty(1e-7).check()?;
/// let run = Run::on(Device::default()).seed(1);
/// let fit = test.fit(&reference, &data, &Auxiliary::nominal(), &run)?;
/// assert!(fit.convergence().is_converged());
/// assert!(fit.test_statistic().value() > 50.0);
/// # Ok::<(), NplmError>(())
/// ```
///
/// # References
///
/// `letizia2022`, `rudi2017`, `marteau2019`
#[derive(Debug, Clone, Copy)]
pub struct Kernel;

impl Kernel {
    /// The parameters of a test, with their defaults.
    #[must_use]
    pub fn params() -> KernelParams {
        KernelParams {
            inputs: None,
            centres: None,
            width: None,
            penalty: DEFAULT_PENALTY,
            scaling: Scaling::Standardize,
            tolerance: DEFAULT_TOLERANCE,
            max_steps: 100,
            memory: DEFAULT_MEMORY,
            nuisances: Nuisances::none(),
        }
    }
}

/// Parameters of the kernel test that nobody has checked yet.
#[derive(Debug, Clone)]
pub struct KernelParams {
    inputs: Option<Vec<String>>,
    centres: Option<usize>,
    width: Option<f64>,
    penalty: f64,
    scaling: Scaling,
    tolerance: f64,
    max_steps: usize,
    memory: usize,
    nuisances: Nuisances,
}

impl KernelParams {
    /// The features that the kernel sees.
    ///
    /// Defaults to all features of the reference.
    #[must_use]
    pub fn inputs<S: Into<String>>(mut self, features: impl IntoIterator<Item = S>) -> Self {
        self.inputs = Some(features.into_iter().map(Into::into).collect());
        self
    }

    /// The number of centres, $M$; between one and the number $N$ of events of reference and data together.
    ///
    /// Defaults to $\lceil\sqrt N\rceil$: with uniformly drawn centres about so many are enough for learning to lose nothing
    /// in its rate (`rudi2015`, `rudi2017`).
    /// More make $f$ more flexible as far as the penalty admits it, at a cost in proportion.
    #[must_use]
    pub fn centres(mut self, centres: usize) -> Self {
        self.centres = Some(centres);
        self
    }

    /// The width of the Gaussians, σ, in units of the scaled inputs; must be positive and finite.
    ///
    /// Defaults to the 90th percentile of the distances between pairs of events of the reference
    /// (`letizia2022`, Sec. 3.3), on at most a thousand of them, drawn from the stream `named("width")` of the run.
    /// For toys it is set once, for all of them: see [`KernelParams::suggest`].
    #[must_use]
    pub fn width(mut self, width: f64) -> Self {
        self.width = Some(width);
        self
    }

    /// The penalty λ on $\alpha^T K \alpha$, for a loss that is a mean over events; must be positive and finite.
    ///
    /// Defaults to `1e-6`.
    /// The smaller it is, the more degrees of freedom $t$ has, and the longer the search takes.
    #[must_use]
    pub fn penalty(mut self, penalty: f64) -> Self {
        self.penalty = penalty;
        self
    }

    /// What happens to the inputs.
    ///
    /// Defaults to [`Scaling::Standardize`]: one width serves all inputs only if they are of one size.
    #[must_use]
    pub fn scaling(mut self, scaling: Scaling) -> Self {
        self.scaling = scaling;
        self
    }

    /// The gradient of the loss, in standard deviations of the parameters, at which the search ends; positive and finite.
    ///
    /// Defaults to `1e-5`; the error of $t$ is of that size.
    /// With a penalty of `1e-9` and less rounding may end the search before, which is then not called converged.
    #[must_use]
    pub fn tolerance(mut self, tolerance: f64) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// How many Newton steps the search may take; one or more.
    ///
    /// Defaults to 100; about five are usual.
    #[must_use]
    pub fn max_steps(mut self, steps: usize) -> Self {
        self.max_steps = steps;
        self
    }

    /// How many bytes the kernel matrix $K_{NM}$ may take; a larger one is computed anew at each use.
    ///
    /// Defaults to a gibibyte, for each fit that runs at the same time. The result is the same, bit for bit.
    #[must_use]
    pub fn memory(mut self, bytes: usize) -> Self {
        self.memory = bytes;
        self
    }

    /// The nuisance parameters.
    ///
    /// Defaults to none.
    #[must_use]
    pub fn nuisances(mut self, nuisances: Nuisances) -> Self {
        self.nuisances = nuisances;
        self
    }

    /// The same test with the hyper-parameters of a suggestion.
    #[must_use]
    pub fn suggested(self, suggestion: &KernelSuggestion) -> Self {
        self.centres(suggestion.centres).width(suggestion.width).penalty(suggestion.penalty)
    }

    /// Checks the parameters; only checked ones can be used.
    ///
    /// # Errors
    ///
    /// [`NplmError::BadParameter`] with the first that is outside its range.
    pub fn check(self) -> Result<KernelValidParams, NplmError> {
        let bad = |name: &str, expected: &str, value: String| {
            Err(NplmError::BadParameter { name: name.into(), expected: expected.into(), value })
        };
        if self.inputs.as_ref().is_some_and(Vec::is_empty) {
            return bad("inputs", "one or more features", "none".into());
        }
        if self.centres == Some(0) {
            return bad("centres", "one or more", "0".into());
        }
        let positive = [("width", self.width), ("penalty", Some(self.penalty))];
        for (name, value) in positive.into_iter().chain([("tolerance", Some(self.tolerance))]) {
            if let Some(value) = value.filter(|v| !(*v > 0.0 && v.is_finite())) {
                return bad(name, "positive and finite", value.to_string());
            }
        }
        if self.max_steps == 0 {
            return bad("max_steps", "one or more", "0".into());
        }
        self.nuisances.check()?;
        Ok(KernelValidParams {
            inputs: self.inputs,
            centres: self.centres,
            width: self.width,
            penalty: self.penalty,
            scaling: self.scaling,
            tolerance: self.tolerance,
            max_steps: self.max_steps,
            memory: self.memory,
            nuisances: self.nuisances,
        })
    }
}

/// A kernel test that is ready to be run; see [`KernelValidParams::fit`].
#[derive(Debug, Clone)]
pub struct KernelValidParams {
    pub(super) inputs: Option<Vec<String>>,
    pub(super) centres: Option<usize>,
    pub(super) width: Option<f64>,
    pub(super) penalty: f64,
    pub(super) scaling: Scaling,
    pub(super) tolerance: f64,
    pub(super) max_steps: usize,
    pub(super) memory: usize,
    pub(super) nuisances: Nuisances,
}

impl KernelValidParams {
    /// The nuisance parameters.
    #[must_use]
    pub fn nuisances(&self) -> &Nuisances {
        &self.nuisances
    }
}
