//! The signal as a chain, and what is like it.

use crate::candidates::assignments;
use crate::{
    Analysis, Assignment, BranchingFraction, Candidate, Chain, DecayTable, DecaysError, Detector, Track,
};

/// Whether a chain begins and ends with the same particles as the signal or its charge conjugate.
pub(super) fn is_signal_like(chain: &Chain, signal: &Chain, table: &DecayTable) -> bool {
    let sorted = |chain: &Chain| {
        let mut leaves = chain.leaves();
        leaves.sort_unstable();
        leaves
    };
    let is_like = |other: &Chain| chain.particle() == other.particle() && sorted(chain) == sorted(other);
    is_like(signal) || is_like(&signal.conjugate(table))
}

pub(super) fn tracks(table: &DecayTable, chain: &Chain) -> Vec<Option<(Track, i32)>> {
    chain.leaves().into_iter().map(|leaf| table.track(leaf)).collect()
}

/// The signal with the one assignment in which every track is what it is taken for.
pub(super) fn signal(
    table: &DecayTable,
    detector: &Detector,
    analysis: &Analysis,
) -> Result<Candidate, DecaysError> {
    let name = &analysis.signal.parent;
    let context = format!("the signal of \"{}\"", analysis.name);
    let parent = table.require(name, &context)?;
    for &(track, _) in &analysis.hypotheses {
        let p = detector.probability(track, track);
        let what = format!("the probability in [pid] that {track} is taken for itself");
        DecaysError::check(p > 0.0, &what, &format!("positive for \"{}\"", analysis.name), p)?;
    }
    let read = |text: &String| {
        Chain::parse(text, table).map_err(|error| match error {
            DecaysError::UnknownParticle { name, .. } => {
                DecaysError::UnknownParticle { context: context.clone(), name }
            }
            other => other,
        })
    };
    let daughters = analysis.signal.daughters.iter().map(read);
    let chain = Chain::new(parent, daughters.collect::<Result<_, _>>()?);
    let all = assignments(&tracks(table, &chain), &analysis.hypotheses, detector);
    let identity: Vec<Assignment> = all.into_iter().filter(|assignment| assignment.is_identity).collect();
    let words = chain.describe(table);
    DecaysError::check(!identity.is_empty(), "the signal", "made of the tracks of the hypotheses", &words)?;
    let value = analysis.signal.branching_fraction;
    let fraction = BranchingFraction::listed(value);
    Ok(Candidate { chain, name: words, fraction, assignments: identity, scale: 1.0 })
}
