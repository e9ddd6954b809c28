use hepsys_core::Stream;
use rand_distr::{Distribution, StandardNormal};

use crate::numbers::check;
use crate::{FourMomentum, SimError};

/// How well a detector measures momenta: $p \to p\\,(1 + \sigma z)$ with a standard normal z for each particle.
///
/// Directions and masses stay as they are.
///
/// ```
/// use hepsys_core::Seed;
/// use hepsys_sim::{FourMomentum, MomentumResolution, mass};
/// let muon = FourMomentum::from_pt_eta_phi_mass(2.0, 3.0, 0.4, mass::MUON);
/// let measured = MomentumResolution::new(0.005)?.smear(&muon, &mut Seed::new(1).stream());
/// assert!(measured != muon && (measured.p() / muon.p() - 1.0).abs() < 0.025);
/// assert!((measured.eta() - muon.eta()).abs() < 1e-12);
/// # Ok::<(), hepsys_sim::SimError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MomentumResolution {
    relative: f64,
}

impl MomentumResolution {
    /// The resolution of the branching-ratio benchmark, 0.5 %.
    pub const TRACKS: Self = Self { relative: 0.005 };

    /// The resolution with this relative standard deviation σ; zero for a perfect detector.
    ///
    /// # Errors
    ///
    /// [`SimError::BadParameter`] unless it is between zero and 0.1: at the bound, a momentum of zero is ten standard deviations away.
    pub fn new(relative: f64) -> Result<Self, SimError> {
        check(
            "a relative momentum resolution",
            "between 0 and 0.1",
            relative,
            (0.0..=0.1).contains(&relative),
        )?;
        Ok(Self { relative })
    }

    /// The particle as it is measured.
    #[must_use]
    pub fn smear(&self, particle: &FourMomentum, stream: &mut Stream) -> FourMomentum {
        particle.with_momentum_scaled(self.factor(stream))
    }

    /// A measured momentum over the true one.
    pub(crate) fn factor(&self, stream: &mut Stream) -> f64 {
        let z: f64 = StandardNormal.sample(stream);
        1.0 + self.relative * z
    }
}

#[cfg(test)]
mod tests {
    use hepsys_core::Seed;

    use super::*;

    #[test]
    fn measured_momenta_scatter_by_the_resolution() {
        let mut stream = Seed::new(1).named("tracks").stream();
        let kaon = FourMomentum::of_mass(crate::mass::K_PLUS, 3.0, 0.0, 4.0);
        let resolution = MomentumResolution::new(0.02).unwrap();
        let n = 20_000;
        let pulls: Vec<f64> =
            (0..n).map(|_| (resolution.smear(&kaon, &mut stream).p() / 5.0 - 1.0) / 0.02).collect();
        let mean = pulls.iter().sum::<f64>() / f64::from(n);
        let variance = pulls.iter().map(|z| z * z).sum::<f64>() / f64::from(n);
        assert!(mean.abs() < 4.0 / f64::from(n).sqrt());
        assert!((variance - 1.0).abs() < 4.0 * (2.0 / f64::from(n)).sqrt());
    }

    #[test]
    fn a_perfect_detector_changes_nothing_but_rounding() {
        let kaon = FourMomentum::of_mass(crate::mass::K_PLUS, 3.0, 0.0, 4.0);
        let found = MomentumResolution::new(0.0).unwrap().smear(&kaon, &mut Seed::new(1).stream());
        assert!((found - kaon).e.abs() < 1e-14 && found.momentum() == kaon.momentum());
    }

    #[test]
    fn a_resolution_that_loses_the_momentum_is_refused() {
        let error = MomentumResolution::new(0.5).unwrap_err();
        assert_eq!(error.to_string(), "a relative momentum resolution must be between 0 and 0.1, got 0.5");
        assert!(MomentumResolution::new(f64::NAN).is_err());
    }
}
