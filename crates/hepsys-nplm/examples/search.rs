//! Does the converged mode find what the training of the papers finds? The same background-only toys in one dimension, with
//! uncertain normalisation and scale, in both modes.
//!
//! `cargo run --release -p hepsys-nplm --example search -- TOYS CLIP EPOCHS`

use std::error::Error;
use std::time::Instant;

use hepsys_nplm::rand::RngExt;
use hepsys_nplm::{
    Clipped, CoreError, Device, ExactCoefficients, Experiment, Feature, Nplm, NplmError, NuisanceParameter,
    Nuisances, Optimizer, Paper, PseudoExperiments, Run, Sample, Scaling, Seed, Status, Stream, Truth,
    median, poisson,
};

/// How far τ may be below that of the papers' training to count as found.
const TOLERANCE: f64 = 0.05;

/// Events that fall like e^{-x}.
fn exponential(n_events: usize, stream: &mut Stream) -> Result<Sample, CoreError> {
    let x: Vec<f64> = (0..n_events).map(|_| -(1.0 - stream.random::<f64>()).ln()).collect();
    Sample::from_columns([(Feature::new("x", "1"), x)])
}

/// What both modes made of one toy.
#[derive(serde::Serialize, serde::Deserialize)]
struct Found {
    converged: f64,
    paper: f64,
    evaluations: usize,
    hessians: usize,
    is_certified: bool,
    seconds: [f64; 2],
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |default: &str| arguments.next().unwrap_or_else(|| default.to_owned());
    let (n_toys, clip, epochs): (usize, f64, usize) =
        (next("10").parse()?, next("7").parse()?, next("300000").parse()?);
    let gaussian = |name: &str| NuisanceParameter::gaussian(name, 0.15);
    let nuisances = Nuisances::none().normalisation(gaussian("normalisation")?).shape(
        gaussian("scale")?,
        ExactCoefficients::new(2, |sample| {
            let x = sample.column("x")?;
            Ok(vec![x.iter().map(|x| x - 1.0).collect(), x.iter().map(|x| -x / 2.0).collect()])
        }),
    );
    let test = Nplm::params()
        .weight_clip(clip)
        .clipped(Clipped::Kernels)
        .scaling(Scaling::Unscaled)
        .nuisances(nuisances.clone());
    let converged = test.clone().check()?;
    let paper = test.optimizer(Optimizer::Paper(Paper { epochs, ..Paper::default() })).check()?;
    let toys = PseudoExperiments::new("null").toys(n_toys).seed(Seed::new(1)).run(|toy| {
        let n_data = poisson(2000.0, &mut toy.stream("count"))?;
        let experiment = Experiment {
            reference: exponential(20_000, &mut toy.stream("reference"))?.scaled_to(2000.0)?,
            data: exponential(n_data, &mut toy.stream("data"))?,
            auxiliary: Truth::nominal().measure(&nuisances, &mut toy.stream("auxiliary"))?,
        };
        let run = Run::on(Device::default()).seeded(toy.seed());
        let Experiment { reference, data, auxiliary } = &experiment;
        let begun = Instant::now();
        let best = converged.fit(reference, data, auxiliary, &run)?;
        let between = Instant::now();
        let trained = paper.fit(reference, data, auxiliary, &run)?;
        let certificate = best.certificate();
        Ok::<_, NplmError>(Found {
            converged: best.test_statistic().value(),
            paper: trained.test_statistic().value(),
            evaluations: best.n_evaluations(),
            hessians: certificate.map_or(0, |c| c.n_hessians),
            is_certified: certificate.is_some_and(|c| c.status == Status::SmallGradient),
            seconds: [(between - begun).as_secs_f64(), between.elapsed().as_secs_f64()],
        })
    })?;
    let toys = toys.values();
    let share = |what: &dyn Fn(&Found) -> bool| {
        100.0 * toys.iter().filter(|t| what(t)).count() as f64 / n_toys as f64
    };
    let mean = |what: &dyn Fn(&Found) -> f64| toys.iter().map(what).sum::<f64>() / n_toys as f64;
    println!("{n_toys} toys, kernels clipped at {clip}, {epochs} epochs of Adam");
    println!(
        "t not below the papers' by more than {TOLERANCE}: {:.0} %",
        share(&|t| t.converged >= t.paper - TOLERANCE)
    );
    println!("mean t: {:.2} converged, {:.2} papers'", mean(&|t| t.converged), mean(&|t| t.paper));
    let gains: Vec<f64> = toys.iter().map(|t| t.converged - t.paper).collect();
    println!("median gain: {:.2}", median(&gains)?.value);
    println!(
        "work: {:.0} evaluations and {:.1} Hessians a toy, against {epochs} evaluations; {:.2} s against {:.1} s",
        mean(&|t| t.evaluations as f64),
        mean(&|t| t.hessians as f64),
        mean(&|t| t.seconds[0]),
        mean(&|t| t.seconds[1]),
    );
    println!("certified minima: {:.0} %", share(&|t| t.is_certified));
    Ok(())
}
