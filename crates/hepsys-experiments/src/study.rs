//! Which studies there are, how they are run, and where their pages go.

use std::fs;
use std::path::{Path, PathBuf};

use hepsys_core::Summary;
use hepsys_core::TestStatistic;
use hepsys_report::{IndexEntry, JudgedQuantity, Page, StudyRecord, write_index, write_report};
use hepsys_stats::{ChiSquared, NullDistribution, Significance, median};

use crate::dibody::{self, DibodySpec};
use crate::exponential::{self, ExponentialSpec};
use crate::own::{self, OwnSpec};
use crate::{Context, ExperimentError, spec};

/// What a study found.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Its title.
    pub title: String,
    /// The key of the paper in `docs/references.bib`; empty for a study of one's own.
    pub paper: String,
    /// What its page says.
    pub summary: Summary,
    /// Its numbers and their verdicts.
    pub record: StudyRecord,
}

/// The studies of published results: their names and their specifications.
pub const STUDIES: [(&str, &str); 2] = [
    ("nplm-1d", include_str!("../specs/nplm-1d.toml")),
    ("nplm-dibody-electron", include_str!("../specs/nplm-dibody-electron.toml")),
];

/// Runs the studies called `names`, or all, and writes a page for each and an index page.
///
/// Gives whether every judged quantity passed.
/// A study that cannot be run leaves the others' pages in place; its error is returned once they are written.
///
/// # Errors
///
/// If a name is unknown, or a study cannot be run.
pub fn reproduce(names: &[String], context: &Context) -> Result<bool, ExperimentError> {
    for name in names {
        if !STUDIES.iter().any(|(study, _)| study == name) {
            let known = STUDIES.iter().map(|(study, _)| *study).collect::<Vec<_>>().join(", ");
            return Err(ExperimentError::UnknownStudy { name: name.clone(), known });
        }
    }
    let chosen = STUDIES.iter().filter(|(study, _)| names.is_empty() || names.iter().any(|n| n == study));
    let mut passes = true;
    let mut failure = None;
    for (study, text) in chosen {
        let folder = context.reports.join(study);
        let path = PathBuf::from(format!("specs/{study}.toml"));
        let outcome = match *study {
            "nplm-1d" => spec::parse::<ExponentialSpec>(&path, text).and_then(|spec| {
                check_expectations(&spec.expected.clone(), exponential::run(&spec, &folder, context))
            }),
            _ => spec::parse::<DibodySpec>(&path, text)
                .and_then(|spec| check_expectations(spec.expected(), dibody::run(&spec, &folder, context))),
        };
        match outcome.and_then(|outcome| finish(&outcome, &folder, context)) {
            Ok(study_passes) => passes &= study_passes,
            Err(e @ ExperimentError::Toys(hepsys_stats::PseudoExperimentError::Interrupted { .. })) => {
                return Err(e);
            }
            Err(e) => failure = Some(e),
        }
    }
    write_study_index(&context.reports)?;
    failure.map_or(Ok(passes), Err)
}

/// Runs the study in the file `path`, on the files that it names relative to itself.
///
/// # Errors
///
/// If the file or the samples cannot be read, or the study cannot be run.
pub fn run_own(path: &Path, context: &Context) -> Result<bool, ExperimentError> {
    let text =
        fs::read_to_string(path).map_err(|source| ExperimentError::File { path: path.to_owned(), source })?;
    let spec: OwnSpec = spec::parse(path, &text)?;
    let folder = context.reports.join(&spec.study);
    let outcome = own::run(&spec, path, &folder, context)?;
    let passes = finish(&outcome, &folder, context)?;
    write_study_index(&context.reports)?;
    Ok(passes)
}

/// An expectation that no quantity answers to is a mistake in the specification, and would judge nothing.
fn check_expectations(
    expected: &crate::expected::ExpectedValues,
    outcome: Result<Outcome, ExperimentError>,
) -> Result<Outcome, ExperimentError> {
    let outcome = outcome?;
    let unused = expected.unused(&outcome.record.quantities);
    if unused.is_empty() {
        return Ok(outcome);
    }
    Err(ExperimentError::Spec {
        path: PathBuf::from(format!("specs/{}.toml", outcome.record.study)),
        problem: format!("expected values that nothing answers to: {}", unused.join(", ")),
    })
}

fn finish(outcome: &Outcome, folder: &Path, context: &Context) -> Result<bool, ExperimentError> {
    let mut page = Page::new(&outcome.summary)
        .record(&outcome.record)
        .meta("device", &context.device_name)
        .index_at("../index.html");
    if !outcome.paper.is_empty() {
        page = page.meta("paper", &outcome.paper);
    }
    write_report(folder, &page)?;
    Ok(outcome.record.passes())
}

/// Lists every study that has a record below `reports`.
fn write_study_index(reports: &Path) -> Result<(), ExperimentError> {
    let at = |source| ExperimentError::File { path: reports.to_owned(), source };
    let mut folders: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(reports).map_err(at)? {
        folders.push(entry.map_err(at)?.path());
    }
    folders.sort();
    let mut entries = Vec::new();
    for folder in folders {
        let Ok(text) = fs::read_to_string(folder.join("summary.json")) else { continue };
        let Ok(record) = StudyRecord::from_json(&text) else { continue };
        let title = fs::read_to_string(folder.join("report.json"))
            .ok()
            .and_then(|text| serde_json::from_str::<Summary>(&text).ok())
            .map_or_else(|| record.study.clone(), |summary| summary.title);
        let href = format!("{}/index.html", folder.file_name().unwrap_or_default().to_string_lossy());
        entries.push(IndexEntry::new(&record, title, href));
    }
    Ok(write_index(reports, &entries)?)
}

/// The significance of the median of toys with a signal.
#[derive(Debug, Clone, Copy)]
pub struct MedianSignificance {
    /// From the χ² that the statistic should follow.
    pub asymptotic: f64,
    /// Half the interval that the order statistics of the median give it.
    pub uncertainty: f64,
    /// From the toys without signal.
    pub empirical: Significance,
}

impl MedianSignificance {
    /// From the statistics of toys with and without a signal, and the distribution of the latter.
    ///
    /// # Errors
    ///
    /// If there are too few toys.
    pub fn new(signal: &[f64], null: &[f64], chi_squared: &ChiSquared) -> Result<Self, ExperimentError> {
        let distribution = NullDistribution::chi_squared(chi_squared.dof())?;
        let middle = median(signal)?;
        let z = |t: f64| -> Result<f64, ExperimentError> {
            Ok(distribution.p_value(TestStatistic::new(t.max(0.0))?).significance().value())
        };
        let observed = TestStatistic::new(middle.value)?;
        Ok(Self {
            asymptotic: z(middle.value)?,
            uncertainty: 0.5 * (z(middle.upper)? - z(middle.lower)?),
            empirical: NullDistribution::empirical(null.to_vec())?.p_value(observed).significance(),
        })
    }

    /// The same as a quantity that is told and not judged.
    #[must_use]
    pub fn reported(&self, name: &str) -> JudgedQuantity {
        JudgedQuantity::reported(name, "σ", self.asymptotic).with_uncertainty(self.uncertainty)
    }
}

/// The empirical significance, in words.
#[must_use]
pub fn empirical_in_words(z: &MedianSignificance) -> String {
    if z.empirical.is_lower_limit() {
        format!("no toy without signal exceeds it: Z > {:.2} empirically", z.empirical.value())
    } else {
        let (low, high) = z.empirical.interval();
        format!("{:.2} empirically, between {low:.2} and {high:.2}", z.empirical.value())
    }
}
