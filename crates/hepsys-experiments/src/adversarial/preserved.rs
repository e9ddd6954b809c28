//! The search as files that need no program of ours.

use std::path::Path;

use hepsys_core::Seed;
use hepsys_nn::Run;
use hepsys_report::write_file;
use hepsys_sim::calorimeter_jets::Process;

use super::events::{Kept, scored};
use super::sample::{generator, source};
use super::spec::SampleSpec;
use super::tagger::Tagger;
use crate::ExperimentError;

/// Events of each process to check the files by.
const N_EVENTS: usize = 100;

/// The folder of the bundle, in that of the study.
pub(super) const BUNDLE: &str = "preserved";

/// The file of the efficiency map in it.
pub(super) const MAP: &str = "efficiencies.csv";

/// Writes the networks, the trees, events to check them by, and the efficiency map.
pub(super) fn write(
    folder: &Path,
    kept: &Kept,
    spec: &SampleSpec,
    run: &Run,
    seed: Seed,
) -> Result<(), ExperimentError> {
    let generator = generator(spec)?;
    let tagger = Tagger::trained(kept.jets.clone(), run);
    let mut all = generator.events(source(Process::Signal), N_EVENTS, seed)?;
    for process in [Process::Multijet, Process::BeamInduced] {
        all = all.concat(&generator.events(source(process), N_EVENTS, seed)?);
    }
    let folder = folder.join(BUNDLE);
    let jets = all.jets().to_sample()?;
    let of_events = kept.events.reference(&scored(tagger.scores(&jets)?, &all, 1.0)?)?;
    kept.jets.bundle(&jets, run)?.model("event_trees", kept.events.to_onnx()?, of_events).write(&folder)?;
    Ok(write_file(folder.join(MAP), &kept.map)?)
}
