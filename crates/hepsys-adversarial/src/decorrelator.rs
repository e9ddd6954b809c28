use serde::{Deserialize, Serialize};

use crate::correction::Blocks;
use crate::{AdversarialError, ScoreScale};

/// How a classifier is kept from learning the difference between simulation and data.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Decorrelator {
    /// Not at all.
    #[default]
    None,
    /// A second network tells simulation from data by the scores in the control region, in steps of its own; what it finds, the
    /// classifier unlearns (`louppe2017`, `watts2023`).
    Adversary(Adversary),
    /// The same two networks in one step: the gradient of the second reaches the first reversed (`ganin2015`).
    GradientReversal(Reversal),
    /// The distance correlation of the scores with what is simulation and what data (`kasieczka2020`).
    Disco(Penalty),
    /// The area between the distributions of each score in simulation and in data, squared: moment decomposition with a zeroth
    /// moment (`kitouni2021`).
    Mode(Penalty),
    /// The classifier does not see these features.
    Remove(Vec<String>),
    /// Simulation is shifted and smeared until it looks like data, block by block of detector layer and momentum.
    Correct(Blocks),
}

/// The opponent of a classifier: scores → batch normalisation → tanh layers → simulation or data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Adversary {
    /// SF: the classifier minimises its own cross entropy minus SF times the adversary's. Defaults to 3.
    pub strength: f64,
    /// What it sees of the scores. Defaults to their logarithms, which close far better than the scores themselves.
    pub scale: ScoreScale,
    /// The widths of its layers. Defaults to 24 and 12.
    pub hidden_layers: Vec<usize>,
    /// Its learning rate. Defaults to 0.005.
    pub learning_rate: f64,
    /// How many steps it takes before each of the classifier's, on fresh events. Defaults to 2.
    pub steps: usize,
    /// How many epochs it learns alone, before the classifier minds it. Defaults to 1.
    pub warm_up_epochs: usize,
    /// Over how many epochs its strength grows. Defaults to 3.
    pub ramp_epochs: usize,
}

impl Default for Adversary {
    fn default() -> Self {
        Self {
            strength: 3.0,
            scale: ScoreScale::default(),
            hidden_layers: vec![24, 12],
            learning_rate: 5e-3,
            steps: 2,
            warm_up_epochs: 1,
            ramp_epochs: 3,
        }
    }
}

impl Adversary {
    /// An adversary that sees the scores themselves, as in the talk.
    #[must_use]
    pub fn on_scores() -> Self {
        Self { scale: ScoreScale::Probability, ..Self::default() }
    }

    /// An adversary that sees the logarithms of the scores.
    #[must_use]
    pub fn on_log_scores() -> Self {
        Self::default()
    }

    /// The same with this strength, SF.
    #[must_use]
    pub fn strength(mut self, strength: f64) -> Self {
        self.strength = strength;
        self
    }

    fn check(&self) -> Result<(), AdversarialError> {
        check_strength(self.strength)?;
        self.scale.check()?;
        let rate = self.learning_rate;
        AdversarialError::check(
            rate > 0.0 && rate.is_finite(),
            "the adversary's learning rate",
            "positive",
            rate,
        )?;
        AdversarialError::check(self.steps > 0, "the adversary's steps", "positive", 0.0)?;
        check_ramp(self.ramp_epochs)?;
        check_layers(&self.hidden_layers)
    }
}

/// The opponent of a classifier that learns in the classifier's own steps, at its rate: layers as those of [`Adversary`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Reversal {
    /// SF: what the gradient is multiplied by, beside its sign, on its way into the classifier. Defaults to 3.
    pub strength: f64,
    /// What it sees of the scores. Defaults to their logarithms.
    pub scale: ScoreScale,
    /// The widths of its layers. Defaults to 24 and 12.
    pub hidden_layers: Vec<usize>,
    /// Over how many epochs its strength grows. Defaults to 3.
    pub ramp_epochs: usize,
}

impl Default for Reversal {
    fn default() -> Self {
        let Adversary { strength, scale, hidden_layers, ramp_epochs, .. } = Adversary::default();
        Self { strength, scale, hidden_layers, ramp_epochs }
    }
}

impl Reversal {
    /// An opponent of this strength, SF.
    ///
    /// ```
    /// use hepsys_adversarial::{Decorrelator, Reversal};
    /// let reversal = Decorrelator::GradientReversal(Reversal::of_strength(10.0));
    /// assert_eq!(reversal.strength(), Some(10.0));
    /// ```
    #[must_use]
    pub fn of_strength(strength: f64) -> Self {
        Self { strength, ..Self::default() }
    }

    fn check(&self) -> Result<(), AdversarialError> {
        check_strength(self.strength)?;
        self.scale.check()?;
        check_ramp(self.ramp_epochs)?;
        check_layers(&self.hidden_layers)
    }
}

/// A term of the loss that measures the difference in the control region.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Penalty {
    /// What the term is multiplied by. Defaults to 10.
    pub strength: f64,
    /// What of the scores it looks at. Defaults to their logarithms.
    pub scale: ScoreScale,
    /// Over how many epochs its strength grows. Defaults to 3.
    pub ramp_epochs: usize,
}

impl Default for Penalty {
    fn default() -> Self {
        Self { strength: 10.0, scale: ScoreScale::default(), ramp_epochs: 3 }
    }
}

impl Penalty {
    /// A term of this strength.
    #[must_use]
    pub fn of_strength(strength: f64) -> Self {
        Self { strength, ..Self::default() }
    }

    fn check(&self) -> Result<(), AdversarialError> {
        check_strength(self.strength)?;
        self.scale.check()?;
        check_ramp(self.ramp_epochs)
    }
}

fn check_strength(strength: f64) -> Result<(), AdversarialError> {
    let is_right = strength >= 0.0 && strength.is_finite();
    AdversarialError::check(is_right, "the strength of the decorrelation", "zero or positive", strength)
}

fn check_ramp(epochs: usize) -> Result<(), AdversarialError> {
    AdversarialError::check(epochs > 0, "the epochs of the ramp", "positive", 0.0)
}

fn check_layers(widths: &[usize]) -> Result<(), AdversarialError> {
    AdversarialError::check(!widths.contains(&0), "the adversary's layers", "of one unit or more", 0.0)
}

impl Decorrelator {
    /// What it is called in reports.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::None => "naive",
            Self::Adversary(Adversary { scale: ScoreScale::Probability, .. }) => "adversary on scores",
            Self::Adversary(_) => "adversary on log-scores",
            Self::GradientReversal(_) => "gradient reversal",
            Self::Disco(_) => "DisCo",
            Self::Mode(_) => "MoDe",
            Self::Remove(_) => "variable removed",
            Self::Correct(_) => "block correction",
        }
    }

    /// How strong it is; there is no such number without a term of the loss.
    #[must_use]
    pub fn strength(&self) -> Option<f64> {
        match self {
            Self::None | Self::Remove(_) | Self::Correct(_) => None,
            Self::Adversary(adversary) => Some(adversary.strength),
            Self::GradientReversal(reversal) => Some(reversal.strength),
            Self::Disco(penalty) | Self::Mode(penalty) => Some(penalty.strength),
        }
    }

    /// The same with another strength, such as a point of a scan; none where there is no strength.
    ///
    /// ```
    /// use hepsys_adversarial::{Decorrelator, Penalty};
    /// let disco = Decorrelator::Disco(Penalty::default());
    /// assert_eq!(disco.with_strength(30.0).and_then(|stronger| stronger.strength()), Some(30.0));
    /// assert!(Decorrelator::None.with_strength(30.0).is_none());
    /// ```
    #[must_use]
    pub fn with_strength(mut self, strength: f64) -> Option<Self> {
        match &mut self {
            Self::None | Self::Remove(_) | Self::Correct(_) => return None,
            Self::Adversary(adversary) => adversary.strength = strength,
            Self::GradientReversal(reversal) => reversal.strength = strength,
            Self::Disco(penalty) | Self::Mode(penalty) => penalty.strength = strength,
        }
        Some(self)
    }

    /// Whether it learns in a control region.
    #[must_use]
    pub fn needs_control_region(&self) -> bool {
        !matches!(self, Self::None | Self::Remove(_))
    }

    pub(crate) fn check(&self) -> Result<(), AdversarialError> {
        match self {
            Self::None | Self::Remove(_) => Ok(()),
            Self::Adversary(adversary) => adversary.check(),
            Self::GradientReversal(reversal) => reversal.check(),
            Self::Disco(penalty) | Self::Mode(penalty) => penalty.check(),
            Self::Correct(blocks) => blocks.check(),
        }
    }
}

impl From<Adversary> for Decorrelator {
    fn from(adversary: Adversary) -> Self {
        Self::Adversary(adversary)
    }
}
