//! What profile likelihoods cost: the function with its derivatives, fits, scans, limits and fits of toys.
//!
//! `peers/stats_fits.py` does the same work with pyhf.
//! Workspaces of `datasets/stats`, and those that stand in the folder `workspaces` of `HEPSYS_STATS_REFERENCE`.

use std::path::{Path, PathBuf};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, SamplingMode, criterion_group, criterion_main};
use hepsys_core::Seed;
use hepsys_stats::fit::Fitter;
use hepsys_stats::hessian::Hessian;
use hepsys_stats::histfactory::{BinnedLikelihood, Data, Model};
use hepsys_stats::hypothesis::Asymptotic;
use hepsys_stats::workspace::{Interpolation, Workspace};
use hepsys_stats::{Likelihood, Simulator};

struct Case {
    name: String,
    model: Model,
    data: Data,
}

/// In the order of their numbers of parameters.
fn cases() -> Vec<Case> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets/stats")];
    folders.extend(
        std::env::var_os("HEPSYS_STATS_REFERENCE").map(|root| PathBuf::from(root).join("workspaces")),
    );
    let mut cases: Vec<Case> = Vec::new();
    for folder in folders {
        let files = std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        for path in files.map(|file| file.expect("readable").path()) {
            let name = path.file_stem().expect("a file").to_string_lossy().into_owned();
            let is_workspace = path.extension().is_some_and(|e| e == "json") && name != "reference";
            if is_workspace && cases.iter().all(|c| c.name != name) {
                let text = std::fs::read_to_string(&path).expect("readable");
                let workspace = Workspace::parse(&text).expect("a workspace");
                let (model, data) = workspace.model(None, Interpolation::default()).expect("a model");
                cases.push(Case { name, model, data });
            }
        }
    }
    cases.sort_by(|a, b| (a.model.parameters().len(), &a.name).cmp(&(b.model.parameters().len(), &b.name)));
    cases
}

/// Calls `measure` with every workspace and the rest of the benchmark's name.
fn each(
    c: &mut Criterion,
    name: &str,
    mut measure: impl FnMut(&mut BenchmarkGroup<'_, WallTime>, &str, &Case),
) {
    let mut group = c.benchmark_group(name);
    group.sampling_mode(SamplingMode::Flat);
    for case in cases() {
        let (n_bins, n_parameters) = (case.model.n_bins(), case.model.parameters().len());
        let scale = format!("workspace={},bins={n_bins},parameters={n_parameters},threads=1", case.name);
        measure(&mut group, &scale, &case);
    }
    group.finish();
}

fn functions(c: &mut Criterion) {
    each(c, "stats_gradient", |group, scale, case| {
        let likelihood = BinnedLikelihood::new(&case.model, case.data.clone());
        let x = likelihood.inits();
        let mut gradient = vec![0.0; x.len()];
        group.bench_function(scale, |b| b.iter(|| likelihood.gradient(&x, &mut gradient)));
    });
    each(c, "stats_hessian", |group, scale, case| {
        let likelihood = BinnedLikelihood::new(&case.model, case.data.clone());
        let x = likelihood.inits();
        let mut gradient = vec![0.0; x.len()];
        let mut hessian = Hessian::new(likelihood.couplings());
        group.bench_function(scale, |b| b.iter(|| likelihood.hessian(&x, &mut gradient, &mut hessian)));
    });
}

fn fits(c: &mut Criterion) {
    let fitter = Fitter::default();
    each(c, "stats_fit", |group, scale, case| {
        let likelihood = BinnedLikelihood::new(&case.model, case.data.clone());
        assert!(fitter.fit(&likelihood).is_converged(), "{}", case.name);
        group.bench_function(scale, |b| b.iter(|| fitter.fit(&likelihood)));
    });
    each(c, "stats_toy_fit", |group, scale, case| {
        let truth = BinnedLikelihood::new(&case.model, case.data.clone()).inits();
        let mut toy = 0;
        group.bench_function(scale, |b| {
            b.iter(|| {
                toy += 1;
                let mut stream = Seed::new(1).index(toy).stream();
                fitter.fit(&case.model.simulate(&truth, &mut stream))
            });
        });
    });
}

fn hypotheses(c: &mut Criterion) {
    let fitter = Fitter::default();
    each(c, "stats_scan", |group, scale, case| {
        let Some(poi) = case.model.poi() else { return };
        let likelihood = BinnedLikelihood::new(&case.model, case.data.clone());
        let points: Vec<f64> = (0..21).map(|i| 0.02 + 1.98 * f64::from(i) / 20.0).collect();
        group.bench_function(format!("{scale},points=21"), |b| {
            b.iter(|| {
                let fit = fitter.fit(&likelihood);
                fitter.scan(&likelihood, &fit, poi, &points)
            });
        });
    });
    each(c, "stats_limit", |group, scale, case| {
        let Some(poi) = case.model.poi() else { return };
        let likelihood = BinnedLikelihood::new(&case.model, case.data.clone());
        let highest = case.model.parameters()[poi].bounds.1;
        group.bench_function(scale, |b| {
            b.iter(|| Asymptotic::new(&likelihood, fitter.clone(), poi).map(|a| a.limit(0.95, highest)));
        });
    });
}

criterion_group!(benches, functions, fits, hypotheses);
criterion_main!(benches);
