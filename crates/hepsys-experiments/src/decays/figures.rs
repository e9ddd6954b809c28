//! The figures of the study.

use hepsys_core::summary::{Axis, Figure, Layer, Role};

use super::Found;
use super::numbers::by_strategy;
use super::searches::TIE;
use super::spec::StrategyName;
use crate::expected::spread;

/// How many leaders each strategy has found, against the part of the candidates that it asked for.
pub(super) fn efficiency(found: &Found<'_>) -> Option<Figure> {
    let compare = found.spec.compare.as_ref()?;
    let n_candidates = found.ranking.n_candidates;
    let leaders = found.spec.search.leaders;
    let n_queries = (compare.budget * n_candidates as f64).ceil() as usize;
    let percent = |n: usize| 100.0 * n as f64 / n_candidates as f64;
    let steps: Vec<usize> = (0..=200).map(|i| n_queries * i / 200).collect();
    let caption = "How many of the leaders a search has found: the median of its seeds, and from the worst to the best of them. A candidate within \
                   a tenth of the last leader counts as one. Random is what queries in any order find on average.";
    let mut figure = Figure::new(
        "search",
        caption,
        Axis::new("candidates simulated", "%"),
        Axis::new("leaders found", "").range(0.0, 1.45 * leaders as f64),
    );
    for (strategy, seeds) in by_strategy(&found.compared) {
        let role = match strategy {
            StrategyName::UpperBound => Role::Other,
            StrategyName::Surrogate => Role::Fit,
            StrategyName::Agent => Role::Signal,
        };
        let at = |n: usize| spread(seeds.iter().map(|seed| seed.found_with(n) as f64));
        let spreads: Vec<[f64; 3]> = steps.iter().map(|&n| at(n)).collect();
        if seeds.len() > 1 {
            figure = figure.layer(Layer::Band {
                label: String::new(),
                role,
                x: steps.iter().map(|&n| percent(n)).collect(),
                lower: spreads.iter().map(|spread| spread[1]).collect(),
                upper: spreads.iter().map(|spread| spread[2]).collect(),
            });
        }
        let curve = steps.iter().zip(&spreads).map(|(&n, spread)| (percent(n), spread[0]));
        let label = match seeds.len() {
            1 => strategy.words().to_owned(),
            n => format!("{}, {n} seeds", strategy.words()),
        };
        figure = figure.layer(Layer::curve(label, role, curve));
    }
    let n_wanted = found.ranking.tied_leaders(leaders, TIE).len();
    let random = steps.iter().map(|&n| {
        let mean = n_wanted as f64 * n as f64 / n_candidates as f64;
        (percent(n), mean.min(leaders as f64))
    });
    let mut random = Layer::curve("random", Role::Reference, random);
    if let Layer::Curve { is_dashed, .. } = &mut random {
        *is_dashed = true;
    }
    Some(figure.layer(random))
}
