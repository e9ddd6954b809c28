//! The jets of the study.

use hepsys_adversarial::{ControlRegion, TrainingSet};
use hepsys_core::{Sample, Seed};
use hepsys_sim::calorimeter_jets::{Arrival, CalorimeterJets, JetModel, JetRegion, Process, Source};

use super::spec::{SampleSpec, Sizes};
use crate::ExperimentError;

/// The names of the classes; the first is the signal.
pub(super) const CLASSES: [&str; 3] = ["signal", "multijet", "beam-induced"];

/// Jets to learn from and to test with.
pub(super) struct Samples {
    pub(super) training: TrainingSet,
    pub(super) control: ControlRegion,
    /// Of each class.
    pub(super) test: [Sample; 3],
    /// The control region of the training with other jets, and one that is selected differently.
    pub(super) test_controls: [ControlRegion; 2],
}

/// The generator with the study's classes.
pub(super) fn generator(spec: &SampleSpec) -> Result<CalorimeterJets, ExperimentError> {
    let mut beam = JetModel::benchmark(Process::BeamInduced);
    if let Arrival::Beam { outgoing_fraction, .. } = &mut beam.arrival {
        *outgoing_fraction = spec.outgoing;
    }
    [beam.clusters.eta_width, beam.clusters.phi_width] = spec.beam_widths;
    let params = CalorimeterJets::params().model(Process::BeamInduced, beam);
    Ok(params
        .time_resolution_scale(spec.time_resolution)
        .mismodelling_strength(spec.mismodelling)
        .cluster_pt_scale(spec.cluster_pt_scale)
        .check()?)
}

/// Which jets a class has: the background of the beam is always data.
pub(super) fn source(process: Process) -> Source {
    if process == Process::BeamInduced { Source::data(process) } else { Source::simulated(process) }
}

impl Samples {
    pub(super) fn new(spec: &SampleSpec, sizes: Sizes, seed: Seed) -> Result<Self, ExperimentError> {
        let generator = generator(spec)?;
        let jets = |source: Source, n: usize, name: &str| -> Result<Sample, ExperimentError> {
            Ok(generator.jets(source, n, seed.named(name))?.to_sample()?)
        };
        let control = |region: JetRegion, n: usize, name: &str| -> Result<ControlRegion, ExperimentError> {
            let simulation = jets(Source::simulated(Process::Multijet).inside(region), n, name)?;
            let data = jets(Source::data(Process::Multijet).inside(region), n, name)?;
            Ok(ControlRegion::new(region.to_string(), simulation, data)?)
        };
        let [signal, multijet, beam] =
            Process::ALL.map(|process| jets(source(process), sizes.learn, "learn"));
        let test = Process::ALL.map(|process| jets(source(process), sizes.test, "test"));
        let [a, b, c] = test;
        Ok(Self {
            training: TrainingSet::new()
                .simulated(CLASSES[0], signal?)
                .simulated(CLASSES[1], multijet?)
                .measured(CLASSES[2], beam?),
            control: control(JetRegion::Control, sizes.control, "learn")?,
            test: [a?, b?, c?],
            test_controls: [
                control(JetRegion::Control, sizes.test_control, "test")?,
                control(JetRegion::CentralControl, sizes.test_control, "test")?,
            ],
        })
    }
}
