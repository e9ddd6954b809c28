//! Through tensors, for devices other than the CPU's.

use hepsys_nn::burn;
use hepsys_nn::burn::tensor::{Tensor, activation};
use hepsys_nn::{Mlp, Module, Run, loss};

use super::events::TensorEvents;
use super::mixture::mixture_loss;
use super::{Outcome, Task, adversary_start, finished};
use crate::ParamclfError;
use crate::params::Guess;

/// A classifier, and its adversary if it has one.
#[derive(Module, Debug)]
struct Game {
    classifier: Mlp,
    adversary: Option<Mlp>,
}

impl Task<'_> {
    pub(super) fn on_device(self, run: &Run) -> Result<Outcome, ParamclfError> {
        let training = self.training()?;
        let adversary = match self.adversary {
            Some(adversary) => {
                let shape = self.params.adversary_shape(adversary)?;
                Some(Mlp::from_parameters(&shape, &adversary_start(&shape, run), run.device())?)
            }
            None => None,
        };
        let game = Game { classifier: Mlp::init(&self.shape, &run.named("classifier")), adversary };
        let fraction = self.params.validation_fraction();
        let (events, aside) = self.events.split(fraction, run.streams().named("validation"));
        let events = events.on_device(run.device());
        let aside = aside.map(|events| events.on_device(run.device()));
        let rules = self.adversary.map(|adversary| (adversary.strength, adversary.guess));
        let mut trainer = training.minimize(move |game: &Game, batch: &TensorEvents| game.loss(batch, rules));
        if let Some(aside) = &aside {
            trainer = trainer.validate_on(aside);
        }
        if let Some(checkpoint) = self.checkpoint {
            trainer = trainer.checkpoint(checkpoint);
        }
        let trained = finished(trainer.fit(game, &events, run))?;
        Ok(Outcome { parameters: trained.model.classifier.to_parameters()?, history: trained.history })
    }
}

impl Game {
    /// As in the dense kernel: the value is $L_f - \lambda L_a$, the adversary's gradient is that of $L_a$.
    fn loss(&self, batch: &TensorEvents, rules: Option<(f64, Guess)>) -> Tensor<1> {
        let outputs = self.classifier.forward(batch.inputs.clone());
        let own = loss::binary_cross_entropy(outputs.clone(), batch.targets.clone(), batch.weights.clone());
        let (Some((strength, guess)), Some(adversary)) = (rules, &self.adversary) else { return own };
        // The score itself, with −λ times its gradient.
        let still = outputs.clone().detach();
        let reversed = still.clone() * (1.0 + strength) - outputs * strength;
        let guesses = adversary.forward(activation::sigmoid(reversed));
        let theirs = match guess {
            Guess::Value => loss::mean_squared_error(guesses, batch.z.clone(), batch.weights.clone()),
            Guess::Mixture(_) => mixture_loss(guesses, batch.z.clone(), batch.weights.clone()),
        };
        // Descends the adversary's loss, and shows that of the classifier.
        own + theirs.clone() - theirs.detach() * (1.0 + strength)
    }
}
