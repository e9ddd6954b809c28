use std::path::Path;

use hepsys_core::{Interrupt, Sample, Seed, Variation};
use hepsys_io::read_higgsml;
use hepsys_paramclf::{
    Adversary, ClassifierParams, Discriminant, Measured, Measurement, ParamclfError, ProfilePoint,
    ScoreBinning, SimulatedPoints, Strategy, TemplateOptions, Templates, TrainedClassifier, TrainedNuisance,
    TrainingSet,
};
use hepsys_sim::TauEnergyScale;
use hepsys_stats::standard_deviation;
use serde::{Deserialize, Serialize};

use super::counts::AsimovCounts;
use super::higgsml_pool::{EVENT, Pool, STORED_CUT, half, shifted};
use crate::expected::ExpectedValues;
use crate::spec::PerProfile;
use crate::study::Outcome;
use crate::{Context, ExperimentError};

/// The specification of the study.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HiggsSpec {
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
    file: String,
    pub(super) tau_cut: f64,
    pub(super) lower_cut: f64,
    bins: usize,
    limit: f64,
    pub(super) truths: Vec<f64>,
    pub(super) strengths: Vec<f64>,
    uncertainty: f64,
    scales: Vec<f64>,
    train_at: Vec<f64>,
    pub(super) bootstraps: PerProfile<usize>,
    network: ClassifierParams,
    /// The same for strategies that see one scale.
    one_scale: ClassifierParams,
    adversary: Adversary,
    /// What should come out.
    pub expected: ExpectedValues,
}

/// A strategy and its classifier.
pub(super) struct Contender {
    pub(super) label: String,
    pub(super) classifier: TrainedClassifier,
}

/// What is found at one truth.
pub(super) struct AtTruth {
    pub(super) z: f64,
    pub(super) mu: f64,
    /// For each strategy, the last trained at the true scale.
    pub(super) found: Vec<Found>,
}

/// What one strategy finds.
pub(super) struct Found {
    pub(super) label: String,
    pub(super) measured: Measured,
    pub(super) profile: Vec<ProfilePoint>,
    pub(super) ratio: f64,
    /// Its standard deviation from resampled events.
    pub(super) error: f64,
    /// With data of other events than the templates.
    pub(super) independent: f64,
    /// The same events with the lower cut, where the file covers it.
    pub(super) lower_cut: Option<f64>,
}

/// All that the page shows.
pub(super) struct Results<'a> {
    pub(super) spec: &'a HiggsSpec,
    pub(super) truths: Vec<AtTruth>,
    pub(super) templates: Vec<(String, Templates)>,
    pub(super) edges: Vec<f64>,
    pub(super) yields: [f64; 2],
    pub(super) effective: f64,
    pub(super) untrained: super::higgsml_untrained::Untrained,
}

/// Everything that is the same for all strategies.
pub(super) struct Bench<'a> {
    pub(super) spec: &'a HiggsSpec,
    pub(super) nuisance: TrainedNuisance,
    binning: ScoreBinning,
    pub(super) seed: Seed,
    interrupt: Interrupt,
}

/// Runs the study.
///
/// # Errors
///
/// If the file cannot be read or the study is interrupted.
pub fn run(spec: &HiggsSpec, _folder: &Path, context: &Context) -> Result<Outcome, ExperimentError> {
    let events = read_higgsml(context.datasets.join(&spec.file))?;
    let scale = TauEnergyScale::new(spec.uncertainty)?.with_tau_mass(0.0)?;
    let bench = Bench {
        spec,
        nuisance: TrainedNuisance::new(scale.nuisance(), 1.0)?,
        binning: ScoreBinning::logit(spec.bins, spec.limit)?,
        seed: Seed::new(context.seed(spec.seed)),
        interrupt: context.interrupt.clone(),
    };
    let training = half(&events, 0)?;
    let rest = half(&events, 1)?;
    let all = |cut: f64| Pool::of(&rest, &scale, &spec.scales, cut);
    let mut pool = all(spec.tau_cut)?;
    let effective = pool.at(1.0)?.background.weights().effective_entries();
    let yields = [1.1 * (effective / 5.0).sqrt(), effective / 5.0];
    pool.scale_to(yields)?;

    let set = bench.training_set(&training, &scale, &spec.train_at)?;
    let run = context.run(spec.seed);
    let mut strategies = vec![
        Strategy::Aware,
        Strategy::Baseline,
        Strategy::Augmented,
        Strategy::Adversarial(spec.adversary.clone()),
    ];
    strategies.extend(spec.truths.iter().map(|&z| Strategy::TrainedAt(z)));
    let n_steps = (strategies.len() + spec.truths.len() * spec.strengths.len()) as u64;
    context.observer.started("strategies and truths", n_steps);
    let mut contenders = Vec::new();
    for (index, strategy) in strategies.into_iter().enumerate() {
        // Who sees one scale only sees it more often, so that all take steps of the same order.
        let network = if matches!(strategy, Strategy::Baseline | Strategy::TrainedAt(_)) {
            spec.one_scale.clone()
        } else {
            spec.network.clone()
        };
        let classifier = network.strategy(strategy).event_key(EVENT).check()?.fit(&set, &run.index(index))?;
        let label = match classifier.strategy() {
            Strategy::TrainedAt(_) => "trained at the true z".to_owned(),
            other => other.name(),
        };
        context.observer.advanced("strategies and truths", index as u64 + 1, &label);
        contenders.push(Contender { label, classifier });
    }
    drop(set);

    let lower = {
        let scales: Vec<f64> =
            spec.scales.iter().copied().filter(|z| *z <= spec.lower_cut / STORED_CUT + 1e-9).collect();
        let mut pool = Pool::of(&rest, &scale, &scales, spec.lower_cut)?;
        pool.scale_to(yields)?;
        pool
    };
    let n_bootstraps = spec.bootstraps.of(context.profile);
    let mut truths = Vec::new();
    for &z in &spec.truths {
        for &mu in &spec.strengths {
            truths.push(bench.at_truth(z, mu, &contenders, &pool, &lower, n_bootstraps)?);
            let done = (contenders.len() + truths.len()) as u64;
            context.observer.advanced("strategies and truths", done, &format!("z = {z}, μ = {mu}"));
        }
    }
    context.observer.finished("strategies and truths");
    let mut templates = Vec::new();
    for contender in &contenders[..2] {
        templates.push((contender.label.clone(), bench.templates(&contender.classifier, &pool)?));
    }
    let untrained =
        super::higgsml_untrained::Untrained::of(&bench, &contenders[0].classifier, &events, &scale, &pool)?;
    let edges = bench.binning.shown().edges().to_vec();
    Results { spec, truths, templates, edges, yields, effective, untrained }.outcome(context)
}

impl Bench<'_> {
    fn training_set(
        &self,
        [signal, background]: &[Sample; 2],
        scale: &TauEnergyScale,
        scales: &[f64],
    ) -> Result<TrainingSet, ExperimentError> {
        let cut = self.spec.tau_cut;
        let mut points = SimulatedPoints::new(self.nuisance.name());
        let mut at = scales.to_vec();
        at.extend(self.spec.truths.iter().filter(|z| !scales.contains(z)));
        for &z in &at {
            points = points.point(z, shifted(signal, scale, z, cut)?, shifted(background, scale, z, cut)?);
        }
        Ok(TrainingSet::new(&self.nuisance, &points, &at)?)
    }

    pub(super) fn discriminant<'a>(&self, classifier: &'a TrainedClassifier) -> Discriminant<'a> {
        Discriminant::new(classifier, self.binning.clone())
    }

    pub(super) fn templates(
        &self,
        classifier: &TrainedClassifier,
        pool: &Pool,
    ) -> Result<Templates, ParamclfError> {
        let score = self.discriminant(classifier);
        Templates::new(&self.nuisance, &score, pool, &pool.scales(), TemplateOptions::default())
    }

    pub(super) fn n_bins(&self) -> usize {
        self.binning.n_bins()
    }

    pub(super) fn params() -> hepsys_paramclf::MeasurementParams {
        Measurement::params().mu_range(0.0, 12.0)
    }

    /// A measurement with templates from one pool and data from another.
    fn measurement(
        &self,
        classifier: &TrainedClassifier,
        z: f64,
        templates: &Pool,
        data: &Pool,
    ) -> Result<(Measurement, AsimovCounts), ExperimentError> {
        let measurement = Self::params().check(&self.templates(classifier, templates)?)?;
        let counts = AsimovCounts::new(&self.discriminant(classifier), data.at(z)?, &data.scales())?;
        Ok((measurement, counts))
    }

    /// −Δ ln L of every contender at the μ that is two standard deviations of the last one from the truth.
    fn rises(
        &self,
        z: f64,
        mu: f64,
        contenders: &[&Contender],
        templates: &Pool,
        data: &Pool,
    ) -> Result<Vec<f64>, ExperimentError> {
        let mut all = Vec::new();
        for contender in contenders {
            all.push(self.measurement(&contender.classifier, z, templates, data)?);
        }
        let Some((measurement, counts)) = all.last() else { return Ok(Vec::new()) };
        let best = measurement.fit(&counts.observed(mu))?;
        let high = best.mu_high.ok_or_else(|| ParamclfError::NoMinimum {
            what: format!("of the interval of μ at z = {z}"),
            reason: "it reaches the end of the range of μ".into(),
        })?;
        let far = mu + 2.0 * (high - best.mu);
        all.iter()
            .map(|(measurement, counts)| {
                let observed = counts.observed(mu);
                let best = measurement.fit(&observed)?.mu;
                Ok(measurement.profile(&observed, &[best, far])?[1].rise)
            })
            .collect()
    }

    /// Whether nobody has asked to stop.
    fn go_on(&self) -> Result<(), ExperimentError> {
        if self.interrupt.is_requested() { Err(ParamclfError::Interrupted.into()) } else { Ok(()) }
    }

    fn ratios(
        &self,
        z: f64,
        mu: f64,
        contenders: &[&Contender],
        templates: &Pool,
        data: &Pool,
    ) -> Result<Vec<f64>, ExperimentError> {
        let rises = self.rises(z, mu, contenders, templates, data)?;
        let last = rises.last().copied().unwrap_or(f64::NAN);
        Ok(rises.iter().map(|rise| rise / last).collect())
    }

    fn at_truth(
        &self,
        z: f64,
        mu: f64,
        contenders: &[Contender],
        pool: &Pool,
        lower: &Pool,
        n_bootstraps: usize,
    ) -> Result<AtTruth, ExperimentError> {
        let is_of_other_truth =
            |c: &Contender| matches!(c.classifier.strategy(), Strategy::TrainedAt(at) if *at != z);
        let chosen: Vec<&Contender> = contenders.iter().filter(|c| !is_of_other_truth(c)).collect();
        let ratios = self.ratios(z, mu, &chosen, pool, pool)?;
        let mut resampled = Vec::new();
        for bootstrap in 0..n_bootstraps {
            self.go_on()?;
            let pool = pool.resampled(self.seed.named("bootstrap").index(bootstrap))?;
            resampled.push(self.ratios(z, mu, &chosen, &pool, &pool)?);
        }
        let [one, other] = pool.divided()?;
        let independent = self.ratios(z, mu, &chosen, &one, &other)?;
        // At the last scale that is covered the other side of a profile would be cut off.
        let covered = lower.scales().iter().any(|scale| *scale > z);
        let lower = if covered { Some(self.ratios(z, mu, &chosen, lower, lower)?) } else { None };
        let mut found = Vec::new();
        for (index, contender) in chosen.iter().enumerate() {
            let (measurement, counts) = self.measurement(&contender.classifier, z, pool, pool)?;
            let observed = counts.observed(mu);
            let measured = measurement.fit(&observed)?;
            let up = measured.mu_high.map_or(1.0, |high| high - measured.mu);
            let grid: Vec<f64> =
                (0..41).map(|i| mu + up * (-3.0 + 0.15 * f64::from(i))).filter(|mu| *mu >= 0.0).collect();
            let of: Vec<f64> = resampled.iter().map(|ratios| ratios[index]).collect();
            found.push(Found {
                label: contender.label.clone(),
                profile: measurement.profile(&observed, &grid)?,
                measured,
                ratio: ratios[index],
                error: if of.len() < 2 { f64::NAN } else { standard_deviation(&of)? },
                independent: independent[index],
                lower_cut: lower.as_ref().map(|ratios| ratios[index]),
            });
        }
        Ok(AtTruth { z, mu, found })
    }
}
