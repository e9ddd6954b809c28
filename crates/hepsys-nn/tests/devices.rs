//! Every device of the build trains the same network to the same result.

mod common;

use common::{CLIP, events, network, params, trainer};
use hepsys_nn::sequence::{Branch, Dropout, Rows, SequenceEngine, SequenceShape};
use hepsys_nn::{Device, NnError, Run, Schedule, Seed, Stopping, available_devices, device_by_name};
use rand::RngExt;

/// The largest difference of a loss or a weight after 20 steps of Adam.
///
/// A device may sum in any order: losses and gradients carry relative errors of 1e-6 in single precision.
/// Adam divides each gradient by its own size, so a weight whose gradient is near zero takes steps of up to the
/// learning rate, 1e-2, in a direction that rounding sways; over 20 steps that adds up to well below one such step.
const TOLERANCE: f64 = 1e-3;

/// Losses of 20 steps on 256 events, and the weights after them.
fn twenty_steps(device: &str) -> Result<(Vec<f64>, Vec<f64>), NnError> {
    let run = Run::on(device_by_name(device)?).seed(5);
    let mut params = params(20).learning_rate(Schedule::constant(0.01)).stopping(Stopping::after(20));
    params.batch_size = None;
    let trained = trainer(params).fit(network(&run), &events(256, run.device()), &run)?;
    Ok((trained.history.losses().collect(), trained.model.to_parameters()?))
}

#[test]
fn every_device_takes_the_steps_of_flex() {
    let (losses, weights) = twenty_steps("flex").unwrap();
    assert_eq!(losses.len(), 20);
    assert!(losses[19] < 0.7 * losses[0], "20 steps hardly lower the loss: {losses:?}");
    // The bound in single precision.
    let bound = f64::from(CLIP as f32);
    assert!(weights.iter().all(|w| w.abs() <= bound));
    assert!(weights.iter().any(|w| w.abs() == bound), "no weight reaches the clip");

    for device in available_devices().into_iter().filter(|name| *name != "cpu" && *name != "flex") {
        let (other_losses, other_weights) = match twenty_steps(device) {
            Ok(result) => result,
            Err(NnError::NoAdapter(_)) => {
                println!("{device}: no adapter on this machine, nothing to compare");
                continue;
            }
            Err(error) => panic!("{device}: {error}"),
        };
        let largest = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        let (of_losses, of_weights) = (largest(&losses, &other_losses), largest(&weights, &other_weights));
        println!("{device}: largest difference of losses {of_losses:.1e}, of weights {of_weights:.1e}");
        assert_eq!(other_losses.len(), losses.len());
        assert!(of_losses < TOLERANCE && of_weights < TOLERANCE, "{device} differs from flex");
    }
}

/// Outputs of order one and gradients in units of their largest component, where sums of up to a few hundred products in single
/// precision carry errors of some 1e-7 through the layers and up to five steps of a memory; they
/// differed by 4e-7.
const SEQUENCE_TOLERANCE: f64 = 1e-5;

/// The outputs of all events without dropout, and the gradient of a sum of outputs of a batch with dropout.
fn of_sequences(engine: &SequenceEngine, shape: &SequenceShape) -> Result<[Vec<f64>; 2], NnError> {
    let mut random = Seed::new(7).stream();
    // More than an engine gives to a device at once.
    let n_events = 4500;
    let values = (0..n_events * shape.n_columns()).map(|_| random.random_range(-1.0..1.0)).collect();
    let events = Rows::<f32>::from_events(shape.n_columns(), values)?;
    let parameters = shape.glorot_uniform(Seed::new(5));
    let outputs = engine.outputs(&parameters, &events)?;

    let batch = Rows::from_events(shape.n_columns(), events.values()[..300 * shape.n_columns()].to_vec())?;
    let forward = engine.forward(&parameters, &batch, Some(Dropout::new(0.2, Seed::new(1))?))?;
    let derivatives: Vec<Vec<f64>> = forward
        .outputs()
        .iter()
        .map(|column| column.iter().map(|_| random.random_range(-1.0..1.0)).collect())
        .collect();
    let mut gradient = vec![0.0; shape.n_parameters()];
    engine.backward(forward, &derivatives, &mut gradient)?;
    Ok([outputs.concat(), gradient])
}

#[test]
fn every_device_has_the_sequences_of_the_kernel() {
    let branches = [
        Branch::new("clusters", 5, 6, &[24, 12], 10),
        Branch::new("tracks", 3, 1, &[], 4),
        Branch::new("segments", 1, 3, &[8], 2),
    ];
    let shape = SequenceShape::new(branches, 3, &[64, 16], 3).unwrap();
    let kernel = of_sequences(&SequenceEngine::new(shape.clone(), &Device::flex()), &shape).unwrap();
    assert!(kernel.iter().all(|numbers| numbers.iter().any(|x| x.abs() > 0.1)), "nothing to compare");

    for name in available_devices().into_iter().filter(|name| *name != "cpu") {
        let device = match device_by_name(name) {
            Ok(device) => device,
            Err(NnError::NoAdapter(_)) => {
                println!("{name}: no adapter on this machine, nothing to compare");
                continue;
            }
            Err(error) => panic!("{name}: {error}"),
        };
        let tensors = of_sequences(&SequenceEngine::of_tensors(shape.clone(), &device), &shape).unwrap();
        let [of_outputs, of_gradient] = [0, 1].map(|i| {
            assert_eq!(kernel[i].len(), tensors[i].len());
            let unit = kernel[i].iter().fold(1.0_f64, |m, x| m.max(x.abs()));
            let differences = kernel[i].iter().zip(&tensors[i]).map(|(a, b)| (a - b).abs() / unit);
            differences.fold(0.0, f64::max)
        });
        println!(
            "{name}: largest difference of an output {of_outputs:.1e}, of the gradient {of_gradient:.1e}"
        );
        assert!(of_outputs < SEQUENCE_TOLERANCE && of_gradient < SEQUENCE_TOLERANCE, "{name}");
    }
}
