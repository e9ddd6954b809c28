//! What the training loop does, seen from outside.

mod common;

use std::cell::Cell;
use std::sync::{Arc, Mutex};

use common::{events, network, params, squared_error, trainer};
use hepsys_nn::{
    Activation, Batch, Device, Labelled, Mlp, MlpShape, Module, NnError, Observer, Optimizer, Phase, Run,
    Schedule, StopReason, Stopping, Tensor, Training, Watched, burn,
};

fn run() -> Run {
    Run::on(Device::flex()).seed(2)
}

/// A network and another that works against it.
#[derive(Module, Debug)]
struct Pair {
    classifier: Mlp,
    adversary: Mlp,
}

fn pair(run: &Run) -> Pair {
    let adversary = MlpShape::new(1, &[4], 1, Activation::Tanh).unwrap();
    Pair { classifier: network(run), adversary: Mlp::init(&adversary, &run.named("adversary")) }
}

/// How the adversary misses the first feature, given the classifier's output.
fn adversary_loss(pair: &Pair, batch: &Labelled) -> Tensor<1> {
    let guess = pair.adversary.forward(pair.classifier.forward(batch.inputs()));
    (guess - batch.inputs().narrow(1, 0, 1)).powi_scalar(2).mean()
}

#[test]
fn a_linear_network_finds_the_least_squares_line() {
    let x = [0.0_f32, 1.0, 2.0, 3.0];
    let y = [1.0_f32, 2.0, 2.0, 4.0];
    let data = (0..4).map(|i| [x[i], y[i]]).collect::<Vec<_>>();
    let data = Tensor::<1>::from_floats(data.concat().as_slice(), &Device::flex()).reshape([4, 2]);
    let line = Mlp::init(&MlpShape::new(1, &[], 1, Activation::Tanh).unwrap(), &run());
    let trained = Training::params()
        .optimizer(Optimizer::sgd())
        .learning_rate(Schedule::constant(0.2))
        .stopping(Stopping::after(500))
        .check()
        .unwrap()
        .minimize(|line: &Mlp, batch: &Tensor<2>| {
            (line.forward(batch.clone().narrow(1, 0, 1)) - batch.clone().narrow(1, 1, 1))
                .powi_scalar(2)
                .mean()
        })
        .fit(line, &data, &run())
        .unwrap();
    let parameters = trained.model.to_parameters().unwrap();
    // Slope 4.5 / 5, intercept 9/4 - 3/2 slope; gradient descent has converged to single precision.
    assert!((parameters[0] - 0.9).abs() < 1e-5 && (parameters[1] - 0.9).abs() < 1e-5, "{parameters:?}");
}

#[test]
fn a_phase_trains_its_own_parameters_only() {
    let run = run();
    let before = pair(&run);
    let trained = params(2)
        .check()
        .unwrap()
        .alternate([Phase::new("adversary", adversary_loss).training(["adversary"])])
        .fit(before.clone(), &events(128, run.device()), &run)
        .unwrap();
    let weights = |mlp: &Mlp| mlp.to_parameters().unwrap();
    assert_eq!(weights(&before.classifier), weights(&trained.model.classifier));
    assert_ne!(weights(&before.adversary), weights(&trained.model.adversary));
}

#[test]
fn phases_take_turns_on_every_batch() {
    let run = run();
    let (adversary, classifier) = (Cell::new(0), Cell::new(0));
    let trained = params(3)
        .check()
        .unwrap()
        .alternate([
            Phase::new("adversary", |pair: &Pair, batch: &Labelled| {
                adversary.set(adversary.get() + 1);
                adversary_loss(pair, batch)
            })
            .training(["adversary"])
            .optimizer(Optimizer::sgd())
            .learning_rate(Schedule::constant(0.1)),
            Phase::new("classifier", |pair: &Pair, batch: &Labelled| {
                classifier.set(classifier.get() + 1);
                squared_error(&pair.classifier, batch) - adversary_loss(pair, batch) * 0.1
            })
            .training(["classifier"])
            .every(5),
        ])
        .fit(pair(&run), &events(256, run.device()), &run)
        .unwrap();
    // Three epochs of four batches: the classifier acts on the fifth and the tenth.
    assert_eq!((adversary.get(), classifier.get()), (12, 2));
    assert_eq!(trained.history.losses_of("adversary").count(), 3);
    assert_eq!(trained.history.losses_of("classifier").count(), 2);
    assert_eq!(trained.history.epochs[0].loss(), None);
}

#[test]
fn phases_act_in_their_epochs_as_often_as_they_are_told() {
    let run = run();
    let (first, second) = (Cell::new(0), Cell::new(0));
    let aside = events(40, run.device());
    let trained = params(4)
        .check()
        .unwrap()
        .alternate([
            Phase::new("first", |pair: &Pair, batch: &Labelled| {
                first.set(first.get() + 1);
                squared_error(&pair.classifier, batch)
            })
            .training(["classifier"])
            .during(..3),
            Phase::beside("second", &aside, 16, |pair: &Pair, _: &Labelled, drawn: &Labelled, step| {
                second.set(second.get() + 1);
                assert_eq!(drawn.n_events(), 16);
                assert_eq!(step.epoch() + 1, 2 + step.epochs_of_phase());
                adversary_loss(pair, drawn)
            })
            .training(["adversary"])
            .times(3)
            .during(2..=3),
        ])
        .fit(pair(&run), &events(256, run.device()), &run)
        .unwrap();
    // Four batches an epoch.
    assert_eq!((first.get(), second.get()), (3 * 4, 2 * 4 * 3));
    assert_eq!(trained.history.losses_of("first").count(), 3);
    assert_eq!(trained.history.losses_of("second").count(), 2);
}

#[test]
fn a_long_gradient_is_shortened_to_its_norm() {
    let run = run();
    let start = pair(&run);
    // One step of plain descent on all events moves the trained parameters by the rate times the gradient.
    let step = |clip: Option<f64>| {
        let mut phase =
            Phase::new("adversary", |pair: &Pair, batch: &Labelled| adversary_loss(pair, batch) * 100.0)
                .training(["adversary"])
                .optimizer(Optimizer::sgd())
                .learning_rate(Schedule::constant(1e-3));
        if let Some(norm) = clip {
            phase = phase.clip_gradient(norm);
        }
        let data = events(64, run.device());
        let trained = params(1).check().unwrap().alternate([phase]).fit(start.clone(), &data, &run).unwrap();
        let (before, after) =
            (start.adversary.to_parameters().unwrap(), trained.model.adversary.to_parameters().unwrap());
        before.iter().zip(after).map(|(b, a)| b - a).collect::<Vec<f64>>()
    };
    let norm = |step: &[f64]| step.iter().map(|d| d * d).sum::<f64>().sqrt();
    let (free, clipped, loose) = (step(None), step(Some(0.5)), step(Some(1e6)));
    assert!(norm(&free) > 2e-3, "the gradient is long enough to be shortened");
    // Differences of parameters in single precision.
    assert!((norm(&clipped) - 0.5e-3).abs() < 1e-6, "{}", norm(&clipped));
    let shortened = norm(&clipped) / norm(&free);
    for ((free, clipped), loose) in free.iter().zip(&clipped).zip(&loose) {
        assert!((clipped - shortened * free).abs() < 1e-6 && (free - loose).abs() < 1e-7);
    }
}

#[test]
fn a_phase_of_unknown_parameters_is_told_the_known_ones() {
    let run = run();
    let error = params(1)
        .check()
        .unwrap()
        .alternate([Phase::new("adversary", adversary_loss).training(["adversaries"])])
        .fit(pair(&run), &events(8, run.device()), &run)
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("phase \"adversary\" trains \"adversaries\", but the network has"), "{error}");
    assert!(error.contains("adversary.layers.0.weight"), "{error}");
}

#[test]
fn two_phases_of_one_name_are_refused() {
    let run = run();
    let phase = |name: &str| Phase::new(name, adversary_loss).training(["adversary"]);
    let fit = |names: [&str; 3]| {
        let training = params(1).check().unwrap().alternate(names.map(phase));
        training.fit(pair(&run), &events(8, run.device()), &run)
    };
    let error = fit(["first", "second", "first"]).unwrap_err();
    assert!(matches!(&error, NnError::SamePhase(name) if name == "first"), "{error}");
    assert!(fit(["first", "second", "third"]).is_ok());
}

#[test]
fn full_batches_do_not_depend_on_the_shuffling_seed() {
    let data = events(64, &Device::flex());
    let start = network(&run());
    let weights = |batch_size: usize, seed: u64| {
        let run = run().seed(seed);
        let trained = trainer(params(3).batch_size(batch_size)).fit(start.clone(), &data, &run).unwrap();
        trained.model.to_parameters().unwrap()
    };
    assert_eq!(weights(64, 1), weights(64, 2));
    assert_ne!(weights(16, 1), weights(16, 2));
}

#[test]
fn the_best_network_is_the_one_of_the_lowest_validation_loss() {
    let run = run();
    // Few events and steps that are too large: the validation loss goes up and down.
    let (data, validation) =
        (events(16, run.device()), events(64, run.device()).take(&(16..64).collect::<Vec<_>>()));
    let stopping = Stopping::after(200).patience(15, Watched::Validation).keeping_best();
    let training = params(200).learning_rate(Schedule::constant(0.05)).stopping(stopping).check().unwrap();
    let trained =
        training.minimize(squared_error).validate_on(&validation).fit(network(&run), &data, &run).unwrap();
    assert_eq!(trained.stopped, StopReason::NoImprovement);
    let best = trained.best_epoch.unwrap();
    assert_eq!(trained.history.n_epochs(), best + 15);
    let losses: Vec<f64> = trained.history.validation_losses().collect();
    assert!(losses.iter().all(|loss| *loss >= losses[best - 1]));
    // The same parameters on the same events, the batch as a whole.
    let loss = squared_error(&trained.model, &validation).into_scalar::<f64>();
    assert_eq!(loss, losses[best - 1]);
}

#[test]
fn a_loss_that_diverges_is_an_error_with_its_epoch() {
    let run = run();
    let error = Training::params()
        .optimizer(Optimizer::sgd())
        .learning_rate(Schedule::constant(1e30))
        .check()
        .unwrap()
        .minimize(squared_error)
        .fit(network(&run), &events(32, run.device()), &run)
        .unwrap_err();
    assert!(matches!(error, NnError::Diverged { epoch: 2, .. }), "{error}");
}

#[test]
fn a_loss_must_be_one_number_that_depends_on_the_network() {
    let run = run();
    let error = |loss: &dyn Fn(&Mlp, &Labelled) -> Tensor<1>| {
        let training = params(1).check().unwrap();
        training.minimize(loss).fit(network(&run), &events(8, run.device()), &run).unwrap_err().to_string()
    };
    let constant = error(&|_, batch| batch.targets().sum());
    assert!(constant.ends_with("but it does not depend on it"), "{constant}");
    let many = error(&|network, batch| network.forward(batch.inputs()).flatten(0, 1));
    assert!(many.ends_with("but it is 8 numbers"), "{many}");
}

#[test]
fn training_needs_events() {
    let run = run();
    let error = trainer(params(1)).fit(network(&run), &events(0, run.device()), &run).unwrap_err();
    assert_eq!(error.to_string(), "training needs events, but the sample to train on has none");
}

#[test]
fn observers_hear_of_every_epoch() {
    #[derive(Default)]
    struct Log(Mutex<Vec<String>>);
    impl Observer for Log {
        fn started(&self, task: &str, total: u64) {
            self.0.lock().unwrap().push(format!("{task} 0/{total}"));
        }
        fn advanced(&self, task: &str, done: u64, message: &str) {
            assert!(message.starts_with("loss "), "{message}");
            self.0.lock().unwrap().push(format!("{task} {done}"));
        }
        fn finished(&self, task: &str) {
            self.0.lock().unwrap().push(format!("{task} over"));
        }
    }
    let log = Arc::new(Log::default());
    let run = run().observed_by(log.clone());
    trainer(params(2)).fit(network(&run), &events(64, run.device()), &run).unwrap();
    assert_eq!(*log.0.lock().unwrap(), ["training 0/2", "training 1", "training 2", "training over"]);
}
