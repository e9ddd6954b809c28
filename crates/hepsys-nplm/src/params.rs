use hepsys_nn::{Activation, Clipped, MlpShape, WeightClip};

use crate::{NplmError, Nuisances};

/// How many starts the converged mode takes unless told otherwise.
pub const DEFAULT_STARTS: usize = 4;

/// How many of them it searches to convergence.
pub const DEFAULT_FINALISTS: usize = 1;

/// The likelihood-ratio test with a learned alternative; [`Nplm::params`] begins one.
#[derive(Debug, Clone, Copy)]
pub struct Nplm;

impl Nplm {
    /// The parameters of a test, with their defaults.
    #[must_use]
    pub fn params() -> NplmParams {
        NplmParams {
            inputs: None,
            hidden_layers: vec![4],
            activation: Activation::Sigmoid,
            weight_clip: None,
            clipped: Clipped::KernelsAndBiases,
            scaling: Scaling::Standardize,
            optimizer: Optimizer::Converged(Converged::default()),
            nuisances: Nuisances::none(),
        }
    }
}

/// What happens to the inputs before the network sees them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scaling {
    /// $x \to (x - \mu)/\sigma$ with mean and standard deviation of the reference.
    #[default]
    Standardize,
    /// Nothing: the inputs are of order one already.
    Unscaled,
}

/// How the maximum over the network's parameters is found. Each mode is a test of its own:
/// its null distribution has to be calibrated, and statistics of two modes are never mixed.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Optimizer {
    /// To convergence inside the box of the weight clip, from several starts, the best of which counts.
    Converged(Converged),
    /// Adam with clipping after each step, for a fixed number of epochs, as in the papers.
    Paper(Paper),
}

/// The precision of the arithmetic on single events while the maximum is searched for.
///
/// Parameters are kept, sums of 2048 events and more are added, and the statistic at the maximum is computed in double
/// precision always; so are the finalists of [`Optimizer::Converged`] searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// Half the time; changes of the loss below a part in a million are not seen, so a start ends early.
    Single,
    /// A start goes to the bottom of its valley.
    #[default]
    Double,
}

/// The parameters of [`Optimizer::Converged`].
///
/// Every start is searched to `tolerance`; the best `finalists` are searched to convergence, at the end in double precision; the best
/// of these ends with Newton's method.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Converged {
    /// How many starts; part of the definition of the test. Defaults to [`DEFAULT_STARTS`].
    pub starts: usize,
    /// How many of the best starts, at most, are searched to convergence. Defaults to [`DEFAULT_FINALISTS`].
    pub finalists: usize,
    /// The gain of one step, relative to the loss, three times in a row below which a start has ended. Defaults to `1e-8`.
    pub tolerance: f64,
    /// How many evaluations of the loss one start may take; a finalist may take as many again, in single and then in double
    /// precision. Defaults to 4000.
    pub max_evaluations: usize,
    /// How many steps of Newton's method the best start may take; each costs a Hessian, one to two gradients a parameter. Zero
    /// leaves it where the quasi-Newton steps ended, and so do more than a thousand parameters. Defaults to 20.
    pub newton_steps: usize,
    /// The precision of the search before the finalists. Defaults to [`Precision::Double`].
    pub precision: Precision,
}

impl Default for Converged {
    fn default() -> Self {
        Self {
            starts: DEFAULT_STARTS,
            finalists: DEFAULT_FINALISTS,
            tolerance: 1e-8,
            max_evaluations: 4000,
            newton_steps: 20,
            precision: Precision::Double,
        }
    }
}

/// The parameters of [`Optimizer::Paper`].
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Paper {
    /// How many steps on the full sample. Defaults to 300 000, as for the one-dimensional benchmark.
    pub epochs: usize,
    /// The length of a step. Defaults to `1e-3`.
    pub learning_rate: f64,
    /// The precision of the training. Defaults to [`Precision::Single`], as in the papers.
    pub precision: Precision,
}

impl Default for Paper {
    fn default() -> Self {
        Self { epochs: 300_000, learning_rate: 1e-3, precision: Precision::Single }
    }
}

/// Parameters of the test that nobody has checked yet.
#[derive(Debug, Clone)]
pub struct NplmParams {
    inputs: Option<Vec<String>>,
    hidden_layers: Vec<usize>,
    activation: Activation,
    weight_clip: Option<f64>,
    clipped: Clipped,
    scaling: Scaling,
    optimizer: Optimizer,
    nuisances: Nuisances,
}

impl NplmParams {
    /// The features that the network sees.
    ///
    /// Defaults to all features of the reference.
    #[must_use]
    pub fn inputs<S: Into<String>>(mut self, features: impl IntoIterator<Item = S>) -> Self {
        self.inputs = Some(features.into_iter().map(Into::into).collect());
        self
    }

    /// The width of each hidden layer; without any, $f(x) = a + b x$.
    ///
    /// Defaults to `[4]`, the 1-4-1 network of the one-dimensional benchmark.
    #[must_use]
    pub fn hidden_layers(mut self, widths: impl Into<Vec<usize>>) -> Self {
        self.hidden_layers = widths.into();
        self
    }

    /// The activation of hidden layers.
    ///
    /// Defaults to [`Activation::Sigmoid`], as in [D'Agnolo et al. 2019](https://arxiv.org/abs/1912.12155).
    #[must_use]
    pub fn activation(mut self, activation: Activation) -> Self {
        self.activation = activation;
        self
    }

    /// The largest absolute weight of the network, $W$; must be positive and finite.
    ///
    /// Chosen so that the statistic follows a $\chi^2_{|w|}$ under the reference
    /// ([D'Agnolo et al. 2019](https://arxiv.org/abs/1912.12155)).
    /// Has no default; only a network without hidden layers can do without, for its likelihood has a maximum.
    #[must_use]
    pub fn weight_clip(mut self, weight_clip: f64) -> Self {
        self.weight_clip = Some(weight_clip);
        self
    }

    /// Which parameters are clipped.
    ///
    /// Defaults to [`Clipped::KernelsAndBiases`].
    #[must_use]
    pub fn clipped(mut self, clipped: Clipped) -> Self {
        self.clipped = clipped;
        self
    }

    /// What happens to the inputs.
    ///
    /// Defaults to [`Scaling::Standardize`].
    #[must_use]
    pub fn scaling(mut self, scaling: Scaling) -> Self {
        self.scaling = scaling;
        self
    }

    /// How the maximum is found.
    ///
    /// Defaults to [`Optimizer::Converged`].
    #[must_use]
    pub fn optimizer(mut self, optimizer: Optimizer) -> Self {
        self.optimizer = optimizer;
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

    /// Checks the parameters; only checked ones can be used.
    ///
    /// # Errors
    ///
    /// [`NplmError::BadParameter`] or [`NplmError::Nn`] with the first that is outside its range.
    pub fn check(self) -> Result<NplmValidParams, NplmError> {
        let bad = |name: &str, expected: &str, value: String| {
            Err(NplmError::BadParameter { name: name.into(), expected: expected.into(), value })
        };
        let n_inputs = self.inputs.as_ref().map_or(1, Vec::len);
        // The number of inputs may be known only with the sample; everything else about the shape is known now.
        MlpShape::new(n_inputs.max(1), &self.hidden_layers, 1, self.activation)?;
        if n_inputs == 0 {
            return bad("inputs", "one or more features", "none".into());
        }
        match self.optimizer {
            Optimizer::Converged(c) => {
                if c.starts == 0 {
                    return bad("starts", "one or more", "0".into());
                }
                if c.finalists == 0 {
                    return bad("finalists", "one or more", "0".into());
                }
                if !(c.tolerance > 0.0 && c.tolerance < 1.0) {
                    return bad("tolerance", "between 0 and 1", c.tolerance.to_string());
                }
                if c.max_evaluations == 0 {
                    return bad("max_evaluations", "one or more", "0".into());
                }
            }
            Optimizer::Paper(p) => {
                if p.epochs == 0 {
                    return bad("epochs", "one or more", "0".into());
                }
                if !(p.learning_rate > 0.0 && p.learning_rate.is_finite()) {
                    return bad("learning_rate", "positive and finite", p.learning_rate.to_string());
                }
            }
        }
        self.nuisances.check()?;
        if self.weight_clip.is_none() && !self.hidden_layers.is_empty() {
            let expected =
                "set where there are hidden layers, for their likelihood has no maximum without it";
            return bad("weight_clip", expected, "none".into());
        }
        let weight_clip = self.weight_clip.map(|w| WeightClip::new(w, self.clipped)).transpose()?;
        Ok(NplmValidParams {
            inputs: self.inputs,
            hidden_layers: self.hidden_layers,
            activation: self.activation,
            weight_clip,
            scaling: self.scaling,
            optimizer: self.optimizer,
            nuisances: self.nuisances,
        })
    }
}

/// A test that is ready to be run; see [`NplmValidParams::fit`].
#[derive(Debug, Clone)]
pub struct NplmValidParams {
    pub(crate) inputs: Option<Vec<String>>,
    pub(crate) hidden_layers: Vec<usize>,
    pub(crate) activation: Activation,
    pub(crate) weight_clip: Option<WeightClip>,
    pub(crate) scaling: Scaling,
    pub(crate) optimizer: Optimizer,
    pub(crate) nuisances: Nuisances,
}

impl NplmValidParams {
    /// The nuisance parameters.
    #[must_use]
    pub fn nuisances(&self) -> &Nuisances {
        &self.nuisances
    }

    /// The network on `n_inputs` features.
    ///
    /// Its number of parameters $|w|$ is the number of degrees of freedom of the target $\chi^2$.
    ///
    /// # Errors
    ///
    /// [`NplmError::Nn`] if `n_inputs` is zero.
    pub fn shape(&self, n_inputs: usize) -> Result<MlpShape, NplmError> {
        Ok(MlpShape::new(n_inputs, &self.hidden_layers, 1, self.activation)?)
    }
}
