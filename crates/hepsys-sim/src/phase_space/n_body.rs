use std::f64::consts::PI;

use hepsys_core::Stream;
use rand::RngExt;

use super::block::{BLOCK, Block, Row, at_rest, store};
use super::largest_weight::largest_weight;
use super::{DecayEvents, check_masses};
use crate::numbers::check;
use crate::{FourMomentum, SimError};

/// N-body phase space of a particle at rest, after Raubold and Lynch.
///
/// The particle decays in steps: the last daughter leaves the system of the others, which decays in its turn.
/// The masses of these systems are drawn uniformly, and each step in any direction; what is missing to
/// phase space is the weight of the event,
///
/// $$ w = \prod_{i=2}^{N} q(M_i; M_{i-1}, m_i) \quad [\mathrm{GeV}^{N-1}] $$
///
/// with the momenta of [`two_body_momentum`](crate::two_body_momentum). Its mean does not depend on the order of the daughters.
///
/// ```
/// use hepsys_core::Seed;
/// use hepsys_sim::{PhaseSpace, mass};
///
/// let decay = PhaseSpace::new(mass::B_PLUS, &[mass::K_PLUS, mass::MUON, mass::MUON])?;
/// let mut stream = Seed::new(1).named("phase space").stream();
/// let events = decay.weighted(100_000, &mut stream);
/// let mean = events.weights().iter().sum::<f64>() / 1e5;
/// assert!((mean - 1.819).abs() < 0.01);
///
/// // Events that count once each.
/// let events = decay.unweighted(1000, &mut stream);
/// let energies: f64 = events.momenta().map(|event| event[0].e + event[1].e + event[2].e).sum();
/// assert!((energies / 1000.0 - mass::B_PLUS).abs() < 1e-9);
/// # Ok::<(), hepsys_sim::SimError>(())
/// ```
///
/// # References
///
/// `james1968`
#[derive(Debug, Clone, PartialEq)]
pub struct PhaseSpace {
    mass: f64,
    daughters: Vec<f64>,
    max_weight: f64,
}

impl PhaseSpace {
    /// The decay of a particle with this mass into daughters of these masses, in GeV.
    ///
    /// # Errors
    ///
    /// [`SimError::BadParameter`] for a mass that is negative or not finite, and for fewer than two daughters;
    /// [`SimError::BelowThreshold`] unless the particle is heavier than all daughters together.
    pub fn new(mass: f64, daughters: &[f64]) -> Result<Self, SimError> {
        let n_daughters = daughters.len();
        check("the number of daughters", "at least two", n_daughters as f64, 2 <= n_daughters)?;
        check_masses(mass, daughters)?;
        let max_weight = largest_weight(mass, daughters);
        // At the threshold every weight is zero.
        if max_weight > 0.0 && max_weight.is_finite() {
            Ok(Self { mass, daughters: daughters.to_vec(), max_weight })
        } else {
            Err(SimError::BelowThreshold { parent: mass, daughters: daughters.to_vec() })
        }
    }

    /// The mass of the particle that decays, in GeV.
    #[must_use]
    pub fn mass(&self) -> f64 {
        self.mass
    }

    /// The masses of the daughters in GeV.
    #[must_use]
    pub fn daughters(&self) -> &[f64] {
        &self.daughters
    }

    /// The largest weight of an event in GeV^(N−1), to rounding; other than the mean, it depends on the order of the daughters.
    #[must_use]
    pub fn max_weight(&self) -> f64 {
        self.max_weight
    }

    /// What the mean weight has to be multiplied with to give the volume of phase space, in GeV^(N−3).
    ///
    /// The volume is
    /// $\int \prod_i \frac{d^3p_i}{2E_i}\,\delta^4(P - \sum_i p_i)
    ///  = \frac{\pi^{N-1}\,2^{N-2}}{M} \frac{(M - \sum m_i)^{N-2}}{(N-2)!} \langle w \rangle$ in GeV^(2N−4).
    #[must_use]
    pub fn volume_per_weight(&self) -> f64 {
        let room = self.mass - self.daughters.iter().sum::<f64>();
        (1..self.daughters.len() - 1).fold(PI / self.mass, |factor, i| factor * 2.0 * PI * room / i as f64)
    }

    /// `n_events` events with their weights.
    #[must_use]
    pub fn weighted(&self, n_events: usize, stream: &mut Stream) -> DecayEvents {
        let n_daughters = self.daughters.len();
        let mut momenta = vec![FourMomentum::default(); n_daughters * n_events];
        let mut weights = vec![0.0; n_events];
        self.generate(&mut momenta, &mut weights, stream);
        DecayEvents { n_daughters, momenta, weights }
    }

    /// Events into memory that is there: no allocation for each event or call but one block.
    ///
    /// `momenta` takes the daughters of the first event, then those of the second and so on.
    ///
    /// # Errors
    ///
    /// [`SimError::BadParameter`] unless `momenta` has room for the daughters of as many events as `weights`.
    pub fn fill(
        &self,
        momenta: &mut [FourMomentum],
        weights: &mut [f64],
        stream: &mut Stream,
    ) -> Result<(), SimError> {
        let n_momenta = self.daughters.len() * weights.len();
        let expected = format!("{n_momenta}, the daughters of {} events", weights.len());
        check("the number of momenta", &expected, momenta.len() as f64, momenta.len() == n_momenta)?;
        self.generate(momenta, weights, stream);
        Ok(())
    }

    /// `n_events` events that count once each: events are kept with the probability of their weight over the largest.
    #[must_use]
    pub fn unweighted(&self, n_events: usize, stream: &mut Stream) -> DecayEvents {
        let n_daughters = self.daughters.len();
        let mut momenta = Vec::with_capacity(n_daughters * n_events);
        let mut tried = vec![FourMomentum::default(); n_daughters * BLOCK];
        let mut weights = [0.0; BLOCK];
        while momenta.len() < n_daughters * n_events {
            self.generate(&mut tried, &mut weights, stream);
            for (event, weight) in tried.chunks_exact(n_daughters).zip(weights) {
                if stream.random::<f64>() * self.max_weight < weight {
                    momenta.extend_from_slice(event);
                }
            }
        }
        momenta.truncate(n_daughters * n_events);
        DecayEvents { n_daughters, momenta, weights: vec![1.0; n_events] }
    }

    fn generate(&self, momenta: &mut [FourMomentum], weights: &mut [f64], stream: &mut Stream) {
        let n_daughters = self.daughters.len();
        let mut block = Block::new(n_daughters);
        let daughters: Vec<Row> = self.daughters.iter().map(|&mass| [mass; BLOCK]).collect();
        let (parent, mass) = (at_rest(self.mass), [self.mass; BLOCK]);
        for (momenta, weights) in momenta.chunks_mut(n_daughters * BLOCK).zip(weights.chunks_mut(BLOCK)) {
            block.draw(weights.len(), n_daughters, stream);
            block.decay(&parent, &mass, &daughters);
            for (place, daughter) in block.momenta().iter().enumerate() {
                store(daughter, momenta, n_daughters, place);
            }
            weights.copy_from_slice(&block.weights()[..weights.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use hepsys_core::Seed;
    use proptest::prelude::*;

    use super::*;

    /// The mean weight and its statistical error.
    fn mean_weight(decay: &PhaseSpace, n_events: usize, seed: u64) -> [f64; 2] {
        let events = decay.weighted(n_events, &mut Seed::new(seed).named("weights").stream());
        let n = n_events as f64;
        let mean = events.weights().iter().sum::<f64>() / n;
        let square = events.weights().iter().map(|w| w * w).sum::<f64>() / n;
        [mean, ((square - mean * mean) / n).sqrt()]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]
        #[test]
        fn energy_momentum_masses_and_the_largest_weight_are_kept(
            masses in prop::collection::vec(0.0..2.0_f64, 2..7), room in 0.1..5.0_f64, seed in 0..1000_u64,
        ) {
            let mass = masses.iter().sum::<f64>() + room;
            let decay = PhaseSpace::new(mass, &masses).unwrap();
            let events = decay.weighted(50, &mut Seed::new(seed).stream());
            for (event, &weight) in events.momenta().zip(events.weights()) {
                prop_assert!(0.0 <= weight && weight <= decay.max_weight());
                let sum: FourMomentum = event.iter().copied().sum();
                prop_assert!((sum.e - mass).abs() < 1e-12 * mass && sum.p() < 1e-12 * mass);
                for (daughter, m) in event.iter().zip(&masses) {
                    prop_assert!((daughter.mass_squared() - m * m).abs() < 1e-11 * mass * mass);
                }
            }
        }

        #[test]
        fn events_do_not_depend_on_how_many_there_are(n in 1..400_usize) {
            let decay = PhaseSpace::new(5.0, &[0.1, 0.2, 0.3, 0.4]).unwrap();
            let [few, many] = [n, 400].map(|n| decay.weighted(n, &mut Seed::new(1).stream()));
            prop_assert_eq!(&few.weights, &many.weights[..n]);
            prop_assert_eq!(&few.momenta, &many.momenta[..4 * n]);
        }
    }

    #[test]
    fn massless_volumes_are_those_of_the_closed_form() {
        // (π/2)^(N−1) M^(2N−4) / ((N−1)! (N−2)!)
        let factorial = |n: usize| (1..=n).map(|i| i as f64).product::<f64>();
        for n in 2..=6 {
            let decay = PhaseSpace::new(3.0, &vec![0.0; n]).unwrap();
            let [mean, error] = mean_weight(&decay, 200_000, 10);
            let expected = (PI / 2.0).powi(n as i32 - 1) * 3.0_f64.powi(2 * n as i32 - 4)
                / (factorial(n - 1) * factorial(n - 2));
            let factor = decay.volume_per_weight();
            assert!((factor * mean - expected).abs() < 4.0 * factor * error + 1e-12, "{n} particles");
        }
    }

    /// The volume of phase space as an integral over the mass of one system after the other.
    fn volume(mass: f64, daughters: &[f64], steps: usize) -> f64 {
        let [others @ .., last] = daughters else { return 0.0 };
        if let [first] = others {
            return PI * super::super::momentum(mass, *first, *last) / mass;
        }
        let low: f64 = others.iter().sum();
        let high = mass - last;
        // m = low + (high − low) sin²(t), for the square roots at both ends.
        let step = PI / 2.0 / steps as f64;
        let terms = (0..steps).map(|i| {
            let (sin, cos) = ((i as f64 + 0.5) * step).sin_cos();
            let m = low + (high - low) * sin * sin;
            let width = (high - low) * 2.0 * sin * cos * step;
            2.0 * m * width * PI * super::super::momentum(mass, m, *last) / mass * volume(m, others, steps)
        });
        terms.sum()
    }

    #[test]
    fn massive_volumes_are_those_of_an_integral() {
        let of_four = [mass::K_PLUS, mass::PI_PLUS, mass::MUON, mass::MUON];
        for (parent, daughters, steps) in [
            (mass::B_PLUS, vec![mass::K_PLUS, mass::MUON, mass::MUON], 2000),
            (mass::B_ZERO, of_four.to_vec(), 400),
            (1.2, of_four.to_vec(), 400),
            (1.0, vec![0.14; 5], 100),
        ] {
            let decay = PhaseSpace::new(parent, &daughters).unwrap();
            let [mean, error] = mean_weight(&decay, 200_000, 11);
            let expected = volume(parent, &daughters, steps) / decay.volume_per_weight();
            assert!(
                (mean - expected).abs() < 4.0 * error,
                "{daughters:?}: {mean} ± {error}, expected {expected}"
            );
        }
    }

    #[test]
    fn the_mean_weight_of_a_rare_decay_is_known_and_does_not_depend_on_the_order() {
        let [k, mu] = [mass::K_PLUS, mass::MUON];
        for daughters in [[k, mu, mu], [mu, k, mu], [mu, mu, k]] {
            let decay = PhaseSpace::new(mass::B_PLUS, &daughters).unwrap();
            let [mean, error] = mean_weight(&decay, 200_000, 12);
            // The integral over the mass of the muons by two million midpoints.
            assert!((mean - 1.818_869).abs() < 4.0 * error, "{mean} ± {error}");
        }
        // The largest weight does: the largest integrand of the same integral.
        let decay = PhaseSpace::new(mass::B_PLUS, &[mu, mu, k]).unwrap();
        assert!((decay.max_weight() - 2.606_216).abs() < 1e-6);
    }

    #[test]
    fn the_dalitz_plot_is_flat() {
        // The density in (m12², m23²) is constant, so that each mass squared has the density of the plot's width.
        let n = 40_000;
        let [m, a, b, c]: [f64; 4] = [mass::B_PLUS, mass::K_PLUS, mass::PI_PLUS, 1.0];
        let decay = PhaseSpace::new(m, &[a, b, c]).unwrap();
        let events = decay.unweighted(n, &mut Seed::new(13).stream());
        for pair in [[0, 1, 2], [1, 2, 0], [0, 2, 1]] {
            let masses = [a, b, c];
            let [i, j, k] = pair;
            let (low, high) = ((masses[i] + masses[j]).powi(2), (m - masses[k]).powi(2));
            let width = |s: f64| {
                let root = s.sqrt();
                4.0 * root
                    * super::super::momentum(root, masses[i], masses[j])
                    * super::super::momentum(m, root, masses[k])
                    * m
                    / s
            };
            let bins = 20;
            let mut counts = vec![0.0; bins];
            for event in events.momenta() {
                let s = (event[i] + event[j]).mass_squared();
                let bin = ((s - low) / (high - low) * bins as f64) as usize;
                counts[bin.min(bins - 1)] += 1.0;
            }
            let steps = 200;
            let at = |step: usize| low + (high - low) * (step as f64 + 0.5) / (bins * steps) as f64;
            let integrals: Vec<f64> =
                (0..bins).map(|bin| (bin * steps..(bin + 1) * steps).map(|s| width(at(s))).sum()).collect();
            let total: f64 = integrals.iter().sum();
            let chi_squared: f64 = counts
                .iter()
                .zip(&integrals)
                .map(|(count, integral)| {
                    let expected = n as f64 * integral / total;
                    (count - expected).powi(2) / expected
                })
                .sum();
            // 43.8 in one of a thousand seeds for 19 degrees of freedom.
            assert!(chi_squared < 43.8, "{pair:?}: {chi_squared}");
        }
    }

    #[test]
    fn unweighted_events_are_the_weighted_ones() {
        let decay = PhaseSpace::new(5.0, &[0.5, 0.1, 0.1, 1.0]).unwrap();
        let n = 40_000;
        let unweighted = decay.unweighted(n, &mut Seed::new(14).stream());
        let weighted = decay.weighted(10 * n, &mut Seed::new(15).stream());
        let energy: f64 = unweighted.momenta().map(|event| event[3].e).sum::<f64>() / n as f64;
        let square: f64 = unweighted.momenta().map(|event| event[3].e.powi(2)).sum::<f64>() / n as f64;
        let total: f64 = weighted.weights().iter().sum();
        let sum: f64 = weighted.momenta().zip(weighted.weights()).map(|(event, w)| w * event[3].e).sum();
        // The error of the weighted mean, with ten times the events, is half of the other's at most.
        let error = 1.2 * ((square - energy * energy) / n as f64).sqrt();
        assert!((energy - sum / total).abs() < 4.0 * error);
    }

    #[test]
    fn decays_that_cannot_be_are_refused() {
        let error = PhaseSpace::new(1.0, &[0.5, 0.3, 0.3]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a particle of mass 1 GeV cannot decay into particles of masses 0.5, 0.3, 0.3 GeV, which are 1.1 GeV"
        );
        assert!(PhaseSpace::new(1.0, &[0.5, 0.25, 0.25]).is_err());
        let error = PhaseSpace::new(1.0, &[0.5]).unwrap_err();
        assert_eq!(error.to_string(), "the number of daughters must be at least two, got 1");
        let decay = PhaseSpace::new(1.0, &[0.0; 3]).unwrap();
        let error = decay.fill(&mut [], &mut [0.0; 2], &mut Seed::new(1).stream()).unwrap_err();
        assert_eq!(error.to_string(), "the number of momenta must be 6, the daughters of 2 events, got 0");
    }

    use crate::mass;
}
