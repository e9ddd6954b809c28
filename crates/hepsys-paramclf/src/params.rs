use hepsys_nn::{Activation, MlpShape, Optimizer, Schedule, Stopping, Training, TrainingParams, Watched};
use serde::{Deserialize, Serialize};

use crate::ParamclfError;

/// The width of the hidden layers unless told otherwise.
pub const DEFAULT_HIDDEN_LAYERS: [usize; 2] = [64, 64];

/// How many events make a batch unless told otherwise.
pub const DEFAULT_BATCH_SIZE: usize = 2000;

/// How many epochs a training has unless told otherwise.
pub const DEFAULT_EPOCHS: usize = 8;

/// The learning rate of the first epoch unless told otherwise; it falls to a hundredth.
pub const DEFAULT_LEARNING_RATE: f64 = 4e-3;

/// The most Gaussians that an adversary may mix.
pub const MOST_GAUSSIANS: usize = 16;

/// A classifier of signal and background under a nuisance parameter z; [`Classifier::params`] begins one.
#[derive(Debug, Clone, Copy)]
pub struct Classifier;

/// What a classifier knows of the nuisance parameter while it is trained.
///
/// # References
///
/// `ghosh2021`; the parametrised network is that of `baldi2016`, the adversary that of `louppe2017`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Nothing: it sees events at the nominal value only.
    Baseline,
    /// Nothing, but it sees events at all values.
    Augmented,
    /// It is kept from showing z: an adversary guesses z from its score, and it is rewarded for what the adversary gets wrong.
    Adversarial(Adversary),
    /// z itself, as one more input: $f(x, z)$.
    Aware,
    /// The same, with two networks: one for z below the nominal value, one for the others.
    ///
    /// Subtle effects are learnt better by two simple networks than by one that overtrains first (`ghosh2021`).
    AwareSplit,
    /// It sees events at one value only; at the true one, no classifier does better.
    TrainedAt(f64),
}

/// The opponent of [`Strategy::Adversarial`].
///
/// One loss, $L = L_f - \lambda L_a$ for the classifier and $L_a$ for the adversary, by reversing the gradient between the two.
///
/// # References
///
/// Ganin and Lempitsky, ICML 2015 (the reversal); `louppe2017` (the pivot).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Adversary {
    /// λ. Defaults to 1; zero leaves a classifier trained on augmented data.
    pub strength: f64,
    /// The width of each of its hidden layers. Defaults to two of 64.
    pub hidden_layers: Vec<usize>,
    /// What it says of z. Defaults to a mixture of five Gaussians, as in `louppe2017`.
    ///
    /// [`Guess::Value`] is enough where the mean of z changes with the score. Where a problem is symmetric about the nominal z, it
    /// does not: then what the adversary reverses is noise, and which side suffers is chance.
    pub guess: Guess,
}

/// What an adversary says of the nuisance parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Guess {
    /// Its expectation; the loss is the mean square of what it misses.
    Value,
    /// Its density, as a mixture of so many Gaussians; the loss is the negative log-likelihood.
    Mixture(usize),
}

impl Default for Adversary {
    fn default() -> Self {
        Self { strength: 1.0, hidden_layers: DEFAULT_HIDDEN_LAYERS.to_vec(), guess: Guess::Mixture(5) }
    }
}

impl Adversary {
    /// An adversary of this strength, with the defaults of all else.
    #[must_use]
    pub fn of_strength(strength: f64) -> Self {
        Self { strength, ..Self::default() }
    }
}

/// Parameters of a classifier that nobody has checked yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClassifierParams {
    strategy: Strategy,
    inputs: Option<Vec<String>>,
    hidden_layers: Vec<usize>,
    activation: Activation,
    training: TrainingParams,
    validation_fraction: f64,
    event_key: Option<String>,
}

impl Default for ClassifierParams {
    fn default() -> Self {
        Self {
            strategy: Strategy::Aware,
            inputs: None,
            hidden_layers: DEFAULT_HIDDEN_LAYERS.to_vec(),
            activation: Activation::Relu,
            training: Training::params()
                .optimizer(Optimizer::adam())
                .batch_size(DEFAULT_BATCH_SIZE)
                .learning_rate(Schedule::cosine(
                    DEFAULT_LEARNING_RATE,
                    0.01 * DEFAULT_LEARNING_RATE,
                    DEFAULT_EPOCHS,
                ))
                .stopping(Stopping::after(DEFAULT_EPOCHS)),
            validation_fraction: 0.0,
            event_key: None,
        }
    }
}

impl Classifier {
    /// The parameters of a classifier, with their defaults.
    #[must_use]
    pub fn params() -> ClassifierParams {
        ClassifierParams::default()
    }
}

impl ClassifierParams {
    /// What it knows of z. Defaults to [`Strategy::Aware`].
    #[must_use]
    pub fn strategy(mut self, strategy: Strategy) -> Self {
        self.strategy = strategy;
        self
    }

    /// The features that it sees. Defaults to all of the training set.
    #[must_use]
    pub fn inputs<S: Into<String>>(mut self, features: impl IntoIterator<Item = S>) -> Self {
        self.inputs = Some(features.into_iter().map(Into::into).collect());
        self
    }

    /// The width of each hidden layer. Defaults to [`DEFAULT_HIDDEN_LAYERS`].
    #[must_use]
    pub fn hidden_layers(mut self, widths: impl Into<Vec<usize>>) -> Self {
        self.hidden_layers = widths.into();
        self
    }

    /// The activation of hidden layers. Defaults to [`Activation::Relu`].
    #[must_use]
    pub fn activation(mut self, activation: Activation) -> Self {
        self.activation = activation;
        self
    }

    /// How it is trained.
    ///
    /// Defaults to Adam on batches of [`DEFAULT_BATCH_SIZE`] events, at a rate that falls from [`DEFAULT_LEARNING_RATE`] to a
    /// hundredth of it along a cosine within [`DEFAULT_EPOCHS`] epochs.
    #[must_use]
    pub fn training(mut self, training: TrainingParams) -> Self {
        self.training = training;
        self
    }

    /// The part of the events that are kept aside to watch the training with; at least zero and below one.
    ///
    /// Defaults to none. A rule that [watches](Stopping) the validation loss needs some.
    #[must_use]
    pub fn validation_fraction(mut self, fraction: f64) -> Self {
        self.validation_fraction = fraction;
        self
    }

    /// The feature that says which events are one and the same at several values of z, such as the number of an event.
    ///
    /// Such events are kept aside together or not at all: one that is trained on at a neighbouring z is no validation.
    /// The classifier does not see the feature unless it is one of the [`inputs`](Self::inputs). Defaults to none: all events are
    /// taken to be different ones.
    #[must_use]
    pub fn event_key(mut self, feature: impl Into<String>) -> Self {
        self.event_key = Some(feature.into());
        self
    }

    /// Checks the parameters; only checked ones can be used.
    ///
    /// # Errors
    ///
    /// [`ParamclfError::BadParameter`] or [`ParamclfError::Nn`] with the first that is outside its range.
    pub fn check(self) -> Result<ClassifierValidParams, ParamclfError> {
        let n_inputs = self.inputs.as_ref().map_or(1, Vec::len);
        if n_inputs == 0 {
            return Err(ParamclfError::bad("inputs", "one or more features", "none"));
        }
        MlpShape::new(n_inputs, &self.hidden_layers, 1, self.activation)?;
        if !(0.0..1.0).contains(&self.validation_fraction) {
            let expected = "at least zero and below one";
            return Err(ParamclfError::bad("validation_fraction", expected, self.validation_fraction));
        }
        match &self.strategy {
            Strategy::Adversarial(adversary) => {
                if !(adversary.strength >= 0.0 && adversary.strength.is_finite()) {
                    let expected = "finite and not negative";
                    return Err(ParamclfError::bad(
                        "the strength of the adversary",
                        expected,
                        adversary.strength,
                    ));
                }
                if let Guess::Mixture(n) = adversary.guess
                    && !(1..=MOST_GAUSSIANS).contains(&n)
                {
                    let expected = format!("between 1 and {MOST_GAUSSIANS}");
                    return Err(ParamclfError::bad("the Gaussians of the adversary", expected, n));
                }
                MlpShape::new(1, &adversary.hidden_layers, 1, self.activation)?;
            }
            Strategy::TrainedAt(z) if !z.is_finite() => {
                return Err(ParamclfError::bad("the value to train at", "finite", z));
            }
            _ => {}
        }
        self.training.clone().check()?;
        if self.training.stopping.watched == Watched::Validation && self.validation_fraction == 0.0 {
            let expected = "positive where the stopping rule watches the validation loss";
            return Err(ParamclfError::bad("validation_fraction", expected, 0));
        }
        Ok(ClassifierValidParams(self))
    }
}

/// A classifier that is ready to be trained; see [`ClassifierValidParams::fit`].
#[derive(Debug, Clone, PartialEq)]
pub struct ClassifierValidParams(ClassifierParams);

impl ClassifierValidParams {
    /// What it knows of z.
    #[must_use]
    pub fn strategy(&self) -> &Strategy {
        &self.0.strategy
    }

    pub(crate) fn inputs(&self) -> Option<&[String]> {
        self.0.inputs.as_deref()
    }

    pub(crate) fn event_key(&self) -> Option<&str> {
        self.0.event_key.as_deref()
    }

    pub(crate) fn training(&self) -> &TrainingParams {
        &self.0.training
    }

    pub(crate) fn validation_fraction(&self) -> f64 {
        self.0.validation_fraction
    }

    /// What has to agree when a training is resumed, besides the training's own parameters.
    pub(crate) fn identity(&self) -> impl Serialize + '_ {
        (
            &self.0.strategy,
            &self.0.inputs,
            &self.0.hidden_layers,
            self.0.activation,
            self.0.validation_fraction,
            &self.0.event_key,
        )
    }

    /// The network on so many inputs.
    pub(crate) fn shape(&self, n_inputs: usize) -> Result<MlpShape, ParamclfError> {
        Ok(MlpShape::new(n_inputs, &self.0.hidden_layers, 1, self.0.activation)?)
    }

    /// The network of an adversary.
    pub(crate) fn adversary_shape(&self, adversary: &Adversary) -> Result<MlpShape, ParamclfError> {
        let n_outputs = match adversary.guess {
            Guess::Value => 1,
            Guess::Mixture(n) => 3 * n,
        };
        Ok(MlpShape::new(1, &adversary.hidden_layers, n_outputs, self.0.activation)?)
    }
}

impl Strategy {
    /// The name that tables and legends use.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Baseline => "baseline".into(),
            Self::Augmented => "data augmentation".into(),
            Self::Adversarial(adversary) => format!("adversarial, λ = {}", adversary.strength),
            Self::Aware => "aware".into(),
            Self::AwareSplit => "aware, split".into(),
            Self::TrainedAt(z) => format!("trained at z = {z:.3}"),
        }
    }

    /// Whether z is one of its inputs.
    #[must_use]
    pub fn knows_z(&self) -> bool {
        matches!(self, Self::Aware | Self::AwareSplit)
    }
}
