//! Check 3 of the method: who is frozen stays so, bit for bit, and gradients are those of the losses.

use hepsys_core::{Feature, Sample, Seed};
use hepsys_nn::sequence::{Branch, SequenceShape};
use hepsys_nn::{Batch, Device, Optimizer, Step};

use super::*;
use crate::{Adversary, FlatFeature, Inputs, JetClassifier, Penalty, Reversal};

fn sample(n: usize, shift: f64) -> Sample {
    let column = |a: f64| (0..n).map(|i| (a * (i + 1) as f64).sin() + shift).collect::<Vec<f64>>();
    let columns = [("x", 1.0), ("y", 1.7)].map(|(name, a)| (Feature::new(name, "1"), column(a + shift)));
    Sample::from_columns(columns).unwrap()
}

fn inputs() -> Inputs {
    let flat = |name: &str| FlatFeature { name: name.to_owned(), shift: 0.0, scale: 1.0 };
    Inputs { sequences: Vec::new(), flat: vec![flat("x"), flat("y")], hidden: Vec::new() }
}

fn events(n: usize, shifts: &[f64]) -> Events {
    let samples: Vec<Sample> = shifts.iter().map(|&shift| sample(n, shift)).collect();
    Events::of(&inputs(), samples.iter().map(|sample| ("events", sample))).unwrap()
}

/// A task on three classes and a control region.
fn task(params: &JetClassifierValidParams) -> Task<'_> {
    Task {
        params,
        shape: inputs().shape(&params.as_params().hidden_layers, 3).unwrap(),
        events: events(40, &[0.0, 0.4, -0.3]),
        control: Some(events(50, &[0.1, 0.2])),
        checkpoint: None,
    }
}

fn params(decorrelator: impl Into<Decorrelator>) -> JetClassifierValidParams {
    let params = JetClassifier::params().inputs(inputs()).hidden_layers([6]).batch_size(30);
    params.epochs(1, 1).decorrelate(decorrelator).check().unwrap()
}

fn networks(task: &Task<'_>, adversary: &ScoreAdversary) -> Networks {
    Networks::empty()
        .and_numbers(CLASSIFIER, &task.shape.glorot_uniform(Seed::new(12)))
        .and_numbers(ADVERSARY, &adversary.start(Seed::new(2)))
        .and_numbers(AVERAGES, &[0.1, -0.2, 0.3, 1.5, 0.7, 1.1])
}

/// The networks after one epoch of one phase of a task.
fn after(task: &Task<'_>, name: &str, start: &Networks) -> Networks {
    let adversary = task.adversary().unwrap().unwrap();
    let game = Game {
        engine: SequenceEngine::new(task.shape.clone(), &Device::flex()),
        dropout: 0.2,
        decorrelator: &task.params.as_params().decorrelator,
        adversary: Some(&adversary),
    };
    let phase = task.phases(&game).into_iter().find(|phase| phase.name() == name).unwrap();
    let training = Training::params().batch_size(30).optimizer(Optimizer::adam());
    let trained = training
        .stopping(Stopping::after(1))
        .check()
        .unwrap()
        .alternate([phase.during(..)])
        .fit(start.clone(), &task.events, &Run::on(Device::flex()).seed(4))
        .unwrap();
    trained.model
}

#[test]
fn who_is_frozen_stays_bit_for_bit() {
    let params = params(Adversary::default());
    let task = task(&params);
    let start = networks(&task, &task.adversary().unwrap().unwrap());
    let changed = |name: &str| {
        let end = after(&task, name, &start);
        [CLASSIFIER, ADVERSARY, AVERAGES].map(|part| start.of(part).unwrap() != end.of(part).unwrap())
    };
    assert_eq!(changed(ADVERSARY), [false, true, true]);
    assert_eq!(changed("decorrelation"), [true, false, false]);
    assert_eq!(changed("pretraining"), [true, false, false]);
}

#[test]
fn gradients_are_those_of_the_losses() {
    let sharp = |strength| Penalty { ramp_epochs: 1, ..Penalty::of_strength(strength) };
    let adversary = Adversary { ramp_epochs: 1, ..Adversary::default() };
    let all: [Decorrelator; 4] = [
        adversary.into(),
        Decorrelator::GradientReversal(Reversal { ramp_epochs: 1, ..Reversal::default() }),
        Decorrelator::Disco(sharp(4.0)),
        Decorrelator::Mode(sharp(4.0)),
    ];
    for decorrelator in all {
        let params = params(decorrelator.clone());
        let task = task(&params);
        let network = ScoreAdversary::new(3, &[5]).unwrap();
        let start = networks(&task, &network);
        let game = Game {
            engine: SequenceEngine::new(task.shape.clone(), &Device::flex()),
            dropout: 0.2,
            decorrelator: &decorrelator,
            adversary: Some(&network),
        };
        let control = task.control.as_ref().unwrap();
        let step = Step::at(0, Seed::new(7));
        let is_reversed = matches!(decorrelator, Decorrelator::GradientReversal(_));
        let loss = |networks: &Networks| {
            let loss = if is_reversed { Game::classify_and_tell_apart } else { Game::classify_alike };
            loss(&game, networks, &task.events, control, &step).unwrap()
        };
        let slope = loss(&start);
        let place = start.place(CLASSIFIER).unwrap();
        let largest = slope.gradient[place.clone()].iter().fold(0.0_f64, |m, g| m.max(g.abs()));
        // The area of MoDe bends wherever two scores change places, which shorter steps do less.
        let tolerance = if matches!(decorrelator, Decorrelator::Mode(_)) { 1e-2 } else { 3e-4 };
        for i in place.clone() {
            let value = |h: f64| {
                let mut moved = start.of(CLASSIFIER).unwrap().to_vec();
                moved[i - place.start] += h;
                let moved = Networks::empty()
                    .and_numbers(CLASSIFIER, &moved)
                    .and_numbers(ADVERSARY, start.of(ADVERSARY).unwrap())
                    .and_numbers(AVERAGES, start.of(AVERAGES).unwrap());
                loss(&moved).value
            };
            // Single precision of the network; a ReLU that bends within one step need not within a shorter one.
            let miss = |h: f64| (slope.gradient[i] - (value(h) - value(-h)) / (2.0 * h)).abs();
            let least = [2e-3, 1e-3, 5e-4, 2.5e-4].into_iter().map(miss).fold(f64::INFINITY, f64::min);
            assert!(least < tolerance * largest, "{}, {i}: {least} of {largest}", decorrelator.name());
        }
    }
}

#[test]
fn strength_grows_over_the_first_epochs() {
    let adversary = Adversary::default().strength(6.0);
    let decorrelator = adversary.into();
    let shape = SequenceShape::new([Branch::new("a", 1, 1, &[], 1)], 0, &[], 2).unwrap();
    let engine = SequenceEngine::new(shape, &Device::flex());
    let game = Game { engine, dropout: 0.0, decorrelator: &decorrelator, adversary: None };
    let strengths = [0, 1, 2, 3].map(|epoch| game.strength(&Step::at(epoch, Seed::new(0))));
    assert_eq!(strengths, [2.0, 4.0, 6.0, 6.0]);
}

#[test]
fn classes_count_the_same_whatever_their_numbers() {
    let samples = [sample(10, 0.0), sample(40, 1.0)];
    let events = Events::of(&inputs(), samples.iter().map(|sample| ("events", sample))).unwrap();
    let total = |class| {
        events.classes.iter().zip(&events.weights).filter(|(c, _)| **c == class).map(|(_, w)| w).sum::<f64>()
    };
    assert!((total(0) - 25.0).abs() < 1e-12 && (total(1) - 25.0).abs() < 1e-12);
    assert_eq!(events.take(&[12, 3]).classes, [1, 0]);
}
