//! A decay is searched for in events that are harder than those of its control channel: how wrong could its efficiency be?
//!
//! Writes the worst weight function to a folder, for other programs: `cargo run -- results`.

use std::error::Error;
use std::path::Path;

use hepsys_advocate::rand::RngExt;
use hepsys_advocate::{
    Advocate, BinnedBound, CoreError, DEFAULT_TIGHTENING, Device, Direction, Feature, Grid, Limit, Method,
    Run, Sample, Seed, Simulation, Steps, shadow_prices,
};

/// Tracks with momenta around e^`log_pt` GeV, in a forward detector.
fn events(log_pt: f64, n_events: usize, seed: Seed) -> Result<Sample, CoreError> {
    let mut stream = seed.stream();
    let mut normal = || (0..12).map(|_| stream.random::<f64>()).sum::<f64>() - 6.0;
    let momenta: Vec<f64> = (0..n_events).map(|_| log_pt + 0.6 * normal()).collect();
    // Harder tracks are a little more central.
    let angles: Vec<f64> = momenta.iter().map(|log_pt| 3.5 - 0.2 * log_pt + 0.5 * normal()).collect();
    Sample::from_columns([(Feature::new("log_pt", "1"), momenta), (Feature::new("eta", "1"), angles)])
}

fn investigate(folder: &Path) -> Result<(), Box<dyn Error>> {
    let simulation = Simulation::new([
        ("signal", events(1.2, 10_000, Seed::new(1))?),
        ("control", events(0.7, 10_000, Seed::new(2))?),
    ])?;
    let advocate = Advocate::params()
        .signal("signal")
        .control("control", Limit::within(0.03))
        .weight_range(0.8..=1.2)
        .smoothness(0.1)
        .methods([Method::Pretrained, Method::Direct])
        .directions([Direction::Up])
        .steps(Steps { pretraining: 150, direct: 1000, ..Steps::default() })
        .seeds(2)
        .check()?;

    // What no such weight function exceeds, and which measurement would help.
    let bound = advocate.bound(&simulation, Direction::Up)?;
    let scaled = advocate.scaled(&simulation)?;
    let again = |question: &_| {
        let bound = BinnedBound::params().weight_range(0.8..=1.2).lipschitz(0.1).check()?;
        Ok(bound.of(question, &scaled, Direction::Up)?.bias)
    };
    let prices = shadow_prices(
        advocate.question(),
        (bound.bias, Direction::Up),
        &bound.prices,
        DEFAULT_TIGHTENING,
        again,
    )?;
    println!("at most {:+.2} %", 100.0 * bound.bias);
    for price in &prices {
        println!("{price}");
    }

    // Networks that come near it.
    let worst = advocate.search(&simulation, &Run::on(Device::default()).seed(3))?;
    let found = worst.furthest(Direction::Up).ok_or("nothing was searched")?;
    println!(
        "{:+.2} ± {:.2} % found ({})",
        100.0 * found.test.bias,
        100.0 * found.test.error,
        found.method.name()
    );
    assert!(found.test.bias < bound.bias + 0.004 && found.test.bias > 0.7 * bound.bias);
    assert!(found.test.violation < 0.003 && prices.len() == 1);

    std::fs::create_dir_all(folder)?;
    found.map.onnx()?.write(folder.join("weights.onnx"))?;
    let grid = Grid::uniform(["log_pt", "eta"], 20, -1.0, 5.0)?;
    std::fs::write(
        folder.join("weights.csv"),
        found.map.histogram(&grid, simulation.of("signal")?)?.to_csv(),
    )?;
    println!("the weights are in {}", folder.display());
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "results".into());
    investigate(Path::new(&folder))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_search_stays_below_its_bound_and_leaves_two_files() {
        let folder = std::env::temp_dir().join(format!("advocate-alone-{}", std::process::id()));
        super::investigate(&folder).unwrap();
        assert!(std::fs::metadata(folder.join("weights.onnx")).unwrap().len() > 1000);
        assert_eq!(std::fs::read_to_string(folder.join("weights.csv")).unwrap().lines().count(), 401);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
