use hepsys_core::Sample;
use serde::{Deserialize, Serialize};

use crate::trees::{BoostedTrees, BoostedTreesParams, BoostedTreesValidParams, OneVsRest};
use crate::{AdversarialError, JetFeatures, Scores, TrainingSet};

/// A classifier of jets by boosted trees on [engineered features](JetFeatures), what a search has without a network;
/// [`JetTrees::params`] begins one.
///
/// Its [`Scores`] are those of a network, so that whatever is asked of one can be asked of the other.
///
/// ```
/// use hepsys_adversarial::trees::BoostedTrees;
/// use hepsys_adversarial::{JetTrees, Seed, TrainingSet};
/// use hepsys_sim::calorimeter_jets::{CalorimeterJets, Process, Source};
///
/// let generator = CalorimeterJets::params().check().unwrap();
/// let jets = |source, seed| generator.jets(source, 300, Seed::new(seed)).unwrap().to_sample().unwrap();
/// let training = TrainingSet::new()
///     .simulated("signal", jets(Source::simulated(Process::Signal), 1))
///     .simulated("multijet", jets(Source::simulated(Process::Multijet), 2))
///     .measured("beam-induced", jets(Source::data(Process::BeamInduced), 3));
///
/// let trained = JetTrees::params().trees(BoostedTrees::params().n_trees(20)).check()?.fit(&training)?;
/// let scores = trained.scores(&jets(Source::simulated(Process::Signal), 4))?;
/// let mean = scores.of("signal")?.iter().sum::<f64>() / 300.0;
/// assert!(mean > 0.7, "{mean}");
/// # Ok::<(), hepsys_adversarial::AdversarialError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct JetTrees;

/// Parameters of such a classifier that nobody has checked yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JetTreesParams {
    features: JetFeatures,
    trees: BoostedTreesParams,
}

/// Checked parameters of such a classifier.
#[derive(Debug, Clone, PartialEq)]
pub struct JetTreesValidParams {
    features: JetFeatures,
    trees: BoostedTreesValidParams,
}

/// Boosted trees that tell the classes of jets apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainedJetTrees {
    features: JetFeatures,
    trees: OneVsRest,
}

impl JetTrees {
    /// The parameters, with their defaults.
    #[must_use]
    pub fn params() -> JetTreesParams {
        JetTreesParams::default()
    }
}

impl Default for JetTreesParams {
    fn default() -> Self {
        Self { features: JetFeatures::calratio(), trees: BoostedTrees::params() }
    }
}

impl JetTreesParams {
    /// What the trees see of a jet. Defaults to [`JetFeatures::calratio`], cluster times among them.
    #[must_use]
    pub fn features(mut self, features: JetFeatures) -> Self {
        self.features = features;
        self
    }

    /// The trees of each class. Defaults to [`BoostedTrees::params`]; names of features that they have are replaced.
    #[must_use]
    pub fn trees(mut self, trees: BoostedTreesParams) -> Self {
        self.trees = trees;
        self
    }

    /// Checks the parameters; only checked ones can be used.
    ///
    /// # Errors
    ///
    /// [`AdversarialError::Trees`] with the first that is outside its range.
    pub fn check(self) -> Result<JetTreesValidParams, AdversarialError> {
        let trees = self.trees.features(self.features.names()).check()?;
        Ok(JetTreesValidParams { features: self.features, trees })
    }
}

impl JetTreesValidParams {
    /// Grows the trees: for each class of the set, those that tell it from all others, with the same total weight for each
    /// class.
    ///
    /// No random number is drawn, and threads change no bit.
    ///
    /// # Errors
    ///
    /// Those of [`TrainingSet::check`], [`AdversarialError::Core`] with the column that a sample lacks,
    /// [`AdversarialError::Trees`].
    pub fn fit(&self, training: &TrainingSet) -> Result<TrainedJetTrees, AdversarialError> {
        let training = training.clone().check()?;
        let mut columns = vec![Vec::new(); self.features.names().len()];
        let (mut class_of, mut weights) = (Vec::new(), Vec::new());
        for (index, class) in training.classes().iter().enumerate() {
            let features = self.features.of(&class.sample)?;
            columns.iter_mut().zip(features.columns()).for_each(|(to, column)| to.extend_from_slice(column));
            class_of.resize(class_of.len() + features.n_events(), index);
            weights.extend(features.weights().scaled_to(1.0)?.iter());
        }
        let trees = self.trees.fit_classes(training.names(), &columns, &class_of, &weights)?;
        Ok(TrainedJetTrees { features: self.features, trees })
    }
}

impl TrainedJetTrees {
    /// The scores of jets, which add up to one.
    ///
    /// # Shapes
    ///
    /// `jets`: `[n_jets, 503]` or more columns; the scores: `[n_classes][n_jets]`
    ///
    /// # Errors
    ///
    /// Those of [`JetFeatures::of`].
    pub fn scores(&self, jets: &Sample) -> Result<Scores, AdversarialError> {
        let features = self.features.of(jets)?;
        let columns: Vec<&[f64]> = features.columns().collect();
        Scores::new(self.trees.classes().to_vec(), self.trees.scores(&columns)?)
    }

    /// The names of the classes; the first is the signal.
    #[must_use]
    pub fn classes(&self) -> &[String] {
        self.trees.classes()
    }

    /// What the trees see of a jet.
    #[must_use]
    pub fn features(&self) -> &JetFeatures {
        &self.features
    }

    /// The trees.
    #[must_use]
    pub fn trees(&self) -> &OneVsRest {
        &self.trees
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Closure, ClosureParams, auc};
    use hepsys_core::{Seed, Weights};
    use hepsys_sim::calorimeter_jets::{CalorimeterJets, JetRegion, Process, Source};

    fn jets(source: Source, n: usize, seed: u64) -> Sample {
        let generator = CalorimeterJets::params().check().unwrap();
        generator.jets(source, n, Seed::new(seed)).unwrap().to_sample().unwrap()
    }

    fn training(n: usize) -> TrainingSet {
        TrainingSet::new()
            .simulated("signal", jets(Source::simulated(Process::Signal), n, 1))
            .simulated("multijet", jets(Source::simulated(Process::Multijet), n, 2))
            .measured("beam-induced", jets(Source::data(Process::BeamInduced), n, 3))
    }

    fn few() -> JetTreesParams {
        JetTrees::params().trees(BoostedTrees::params().n_trees(30).depth(4))
    }

    #[test]
    fn trees_tell_jets_apart_and_close_as_any_scores() {
        let trained = few().check().unwrap().fit(&training(2000)).unwrap();
        let [signal, multijet] = [Process::Signal, Process::Multijet]
            .map(|process| trained.scores(&jets(Source::simulated(process), 1000, 4)).unwrap());
        let ones = vec![1.0; 1000];
        let [a, b] = [&multijet, &signal].map(|scores| scores.of("signal").unwrap());
        let found = auc([a, b], [&ones, &ones]).unwrap().value;
        assert!(found > 0.97, "{found}");
        for jet in 0..1000 {
            let sum: f64 = signal.columns().iter().map(|column| column[jet]).sum();
            assert!((sum - 1.0).abs() < 1e-12);
        }
        let control = |source: Source| jets(source.inside(JetRegion::Control), 4000, 5);
        let regions = [Source::simulated(Process::Multijet), Source::data(Process::Multijet)].map(control);
        let scores = regions.each_ref().map(|sample| trained.scores(sample).unwrap());
        let closure = Closure::test(
            &ClosureParams::default(),
            (&scores[0], regions[0].weights()),
            (&scores[1], regions[1].weights()),
            Seed::new(6),
        )
        .unwrap();
        assert!(closure.fresh.value > 0.52, "cluster times of data differ: {:?}", closure.fresh);
    }

    #[test]
    fn classes_count_the_same_whatever_their_weights() {
        let params = few().check().unwrap();
        let set = training(300);
        let scaled = set.map(|class| {
            let factor = 1.0 + class.name.len() as f64;
            Ok(class.sample.clone().with_weights(Weights::uniform(factor, 300)?)?)
        });
        let test = jets(Source::simulated(Process::Multijet), 50, 9);
        let [a, b] = [set, scaled.unwrap()].map(|set| params.fit(&set).unwrap().scores(&test).unwrap());
        for (a, b) in a.columns().iter().flatten().zip(b.columns().iter().flatten()) {
            assert!((a - b).abs() < 1e-6, "{a} {b}");
        }
    }

    #[test]
    fn trees_are_kept_whole() {
        let trained = few().check().unwrap().fit(&training(200)).unwrap();
        let text = serde_json::to_string(&trained).unwrap();
        assert_eq!(serde_json::from_str::<TrainedJetTrees>(&text).unwrap(), trained);
    }

    #[test]
    fn bad_input_is_told() {
        let error = few().trees(BoostedTrees::params().n_trees(0)).check().unwrap_err().to_string();
        assert!(error.contains("n_trees"), "{error}");
        let params = few().check().unwrap();
        let one = TrainingSet::new().simulated("signal", jets(Source::simulated(Process::Signal), 5, 1));
        assert!(params.fit(&one).unwrap_err().to_string().contains("classes"));
        let narrow = jets(Source::simulated(Process::Multijet), 5, 1).select_features(&["jet_pt"]).unwrap();
        let error = params.fit(&one.simulated("multijet", narrow)).unwrap_err().to_string();
        assert!(error.contains("jet_eta"), "{error}");
    }
}
