//! Backgrounds whose misidentification is larger than the simulation says.

use std::path::Path;

use hepsys_advocate::{
    Anomaly, BinnedBound, BinnedChannels, Direction, Feature, Grid, Question, Sample, Simulation,
};
use hepsys_core::Seed;
use hepsys_sim::BranchingRatioChannel;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

use super::case::{Answer, Case};
use super::misid_check::Check;
use super::misid_report::Results;
use super::search_spec::{LimitsSpec, SearchSpec};
use crate::expected::ExpectedValues;
use crate::spec::PerProfile;
use crate::study::Outcome;
use crate::toys::{StudyToys, fingerprint};
use crate::{Context, ExperimentError};

/// The specification of the study.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MisidSpec {
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
    pub(super) check: CheckSpec,
    pub(super) anomaly: AnomalySpec,
    /// What should come out.
    pub expected: ExpectedValues,
}

/// One Gaussian against another, where the answer is known.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckSpec {
    events: PerProfile<usize>,
    /// The mean of the background; that of the signal is zero.
    pub(super) separation: f64,
    limits: LimitsSpec,
    search: SearchSpec,
    /// Of the exact bound, from five standard deviations below the signal to five above the background.
    exact_bins: usize,
}

/// More events than backgrounds explain.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AnomalySpec {
    events: PerProfile<usize>,
    pub(super) observed: f64,
    /// Their names, masses of V in GeV, and expected events.
    pub(super) backgrounds: Vec<(String, f64, f64)>,
    /// The other channels: their names and masses of V in GeV.
    channels: Vec<(String, f64)>,
    limits: LimitsSpec,
    search: SearchSpec,
    smoothness: Vec<f64>,
}

/// Runs the study.
///
/// # Errors
///
/// If a search fails or the study is interrupted.
pub fn run(spec: &MisidSpec, folder: &Path, context: &Context) -> Result<Outcome, ExperimentError> {
    let toys =
        StudyToys::new(context, folder, fingerprint(&(&spec.check, &spec.anomaly), context)?, spec.seed)?;
    let check = check(spec, &toys, context)?;
    let anomalies = anomalies(spec, &toys, context)?;
    let (Some(check), Some(anomalies)) = (check, anomalies) else { return Err(ExperimentError::ShardDone) };
    Results { spec, check, anomalies, claim: spec.anomaly.claim() }.outcome(context)
}

fn check(
    spec: &MisidSpec,
    toys: &StudyToys<'_>,
    context: &Context,
) -> Result<Option<Check>, ExperimentError> {
    let CheckSpec { separation, exact_bins, .. } = spec.check;
    let seed = Seed::new(context.seed(spec.seed)).named("Gaussians");
    let n_events = spec.check.events.of(context.profile);
    let events = |mean: f64, name: &str| {
        let mut stream = seed.named(name).stream();
        let x: Vec<f64> =
            (0..n_events).map(|_| mean + Distribution::<f64>::sample(&StandardNormal, &mut stream)).collect();
        Sample::from_columns([(Feature::new("x", "1"), x)])
    };
    let simulation = Simulation::new([
        ("background", events(separation, "background")?),
        ("signal", events(0.0, "signal")?),
    ])?;
    let question =
        spec.check.limits.added_to(Question::new().target("background", 1.0)).map_err(|e| spec.bad(e))?;
    let case = Case {
        label: "Gaussians".into(),
        key: "gaussians".into(),
        x: 0.0,
        params: spec.check.search.params(question.clone(), None, context.profile)?,
        bins: spec.check.search.bins,
        profile: context.profile,
    };
    let grid = Grid::uniform(["x"], exact_bins, -5.0, separation + 5.0)?;
    let exact = |mean: f64| {
        let cdf = |x: f64| Normal::standard().cdf(x - mean);
        let edges = grid.axes()[0].1.edges().to_vec();
        let mut p: Vec<f64> = edges.windows(2).map(|pair| cdf(pair[1]) - cdf(pair[0])).collect();
        // What is outside is counted at the edge.
        p[0] += cdf(edges[0]);
        p[exact_bins - 1] += 1.0 - cdf(edges[exact_bins]);
        p
    };
    let channels =
        BinnedChannels::new(grid.clone(), [("background", exact(separation)), ("signal", exact(0.0))])?;
    let (low, high) = spec.check.search.weights;
    let bound = BinnedBound::params().weight_range(low..=high).check()?;
    let exact = [
        bound.of_channels(&question, &channels, Direction::Up)?,
        bound.of_channels(&question, &channels, Direction::Down)?,
    ];
    let Some(answer) = case.ask(&simulation, toys, &context.run(spec.seed))? else { return Ok(None) };
    Ok(Some(Check { answer, exact }))
}

fn anomalies(
    spec: &MisidSpec,
    toys: &StudyToys<'_>,
    context: &Context,
) -> Result<Option<Vec<Answer>>, ExperimentError> {
    let asked = &spec.anomaly;
    let seed = Seed::new(context.seed(spec.seed)).named("decays");
    let n_events = asked.events.of(context.profile);
    let backgrounds = asked.backgrounds.iter().map(|(name, mass, _)| (name, *mass));
    let mut channels = Vec::new();
    for (name, mass) in backgrounds.chain(asked.channels.iter().map(|(name, mass)| (name, *mass))) {
        let events = BranchingRatioChannel::new(mass)?.sample(n_events, seed.named(name))?;
        channels.push((name.as_str(), events.select_features(&asked.search.features)?));
    }
    let simulation = Simulation::new(channels)?;
    let pushed = asked.backgrounds.iter();
    let pushed = pushed.fold(Question::new(), |question, (name, _, n)| question.target(name, *n));
    let question = asked.limits.added_to(pushed).map_err(|e| spec.bad(e))?;
    let mut answers = Vec::new();
    let mut is_partial = false;
    for &lipschitz in &asked.smoothness {
        let case = Case {
            label: format!("L = {lipschitz}"),
            key: format!("anomaly-{lipschitz}"),
            x: lipschitz,
            params: asked.search.params(question.clone(), Some(lipschitz), context.profile)?,
            bins: asked.search.bins,
            profile: context.profile,
        };
        match case.ask(&simulation, toys, &context.run(spec.seed))? {
            Some(answer) => answers.push(answer),
            None => is_partial = true,
        }
    }
    Ok((!is_partial).then_some(answers))
}

impl MisidSpec {
    fn bad(&self, problem: String) -> ExperimentError {
        ExperimentError::Spec { path: format!("specs/{}.toml", self.study).into(), problem }
    }
}

impl AnomalySpec {
    /// The anomaly as it is claimed.
    fn claim(&self) -> Anomaly {
        let backgrounds = self.backgrounds.iter();
        backgrounds.fold(Anomaly::new(self.observed), |claim, (name, _, n)| claim.background(name, *n))
    }

    /// The anomaly with other efficiencies of its backgrounds.
    pub(super) fn with(&self, efficiency: impl Fn(&str) -> f64) -> Anomaly {
        let backgrounds = self.backgrounds.iter();
        backgrounds.fold(Anomaly::new(self.observed), |claim, (name, _, n)| {
            claim.background(name, n * efficiency(name))
        })
    }
}
