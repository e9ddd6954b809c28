use hepsys_core::Stream;

use super::{AngularDensity, DecayAngles};
use crate::four_momentum::{cross, dot};
use crate::numbers::check;
use crate::phase_space::momentum;
use crate::{Acceptance, FourMomentum, ProductionSpectrum, Rotation, SimError, mass};

/// Decays $B^0 \to K^{*0}(\to K^+\pi^-)\,\mu^+\mu^-$ in the laboratory, with a $K^{*0}$ and a pair of muons of fixed mass.
///
/// The particles come in the order $K^+$, $\pi^-$, $\mu^+$, $\mu^-$.
///
/// ```
/// use hepsys_core::Seed;
/// use hepsys_sim::{AngularDensity, AngularObservables, KstarMuMu};
///
/// // q² = 5 GeV².
/// let decays = KstarMuMu::new(5.0_f64.sqrt())?;
/// let density = AngularDensity::new(AngularObservables::STANDARD_MODEL)?;
/// let events = decays.sample(&density, 10_000, &mut Seed::new(1).named("decays").stream());
/// assert_eq!(events.n_produced(), 10_000);
/// assert_eq!(format!("{:.2}", events.momenta().len() as f64 / 10_000.0), "0.32");
/// # Ok::<(), hepsys_sim::SimError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KstarMuMu {
    dimuon_mass: f64,
    spectrum: ProductionSpectrum,
    acceptance: Acceptance,
}

impl KstarMuMu {
    /// Decays to muons of this invariant mass in GeV, from [`ProductionSpectrum::forward_b`], in [`Acceptance::FORWARD_SOFT`].
    ///
    /// # Errors
    ///
    /// [`SimError::BadParameter`] unless the mass is between those of two muons and of $B^0$ less $K^{*0}$.
    pub fn new(dimuon_mass: f64) -> Result<Self, SimError> {
        let (least, largest) = (2.0 * mass::MUON, mass::B_ZERO - mass::K_STAR);
        let expected =
            format!("between {least:.4} and {largest:.4} GeV, those of two muons and of B0 less K*0");
        check("the mass of the muons", &expected, dimuon_mass, least < dimuon_mass && dimuon_mass < largest)?;
        Ok(Self {
            dimuon_mass,
            spectrum: ProductionSpectrum::forward_b(),
            acceptance: Acceptance::FORWARD_SOFT,
        })
    }

    /// The same decays of $B^0$ with another spectrum.
    #[must_use]
    pub fn with_spectrum(self, spectrum: ProductionSpectrum) -> Self {
        Self { spectrum, ..self }
    }

    /// The same decays in another detector.
    #[must_use]
    pub fn with_acceptance(self, acceptance: Acceptance) -> Self {
        Self { acceptance, ..self }
    }

    /// The momenta in the rest frame of the $B^0$, with the $K^{*0}$ along z and the kaon at azimuth zero.
    #[must_use]
    pub fn in_b_frame(&self, angles: &DecayAngles) -> [FourMomentum; 4] {
        let p = momentum(mass::B_ZERO, mass::K_STAR, self.dimuon_mass);
        let p_k = momentum(mass::K_STAR, mass::K_PLUS, mass::PI_PLUS);
        let p_l = momentum(self.dimuon_mass, mass::MUON, mass::MUON);
        let kstar = FourMomentum::of_mass(mass::K_STAR, 0.0, 0.0, p);
        let dimuon = FourMomentum::of_mass(self.dimuon_mass, 0.0, 0.0, -p);

        let sin = |cos: f64| ((1.0 - cos) * (1.0 + cos)).max(0.0).sqrt();
        let kaon = [p_k * sin(angles.cos_k), 0.0, p_k * angles.cos_k];
        let (sin_phi, cos_phi) = angles.phi.sin_cos();
        let across = p_l * sin(angles.cos_l);
        // The pair flies towards −z.
        let muon = [across * cos_phi, across * sin_phi, -p_l * angles.cos_l];
        let along = |m: f64, [x, y, z]: [f64; 3]| FourMomentum::of_mass(m, x, y, z);
        let against = |m: f64, [x, y, z]: [f64; 3]| FourMomentum::of_mass(m, -x, -y, -z);
        [
            along(mass::K_PLUS, kaon).from_rest_frame_of(&kstar),
            against(mass::PI_PLUS, kaon).from_rest_frame_of(&kstar),
            along(mass::MUON, muon).from_rest_frame_of(&dimuon),
            against(mass::MUON, muon).from_rest_frame_of(&dimuon),
        ]
    }

    /// One decay with these angles in the laboratory, turned at random; it may be outside the acceptance.
    #[must_use]
    pub fn decay(&self, angles: &DecayAngles, stream: &mut Stream) -> [FourMomentum; 4] {
        let b = self.spectrum.sample(mass::B_ZERO, stream);
        let rotation = Rotation::random(stream);
        self.in_b_frame(angles).map(|particle| particle.rotated(&rotation).from_rest_frame_of(&b))
    }

    /// Whether the detector sees all four particles.
    #[must_use]
    pub fn accepts(&self, momenta: &[FourMomentum; 4]) -> bool {
        self.acceptance.accepts_all(momenta)
    }

    /// What the detector sees of `n_produced` decays.
    #[must_use]
    pub fn sample(
        &self,
        density: &AngularDensity,
        n_produced: usize,
        stream: &mut Stream,
    ) -> KstarMuMuEvents {
        let mut events = KstarMuMuEvents { angles: Vec::new(), momenta: Vec::new(), n_produced };
        for _ in 0..n_produced {
            let angles = density.sample_one(stream);
            let momenta = self.decay(&angles, stream);
            if self.accepts(&momenta) {
                events.angles.push(angles);
                events.momenta.push(momenta);
            }
        }
        events
    }

    /// The angles of a decay from its momenta in any frame.
    ///
    /// NaN where a pair of particles, or the whole decay, has no extent to measure an angle in.
    #[must_use]
    pub fn angles([kaon, pion, plus, minus]: &[FourMomentum; 4]) -> DecayAngles {
        let (kstar, dimuon) = (*kaon + *pion, *plus + *minus);
        let b = kstar + dimuon;
        let [kaon, plus, kstar, dimuon] = [kaon, plus, &kstar, &dimuon].map(|k| k.in_rest_frame_of(&b));
        let helicity = |particle: &FourMomentum, parent: &FourMomentum| {
            let k = particle.in_rest_frame_of(parent);
            dot(k.momentum(), parent.momentum()) / (k.p() * parent.p())
        };
        let axis = kstar.momentum();
        let (x, y) = (cross(axis, kaon.momentum()), cross(axis, plus.momentum()));
        DecayAngles {
            cos_k: helicity(&kaon, &kstar),
            cos_l: helicity(&plus, &dimuon),
            phi: (dot(axis, cross(x, y)) / dot(axis, axis).sqrt()).atan2(dot(x, y)),
        }
    }
}

/// What a detector sees of decays $B^0 \to K^{*0}\mu\mu$.
#[derive(Debug, Clone, PartialEq)]
pub struct KstarMuMuEvents {
    angles: Vec<DecayAngles>,
    momenta: Vec<[FourMomentum; 4]>,
    n_produced: usize,
}

impl KstarMuMuEvents {
    /// The angles of each event, as generated.
    #[must_use]
    pub fn angles(&self) -> &[DecayAngles] {
        &self.angles
    }

    /// The momenta of $K^+$, $\pi^-$, $\mu^+$ and $\mu^-$ of each event.
    #[must_use]
    pub fn momenta(&self) -> &[[FourMomentum; 4]] {
        &self.momenta
    }

    /// How many decays there were, inside the acceptance or not.
    #[must_use]
    pub fn n_produced(&self) -> usize {
        self.n_produced
    }
}

#[cfg(test)]
mod tests {
    use hepsys_core::Seed;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn momenta_in_the_laboratory_give_back_the_angles(
            cos_k in -0.99..0.99_f64, cos_l in -0.99..0.99_f64, phi in -3.1..3.1_f64, q in 0.5..4.3_f64, seed in 0..1000_u64,
        ) {
            let decays = KstarMuMu::new(q).unwrap();
            let angles = DecayAngles { cos_k, cos_l, phi };
            let momenta = decays.decay(&angles, &mut Seed::new(seed).stream());
            let found = KstarMuMu::angles(&momenta);
            // Rounding of momenta up to some 1000 GeV, seen from a B at rest.
            prop_assert!((found.cos_k - cos_k).abs() < 1e-7 && (found.cos_l - cos_l).abs() < 1e-7);
            prop_assert!((found.phi - phi).abs() < 1e-6);

            let sum: FourMomentum = momenta.into_iter().sum();
            prop_assert!((sum.mass() - mass::B_ZERO).abs() < 1e-6);
            prop_assert!(((momenta[0] + momenta[1]).mass() - mass::K_STAR).abs() < 1e-6);
            prop_assert!(((momenta[2] + momenta[3]).mass() - q).abs() < 1e-6);
        }
    }

    #[test]
    fn the_kaon_and_the_muon_are_on_the_same_side_at_zero() {
        let decays = KstarMuMu::new(2.0).unwrap();
        let [kaon, _, plus, _] = decays.in_b_frame(&DecayAngles { cos_k: 0.2, cos_l: 0.3, phi: 0.0 });
        assert!(kaon.px > 0.0 && plus.px > 0.0 && plus.py.abs() < 1e-15);
        // The pair flies towards −z, and the muon goes ahead.
        assert!(plus.pz < 0.0 && kaon.pz > 0.0);
    }

    #[test]
    fn the_azimuth_is_pi_less_that_of_lhcb() {
        // LHCb takes cos φ and sin φ from the normals of the two planes, p(μ⁺) × p(μ⁻) and p(K) × p(π).
        let decays = KstarMuMu::new(2.0).unwrap();
        for phi in [-2.5, -0.4, 0.3, 1.0, 2.0] {
            let momenta = decays.in_b_frame(&DecayAngles { cos_k: 0.2, cos_l: -0.3, phi });
            let [kaon, pion, plus, minus] = momenta.map(|k| k.momentum());
            let (muons, mesons) = (cross(plus, minus), cross(kaon, pion));
            let kstar = (momenta[0] + momenta[1]).momentum();
            let sin = dot(cross(muons, mesons), kstar) / dot(kstar, kstar).sqrt();
            let lhcb = sin.atan2(dot(muons, mesons));
            let difference = lhcb - (std::f64::consts::PI - phi);
            assert!(difference.sin().abs() < 1e-12 && difference.cos() > 0.0, "{lhcb} for {phi}");
        }
    }

    #[test]
    fn every_event_that_is_kept_is_accepted() {
        let density = AngularDensity::new(crate::AngularObservables::STANDARD_MODEL).unwrap();
        let decays = KstarMuMu::new(2.0).unwrap();
        let events = decays.sample(&density, 2000, &mut Seed::new(8).stream());
        assert_eq!(events.angles().len(), events.momenta().len());
        assert!(events.momenta().iter().all(|m| decays.accepts(m)));
    }

    #[test]
    fn masses_that_cannot_be_reached_are_refused() {
        let error = KstarMuMu::new(4.5).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the mass of the muons must be between 0.2113 and 4.3841 GeV, those of two muons and of B0 less K*0, got 4.5"
        );
        assert!(KstarMuMu::new(0.2).is_err() && KstarMuMu::new(f64::NAN).is_err());
    }
}
