//! A classifier of jets on every device of the build, beside the kernel on the CPU.

use hepsys_adversarial::{
    Adversary, ControlRegion, Device, JetClassifier, JetClassifierParams, Run, Sample, Scores, Seed,
    TrainingSet,
};
use hepsys_nn::{NnError, available_devices, device_by_name};
use hepsys_sim::calorimeter_jets::{CalorimeterJets, JetRegion, Process, Source};

/// Of one trained network: probabilities, from logits with errors of some 1e-6 after up to twenty steps of a memory;
/// scores differed by 2e-6.
const TOLERANCE: f64 = 1e-5;

/// Of networks that were trained: Adam divides each gradient by its own size, so where rounding sways a gradient near zero,
/// a parameter takes another step of up to the learning rate, 2e-3. Scores differed by 1e-7, with other jets by 5e-5.
const TRAINED_TOLERANCE: f64 = 1e-3;

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

fn control(n: usize) -> ControlRegion {
    let [simulation, data] = [Source::simulated(Process::Multijet), Source::data(Process::Multijet)]
        .map(|source| jets(source.inside(JetRegion::Control), n, 7));
    ControlRegion::new("di-jet", simulation, data).unwrap()
}

fn test_jets(n: usize) -> Sample {
    Process::ALL
        .map(|process| jets(Source::simulated(process), n, 9))
        .into_iter()
        .reduce(|a, b| a.concat(&b).unwrap())
        .unwrap()
}

fn params() -> JetClassifierParams {
    JetClassifier::params().batch_size(64).learning_rate(2e-3, 1e-3)
}

fn on(device: Device) -> Run {
    Run::on(device).seed(5)
}

/// The devices of the build besides the kernel's, as far as this machine has them.
fn devices() -> impl Iterator<Item = (&'static str, Device)> {
    available_devices().into_iter().filter(|name| !["cpu", "flex"].contains(name)).filter_map(|name| {
        match device_by_name(name) {
            Ok(device) => Some((name, device)),
            Err(NnError::NoAdapter(_)) => {
                println!("{name}: no adapter on this machine, nothing to compare");
                None
            }
            Err(error) => panic!("{name}: {error}"),
        }
    })
}

fn largest_difference(a: &Scores, b: &Scores) -> f64 {
    assert_eq!(a.n_events(), b.n_events());
    let pairs = a.columns().concat().into_iter().zip(b.columns().concat());
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

#[test]
fn every_device_gives_the_scores_of_the_kernel() {
    // The network of 60 167 parameters.
    let classifier = params().epochs(4, 0).check().unwrap().fit(&training(100), None, &on(Device::flex()));
    let (classifier, sample) = (classifier.unwrap(), test_jets(80));
    let kernel = classifier.scores(&sample, &on(Device::flex())).unwrap();
    for name in kernel.classes() {
        assert!(kernel.of(name).unwrap().iter().any(|score| *score > 0.5), "no jet looks like {name}");
    }
    for (name, device) in devices() {
        let tensors = classifier.scores(&sample, &on(device)).unwrap();
        let largest = largest_difference(&kernel, &tensors);
        println!("{name}: largest difference of a score {largest:.1e}");
        assert!(largest < TOLERANCE, "{name}: {largest:.1e}");
    }
}

#[test]
fn every_device_trains_the_same_classifier() {
    let (training, control, sample) = (training(80), control(80), test_jets(80));
    let params = params().hidden_layers([24]).epochs(1, 2).decorrelate(Adversary::default()).check().unwrap();
    let train = |device: Device| {
        let classifier = params.fit(&training, Some(&control), &on(device)).unwrap();
        let phases = ["pretraining", "adversary", "decorrelation"];
        let losses: Vec<f64> =
            phases.iter().flat_map(|phase| classifier.history().losses_of(phase)).collect();
        (classifier.scores(&sample, &on(Device::flex())).unwrap(), losses)
    };
    let (kernel, losses) = train(Device::flex());
    // One epoch alone, three of the adversary, of which the first is its own, and two of both.
    assert_eq!(losses.len(), 6, "{losses:?}");
    for (name, device) in devices() {
        let (tensors, of_tensors) = train(device);
        assert_eq!(losses.len(), of_tensors.len());
        let of_losses = losses.iter().zip(&of_tensors).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        let of_scores = largest_difference(&kernel, &tensors);
        println!(
            "{name}: largest difference after training of a score {of_scores:.1e}, of a loss {of_losses:.1e}"
        );
        assert!(of_scores < TRAINED_TOLERANCE && of_losses < TRAINED_TOLERANCE, "{name}");
    }
}
