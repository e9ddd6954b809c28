//! Through the dense kernel.

use hepsys_nn::dense::{
    Columns, CrossEntropy, Dense, EventLoss, LANES, LossSums, Networks, Real, Slope, SquaredError,
};
use hepsys_nn::{NnError, Run};

use super::events::KernelEvents;
use super::mixture::MixtureLoss;
use super::{Outcome, Task, adversary_start, finished};
use crate::ParamclfError;
use crate::params::{Adversary, Guess};

const CLASSIFIER: &str = "classifier";
const ADVERSARY: &str = "adversary";

impl Task<'_> {
    pub(super) fn fused(self, run: &Run) -> Result<Outcome, ParamclfError> {
        let training = self.training()?;
        let fraction = self.params.validation_fraction();
        let mut networks = Networks::init([(CLASSIFIER, self.shape.clone())], run);
        let game = self.adversary.map(|adversary| self.game(adversary)).transpose()?;
        if let Some(adversary) = self.adversary {
            let shape = self.params.adversary_shape(adversary)?;
            networks = networks.and(ADVERSARY, shape.clone(), &adversary_start(&shape, run))?;
        }
        let (events, aside) = self.events.split(fraction, run.streams().named("validation"));
        let (events, aside) = (events.for_kernel()?, aside.map(|events| events.for_kernel()).transpose()?);
        let classifier = Dense::<f32>::new(self.shape.clone());
        let loss = |networks: &Networks, batch: &KernelEvents| match &game {
            None => {
                let loss = CrossEntropy::new(&batch.terms)?;
                let mut slope = networks.flat();
                slope.value = classifier.loss_and_gradient(
                    networks.parameters(),
                    &batch.inputs,
                    &loss,
                    &mut slope.gradient,
                )?;
                Ok(slope)
            }
            Some(game) => game.slope(&classifier, networks, batch),
        };
        let mut trainer = training.minimize(loss);
        if let Some(aside) = &aside {
            trainer = trainer.validate_on(aside);
        }
        if let Some(checkpoint) = self.checkpoint {
            trainer = trainer.checkpoint(checkpoint);
        }
        let trained = finished(trainer.fit(networks, &events, run))?;
        Ok(Outcome { parameters: trained.model.of(CLASSIFIER)?.to_vec(), history: trained.history })
    }

    fn game(&self, adversary: &Adversary) -> Result<Game, ParamclfError> {
        let shape = self.params.adversary_shape(adversary)?;
        let (strength, guess) = (adversary.strength, adversary.guess);
        Ok(Game { adversary: Dense::new(shape), strength, guess })
    }
}

/// A classifier and its adversary.
struct Game {
    adversary: Dense<f32>,
    strength: f64,
    guess: Guess,
}

impl Game {
    /// The losses of both; the gradient of the adversary's reaches the classifier through its score, reversed.
    fn slope(
        &self,
        classifier: &Dense<f32>,
        networks: &Networks,
        batch: &KernelEvents,
    ) -> Result<Slope, NnError> {
        let mut slope = networks.flat();
        let (own, others) = (networks.place(CLASSIFIER)?, networks.place(ADVERSARY)?);
        let outputs = classifier.outputs(networks.of(CLASSIFIER)?, &batch.inputs)?;
        let scores: Vec<f64> = outputs[0].iter().map(|f| 1.0 / (1.0 + (-f).exp())).collect();
        let columns = Columns::new([scores.as_slice()])?;
        let (parameters, gradient) = (networks.of(ADVERSARY)?, &mut slope.gradient[others]);
        let (adversary_loss, by_score) = match self.guess {
            Guess::Value => {
                let loss = SquaredError::new(&batch.z)?;
                self.adversary.loss_and_both_gradients(parameters, &columns, &loss, gradient)?
            }
            Guess::Mixture(_) => {
                let loss = MixtureLoss::new(&batch.z);
                self.adversary.loss_and_both_gradients(parameters, &columns, &loss, gradient)?
            }
        };
        // ds/df = s (1 − s)
        let pull: Vec<f64> =
            by_score[0].iter().zip(&scores).map(|(d, s)| -self.strength * d * s * (1.0 - s)).collect();
        let pull = Columns::new([pull.as_slice()])?;
        let loss = Reversed { own: CrossEntropy::new(&batch.terms)?, pull: &pull };
        let gradient = &mut slope.gradient[own];
        let value = classifier.loss_and_gradient(networks.of(CLASSIFIER)?, &batch.inputs, &loss, gradient)?;
        slope.value = value - self.strength * adversary_loss;
        Ok(slope)
    }
}

/// The classifier's own loss, with what its adversary adds to the derivatives by its output.
struct Reversed<'a> {
    own: CrossEntropy<'a, f32>,
    pull: &'a Columns<f32>,
}

impl EventLoss<f32> for Reversed<'_> {
    #[inline(always)]
    fn block(
        &self,
        block: usize,
        outputs: &[[f32; LANES]],
        derivatives: &mut [[f32; LANES]],
        sums: &mut LossSums<'_, f32>,
    ) {
        self.own.block(block, outputs, derivatives, sums);
        let pull = &self.pull.block(block)[0];
        for l in 0..LANES {
            derivatives[0][l] = pull[l].fma(f32::ONE, derivatives[0][l]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::Prepared;
    use hepsys_nn::{Activation, Device, MlpShape};

    #[test]
    fn the_gradient_is_that_of_both_games() {
        let n = 40;
        let column = |a: f64| (0..n).map(|i| (a * f64::from(i)).sin()).collect::<Vec<f64>>();
        let events = Prepared {
            inputs: vec![column(0.7), column(1.3)],
            targets: (0..n).map(|i| f64::from(i % 2)).collect(),
            weights: (0..n).map(|i| 0.5 + 0.02 * f64::from(i)).collect(),
            z: column(0.4),
            keys: (0..40).collect(),
        };
        let batch = events.for_kernel().unwrap();
        let shape = MlpShape::new(2, &[5], 1, Activation::Tanh).unwrap();
        for (guess, n_outputs) in [(Guess::Value, 1), (Guess::Mixture(2), 6)] {
            let adversary = MlpShape::new(1, &[4], n_outputs, Activation::Tanh).unwrap();
            let parts = [(CLASSIFIER, shape.clone()), (ADVERSARY, adversary.clone())];
            let networks = Networks::init(parts, &Run::on(Device::flex()).seed(2));
            let game = Game { adversary: Dense::new(adversary), strength: 3.0, guess };
            let classifier = Dense::new(shape.clone());
            let slope = game.slope(&classifier, &networks, &batch).unwrap();
            let own = networks.place(CLASSIFIER).unwrap();
            for i in 0..networks.parameters().len() {
                let value = |shift: f64| {
                    let mut moved = networks.parameters().to_vec();
                    moved[i] += shift;
                    let (first, second) = moved.split_at(own.end);
                    let none: [(&str, MlpShape); 0] = [];
                    let moved = Networks::init(none, &Run::on(Device::flex()));
                    let moved = moved.and(CLASSIFIER, shape.clone(), first).unwrap();
                    let moved = moved.and(ADVERSARY, game.adversary.shapes()[0].clone(), second).unwrap();
                    game.slope(&classifier, &moved, &batch).unwrap().value
                };
                let h = 1e-2;
                let numeric = (value(h) - value(-h)) / (2.0 * h);
                // The value is what the classifier minimises; of it the adversary's share is −λ, and it minimises its own.
                let expected = if own.contains(&i) { slope.gradient[i] } else { -3.0 * slope.gradient[i] };
                assert!((numeric - expected).abs() < 1e-3, "{guess:?} {i}: {numeric} {expected}");
            }
            // The adversary's share of the classifier's gradient is far above that tolerance.
            let idle = Game { strength: 0.0, ..game };
            let alone = idle.slope(&classifier, &networks, &batch).unwrap();
            let share = own.map(|i| (slope.gradient[i] - alone.gradient[i]).abs()).fold(0.0, f64::max);
            assert!(share > 1e-2, "{guess:?}: {share}");
        }
    }
}
