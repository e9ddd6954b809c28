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
        (0, 0) => None,
        // A meson of a quark and its antiquark.
        (2, 0) | (0, 2) if quarks(pdg_id)[0] == 0 => None,
        (0, _) => Some(Flavour::Charm),
        _ => Some(Flavour::Beauty),
    }
}

/// How many more quarks than antiquarks a hadron has of each flavour: down, up, strange, charm, bottom.
///
/// Zero for particles without flavour, among them $K_S$ and $K_L$, which are strange and antistrange in equal parts.
pub(crate) fn net_flavours(pdg_id: i64) -> [i32; 5] {
    let mut net = [0; 5];
    if matches!(pdg_id, 130 | 310) {
        return net;
    }
    let sign = pdg_id.signum() as i32;
    let mut add = |quark: u8, n: i32| {
        if let Some(net) = net.get_mut(usize::from(quark).wrapping_sub(1)) {
            *net += sign * n;
        }
    };
    match quarks(pdg_id) {
        // In a meson with a positive number the heavier quark is one if it is of up type, else an antiquark.
        [0, heavier, lighter] => {
            let n = if heavier % 2 == 0 { 1 } else { -1 };
            add(heavier, n);
            add(lighter, -n);
        }
        baryon => baryon.into_iter().for_each(|quark| add(quark, 1)),
    }
    net
}

/// A baryon's number, 1 or -1; zero for other particles.
pub(crate) fn baryon_number(pdg_id: i64) -> i32 {
    let [first, second, third] = quarks(pdg_id);
    if first != 0 && second != 0 && third != 0 { pdg_id.signum() as i32 } else { 0 }
}

/// The numbers of electrons, muons and taus, each with its neutrinos.
pub(crate) fn lepton_numbers(pdg_id: i64) -> [i32; 3] {
    let generation = |first: u64| i32::from((first..first + 2).contains(&pdg_id.unsigned_abs()));
    [11, 13, 15].map(|first| generation(first) * pdg_id.signum() as i32)
}

/// The particle itself, but K⁰ for all neutral kaons: $K_S$ and $K_L$ are mixtures of it and its antiparticle.
pub(crate) fn flavour_eigenstate(pdg_id: i64) -> i64 {
    if matches!(pdg_id, 130 | 310 | -311) { 311 } else { pdg_id }
}

/// One number for all particles that differ by isospin and charge conjugation only, such as π⁺, π⁻ and π⁰.
pub(crate) fn multiplet(pdg_id: i64) -> u64 {
    let id = flavour_eigenstate(pdg_id).unsigned_abs();
    let light = |quark: u8| if quark == 2 { 1 } else { u64::from(quark) };
    let digits = match quarks(id as i64) {
        // η and ω, Λ and Λ_c are alone.
        [0, 2, 2] | [_, 1, 2] | [0, 0, _] => return id,
        [first, second, third] => 1000 * light(first) + 100 * light(second) + 10 * light(third),
    };
    id / 10_000 * 10_000 + digits + id % 10
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

    #[test]
    fn quarks_add_up_to_the_charge() {
        for (id, charge) in [
            (211, 1),
            (321, 1),
            (311, 0),
            (411, 1),
            (421, 0),
            (431, 1),
            (511, 0),
            (521, 1),
            (-541, -1),
            (2212, 1),
            (-3112, 1),
            (4122, 1),
            (5132, -1),
            (2224, 2),
            (333, 0),
            (310, 0),
            (20_213, 1),
        ] {
            let [d, u, s, c, b] = net_flavours(id);
            assert_eq!(2 * (u + c) - (d + s + b), 3 * charge, "{id}");
        }
        assert_eq!(net_flavours(521), [0, 1, 0, 0, -1]);
        assert_eq!((baryon_number(-2212), baryon_number(211), baryon_number(22)), (-1, 0, 0));
        assert_eq!(
            (lepton_numbers(-14), lepton_numbers(15), lepton_numbers(22)),
            ([0, -1, 0], [0, 0, 1], [0; 3])
        );
    }

    #[test]
    fn multiplets_join_what_isospin_joins() {
        for group in [
            vec![211, -211, 111],
            vec![321, 311, -311, 310, 130],
            vec![2212, 2112],
            vec![3222, 3212, 3112],
            vec![423, 413],
            vec![4132, 4232],
            vec![113, 213],
            vec![2224, 1114, 2214],
        ] {
            assert!(group.iter().all(|&id| multiplet(id) == multiplet(group[0])), "{group:?}");
        }
        for (a, b) in [(111, 221), (113, 223), (3122, 3212), (321, 323), (4122, 4212), (223, 333), (11, 12)] {
            assert_ne!(multiplet(a), multiplet(b), "{a} {b}");
        }
    }
}
