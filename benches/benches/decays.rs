//! What the search for backgrounds costs: reading a table, finding chains, simulating them, and choosing which.
//!
//! The table and the analyses are those of `datasets/decays`.

use std::fs;
use std::path::Path;
use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use hepsys_decays::{
    AnalysisFile, BranchingFraction, Chain, DecayTable, Finder, FinderParams, ParticleTable, SearchParams,
    SearchRecord, Surrogate,
};

/// Chains of two, three and four decays for B+ → K+ μμ.
const CHAINS: [(usize, &str); 3] = [
    (2, "B+ -> (anti-D0 -> K+ mu- anti-nu_mu) pi+"),
    (3, "B+ -> (anti-D*0 -> (anti-D0 -> K+ mu- anti-nu_mu) gamma) pi+"),
    (4, "B+ -> (anti-D*0 -> (anti-D0 -> (K*+ -> K+ pi0) mu- anti-nu_mu) gamma) pi+"),
];

const EVENTS: usize = 40_960;

fn text(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets/decays").join(file);
    fs::read_to_string(path).expect("a file of the repository")
}

fn particles() -> ParticleTable {
    ParticleTable::from_csv("particles.csv", &text("particles.csv")).expect("a table of particles")
}

fn table() -> DecayTable {
    DecayTable::parse("decays.dec", &text("decays.dec"), &particles()).expect("a table of decays")
}

fn analyses() -> AnalysisFile {
    AnalysisFile::parse("analyses.toml", &text("analyses.toml")).expect("analyses")
}

/// Only so many events of the signal as to have some: they are no part of what is measured.
fn params(analysis: &str, table: &DecayTable) -> FinderParams {
    let file = analyses();
    let analysis = file.analysis(analysis).expect("an analysis of the file").clone();
    FinderParams::new(table.clone(), file.detector, analysis).signal_events(1000)
}

fn finder(analysis: &str) -> Finder {
    params(analysis, &table()).check().expect("an analysis with candidates")
}

/// Runs on one thread, and on all.
fn on_threads(mut run: impl FnMut(&str, &rayon::ThreadPool)) {
    for (name, n_threads) in [("1", 1), ("all", 0)] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().expect("threads");
        run(name, &pool);
    }
}

fn parse(criterion: &mut Criterion) {
    let (particles, text) = (particles(), text("decays.dec"));
    let n_modes = table().n_modes();
    let mut group = criterion.benchmark_group("decays_parse");
    group.throughput(Throughput::Elements(n_modes as u64));
    group.bench_function(format!("modes={n_modes}"), |b| {
        b.iter(|| DecayTable::parse("decays.dec", &text, &particles).expect("a table of decays"));
    });
    group.finish();
}

fn enumerate(criterion: &mut Criterion) {
    let table = table();
    let mut group = criterion.benchmark_group("decays_enumerate");
    group.sample_size(10);
    for analysis in analyses().analyses {
        let params = params(&analysis.name, &table);
        let n_candidates = params.clone().check().expect("an analysis with candidates").candidates().len();
        let parent = analysis.signal.parent;
        group.bench_function(format!("parent={parent},candidates={n_candidates}"), |b| {
            b.iter_batched(|| params.clone(), FinderParams::check, BatchSize::LargeInput);
        });
    }
    group.finish();
}

fn simulate(criterion: &mut Criterion) {
    let finder = finder("B+ -> K+ mu mu");
    let mut group = criterion.benchmark_group("decays_simulate");
    group.throughput(Throughput::Elements(EVENTS as u64));
    for (n_steps, chain) in CHAINS {
        let chain = Chain::parse(chain, finder.table()).expect("a chain of the table");
        let candidate = finder.candidate(&chain, BranchingFraction::listed(1e-4)).expect("a candidate");
        on_threads(|threads, pool| {
            group.bench_function(format!("steps={n_steps},events={EVENTS},threads={threads}"), |b| {
                b.iter(|| {
                    pool.install(|| finder.simulate(&candidate, EVENTS, 0).expect("a chain that can be"))
                });
            });
        });
    }
    group.finish();
}

fn search(criterion: &mut Criterion) {
    let finder = finder("D+ -> K- K+ K+");
    let budget = finder.candidates().len() / 5;
    let params = SearchParams::new().events(1000).max_events(4000).budget(budget);
    let search = params.check().expect("parameters in their ranges");
    let mut group = criterion.benchmark_group("decays_search");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    let n_candidates = finder.candidates().len();
    on_threads(|threads, pool| {
        let id = format!("surrogate,candidates={n_candidates},queries={budget},threads={threads}");
        group.bench_function(id, |b| {
            b.iter(|| {
                let run = || search.run(&finder, &Surrogate::default(), SearchRecord::default(), &mut |_| {});
                pool.install(run).expect("a search")
            });
        });
    });
    group.finish();
}

criterion_group!(benches, parse, enumerate, simulate, search);
criterion_main!(benches);
