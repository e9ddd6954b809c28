use hepsys_core::Seed;

use crate::{Action, RlError, Space};

/// Where an agent acts: it observes, does something, and is rewarded.
///
/// An environment draws its random numbers from the seed of its [`reset`](Environment::reset) and from nothing else, so that an
/// episode depends on that seed and on the actions only.
///
/// ```
/// use hepsys_rl::{Action, BoxSpace, Environment, Observation, RlError, Seed, Space, Step};
///
/// /// Stand still at zero.
/// struct Line(f64);
///
/// impl Environment for Line {
///     fn space(&self) -> Space {
///         Space::Box(BoxSpace::uniform(1, -1.0, 1.0).expect("ordered bounds"))
///     }
///     fn n_observations(&self) -> usize {
///         1
///     }
///     fn max_steps(&self) -> usize {
///         20
///     }
///     fn reset(&mut self, seed: Seed) -> Result<Observation, RlError> {
///         self.0 = (seed.as_u64() % 7) as f64 - 3.0;
///         Ok(Observation::new([self.0]))
///     }
///     fn step(&mut self, action: &Action) -> Result<Step, RlError> {
///         self.0 += self.space().point(action)?[0];
///         Ok(Step::new([self.0], -self.0.abs()))
///     }
/// }
///
/// let mut line = Line(0.0);
/// line.reset(Seed::new(1))?;
/// assert!(line.step(&Action::Box(vec![0.5])).is_ok());
/// assert!(line.step(&Action::Box(vec![2.0])).is_err());
/// # Ok::<(), RlError>(())
/// ```
pub trait Environment {
    /// The actions that it takes, the same all the time.
    fn space(&self) -> Space;

    /// How many numbers an observation has, the same all the time.
    fn n_observations(&self) -> usize;

    /// After how many steps an episode is cut off.
    ///
    /// That is no end of the environment's own: what the last observation promises still counts.
    fn max_steps(&self) -> usize;

    /// Begins an episode, whose random numbers are those of `seed`.
    ///
    /// # Errors
    ///
    /// [`RlError::Environment`] with what the environment says.
    fn reset(&mut self, seed: Seed) -> Result<Observation, RlError>;

    /// Does what the agent wants.
    ///
    /// # Errors
    ///
    /// [`RlError::BadAction`] for an action that is none, or [`RlError::Environment`] with what the environment says.
    fn step(&mut self, action: &Action) -> Result<Step, RlError>;
}

/// What an agent sees.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Observation {
    /// The numbers.
    pub values: Vec<f64>,
    /// Which choices of a [`Space::Discrete`] are allowed now; all of them if it does not say.
    pub allowed: Option<Vec<bool>>,
    /// What is added to the agent's logits of the choices, if it is known which are good: the agent begins with these preferences, and
    /// learns what they lack.
    pub preferences: Option<Vec<f64>>,
}

impl Observation {
    /// These numbers, with every action allowed.
    pub fn new(values: impl Into<Vec<f64>>) -> Self {
        Self { values: values.into(), allowed: None, preferences: None }
    }

    /// The same with a mask of the choices that are allowed.
    #[must_use]
    pub fn allowing(mut self, allowed: impl Into<Vec<bool>>) -> Self {
        self.allowed = Some(allowed.into());
        self
    }

    /// The same with logits to begin with, one for each choice: an agent that has learnt nothing takes choices with the probabilities that
    /// they are the logarithms of.
    #[must_use]
    pub fn preferring(mut self, logits: impl Into<Vec<f64>>) -> Self {
        self.preferences = Some(logits.into());
        self
    }
}

/// What came of an action.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Step {
    /// What the agent sees now.
    pub observation: Observation,
    /// How good it was.
    pub reward: f64,
    /// Whether the episode is over, so that nothing is to be gained any more.
    pub done: bool,
}

impl Step {
    /// A step after which the episode goes on, with every action allowed.
    pub fn new(values: impl Into<Vec<f64>>, reward: f64) -> Self {
        Self::to(Observation::new(values), reward)
    }

    /// A step to this observation, after which the episode goes on.
    #[must_use]
    pub fn to(observation: Observation, reward: f64) -> Self {
        Self { observation, reward, done: false }
    }

    /// The same step, after which the episode is over if `done`.
    #[must_use]
    pub fn ending(mut self, done: bool) -> Self {
        self.done = done;
        self
    }
}
