//! Which studies there are, how they are run, and where their pages go.

use std::fs;
use std::path::{Path, PathBuf};

use hepsys_core::Summary;
use hepsys_report::{IndexEntry, Page, StudyRecord, write_index, write_report};
use hepsys_stats::PseudoExperimentError;

use crate::adversarial::{self, CalratioSpec};
use crate::adversarial_dibody::{self, AdversarialDibodySpec};
use crate::advocate::{self, MisidSpec, OwnAdvocateSpec, ScanSpec};
use crate::angular::{self, AngularSpec};
use crate::decays::{self, DecaysSpec, GeneratorSpec};
use crate::dibody::{self, DibodySpec};
use crate::expected::ExpectedValues;
use crate::exponential::{self, ExponentialSpec};
use crate::kernel::{self, KernelSpec};
use crate::own::{self, OwnSpec};
use crate::paramclf::{self, HiggsSpec, ToySpec};
use crate::workspaces::{self, WorkspacesSpec};
use crate::{Context, ExperimentError, spec};

/// What a study found.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The key of the paper in `docs/references.bib`; empty for a study of one's own.
    pub paper: String,
    /// What its page says.
    pub summary: Summary,
    /// Its numbers and their verdicts.
    pub record: StudyRecord,
}

/// A study of a published result.
pub struct Study {
    /// Its name, and that of its folder.
    pub name: &'static str,
    specification: &'static str,
    run: fn(&Self, &Path, &Context) -> Result<Outcome, ExperimentError>,
}

/// The studies of published results.
pub const STUDIES: [Study; 18] = [
    Study {
        name: "nplm-1d",
        specification: include_str!("../specs/nplm-1d.toml"),
        run: |study, folder, context| {
            let spec: ExponentialSpec = spec::parse(&study.path(), study.specification)?;
            study.check_expectations(&spec.expected, exponential::run(&spec, folder, context)?)
        },
    },
    Study {
        name: "nplm-dibody-muon",
        specification: include_str!("../specs/nplm-dibody-muon.toml"),
        run: run_dibody,
    },
    Study {
        name: "nplm-dibody-electron",
        specification: include_str!("../specs/nplm-dibody-electron.toml"),
        run: run_dibody,
    },
    Study {
        name: "nplm-dibody-tau",
        specification: include_str!("../specs/nplm-dibody-tau.toml"),
        run: run_dibody,
    },
    Study {
        name: "nplm-kernel",
        specification: include_str!("../specs/nplm-kernel.toml"),
        run: |study, folder, context| {
            let spec: KernelSpec = spec::parse(&study.path(), study.specification)?;
            study.check_expectations(&spec.expected, kernel::run(&spec, folder, context)?)
        },
    },
    Study {
        name: "paramclf-toy",
        specification: include_str!("../specs/paramclf-toy.toml"),
        run: |study, folder, context| {
            let spec: ToySpec = spec::parse(&study.path(), study.specification)?;
            study.check_expectations(&spec.expected, paramclf::run_toy(&spec, folder, context)?)
        },
    },
    Study {
        name: "paramclf-higgsml",
        specification: include_str!("../specs/paramclf-higgsml.toml"),
        run: |study, folder, context| {
            let spec: HiggsSpec = spec::parse(&study.path(), study.specification)?;
            study.check_expectations(&spec.expected, paramclf::run_higgsml(&spec, folder, context)?)
        },
    },
    Study {
        name: "advocate-branching-ratio",
        specification: include_str!("../specs/advocate-branching-ratio.toml"),
        run: run_advocate_scan,
    },
    Study {
        name: "advocate-dibody",
        specification: include_str!("../specs/advocate-dibody.toml"),
        run: run_advocate_scan,
    },
    Study {
        name: "advocate-misid",
        specification: include_str!("../specs/advocate-misid.toml"),
        run: |study, folder, context| {
            let spec: MisidSpec = spec::parse(&study.path(), study.specification)?;
            study.check_expectations(&spec.expected, advocate::run_misid(&spec, folder, context)?)
        },
    },
    Study {
        name: "advocate-angular",
        specification: include_str!("../specs/advocate-angular.toml"),
        run: |study, folder, context| {
            let spec: AngularSpec = spec::parse(&study.path(), study.specification)?;
            study.check_expectations(&spec.expected, angular::run(&spec, folder, context)?)
        },
    },
    Study {
        name: "decays-dplus-kkk",
        specification: include_str!("../specs/decays-dplus-kkk.toml"),
        run: run_decays,
    },
    Study {
        name: "decays-bplus-kmumu",
        specification: include_str!("../specs/decays-bplus-kmumu.toml"),
        run: run_decays,
    },
    Study {
        name: "decays-b0-kstmumu",
        specification: include_str!("../specs/decays-b0-kstmumu.toml"),
        run: run_decays,
    },
    Study {
        name: "decays-generator",
        specification: include_str!("../specs/decays-generator.toml"),
        run: |study, folder, context| {
            let spec: GeneratorSpec = spec::parse(&study.path(), study.specification)?;
            study.check_expectations(&spec.expected, decays::run_generator(&spec, folder, context)?)
        },
    },
    Study {
        name: "adversarial-calratio",
        specification: include_str!("../specs/adversarial-calratio.toml"),
        run: |study, folder, context| {
            let spec: CalratioSpec = spec::parse(&study.path(), study.specification)?;
            study.check_expectations(&spec.expected, adversarial::run(&spec, folder, context)?)
        },
    },
    Study {
        name: "adversarial-dibody",
        specification: include_str!("../specs/adversarial-dibody.toml"),
        run: |study, folder, context| {
            let spec: AdversarialDibodySpec = spec::parse(&study.path(), study.specification)?;
            study.check_expectations(&spec.expected, adversarial_dibody::run(&spec, folder, context)?)
        },
    },
    Study {
        name: "stats-workspaces",
        specification: include_str!("../specs/stats-workspaces.toml"),
        run: |study, folder, context| {
            let spec: WorkspacesSpec = spec::parse(&study.path(), study.specification)?;
            study.check_expectations(&spec.expected, workspaces::run(&spec, folder, context)?)
        },
    },
];

fn run_dibody(study: &Study, folder: &Path, context: &Context) -> Result<Outcome, ExperimentError> {
    let spec: DibodySpec = spec::parse(&study.path(), study.specification)?;
    study.check_expectations(spec.expected(), dibody::run(&spec, folder, context)?)
}

fn run_advocate_scan(study: &Study, folder: &Path, context: &Context) -> Result<Outcome, ExperimentError> {
    let spec: ScanSpec = spec::parse(&study.path(), study.specification)?;
    study.check_expectations(&spec.expected, advocate::run_scan(&spec, folder, context)?)
}

fn run_decays(study: &Study, folder: &Path, context: &Context) -> Result<Outcome, ExperimentError> {
    let spec: DecaysSpec = spec::parse(&study.path(), study.specification)?;
    study.check_expectations(&spec.expected, decays::run(&spec, &context.datasets, folder, context)?)
}

impl Study {
    fn path(&self) -> PathBuf {
        PathBuf::from(format!("specs/{}.toml", self.name))
    }

    /// An expectation that no quantity answers to is a mistake in the specification, and would judge nothing.
    fn check_expectations(
        &self,
        expected: &ExpectedValues,
        outcome: Outcome,
    ) -> Result<Outcome, ExperimentError> {
        let unused = expected.unused(&outcome.record.quantities);
        if unused.is_empty() {
            return Ok(outcome);
        }
        let problem = format!("expected values that nothing answers to: {}", unused.join(", "));
        Err(ExperimentError::Spec { path: self.path(), problem })
    }
}

/// Runs the studies called `names`, or all, and writes a page for each and an index page.
///
/// Gives whether every judged quantity passed.
/// A study that cannot be run leaves the others' pages in place; the first error is returned once they are written, and
/// each is told as it happens.
///
/// # Errors
///
/// If a name is unknown, or a study cannot be run. [`ExperimentError::ShardDone`] if nothing is wrong but only a part done.
pub fn reproduce(names: &[String], context: &Context) -> Result<bool, ExperimentError> {
    if let Some(name) = names.iter().find(|name| STUDIES.iter().all(|study| study.name != **name)) {
        let known = STUDIES.iter().map(|study| study.name).collect::<Vec<_>>().join(", ");
        return Err(ExperimentError::UnknownStudy { name: name.clone(), known });
    }
    let mut passes = true;
    let mut failure = None;
    let mut is_partial = false;
    let is_chosen = |study: &&Study| names.is_empty() || names.iter().any(|name| name == study.name);
    for study in STUDIES.iter().filter(is_chosen) {
        let folder = context.reports.join(study.name);
        match (study.run)(study, &folder, context).and_then(|outcome| finish(&outcome, &folder, context)) {
            Ok(study_passes) => passes &= study_passes,
            Err(ExperimentError::ShardDone) => is_partial = true,
            Err(e @ ExperimentError::Toys(PseudoExperimentError::Interrupted { .. })) => return Err(e),
            Err(e) => {
                eprintln!("{}: {e}", study.name);
                failure.get_or_insert(e);
            }
        }
    }
    let listed = write_study_index(&context.reports);
    match failure {
        Some(failure) => Err(failure),
        None if is_partial => Err(ExperimentError::ShardDone),
        None => listed.map(|()| passes),
    }
}

/// Runs the study in the file `path`, on the files that it names relative to itself.
///
/// # Errors
///
/// If the file or the samples cannot be read, or the study cannot be run.
pub fn run_own(path: &Path, context: &Context) -> Result<bool, ExperimentError> {
    let text =
        fs::read_to_string(path).map_err(|source| ExperimentError::File { path: path.to_owned(), source })?;
    let bad = |problem| ExperimentError::Spec { path: path.to_owned(), problem };
    let Kind { kind } = spec::parse(path, &text)?;
    let folder = |name: &str| check_name(name).map_err(bad).map(|()| context.reports.join(name));
    let (folder, outcome) = match kind.as_str() {
        "search" => {
            let spec: OwnSpec = spec::parse(path, &text)?;
            let folder = folder(&spec.study)?;
            let outcome = own::run(&spec, path, &folder, context)?;
            (folder, outcome)
        }
        "advocate" => {
            let spec: OwnAdvocateSpec = spec::parse(path, &text)?;
            let folder = folder(&spec.study)?;
            let outcome = advocate::run_own(&spec, path, &folder, context)?;
            (folder, outcome)
        }
        "decays" => {
            let spec: DecaysSpec = spec::parse(path, &text)?;
            let folder = folder(&spec.study)?;
            let outcome = decays::run(&spec, path.parent().unwrap_or(Path::new(".")), &folder, context)?;
            (folder, outcome)
        }
        other => {
            return Err(bad(format!(
                "kind = \"{other}\" is none of \"search\", \"advocate\" and \"decays\""
            )));
        }
    };
    let passes = finish(&outcome, &folder, context)?;
    write_study_index(&context.reports)?;
    Ok(passes)
}

/// What a user's file asks for.
#[derive(serde::Deserialize)]
struct Kind {
    #[serde(default = "search")]
    kind: String,
}

fn search() -> String {
    "search".to_owned()
}

/// A name becomes a folder among those of the published studies.
fn check_name(name: &str) -> Result<(), String> {
    if STUDIES.iter().any(|study| study.name == name) {
        return Err(format!("study = \"{name}\" is the name of a published study"));
    }
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.starts_with('.') || !name.chars().all(is_plain) {
        return Err(format!(
            "study = \"{name}\" cannot be the name of a folder: letters, digits, -, _ and . are allowed"
        ));
    }
    Ok(())
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
    fs::create_dir_all(reports).map_err(at)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_study_stays_below_the_reports() {
        for name in ["", ".", "..", "../x", "/abs", "a#b", "a b", "nplm-1d"] {
            assert!(check_name(name).is_err(), "{name}");
        }
        for name in ["my-search", "Suche_2026.v2", "Zerfälle"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
    }
}
