use hepsys_core::Stream;

use crate::numbers::check;
use crate::phase_space::{decay, direction};
use crate::{DecayEvents, FourMomentum, PhaseSpace, SimError};

/// A particle that is stable or decays, by phase space, into others that may decay in their turn.
///
/// The particles at its end come in the order in which they are written: $K^+$, $\mu$, $\mu$ here.
///
/// ```
/// use hepsys_core::Seed;
/// use hepsys_sim::{FourMomentum, Particle, mass};
///
/// let muon = Particle::new(mass::MUON)?;
/// let j_psi = Particle::new(mass::J_PSI)?.decaying_to([muon.clone(), muon])?;
/// let b = Particle::new(mass::B_PLUS)?.decaying_to([Particle::new(mass::K_PLUS)?, j_psi])?;
/// assert_eq!(b.final_masses(), [mass::K_PLUS, mass::MUON, mass::MUON]);
///
/// let flying = FourMomentum::from_pt_eta_phi_mass(6.0, 3.2, 0.1, mass::B_PLUS);
/// let event = b.decay(&flying, &mut Seed::new(1).stream());
/// assert!(((event[1] + event[2]).mass() - mass::J_PSI).abs() < 1e-9);
/// assert!((event[0] + event[1] + event[2] - flying).p() < 1e-9);
/// # Ok::<(), hepsys_sim::SimError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Particle {
    mass: f64,
    decay: Option<Box<Decay>>,
}

#[derive(Debug, Clone, PartialEq)]
struct Decay {
    phase_space: PhaseSpace,
    daughters: Vec<Particle>,
}

impl Particle {
    /// A stable particle with this mass in GeV.
    ///
    /// # Errors
    ///
    /// [`SimError::BadParameter`] for a mass that is negative or not finite.
    pub fn new(mass: f64) -> Result<Self, SimError> {
        check("a mass", "finite and not negative", mass, 0.0 <= mass && mass.is_finite())?;
        Ok(Self { mass, decay: None })
    }

    /// The same particle, decaying to these; an earlier decay is forgotten.
    ///
    /// # Errors
    ///
    /// As [`PhaseSpace::new`].
    pub fn decaying_to(self, daughters: impl IntoIterator<Item = Self>) -> Result<Self, SimError> {
        let daughters: Vec<Self> = daughters.into_iter().collect();
        let masses: Vec<f64> = daughters.iter().map(|daughter| daughter.mass).collect();
        let phase_space = PhaseSpace::new(self.mass, &masses)?;
        Ok(Self { mass: self.mass, decay: Some(Box::new(Decay { phase_space, daughters })) })
    }

    /// Its mass in GeV.
    #[must_use]
    pub fn mass(&self) -> f64 {
        self.mass
    }

    /// What it decays to; nothing for a stable particle.
    #[must_use]
    pub fn daughters(&self) -> &[Self] {
        self.decay.as_ref().map_or(&[], |decay| &decay.daughters)
    }

    /// The masses in GeV of the stable particles at its end; its own for a stable particle.
    #[must_use]
    pub fn final_masses(&self) -> Vec<f64> {
        match self.daughters() {
            [] => vec![self.mass],
            daughters => daughters.iter().flat_map(Self::final_masses).collect(),
        }
    }

    /// The momenta of the stable particles at the end of one decay.
    ///
    /// Of `momentum` the three components count; the energy is that of this particle's mass.
    #[must_use]
    pub fn decay(&self, momentum: &FourMomentum, stream: &mut Stream) -> Vec<FourMomentum> {
        self.decay_all(std::slice::from_ref(momentum), stream).momenta
    }

    /// The decays of many such particles; each counts once.
    ///
    /// Much faster for daughters of three or more than one decay after the other.
    /// Of `momenta` the three components count; the energies are those of this particle's mass.
    #[must_use]
    pub fn decay_all(&self, momenta: &[FourMomentum], stream: &mut Stream) -> DecayEvents {
        let n_daughters = self.final_masses().len();
        let mut events = DecayEvents {
            n_daughters,
            momenta: vec![FourMomentum::default(); n_daughters * momenta.len()],
            weights: vec![1.0; momenta.len()],
        };
        let flying: Vec<_> =
            momenta.iter().map(|k| FourMomentum::of_mass(self.mass, k.px, k.py, k.pz)).collect();
        self.place(flying, &mut events, 0, stream);
        events
    }

    /// Puts the stable particles from place `first` of each event on, and says how many they are.
    fn place(
        &self,
        flying: Vec<FourMomentum>,
        events: &mut DecayEvents,
        first: usize,
        stream: &mut Stream,
    ) -> usize {
        let Some(decay) = &self.decay else {
            for (event, momentum) in events.momenta.chunks_exact_mut(events.n_daughters).zip(flying) {
                event[first] = momentum;
            }
            return 1;
        };
        let mut place = first;
        for (daughter, momenta) in decay.daughters.iter().zip(decay.momenta(&flying, stream)) {
            place += daughter.place(momenta, events, place, stream);
        }
        place - first
    }
}

impl Decay {
    /// The momenta of each daughter in all events.
    fn momenta(&self, flying: &[FourMomentum], stream: &mut Stream) -> Vec<Vec<FourMomentum>> {
        let mass = self.phase_space.mass();
        let n_daughters = self.daughters.len();
        let mut momenta = vec![Vec::with_capacity(flying.len()); n_daughters];
        if let &[first, second] = self.phase_space.daughters() {
            // The largest product of momenta of two particles is the only one.
            let q = self.phase_space.max_weight();
            for parent in flying {
                let pair = decay(parent, mass, q, [first, second], direction(stream));
                momenta[0].push(pair[0]);
                momenta[1].push(pair[1]);
            }
            return momenta;
        }
        let at_rest = self.phase_space.unweighted(flying.len(), stream);
        for (parent, event) in flying.iter().zip(at_rest.momenta()) {
            for (momenta, daughter) in momenta.iter_mut().zip(event) {
                momenta.push(daughter.boosted_by(parent.e, parent.momentum(), mass));
            }
        }
        momenta
    }
}

#[cfg(test)]
mod tests {
    use hepsys_core::Seed;
    use proptest::prelude::*;

    use super::*;
    use crate::mass;

    /// B0 → K*(→ K π) X(→ π π π), with a stable kaon in the middle.
    fn chain() -> Particle {
        let of = |mass| Particle::new(mass).unwrap();
        let kstar = of(mass::K_STAR).decaying_to([of(mass::K_PLUS), of(mass::PI_PLUS)]).unwrap();
        let three = of(1.3).decaying_to(vec![of(mass::PI_PLUS); 3]).unwrap();
        of(mass::B_ZERO).decaying_to([kstar, of(0.5), three]).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(50))]
        #[test]
        fn every_step_keeps_energy_and_momentum(pt in 0.1..30.0_f64, eta in -4.0..4.0_f64, n in 1..50_usize, seed in 0..1000_u64) {
            let chain = chain();
            let parent = FourMomentum::from_pt_eta_phi_mass(pt, eta, 0.5, mass::B_ZERO);
            let events = chain.decay_all(&vec![parent; n], &mut Seed::new(seed).stream());
            prop_assert_eq!(events.n_events(), n);
            for event in events.momenta() {
                let tolerance = 1e-12 * parent.e * parent.e;
                let sum: FourMomentum = event.iter().copied().sum();
                prop_assert!((sum - parent).e.abs().max((sum - parent).p()) < tolerance);
                for (found, m) in event.iter().zip(chain.final_masses()) {
                    prop_assert!((found.mass_squared() - m * m).abs() < tolerance);
                }
                let system = |range: std::ops::Range<usize>| event[range].iter().copied().sum::<FourMomentum>();
                prop_assert!((system(0..2).mass_squared() - mass::K_STAR.powi(2)).abs() < tolerance);
                prop_assert!((system(3..6).mass_squared() - 1.3_f64.powi(2)).abs() < tolerance);
            }
        }
    }

    #[test]
    fn a_stable_particle_is_its_own_end() {
        let muon = Particle::new(mass::MUON).unwrap();
        let momentum = FourMomentum::of_mass(mass::MUON, 1.0, 2.0, 3.0);
        assert_eq!(muon.decay(&momentum, &mut Seed::new(1).stream()), [momentum]);
        assert_eq!(muon.final_masses(), [mass::MUON]);
    }

    #[test]
    fn decays_prefer_no_direction() {
        let pair = vec![Particle::new(0.1).unwrap(); 2];
        let chain = Particle::new(1.0).unwrap().decaying_to(pair).unwrap();
        let n = 20_000;
        let events = chain.decay_all(&vec![FourMomentum::at_rest(1.0); n], &mut Seed::new(2).stream());
        let mean = |f: fn(&FourMomentum) -> f64| {
            events.momenta().map(|event| f(&event[0]) / event[0].p()).sum::<f64>() / n as f64
        };
        for component in [|k: &FourMomentum| k.px, |k: &FourMomentum| k.py, |k: &FourMomentum| k.pz] {
            // A component of a uniform direction has the variance 1/3.
            assert!(mean(component).abs() < 4.0 * (1.0 / 3.0 / n as f64).sqrt());
        }
    }

    #[test]
    fn a_decay_below_its_threshold_is_refused() {
        let kaon = Particle::new(mass::K_PLUS).unwrap();
        let error = Particle::new(0.9).unwrap().decaying_to([kaon.clone(), kaon]).unwrap_err();
        assert!(matches!(error, SimError::BelowThreshold { parent: 0.9, .. }));
    }
}
