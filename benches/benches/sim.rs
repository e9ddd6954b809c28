//! How fast decays are made: phase space, chains, and what a detector sees of them. All on one thread.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hepsys_core::Seed;
use hepsys_sim::calorimeter_jets::{CalorimeterJets, Process, Source};
use hepsys_sim::{
    AngularDensity, AngularMoments, AngularObservables, BranchingRatioChannel, DecayAngles, FourMomentum,
    KstarMuMu, Particle, PhaseSpace, ProductionSpectrum, mass,
};

const EVENTS: usize = 10_000;

/// B+ → K+ μμ, and with one and three more pions.
const DAUGHTERS: [&[f64]; 3] = [
    &[mass::K_PLUS, mass::MUON, mass::MUON],
    &[mass::K_PLUS, mass::MUON, mass::MUON, mass::PI_PLUS],
    &[mass::K_PLUS, mass::MUON, mass::MUON, mass::PI_PLUS, mass::PI_PLUS, mass::PI_PLUS],
];

fn phase_space(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("phase_space");
    group.throughput(Throughput::Elements(EVENTS as u64));
    for daughters in DAUGHTERS {
        let n_daughters = daughters.len();
        let decay = PhaseSpace::new(mass::B_PLUS, daughters).expect("a mass above the threshold");
        let mut stream = Seed::new(1).named("phase space").stream();
        let mut momenta = vec![FourMomentum::default(); n_daughters * EVENTS];
        let mut weights = vec![0.0; EVENTS];
        group.bench_function(format!("weighted,daughters={n_daughters},events={EVENTS}"), |b| {
            b.iter(|| decay.fill(&mut momenta, &mut weights, &mut stream).expect("room for the events"));
        });
        group.bench_function(format!("unweighted,daughters={n_daughters},events={EVENTS}"), |b| {
            b.iter(|| decay.unweighted(EVENTS, &mut stream));
        });
    }
    // As many events a call as in `peers/phase_space.py`.
    let decay = PhaseSpace::new(mass::B_PLUS, DAUGHTERS[0]).expect("a mass above the threshold");
    for n_events in [100_000, 1_000_000] {
        let mut stream = Seed::new(1).named("phase space").stream();
        let mut momenta = vec![FourMomentum::default(); 3 * n_events];
        let mut weights = vec![0.0; n_events];
        group.throughput(Throughput::Elements(n_events as u64));
        group.bench_function(format!("weighted,daughters=3,events={n_events},threads=1"), |b| {
            b.iter(|| decay.fill(&mut momenta, &mut weights, &mut stream).expect("room for the events"));
        });
    }
    group.finish();
}

fn chain(criterion: &mut Criterion) {
    let stable = |gev: f64| Particle::new(gev).expect("a mass");
    let kstar = stable(mass::K_STAR)
        .decaying_to([stable(mass::K_PLUS), stable(mass::PI_PLUS)])
        .expect("a mass above the threshold");
    let b = stable(mass::B_ZERO)
        .decaying_to([kstar, stable(mass::MUON), stable(mass::MUON)])
        .expect("a mass above the threshold");
    let mut stream = Seed::new(1).named("chain").stream();
    let mothers: Vec<_> =
        (0..EVENTS).map(|_| ProductionSpectrum::forward_b().sample(mass::B_ZERO, &mut stream)).collect();
    let mut group = criterion.benchmark_group("decay_chain");
    group.throughput(Throughput::Elements(EVENTS as u64));
    group.bench_function(format!("steps=2,events={EVENTS}"), |bencher| {
        bencher.iter(|| b.decay_all(&mothers, &mut stream));
    });
    group.finish();
}

fn branching_ratio(criterion: &mut Criterion) {
    let channel = BranchingRatioChannel::new(mass::J_PSI).expect("a mass in range");
    let mut group = criterion.benchmark_group("branching_ratio_channel");
    group.throughput(Throughput::Elements(EVENTS as u64));
    group.bench_function(format!("accepted={EVENTS}"), |b| {
        b.iter(|| channel.sample(EVENTS, Seed::new(1)).expect("some events are accepted"));
    });
    group.finish();
}

fn angular(criterion: &mut Criterion) {
    let density = AngularDensity::new(AngularObservables::STANDARD_MODEL).expect("a density");
    let decays = KstarMuMu::new(5.0_f64.sqrt()).expect("a mass in range");
    let mut stream = Seed::new(1).named("angles").stream();
    let events = density.sample(EVENTS, &mut stream);
    let functions: Vec<_> = events.iter().map(DecayAngles::functions).collect();
    let weights = vec![1.0; EVENTS];
    let mut group = criterion.benchmark_group("angular");
    group.throughput(Throughput::Elements(EVENTS as u64));
    group.bench_function(format!("density,events={EVENTS}"), |b| {
        b.iter(|| density.sample(EVENTS, &mut stream));
    });
    group.bench_function(format!("moments,events={EVENTS}"), |b| {
        b.iter(|| AngularMoments::of_functions(&functions, &weights).expect("positive weights"));
    });
    group.bench_function(format!("laboratory,produced={EVENTS}"), |b| {
        b.iter(|| decays.sample(&density, EVENTS, &mut stream));
    });
    group.finish();
}

fn calorimeter_jets(criterion: &mut Criterion) {
    let generator = CalorimeterJets::params().check().expect("the benchmark's numbers");
    let mut group = criterion.benchmark_group("calorimeter_jets");
    group.throughput(Throughput::Elements(EVENTS as u64));
    for source in [
        Source::simulated(Process::Signal),
        Source::simulated(Process::Multijet),
        Source::data(Process::BeamInduced),
    ] {
        group.bench_function(format!("process={},jets={EVENTS}", source.process), |b| {
            b.iter(|| generator.jets(source, EVENTS, Seed::new(1)).expect("no jet is refused"));
        });
    }
    let source = Source::simulated(Process::Multijet);
    let jets = generator.jets(source, EVENTS, Seed::new(1)).expect("no jet is refused");
    group.bench_function(format!("to_sample,jets={EVENTS}"), |b| {
        b.iter(|| jets.to_sample().expect("finite features"));
    });
    group.bench_function(format!("events={EVENTS}"), |b| {
        b.iter(|| generator.events(source, EVENTS, Seed::new(1)).expect("no jet is refused"));
    });
    group.finish();
}

criterion_group!(benches, phase_space, chain, branching_ratio, angular, calorimeter_jets);
criterion_main!(benches);
