//! Samples of normal distributions, and a question about two of them.
#![allow(dead_code)] // Each test uses its part.

use hepsys_advocate::{Advocate, AdvocateParams, Feature, Limit, Sample, Seed, Simulation};
use rand::RngExt;

/// Events of one or two features, each normal with standard deviation one.
pub(crate) fn normal(n_events: usize, means: &[f64], seed: u64) -> Sample {
    let column = |(index, mean): (usize, &f64)| {
        let mut stream = Seed::new(seed).index(index).stream();
        let mut draw = || {
            let (u, v): (f64, f64) = (stream.random(), stream.random());
            mean + (-2.0 * (1.0 - u).ln()).sqrt() * (std::f64::consts::TAU * v).cos()
        };
        (Feature::new(["x", "y"][index], "1"), (0..n_events).map(|_| draw()).collect::<Vec<f64>>())
    };
    Sample::from_columns(means.iter().enumerate().map(column)).unwrap()
}

/// A signal at this mean, and a control at zero.
pub(crate) fn simulation(n_events: usize, mean: f64) -> Simulation {
    Simulation::new([("signal", normal(n_events, &[mean], 1)), ("control", normal(n_events, &[0.0], 2))])
        .unwrap()
}

/// The control is known to 3 %.
pub(crate) fn question() -> AdvocateParams {
    Advocate::params().signal("signal").control("control", Limit::within(0.03)).smoothness(0.1)
}
