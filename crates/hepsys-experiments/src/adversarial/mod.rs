//! The search for displaced jets: a classifier that learns what simulation gets wrong, and ways to keep it from that.

mod arm;
mod figures;
mod numbers;
mod report;
mod sample;
mod spec;

use std::path::Path;

pub use self::spec::CalratioSpec;

use self::arm::{Arm, Trained};
use self::sample::Samples;
use crate::study::Outcome;
use crate::toys::{StudyToys, fingerprint};
use crate::{Context, ExperimentError};

/// What the study found.
struct Found<'a> {
    spec: &'a CalratioSpec,
    /// Arm by arm, each with its repetitions.
    arms: Vec<(Arm, Vec<Trained>)>,
    /// The strengths that were scanned, with one training each.
    scan: Vec<(f64, Trained)>,
}

/// Runs the study; trainings that are done are kept below `folder`.
///
/// # Errors
///
/// If a training fails, a file cannot be used, or the study is interrupted.
pub fn run(spec: &CalratioSpec, folder: &Path, context: &Context) -> Result<Outcome, ExperimentError> {
    let arms = spec.arms();
    let scan = spec.scanned();
    let n_repeats = spec.seeds.of(context.profile);
    let asks =
        (&spec.sample, spec.sizes.of(context.profile), spec.training.of(context.profile), &arms, &scan);
    let toys = StudyToys::new(context, folder, fingerprint(&asks, context)?, spec.seed)?;
    let run = context.run(spec.seed);
    let train = |arm: &Arm, repeat: usize| -> Result<Trained, ExperimentError> {
        // All arms of a repetition learn from the same jets and begin with the same weights.
        let run = run.named("repetition").index(repeat);
        let samples = Samples::new(spec, context.profile, run.streams().named("jets"))?;
        arm.train(spec, context.profile, &samples, &run)
    };
    let trained = toys.run("trainings", n_repeats * arms.len(), |toy| {
        let index = toy.index();
        train(&arms[index % arms.len()], index / arms.len())
    })?;
    let scanned = toys.run("scan", scan.len(), |toy| train(&scan[toy.index()].1, 0))?;
    if toys.is_partial() {
        return Err(ExperimentError::ShardDone);
    }
    let mut by_arm: Vec<(Arm, Vec<Trained>)> = arms.into_iter().map(|arm| (arm, Vec::new())).collect();
    let n_arms = by_arm.len();
    for (index, trained) in trained.into_iter().enumerate() {
        by_arm[index % n_arms].1.push(trained);
    }
    let scan = scan.into_iter().map(|(strength, _)| strength).zip(scanned).collect();
    report::outcome(&Found { spec, arms: by_arm, scan }, context)
}
