use hepsys_core::Stream;
use hepsys_nn::dense::{Columns, Dense, Networks};
use hepsys_nn::{MlpShape, Run};
use serde::{Deserialize, Serialize};

use super::PpoParams;
use super::distribution::{log_normal, log_probabilities, sample_choice, sample_normal};
use super::running::Running;
use crate::{Action, BoxSpace, Observation, RlError, Space};

/// The names of an agent's networks, and of its deviations.
const POLICY: &str = "policy";
const VALUE: &str = "value";
const DEVIATIONS: &str = "log_deviations";

/// How much smaller than usual the first weights of the policy's last layer are (`huang2022`): it begins without preferences.
const LAST_LAYER: f64 = 0.01;

/// An agent: what it does, and what it expects to gain. Learnt by [`Ppo`](super::Ppo).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PpoAgent {
    pub(super) space: Space,
    pub(super) shapes: [MlpShape; 2],
    pub(super) networks: Networks,
    pub(super) observations: Running,
}

/// What the networks say of an observation, with which choices it allows.
pub(super) struct Outlook {
    /// The means of coordinates, or the logarithms of the probabilities of choices.
    pub(super) outputs: Vec<f64>,
    pub(super) allowed: Vec<bool>,
    pub(super) preferences: Vec<f64>,
    pub(super) value: f64,
}

/// An action with its representation in a rollout.
pub(super) struct Taken {
    pub(super) action: Action,
    /// Coordinates in half widths before they are cut off at the bounds, or the choice.
    pub(super) raw: Vec<f64>,
    pub(super) log_probability: f64,
}

impl PpoAgent {
    pub(super) fn new(
        params: &PpoParams,
        space: Space,
        n_observations: usize,
        run: &Run,
    ) -> Result<Self, RlError> {
        let n_actions = match &space {
            Space::Box(bounds) => {
                let holds = bounds.low().iter().chain(bounds.high()).all(|x| x.is_finite());
                RlError::check(holds, "the bounds of an agent's actions", "finite", "infinite ones")?;
                bounds.n_dimensions()
            }
            Space::Discrete(n) => *n,
        };
        let shape =
            |n_outputs| MlpShape::new(n_observations, &params.hidden_layers, n_outputs, params.activation);
        let shapes = [shape(n_actions)?, shape(1)?];
        let mut policy = shapes[0].glorot_uniform(run.named(POLICY).streams().named("init"));
        if let Some(last) = shapes[0].layers().last() {
            for weight in &mut policy[last.weights..last.biases] {
                *weight *= LAST_LAYER;
            }
        }
        let value = shapes[1].glorot_uniform(run.named(VALUE).streams().named("init"));
        let none = Networks::init(Vec::<(String, MlpShape)>::new(), run);
        let mut networks =
            none.and(POLICY, shapes[0].clone(), &policy)?.and(VALUE, shapes[1].clone(), &value)?;
        if matches!(space, Space::Box(_)) {
            networks = networks.and_numbers(DEVIATIONS, &vec![params.initial_deviation.ln(); n_actions]);
        }
        Ok(Self { space, shapes, networks, observations: Running::new(n_observations) })
    }

    /// The kernel for both networks.
    pub(super) fn kernel(&self) -> Result<Dense<f64>, RlError> {
        Ok(Dense::together(self.shapes.to_vec())?)
    }

    /// The actions it knows.
    #[must_use]
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// Its networks, `policy` and `value`, and on a [`Space::Box`] the numbers `log_deviations`.
    #[must_use]
    pub fn networks(&self) -> &Networks {
        &self.networks
    }

    /// An action drawn from its policy.
    ///
    /// # Errors
    ///
    /// [`RlError::LengthMismatch`], [`RlError::NotFinite`] or [`RlError::NothingAllowed`] for an observation that it cannot act on.
    pub fn act(&self, observation: &Observation, stream: &mut Stream) -> Result<Action, RlError> {
        Ok(self.draw(&self.outlook(observation, 0)?, stream)?.action)
    }

    /// The action that its policy holds most likely.
    ///
    /// # Errors
    ///
    /// Those of [`act`](Self::act).
    pub fn act_greedily(&self, observation: &Observation) -> Result<Action, RlError> {
        let outlook = self.outlook(observation, 0)?;
        Ok(match &self.space {
            Space::Box(bounds) => Action::Box(in_bounds(bounds, &outlook.outputs)),
            Space::Discrete(_) => {
                let most = |best: usize, (k, p): (usize, &f64)| {
                    // The first choice may be one that is not allowed.
                    if *p > outlook.outputs[best] { k } else { best }
                };
                Action::Discrete(outlook.outputs.iter().enumerate().fold(0, most))
            }
        })
    }

    /// What it expects of an observation: the discounted sum of rewards, in the units that it [learns in](super::RewardScale).
    ///
    /// # Errors
    ///
    /// Those of [`act`](Self::act).
    pub fn value(&self, observation: &Observation) -> Result<f64, RlError> {
        Ok(self.outlook(observation, 0)?.value)
    }

    /// The logarithms of the deviations of a normal policy; none of a choice.
    pub(super) fn log_deviations(&self) -> Result<&[f64], RlError> {
        Ok(match &self.space {
            Space::Box(_) => self.networks.of(DEVIATIONS)?,
            Space::Discrete(_) => &[],
        })
    }

    /// What the networks say in a step of an episode.
    pub(super) fn outlook(&self, observation: &Observation, step: usize) -> Result<Outlook, RlError> {
        let n = self.shapes[0].n_outputs();
        RlError::check_length(
            "numbers of an observation",
            self.observations.n_values(),
            observation.values.len(),
        )?;
        if let Some(&found) = observation.values.iter().find(|x| !x.is_finite()) {
            return Err(RlError::NotFinite { what: "an observation".to_owned(), expected: "finite", found });
        }
        let allowed = observation.allowed.clone().unwrap_or_else(|| vec![true; n]);
        RlError::check_length("the mask of an observation", n, allowed.len())?;
        let preferences = observation.preferences.clone().unwrap_or_else(|| vec![0.0; n]);
        RlError::check_length("the preferences of an observation", n, preferences.len())?;
        if let Some(&found) = preferences.iter().find(|x| !x.is_finite()) {
            return Err(RlError::NotFinite { what: "a preference".to_owned(), expected: "finite", found });
        }
        let inputs = self.observations.standardized(&observation.values);
        let inputs = Columns::new(inputs.iter().map(std::slice::from_ref))?;
        let n_parameters = self.shapes.iter().map(MlpShape::n_parameters).sum::<usize>();
        let parameters = &self.networks.parameters()[..n_parameters.min(self.networks.parameters().len())];
        let outputs = self.kernel()?.outputs(parameters, &inputs)?;
        let value = outputs[n][0];
        let outputs: Vec<f64> = outputs[..n].iter().map(|column| column[0]).collect();
        let outputs = match &self.space {
            Space::Box(_) => outputs,
            Space::Discrete(_) => {
                let logits: Vec<f64> = outputs.iter().zip(&preferences).map(|(f, p)| f + p).collect();
                log_probabilities(&logits, &allowed).ok_or(RlError::NothingAllowed { step })?
            }
        };
        Ok(Outlook { outputs, allowed, preferences, value })
    }

    pub(super) fn draw(&self, outlook: &Outlook, stream: &mut Stream) -> Result<Taken, RlError> {
        Ok(match &self.space {
            Space::Box(bounds) => {
                let log_deviations = self.log_deviations()?;
                let raw = sample_normal(&outlook.outputs, log_deviations, stream);
                let log_probability = log_normal(&raw, &outlook.outputs, log_deviations);
                Taken { action: Action::Box(in_bounds(bounds, &raw)), raw, log_probability }
            }
            Space::Discrete(_) => {
                let choice = sample_choice(&outlook.outputs, stream);
                let log_probability = outlook.outputs[choice];
                Taken { action: Action::Discrete(choice), raw: vec![choice as f64], log_probability }
            }
        })
    }
}

/// The point of a space that lies at these half widths from its middle, or the nearest.
fn in_bounds(bounds: &BoxSpace, half_widths: &[f64]) -> Vec<f64> {
    let limits = bounds.low().iter().zip(bounds.high());
    let point = |((l, h), x): ((&f64, &f64), &f64)| (0.5 * (l + h) + 0.5 * (h - l) * x).clamp(*l, *h);
    limits.zip(half_widths).map(point).collect()
}
