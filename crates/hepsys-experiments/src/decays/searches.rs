//! Searches that go on where they were stopped.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use hepsys_decays::{Agent, Finder, Ranking, SearchParams, SearchRecord, Strategy, Surrogate, UpperBound};
use hepsys_stats::Fingerprint;
use serde::{Deserialize, Serialize};

use super::spec::{CompareSpec, DecaysSpec, StrategyName};
use crate::toys::{StudyToys, fingerprint};
use crate::{Context, ExperimentError};

/// How often a search that takes long is written.
const EVERY: Duration = Duration::from_secs(2);

/// What of the relevance of the last leader makes another one as good.
pub(super) const TIE: f64 = 0.9;

/// A strategy with a seed: how many of the leaders it has found with each query.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Compared {
    pub(super) strategy: StrategyName,
    pub(super) found: Vec<usize>,
}

impl Compared {
    /// How many queries it takes to find so many.
    pub(super) fn queries_for(&self, n: usize) -> Option<usize> {
        self.found.iter().position(|&found| found >= n).map(|place| place + 1)
    }

    /// How many it has found with so many queries.
    pub(super) fn found_with(&self, n_queries: usize) -> usize {
        let last = n_queries.min(self.found.len());
        if last == 0 { 0 } else { self.found[last - 1] }
    }
}

/// The searches of a study.
pub(super) struct Searches<'a> {
    spec: &'a DecaysSpec,
    finder: &'a Finder,
    context: &'a Context,
    fingerprint: Fingerprint,
    toys: StudyToys<'a>,
    folder: PathBuf,
}

/// The record of a search, with what it belongs to.
#[derive(Serialize, Deserialize)]
struct Kept {
    fingerprint: String,
    record: SearchRecord,
}

impl<'a> Searches<'a> {
    pub(super) fn new(
        spec: &'a DecaysSpec,
        finder: &'a Finder,
        folder: &std::path::Path,
        context: &'a Context,
    ) -> Result<Self, ExperimentError> {
        let asks = (&spec.search, &spec.compare, finder.fingerprint().to_string());
        let fingerprint = fingerprint(&asks, context)?;
        let toys = StudyToys::new(context, folder, fingerprint, spec.seed)?;
        let name = format!("{}-{}", context.profile.name(), context.seed(spec.seed));
        Ok(Self { spec, finder, context, fingerprint, toys, folder: folder.join("searches").join(name) })
    }

    /// One search over all candidates, whose record survives an interruption.
    pub(super) fn one(&self, strategy: &dyn Strategy) -> Result<(Ranking, SearchRecord), ExperimentError> {
        let file = self.folder.join(format!("{}.json", strategy.name().replace(' ', "-")));
        let at = |source| ExperimentError::File { path: file.clone(), source };
        fs::create_dir_all(&self.folder).map_err(at)?;
        let fingerprint = self.fingerprint.to_string();
        let known = if self.context.is_fresh { None } else { fs::read(&file).ok() };
        // What belongs to other code or another question, or cannot be read, is made again.
        let known = known.and_then(|bytes| {
            let why = match serde_json::from_slice::<Kept>(&bytes) {
                Ok(kept) if kept.fingerprint == fingerprint => return Some(kept.record),
                Ok(_) => "it belongs to another question or other code".to_owned(),
                Err(error) => error.to_string(),
            };
            eprintln!("{}: {why}; the search starts again", file.display());
            None
        });
        let mut last = known.unwrap_or_default();
        let mut written = Instant::now();
        let mut failure = None;
        let write = |record: &SearchRecord| -> std::io::Result<()> {
            let kept = Kept { fingerprint: fingerprint.clone(), record: record.clone() };
            let partial = file.with_extension("part");
            fs::write(&partial, serde_json::to_vec(&kept)?)?;
            fs::rename(&partial, &file)
        };
        let ranking = self.params()?.run(self.finder, strategy, last.clone(), &mut |record| {
            last = record.clone();
            if written.elapsed() > EVERY {
                written = Instant::now();
                failure = write(record).err();
            }
        })?;
        write(&last).map_err(at)?;
        if let Some(failure) = failure {
            return Err(at(failure));
        }
        if self.context.interrupt.is_requested() {
            return Err(ExperimentError::Stopped);
        }
        Ok((ranking, last))
    }

    /// Each strategy with each seed, on the simulations that the exhaustive search has made.
    pub(super) fn compare(
        &self,
        ranking: &Ranking,
        record: &SearchRecord,
    ) -> Result<Vec<Compared>, ExperimentError> {
        let Some(compare) = &self.spec.compare else { return Ok(Vec::new()) };
        let leaders = self.spec.search.leaders;
        let wanted = ranking.tied_leaders(leaders, TIE);
        let jobs = jobs(compare, compare.seeds.of(self.context.profile));
        let budget = (compare.budget * ranking.n_candidates as f64).ceil() as usize;
        self.toys.run("searches", jobs.len(), |toy| {
            let (name, _) = jobs[toy.index()];
            let strategy = strategy(name);
            // No leader is simulated again: what is known of them is in the ranking.
            let search = SearchParams::new()
                .events(record.events)
                .max_events(record.events)
                .leaders(leaders, f64::MAX)
                .budget(budget.max(1))
                .seed(toy.seed())
                .check()?;
            let answers = record.answers_for(strategy.name());
            let found = search.run(self.finder, strategy.as_ref(), answers, &mut |_| {})?;
            Ok(Compared { strategy: name, found: found.found(&wanted, leaders) })
        })
    }

    fn params(&self) -> Result<hepsys_decays::SearchValidParams, ExperimentError> {
        let Self { spec, context, .. } = self;
        let search = SearchParams::new()
            .events(spec.search.events.of(context.profile))
            .leaders(spec.search.leaders, spec.search.precision.of(context.profile))
            .max_events(spec.search.max_events.of(context.profile))
            .observer(context.observer.clone())
            .interrupt(context.interrupt.clone());
        Ok(search.check()?)
    }
}

/// All strategies with all seeds; the upper bound draws nothing.
fn jobs(compare: &CompareSpec, n_seeds: usize) -> Vec<(StrategyName, usize)> {
    let seeds = |name: StrategyName| if name == StrategyName::UpperBound { 1 } else { n_seeds };
    compare.strategies.iter().flat_map(|&name| (0..seeds(name)).map(move |seed| (name, seed))).collect()
}

fn strategy(name: StrategyName) -> Box<dyn Strategy> {
    match name {
        StrategyName::UpperBound => Box::new(UpperBound),
        StrategyName::Surrogate => Box::new(Surrogate::default()),
        StrategyName::Agent => Box::new(Agent::default()),
    }
}
