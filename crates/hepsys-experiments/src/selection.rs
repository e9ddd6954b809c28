//! The choice of the weight clip in a study.

use hepsys_core::summary::Summary;
use hepsys_nplm::{ClipScan, ModelSelection};
use hepsys_report::JudgedQuantity;
use hepsys_stats::Toy;

use crate::spec::SelectionSpec;
use crate::toys::StudyToys;
use crate::{ExperimentError, Profile};

/// Tries weight clips on the same toys of the reference, tested without nuisance parameters.
///
/// `None` if the profile has no toys for it, or a shard was asked for: which clip comes next depends on all toys of the last.
///
/// # Errors
///
/// If a toy fails, no clip is found, or the study is interrupted.
pub fn scan(
    spec: &SelectionSpec,
    degrees_of_freedom: usize,
    toys: &StudyToys<'_>,
    profile: Profile,
    toy: impl Fn(f64, &Toy) -> Result<f64, ExperimentError> + Sync,
) -> Result<Option<ClipScan>, ExperimentError> {
    let n_toys = spec.toys.of(profile);
    if n_toys == 0 || toys.is_partial() {
        return Ok(None);
    }
    let selection = ModelSelection {
        factor: spec.factor,
        refinements: spec.refinements,
        ..ModelSelection::new(degrees_of_freedom, spec.begin)
    };
    let experiments = |clip: f64| toys.prepare_whole("clip", &format!("clip-{clip:.6}"), n_toys);
    Ok(Some(selection.run(experiments, toy)?))
}

/// The scan on the page of a study that uses `used`.
#[must_use]
pub fn on_page(page: Summary, scan: Option<&ClipScan>, used: Option<f64>) -> Summary {
    let Some(scan) = scan else { return page };
    let used = used.map_or("none".to_owned(), |clip| clip.to_string());
    page.heading("Which weight clip?")
        .text(format!(
            "With the right clip t follows its target under the nominal reference without nuisance parameters. All clips of this \
             scan see the same toys, so the p-value of the chosen one is the largest of several; the study uses {used}."
        ))
        .section(scan.summary())
}

/// The numbers of the scan.
#[must_use]
pub fn reported(scan: &ClipScan) -> [JudgedQuantity; 2] {
    let chosen = scan.chosen();
    [
        JudgedQuantity::reported("weight clip that the scan chose", "1", chosen.weight_clip),
        JudgedQuantity::reported("KS p-value of t at that clip", "1", chosen.p_value),
    ]
}
