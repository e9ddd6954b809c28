//! What classifiers that know their nuisance parameter cost: a training of each strategy, and scores at many values of z.
//!
//! `peers/paramclf_train.py` does the same trainings with torch and JAX. One thread is a pool of one; `threads=all` are those
//! that rayon has, which `RAYON_NUM_THREADS` sets.

use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hepsys_nn::{Optimizer, Schedule, Stopping, Training};
use hepsys_paramclf::{
    Adversary, Classifier, ClassifierValidParams, Device, Feature, Guess, NuisanceParameter, ParamclfError,
    Run, Sample, Seed, Simulated, Strategy, TrainedNuisance, TrainingSet,
};
use rand::RngExt;

const EVENTS: usize = 100_000;
const EPOCHS: usize = 6;
const NOMINAL: f64 = std::f64::consts::FRAC_PI_4;

/// `n` events of one class, at an angle, with nearly normal noise.
fn cloud(sign: f64, z: f64, n: usize, seed: Seed) -> Result<Sample, ParamclfError> {
    let mut stream = seed.stream();
    let mut noise = || 0.7 * ((0..12).map(|_| stream.random::<f64>()).sum::<f64>() - 6.0);
    let (x, y) =
        (0..n).map(|_| (sign * z.cos() + noise(), sign * z.sin() + noise())).unzip::<_, _, Vec<_>, Vec<_>>();
    Ok(Sample::from_columns([(Feature::new("x1", "1"), x), (Feature::new("x2", "1"), y)])?)
}

fn training_set(angles: usize) -> TrainingSet {
    let each = EVENTS / (2 * angles);
    let simulation = |z: f64| -> Result<Simulated, ParamclfError> {
        let seed = Seed::new(1).index((1e6 * z) as usize);
        Ok(Simulated {
            signal: cloud(1.0, z, each, seed.named("signal"))?,
            background: cloud(-1.0, z, each, seed.named("background"))?,
        })
    };
    let parameter = NuisanceParameter::gaussian("z", 0.5).expect("a positive uncertainty");
    let nuisance = TrainedNuisance::new(&parameter, NOMINAL).expect("a continuous parameter");
    let values: Vec<f64> = match angles {
        1 => vec![NOMINAL],
        n => (0..n).map(|i| 2.0 * NOMINAL * i as f64 / (n - 1) as f64).collect(),
    };
    TrainingSet::new(&nuisance, &simulation, &values).expect("events at every angle")
}

fn classifier(strategy: Strategy) -> ClassifierValidParams {
    let training = Training::params()
        .optimizer(Optimizer::adam())
        .batch_size(2000)
        .learning_rate(Schedule::cosine(4e-3, 4e-5, EPOCHS))
        .stopping(Stopping::after(EPOCHS));
    Classifier::params().strategy(strategy).training(training).check().expect("parameters in their ranges")
}

fn train(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("paramclf_train");
    group.sample_size(10).measurement_time(Duration::from_secs(8));
    let adversary = Adversary { strength: 10.0, guess: Guess::Value, ..Adversary::default() };
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool of one thread");
    for (name, strategy) in [
        ("baseline", Strategy::Baseline),
        ("augmented", Strategy::Augmented),
        ("adversarial", Strategy::Adversarial(adversary)),
        ("aware", Strategy::Aware),
    ] {
        // Twenty angles, so that there are as many events of each.
        let set = training_set(if strategy == Strategy::Baseline { 1 } else { 20 });
        let params = classifier(strategy);
        let run = Run::on(Device::flex()).seed(1);
        let id = |threads: &str| format!("strategy={name},events={EVENTS},epochs={EPOCHS},threads={threads}");
        group.throughput(Throughput::Elements((EPOCHS * EVENTS) as u64));
        group.bench_function(id("1"), |b| {
            b.iter(|| one.install(|| params.fit(&set, &run).expect("a finite loss")));
        });
        group.bench_function(id("all"), |b| b.iter(|| params.fit(&set, &run).expect("a finite loss")));
    }
    group.finish();
}

/// The same events at many values of z: laid out once, with z in the biases of the first layer.
fn score(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("paramclf_score");
    let run = Run::on(Device::flex()).seed(1);
    let trained = classifier(Strategy::Aware).fit(&training_set(20), &run).expect("a finite loss");
    let events = cloud(1.0, 1.0, 50_000, Seed::new(2)).expect("finite events");
    for n_z in [1, 10, 40] {
        let z: Vec<f64> = (0..n_z).map(|i| 0.04 * f64::from(i)).collect();
        group.throughput(Throughput::Elements(50_000 * n_z as u64));
        group.bench_function(format!("events=50000,values={n_z}"), |b| {
            b.iter(|| trained.logits_at(&events, &z).expect("features are there"));
        });
    }
    group.finish();
}

criterion_group!(benches, train, score);
criterion_main!(benches);
