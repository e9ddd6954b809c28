//! A search on every device of the build, beside the dense kernel.

mod common;

use common::{question, simulation};
use hepsys_advocate::{Device, Method, PseudoExperiments, Run, Steps, WorstCase};
use hepsys_nn::{NnError, available_devices, device_by_name};

/// Biases of some per cent, after six steps in single precision. Where two epochs are equally good on validation events, devices may
/// keep different ones, and their biases on training events differ by more than rounding.
const TOLERANCE: f64 = 1e-3;

#[test]
fn every_device_finds_the_same() {
    let simulation = simulation(400, 1.0);
    let steps = Steps { pretraining: 6, update: 6, direct: 6, ..Steps::default() };
    let params = question().methods(Method::ALL).steps(steps).batch_size(200).seeds(1).check().unwrap();
    let run = |device: Device| Run::on(device).seed(3);
    let kernel = params.search(&simulation, &run(Device::flex())).unwrap();
    let biases = |worst: &WorstCase| worst.seeds[0].iter().map(|f| f.training.bias).collect::<Vec<_>>();
    for name in available_devices().into_iter().filter(|name| *name != "cpu") {
        let device = match device_by_name(name) {
            Ok(device) => device,
            Err(NnError::NoAdapter(_)) => {
                println!("{name}: no adapter on this machine, nothing to compare");
                continue;
            }
            Err(error) => panic!("{name}: {error}"),
        };
        let run = run(device);
        let seeds = PseudoExperiments::new("search").toys(1).seed(run.streams());
        let tensors = params.search_by_tensors(&simulation, &seeds, &run).unwrap();
        let pairs = biases(&kernel).into_iter().zip(biases(&tensors));
        let largest = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        println!("{name}: largest difference of a bias: {largest:.1e}");
        assert!(largest < TOLERANCE, "{name}: {largest:.1e}");
    }
}
