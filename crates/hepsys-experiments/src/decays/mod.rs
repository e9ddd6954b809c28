//! Which decays could fake a signal? Published analyses and a user's own.

mod figures;
mod generator;
mod generator_report;
mod numbers;
mod predicted;
mod report;
mod searches;
mod spec;

use std::fs;
use std::path::Path;

use hepsys_decays::{
    AnalysisFile, Chain, DecayTable, Exhaustive, Finder, FinderParams, ParticleTable, Ranking,
};

pub use self::generator::{GeneratorSpec, run as run_generator};
use self::predicted::Predicted;
use self::searches::{Compared, Searches};
pub use self::spec::DecaysSpec;
use self::spec::{Files, Reference};
use crate::study::Outcome;
use crate::{Context, ExperimentError};

/// What the study found.
struct Found<'a> {
    spec: &'a DecaysSpec,
    finder: Finder,
    /// All candidates.
    ranking: Ranking,
    /// Each strategy with each seed, in the order of the specification.
    compared: Vec<Compared>,
    references: Vec<Beside<'a>>,
    predicted: Option<Predicted>,
}

/// A chain that somebody else has ranked.
struct Beside<'a> {
    reference: &'a Reference,
    name: String,
    /// The branching fraction of our table; zero where it has no such chain.
    fraction: f64,
    /// The relevance with the reference's branching fraction, and its statistical error.
    relevance: [f64; 2],
}

/// Runs the study; the files that it names are below `files`, and the files of its searches go below `folder`.
///
/// # Errors
///
/// If a file cannot be read or makes no sense, or the study is interrupted.
pub fn run(
    spec: &DecaysSpec,
    files: &Path,
    folder: &Path,
    context: &Context,
) -> Result<Outcome, ExperimentError> {
    let seed = context.run(spec.seed).streams();
    if let Some(compare) = &spec.compare {
        compare.check().map_err(|problem| ExperimentError::Spec { path: folder.to_owned(), problem })?;
    }
    let params = read_finder(&spec.files, &spec.analysis, files)?;
    let finder = params.clone().seed(seed.named("finder")).check()?;
    let searches = Searches::new(spec, &finder, folder, context)?;
    let (ranking, record) = searches.one(&Exhaustive)?;
    let compared = searches.compare(&ranking, &record)?;
    let references = spec.references.iter().map(|reference| beside(reference, &finder, context, spec));
    let references = references.collect::<Result<Vec<_>, _>>()?;
    let predicted = spec.predict.as_ref();
    let predicted =
        predicted.map(|asked| predicted::predict(spec, asked, params, &finder, context)).transpose()?;
    report::outcome(&Found { spec, finder, ranking, compared, references, predicted }, context)
}

/// The finder of an analysis, from files below a folder.
fn read_finder(files: &Files, analysis: &str, folder: &Path) -> Result<FinderParams, ExperimentError> {
    let read = |name: &Path| -> Result<(String, String), ExperimentError> {
        let path = folder.join(name);
        let text = fs::read_to_string(&path)
            .map_err(|source| ExperimentError::File { path: path.clone(), source })?;
        Ok((path.display().to_string(), text))
    };
    let (name, text) = read(&files.particles)?;
    let is_pdl = files.particles.extension().is_some_and(|extension| extension == "pdl");
    let particles =
        if is_pdl { ParticleTable::from_pdl(&name, &text)? } else { ParticleTable::from_csv(&name, &text)? };
    let (name, text) = read(&files.decays)?;
    let table = DecayTable::parse(&name, &text, &particles)?;
    let (name, text) = read(&files.analyses)?;
    let analyses = AnalysisFile::parse(&name, &text)?;
    let analysis = analyses.analysis(analysis)?.clone();
    Ok(FinderParams::new(table, analyses.detector, analysis))
}

/// A chain of a reference with our kinematics and the reference's branching fraction.
fn beside<'a>(
    reference: &'a Reference,
    finder: &Finder,
    context: &Context,
    spec: &DecaysSpec,
) -> Result<Beside<'a>, ExperimentError> {
    let chain = Chain::parse(&reference.chain, finder.table())?;
    let fraction = hepsys_decays::BranchingFraction::listed(reference.fraction);
    let candidate = finder.candidate(&chain, fraction)?;
    let n_events = spec.search.reference_events.of(context.profile);
    let relevance = finder.relevance(&candidate, &finder.simulate(&candidate, n_events, 0)?);
    let ours = finder.candidates().iter().find(|ours| ours.name == candidate.name);
    Ok(Beside {
        reference,
        name: candidate.name,
        fraction: ours.map_or(0.0, |ours| ours.fraction.value),
        relevance: [relevance.value, relevance.statistical_error],
    })
}
