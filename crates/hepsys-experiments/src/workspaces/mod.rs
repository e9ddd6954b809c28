//! Profile likelihoods of published workspaces, beside what another program finds for them.

mod report;

use std::path::Path;

use hepsys_core::Seed;
use hepsys_io::{read_workspace, sha256_of_file};
use hepsys_stats::fit::{Fit, Fitter, Goodness, MinosErrors, Ranking, Scan};
use hepsys_stats::histfactory::{BinnedLikelihood, Data, Model};
use hepsys_stats::hypothesis::{Asymptotic, Cls, Limit, ToyBased, ToyCls};
use hepsys_stats::workspace::Interpolation;
use hepsys_stats::{BandPoint, Distribution, StatsError};
use serde::{Deserialize, Serialize};

use crate::expected::ExpectedValues;
use crate::spec::PerProfile;
use crate::study::Outcome;
use crate::toys::{StudyToys, fingerprint};
use crate::{Context, ExperimentError};

/// The specification of the study of workspaces.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkspacesSpec {
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
    workspaces: Vec<Case>,
    /// What should come out.
    pub expected: ExpectedValues,
}

/// A workspace and what is done with it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    label: String,
    /// The file below the project's samples.
    file: String,
    /// From how many places fits start.
    starts: usize,
    /// Up to which value the parameter of interest is scanned, from its lower bound.
    highest: f64,
    /// How many values of it are tested.
    points: usize,
    /// How many parameters the ranking shows, if there is one.
    #[serde(default)]
    ranked: Option<usize>,
    /// The smallest correlation that is shown, if any is.
    #[serde(default)]
    correlated: Option<f64>,
    /// Toys with and without signal at μ = 1, if there are any.
    #[serde(default)]
    toys: Option<PerProfile<usize>>,
}

/// What was found for a workspace.
struct Found<'a> {
    case: &'a Case,
    model: Model,
    data: Data,
    poi: usize,
    fit: Fit,
    /// The standard deviation of the parameter of interest; `None` where it is held at a bound.
    error: Option<f64>,
    minos: MinosErrors,
    q0: f64,
    /// The levels of μ = 1.
    cls: Cls,
    band: Vec<BandPoint>,
    limit: Limit,
    scan: Scan,
    goodness: Option<Goodness>,
    ranking: Option<Ranking>,
    distributions: [Distribution; 2],
    toys: Option<ToyCls>,
}

/// Runs the study.
///
/// # Errors
///
/// If a workspace cannot be read or fitted, or the study is interrupted.
pub fn run(spec: &WorkspacesSpec, folder: &Path, context: &Context) -> Result<Outcome, ExperimentError> {
    let mut inputs = fingerprint(&spec.workspaces, context)?;
    for case in &spec.workspaces {
        inputs = inputs.with_input(&case.file, &sha256_of_file(context.datasets.join(&case.file))?);
    }
    let toys = StudyToys::new(context, folder, inputs, spec.seed)?;
    let mut found = Vec::new();
    for case in &spec.workspaces {
        let seed = Seed::new(context.seed(spec.seed)).named(&case.name);
        found.push(case.find(context, seed, &toys)?);
    }
    if toys.is_partial() {
        return Err(ExperimentError::ShardDone);
    }
    report::outcome(spec, context, &found)
}

impl Case {
    fn find(
        &self,
        context: &Context,
        seed: Seed,
        toys: &StudyToys<'_>,
    ) -> Result<Found<'_>, ExperimentError> {
        let path = context.datasets.join(&self.file);
        let workspace = read_workspace(&path)?;
        let problem = |problem: String| ExperimentError::Spec { path: path.clone(), problem };
        let (model, data) =
            workspace.model(None, Interpolation::default()).map_err(|e| problem(e.to_string()))?;
        let poi =
            model.poi().ok_or_else(|| problem("the measurement has no parameter of interest".into()))?;
        let fitter = Fitter::default().starts(self.starts).seed(seed);
        let likelihood = BinnedLikelihood::new(&model, data.clone());
        let asymptotic = Asymptotic::new(&likelihood, fitter.clone(), poi).map_err(StatsError::from)?;
        let fit = asymptotic.observed().best().clone();
        let channel = model.channels().next().map(|(name, _)| name.to_owned()).unwrap_or_default();
        let toys = match &self.toys {
            Some(number) => {
                let run = |which: &str| {
                    toys.prepare(&format!("{}-{which}-signal", self.name), number.of(context.profile))
                };
                let calculator = ToyBased::new(&model, &likelihood, fitter.clone(), poi)?;
                let with = calculator.with_signal(1.0, &run("with")?)?;
                let without = calculator.without_signal(1.0, &run("without")?)?;
                // A shard's toys alone say nothing.
                if toys.is_partial() { None } else { Some(calculator.cls(1.0, &with, &without)?) }
            }
            None => None,
        };
        let of_fit = |e| ExperimentError::from(StatsError::from(e));
        let values = self.values(model.parameters()[poi].bounds.0);
        let ranking = self.ranked.map(|_| fitter.ranking(&likelihood, &fit, poi)).transpose()?;
        Ok(Found {
            error: fit.hesse_errors().map(|e| e[poi]).filter(|_| fit.is_free[poi]),
            minos: fitter.minos(&likelihood, &fit, poi).map_err(of_fit)?,
            q0: asymptotic.q0().map_err(of_fit)?,
            cls: asymptotic.cls(1.0).map_err(of_fit)?,
            band: values
                .iter()
                .map(|&mu| Ok(BandPoint::of_cls(mu, &asymptotic.cls(mu).map_err(of_fit)?)))
                .collect::<Result<_, ExperimentError>>()?,
            limit: asymptotic.limit(0.95, 10.0 * self.highest),
            scan: fitter.scan(&likelihood, &fit, poi, &values)?,
            // A model with as many free parameters as bins fits anything.
            goodness: fitter.goodness(&likelihood, &fit).ok(),
            ranking,
            distributions: [
                Distribution::before_fit(&likelihood, &channel, None)?,
                Distribution::after_fit(&likelihood, &fit, &channel, None)?,
            ],
            toys,
            fit,
            poi,
            case: self,
            model: model.clone(),
            data,
        })
    }

    /// The values of the parameter of interest that are tested.
    fn values(&self, lowest: f64) -> Vec<f64> {
        let last = self.points.saturating_sub(1).max(1) as f64;
        (0..self.points).map(|i| lowest + (self.highest - lowest) * i as f64 / last).collect()
    }
}
