//! A resonance among muon pairs: a classifier of five columns that learns a wrong scale of momenta, and ways to keep it from that.

mod arm;
mod figures;
mod numbers;
mod report;
mod sample;
mod spec;

use std::path::Path;

use hepsys_io::sha256_of_file;

pub use self::spec::AdversarialDibodySpec;

use self::arm::{Arm, Trained};
use self::sample::{Events, Samples};
use crate::by_arm::by_arm;
use crate::study::Outcome;
use crate::toys::{StudyToys, fingerprint};
use crate::{Context, ExperimentError};

/// What the study found.
struct Found<'a> {
    spec: &'a AdversarialDibodySpec,
    events: &'a Events,
    /// Arm by arm, each with its repetitions.
    arms: Vec<(Arm, Vec<Trained>)>,
    /// The arms at other strengths: the factor, the arm, and one training.
    scan: Vec<(f64, Arm, Trained)>,
}

/// Runs the study; trainings that are done are kept below `folder`.
///
/// # Errors
///
/// If a file cannot be read, a training fails, or the study is interrupted.
pub fn run(
    spec: &AdversarialDibodySpec,
    folder: &Path,
    context: &Context,
) -> Result<Outcome, ExperimentError> {
    let profile = context.profile;
    let (arms, scan) = (spec.arms(), spec.scanned(spec.factors.choice(profile)));
    let (sizes, n_repeats) = (spec.sizes.of(profile), spec.seeds.of(profile));
    let files =
        [&spec.data.background, &spec.data.signal].map(|file| sha256_of_file(context.datasets.join(file)));
    let [background, signal] = files;
    let asks = (
        (&spec.data, background?, signal?),
        (sizes, &spec.network, spec.training.of(profile)),
        (&arms, &scan),
    );
    let toys = StudyToys::new(context, folder, fingerprint(&asks, context)?, spec.seed)?;
    let events = Events::read(&spec.data, context)?;
    let run = context.run(spec.seed);
    let train = |arm: &Arm, repeat: usize| -> Result<Trained, ExperimentError> {
        // All arms of a repetition learn from the same events and begin with the same weights.
        let run = run.named("repetition").index(repeat);
        let shift = if arm.is_calibrated { 0.0 } else { spec.data.shift };
        let samples = Samples::new(spec, sizes, &events, shift, run.streams().named("events"))?;
        arm.train(spec, profile, &samples, &run)
    };
    let trained = toys.run("trainings", n_repeats * arms.len(), |toy| {
        let index = toy.index();
        train(&arms[index % arms.len()], index / arms.len())
    })?;
    let scanned = toys.run("scan", scan.len(), |toy| train(&scan[toy.index()].1, 0))?;
    if toys.is_partial() {
        return Err(ExperimentError::ShardDone);
    }
    let scan = scan.into_iter().zip(scanned).map(|((factor, arm), trained)| (factor, arm, trained)).collect();
    report::outcome(&Found { spec, events: &events, arms: by_arm(arms, trained), scan }, context)
}
