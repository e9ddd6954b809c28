//! Which decays could fake a signal, for any decay table and any analysis:
//!
//! `cargo run --release -p hepsys-decays --example backgrounds -- particles.csv decays.dec analyses.toml "D+ -> K- K+ K+" [queries]`
//!
//! Without a number of queries all candidates are simulated, with one a surrogate chooses.

use std::error::Error;
use std::fs;
use std::time::Instant;

use hepsys_decays::{
    AnalysisFile, DecayTable, Exhaustive, FinderParams, ParticleTable, SearchParams, SearchRecord, Strategy,
    Surrogate,
};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [particles, decays, analyses, name, rest @ ..] = arguments.as_slice() else {
        return Err("usage: backgrounds PARTICLES DECAYS ANALYSES NAME [QUERIES]".into());
    };
    let budget: Option<usize> = rest.first().map(|n| n.parse()).transpose()?;
    let particles = ParticleTable::from_csv(particles, &fs::read_to_string(particles)?)?;
    let table = DecayTable::parse(decays, &fs::read_to_string(decays)?, &particles)?;
    println!("{} mothers with {} modes", table.mothers().count(), table.n_modes());
    let file = AnalysisFile::parse(analyses, &fs::read_to_string(analyses)?)?;

    let clock = Instant::now();
    let finder = FinderParams::new(table, file.detector.clone(), file.analysis(name)?.clone()).check()?;
    let kappa = finder.signal_overlap().kappas()[0];
    println!(
        "{} candidates in {:.1?}; {kappa:.4} of the signal pass",
        finder.candidates().len(),
        clock.elapsed()
    );

    let clock = Instant::now();
    let strategy: &dyn Strategy = if budget.is_some() { &Surrogate::default() } else { &Exhaustive };
    let search = SearchParams::new().budget(budget.unwrap_or(usize::MAX)).check()?;
    let ranking = search.run(&finder, strategy, SearchRecord::default(), &mut |_| {})?;
    let n_events: usize = ranking.ranked.iter().map(|found| found.overlap.n_events).sum();
    println!(
        "{} chains simulated with {n_events:.2e} events in {:.1?}",
        ranking.asked.len(),
        clock.elapsed()
    );
    println!("{} more could still be among the leaders", ranking.undecided(10).len());
    for found in ranking.leaders(20) {
        let candidate = &finder.candidates()[found.candidate];
        let relevance = &found.relevance;
        println!(
            "{:.5} +- {:.5}  (at most {:.3})  {:.3e}  {}",
            relevance.value,
            relevance.statistical_error,
            candidate.upper_bound(),
            candidate.fraction.value,
            candidate.name
        );
    }
    Ok(())
}
