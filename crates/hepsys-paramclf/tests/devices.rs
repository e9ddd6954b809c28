//! A classifier and its adversary on every device of the build, beside the dense kernel.

mod common;

use common::{nuisance, values};
use hepsys_nn::{NnError, available_devices, device_by_name};
use hepsys_paramclf::{
    Adversary, Classifier, Device, Guess, ParamclfError, Run, Seed, Simulated, Stopping, Strategy,
    TrainingParams, TrainingSet,
};
use hepsys_sim::{Class, GaussianPair};

/// Logits of order one after twenty steps in single precision; on every device they agreed to 2e-6.
const TOLERANCE: f64 = 1e-4;

fn simulate(z: f64, n: usize, seed: Seed) -> Result<Simulated, ParamclfError> {
    let toy = GaussianPair::rotation();
    let class = |class: Class, name: &str| toy.sample(class, z, n, &mut seed.named(name).stream()).unwrap();
    Ok(Simulated {
        signal: class(Class::Signal, "signal"),
        background: class(Class::Background, "background"),
    })
}

#[test]
fn every_device_trains_the_same_classifiers() {
    let toy = GaussianPair::rotation();
    let simulation = |z: f64| simulate(z, 50, Seed::new(4).index((1e6 * z) as usize));
    let set = TrainingSet::new(&nuisance(&toy), &simulation, &values(0.0, 1.5, 4)).unwrap();
    let events = simulate(0.4, 200, Seed::new(5)).unwrap().signal;
    let adversary = |guess| Adversary { strength: 2.0, hidden_layers: vec![6], guess };
    for strategy in [
        Strategy::Aware,
        Strategy::Adversarial(adversary(Guess::Value)),
        Strategy::Adversarial(adversary(Guess::Mixture(2))),
    ] {
        let training = TrainingParams::default().batch_size(100).stopping(Stopping::after(5));
        let params = Classifier::params().strategy(strategy.clone()).hidden_layers([8]).training(training);
        let params = params.validation_fraction(0.1).check().unwrap();
        let logits = |device: Device, by_tensors: bool| {
            let run = Run::on(device).seed(3);
            let trained = if by_tensors { params.fit_by_tensors(&set, &run) } else { params.fit(&set, &run) };
            trained.unwrap().logits(&events, 0.4).unwrap()
        };
        let kernel = logits(Device::flex(), false);
        for name in available_devices().into_iter().filter(|name| *name != "cpu") {
            let device = match device_by_name(name) {
                Ok(device) => device,
                Err(NnError::NoAdapter(_)) => {
                    println!("{name}: no adapter on this machine, nothing to compare");
                    continue;
                }
                Err(error) => panic!("{name}: {error}"),
            };
            let tensors = logits(device, true);
            let differences = kernel.iter().zip(&tensors).map(|(a, b)| (a - b).abs());
            let largest = differences.fold(0.0, f64::max);
            println!("{name}: largest difference of a logit, {}: {largest:.1e}", strategy.name());
            assert!(largest < TOLERANCE, "{name}, {strategy:?}: {largest:.1e}");
        }
    }
}
