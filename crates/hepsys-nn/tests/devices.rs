//! Every device of the build trains the same network to the same result.

mod common;

use common::{CLIP, events, network, params, trainer};
use hepsys_nn::{NnError, Run, Schedule, Stopping, available_devices, device_by_name};

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
