//! What linear programs of the devil's advocate cost: the small ones of a training, and the binned bound.
//!
//! `peers/bound_linprog.py` solves exactly the same programs with scipy. All run on one thread.

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use hepsys_advocate::{
    BinnedBound, BinnedChannels, Direction, Directions, Grid, Limit, LinearProgram, Question, Solver,
};

/// Coefficients of the outputs of a network: for each of `n_controls` efficiencies a limit of ± 3 %, weights between 0.8 and 1.2.
fn small(n_variables: usize, n_controls: usize) -> LinearProgram {
    let mean = |channel: usize| -> Vec<f64> {
        let h: Vec<f64> =
            (0..n_variables).map(|j| 1.1 + ((j + 1) as f64 * (channel as f64 + 1.7)).cos()).collect();
        let sum: f64 = h.iter().sum();
        h.into_iter().map(|h| h / sum).collect()
    };
    let mut program = LinearProgram::new();
    for share in mean(0) {
        program.variable(0.8, 1.2, share);
    }
    for channel in 1..=n_controls {
        program.at_most(mean(channel).into_iter().enumerate(), 1.03);
        program.at_most(mean(channel).into_iter().map(|h| -h).enumerate(), -0.97);
    }
    program
}

fn programs(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("advocate_program");
    for (n_variables, n_controls) in [(3, 2), (5, 3), (10, 5)] {
        let program = small(n_variables, n_controls);
        for solver in Solver::available() {
            let id = |prices: &str| {
                format!("solver={solver},variables={n_variables},rows={},prices={prices}", 2 * n_controls)
            };
            group
                .bench_function(id("no"), |b| b.iter(|| program.maximum(solver).expect("one is admissible")));
            group.bench_function(id("yes"), |b| {
                b.iter(|| program.maximize(solver).expect("one is admissible"));
            });
        }
    }
    group.finish();
}

/// Three Gaussians in a plane: two controls, and a signal beside them.
fn plane(n_bins: usize) -> BinnedChannels {
    let grid = Grid::uniform(["x", "y"], n_bins, -3.2, 3.2).expect("a range");
    let gaussian = |x: f64, y: f64| {
        let density = |bin| {
            let at = grid.center(bin);
            (-0.5 * ((at[0] - x).powi(2) + (at[1] - y).powi(2))).exp()
        };
        let p: Vec<f64> = (0..grid.n_bins()).map(density).collect();
        let sum: f64 = p.iter().sum();
        p.into_iter().map(|p| p / sum).collect::<Vec<f64>>()
    };
    let channels = [("X", gaussian(0.0, 0.0)), ("Y", gaussian(0.3, -0.1)), ("s", gaussian(1.1, -0.8))];
    BinnedChannels::new(grid.clone(), channels).expect("probabilities")
}

fn bound(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("advocate_bound");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    let question = Question::new().target("s", 1.0).control("X", Limit::within(0.03)).control_ratio(
        "Y",
        "X",
        Limit::within(0.01),
    );
    let rough = BinnedBound::params();
    let axes = rough.clone().lipschitz(0.1).directions(Directions::Axes);
    let sixteen = rough.clone().lipschitz(0.1).directions(Directions::Sixteen);
    for n_bins in [10, 20, 30] {
        let channels = plane(n_bins);
        for (neighbours, params) in [("none", &rough), ("axes", &axes), ("sixteen", &sixteen)] {
            for solver in Solver::available() {
                let params = params.clone().solver(solver).check().expect("parameters in their ranges");
                let id = format!("solver={solver},bins={n_bins}x{n_bins},neighbours={neighbours}");
                group.bench_function(id, |b| {
                    let highest = || params.of_channels(&question, &channels, Direction::Up);
                    b.iter(|| highest().expect("one is admissible"));
                });
            }
        }
    }
    group.finish();
}

criterion_group!(benches, programs, bound);
criterion_main!(benches);
