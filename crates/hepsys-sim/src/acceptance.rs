use crate::numbers::check;
use crate::{FourMomentum, SimError};

/// Where a detector sees charged particles: a range of pseudorapidity, and least momenta in GeV.
///
/// ```
/// use hepsys_sim::{Acceptance, FourMomentum, mass};
/// let muon = |pt, eta| FourMomentum::from_pt_eta_phi_mass(pt, eta, 0.0, mass::MUON);
/// let forward = Acceptance::FORWARD;
/// assert!(forward.accepts(&muon(1.0, 3.0)));
/// assert!(!forward.accepts(&muon(0.2, 4.0)) && !forward.accepts(&muon(1.0, 1.5)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Acceptance {
    /// sinh η, which is the momentum along the beam over that across it, at both bounds.
    slopes: [f64; 2],
    min_p: f64,
    min_pt: f64,
}

/// sinh 2 and sinh 5.
const SLOPES_FORWARD: [f64; 2] = [3.626_860_407_847_019, 74.203_210_577_788_75];

impl Acceptance {
    /// The tracks of the branching-ratio benchmark: 2 < η < 5, p > 3 GeV, pT > 0.3 GeV.
    pub const FORWARD: Self = Self { slopes: SLOPES_FORWARD, min_p: 3.0, min_pt: 0.3 };

    /// The tracks of the angular benchmark: as [`FORWARD`](Self::FORWARD) with pT > 0.25 GeV.
    pub const FORWARD_SOFT: Self = Self { slopes: SLOPES_FORWARD, min_p: 3.0, min_pt: 0.25 };

    /// Pseudorapidities between those of `eta`, momenta above `min_p` and transverse momenta above `min_pt`, in GeV.
    ///
    /// The bounds of η may be infinite.
    ///
    /// # Errors
    ///
    /// [`SimError::BadParameter`] unless the bounds of η rise, and the momenta are finite and not negative.
    pub fn new(eta: [f64; 2], min_p: f64, min_pt: f64) -> Result<Self, SimError> {
        check(
            "the upper bound of eta",
            &format!("above the lower bound, {}", eta[0]),
            eta[1],
            eta[0] < eta[1],
        )?;
        for (name, value) in [("the least momentum", min_p), ("the least transverse momentum", min_pt)] {
            check(name, "finite and not negative", value, 0.0 <= value && value.is_finite())?;
        }
        Ok(Self { slopes: eta.map(f64::sinh), min_p, min_pt })
    }

    /// Whether the particle is inside; one on a bound, or at rest, is not.
    #[must_use]
    pub fn accepts(&self, particle: &FourMomentum) -> bool {
        let pt = particle.pt();
        let [low, high] = self.slopes;
        self.min_pt < pt && self.min_p < particle.p() && low * pt < particle.pz && particle.pz < high * pt
    }

    /// Whether all particles are inside.
    #[must_use]
    pub fn accepts_all(&self, particles: &[FourMomentum]) -> bool {
        particles.iter().all(|particle| self.accepts(particle))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bound_is_a_bound() {
        let acceptance = Acceptance::new([2.0, 5.0], 3.0, 0.3).unwrap();
        assert_eq!(acceptance, Acceptance::FORWARD);
        let inside = |pt, eta| {
            acceptance.accepts(&FourMomentum::from_pt_eta_phi_mass(pt, eta, 1.0, crate::mass::K_PLUS))
        };
        assert!(inside(1.0, 2.01) && !inside(1.0, 1.99));
        assert!(inside(1.0, 4.99) && !inside(1.0, 5.01));
        assert!(inside(0.31, 4.0) && !inside(0.29, 4.0));
        // p = pT cosh η, so 3 GeV at η = 2.1 are 0.724 GeV across.
        assert!(inside(0.73, 2.1) && !inside(0.72, 2.1));
        assert!(!acceptance.accepts(&FourMomentum::at_rest(1.0)));
    }

    #[test]
    fn bounds_that_make_no_range_are_refused() {
        let error = Acceptance::new([5.0, 2.0], 0.0, 0.0).unwrap_err();
        assert_eq!(error.to_string(), "the upper bound of eta must be above the lower bound, 5, got 2");
        assert!(Acceptance::new([2.0, 5.0], -1.0, 0.0).is_err());
        assert!(Acceptance::new([2.0, 5.0], 0.0, f64::NAN).is_err());
    }
}
