//! Ten decay modes in one generator, and its transport to a detailed detector.
//!
//! `cargo run --release -p hepsys-decays --features generator --example generator [events a mode] [epochs] [batch]
//! [learning rate] [couplings] [width] [seed]`

#[path = "../tests/three_kaons/mod.rs"]
mod three_kaons;

use std::time::Instant;

use hepsys_core::Seed;
use hepsys_core::summary::{Block, Summary};
use hepsys_decays::generator::{GeneratorValidation, KinematicsGenerator, compare};
use hepsys_nn::{Device, Run, Schedule, Stopping, Training};
use three_kaons::{Detector, modes, simulate};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let numbers: Vec<f64> = std::env::args().skip(1).map(|arg| arg.parse()).collect::<Result<_, _>>()?;
    let number = |index: usize, default: f64| numbers.get(index).copied().unwrap_or(default);
    let (n_train, epochs, batch, rate) =
        (number(0, 15_000.0) as usize, number(1, 20.0) as usize, number(2, 1024.0) as usize, number(3, 8e-3));
    let (couplings, width, seed) = (number(4, 8.0) as usize, number(5, 32.0) as usize, number(6, 1.0) as u64);
    let simulation = Seed::new(17);
    let modes = modes()?;
    let simulate_all = |detector, n, seed: Seed| -> Vec<_> {
        modes.iter().map(|mode| simulate(mode, detector, n, seed)).collect()
    };
    let start = Instant::now();
    let fast = simulate_all(Detector::Fast, n_train, simulation.named("train"));
    let fast_test = simulate_all(Detector::Fast, 20_000, simulation.named("test"));
    let few = simulate_all(Detector::Detailed, 500, simulation.named("few"));
    let detailed_test = simulate_all(Detector::Detailed, 20_000, simulation.named("detailed test"));
    println!("simulation: {:.1} s", start.elapsed().as_secs_f64());

    let run = Run::on(Device::flex()).seed(seed);
    let params = |batch: usize, rate: f64, epochs: usize| {
        KinematicsGenerator::params().couplings(couplings).hidden_layers([width, width]).training(
            Training::params()
                .batch_size(batch)
                .learning_rate(Schedule::cosine(rate, 0.01 * rate, epochs))
                .stopping(Stopping::after(epochs)),
        )
    };
    let start = Instant::now();
    let generator = params(batch, rate, epochs).check()?.fit(&fast, &run)?;
    let seconds = start.elapsed().as_secs_f64();
    let steps = (n_train * 10).div_ceil(batch) * epochs;
    println!(
        "{} parameters, {steps} steps in {seconds:.1} s, {:.2} ms a step; losses {:?}",
        generator.n_parameters(),
        1e3 * seconds / steps as f64,
        generator.histories()[0].losses().last()
    );
    let start = Instant::now();
    let n_drawn = 20_000;
    let validate = |generator: &KinematicsGenerator, test| {
        GeneratorValidation::new(generator, test, n_drawn, Seed::new(5))
    };
    let on_fast = validate(&generator, &fast_test)?;
    println!("drawing and comparing: {:.1} s", start.elapsed().as_secs_f64());
    let before = validate(&generator, &detailed_test)?;
    let start = Instant::now();
    let moved = generator.transport(&few, &run.named("transport"))?;
    println!("transport: {:.1} s", start.elapsed().as_secs_f64());
    let after = validate(&moved, &detailed_test)?;
    let scratch = params(1024, 8e-3, 100).check()?.fit(&few, &run.named("scratch"))?;
    let scratch = validate(&scratch, &detailed_test)?;
    let unseen = generator.transport(&few[..8], &run.named("transport"))?;
    let unseen_before = GeneratorValidation::new(&generator, &detailed_test[8..], n_drawn, Seed::new(5))?;
    let unseen_after = GeneratorValidation::new(&unseen, &detailed_test[8..], n_drawn, Seed::new(5))?;
    let few_itself = GeneratorValidation::between(&detailed_test, &few)?;

    print(&on_fast.summary());
    print(&compare(
        "Detailed simulation, all modes",
        &[
            ("before transport", &before),
            ("after transport", &after),
            ("from scratch", &scratch),
            ("the 500 events themselves", &few_itself),
        ],
    ));
    print(&compare(
        "Two modes without detailed events",
        &[("before transport", &unseen_before), ("after transport of the others", &unseen_after)],
    ));
    Ok(())
}

fn print(summary: &Summary) {
    println!("\n# {}", summary.title);
    for block in &summary.blocks {
        match block {
            Block::Quantity(q) => println!("{}: {:.4}", q.name, q.value),
            Block::Text(text) => println!("{text}"),
            Block::Table(table) => {
                println!("{}\n  {}", table.caption, table.columns.join(" | "));
                table.rows.iter().for_each(|row| println!("  {}", row.join(" | ")));
            }
            _ => {}
        }
    }
}
