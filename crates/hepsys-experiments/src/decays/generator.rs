//! One generator for the kinematics of many backgrounds, and its transport to a detailed detector.

use std::path::Path;

use hepsys_core::{Feature, Sample, Seed, Weights};
use hepsys_decays::generator::{GeneratorValidation, KinematicsGenerator, ModeSample};
use hepsys_decays::{Candidate, Exhaustive, Finder, SearchParams, SearchRecord};
use hepsys_nn::{Schedule, Stopping, Training};
use hepsys_sim::{Acceptance, FourMomentum, MomentumResolution, TurnOn, mass};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use super::generator_report;
use super::spec::Files;
use crate::expected::ExpectedValues;
use crate::spec::PerProfile;
use crate::study::Outcome;
use crate::toys::{StudyToys, fingerprint};
use crate::{Context, ExperimentError};

/// The specification of the study.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GeneratorSpec {
    /// The name of the study.
    pub study: String,
    /// Its title.
    pub title: String,
    /// What it shows.
    pub about: String,
    /// The key of the paper in `docs/references.bib`.
    pub paper: String,
    /// The seed unless the user gives one.
    pub seed: u64,
    files: Files,
    analysis: String,
    /// How many of the leaders are learnt.
    modes: usize,
    /// How many of them have detailed events where the others have none.
    transported: usize,
    /// Events a mode to learn from, for the transport, and to compare with.
    events: [usize; 3],
    /// Trainings, each with events of its own.
    seeds: PerProfile<usize>,
    /// What should come out.
    pub expected: ExpectedValues,
}

/// Distances of a generator to the simulation, for each mode and feature.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Distances {
    pub(super) features: Vec<String>,
    pub(super) modes: Vec<String>,
    pub(super) distances: Vec<Vec<f64>>,
    pub(super) noise: f64,
}

/// What came of one training.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Trained {
    pub(super) n_parameters: usize,
    /// Against the fast simulation that it learnt.
    pub(super) fast: Distances,
    /// Against the detailed one: as it is, after transport, and learnt from the detailed events alone.
    pub(super) before: Distances,
    pub(super) after: Distances,
    pub(super) scratch: Distances,
    /// For the modes without detailed events: as it is, and after a transport of the others.
    pub(super) unseen_before: Distances,
    pub(super) unseen_after: Distances,
    /// Draws of a feature for the page: the mass in GeV of each mode, simulated and generated.
    pub(super) masses: Vec<[Vec<f64>; 2]>,
}

/// Which detector sees the tracks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Detector {
    /// A resolution of 0.5 %.
    Fast,
    /// A resolution of 0.6 % that grows with the momentum, a scale that is 0.08 % low, and a trigger that turns on at 0.8 GeV.
    Detailed,
}

/// Draws of each mode that are kept for the page.
const SHOWN: usize = 5000;

/// Runs the study.
///
/// # Errors
///
/// If a file cannot be read, a training fails, or the study is interrupted.
pub fn run(spec: &GeneratorSpec, folder: &Path, context: &Context) -> Result<Outcome, ExperimentError> {
    let seed = context.run(spec.seed).streams();
    let params = super::read_finder(&spec.files, &spec.analysis, &context.datasets)?;
    let finder = params.seed(seed.named("finder")).check()?;
    let search = SearchParams::new().leaders(spec.modes, 0.1).max_events(32_000).check()?;
    let ranking = search.run(&finder, &Exhaustive, SearchRecord::default(), &mut |_| {})?;
    let leaders = ranking.leaders(spec.modes).iter();
    let modes: Vec<Candidate> = leaders.map(|found| finder.candidates()[found.candidate].clone()).collect();
    let asks = (&spec.events, spec.transported, modes.iter().map(|mode| &mode.name).collect::<Vec<_>>());
    let toys = StudyToys::new(context, folder, fingerprint(&asks, context)?, spec.seed)?;
    let trained = toys.run("trainings", spec.seeds.of(context.profile), |toy| {
        train(spec, &finder, &modes, context, toy.seed())
    })?;
    if toys.is_partial() {
        return Err(ExperimentError::ShardDone);
    }
    generator_report::outcome(spec, context, &trained)
}

fn train(
    spec: &GeneratorSpec,
    finder: &Finder,
    modes: &[Candidate],
    context: &Context,
    seed: Seed,
) -> Result<Trained, ExperimentError> {
    let [n_learn, n_detailed, n_test] = spec.events;
    let simulate = |detector, n_events, name: &str| -> Result<Vec<ModeSample>, ExperimentError> {
        let seed = seed.named(name);
        modes.iter().map(|mode| sample(finder, mode, detector, n_events, seed)).collect()
    };
    let fast = simulate(Detector::Fast, n_learn, "learn")?;
    let fast_test = simulate(Detector::Fast, n_test, "test")?;
    let few = simulate(Detector::Detailed, n_detailed, "detailed")?;
    let detailed_test = simulate(Detector::Detailed, n_test, "detailed test")?;

    let run = context.run(spec.seed).seeded(seed.named("training"));
    let generator = KinematicsGenerator::params().check()?.fit(&fast, &run)?;
    let moved = generator.transport(&few, &run.named("transport"))?;
    let epochs = 100;
    let scratch = KinematicsGenerator::params().training(
        Training::params()
            .batch_size(1024)
            .learning_rate(Schedule::cosine(8e-3, 8e-5, epochs))
            .stopping(Stopping::after(epochs)),
    );
    let scratch = scratch.check()?.fit(&few, &run.named("scratch"))?;
    let (others, unseen) = few.split_at(spec.transported.min(few.len()));
    let unseen_test = &detailed_test[detailed_test.len() - unseen.len()..];
    let moved_others = generator.transport(others, &run.named("transport"))?;
    let compare = |generator: &KinematicsGenerator, test: &[ModeSample]| {
        let validation = GeneratorValidation::new(generator, test, n_test, seed.named("draws"))?;
        Ok::<_, ExperimentError>(Distances {
            features: validation.features().to_vec(),
            modes: validation.modes().to_vec(),
            distances: validation.distances(),
            noise: validation.noise(),
        })
    };
    let masses = fast_test.iter().map(|mode| {
        let drawn = generator.sample(mode.name(), SHOWN, seed.named("shown"))?;
        // Draws count as often as events of the simulation do.
        let events = unweighted(mode.sample(), SHOWN, seed.named("shown"))?;
        Ok::<_, ExperimentError>([events, drawn].map(|sample| mass_of(&sample)))
    });
    Ok(Trained {
        n_parameters: generator.n_parameters(),
        fast: compare(&generator, &fast_test)?,
        before: compare(&generator, &detailed_test)?,
        after: compare(&moved, &detailed_test)?,
        scratch: compare(&scratch, &detailed_test)?,
        unseen_before: compare(&generator, unseen_test)?,
        unseen_after: compare(&moved_others, unseen_test)?,
        masses: masses.collect::<Result<_, _>>()?,
    })
}

/// The mass of the candidate in GeV.
fn mass_of(sample: &Sample) -> Vec<f64> {
    sample.columns().next().unwrap_or_default().iter().map(|x| x.exp() + 3.0 * mass::K_PLUS).collect()
}

/// Events that count once each.
fn unweighted(sample: &Sample, n_events: usize, seed: Seed) -> Result<Sample, ExperimentError> {
    let weights = sample.weights();
    let largest = weights.iter().fold(0.0, f64::max);
    let mut stream = seed.stream();
    let kept: Vec<usize> = (0..sample.n_events())
        .filter(|&i| stream.random::<f64>() * largest < weights.get(i))
        .take(n_events)
        .collect();
    Ok(sample.take(&kept)?)
}

/// So many events of a mode that a detector has seen, with their weights.
fn sample(
    finder: &Finder,
    mode: &Candidate,
    detector: Detector,
    n_events: usize,
    seed: Seed,
) -> Result<ModeSample, ExperimentError> {
    let seed = seed.named(&mode.name);
    let trigger = TurnOn::new(0.8, 0.25)?;
    let mut stream = seed.named("detector").stream();
    let mut columns: [Vec<f64>; 4] = Default::default();
    let mut weights = Vec::new();
    let mut round = 0;
    while weights.len() < n_events {
        let events = finder.tracks(mode, 2 * n_events.max(1000), seed.named("events").index(round))?;
        round += 1;
        for (tracks, weight) in events.events().zip(events.weights()) {
            let measured: Vec<FourMomentum> = tracks
                .iter()
                .map(|track| match detector {
                    Detector::Fast => MomentumResolution::TRACKS.smear(track, &mut stream),
                    Detector::Detailed => {
                        let z: f64 = StandardNormal.sample(&mut stream);
                        track.with_momentum_scaled(1.0 - 0.0008 + (0.006 + 4e-5 * track.p()) * z)
                    }
                })
                .collect();
            let softest = measured.iter().map(FourMomentum::pt).fold(f64::INFINITY, f64::min);
            let is_seen = Acceptance::FORWARD_SOFT.accepts_all(&measured)
                && (detector == Detector::Fast || trigger.accepts(softest, &mut stream));
            if is_seen && weights.len() < n_events {
                let values = features(&measured);
                columns.iter_mut().zip(values).for_each(|(column, value)| column.push(value));
                weights.push(*weight);
            }
        }
    }
    let names = ["ln(m − 3 mK)", "ln(m pair − 2 mK)", "ln pT", "η"].map(|name| Feature::new(name, "1"));
    let sample =
        Sample::from_columns(names.into_iter().zip(columns))?.with_weights(Weights::new(weights)?)?;
    Ok(ModeSample::new(&mode.name, sample)?)
}

/// What is learnt of three kaons: the masses of all and of the lighter pair of opposite charges above their thresholds, pT and η.
fn features(kaons: &[FourMomentum]) -> [f64; 4] {
    let all: FourMomentum = kaons.iter().copied().sum();
    let pair = (kaons[0] + kaons[1]).mass().min((kaons[0] + kaons[2]).mass());
    // Above the threshold, but for rounding.
    let ln_above = |m: f64, n: f64| (m - n * mass::K_PLUS).max(1e-9).ln();
    [ln_above(all.mass(), 3.0), ln_above(pair, 2.0), all.pt().ln(), all.eta()]
}
