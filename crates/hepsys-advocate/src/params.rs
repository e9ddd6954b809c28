use hepsys_nn::{Activation, MlpShape};
use serde::{Deserialize, Serialize};

use crate::bound::DEFAULT_WEIGHT_RANGE;
use crate::{AdvocateError, Direction, Limit, Method, Question, Solver, Steps};

/// The width of the hidden layers unless told otherwise.
pub const DEFAULT_HIDDEN_LAYERS: [usize; 2] = [24, 24];

/// How many events of each channel make a batch unless told otherwise.
pub const DEFAULT_BATCH_SIZE: usize = 2048;

/// How many searches there are, each with a seed and a split of the simulation of its own, unless told otherwise.
pub const DEFAULT_SEEDS: usize = 5;

/// The devil's advocate: [`Advocate::params`] asks how far a hidden efficiency error could bias a measurement.
#[derive(Debug, Clone, Copy)]
pub struct Advocate;

/// Parameters of a search that nobody has checked yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdvocateParams {
    question: Question,
    weight_range: (f64, f64),
    smoothness: Option<f64>,
    features: Option<Vec<String>>,
    scaled: bool,
    methods: Vec<Method>,
    directions: Vec<Direction>,
    n_seeds: usize,
    fractions: (f64, f64),
    hidden_layers: Vec<usize>,
    batch_size: usize,
    steps: Steps,
    learning_rate: f64,
    solver: Solver,
}

impl Default for AdvocateParams {
    fn default() -> Self {
        Self {
            question: Question::new(),
            weight_range: DEFAULT_WEIGHT_RANGE,
            smoothness: None,
            features: None,
            scaled: true,
            methods: vec![Method::Pretrained, Method::Lagrangian, Method::Direct],
            directions: Direction::BOTH.to_vec(),
            n_seeds: DEFAULT_SEEDS,
            fractions: (0.5, 0.25),
            hidden_layers: DEFAULT_HIDDEN_LAYERS.to_vec(),
            batch_size: DEFAULT_BATCH_SIZE,
            steps: Steps::default(),
            learning_rate: 5e-3,
            solver: Solver::default(),
        }
    }
}

impl Advocate {
    /// The parameters of a search, with their defaults.
    #[must_use]
    pub fn params() -> AdvocateParams {
        AdvocateParams::default()
    }
}

impl AdvocateParams {
    /// The channel whose efficiency is to be pushed.
    #[must_use]
    pub fn signal(mut self, channel: impl Into<String>) -> Self {
        self.question = self.question.target(channel, 1.0);
        self
    }

    /// A control channel whose efficiency is known within a limit.
    #[must_use]
    pub fn control(mut self, channel: impl Into<String>, limit: Limit) -> Self {
        self.question = self.question.control(channel, limit);
        self
    }

    /// Two channels whose ratio of efficiencies is known within a limit.
    #[must_use]
    pub fn control_ratio(
        mut self,
        numerator: impl Into<String>,
        denominator: impl Into<String>,
        limit: Limit,
    ) -> Self {
        self.question = self.question.control_ratio(numerator, denominator, limit);
        self
    }

    /// The whole question at once, such as one with several channels to push.
    #[must_use]
    pub fn question(mut self, question: Question) -> Self {
        self.question = question;
        self
    }

    /// The weights that an event may have, below and above one. Defaults to [`DEFAULT_WEIGHT_RANGE`].
    ///
    /// Without such a range, any efficiency could be reached wherever the channels differ at all.
    #[must_use]
    pub fn weight_range(mut self, range: std::ops::RangeInclusive<f64>) -> Self {
        self.weight_range = (*range.start(), *range.end());
        self
    }

    /// The largest gradient L of the weights, $|\nabla w| \le L$, where each feature is measured in standard deviations of the controls.
    ///
    /// The seed's p, a bound on $\lVert \nabla h \rVert$, follows from it:
    /// $L = \sqrt{\lfloor n/2 \rfloor \lceil n/2 \rceil / n}\\,(w_{hi} - w_{lo})\\, p$ for n channels.
    /// Defaults to none: then only the network is smooth.
    #[must_use]
    pub fn smoothness(mut self, lipschitz: f64) -> Self {
        self.smoothness = Some(lipschitz);
        self
    }

    /// The features that weights may depend on. Defaults to all of the simulation.
    #[must_use]
    pub fn features<S: Into<String>>(mut self, features: impl IntoIterator<Item = S>) -> Self {
        self.features = Some(features.into_iter().map(Into::into).collect());
        self
    }

    /// Takes the features as they are: gradients are measured in their units. Defaults to no.
    #[must_use]
    pub fn unscaled(mut self) -> Self {
        self.scaled = false;
        self
    }

    /// How weight functions are searched for. Defaults to pretrained, Lagrangian and direct.
    #[must_use]
    pub fn methods(mut self, methods: impl Into<Vec<Method>>) -> Self {
        self.methods = methods.into();
        self
    }

    /// Which ways the efficiency is pushed. Defaults to both.
    #[must_use]
    pub fn directions(mut self, directions: impl Into<Vec<Direction>>) -> Self {
        self.directions = directions.into();
        self
    }

    /// How many searches there are, each with its own split of the simulation. Defaults to [`DEFAULT_SEEDS`].
    #[must_use]
    pub fn seeds(mut self, n_seeds: usize) -> Self {
        self.n_seeds = n_seeds;
        self
    }

    /// The parts of the simulation to train and to validate on; results are quoted on the rest. Defaults to a half and a quarter.
    #[must_use]
    pub fn split(mut self, training: f64, validation: f64) -> Self {
        self.fractions = (training, validation);
        self
    }

    /// The width of each hidden layer. Defaults to [`DEFAULT_HIDDEN_LAYERS`].
    #[must_use]
    pub fn hidden_layers(mut self, widths: impl Into<Vec<usize>>) -> Self {
        self.hidden_layers = widths.into();
        self
    }

    /// How many events of each channel make a batch. Defaults to [`DEFAULT_BATCH_SIZE`].
    #[must_use]
    pub fn batch_size(mut self, n_events: usize) -> Self {
        self.batch_size = n_events;
        self
    }

    /// How long networks are trained.
    #[must_use]
    pub fn steps(mut self, steps: Steps) -> Self {
        self.steps = steps;
        self
    }

    /// The learning rate of the first step; it falls to a hundredth along a cosine. Defaults to 5e-3.
    #[must_use]
    pub fn learning_rate(mut self, rate: f64) -> Self {
        self.learning_rate = rate;
        self
    }

    /// What solves the linear programs. Defaults to [`Solver::Microlp`].
    #[must_use]
    pub fn solver(mut self, solver: Solver) -> Self {
        self.solver = solver;
        self
    }

    /// Checks the parameters; only checked ones can be used.
    ///
    /// # Errors
    ///
    /// [`AdvocateError::BadParameter`] or [`AdvocateError::Nn`] with the first that is outside its range.
    pub fn check(self) -> Result<AdvocateValidParams, AdvocateError> {
        let bad = |name: &str, expected: &str, found: &dyn std::fmt::Display| {
            Err(AdvocateError::bad(name, expected, found.to_string()))
        };
        self.question.check()?;
        let (low, high) = self.weight_range;
        if !((0.0..1.0).contains(&low) && 1.0 < high && high.is_finite()) {
            return bad(
                "the range of weights",
                "two finite numbers, not negative, below and above one",
                &format!("{low} to {high}"),
            );
        }
        if let Some(lipschitz) = self.smoothness
            && !(lipschitz > 0.0 && lipschitz.is_finite())
        {
            return bad("smoothness", "positive and finite", &lipschitz);
        }
        if self.features.as_ref().is_some_and(Vec::is_empty) {
            return bad("features", "one or more", &"none");
        }
        if self.methods.is_empty() || self.directions.is_empty() {
            return bad("methods and directions", "one or more of each", &"none");
        }
        let is_twice = (1..self.methods.len()).any(|i| self.methods[..i].contains(&self.methods[i]))
            || (1..self.directions.len()).any(|i| self.directions[..i].contains(&self.directions[i]));
        if is_twice {
            return bad("methods and directions", "different from each other", &"one of them twice");
        }
        let (training, validation) = self.fractions;
        if !(training > 0.0 && validation > 0.0 && training + validation < 1.0) {
            return bad(
                "the parts to train and to validate on",
                "positive, and below one together",
                &format!("{training} and {validation}"),
            );
        }
        for (name, value) in [
            ("seeds", self.n_seeds),
            ("batch_size", self.batch_size),
            ("the steps of the pretraining", self.steps.pretraining),
            ("the steps of an update", self.steps.update),
            ("the steps of the direct form", self.steps.direct),
            ("the patience", self.steps.patience),
        ] {
            if value == 0 {
                return bad(name, "positive", &value);
            }
        }
        if !(self.steps.tolerance >= 0.0 && self.steps.tolerance.is_finite()) {
            return bad("the tolerance", "finite and not negative", &self.steps.tolerance);
        }
        if !(self.learning_rate > 0.0 && self.learning_rate.is_finite()) {
            return bad("learning_rate", "positive and finite", &self.learning_rate);
        }
        self.solver.check()?;
        MlpShape::new(1, &self.hidden_layers, 1, Activation::Tanh)?;
        Ok(AdvocateValidParams(self))
    }
}

/// A search that is ready to be made; see [`AdvocateValidParams::search`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AdvocateValidParams(AdvocateParams);

impl AdvocateValidParams {
    /// What is asked.
    #[must_use]
    pub fn question(&self) -> &Question {
        &self.0.question
    }

    /// The weights that an event may have.
    #[must_use]
    pub fn weight_range(&self) -> (f64, f64) {
        self.0.weight_range
    }

    /// The largest gradient of the weights.
    #[must_use]
    pub fn smoothness(&self) -> Option<f64> {
        self.0.smoothness
    }

    /// Which ways the efficiency is pushed.
    #[must_use]
    pub fn directions(&self) -> &[Direction] {
        &self.0.directions
    }

    /// How weight functions are searched for.
    #[must_use]
    pub fn methods(&self) -> &[Method] {
        &self.0.methods
    }

    /// What solves the linear programs.
    #[must_use]
    pub fn solver(&self) -> Solver {
        self.0.solver
    }

    /// How many searches there are.
    #[must_use]
    pub fn n_seeds(&self) -> usize {
        self.0.n_seeds
    }

    pub(crate) fn features(&self) -> Option<&[String]> {
        self.0.features.as_deref()
    }

    pub(crate) fn is_scaled(&self) -> bool {
        self.0.scaled
    }

    pub(crate) fn fractions(&self) -> (f64, f64) {
        self.0.fractions
    }

    pub(crate) fn batch_size(&self) -> usize {
        self.0.batch_size
    }

    pub(crate) fn steps(&self) -> &Steps {
        &self.0.steps
    }

    pub(crate) fn learning_rate(&self) -> f64 {
        self.0.learning_rate
    }

    pub(crate) fn shape(&self, n_inputs: usize, n_outputs: usize) -> Result<MlpShape, AdvocateError> {
        Ok(MlpShape::new(n_inputs, &self.0.hidden_layers, n_outputs, Activation::Tanh)?)
    }
}
