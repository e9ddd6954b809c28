//! What the specifications of studies have in common.

use std::path::Path;

use hepsys_nn::{Activation, Clipped};
use hepsys_nplm::{Converged, Nplm, NplmParams, Optimizer, Paper, Scaling};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{ExperimentError, Profile};

/// Reads a specification.
///
/// # Errors
///
/// [`ExperimentError::Spec`] with the file, and the line and key that are wrong.
pub fn parse<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, ExperimentError> {
    toml::from_str(text).map_err(|e| ExperimentError::Spec { path: path.to_owned(), problem: e.to_string() })
}

/// The network and its training.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkSpec {
    /// The width of each hidden layer.
    pub hidden_layers: Vec<usize>,
    /// The activation of hidden layers.
    #[serde(default)]
    pub activation: Activation,
    /// The largest absolute weight.
    pub weight_clip: Option<f64>,
    /// Which parameters are clipped.
    pub clipped: Option<Clipped>,
    /// What happens to the inputs first.
    #[serde(default)]
    pub scaling: Scaling,
    /// The number of starts and when they end.
    pub converged: Option<Converged>,
    /// Or the epochs of the papers' training.
    pub paper: Option<Paper>,
}

impl NetworkSpec {
    /// The test with this network.
    ///
    /// # Errors
    ///
    /// If both ways of training are asked for.
    pub fn params(&self) -> Result<NplmParams, String> {
        let optimizer = match (self.converged, self.paper) {
            (Some(_), Some(_)) => return Err("[network] has both `converged` and `paper`".into()),
            (None, Some(paper)) => Optimizer::Paper(paper),
            (converged, None) => Optimizer::Converged(converged.unwrap_or_default()),
        };
        let mut params = Nplm::params()
            .hidden_layers(self.hidden_layers.clone())
            .activation(self.activation)
            .scaling(self.scaling)
            .optimizer(optimizer);
        if let Some(clip) = self.weight_clip {
            params = params.weight_clip(clip);
        }
        if let Some(clipped) = self.clipped {
            params = params.clipped(clipped);
        }
        Ok(params)
    }

    /// The same network with another clip.
    #[must_use]
    pub fn clipped_at(&self, weight_clip: f64) -> Self {
        Self { weight_clip: Some(weight_clip), ..self.clone() }
    }

    /// How the maximum is found, in words.
    #[must_use]
    pub fn optimizer_in_words(&self) -> String {
        match self.paper {
            Some(paper) => format!("Adam with clipping, {} epochs", paper.epochs),
            None => {
                let starts = self.converged.unwrap_or_default().starts;
                format!("box-constrained L-BFGS to convergence, best of {starts} starts")
            }
        }
    }
}

/// The scan of weight clips.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SelectionSpec {
    /// The first clip.
    pub begin: f64,
    /// By how much it is changed until the target is bracketed.
    pub factor: f64,
    /// How often the bracket is narrowed.
    pub refinements: usize,
    /// For each clip.
    pub toys: PerProfile<usize>,
}

/// The values of a key for each profile.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PerProfile<T> {
    /// For the profile quick.
    pub quick: T,
    /// For the profile standard.
    pub standard: T,
    /// For the profile full.
    pub full: T,
}

impl<T> PerProfile<T> {
    /// The value for this profile, in place.
    #[must_use]
    pub fn choice(&self, profile: Profile) -> &T {
        match profile {
            Profile::Quick => &self.quick,
            Profile::Standard => &self.standard,
            Profile::Full => &self.full,
        }
    }
}

impl<T: Copy> PerProfile<T> {
    /// The value for this profile.
    #[must_use]
    pub fn of(&self, profile: Profile) -> T {
        *self.choice(profile)
    }
}
