//! The losses of a classifier and its adversary, with their gradients.

use hepsys_nn::dense::{Networks, Slope};
use hepsys_nn::sequence::{Dropout, SequenceEngine};
use hepsys_nn::{NnError, Step};

use super::{ADVERSARY, AVERAGES, CLASSIFIER, Events};
use crate::penalty::{Origins, ScoreAdversary, area_between, distance_correlation};
use crate::score_scale::{cross_entropy, softmax};
use crate::{Decorrelator, ScoreScale};

/// The networks of a training and the rules between them.
pub(super) struct Game<'a> {
    pub(super) engine: SequenceEngine,
    pub(super) dropout: f64,
    pub(super) decorrelator: &'a Decorrelator,
    pub(super) adversary: Option<&'a ScoreAdversary>,
}

/// A term that is added to the loss of a batch in the control region, and its derivatives by the outputs there.
type Term = (f64, Vec<Vec<f64>>);

impl Events {
    /// Which of them are data, for a control region.
    #[must_use]
    pub fn origins(&self) -> Origins<'_> {
        Origins { is_data: &self.classes, weights: &self.weights }
    }
}

impl Game<'_> {
    /// Whether the loss has a term from the control region.
    pub(super) fn is_decorrelating(&self) -> bool {
        matches!(
            self.decorrelator,
            Decorrelator::Adversary(_) | Decorrelator::Disco(_) | Decorrelator::Mode(_)
        )
    }

    fn dropout(&self, step: &Step) -> Result<Option<Dropout>, NnError> {
        let drops = self.dropout > 0.0 && step.is_training();
        drops.then(|| Dropout::new(self.dropout, step.seed())).transpose()
    }

    /// The cross entropy of the classes.
    pub(super) fn classify(
        &self,
        networks: &Networks,
        batch: &Events,
        step: &Step,
    ) -> Result<Slope, NnError> {
        let mut slope = networks.flat();
        slope.value = self.add_classes(networks, batch, step, &mut slope.gradient)?;
        Ok(slope)
    }

    /// The cross entropy of simulation and data, as the adversary learns it; the classifier is frozen.
    pub(super) fn tell_apart(&self, networks: &Networks, control: &Events) -> Result<Slope, NnError> {
        let Some(adversary) = self.adversary else { return Ok(networks.flat()) };
        let scores = softmax(&self.engine.outputs(networks.of(CLASSIFIER)?, &control.rows)?);
        let seen = self.scale().of(&scores);
        let (parameters, averages) = (networks.of(ADVERSARY)?, networks.of(AVERAGES)?);
        let verdict = adversary.learn(parameters, averages, &seen, control.origins())?;
        let mut slope = networks.flat();
        slope.value = verdict.value;
        slope.gradient[networks.place(ADVERSARY)?].copy_from_slice(&verdict.gradient);
        slope.set.push((networks.place(AVERAGES)?.start, verdict.averages));
        Ok(slope)
    }

    /// The cross entropy of the classes, and a term that is small when scores are alike in simulation and data; an adversary is
    /// frozen, with its averages.
    pub(super) fn classify_alike(
        &self,
        networks: &Networks,
        batch: &Events,
        control: &Events,
        step: &Step,
    ) -> Result<Slope, NnError> {
        let mut slope = networks.flat();
        let classes = self.add_classes(networks, batch, step, &mut slope.gradient)?;
        let term = self.add_term(networks, control, &mut slope.gradient, |scores| {
            let seen = self.scale().of(scores);
            let strength = self.strength(step);
            let (value, by_seen) = match (self.decorrelator, self.adversary) {
                (Decorrelator::Disco(_), _) => distance_correlation(&seen, control.origins()),
                (Decorrelator::Mode(_), _) => area_between(&seen, control.origins()),
                (_, Some(adversary)) => {
                    let (parameters, averages) = (networks.of(ADVERSARY)?, networks.of(AVERAGES)?);
                    let verdict = adversary.judge(parameters, averages, &seen, control.origins())?;
                    return Ok(scaled((verdict.value, verdict.by_seen), -strength));
                }
                _ => (0.0, vec![vec![0.0; control.classes.len()]; seen.len()]),
            };
            Ok(scaled((value, by_seen), strength))
        })?;
        slope.value = classes + term;
        Ok(slope)
    }

    /// The cross entropy of the classes minus the adversary's for the classifier, and the adversary's own for the adversary.
    pub(super) fn classify_and_tell_apart(
        &self,
        networks: &Networks,
        batch: &Events,
        control: &Events,
        step: &Step,
    ) -> Result<Slope, NnError> {
        let Some(adversary) = self.adversary else { return self.classify(networks, batch, step) };
        let mut slope = networks.flat();
        let classes = self.add_classes(networks, batch, step, &mut slope.gradient)?;
        let mut learnt = None;
        let term = self.add_term(networks, control, &mut slope.gradient, |scores| {
            let seen = self.scale().of(scores);
            let (parameters, averages) = (networks.of(ADVERSARY)?, networks.of(AVERAGES)?);
            let verdict = adversary.learn(parameters, averages, &seen, control.origins())?;
            learnt = Some((verdict.gradient, verdict.averages));
            Ok(scaled((verdict.value, verdict.by_seen), -self.strength(step)))
        })?;
        slope.value = classes + term;
        if let Some((gradient, averages)) = learnt {
            slope.gradient[networks.place(ADVERSARY)?].copy_from_slice(&gradient);
            slope.set.push((networks.place(AVERAGES)?.start, averages));
        }
        Ok(slope)
    }

    fn add_classes(
        &self,
        networks: &Networks,
        batch: &Events,
        step: &Step,
        gradient: &mut [f64],
    ) -> Result<f64, NnError> {
        let forward = self.engine.forward(networks.of(CLASSIFIER)?, &batch.rows, self.dropout(step)?)?;
        let (value, derivatives) = cross_entropy(forward.outputs(), &batch.classes, &batch.weights);
        self.engine.backward(forward, &derivatives, &mut gradient[networks.place(CLASSIFIER)?])?;
        Ok(value)
    }

    /// Adds a term of the scores in the control region, without dropout: there the network is judged as it will be used.
    fn add_term(
        &self,
        networks: &Networks,
        control: &Events,
        gradient: &mut [f64],
        term: impl FnOnce(&[Vec<f64>]) -> Result<Term, NnError>,
    ) -> Result<f64, NnError> {
        let forward = self.engine.forward(networks.of(CLASSIFIER)?, &control.rows, None)?;
        let scores = softmax(forward.outputs());
        let (value, by_seen) = term(&scores)?;
        let by_outputs = self.scale().pull_back(&scores, &by_seen);
        self.engine.backward(forward, &by_outputs, &mut gradient[networks.place(CLASSIFIER)?])?;
        Ok(value)
    }

    fn scale(&self) -> ScoreScale {
        match self.decorrelator {
            Decorrelator::Adversary(adversary) => adversary.scale,
            Decorrelator::GradientReversal(reversal) => reversal.scale,
            Decorrelator::Disco(penalty) | Decorrelator::Mode(penalty) => penalty.scale,
            _ => ScoreScale::Probability,
        }
    }

    /// The strength in this epoch: it grows linearly over the first ones.
    pub(super) fn strength(&self, step: &Step) -> f64 {
        let (strength, epochs) = match self.decorrelator {
            Decorrelator::Adversary(adversary) => (adversary.strength, adversary.ramp_epochs),
            Decorrelator::GradientReversal(reversal) => (reversal.strength, reversal.ramp_epochs),
            Decorrelator::Disco(penalty) | Decorrelator::Mode(penalty) => {
                (penalty.strength, penalty.ramp_epochs)
            }
            _ => (0.0, 1),
        };
        strength * (step.epochs_of_phase() as f64 / epochs as f64).min(1.0)
    }
}

fn scaled((value, mut derivatives): Term, factor: f64) -> Term {
    derivatives.iter_mut().flatten().for_each(|d| *d *= factor);
    (factor * value, derivatives)
}
