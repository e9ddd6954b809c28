//! How far does the search for the maximum move the statistic? The same background-only toys in one dimension, searched with
//! several tolerances in either precision.
//!
//! `cargo run --release --example search`

use std::error::Error;
use std::time::Instant;

use hepsys_nplm::rand::RngExt;
use hepsys_nplm::{
    Auxiliary, Clipped, Converged, CoreError, Device, Feature, Nplm, NplmError, Optimizer, Precision,
    PseudoExperiments, Run, Sample, Scaling, Seed, Stream, poisson,
};

const N_TOYS: usize = 30;

/// Events that fall like e^{-x}.
fn exponential(n_events: usize, stream: &mut Stream) -> Result<Sample, CoreError> {
    let x: Vec<f64> = (0..n_events).map(|_| -(1.0 - stream.random::<f64>()).ln()).collect();
    Sample::from_columns([(Feature::new("x", "1"), x)])
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("{N_TOYS} toys: tolerance, precision, mean τ ± its error, evaluations a start, ms a toy");
    for precision in [Precision::Double, Precision::Single] {
        for tolerance in [1e-6, 1e-7, 1e-9, 1e-12] {
            let search = Converged { starts: 3, tolerance, precision, ..Converged::default() };
            let test = Nplm::params()
                .weight_clip(7.0)
                .clipped(Clipped::Kernels)
                .scaling(Scaling::Unscaled)
                .optimizer(Optimizer::Converged(search))
                .check()?;
            let begun = Instant::now();
            let toys = PseudoExperiments::new("null").toys(N_TOYS).seed(Seed::new(1)).run(|toy| {
                let n_data = poisson(2000.0, &mut toy.stream("count"))?;
                let data = exponential(n_data, &mut toy.stream("data"))?;
                let reference = exponential(20_000, &mut toy.stream("reference"))?.scaled_to(2000.0)?;
                let run = Run::on(Device::default()).seeded(toy.seed());
                let fit = test.fit(&reference, &data, &Auxiliary::nominal(), &run)?;
                let evaluations: usize = fit.starts().iter().map(|start| start.n_evaluations).sum();
                Ok::<_, NplmError>((fit.tau(), evaluations as f64 / fit.starts().len() as f64))
            })?;
            let milliseconds = begun.elapsed().as_secs_f64() * 1e3 / N_TOYS as f64;
            let n = N_TOYS as f64;
            let tau = toys.values().iter().map(|(tau, _)| tau).sum::<f64>() / n;
            let variance = toys.values().iter().map(|(t, _)| (t - tau).powi(2)).sum::<f64>() / (n - 1.0);
            let evaluations = toys.values().iter().map(|(_, evaluations)| evaluations).sum::<f64>() / n;
            let error = (variance / n).sqrt();
            println!("{tolerance:e} {precision:?} {tau:.2} ± {error:.2} {evaluations:.0} {milliseconds:.0}");
        }
    }
    Ok(())
}
