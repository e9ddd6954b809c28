//! The jets of the study.

use hepsys_adversarial::{ControlRegion, TrainingSet};
use hepsys_core::{Sample, Seed};
use hepsys_sim::calorimeter_jets::{Arrival, CalorimeterJets, JetModel, JetRegion, Process, Source};

use super::spec::{SampleSpec, Sizes};
use crate::ExperimentError;

/// The names of the classes; the first is the signal.
pub(super) const CLASSES: [&str; 3] = ["signal", "multijet", "beam-induced"];

/// Jets to learn from.
pub(super) struct Samples {
    pub(super) training: TrainingSet,
    pub(super) control: ControlRegion,
}

/// Other jets, to test with; they are many, so they are made when the training is over.
pub(super) struct TestSamples {
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

/// Makes jets of a purpose: those of another purpose, process, origin or region are others.
struct Maker {
    generator: CalorimeterJets,
    seed: Seed,
}

impl Maker {
    fn new(spec: &SampleSpec, seed: Seed, purpose: &str) -> Result<Self, ExperimentError> {
        Ok(Self { generator: generator(spec)?, seed: seed.named(purpose) })
    }

    fn jets(&self, source: Source, n: usize) -> Result<Sample, ExperimentError> {
        Ok(self.generator.jets(source, n, self.seed)?.to_sample()?)
    }

    fn processes(&self, n: usize) -> Result<[Sample; 3], ExperimentError> {
        let [signal, multijet, beam] = Process::ALL.map(|process| self.jets(source(process), n));
        Ok([signal?, multijet?, beam?])
    }

    fn control(&self, region: JetRegion, n: usize) -> Result<ControlRegion, ExperimentError> {
        let simulation = self.jets(Source::simulated(Process::Multijet).inside(region), n)?;
        let data = self.jets(Source::data(Process::Multijet).inside(region), n)?;
        Ok(ControlRegion::new(region.to_string(), simulation, data)?)
    }
}

impl Samples {
    pub(super) fn new(spec: &SampleSpec, sizes: Sizes, seed: Seed) -> Result<Self, ExperimentError> {
        let maker = Maker::new(spec, seed, "learn")?;
        let [signal, multijet, beam] = maker.processes(sizes.learn)?;
        Ok(Self {
            training: TrainingSet::new()
                .simulated(CLASSES[0], signal)
                .simulated(CLASSES[1], multijet)
                .measured(CLASSES[2], beam),
            control: maker.control(JetRegion::Control, sizes.control)?,
        })
    }
}

impl TestSamples {
    pub(super) fn new(spec: &SampleSpec, sizes: Sizes, seed: Seed) -> Result<Self, ExperimentError> {
        let maker = Maker::new(spec, seed, "test")?;
        let [first, second] = [JetRegion::Control, JetRegion::CentralControl]
            .map(|region| maker.control(region, sizes.test_control));
        Ok(Self { test: maker.processes(sizes.test)?, test_controls: [first?, second?] })
    }
}
