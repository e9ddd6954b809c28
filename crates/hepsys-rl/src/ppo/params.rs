use hepsys_nn::{Activation, MlpShape, Optimizer, Schedule, Stopping, Training};
use serde::{Deserialize, Serialize};

use crate::RlError;

/// The width of the hidden layers unless told otherwise (`schulman2017`, Sect. 6.1).
pub const DEFAULT_HIDDEN_LAYERS: [usize; 2] = [64, 64];

/// The learning rate of the first update unless told otherwise (`schulman2017`, Table 3).
pub const DEFAULT_LEARNING_RATE: f64 = 3e-4;

/// To which part of it the learning rate falls.
const FINAL_RATE: f64 = 0.01;

/// Proximal policy optimisation; [`Ppo::params`] begins one.
///
/// An agent collects episodes, learns from them for some epochs, and forgets them. Its policy may not move far from the one that
/// collected: the probability ratio $\rho$ of both counts only within $1 \pm \epsilon$,
///
/// $$ L = -\big\langle \min(\rho \hat A,\ \mathrm{clip}(\rho, 1-\epsilon, 1+\epsilon)\hat A)\big\rangle
///      + \tfrac12 c_v \big\langle (V - \hat R)^2 \big\rangle - c_e \langle H \rangle $$
///
/// with [generalised advantages](crate::generalized_advantages) $\hat A$, their returns $\hat R$ and the entropy $H$.
/// On a [`Space::Box`](crate::Space::Box) the policy is a normal distribution whose widths are parameters of their own, on a
/// [`Space::Discrete`](crate::Space::Discrete) a choice among what the observation allows.
///
/// # References
///
/// `schulman2017`; the details are those of `huang2022`: standardised observations, advantages and rewards, clipped gradients, a
/// falling learning rate, small initial weights of the policy's last layer.
#[derive(Debug, Clone, Copy)]
pub struct Ppo;

/// Whether rewards are brought to a common scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RewardScale {
    /// They are divided by the running deviation of the discounted return, and cut off at ten of it.
    #[default]
    Running,
    /// They are taken as they are.
    AsGiven,
}

/// Parameters of an agent that nobody has checked yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PpoParams {
    pub(super) hidden_layers: Vec<usize>,
    pub(super) activation: Activation,
    pub(super) budget: usize,
    pub(super) target: Option<f64>,
    pub(super) rollout: usize,
    pub(super) epochs: usize,
    pub(super) batch_size: usize,
    pub(super) learning_rate: f64,
    pub(super) clip: f64,
    pub(super) discount: f64,
    pub(super) trace: f64,
    pub(super) value_weight: f64,
    pub(super) entropy_weight: f64,
    pub(super) largest_gradient: f64,
    pub(super) initial_deviation: f64,
    pub(super) reward_scale: RewardScale,
}

/// An agent that is ready; see [`begin`](PpoValidParams::begin).
#[derive(Debug, Clone, PartialEq)]
pub struct PpoValidParams(pub(super) PpoParams);

impl Default for PpoParams {
    fn default() -> Self {
        Self {
            hidden_layers: DEFAULT_HIDDEN_LAYERS.to_vec(),
            activation: Activation::Tanh,
            budget: 100_000,
            target: None,
            rollout: 2048,
            epochs: 10,
            batch_size: 64,
            learning_rate: DEFAULT_LEARNING_RATE,
            clip: 0.2,
            discount: 0.99,
            trace: 0.95,
            value_weight: 0.5,
            entropy_weight: 0.0,
            largest_gradient: 0.5,
            initial_deviation: 1.0,
            reward_scale: RewardScale::Running,
        }
    }
}

impl Ppo {
    /// Parameters with their defaults.
    #[must_use]
    pub fn params() -> PpoParams {
        PpoParams::default()
    }
}

/// Setters of one number each.
macro_rules! setters {
    ($($(#[$docs:meta])* $name:ident: $type:ty),* $(,)?) => {
        impl PpoParams {
            $($(#[$docs])*
            #[must_use]
            pub fn $name(mut self, $name: $type) -> Self {
                self.$name = $name;
                self
            })*
        }
    };
}

setters! {
    /// The activation of hidden layers. Defaults to [`Activation::Tanh`].
    activation: Activation,
    /// How many steps the agent takes in its environment. Defaults to 100 000; must be positive.
    budget: usize,
    /// After how many steps it learns; the episode that is under way then is finished first. Defaults to 2048; must be positive.
    rollout: usize,
    /// How often it goes through what it collected. Defaults to 10; must be positive.
    epochs: usize,
    /// How many steps make a batch. Defaults to 64; must be two or more.
    batch_size: usize,
    /// The learning rate of the first update; it falls linearly to a hundredth at the end of the budget.
    ///
    /// Defaults to [`DEFAULT_LEARNING_RATE`]; must be positive and finite.
    learning_rate: f64,
    /// How far the probability ratio may go from one, ε. Defaults to 0.2; must be above 0 and below 1.
    clip: f64,
    /// What a reward is worth one step later, γ. Defaults to 0.99; must be within 0 and 1.
    discount: f64,
    /// λ of the generalised advantages. Defaults to 0.95; must be within 0 and 1.
    trace: f64,
    /// $c_v$. Defaults to 0.5; must be finite and not negative.
    value_weight: f64,
    /// $c_e$. Defaults to 0; must be finite and not negative. Where there are choices, 0.01 keeps an agent curious.
    entropy_weight: f64,
    /// The norm that gradients are scaled down to. Defaults to 0.5; must be positive.
    largest_gradient: f64,
    /// The deviation of the first policy, in half widths of the bounds. Defaults to 1; must be positive and finite.
    initial_deviation: f64,
    /// Whether rewards are brought to a common scale. Defaults to [`RewardScale::Running`].
    reward_scale: RewardScale,
}

impl PpoParams {
    /// The width of each hidden layer, of the policy and of the value network. Defaults to [`DEFAULT_HIDDEN_LAYERS`].
    #[must_use]
    pub fn hidden_layers(mut self, widths: impl Into<Vec<usize>>) -> Self {
        self.hidden_layers = widths.into();
        self
    }

    /// The mean return of a rollout's episodes at which it is over. Defaults to none; must be finite.
    #[must_use]
    pub fn target(mut self, mean_return: f64) -> Self {
        self.target = Some(mean_return);
        self
    }

    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// [`RlError::BadParameter`] or [`RlError::Nn`] with the first that is outside its range.
    pub fn check(self) -> Result<PpoValidParams, RlError> {
        for (name, n, least) in [
            ("budget", self.budget, 1),
            ("rollout", self.rollout, 1),
            ("epochs", self.epochs, 1),
            ("batch_size", self.batch_size, 2),
        ] {
            RlError::check(n >= least, name, &format!("{least} or more"), n)?;
        }
        for (name, x) in [
            ("learning_rate", self.learning_rate),
            ("largest_gradient", self.largest_gradient),
            ("initial_deviation", self.initial_deviation),
        ] {
            RlError::check(x > 0.0 && x.is_finite(), name, "positive and finite", x)?;
        }
        let holds = self.clip > 0.0 && self.clip < 1.0;
        RlError::check(holds, "clip", "above 0 and below 1", self.clip)?;
        for (name, x) in [("discount", self.discount), ("trace", self.trace)] {
            RlError::check((0.0..=1.0).contains(&x), name, "within 0 and 1", x)?;
        }
        for (name, x) in [("value_weight", self.value_weight), ("entropy_weight", self.entropy_weight)] {
            RlError::check(x >= 0.0 && x.is_finite(), name, "finite and not negative", x)?;
        }
        if let Some(target) = self.target {
            RlError::check(target.is_finite(), "target", "finite", target)?;
        }
        MlpShape::new(1, &self.hidden_layers, 1, self.activation)?;
        self.training(0)?;
        Ok(PpoValidParams(self))
    }

    /// How the networks learn after so many steps in the environment.
    pub(super) fn training(&self, steps: usize) -> Result<Training, RlError> {
        let done = (steps as f64 / self.budget as f64).min(1.0);
        let rate = self.learning_rate * (1.0 - (1.0 - FINAL_RATE) * done);
        let training = Training::params()
            .optimizer(Optimizer::Adam { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-5 })
            .batch_size(self.batch_size)
            .learning_rate(Schedule::constant(rate))
            .stopping(Stopping::after(self.epochs));
        Ok(training.check()?)
    }
}
