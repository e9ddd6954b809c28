//! Trains a small classifier of displaced jets and trees of events, and leaves both in a folder for other programs.
//!
//! `cargo run -p hepsys-adversarial --example preserve -- FOLDER`

use hepsys_adversarial::trees::BoostedTrees;
use hepsys_adversarial::{Device, JetClassifier, Run, Sample, Seed, TrainingSet};
use hepsys_sim::calorimeter_jets::{CalorimeterJets, Process, Source};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("which folder?")?;
    let generator = CalorimeterJets::params().check()?;
    let jets = |source, n, seed| -> Result<Sample, Box<dyn std::error::Error>> {
        Ok(generator.jets(source, n, Seed::new(seed))?.to_sample()?)
    };
    let [signal, multijet] = [Process::Signal, Process::Multijet].map(Source::simulated);
    let beam = Source::data(Process::BeamInduced);
    let training = TrainingSet::new()
        .simulated("signal", jets(signal, 1000, 1)?)
        .simulated("multijet", jets(multijet, 1000, 2)?)
        .measured("beam-induced", jets(beam, 1000, 3)?);
    let run = Run::on(Device::default()).seed(4);
    let classifier = JetClassifier::params().epochs(2, 3).check()?.fit(&training, None, &run)?;

    // Trees on the three scores of jets, which stand for features of events.
    let (of_signal, of_beam) = (jets(signal, 500, 5)?, jets(beam, 500, 6)?);
    let reference = of_signal.concat(&of_beam)?.concat(&jets(multijet, 500, 7)?)?;
    let scores = classifier.scores(&reference, &run)?;
    let is_signal: Vec<bool> = (0..1500).map(|event| event < 500).collect();
    let params = BoostedTrees::params().features(scores.classes()).n_trees(50).check()?;
    let trees = params.fit(scores.columns(), &is_signal, &[1.0; 1500])?;
    classifier
        .bundle(&reference, &run)?
        .model("event_trees", trees.to_onnx()?, trees.reference(scores.columns())?)
        .write(folder)?;
    Ok(())
}
