//! A game of one's own: learn the classes first; then flatten the log-scores in a control region on every second batch, ever more.

use hepsys_adversarial::{
    Device, Events, Inputs, Run, ScoreScale, Seed, area_between, cross_entropy, softmax,
};
use hepsys_nn::dense::{Networks, Slope};
use hepsys_nn::sequence::SequenceEngine;
use hepsys_nn::{Optimizer, Phase, Schedule, Stopping, Training};
use hepsys_sim::calorimeter_jets::{CalorimeterJets, JetRegion, Process, Source};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let generator = CalorimeterJets::params().check()?;
    let jets = |source: Source| generator.jets(source, 2000, Seed::new(1)).and_then(|jets| jets.to_sample());
    let control = |source: Source| jets(source.inside(JetRegion::Control));
    let (signal, multijet) =
        (jets(Source::simulated(Process::Signal))?, jets(Source::simulated(Process::Multijet))?);
    let (simulated, measured) =
        (control(Source::simulated(Process::Multijet))?, control(Source::data(Process::Multijet))?);

    let (inputs, scale) = (Inputs::calratio(), ScoreScale::default());
    let main = Events::of(&inputs, [("signal", &signal), ("multijet", &multijet)])?;
    let control = Events::of(&inputs, [("simulation", &simulated), ("data", &measured)])?;
    let shape = inputs.shape(&[64], 2)?;
    let network = Networks::empty().and_numbers("classifier", &shape.glorot_uniform(Seed::new(2)));
    let engine = SequenceEngine::new(shape, &Device::default());

    let classify = Phase::new("classify", |network: &Networks, batch: &Events| {
        let forward = engine.forward(network.parameters(), &batch.rows, None)?;
        let (value, derivatives) = cross_entropy(forward.outputs(), &batch.classes, &batch.weights);
        let mut slope = Slope::new(value, vec![0.0; network.parameters().len()]);
        engine.backward(forward, &derivatives, &mut slope.gradient)?;
        Ok(slope)
    });
    let flatten =
        Phase::beside("flatten", &control, 256, |network: &Networks, _: &Events, drawn: &Events, step| {
            let forward = engine.forward(network.parameters(), &drawn.rows, None)?;
            let scores = softmax(forward.outputs());
            let (value, mut by_seen) = area_between(&scale.of(&scores), drawn.origins());
            by_seen.iter_mut().flatten().for_each(|d| *d *= step.epochs_of_phase() as f64);
            let mut slope = Slope::new(value, vec![0.0; network.parameters().len()]);
            engine.backward(forward, &scale.pull_back(&scores, &by_seen), &mut slope.gradient)?;
            Ok(slope)
        });
    let phases = [
        classify.clip_gradient(1.0).learning_rate(Schedule::cosine(3e-3, 3e-4, 8)),
        flatten.every(2).during(3..).optimizer(Optimizer::sgd()).learning_rate(Schedule::constant(0.05)),
    ];
    let training = Training::params().batch_size(256).stopping(Stopping::after(8)).check()?;
    let trained = training.alternate(phases).fit(network, &main, &Run::on(Device::default()).seed(3))?;
    for (epoch, area) in trained.history.losses_of("flatten").enumerate() {
        println!("epoch {}: area between simulation and data {area:.4}", epoch + 4);
    }
    Ok(())
}
