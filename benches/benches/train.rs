//! What one step of the training loop costs: forward, backward, Adam, and the loop around them.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use hepsys_nn::{
    Activation, Clipped, Device, Labelled, Mlp, MlpShape, Run, Sample, Seed, Stopping, Training, WeightClip,
    loss,
};
use rand::RngExt;

/// Uniform events, half of them signal.
fn events(n_events: usize, n_features: usize, run: &Run) -> Labelled {
    let mut stream = Seed::new(1).stream();
    let columns = (0..n_features).map(|i| {
        let column: Vec<f64> = (0..n_events).map(|_| stream.random::<f64>() * 2.0 - 1.0).collect();
        (hepsys_core::Feature::new(format!("x{i}"), "1"), column)
    });
    let sample = Sample::from_columns(columns.collect::<Vec<_>>()).expect("uniform columns");
    let targets: Vec<f64> = (0..n_events).map(|e| (e % 2) as f64).collect();
    Labelled::new(&sample, &targets, run.device()).expect("one target an event")
}

/// One epoch on all events at once is one step.
fn step(c: &mut Criterion) {
    let run = Run::on(Device::flex()).seed(1);
    let clip = WeightClip::new(9.0, Clipped::KernelsAndBiases).expect("a positive bound");
    let training = Training::params().stopping(Stopping::after(1)).check().expect("sound parameters");
    let trainer = training
        .minimize(|network: &Mlp, batch: &Labelled| {
            loss::binary_cross_entropy(network.forward(batch.inputs()), batch.targets(), batch.weights())
        })
        .project(|network| clip.apply(network));

    let mut group = c.benchmark_group("train_step/flex");
    group.sample_size(20);
    for (n_inputs, hidden, n_events) in [(5, [7, 7], 5_100), (5, [7, 7], 51_000), (30, [128, 128], 1_024)] {
        let shape = MlpShape::new(n_inputs, &hidden, 1, Activation::Tanh).expect("layers with units");
        let (network, data) = (Mlp::init(&shape, &run), events(n_events, n_inputs, &run));
        group.throughput(Throughput::Elements(n_events as u64));
        group.bench_function(BenchmarkId::new(shape.to_string(), format!("events={n_events}")), |b| {
            b.iter(|| trainer.fit(network.clone(), &data, &run).expect("a finite loss"));
        });
    }
    group.finish();
}

criterion_group!(benches, step);
criterion_main!(benches);
