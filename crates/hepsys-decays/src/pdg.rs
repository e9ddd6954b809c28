//! What the numbers of particles say about them, in the scheme of the Particle Data Group.

use crate::Flavour;

/// The quarks that a hadron's number names, the heaviest first, without saying which are antiquarks; nothing for other particles.
pub(crate) fn quarks(pdg_id: i64) -> [u8; 3] {
    let id = pdg_id.unsigned_abs();
    // Leptons, bosons, and what is made of neither.
    if id < 100 {
        return [0; 3];
    }
    let digit = |power: u32| ((id / 10_u64.pow(power)) % 10) as u8;
    [digit(3), digit(2), digit(1)]
}

/// The heavy flavour of a hadron with one heavy quark; nothing for others, such as J/ψ, whose flavour is hidden.
pub(crate) fn open_flavour(pdg_id: i64) -> Option<Flavour> {
    let count = |quark: u8| quarks(pdg_id).iter().filter(|&&q| q == quark).count();
    match (count(5), count(4)) {
        (0, 0) | (2, 0) | (0, 2) => None,
        (0, _) => Some(Flavour::Charm),
        _ => Some(Flavour::Beauty),
    }
}

/// Whether a chain ends with the particle although it leaves no track of its own: photons, neutrinos, long-lived neutral particles,
/// and hyperons, whose decays are far from the vertex.
pub(crate) fn is_invisible(pdg_id: i64) -> bool {
    const INVISIBLE: [u64; 15] =
        [12, 14, 16, 22, 111, 130, 310, 311, 2112, 3112, 3122, 3222, 3312, 3322, 3334];
    INVISIBLE.contains(&pdg_id.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flavours_are_those_of_the_heaviest_quark() {
        for (id, flavour) in [
            (521, Some(Flavour::Beauty)),
            (-5122, Some(Flavour::Beauty)),
            (541, Some(Flavour::Beauty)),
            (431, Some(Flavour::Charm)),
            (4132, Some(Flavour::Charm)),
            (443, None),
            (100_443, None),
            (553, None),
            (321, None),
            (13, None),
        ] {
            assert_eq!(open_flavour(id), flavour, "{id}");
        }
        assert!(is_invisible(-14) && !is_invisible(211));
    }
}
