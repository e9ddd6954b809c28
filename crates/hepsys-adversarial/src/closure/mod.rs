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

impl ClosureParams {
    pub(crate) fn check(&self) -> Result<(), AdversarialError> {
        self.scale.check()?;
        let (epochs, n_bins) = (self.epochs as f64, self.n_bins as f64);
        AdversarialError::check(epochs > 0.0, "the epochs of the fresh classifier", "positive", epochs)?;
        let is_right = !self.hidden_layers.contains(&0);
        AdversarialError::check(is_right, "the layers of the fresh classifier", "of one unit or more", 0.0)?;
        AdversarialError::check(n_bins >= 2.0, "the number of bins of closure", "two or more", n_bins)?;
        self.efficiencies.iter().try_for_each(|&efficiency| {
            let is_right = 0.0 < efficiency && efficiency < 1.0;
            AdversarialError::check(is_right, "the efficiency of a cut", "above 0 and below 1", efficiency)
        })
    }
}

impl Closure {
    /// Compares the scores of simulated and measured events.
    ///
    /// The seed decides the halves and the fresh classifier.
    ///
    /// # Errors
    ///
    /// [`AdversarialError::BadParameter`] for parameters out of range, if scores and weights have different lengths, if data have
    /// other classes than simulation or the same in another order, or with fewer than ten events of a kind;
    /// [`AdversarialError::Weightless`] and [`AdversarialError::NegativeWeight`].
    pub fn test(
        params: &ClosureParams,
        simulation: (&Scores, &Weights),
        data: (&Scores, &Weights),
        seed: Seed,
    ) -> Result<Self, AdversarialError> {
        params.check()?;
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
        if data.0.classes() != names {
            let expected = format!("{names:?}, as those of simulation");
            let found = format!("{:?}", data.0.classes());
            return Err(AdversarialError::bad("the classes of data", expected, found));
        }
        let weights = [simulation.1, data.1].map(|weights| weights.iter().collect::<Vec<f64>>());
        let columns = simulation.0.columns().iter().zip(data.0.columns());
        let scores = names
            .iter()
            .zip(columns)
            .map(|(name, (a, b))| ScoreClosure::of(name, [a, b], [simulation.1, data.1], params))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(classes: [&str; 2]) -> Scores {
        let signal: Vec<f64> = (0..20).map(|i| (f64::from(i) + 0.5) / 20.0).collect();
        let rest = signal.iter().map(|p| 1.0 - p).collect();
        Scores::new(classes.map(String::from).to_vec(), vec![signal, rest]).unwrap()
    }

    fn error(params: &ClosureParams, data: &Scores) -> String {
        let (simulation, weights) = (scores(["signal", "rest"]), Weights::unit(20));
        let found = Closure::test(params, (&simulation, &weights), (data, &weights), Seed::new(1));
        found.unwrap_err().to_string()
    }

    #[test]
    fn data_of_other_classes_or_another_order_are_refused() {
        let params = ClosureParams::default();
        for classes in [["rest", "signal"], ["signal", "multijet"]] {
            let found = error(&params, &scores(classes));
            let expected = format!(
                "the classes of data must be [\"signal\", \"rest\"], as those of simulation, got {classes:?}"
            );
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn parameters_outside_their_range_are_named() {
        let refused = |params: ClosureParams, name: &str| {
            let found = error(&params, &scores(["signal", "rest"]));
            assert!(found.starts_with(name), "{found}");
        };
        let params = ClosureParams::default;
        refused(ClosureParams { n_bins: 1, ..params() }, "the number of bins of closure");
        refused(ClosureParams { epochs: 0, ..params() }, "the epochs of the fresh classifier");
        refused(
            ClosureParams { hidden_layers: vec![4, 0], ..params() },
            "the layers of the fresh classifier",
        );
        let scale = ScoreScale::Log { floor: 1.0 };
        refused(ClosureParams { scale, ..params() }, "the floor of log-scores");
        for efficiency in [0.0, 1.0, -0.1, f64::NAN] {
            let efficiencies = vec![0.1, efficiency];
            refused(ClosureParams { efficiencies, ..params() }, "the efficiency of a cut");
        }
    }
}
