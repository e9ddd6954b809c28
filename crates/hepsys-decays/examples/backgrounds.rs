//! Which decays could fake a signal, for any decay table and any analysis:
//! `cargo run --release -p hepsys-decays --example backgrounds -- particles.csv decays.dec analyses.toml "D+ -> K- K+ K+" [events]`.

use std::error::Error;
use std::fs;

use hepsys_decays::{AnalysisFile, DecayTable, FinderParams, ParticleTable, Relevance};
use rayon::prelude::*;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [particles, decays, analyses, name, rest @ ..] = arguments.as_slice() else {
        return Err("usage: backgrounds PARTICLES DECAYS ANALYSES NAME [EVENTS]".into());
    };
    let n_events: usize = rest.first().map_or(Ok(10_000), |n| n.parse())?;
    let particles = ParticleTable::from_csv(particles, &fs::read_to_string(particles)?)?;
    let table = DecayTable::parse(decays, &fs::read_to_string(decays)?, &particles)?;
    println!("{} mothers with {} modes", table.mothers().count(), table.n_modes());
    let file = AnalysisFile::parse(analyses, &fs::read_to_string(analyses)?)?;

    let clock = std::time::Instant::now();
    let finder = FinderParams::new(table, file.detector.clone(), file.analysis(name)?.clone()).check()?;
    let signal = finder.signal_overlap();
    println!(
        "{} candidates in {:.1?}; of the signal {:.4} +- {:.4} pass",
        finder.candidates().len(),
        clock.elapsed(),
        signal.kappas()[0],
        signal.error() / finder.signal().assignments[0].probability,
    );

    let clock = std::time::Instant::now();
    let overlaps = finder.candidates().par_iter().map(|candidate| {
        let overlap = finder.simulate(candidate, n_events, 0)?;
        Ok((finder.relevance(candidate, &overlap), candidate))
    });
    let mut ranking = overlaps.collect::<Result<Vec<(Relevance, _)>, hepsys_decays::DecaysError>>()?;
    let seconds = clock.elapsed().as_secs_f64();
    println!("{:.2e} events per second", (n_events * ranking.len()) as f64 / seconds);
    ranking.sort_by(|a, b| b.0.value.total_cmp(&a.0.value));
    for (relevance, candidate) in ranking.iter().take(40) {
        println!(
            "{:.4} +- {:.4}  (at most {:.3})  {:.3e}  {}",
            relevance.value,
            relevance.statistical_error,
            candidate.upper_bound(),
            candidate.fraction.value,
            candidate.name
        );
    }
    Ok(())
}
