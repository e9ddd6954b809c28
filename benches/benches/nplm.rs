//! What the NPLM test costs: the objective with its gradient, a step of clipped Adam, a whole fit.
//!
//! `peers/nplm_step.py` does the same step with torch and JAX.

use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hepsys_nn::dense::{Columns, CurvedLoss, Dense, Derivatives, EventLoss, LANES, LossSums, Real};
use hepsys_nn::{available_devices, device_by_name};
use hepsys_nplm::{
    Activation, Auxiliary, Converged, Device, Experiment, Feature, MlpShape, Nplm, Optimizer, Paper, Run,
    Sample, Seed,
};
use hepsys_stats::minimize::{Bound, ClippedAdam, Objective};
use rand::RngExt;

/// The search in five dimensions, and the benchmark in one: network, events, and how many of them are data.
const SEARCHES: [(usize, &[usize], usize, usize); 2] =
    [(5, &[7, 7], 51_000, 8_500), (1, &[4], 202_000, 2_000)];

/// $\sum_i a_i (e^{f_i} - 1) - b_i f_i$
struct Extended<T>(Columns<T>);

impl<T: Real> EventLoss<T> for Extended<T> {
    #[inline(always)]
    fn block(
        &self,
        block: usize,
        outputs: &[[T; LANES]],
        derivatives: &mut [[T; LANES]],
        sums: &mut LossSums<'_, T>,
    ) {
        let terms = self.0.block(block);
        let (a, b, f) = (&terms[0], &terms[1], &outputs[0]);
        let d = &mut derivatives[0];
        let mut loss = [T::ZERO; LANES];
        for l in 0..LANES {
            let e = f[l].exp();
            d[l] = a[l] * e - b[l];
            loss[l] = a[l] * (e - T::ONE) - b[l] * f[l];
        }
        sums.add_loss(&loss);
    }
}

impl<T: Real> CurvedLoss<T> for Extended<T> {
    #[inline(always)]
    fn curvature(&self, block: usize, output: &[T; LANES], derivatives: &mut Derivatives<T>) {
        let terms = self.0.block(block);
        for l in 0..LANES {
            let e = terms[0][l] * output[l].exp();
            derivatives.first[l] = e - terms[1][l];
            derivatives.second[l] = e;
        }
    }
}

struct Problem<T> {
    network: Dense<T>,
    inputs: Columns<T>,
    loss: Extended<T>,
}

impl<T: Real> Problem<T> {
    fn new(shape: &MlpShape, n_events: usize, n_data: usize) -> Self {
        let mut stream = Seed::new(1).stream();
        let inputs: Vec<Vec<f64>> = (0..shape.n_inputs())
            .map(|_| (0..n_events).map(|_| 2.0 * stream.random::<f64>() - 1.0).collect())
            .collect();
        let weight = n_data as f64 / (n_events - n_data) as f64;
        let a: Vec<f64> = (0..n_events).map(|i| if i < n_data { 0.0 } else { weight }).collect();
        let b: Vec<f64> = (0..n_events).map(|i| if i < n_data { 1.0 } else { 0.0 }).collect();
        Self {
            network: Dense::new(shape.clone()),
            inputs: Columns::new(inputs.iter().map(Vec::as_slice)).expect("equal lengths"),
            loss: Extended(Columns::new([a.as_slice(), &b]).expect("equal lengths")),
        }
    }
}

impl<T: Real> Objective for Problem<T> {
    fn n_parameters(&self) -> usize {
        self.network.n_parameters()
    }

    fn evaluate(&self, parameters: &[f64], gradient: &mut [f64]) -> f64 {
        self.network.loss_and_gradient(parameters, &self.inputs, &self.loss, gradient).expect("equal lengths")
    }
}

/// `n_steps` steps of Adam; its last evaluation, which belongs to no step, is taken off.
fn steps(problem: &dyn Objective, start: &[f64], n_steps: u64) -> Duration {
    let bounds = vec![Bound::symmetric(1.5); start.len()];
    let begin = Instant::now();
    ClippedAdam::steps(n_steps as usize).minimize(problem, &bounds, start, |_, _| true);
    begin.elapsed().mul_f64(n_steps as f64 / (n_steps + 1) as f64)
}

fn objective(c: &mut Criterion) {
    for (n_inputs, hidden, n_events, n_data) in SEARCHES {
        let shape = MlpShape::new(n_inputs, hidden, 1, Activation::Sigmoid).expect("layers with units");
        objective_of(c, &shape, n_events, n_data);
    }
}

fn objective_of(c: &mut Criterion, shape: &MlpShape, n_events: usize, n_data: usize) {
    let start = shape.glorot_uniform(Seed::new(2));
    let (single, double) =
        (Problem::<f32>::new(shape, n_events, n_data), Problem::<f64>::new(shape, n_events, n_data));
    let pool = one_thread();
    for threads in ["1", "all"] {
        let problems: [(&str, &(dyn Objective + Sync)); 2] = [("f32", &single), ("f64", &double)];
        for (precision, problem) in problems {
            let id = format!("events={n_events},network={shape},precision={precision},threads={threads}");
            // In a pool of one thread the kernel works alone; the global pool has all cores.
            let on_pool =
                |work: &mut (dyn FnMut() + Send)| if threads == "1" { pool.install(work) } else { work() };
            let mut group = c.benchmark_group("nplm_objective");
            group.throughput(Throughput::Elements(n_events as u64));
            group.bench_function(&id, |b| {
                let mut gradient = vec![0.0; start.len()];
                b.iter(|| {
                    on_pool(&mut || {
                        problem.evaluate(&start, &mut gradient);
                    });
                });
            });
            group.finish();
            if threads == "1" {
                c.benchmark_group("nplm_step").bench_function(&id, |b| {
                    b.iter_custom(|n| {
                        let mut elapsed = Duration::ZERO;
                        on_pool(&mut || elapsed = steps(problem, &start, n));
                        elapsed
                    });
                });
            }
        }
    }
    c.benchmark_group("nplm_hessian").sample_size(10).bench_function(
        format!("events={n_events},network={shape},precision=f32,threads=1"),
        |b| {
            b.iter(|| {
                pool.install(|| {
                    single.network.hessian(&start, &single.inputs, &single.loss).expect("one output")
                })
            });
        },
    );
}

fn one_thread() -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread")
}

/// $p(x) = e^{-x}$
fn exponential(n_events: usize, name: &str) -> Sample {
    let mut stream = Seed::new(3).named(name).stream();
    let x: Vec<f64> = (0..n_events).map(|_| -(1.0 - stream.random::<f64>()).ln()).collect();
    Sample::from_columns([(Feature::new("x", "1"), x)]).expect("finite values")
}

fn fit(c: &mut Criterion) {
    let reference = exponential(10_000, "reference").scaled_to(2000.0).expect("a positive total");
    let data = exponential(2000, "data");
    let run = Run::on(Device::flex()).seed(1);
    let pool = one_thread();
    let mut group = c.benchmark_group("nplm_fit");
    group.sample_size(10);
    for starts in [1, 3] {
        let optimizer = Optimizer::Converged(Converged { starts, ..Converged::default() });
        let test = Nplm::params().weight_clip(9.0).optimizer(optimizer).check().expect("sound parameters");
        group.bench_function(format!("events=12000,network=1-4-1,starts={starts},threads=1"), |b| {
            b.iter(|| pool.install(|| test.fit(&reference, &data, &Auxiliary::nominal(), &run)));
        });
    }
    group.finish();
}

/// Networks trained side by side: what a step of one experiment costs when it shares a tensor with others.
fn together(c: &mut Criterion) {
    const EPOCHS: usize = 20;
    let experiment = |index: usize| Experiment {
        reference: exponential(10_000, &format!("reference {index}"))
            .scaled_to(2000.0)
            .expect("a positive total"),
        data: exponential(2000, &format!("data {index}")),
        auxiliary: Auxiliary::nominal(),
    };
    let experiments: Vec<Experiment> = (0..16).map(experiment).collect();
    let optimizer = Optimizer::Paper(Paper { epochs: EPOCHS, ..Paper::default() });
    let test = Nplm::params().weight_clip(9.0).optimizer(optimizer).check().expect("sound parameters");
    let mut group = c.benchmark_group("nplm_together");
    group.sample_size(10);
    // `cpu` is another name of `flex`; a device may lack its hardware.
    for name in available_devices().into_iter().filter(|name| *name != "cpu") {
        let Ok(device) = device_by_name(name) else { continue };
        let run = Run::on(device).seed(1);
        for batch in [1, 4, 16] {
            group.throughput(Throughput::Elements((batch * EPOCHS) as u64));
            group.bench_function(
                format!("device={name},events=12000,network=1-4-1,experiments={batch}"),
                |b| {
                    b.iter(|| test.fit_together(&experiments[..batch], &run).expect("finite losses"));
                },
            );
        }
    }
    group.finish();
}

criterion_group!(benches, objective, fit, together);
criterion_main!(benches);
