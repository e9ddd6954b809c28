//! The same question along a scan: one signal after the other, with the same controls.

use std::path::Path;

use hepsys_advocate::{Direction, Question};
use hepsys_core::Seed;
use hepsys_core::summary::Summary;
use serde::{Deserialize, Serialize};

use super::case::Case;
use super::maps;
use super::report::{self, Scan};
use super::search_spec::{LimitsSpec, SearchSpec};
use super::source::{Source, SourceSpec};
use crate::expected::ExpectedValues;
use crate::spec::PerProfile;
use crate::study::Outcome;
use crate::toys::{StudyToys, fingerprint};
use crate::{Context, ExperimentError};

/// The specification of a scan.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScanSpec {
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
    /// What the signal is called.
    signal: String,
    /// Where events come from.
    source: SourceSpec,
    limits: LimitsSpec,
    search: SearchSpec,
    scans: Vec<AtSmoothness>,
    /// Where weights are shown, at the first smoothness.
    map_at: f64,
    /// Where prices are told in sentences.
    sentences_at: Vec<f64>,
    /// What should come out.
    pub expected: ExpectedValues,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AtSmoothness {
    /// L
    lipschitz: f64,
    /// The signals, by their place on the axis.
    at: PerProfile<Vec<f64>>,
}

/// Runs the scan.
///
/// # Errors
///
/// If events cannot be had, a search fails, or the study is interrupted.
pub fn run(spec: &ScanSpec, folder: &Path, context: &Context) -> Result<Outcome, ExperimentError> {
    let bad = |problem| ExperimentError::Spec { path: format!("specs/{}.toml", spec.study).into(), problem };
    let question = spec.limits.added_to(Question::new().target(&spec.signal, 1.0)).map_err(bad)?;
    let seed = Seed::new(context.seed(spec.seed)).named("simulation");
    let source = Source::new(&spec.source, &spec.search.features, seed, context)?;
    let mut fingerprint = fingerprint(&(&spec.source, &spec.signal, &spec.limits, &spec.search), context)?;
    for (file, sum) in source.files()? {
        fingerprint = fingerprint.with_input(&file, &sum);
    }
    let toys = StudyToys::new(context, folder, fingerprint, spec.seed)?;
    let run = context.run(spec.seed);

    let mut scans = Vec::new();
    let mut weights = Weights::default();
    let mut is_partial = false;
    for AtSmoothness { lipschitz, at } in &spec.scans {
        let mut answers = Vec::new();
        for &x in at.choice(context.profile) {
            let case = Case {
                label: source.label(x)?,
                key: format!("{x}-{lipschitz}"),
                x,
                params: spec.search.params(question.clone(), Some(*lipschitz), context.profile)?,
                bins: spec.search.bins,
                profile: context.profile,
            };
            let simulation = source.simulation(&spec.signal, x)?;
            let Some(answer) = case.ask(&simulation, &toys, &run)? else {
                is_partial = true;
                continue;
            };
            if x == spec.map_at && scans.is_empty() {
                weights.files = maps::write(folder, &answer, &simulation)?;
                for direction in Direction::BOTH {
                    weights.figures.extend(maps::figures(&answer, direction, &simulation)?);
                }
            }
            answers.push(answer);
        }
        scans.push(Scan { lipschitz: *lipschitz, answers });
    }
    if is_partial {
        return Err(ExperimentError::ShardDone);
    }
    let mut record = context.record(&spec.study, spec.seed);
    let mut page = Summary::new(&spec.title).text(&spec.about);
    for scan in &scans {
        page = report::on_page(page, scan, source.what(), &source.axis(), &spec.sentences_at);
        record.quantities.extend(report::quantities(scan, &spec.expected));
    }
    page = page.heading(format!("The weights at {}", source.label(spec.map_at)?));
    Ok(Outcome { paper: spec.paper.clone(), summary: weights.on_page(page), record })
}

/// Weights as pictures, and the files that hold them.
#[derive(Default)]
pub(super) struct Weights {
    pub(super) figures: Vec<hepsys_core::summary::Figure>,
    pub(super) files: Vec<String>,
}

impl Weights {
    pub(super) fn on_page(self, mut page: Summary) -> Summary {
        for figure in self.figures {
            page = page.figure(figure);
        }
        page.text(format!(
            "Beside this page are these weights for other programs, as ONNX files and as histograms: {}.",
            self.files.join(", ")
        ))
    }
}
