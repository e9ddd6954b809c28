//! Backgrounds from modes that nobody measured, and how well their branching fractions are predicted.

use hepsys_core::summary::Table;
use hepsys_decays::{
    CrossValidation, Exhaustive, Finder, FinderParams, Folds, FractionModel, Ranking, SearchParams,
    SearchRecord,
};

use super::spec::{DecaysSpec, PredictSpec};
use crate::{Context, ExperimentError};

/// What the predictions come to.
pub(super) struct Predicted {
    pub(super) finder: Finder,
    /// Chains with a predicted fraction alone.
    pub(super) ranking: Ranking,
    pub(super) n_added: usize,
    pub(super) random: CrossValidation,
    pub(super) parents: CrossValidation,
}

/// Predicts modes of all hadrons with production fractions, and ranks the chains that have one.
pub(super) fn predict(
    spec: &DecaysSpec,
    predict: &PredictSpec,
    params: FinderParams,
    finder: &Finder,
    context: &Context,
) -> Result<Predicted, ExperimentError> {
    let seed = context.run(spec.seed).streams();
    let table = finder.table();
    let model = FractionModel::params().check()?;
    let random = model.cross_validate(table, Folds::Random(5, seed.named("folds")))?;
    let parents = model.cross_validate(table, Folds::Parents)?;
    let mut mothers: Vec<_> =
        finder.candidates().iter().map(|candidate| candidate.chain.particle()).collect();
    mothers.sort_unstable();
    mothers.dedup();
    let extended = model.fit(table)?.extend(table, &mothers, predict.min_fraction)?;
    let finder = params.table(extended.table).seed(seed.named("finder")).check()?;
    let events = spec.search.events.of(context.profile);
    let search = SearchParams::new()
        .events(events)
        .max_events(events)
        .observer(context.observer.clone())
        .interrupt(context.interrupt.clone())
        .check()?;
    let mut ranking = search.run(&finder, &Exhaustive, SearchRecord::default(), &mut |_| {})?;
    if context.interrupt.is_requested() {
        return Err(ExperimentError::Stopped);
    }
    ranking.ranked.retain(|found| finder.candidates()[found.candidate].fraction.predicted);
    Ok(Predicted { finder, ranking, n_added: extended.n_added, random, parents })
}

/// How far predictions are from fractions that they had no part in.
pub(super) fn scores(predicted: &Predicted) -> Table {
    let caption = "Predictions of listed branching fractions that were left out: the root of the mean square of log₁₀ of their ratio, in powers of ten, \
                   beside the mean of the same parent, or of all parents if it is left out.";
    let columns = ["left out", "modes", "prediction", "mean", "rank correlation", "within 1 σ", "within 2 σ"];
    let mut table = Table::new(caption, columns);
    for (name, validation) in [("a random fifth", &predicted.random), ("one parent", &predicted.parents)] {
        let scores = validation.scores();
        table = table.row([
            name.to_owned(),
            validation.modes.len().to_string(),
            format!("{:.2}", scores.rmse),
            format!("{:.2}", validation.baseline().rmse),
            format!("{:.2}", scores.rank_correlation),
            format!("{:.2}", validation.coverage(1.0)),
            format!("{:.2}", validation.coverage(2.0)),
        ]);
    }
    table
}
