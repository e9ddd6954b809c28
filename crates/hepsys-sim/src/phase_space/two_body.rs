use std::f64::consts::PI;

use hepsys_core::Stream;
use rand::RngExt;

use crate::numbers::check;
use crate::{FourMomentum, SimError};

/// The momentum of the daughters of a particle with mass `parent` at rest, in GeV as all masses.
///
/// $$ q = \frac{\sqrt{\lambda(M^2, m_1^2, m_2^2)}}{2M} = \frac{\sqrt{(M^2 - (m_1 + m_2)^2)(M^2 - (m_1 - m_2)^2)}}{2M} $$
///
/// ```
/// use hepsys_sim::{mass, two_body_momentum};
/// // J/ψ → μμ, in `workman2022` 1545 MeV.
/// let q = two_body_momentum(mass::J_PSI, mass::MUON, mass::MUON)?;
/// assert_eq!(format!("{q:.3}"), "1.545");
/// # Ok::<(), hepsys_sim::SimError>(())
/// ```
///
/// # Errors
///
/// [`SimError::BadParameter`] for a mass that is negative or not finite, and [`SimError::BelowThreshold`] if the daughters are
/// heavier than the parent, or it has no mass.
pub fn two_body_momentum(parent: f64, first: f64, second: f64) -> Result<f64, SimError> {
    check_masses(parent, &[first, second])?;
    Ok(momentum(parent, first, second))
}

/// The decay of a particle with momentum `parent` into daughters of these masses in GeV, in any direction with the same
/// probability.
///
/// ```
/// use hepsys_core::Seed;
/// use hepsys_sim::{FourMomentum, mass, two_body_decay};
/// let b = FourMomentum::from_pt_eta_phi_mass(5.0, 3.0, 0.0, mass::B_PLUS);
/// let [kaon, j_psi] = two_body_decay(&b, mass::K_PLUS, mass::J_PSI, &mut Seed::new(1).stream())?;
/// assert!(((kaon + j_psi) - b).p() < 1e-9);
/// # Ok::<(), hepsys_sim::SimError>(())
/// ```
///
/// # Errors
///
/// As [`two_body_momentum`].
pub fn two_body_decay(
    parent: &FourMomentum,
    first: f64,
    second: f64,
    stream: &mut Stream,
) -> Result<[FourMomentum; 2], SimError> {
    let mass = parent.mass();
    let q = two_body_momentum(mass, first, second)?;
    Ok(decay(parent, mass, q, [first, second], direction(stream)))
}

/// As [`two_body_momentum`], without a check; zero below the threshold.
#[inline]
pub(crate) fn momentum(parent: f64, first: f64, second: f64) -> f64 {
    let (sum, difference) = (first + second, first - second);
    let kallen = (parent - sum) * (parent + sum) * (parent - difference) * (parent + difference);
    kallen.max(0.0).sqrt() / (2.0 * parent)
}

/// The decay with the momentum `q` of the first daughter along `direction` in the parent's rest frame.
pub(crate) fn decay(
    parent: &FourMomentum,
    mass: f64,
    q: f64,
    [first, second]: [f64; 2],
    [x, y, z]: [f64; 3],
) -> [FourMomentum; 2] {
    let rest = FourMomentum::of_mass(first, q * x, q * y, q * z);
    let other = FourMomentum::of_mass(second, -q * x, -q * y, -q * z);
    [rest, other].map(|daughter| daughter.boosted_by(parent.e, parent.momentum(), mass))
}

/// A direction drawn uniformly from the sphere.
pub(crate) fn direction(stream: &mut Stream) -> [f64; 3] {
    let cos: f64 = 2.0 * stream.random::<f64>() - 1.0;
    let sin = ((1.0 - cos) * (1.0 + cos)).sqrt();
    let (y, x) = (PI * (2.0 * stream.random::<f64>() - 1.0)).sin_cos();
    [sin * x, sin * y, cos]
}

pub(crate) fn check_masses(parent: f64, daughters: &[f64]) -> Result<(), SimError> {
    for &mass in daughters.iter().chain([&parent]) {
        check("a mass", "finite and not negative", mass, 0.0 <= mass && mass.is_finite())?;
    }
    let threshold: f64 = daughters.iter().sum();
    if parent <= 0.0 || parent < threshold {
        return Err(SimError::BelowThreshold { parent, daughters: daughters.to_vec() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use hepsys_core::Seed;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn energies_of_the_daughters_add_up_to_the_mass(first in 0.0..3.0_f64, second in 0.0..3.0_f64, more in 0.0..5.0_f64) {
            let parent = first + second + more;
            prop_assume!(parent > 1e-3);
            let q = two_body_momentum(parent, first, second).unwrap();
            prop_assert!((q.hypot(first) + q.hypot(second) - parent).abs() < 1e-12);
        }

        #[test]
        fn a_decay_keeps_energy_momentum_and_masses(pt in 0.1..30.0_f64, eta in -4.0..4.0_f64, seed in 0..1000_u64) {
            let parent = FourMomentum::from_pt_eta_phi_mass(pt, eta, 1.0, 5.0);
            let daughters = two_body_decay(&parent, 1.0, 2.0, &mut Seed::new(seed).stream()).unwrap();
            let difference = daughters[0] + daughters[1] - parent;
            prop_assert!(difference.e.abs().max(difference.p()) < 1e-12 * parent.e);
            for (daughter, mass) in daughters.iter().zip([1.0, 2.0]) {
                prop_assert!((daughter.mass_squared() - mass * mass).abs() < 1e-13 * parent.e * parent.e);
            }
        }
    }

    #[test]
    fn closed_forms_of_the_momentum_hold() {
        assert_eq!(two_body_momentum(4.0, 0.0, 0.0).unwrap(), 2.0);
        // One massless daughter: (M² − m²)/2M.
        assert!((two_body_momentum(4.0, 0.0, 2.0).unwrap() - 1.5).abs() < 1e-15);
        assert_eq!(two_body_momentum(4.0, 1.0, 3.0).unwrap(), 0.0);
    }

    #[test]
    fn a_decay_below_its_threshold_is_refused_with_all_masses() {
        let error = two_body_momentum(1.0, 0.5, 0.6).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a particle of mass 1 GeV cannot decay into particles of masses 0.5, 0.6 GeV, which are 1.1 GeV"
        );
        assert!(two_body_momentum(0.0, 0.0, 0.0).is_err());
        assert!(matches!(two_body_momentum(1.0, -0.1, 0.0), Err(SimError::BadParameter { .. })));
    }
}
