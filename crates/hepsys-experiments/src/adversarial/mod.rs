//! The search for displaced jets: a classifier that learns what simulation gets wrong, and ways to keep it from that.

mod arm;
mod events;
pub(crate) mod figures;
mod grid;
pub(crate) mod measure;
mod numbers;
mod preserved;
mod region;
mod report;
mod sample;
pub(crate) mod spec;
mod tables;
pub(crate) mod tagger;

use std::path::Path;

use hepsys_nn::Run;

pub use self::spec::CalratioSpec;

use self::arm::{Arm, COMPARED, DECORRELATED, Depth, Trained};
use self::grid::GridResult;
use self::spec::{GridPoint, SampleSpec};
use crate::by_arm::by_arm;
use crate::study::Outcome;
use crate::toys::{StudyToys, fingerprint};
use crate::{Context, ExperimentError};

/// What the study found.
struct Found<'a> {
    spec: &'a CalratioSpec,
    /// Arm by arm, each with its repetitions.
    arms: Vec<(Arm, Vec<Trained>)>,
    /// The arms and strengths that were scanned, with one training each.
    scan: Vec<(f64, Arm, Trained)>,
    /// The naive and the decorrelated network where clusters have a second error.
    untargeted: Vec<Trained>,
    /// The networks of the grid.
    grid: Vec<(GridPoint, GridResult)>,
}

/// Runs the study; trainings that are done are kept below `folder`.
///
/// # Errors
///
/// If a training fails, a file cannot be used, or the study is interrupted.
pub fn run(spec: &CalratioSpec, folder: &Path, context: &Context) -> Result<Outcome, ExperimentError> {
    let profile = context.profile;
    let (arms, scan) = (spec.arms(), spec.scan(profile));
    let grid = spec.grid.choice(profile).clone();
    let untargeted = spec.untargeted_sample();
    let n_repeats = spec.seeds.of(profile);
    let asks = (
        (&spec.sample, &untargeted, &spec.search, spec.sizes.of(profile), spec.training.of(profile)),
        (&arms, &scan, &grid),
    );
    let toys = StudyToys::new(context, folder, fingerprint(&asks, context)?, spec.seed)?;
    let run = context.run(spec.seed);
    // All arms of a repetition learn from the same jets and begin with the same weights.
    let repetition = |repeat: usize| run.named("repetition").index(repeat);
    // What is chosen is chosen with other jets than those that it is judged with.
    let choice = run.named("choice");
    let train = |arm: &Arm, sample: &SampleSpec, run: &Run| arm.train(spec, sample, profile, run);
    let trained = toys.run("trainings", n_repeats * arms.len(), |toy| {
        let (repeat, arm) = (toy.index() / arms.len(), &arms[toy.index() % arms.len()]);
        let is_preserved = repeat == 0 && arm.name == DECORRELATED && arm.depth == Depth::Search;
        let depth = if is_preserved { Depth::Preservation } else { arm.depth };
        train(&Arm { depth, ..arm.clone() }, &spec.sample, &repetition(repeat))
    })?;
    let scanned = toys.run("scan", scan.len(), |toy| train(&scan[toy.index()].1, &spec.sample, &choice))?;
    let compared = COMPARED.map(|name| arms.iter().find(|arm| arm.name == name));
    let compared: Vec<Arm> =
        compared.into_iter().flatten().map(|arm| Arm { depth: Depth::Region, ..arm.clone() }).collect();
    let untargeted = toys.run("untargeted", compared.len(), |toy| {
        train(&compared[toy.index()], &untargeted, &repetition(0))
    })?;
    let networks = toys.run("grid", grid.len(), |toy| grid[toy.index()].train(spec, profile, &choice))?;
    if toys.is_partial() {
        return Err(ExperimentError::ShardDone);
    }
    let scan = scan.into_iter().zip(scanned).map(|((strength, arm), trained)| (strength, arm, trained));
    let found = Found {
        spec,
        arms: by_arm(arms, trained),
        scan: scan.collect(),
        untargeted,
        grid: grid.into_iter().zip(networks).collect(),
    };
    if let Some(kept) = found.kept() {
        preserved::write(folder, kept, &spec.sample, &run, run.streams().named("preserved"))?;
    }
    report::outcome(&found, context)
}
