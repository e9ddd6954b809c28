use std::f64::consts::PI;
use std::path::Path;

use hepsys_core::{NuisanceParameter, Seed};
use hepsys_paramclf::{
    Adversary, ClassifierParams, Coverage, Discriminant, Measured, Measurement, ParamclfError, PlaneScan,
    ProfilePoint, ScoreBinning, Shifted, Simulated, Strategy, TemplateOptions, Templates, ToyData,
    TrainedClassifier, TrainedNuisance, TrainingSet, Weights,
};
use hepsys_sim::{Class, GaussianPair};
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use super::counts::AsimovCounts;
use crate::expected::ExpectedValues;
use crate::spec::PerProfile;
use crate::study::Outcome;
use crate::toys::{StudyToys, fingerprint};
use crate::{Context, ExperimentError};

/// The specification of the study.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToySpec {
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
    pub(super) signal_events: f64,
    pub(super) background_events: f64,
    pub(super) bins: usize,
    /// In units of π; the first is the nominal one.
    pub(super) truths: Vec<f64>,
    pub(super) strengths: Vec<f64>,
    simulation: SimulationSpec,
    network: ClassifierParams,
    pub(super) adversary: AdversarySpec,
    coverage: CoverageSpec,
    /// What should come out.
    pub expected: ExpectedValues,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SimulationSpec {
    training: PerProfile<usize>,
    templates: PerProfile<usize>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AdversarySpec {
    pub(super) strength: f64,
    strengths: Vec<f64>,
    seeds: PerProfile<usize>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CoverageSpec {
    truths: Vec<f64>,
    toys: PerProfile<usize>,
    step: f64,
}

/// A strategy with its templates and what it measures.
pub(super) struct Contender {
    pub(super) label: String,
    pub(super) classifier: TrainedClassifier,
    pub(super) templates: Templates,
    pub(super) measurement: Measurement,
    pub(super) results: Vec<Found>,
}

/// What one strategy finds in the data of one truth.
pub(super) struct Found {
    /// In units of π.
    pub(super) turn: f64,
    pub(super) mu: f64,
    /// The half width of the interval of μ at the true z.
    pub(super) fixed: f64,
    pub(super) measured: Measured,
    pub(super) profile: Vec<ProfilePoint>,
}

/// All that the page shows.
pub(super) struct Results<'a> {
    pub(super) spec: &'a ToySpec,
    pub(super) toy: GaussianPair,
    pub(super) binning: ScoreBinning,
    pub(super) contenders: Vec<Contender>,
    /// λ, and for each seed the half widths at fixed z for the first and the third truth.
    pub(super) strengths: Vec<(f64, Vec<[f64; 2]>)>,
    pub(super) planes: Vec<(String, PlaneScan)>,
    pub(super) auxiliary: super::toy_report::Auxiliary,
    pub(super) shifted: Shifted,
    /// In units of π, and what toys say.
    pub(super) coverage: Vec<(f64, Coverage)>,
}

/// Everything a strategy is tried with.
struct Bench<'a> {
    spec: &'a ToySpec,
    toy: GaussianPair,
    nuisance: TrainedNuisance,
    binning: ScoreBinning,
    knots: Vec<f64>,
    n_templates: usize,
    seed: Seed,
}

/// Runs the study.
///
/// # Errors
///
/// If a toy fails or the study is interrupted.
pub fn run(spec: &ToySpec, folder: &Path, context: &Context) -> Result<Outcome, ExperimentError> {
    let toy = GaussianPair::rotation();
    let seed = Seed::new(context.seed(spec.seed));
    let parameter = NuisanceParameter::gaussian("z", toy.uncertainty())?;
    let bench = Bench {
        spec,
        toy,
        nuisance: TrainedNuisance::new(&parameter, toy.nominal())?,
        binning: ScoreBinning::logit(spec.bins, 10.0)?,
        knots: (0..23).map(|i| f64::from(i) * 0.025 * PI).collect(),
        n_templates: spec.simulation.templates.of(context.profile),
        seed: seed.named("templates"),
    };
    let trained_at: Vec<f64> = (0..21).map(|i| f64::from(i) * 0.025 * PI).collect();
    let n_training = spec.simulation.training.of(context.profile);
    let training = |z: f64| bench.simulate(z, n_training, seed.named("training").index((1e6 * z) as usize));
    let set = TrainingSet::new(&bench.nuisance, &training, &trained_at)?;
    let run = context.run(spec.seed);

    context.observer.started("strategies", 8);
    let mut contenders = Vec::new();
    let adversarial = |strength| Strategy::Adversarial(Adversary::of_strength(strength));
    let mut strategies =
        vec![Strategy::Aware, Strategy::Baseline, Strategy::Augmented, adversarial(spec.adversary.strength)];
    // Trained at the true angle: the nearest of those that were simulated.
    let trained_truths: Vec<f64> =
        spec.truths[..3].iter().map(|turn| trained_at[(turn / 0.025).round() as usize]).collect();
    strategies.extend(trained_truths.iter().map(|&z| Strategy::TrainedAt(z)));
    strategies.push(Strategy::AwareSplit);
    for (index, strategy) in strategies.into_iter().enumerate() {
        let params = spec.network.clone().strategy(strategy.clone()).check()?;
        // Who sees one angle only sees as many events at it as the others at all.
        let one_angle = match strategy {
            Strategy::Baseline => Some(bench.nuisance.nominal()),
            Strategy::TrainedAt(z) => Some(z),
            _ => None,
        };
        let alone =
            |z: f64| bench.simulate(z, n_training * trained_at.len(), seed.named("one angle").index(index));
        let own = one_angle.map(|z| TrainingSet::new(&bench.nuisance, &alone, &[z])).transpose()?;
        let classifier = params.fit(own.as_ref().unwrap_or(&set), &run.index(index))?;
        contenders.push(bench.try_out(classifier)?);
        context.observer.advanced("strategies", index as u64 + 1, &contenders[index].label);
    }
    context.observer.finished("strategies");

    let mut strengths = Vec::new();
    for &strength in &spec.adversary.strengths {
        let mut widths = Vec::new();
        for member in 0..spec.adversary.seeds.of(context.profile) {
            let params = spec.network.clone().strategy(adversarial(strength)).check()?;
            let classifier = params.fit(&set, &run.named("strength").index(member))?;
            let templates = bench.templates(&classifier)?;
            let width = |turn: f64| templates.fixed_z_width(turn * PI, 1.0);
            widths.push([width(spec.truths[0])?, width(spec.truths[2])?]);
        }
        strengths.push((strength, widths));
    }

    let aware = &contenders[0];
    let asks = (
        spec.signal_events,
        spec.background_events,
        &spec.simulation,
        &spec.network,
        &spec.coverage,
        spec.bins,
    );
    let toys = StudyToys::new(context, folder, fingerprint(&asks, context)?, spec.seed)?;
    let score = Discriminant::new(&aware.classifier, bench.binning.clone());
    let mut coverage = Vec::new();
    for &turn in &spec.coverage.truths {
        let name = format!("coverage-{turn}");
        let experiments = toys.prepare(&name, spec.coverage.toys.of(context.profile))?;
        let draw = |toy: &hepsys_stats::Toy| bench.draw(turn * PI, toy);
        let found = aware
            .measurement
            .coverage(&score, 1.0, spec.coverage.step, &experiments, draw)
            .map_err(ExperimentError::from)?;
        coverage.push((turn, found));
    }
    if toys.is_partial() {
        return Err(ExperimentError::ShardDone);
    }

    let results = Results {
        planes: bench.planes(&contenders)?,
        auxiliary: super::toy_report::Auxiliary::of(
            &bench.toy,
            &bench.knots,
            &contenders[..2],
            |contender, turn| bench.asimov(&contender.classifier, turn),
        )?,
        shifted: {
            let baseline = &contenders[1];
            let counts = bench.asimov(&baseline.classifier, spec.truths[0])?;
            let params = Measurement::params().mu_range(-30.0, 30.0);
            params.check(&baseline.templates)?.shifted(&counts.observed(1.0))?
        },
        spec,
        toy,
        binning: bench.binning,
        contenders,
        strengths,
        coverage,
    };
    results.outcome(context)
}

impl Bench<'_> {
    fn simulate(&self, z: f64, n_events: usize, seed: Seed) -> Result<Simulated, ParamclfError> {
        let class = |class: Class, name: &str, expected: f64| {
            let sample = self.toy.sample(class, z, n_events, &mut seed.named(name).stream());
            let sample = sample.map_err(|error| ParamclfError::NotSimulated {
                what: name.to_owned(),
                nuisance: self.nuisance.name().to_owned(),
                z,
                reason: error.to_string(),
            })?;
            Ok::<_, ParamclfError>(
                sample.with_weights(Weights::uniform(expected / n_events as f64, n_events)?)?,
            )
        };
        Ok(Simulated {
            signal: class(Class::Signal, "signal", self.spec.signal_events)?,
            background: class(Class::Background, "background", self.spec.background_events)?,
        })
    }

    /// The same random numbers at every z, so that templates change smoothly.
    fn simulate_for_templates(&self, z: f64) -> Result<Simulated, ParamclfError> {
        self.simulate(z, self.n_templates, self.seed)
    }

    fn templates(&self, classifier: &TrainedClassifier) -> Result<Templates, ParamclfError> {
        let score = Discriminant::new(classifier, self.binning.clone());
        let simulation = |z: f64| self.simulate_for_templates(z);
        Templates::new(&self.nuisance, &score, &simulation, &self.knots, TemplateOptions::default())
    }

    /// Asimov data of the simulation that templates come from: what is left is the strategy.
    fn asimov(&self, classifier: &TrainedClassifier, turn: f64) -> Result<AsimovCounts, ParamclfError> {
        let score = Discriminant::new(classifier, self.binning.clone());
        AsimovCounts::new(&score, &self.simulate_for_templates(turn * PI)?, &self.knots)
    }

    /// Templates and measurements of a classifier; one trained at a true z is asked about that one only.
    fn try_out(&self, classifier: TrainedClassifier) -> Result<Contender, ExperimentError> {
        let templates = self.templates(&classifier)?;
        let measurement = Measurement::params().check(&templates)?;
        let mut results = Vec::new();
        for &turn in &self.spec.truths {
            if let Strategy::TrainedAt(z) = classifier.strategy()
                && (z - turn * PI).abs() > 1e-6
            {
                continue;
            }
            let counts = self.asimov(&classifier, turn)?;
            for &mu in &self.spec.strengths {
                let observed = counts.observed(mu);
                let grid: Vec<f64> = (0..61).map(|i| mu - 0.45 + 0.015 * f64::from(i)).collect();
                results.push(Found {
                    turn,
                    mu,
                    fixed: templates.fixed_z_width(turn * PI, mu)?,
                    measured: measurement.fit(&observed)?,
                    profile: measurement.profile(&observed, &grid)?,
                });
            }
        }
        let label = match classifier.strategy() {
            Strategy::TrainedAt(_) => "trained at the true z".to_owned(),
            other => other.name(),
        };
        Ok(Contender { label, classifier, templates, measurement, results })
    }

    /// The likelihood over μ and z of the aware classifier and of the baseline, for data far from the nominal angle.
    fn planes(&self, contenders: &[Contender]) -> Result<Vec<(String, PlaneScan)>, ExperimentError> {
        let turn = self.spec.truths[2];
        let mut planes = Vec::new();
        for contender in &contenders[..2] {
            let counts = self.asimov(&contender.classifier, turn)?;
            let mu: Vec<f64> = (0..41).map(|i| 0.5 + 0.025 * f64::from(i)).collect();
            let z: Vec<f64> = (0..41).map(|i| turn * PI - 0.08 + 0.004 * f64::from(i)).collect();
            let plane = contender.measurement.plane(&counts.observed(1.0), &mu, &z)?;
            planes.push((contender.label.clone(), plane));
        }
        Ok(planes)
    }

    /// A data set, and a measurement of z that is off by chance.
    fn draw(&self, z: f64, toy: &hepsys_stats::Toy) -> Result<ToyData, ParamclfError> {
        let data = self.toy.data(
            1.0,
            z,
            self.spec.signal_events,
            self.spec.background_events,
            &mut toy.stream("data"),
        );
        let data = data.map_err(|error| ParamclfError::NotSimulated {
            what: "a data set".into(),
            nuisance: self.nuisance.name().to_owned(),
            z,
            reason: error.to_string(),
        })?;
        let off: f64 = StandardNormal.sample(&mut toy.stream("measurement of z"));
        Ok(ToyData { data, measured: z + self.nuisance.uncertainty() * off })
    }
}
