//! What the classifier of displaced jets costs: an epoch of 20 000 jets in batches of 512, alone and with an adversary that takes
//! two steps before each of the classifier's.
//!
//! `peers/jet_network.py` does the same in torch, with convolutions of kernel 1 and with dense layers in their place. One thread
//! is a pool of one; `threads=all` are those that rayon has, which `RAYON_NUM_THREADS` sets.

use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hepsys_adversarial::{
    Adversary, ControlRegion, Decorrelator, Device, JetClassifier, Run, Seed, TrainingSet,
};
use hepsys_sim::calorimeter_jets::{CalorimeterJets, JetRegion, Process, Source};

const JETS: usize = 20_000;

fn samples() -> (TrainingSet, ControlRegion) {
    let generator = CalorimeterJets::params().check().expect("the benchmark's parameters");
    let jets = |source: Source, n: usize| {
        let jets = generator.jets(source, n, Seed::new(1)).expect("jets that pass");
        jets.to_sample().expect("finite features")
    };
    let third = JETS.div_ceil(3);
    let training = TrainingSet::new()
        .simulated("signal", jets(Source::simulated(Process::Signal), third))
        .simulated("multijet", jets(Source::simulated(Process::Multijet), third))
        .measured("beam-induced", jets(Source::data(Process::BeamInduced), JETS - 2 * third));
    let [simulation, data] = [Source::simulated(Process::Multijet), Source::data(Process::Multijet)]
        .map(|source| jets(source.inside(JetRegion::Control), JETS / 2));
    (training, ControlRegion::new("di-jet", simulation, data).expect("events with weight"))
}

fn epoch(criterion: &mut Criterion) {
    let (training, control) = samples();
    let mut group = criterion.benchmark_group("jet_epoch");
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(10))
        .throughput(Throughput::Elements(JETS as u64));
    let adversary = Adversary { warm_up_epochs: 0, ..Adversary::default() };
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool of one thread");
    for (name, decorrelator) in [("plain", Decorrelator::None), ("three_steps", adversary.into())] {
        let params = JetClassifier::params().epochs(0, 1).decorrelate(decorrelator);
        let params = params.check().expect("parameters in their ranges");
        let run = Run::on(Device::flex()).seed(1);
        let fit = || params.fit(&training, Some(&control), &run).expect("a training that does not diverge");
        group.bench_function(format!("{name},jets={JETS},batch=512,threads=1"), |b| {
            one.install(|| b.iter(fit));
        });
        group.bench_function(format!("{name},jets={JETS},batch=512,threads=all"), |b| b.iter(fit));
    }
    group.finish();
}

criterion_group!(benches, epoch);
criterion_main!(benches);
