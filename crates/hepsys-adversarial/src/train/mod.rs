//! The training of a classifier: phases of the one training loop.

mod events;
mod game;

pub use events::Events;

use hepsys_nn::dense::Networks;
use hepsys_nn::sequence::{SequenceEngine, SequenceShape};
use hepsys_nn::{Checkpoint, History, Phase, Run, Schedule, StopReason, Stopping, Training};

use crate::penalty::ScoreAdversary;
use crate::{AdversarialError, Decorrelator, JetClassifierValidParams};
use game::Game;

/// The name of the classifier among the networks of a training.
pub(crate) const CLASSIFIER: &str = "classifier";
/// The name of the adversary.
pub(crate) const ADVERSARY: &str = "adversary";
/// The name of the adversary's averages, which no phase trains.
pub(crate) const AVERAGES: &str = "averages";

/// What a classifier is trained with.
pub(crate) struct Task<'a> {
    pub(crate) params: &'a JetClassifierValidParams,
    pub(crate) shape: SequenceShape,
    pub(crate) events: Events,
    /// Simulation (class 0) and data (class 1) of the control region.
    pub(crate) control: Option<Events>,
    pub(crate) checkpoint: Option<Checkpoint>,
}

/// A trained network.
pub(crate) struct Outcome {
    pub(crate) parameters: Vec<f64>,
    pub(crate) history: History,
}

impl Task<'_> {
    /// Trains the network on the device of the run.
    pub(crate) fn run(self, run: &Run) -> Result<Outcome, AdversarialError> {
        let params = self.params.as_params();
        let adversary = self.adversary()?;
        let start = self.shape.glorot_uniform(run.named(CLASSIFIER).streams().named("init"));
        let mut networks = Networks::empty().and_numbers(CLASSIFIER, &start);
        if let Some(network) = &adversary {
            let start = network.start(run.named(ADVERSARY).streams().named("init"));
            networks =
                networks.and_numbers(ADVERSARY, &start).and_numbers(AVERAGES, &network.start_averages());
        }
        let game = Game {
            engine: SequenceEngine::new(self.shape.clone(), run.device()),
            dropout: params.dropout,
            decorrelator: &params.decorrelator,
            adversary: adversary.as_ref(),
        };
        let training = Training::params()
            .batch_size(params.batch_size)
            .learning_rate(Schedule::constant(params.learning_rate))
            .stopping(Stopping::after(self.n_epochs()))
            .check()?;
        let mut trainer = training.alternate(self.phases(&game));
        if let Some(checkpoint) = self.checkpoint.clone() {
            let digests = (self.events.digest(), self.control.as_ref().map(Events::digest));
            trainer = trainer.checkpoint(checkpoint.describing(&(params, digests))?);
        }
        let trained = trainer.fit(networks, &self.events, run)?;
        if trained.stopped == StopReason::Interrupted {
            return Err(AdversarialError::Interrupted);
        }
        Ok(Outcome { parameters: trained.model.of(CLASSIFIER)?.to_vec(), history: trained.history })
    }

    fn adversary(&self) -> Result<Option<ScoreAdversary>, AdversarialError> {
        let widths = match &self.params.as_params().decorrelator {
            Decorrelator::Adversary(adversary) => &adversary.hidden_layers,
            Decorrelator::GradientReversal(reversal) => &reversal.hidden_layers,
            _ => return Ok(None),
        };
        Ok(Some(ScoreAdversary::new(self.shape.n_outputs(), widths)?))
    }

    /// How many epochs the adversary learns alone.
    fn warm_up(&self) -> usize {
        match &self.params.as_params().decorrelator {
            Decorrelator::Adversary(adversary) if self.control.is_some() => adversary.warm_up_epochs,
            _ => 0,
        }
    }

    fn n_epochs(&self) -> usize {
        let params = self.params.as_params();
        params.pretraining_epochs + self.warm_up() + params.decorrelation_epochs
    }

    /// Who learns when, on which events and from which loss.
    fn phases<'g>(&'g self, game: &'g Game<'g>) -> Vec<Phase<'g, Networks, Events>> {
        let params = self.params.as_params();
        let (first, second) = (params.pretraining_epochs, params.decorrelation_epochs);
        let rate = |factor: f64, epochs| {
            Schedule::cosine(factor * params.learning_rate, factor * params.last_learning_rate, epochs)
        };
        let of_classifier = |phase: Phase<'g, Networks, Events>| {
            phase.training([CLASSIFIER]).clip_gradient(params.clip_gradient)
        };
        let mut phases = Vec::new();
        if first > 0 {
            let alone = Phase::at_step("pretraining", |networks: &Networks, batch: &Events, step| {
                game.classify(networks, batch, step)
            });
            phases.push(of_classifier(alone).during(..first).learning_rate(rate(1.0, first)));
        }
        let begin = first + self.warm_up();
        let n_control = params.batch_size;
        match (&params.decorrelator, &self.control) {
            (Decorrelator::Adversary(settings), Some(control)) => {
                let learn = Phase::beside(
                    ADVERSARY,
                    control,
                    n_control,
                    |networks: &Networks, _: &Events, control: &Events, _| game.tell_apart(networks, control),
                );
                phases.push(
                    learn
                        .training([ADVERSARY])
                        .times(settings.steps)
                        .during(first..)
                        .learning_rate(Schedule::constant(settings.learning_rate))
                        .clip_gradient(ADVERSARY_CLIP),
                );
            }
            (Decorrelator::GradientReversal(settings), Some(control)) if second > 0 => {
                let both = Phase::beside(
                    "reversal",
                    control,
                    n_control,
                    |networks: &Networks, batch: &Events, control: &Events, step| {
                        game.classify_and_tell_apart(networks, batch, control, step)
                    },
                );
                // One step for both: the adversary's gradient is scaled to its own learning rate by Adam alone.
                phases.push(
                    both.training([CLASSIFIER, ADVERSARY])
                        .during(begin..)
                        .learning_rate(rate(0.5, second))
                        .clip_gradient(settings.strength.max(1.0) * params.clip_gradient),
                );
                return phases;
            }
            _ => {}
        }
        if second > 0 {
            let joint = match &self.control {
                Some(control) if game.is_decorrelating() => Phase::beside(
                    "decorrelation",
                    control,
                    n_control,
                    |networks: &Networks, batch: &Events, control: &Events, step| {
                        game.classify_alike(networks, batch, control, step)
                    },
                ),
                _ => Phase::at_step("decorrelation", |networks: &Networks, batch: &Events, step| {
                    game.classify(networks, batch, step)
                }),
            };
            phases.push(of_classifier(joint).during(begin..).learning_rate(rate(0.5, second)));
        }
        phases
    }
}

/// The largest norm of an adversary's gradient.
const ADVERSARY_CLIP: f64 = 5.0;

#[cfg(test)]
mod tests;
