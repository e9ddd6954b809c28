use crate::{BranchingFraction, Chain, DecayTable, ParticleId};

/// How often a particle decays to this chain, by all lines of the table, and with equal daughters in any order.
///
/// Errors of different lines are independent; that of a decay that happens twice counts twice.
pub(crate) fn fraction(table: &DecayTable, chain: &Chain) -> BranchingFraction {
    if chain.daughters().is_empty() {
        return BranchingFraction::listed(1.0);
    }
    let sorted = |mut ids: Vec<ParticleId>| {
        ids.sort_unstable();
        ids
    };
    let daughters = sorted(chain.daughters().iter().map(Chain::particle).collect());
    let lines =
        table.modes(chain.particle()).iter().filter(|mode| sorted(mode.daughters.clone()) == daughters);
    let mode = lines.fold(BranchingFraction::listed(0.0), |sum, mode| sum.plus(&mode.fraction));
    // Daughters of a sorted chain that are the same stand next to each other.
    let groups = chain.daughters().chunk_by(|a, b| a == b);
    let product =
        groups.fold(mode, |product, group| product.times(&fraction(table, &group[0]).to_the(group.len())));
    let orders = chain.daughters().chunk_by(|a, b| a.particle() == b.particle()).map(|equal| {
        let same = equal.chunk_by(|a, b| a == b).map(|group| factorial(group.len()));
        factorial(equal.len()) / same.product::<f64>()
    });
    product.scaled(orders.product())
}

fn factorial(n: usize) -> f64 {
    (1..=n).map(|i| i as f64).product()
}
