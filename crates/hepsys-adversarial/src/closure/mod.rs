//! The honest test: can anybody still tell simulation from data?

mod auc;
mod fresh;
mod scores;

pub use auc::{Auc, auc};
pub(crate) use fresh::fresh_auc;
pub use scores::{CutEfficiency, ScoreClosure};

use hepsys_core::{Seed, Weights};
use serde::{Deserialize, Serialize};

use crate::score_scale::check_lengths;
use crate::{AdversarialError, ScoreScale, Scores};

/// How scores are compared between simulation and data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClosureParams {
    /// What a freshly trained classifier sees of the scores. Defaults to their logarithms.
    pub scale: ScoreScale,
    /// The widths of its hidden layers. Defaults to two of 32.
    pub hidden_layers: Vec<usize>,
    /// How many epochs it learns. Defaults to 12.
    pub epochs: usize,
    /// How many bins the χ² of a score has. Defaults to 20.
    pub n_bins: usize,
    /// Efficiencies in simulation at which each score is cut to compare them with data. Defaults to 10, 1 and 0.1 %.
    pub efficiencies: Vec<f64>,
}

impl Default for ClosureParams {
    fn default() -> Self {
        Self {
            scale: ScoreScale::default(),
            hidden_layers: vec![32, 32],
            epochs: 12,
            n_bins: 20,
            efficiencies: vec![0.1, 0.01, 0.001],
        }
    }
}

/// How alike the scores of simulation and data are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Closure {
    /// Each score by itself.
    pub scores: Vec<ScoreClosure>,
    /// The area under the curve of a classifier that was trained on the scores of one half of the events to tell simulation from
    /// data, and tested on the other half; 0.5 where nothing is left to be found.
    ///
    /// The loss of an adversary that took part in the training says less: at ln 2 a fresh classifier may still tell them apart.
    pub fresh: Auc,
}

impl Closure {
    /// Compares the scores of simulated and measured events.
    ///
    /// The seed decides the halves and the fresh classifier.
    ///
    /// # Errors
    ///
    /// [`AdversarialError::BadParameter`] if scores and weights have different lengths, or with fewer than ten events of a kind;
    /// [`AdversarialError::Weightless`] if all weights are zero.
    pub fn test(
        params: &ClosureParams,
        simulation: (&Scores, &Weights),
        data: (&Scores, &Weights),
        seed: Seed,
    ) -> Result<Self, AdversarialError> {
        for (what, (scores, weights)) in [("simulation", simulation), ("data", data)] {
            check_lengths(what, scores.n_events(), weights.len())?;
            crate::training_set::check_weights(what, weights)?;
            AdversarialError::check(
                scores.n_events() >= 10,
                &format!("the number of events of {what}"),
                "ten or more",
                scores.n_events() as f64,
            )?;
        }
        let names = simulation.0.classes();
        let weights = [simulation.1, data.1].map(|weights| weights.iter().collect::<Vec<f64>>());
        let scores = names
            .iter()
            .map(|name| {
                let columns = [simulation.0.of(name)?, data.0.of(name)?];
                ScoreClosure::of(name, columns, [simulation.1, data.1], params)
            })
            .collect::<Result<_, AdversarialError>>()?;
        let seen = [simulation.0, data.0].map(|scores| params.scale.of(scores.columns()));
        let fresh = fresh_auc(params, &seen, &weights, seed)?;
        Ok(Self { scores, fresh })
    }

    /// The largest distance between the cumulative distributions of any score.
    #[must_use]
    pub fn largest_distance(&self) -> f64 {
        self.scores.iter().fold(0.0, |largest, score| largest.max(score.distance))
    }
}
