//! The numbers of the study and the verdicts on them.

use hepsys_report::JudgedQuantity;

use super::searches::Compared;
use super::spec::StrategyName;
use super::{Beside, Found};
use crate::expected::spread;

impl StrategyName {
    /// Its name in tables and quantities.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::UpperBound => "upper bound",
            Self::Surrogate => "surrogate",
            Self::Agent => "agent",
        }
    }
}

/// The strategies, each with its seeds.
pub(super) fn by_strategy(compared: &[Compared]) -> impl Iterator<Item = (StrategyName, &[Compared])> {
    compared.chunk_by(|a, b| a.strategy == b.strategy).map(|group| (group[0].strategy, group))
}

impl Beside<'_> {
    /// Our kinematics over the reference's, with the statistical error of ours.
    pub(super) fn ratio(&self, unit: f64) -> [f64; 2] {
        self.relevance.map(|relevance| unit * relevance / self.reference.relevance)
    }
}

pub(super) fn quantities(found: &Found<'_>) -> Vec<JudgedQuantity> {
    let expected = &found.spec.expected;
    let finder = &found.finder;
    let kappa = finder.signal_overlap().kappas()[0];
    let probability = finder.signal().assignments[0].probability;
    let mut quantities = vec![
        expected.judge(
            "part of the signal that is selected",
            "1",
            kappa,
            finder.signal_overlap().error() / probability,
        ),
        expected.judge("chains that could matter", "1", found.ranking.n_candidates as f64, 0.0),
    ];
    let leaders = found.spec.search.leaders;
    quantities.push(expected.judge(
        "undecided chains",
        "1",
        found.ranking.undecided(leaders).len() as f64,
        0.0,
    ));
    for (rank, leader) in found.ranking.leaders(leaders).iter().enumerate() {
        let name = &finder.candidates()[leader.candidate].name;
        let relevance = &leader.relevance;
        let name = format!("R of rank {}, {name}", rank + 1);
        quantities.push(
            JudgedQuantity::reported(name, "1", relevance.value)
                .with_uncertainty(relevance.statistical_error),
        );
    }
    for beside in &found.references {
        let [ratio, error] = beside.ratio(found.spec.reference_unit);
        let name = format!("kinematics of {}, ours over the reference's", beside.name);
        quantities.push(expected.judge(&name, "1", ratio, error));
    }
    if let Some(predicted) = &found.predicted {
        for (name, validation) in
            [("random folds", &predicted.random), ("left-out parents", &predicted.parents)]
        {
            let name = format!("predicted branching fractions, {name}, error");
            quantities.push(expected.judge(&name, "dex", validation.scores().rmse, 0.0));
        }
    }
    if let Some(compare) = &found.spec.compare {
        let n = (compare.judged_at * found.ranking.n_candidates as f64) as usize;
        for (strategy, seeds) in by_strategy(&found.compared) {
            let [median, _, _] = spread(seeds.iter().map(|seed| seed.found_with(n) as f64));
            let percent = 100.0 * compare.judged_at;
            let name = format!("{}, leaders found with {percent:.0} % of the queries", strategy.words());
            quantities.push(expected.judge(&name, "1", median, 0.0));
        }
    }
    quantities
}
