//! What can be known of a chain's kinematics before it is simulated.

use crate::{Assignment, Candidate, Chain, DecayTable, Finder, MassCut, Track};

/// Numbers that say how likely a candidate's events pass the selection, the same number for all candidates of a finder.
///
/// For each window: the nearest common ancestor of its tracks, taken for what they are taken for, has masses in a range between the sum
/// of their masses and what the particles that are missing leave. Where the window is in this range decides most.
pub(crate) fn features(finder: &Finder, candidate: &Candidate) -> Vec<f64> {
    let table = finder.table();
    let chain = &candidate.chain;
    let leaves = chain.leaves();
    let n_tracks = leaves.iter().filter(|&&leaf| table.track(leaf).is_some()).count();
    let mut features = vec![
        mass(table, chain),
        leaves.len() as f64,
        n_tracks as f64,
        depth(chain) as f64,
        candidate.assignments.len() as f64,
    ];
    let likeliest = &candidate.assignments[0];
    for cut in &finder.analysis().cuts {
        features.extend(window(table, chain, likeliest, &finder.analysis().hypotheses, cut));
    }
    features
}

fn window(
    table: &DecayTable,
    chain: &Chain,
    assignment: &Assignment,
    hypotheses: &[(Track, i32)],
    cut: &MassCut,
) -> [f64; 6] {
    let tracks: Vec<usize> = cut.of.iter().map(|&k| assignment.leaves[k]).collect();
    let (ancestor, first) = common_ancestor(chain, 0, &tracks);
    let leaves = ancestor.leaves();
    let missing = leaves.iter().enumerate().filter(|(i, _)| !tracks.contains(&(first + i)));
    let missing: Vec<f64> = missing.map(|(_, &leaf)| mass(table, &Chain::leaf(leaf))).collect();
    let (mut low, mut more) = (0.0, 0.0);
    for &k in &cut.of {
        let taken_for = hypotheses[k].0.mass();
        let truth = mass(table, &Chain::leaf(leaves[assignment.leaves[k] - first]));
        low += taken_for;
        // A fast particle in place of another changes the mass squared by the difference of theirs over its part of the energy.
        more += (taken_for * taken_for - truth * truth) * tracks.len() as f64;
    }
    let left = mass(table, ancestor) - missing.iter().sum::<f64>();
    let high = (left * left + more).max(low * low).sqrt();
    let [from, to] = cut.window;
    let place = ((0.5 * (from + to) - low) / (high - low).max(0.01)).clamp(-1.0, 2.0);
    let n_missing = missing.len() as f64;
    let is_complete = missing.is_empty() && from - 0.1 < high && high < to + 0.1;
    let massless = missing.iter().filter(|&&m| m < 1e-3).count() as f64;
    [
        n_missing,
        massless,
        (high - from).clamp(-1.0, 1.0),
        (high - to).clamp(-1.0, 1.0),
        place,
        f64::from(u8::from(is_complete)),
    ]
}

/// The last particle of the chain that all of these leaves come from, and the place of its first leaf.
fn common_ancestor<'a>(chain: &'a Chain, first: usize, leaves: &[usize]) -> (&'a Chain, usize) {
    let mut place = first;
    for daughter in chain.daughters() {
        let n = daughter.leaves().len();
        if leaves.iter().all(|&leaf| place <= leaf && leaf < place + n) {
            return common_ancestor(daughter, place, leaves);
        }
        place += n;
    }
    (chain, first)
}

fn mass(table: &DecayTable, chain: &Chain) -> f64 {
    table.properties(chain.particle()).map_or(0.0, |properties| properties.mass)
}

fn depth(chain: &Chain) -> usize {
    chain.daughters().iter().map(|daughter| 1 + depth(daughter)).max().unwrap_or(0)
}
