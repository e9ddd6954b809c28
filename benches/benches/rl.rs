//! What a search and an agent cost beside what they search: ten generations of CMA-ES by dimension, an update of PPO by rollout.
//!
//! `peers/cma_es.py` is the same CMA-ES in numpy.

use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use hepsys_nn::Device;
use hepsys_rl::{
    Action, BoxSpace, Cmaes, Environment, Observation, Ppo, RlError, Run, Searcher, Seed, Space, Step,
};

/// Enough generations for the covariance matrix to be no identity.
const WARM_UP: usize = 50;

fn cmaes_generation(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("cmaes_generation");
    for n in [5, 10, 20, 44, 100] {
        let space = BoxSpace::unbounded(n).expect("a coordinate");
        let run = Run::on(Device::flex()).seed(1);
        let start = vec![1.0; n];
        let mut state =
            Cmaes::params().check().and_then(|p| p.begin(&start, &space, &run)).expect("a finite start");
        let generation = |state: &mut hepsys_rl::CmaesState| {
            let points = state.ask();
            let rewards: Vec<f64> = points.iter().map(|x| -x.iter().map(|x| x * x).sum::<f64>()).collect();
            state.tell(&rewards).expect("finite rewards");
        };
        (0..WARM_UP).for_each(|_| generation(&mut state));
        group.throughput(Throughput::Elements(10 * state.ask().len() as u64));
        group.bench_function(format!("dimensions={n}"), |b| {
            // Always the same generations, so that none is the one after convergence.
            b.iter_batched_ref(
                || state.clone(),
                |state| (0..10).for_each(|_| generation(state)),
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

/// Rewards a point for being at zero; costs nothing.
struct Line(f64, usize);

impl Environment for Line {
    fn space(&self) -> Space {
        Space::Box(BoxSpace::uniform(4, -1.0, 1.0).expect("ordered bounds"))
    }

    fn n_observations(&self) -> usize {
        8
    }

    fn max_steps(&self) -> usize {
        20
    }

    fn reset(&mut self, _seed: Seed) -> Result<Observation, RlError> {
        self.0 = 1.0;
        Ok(Observation::new([self.0; 8]))
    }

    fn step(&mut self, action: &Action) -> Result<Step, RlError> {
        let space = self.space();
        self.0 += 0.1 * space.point(action)?[0];
        self.1 += 1;
        Ok(Step::new([self.0; 8], -self.0.abs()))
    }
}

fn ppo_update(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ppo_update");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    for rollout in [256, 1024, 4096] {
        let ppo = Ppo::params().rollout(rollout).check().expect("parameters in their ranges");
        let run = Run::on(Device::flex()).seed(1);
        let state = ppo.begin(&Line(0.0, 0), &run).expect("finite bounds");
        group.throughput(Throughput::Elements(rollout as u64));
        group.bench_function(format!("rollout={rollout},epochs=10,network=8-64-64"), |b| {
            b.iter_batched_ref(
                || state.clone(),
                |state| ppo.update(state, &mut Line(0.0, 0), &run).expect("a finite loss"),
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, cmaes_generation, ppo_update);
criterion_main!(benches);
