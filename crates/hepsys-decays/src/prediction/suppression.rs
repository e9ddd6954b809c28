//! How strongly the mixing of quarks suppresses a decay.

use super::decay::Decay;
use crate::pdg::{net_flavours, quarks};

/// In how many powers of λ = 0.22 the amplitude of a decay is smaller than that of the dominant ones of its parent, from what becomes of the flavours.
///
/// Charm: 0 for c → s u d̄, 1 for one Cabibbo-suppressed vertex, 2 for two.
/// Beauty: 0 for b → c ū d and b → c c̄ s, 1 for b → c ū s and b → c c̄ d, 2 for all that ends without charm or with b → u c̄ s, 3 for b → u c̄ d.
/// Leptons from a W count as its quarks do. $K_S$ and $K_L$ are taken for what is suppressed least.
pub(super) fn cabibbo_suppression(decay: &Decay) -> i32 {
    let valence = net_flavours(decay.mother);
    let change = decay.flavour_change();
    let charm_quarks = decay.daughters.iter().flat_map(|&id| quarks(id)).filter(|&quark| quark == 4).count();
    // A pair beyond the charm that the parent has.
    let has_charm_pair = 2 + valence[3].unsigned_abs() as usize <= charm_quarks;
    let decays_beauty = change[4] != 0;
    let sign = if decays_beauty { valence[4].signum() } else { valence[3].signum() };
    let level = |strange: i32| match (decays_beauty, change[3] * sign, strange * sign) {
        (true, 1, 0) => 0,
        (true, 1, 1) => 1,
        (true, 0, strange @ (0 | 1)) if has_charm_pair => 1 - strange,
        (true, 0, 0 | 1) => 2,
        (true, -1, 1) => 2,
        (true, -1, 0) => 3,
        (true, ..) => 4,
        (false, -1, 1) => 0,
        (false, -1, 0) => 1,
        (false, -1, -1) => 2,
        (false, 0, -1) => 1,
        (false, ..) => 3,
    };
    let kaons = decay.count(|id| matches!(id, 130 | 310)) as i32;
    (0..=kaons).map(|n| level(change[2] + 2 * n - kaons)).min().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_lambda_are_those_of_the_quarks() {
        for (mother, daughters, power) in [
            (421, vec![-321, 211], 0),        // D0 -> K- pi+
            (421, vec![-211, 211], 1),        // D0 -> pi+ pi-
            (421, vec![321, -211], 2),        // D0 -> K+ pi-
            (411, vec![310, 211], 0),         // D+ -> K_S0 pi+
            (411, vec![321, 321, -321], 2),   // D+ -> K+ K+ K-
            (431, vec![333, 211], 0),         // D_s+ -> phi pi+
            (4122, vec![2212, -321, 211], 0), // Lambda_c+ -> p+ K- pi+
            (521, vec![-421, 211], 0),        // B+ -> anti-D0 pi+
            (521, vec![-421, 321], 1),        // B+ -> anti-D0 K+
            (521, vec![443, 321], 0),         // B+ -> J/psi K+
            (521, vec![443, 211], 1),         // B+ -> J/psi pi+
            (521, vec![211, 111], 2),         // B+ -> pi+ pi0
            (511, vec![-211, 431], 2),        // B0 -> D_s+ pi-
            (5122, vec![4122, -211], 0),      // Lambda_b0 -> Lambda_c+ pi-
            (541, vec![443, 211], 0),         // B_c+ -> J/psi pi+
            (541, vec![531, 211], 0),         // B_c+ -> B_s0 pi+
        ] {
            let decay = Decay { mother, daughters, mass: 1.0, release: 1.0 };
            assert_eq!(cabibbo_suppression(&decay), power, "{decay:?}");
        }
    }
}
