//! Which decays could be taken for B⁺ → K⁺μ⁺μ⁻? A table, an analysis, and a ranking with errors.

use hepsys_decays::{
    AnalysisFile, DecayTable, DecaysError, Exhaustive, Finder, FinderParams, ParticleTable, Ranking, SearchParams,
    SearchRecord,
};

fn search() -> Result<(Finder, Ranking), DecaysError> {
    let particles = ParticleTable::from_csv("particles.csv", include_str!("../data/particles.csv"))?;
    let table = DecayTable::parse("decays.dec", include_str!("../data/decays.dec"), &particles)?;
    let file = AnalysisFile::parse("analysis.toml", include_str!("../data/analysis.toml"))?;
    let analysis = file.analysis("B+ -> K+ mu mu")?.clone();
    let finder = FinderParams::new(table, file.detector, analysis).signal_events(50_000).check()?;
    let params = SearchParams::new().events(4000).leaders(5, 0.05).max_events(200_000).check()?;
    let ranking = params.run(&finder, &Exhaustive, SearchRecord::default(), &mut |_| {})?;
    Ok((finder, ranking))
}

fn main() -> Result<(), DecaysError> {
    let (finder, ranking) = search()?;
    println!("{} chains could be taken for {}", ranking.n_candidates, finder.analysis().name);
    for found in ranking.leaders(5) {
        let (candidate, relevance) = (&finder.candidates()[found.candidate], &found.relevance);
        let [low, high] = relevance.interval();
        println!(
            "{:.4} ± {:.4}, {low:.4} to {high:.4} with branching fractions: {}",
            relevance.value, relevance.statistical_error, candidate.name
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_charm_decay_with_a_lost_neutrino_leads() {
        let (finder, ranking) = search().unwrap();
        let leader = &ranking.leaders(1)[0];
        let name = &finder.candidates()[leader.candidate].name;
        assert!(name.starts_with("B+ -> (anti-D0 ->") && name.contains("nu_mu"), "{name}");
        assert!((0.02..0.08).contains(&leader.relevance.value), "{leader:?}");
        assert!(leader.relevance.statistical_error < 0.05 * leader.relevance.value);
    }
}
