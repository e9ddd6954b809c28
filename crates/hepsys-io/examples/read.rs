//! What is in a file of events? `cargo run --release --example read -- FILE [COLUMN…]`

use std::error::Error;
use std::time::Instant;

use hepsys_io::{Format, ReadOptions, read_sample, sha256_of_file};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("usage: read FILE [COLUMN…]")?;
    let start = Instant::now();
    let sample = read_sample(&path, &ReadOptions::new().columns(arguments))?;
    let seconds = start.elapsed().as_secs_f64();

    println!("{path}: {}, {} events in {seconds:.3} s", Format::of_file(&path)?, sample.n_events());
    println!("sha256 {}", sha256_of_file(&path)?);
    println!("total weight {}", sample.weights().total());
    for (feature, values) in sample.schema().features().iter().zip(sample.columns()) {
        let (low, high) =
            values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &v| (l.min(v), h.max(v)));
        println!("{:>16} [{}] from {low} to {high}", feature.name(), feature.unit());
    }
    Ok(())
}
