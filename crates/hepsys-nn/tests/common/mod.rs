//! A small regression that every test of the training loop runs: five features, a curved target.

use hepsys_core::{Feature, Sample};
use hepsys_nn::{
    Activation, Clipped, Device, Labelled, Mlp, MlpShape, Run, Schedule, Stopping, Tensor, Trainer, Training,
    TrainingParams, WeightClip, loss,
};
use rand::RngExt;

/// The bound of the clip, small enough to act within a few steps.
pub(crate) const CLIP: f64 = 0.35;

/// Events with five uniform features and a target that mixes them.
pub(crate) fn events(n_events: usize, device: &Device) -> Labelled {
    let mut stream = hepsys_core::Seed::new(11).named("events").stream();
    let columns: Vec<Vec<f64>> =
        (0..5).map(|_| (0..n_events).map(|_| stream.random::<f64>() * 2.0 - 1.0).collect()).collect();
    let targets: Vec<f64> = (0..n_events)
        .map(|e| columns[0][e] * columns[1][e] + columns[2][e].sin() - 0.3 * columns[4][e])
        .collect();
    let columns =
        columns.into_iter().enumerate().map(|(i, column)| (Feature::new(format!("x{i}"), "1"), column));
    Labelled::new(&Sample::from_columns(columns).unwrap(), &targets, device).unwrap()
}

/// A 5-16-16-1 network.
pub(crate) fn network(run: &Run) -> Mlp {
    Mlp::init(&MlpShape::new(5, &[16, 16], 1, Activation::Tanh).unwrap(), run)
}

/// Batches of 64, a rate that changes with the epoch, and Adam.
pub(crate) fn params(epochs: usize) -> TrainingParams {
    Training::params()
        .batch_size(64)
        .learning_rate(Schedule::cosine(0.02, 0.002, 30).warmed_up(2))
        .stopping(Stopping::after(epochs))
}

/// The squared error.
pub(crate) fn squared_error(network: &Mlp, batch: &Labelled) -> Tensor<1> {
    loss::mean_squared_error(network.forward(batch.inputs()), batch.targets(), batch.weights())
}

/// The training of these parameters, with every weight clipped.
pub(crate) fn trainer<'a>(params: TrainingParams) -> Trainer<'a, Mlp, Labelled> {
    let clip = WeightClip::new(CLIP, Clipped::KernelsAndBiases).unwrap();
    params.check().unwrap().minimize(squared_error).project(move |network| clip.apply(network))
}
