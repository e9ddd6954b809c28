//! A search that was stopped goes on as if nothing had happened, and takes up no other one.

mod common;

use common::{ANALYSIS, DECAYS, SIGNAL_EVENTS, finder};
use hepsys_decays::{
    AnalysisFile, DecayTable, DecaysError, Exhaustive, Finder, FinderParams, Interrupt, ParticleTable,
    Ranking, SearchParams, SearchRecord, Strategy, Surrogate, UpperBound,
};

/// Enough candidates for some batches: resonances that decay to a kaon and a pion, as light and as heavy as they can be.
fn large() -> Finder {
    let (mut particles, mut decays) = (common::PARTICLES.to_owned(), String::new());
    let mut modes = String::new();
    for i in 0..30 {
        let mass = 0.7 + 0.14 * f64::from(i);
        particles +=
            &format!("R{i},anti-R{i},{},{mass},0,0\nanti-R{i},R{i},-{0},{mass},0,0\n", 9_000_010 + i);
        modes += &format!("1e-5 R{i} pi+ PHSP;\n2e-5 R{i} mu+ nu_mu PHSP;\n1e-6 R{i} K+ PHSP;\n");
        decays += &format!(
            "Decay R{i}\n0.5 K+ pi- PHSP;\n0.1 K+ mu- anti-nu_mu PHSP;\nEnddecay\nCDecay anti-R{i}\n"
        );
    }
    decays = format!("Decay B+\n{modes}Enddecay\nCDecay B-\n{decays}");
    let particles = ParticleTable::from_csv("particles.csv", &particles).unwrap();
    let table = DecayTable::parse("decays.dec", &decays, &particles).unwrap();
    let mut file = AnalysisFile::parse("analysis.toml", ANALYSIS).unwrap();
    let analysis = file.analyses.remove(0);
    FinderParams::new(table, file.detector, analysis).signal_events(SIGNAL_EVENTS).check().unwrap()
}

fn params() -> SearchParams {
    SearchParams::new().events(200).leaders(5, 0.2).max_events(3200).budget(150)
}

/// Runs a search from a record, stops it after some batches, and returns what it says and what it left.
fn run(
    finder: &Finder,
    strategy: &dyn Strategy,
    record: SearchRecord,
    stop_after: usize,
) -> (Ranking, SearchRecord) {
    let interrupt = Interrupt::new();
    let (mut kept, mut n_batches) = (record.clone(), 0);
    let search = params().interrupt(interrupt.clone()).check().unwrap();
    let ranking = search.run(finder, strategy, record, &mut |record| {
        kept = record.clone();
        n_batches += 1;
        if n_batches == stop_after {
            interrupt.request();
        }
    });
    (ranking.unwrap(), kept)
}

fn through_json(record: &SearchRecord) -> SearchRecord {
    serde_json::from_str(&serde_json::to_string(record).unwrap()).unwrap()
}

#[test]
fn a_search_resumes_wherever_it_was_stopped() {
    let finder = large();
    let surrogate = Surrogate::default();
    let strategies: [&dyn Strategy; 3] = [&Exhaustive, &surrogate, &UpperBound];
    for strategy in strategies {
        let (whole, record) = run(&finder, strategy, SearchRecord::default(), usize::MAX);
        assert!(whole.ranked.len() > 100 || strategy.name() == "upper bound", "{}", whole.ranked.len());
        // The last batches are those of the leaders, with more events.
        for stop_after in [1, 2, 3, 5, 40] {
            let (stopped, kept) = run(&finder, strategy, SearchRecord::default(), stop_after);
            if stop_after == 1 && strategy.name() != "upper bound" {
                assert!(stopped.ranked.len() < whole.ranked.len(), "{}", strategy.name());
            }
            let kept = through_json(&kept);
            let (resumed, again) = run(&finder, strategy, kept, usize::MAX);
            assert_eq!(resumed, whole, "{} after {stop_after}", strategy.name());
            assert_eq!(again, record, "{} after {stop_after}", strategy.name());
        }
        // What is whole costs nothing more.
        let (same, untouched) = run(&finder, strategy, through_json(&record), 1);
        assert_eq!((same, untouched), (whole, record), "{}", strategy.name());
    }
}

#[test]
fn a_record_of_another_search_is_refused() {
    let here = finder(DECAYS, ANALYSIS);
    let (_, record) = run(&here, &Exhaustive, SearchRecord::default(), usize::MAX);
    let refused = |finder: &Finder, strategy: &dyn Strategy, params: SearchParams| {
        let error = params.check().unwrap().run(finder, strategy, record.clone(), &mut |_| {}).unwrap_err();
        assert!(matches!(error, DecaysError::BadState(_)), "{error}");
        error.to_string()
    };
    assert_eq!(
        refused(&here, &UpperBound, params()),
        "the saved search does not fit: it is a search by exhaustive with 200 events, not by upper bound with 200"
    );
    assert!(refused(&here, &Exhaustive, params().events(100)).ends_with("not by exhaustive with 100"));
    // Other chains, other cuts, other tracks, another seed.
    let other = |decays: &str, analysis: &str| refused(&finder(decays, analysis), &Exhaustive, params());
    let message = other(&DECAYS.replace("0.0046 anti-D0 pi+", "0.9 anti-D0 pi+"), ANALYSIS);
    assert!(message.contains("which is not so here"), "{message}");
    for analysis in [
        ANALYSIS.replace("[2.95, 3.18]", "[2.9, 3.2]"),
        ANALYSIS.replace("K = { K = 0.90, pi = 0.06", "K = { K = 0.90, pi = 0.05"),
        ANALYSIS.replace("beauty = 7.0", "beauty = 6.0"),
    ] {
        other(DECAYS, &analysis);
    }
}
