use serde::{Deserialize, Serialize};

use crate::{Detector, Track};

/// Assignments less likely than this part of the best one are left out, unless they matter by themselves.
const NEGLIGIBLE: f64 = 1e-3;

/// A way to take tracks of a chain for those of the signal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Assignment {
    /// For each hypothesis, the particle at the end of the chain that is taken for it.
    pub leaves: Vec<usize>,
    /// The probability that all of them are.
    pub probability: f64,
    /// Whether each is what it is taken for.
    pub is_identity: bool,
}

/// Without the assignments that are much less likely than the best one, and less likely than what matters by itself.
///
/// A veto may be made against the best one: what passes is then what is unlikely.
pub(crate) fn without_negligible(mut assignments: Vec<Assignment>, matters: f64) -> Vec<Assignment> {
    let least = assignments.first().map_or(0.0, |best| matters.min(NEGLIGIBLE * best.probability));
    assignments.retain(|assignment| assignment.probability >= least);
    assignments
}

/// All ways to take the particles at the end of a chain for the hypotheses, the likeliest first.
///
/// Tracks that are taken for the same particle are not counted in both orders: a candidate is a set of tracks, in the order of the chain.
pub(crate) fn assignments(
    leaves: &[Option<(Track, i32)>],
    hypotheses: &[(Track, i32)],
    detector: &Detector,
) -> Vec<Assignment> {
    let mut found = Vec::new();
    let none = Assignment { leaves: Vec::new(), probability: 1.0, is_identity: true };
    extend(none, leaves, hypotheses, detector, &mut found);
    found.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    found
}

fn extend(
    begun: Assignment,
    leaves: &[Option<(Track, i32)>],
    hypotheses: &[(Track, i32)],
    detector: &Detector,
    found: &mut Vec<Assignment>,
) {
    let k = begun.leaves.len();
    let Some(&hypothesis) = hypotheses.get(k) else {
        found.push(begun);
        return;
    };
    // After the last one that is taken for the same.
    let same = hypotheses[..k].iter().rposition(|&other| other == hypothesis);
    let first = same.map_or(0, |same| begun.leaves[same] + 1);
    for (leaf, track) in leaves.iter().enumerate().skip(first) {
        let Some((truth, charge)) = *track else { continue };
        let probability = begun.probability * detector.probability(truth, hypothesis.0);
        if charge == hypothesis.1 && probability > 0.0 && !begun.leaves.contains(&leaf) {
            let mut next = begun.clone();
            next.leaves.push(leaf);
            next.probability = probability;
            next.is_identity &= truth == hypothesis.0;
            extend(next, leaves, hypotheses, detector, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unlikely_but_matters_is_kept() {
        let of = |probability| Assignment { leaves: vec![0], probability, is_identity: false };
        let all = vec![of(0.8), of(1e-3), of(1e-4), of(1e-6)];
        assert_eq!(without_negligible(all.clone(), 1.0).len(), 2);
        assert_eq!(without_negligible(all.clone(), 1e-5).len(), 3);
        assert_eq!(without_negligible(all, 0.0).len(), 4);
        assert_eq!(without_negligible(Vec::new(), 0.0), []);
    }
}
