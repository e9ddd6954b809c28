//! Particles that decay into particles that decay.

mod breit_wigner;
mod weighted;

use hepsys_core::Stream;
use rand::RngExt;

use crate::numbers::check;
use crate::phase_space::{decay, direction, largest_weight};
use crate::{DecayEvents, FourMomentum, PhaseSpace, SimError};

/// A particle that is stable or decays, by phase space, into others that may decay in their turn.
///
/// The particles at its end come in the order in which they are written: $K^+$, $\mu$, $\mu$ here.
///
/// A particle with a [width](Self::with_width) is a resonance where it is a daughter and decays: its mass m is another one in each
/// event. The masses of all resonances are drawn from
///
/// $$ \prod_r \frac{1}{(m_r - M_r)^2 + \Gamma_r^2/4} \qquad |m_r - M_r| < 8\,\Gamma_r, \quad \sum m < M $$
///
/// for each decay of mass M: the spectrum of a resonance is its Breit–Wigner, cut where it cannot be, whatever two-body decay it comes
/// from, and no momentum multiplies it. A decay into three or more weights events with the product of its momenta, so that each mass
/// counts with the mean of that product at this mass, and without the volume of phase space.
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
    width: f64,
    decay: Option<Box<Decay>>,
}

#[derive(Debug, Clone, PartialEq)]
struct Decay {
    /// That of the nominal masses; there is none where a resonance has to be lighter than its own.
    phase_space: Option<PhaseSpace>,
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
        Ok(Self { mass, width: 0.0, decay: None })
    }

    /// The same particle with this width Γ in GeV.
    ///
    /// It matters for a daughter that decays; a stable particle keeps its mass, and so does the one that a chain begins with.
    /// Say it before [`decaying_to`](Self::decaying_to) of its parent, which asks what masses it can have.
    ///
    /// # Errors
    ///
    /// [`SimError::BadParameter`] for a width that is negative or not finite.
    pub fn with_width(mut self, width: f64) -> Result<Self, SimError> {
        check("a width", "finite and not negative", width, 0.0 <= width && width.is_finite())?;
        self.width = width;
        Ok(self)
    }

    /// The same particle, decaying to these; an earlier decay is forgotten.
    ///
    /// # Errors
    ///
    /// [`SimError::BadParameter`] for fewer than two daughters;
    /// [`SimError::BelowThreshold`] unless the particle can be heavier than the lightest daughters together.
    pub fn decaying_to(mut self, daughters: impl IntoIterator<Item = Self>) -> Result<Self, SimError> {
        let daughters: Vec<Self> = daughters.into_iter().collect();
        let masses: Vec<f64> = daughters.iter().map(|daughter| daughter.mass).collect();
        let lightest: Vec<f64> = daughters.iter().map(|daughter| daughter.masses()[0]).collect();
        PhaseSpace::new(self.mass + breit_wigner::REACH * self.width, &lightest)?;
        let phase_space = PhaseSpace::new(self.mass, &masses).ok();
        self.decay = Some(Box::new(Decay { phase_space, daughters }));
        Ok(self)
    }

    /// Its mass in GeV; that of the peak for a resonance.
    #[must_use]
    pub fn mass(&self) -> f64 {
        self.mass
    }

    /// Its width in GeV.
    #[must_use]
    pub fn width(&self) -> f64 {
        self.width
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

    /// The decays of many such particles; each counts once, or not at all if a resonance at the beginning of the chain is too light to decay.
    ///
    /// Much faster for daughters of three or more than one decay after the other.
    /// Of `momenta` the three components count; the energies are those of this particle's mass.
    /// In a chain with resonances, events of [`decay_weighted`](Self::decay_weighted) are kept with the probability of their weight
    /// over a bound: where most weight is far from it, as in decays to many particles, weighted events are much cheaper.
    #[must_use]
    pub fn decay_all(&self, momenta: &[FourMomentum], stream: &mut Stream) -> DecayEvents {
        if self.has_resonances() {
            return self.decay_by_rejection(momenta, stream);
        }
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

    /// Whether a mass below this one differs from event to event.
    fn has_resonances(&self) -> bool {
        self.daughters().iter().any(|daughter| daughter.is_resonance() || daughter.has_resonances())
            || self.decay.as_ref().is_some_and(|decay| decay.phase_space.is_none())
    }

    fn decay_by_rejection(&self, momenta: &[FourMomentum], stream: &mut Stream) -> DecayEvents {
        let bound = self.weight_bound();
        let n_daughters = self.final_masses().len();
        let mut events = DecayEvents {
            n_daughters,
            momenta: vec![FourMomentum::default(); n_daughters * momenta.len()],
            weights: vec![1.0; momenta.len()],
        };
        // With the mass of its peak, a resonance at the beginning may be too light for anything.
        let lightest: f64 = self.daughters().iter().map(|daughter| daughter.masses()[0]).sum();
        if self.mass <= lightest {
            events.weights.fill(0.0);
            return events;
        }
        let mut open: Vec<usize> = (0..momenta.len()).collect();
        while !open.is_empty() {
            let flying: Vec<_> = open.iter().map(|&i| momenta[i]).collect();
            let tried = self.decay_weighted(&flying, stream);
            let mut kept = tried.weights.iter().map(|weight| stream.random::<f64>() * bound < *weight);
            let mut tries = tried.momenta();
            open.retain(|&i| {
                let event = tries.next().unwrap_or_default();
                let is_kept = kept.next().unwrap_or_default();
                if is_kept {
                    events.momenta[i * n_daughters..][..n_daughters].copy_from_slice(event);
                }
                !is_kept
            });
        }
        events
    }

    /// A number that no weight of [`decay_weighted`](Self::decay_weighted) exceeds.
    fn weight_bound(&self) -> f64 {
        let daughters = self.daughters();
        let lightest: Vec<f64> = daughters.iter().map(|daughter| daughter.masses()[0]).collect();
        let heaviest = if self.is_resonance() { self.masses()[1] } else { self.mass };
        // A momentum falls with the masses of the daughters and grows with that of the parent, and so does the largest product.
        let own = if daughters.len() > 2 { largest_weight(heaviest, &lightest) } else { 1.0 };
        own * daughters.iter().map(Self::weight_bound).product::<f64>()
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
        let n_daughters = self.daughters.len();
        let mut momenta = vec![Vec::with_capacity(flying.len()); n_daughters];
        let Some(phase_space) = &self.phase_space else { return momenta };
        let mass = phase_space.mass();
        if let &[first, second] = phase_space.daughters() {
            // The largest product of momenta of two particles is the only one.
            let q = phase_space.max_weight();
            for parent in flying {
                let pair = decay(parent, mass, q, [first, second], direction(stream));
                momenta[0].push(pair[0]);
                momenta[1].push(pair[1]);
            }
            return momenta;
        }
        let at_rest = phase_space.unweighted(flying.len(), stream);
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
