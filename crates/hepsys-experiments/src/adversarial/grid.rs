//! Networks of other sizes, compared by their separation alone.

use hepsys_adversarial::{Auc, Scores};
use hepsys_nn::Run;
use serde::{Deserialize, Serialize};

use super::measure::Against;
use super::sample::{CLASSES, Samples, TestSamples};
use super::spec::{CalratioSpec, GridPoint};
use super::tagger::Tagger;
use crate::ExperimentError;
use crate::context::Profile;

/// How a network of the grid does with jets that it has not seen.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct GridResult {
    /// The mean of −ln p of the class that a jet is of, classes counting the same.
    pub(super) cross_entropy: f64,
    /// How signal is told from each background.
    pub(super) aucs: [Auc; 2],
}

impl GridPoint {
    /// What it is called.
    pub(super) fn name(&self) -> String {
        let layers: Vec<String> = self.hidden_layers.iter().map(ToString::to_string).collect();
        format!("{}, dropout {}, rate {}", layers.join("-"), self.dropout, self.learning_rate)
    }

    /// Trains it as the naive network is.
    pub(super) fn train(
        &self,
        spec: &CalratioSpec,
        profile: Profile,
        run: &Run,
    ) -> Result<GridResult, ExperimentError> {
        let (sizes, jets) = (spec.sizes.of(profile), run.streams().named("jets"));
        let training = spec.training.of(profile);
        let params = training
            .network()
            .hidden_layers(self.hidden_layers.clone())
            .dropout(self.dropout)
            .learning_rate(self.learning_rate, training.learning_rate[1]);
        let tagger = Tagger::network(params, &Samples::new(&spec.sample, sizes, jets)?, run)?;
        let scores = tagger.test(&TestSamples::new(&spec.sample, sizes, jets)?.test)?;
        let [signal, multijet, beam] = &scores;
        let mut cross_entropy = 0.0;
        for (class, scores) in CLASSES.iter().zip(&scores) {
            cross_entropy += surprise(scores, class)? / CLASSES.len() as f64;
        }
        let aucs = [(multijet, CLASSES[1]), (beam, CLASSES[2])].map(|(scores, class)| {
            Ok::<_, ExperimentError>(Against::new(signal, scores, [CLASSES[0], class])?.auc)
        });
        let [multijet, beam] = aucs;
        let aucs = [multijet?, beam?];
        Ok(GridResult { cross_entropy, aucs })
    }
}

/// The mean of −ln p.
fn surprise(scores: &Scores, class: &str) -> Result<f64, ExperimentError> {
    let right = scores.of(class)?;
    Ok(-right.iter().map(|p| p.max(f64::MIN_POSITIVE).ln()).sum::<f64>() / right.len() as f64)
}
