use hepsys_core::{Feature, Sample, Seed, Stream};

use crate::numbers::check;
use crate::{
    Acceptance, FourMomentum, MomentumResolution, Particle, ProductionSpectrum, SimError, TurnOn, mass,
};

/// Decays of a block, which has its own stream of random numbers.
const BLOCK: usize = 4096;

/// Decays without a single accepted one after which there is no hope.
const HOPELESS: usize = 1 << 20;

/// A channel $B^+ \to K^+ V(\to \mu\mu)$ of a branching-ratio measurement in a forward detector.
///
/// B mesons of a [`ProductionSpectrum`] decay in any direction; all three tracks have to be in the [`Acceptance`],
/// and the muon with the larger transverse momentum fires the trigger with the probability of a [`TurnOn`].
/// Then every track's momentum is measured with a [`MomentumResolution`], the selection having been made on the true one.
/// The muons count as of any charge.
///
/// | feature | is |
/// | --- | --- |
/// | `log_max_pt_mu`, `log_min_pt_mu` | $\ln (p_T / \mathrm{GeV})$ of the muon with the larger, the smaller one |
/// | `log_pt_k` | $\ln (p_T / \mathrm{GeV})$ of the kaon |
/// | `eta_k` | the kaon's pseudorapidity |
/// | `log_opening_angle` | $\ln (\theta + 10^{-4})$ of the angle θ between the muons in radians |
///
/// None of them has a dimension. Together they do not give the mass of V.
///
/// ```
/// use hepsys_core::Seed;
/// use hepsys_sim::{BranchingRatioChannel, mass};
///
/// let control = BranchingRatioChannel::new(mass::J_PSI)?;
/// let events = control.sample(20_000, Seed::new(1).named("J/psi"))?;
/// assert_eq!(events.n_events(), 20_000);
/// let mean = events.column("log_pt_k")?.iter().sum::<f64>() / 2e4;
/// assert!((mean - 0.791).abs() < 0.02);
/// assert_eq!(format!("{:.1}", control.efficiency(100_000, Seed::new(2))?), "0.4");
/// # Ok::<(), hepsys_sim::SimError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct BranchingRatioChannel {
    decay: Particle,
    resonance_mass: f64,
    spectrum: ProductionSpectrum,
    acceptance: Acceptance,
    trigger: TurnOn,
    resolution: MomentumResolution,
}

impl BranchingRatioChannel {
    /// The features of its events, in order.
    pub const FEATURES: [&str; 5] =
        ["log_max_pt_mu", "log_min_pt_mu", "log_pt_k", "eta_k", "log_opening_angle"];

    /// What is added to the opening angle in radians before the logarithm.
    pub const ANGLE_OFFSET: f64 = 1e-4;

    /// The channel with this mass of V in GeV, and the production and detector of the benchmark:
    /// [`ProductionSpectrum::forward_b`], [`Acceptance::FORWARD`], [`TurnOn::DIMUON_TRIGGER`], [`MomentumResolution::TRACKS`].
    ///
    /// # Errors
    ///
    /// [`SimError::BadParameter`] unless the mass is between those of two muons and of $B^+$ less $K^+$.
    pub fn new(resonance_mass: f64) -> Result<Self, SimError> {
        let (least, largest) = (2.0 * mass::MUON, mass::B_PLUS - mass::K_PLUS);
        let expected =
            format!("between {least:.4} and {largest:.4} GeV, those of two muons and of B+ less K+");
        let is_possible = least < resonance_mass && resonance_mass < largest;
        check("the mass of the resonance", &expected, resonance_mass, is_possible)?;
        let muon = Particle::new(mass::MUON)?;
        let resonance = Particle::new(resonance_mass)?.decaying_to([muon.clone(), muon])?;
        Ok(Self {
            decay: Particle::new(mass::B_PLUS)?.decaying_to([Particle::new(mass::K_PLUS)?, resonance])?,
            resonance_mass,
            spectrum: ProductionSpectrum::forward_b(),
            acceptance: Acceptance::FORWARD,
            trigger: TurnOn::DIMUON_TRIGGER,
            resolution: MomentumResolution::TRACKS,
        })
    }

    /// The same channel with another spectrum of B mesons.
    #[must_use]
    pub fn with_spectrum(self, spectrum: ProductionSpectrum) -> Self {
        Self { spectrum, ..self }
    }

    /// The same channel with another acceptance of tracks.
    #[must_use]
    pub fn with_acceptance(self, acceptance: Acceptance) -> Self {
        Self { acceptance, ..self }
    }

    /// The same channel with another trigger, in the larger transverse momentum of the muons in GeV.
    #[must_use]
    pub fn with_trigger(self, trigger: TurnOn) -> Self {
        Self { trigger, ..self }
    }

    /// The same channel with another resolution.
    #[must_use]
    pub fn with_resolution(self, resolution: MomentumResolution) -> Self {
        Self { resolution, ..self }
    }

    /// The mass of V in GeV.
    #[must_use]
    pub fn resonance_mass(&self) -> f64 {
        self.resonance_mass
    }

    /// `n_events` accepted events, each counting once.
    ///
    /// Every block of 4096 decays has its own random numbers, so that more events begin with the fewer ones.
    ///
    /// # Errors
    ///
    /// [`SimError::NothingAccepted`] if none of a million decays passes the selection.
    pub fn sample(&self, n_events: usize, seed: Seed) -> Result<Sample, SimError> {
        let mut columns: [Vec<f64>; 5] = std::array::from_fn(|_| Vec::with_capacity(n_events));
        for block in 0.. {
            if columns[0].len() >= n_events {
                break;
            }
            if columns[0].is_empty() && block * BLOCK >= HOPELESS {
                return Err(SimError::NothingAccepted { n_produced: block * BLOCK });
            }
            self.block(BLOCK, &mut seed.index(block).stream(), |event| {
                for (column, value) in columns.iter_mut().zip(event) {
                    column.push(value);
                }
            });
        }
        let features = Self::FEATURES.into_iter().zip(columns).map(|(name, mut column)| {
            column.truncate(n_events);
            (Feature::new(name, "1"), column)
        });
        Ok(Sample::from_columns(features)?)
    }

    /// The fraction of `n_produced` decays that the selection accepts.
    ///
    /// Its statistical error is that of a binomial fraction, $\sqrt{\epsilon (1 - \epsilon)/n}$.
    /// The decays are those of [`sample`](Self::sample) with the same seed.
    ///
    /// # Errors
    ///
    /// [`SimError::BadParameter`] without decays.
    pub fn efficiency(&self, n_produced: usize, seed: Seed) -> Result<f64, SimError> {
        check("the number of decays", "positive", n_produced as f64, 0 < n_produced)?;
        let mut n_accepted = 0_usize;
        for (block, first) in (0..n_produced).step_by(BLOCK).enumerate() {
            let n_decays = BLOCK.min(n_produced - first);
            self.block(n_decays, &mut seed.index(block).stream(), |_| n_accepted += 1);
        }
        Ok(n_accepted as f64 / n_produced as f64)
    }

    /// Makes `n_decays` decays, and hands over the features of those that are accepted.
    fn block(&self, n_decays: usize, stream: &mut Stream, mut accepted: impl FnMut([f64; 5])) {
        let mothers: Vec<_> = (0..n_decays).map(|_| self.spectrum.sample(mass::B_PLUS, stream)).collect();
        let events = self.decay.decay_all(&mothers, stream);
        for event in events.momenta() {
            if self.acceptance.accepts_all(event)
                && self.trigger.accepts(event[1].pt().max(event[2].pt()), stream)
            {
                accepted(self.features(event, stream));
            }
        }
    }

    fn features(&self, event: &[FourMomentum], stream: &mut Stream) -> [f64; 5] {
        // Directions are measured exactly: a factor on the momentum is one on its transverse part.
        let [kaon, first, second] = std::array::from_fn(|i| event[i].pt() * self.resolution.factor(stream));
        [
            first.max(second).ln(),
            first.min(second).ln(),
            kaon.ln(),
            event[0].eta(),
            (event[1].angle_to(&event[2]) + Self::ANGLE_OFFSET).ln(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn j_psi() -> BranchingRatioChannel {
        BranchingRatioChannel::new(mass::J_PSI).unwrap()
    }

    #[test]
    fn more_events_begin_with_the_fewer_ones() {
        let [few, many] = [100, 5000].map(|n| j_psi().sample(n, Seed::new(1)).unwrap());
        for (few, many) in few.columns().zip(many.columns()) {
            assert_eq!(few, &many[..100]);
        }
        assert_eq!(j_psi().sample(0, Seed::new(1)).unwrap().n_events(), 0);
    }

    #[test]
    fn accepted_events_are_inside_the_acceptance() {
        let perfect = MomentumResolution::new(0.0).unwrap();
        let sample = j_psi().with_resolution(perfect).sample(5000, Seed::new(2)).unwrap();
        let column = |name| sample.column(name).unwrap();
        let least = 0.3_f64.ln();
        assert!(column("log_min_pt_mu").iter().chain(column("log_pt_k")).all(|&x| x > least));
        assert!(column("eta_k").iter().all(|&eta| 2.0 < eta && eta < 5.0));
        let pairs = column("log_max_pt_mu").iter().zip(column("log_min_pt_mu"));
        assert!(pairs.into_iter().all(|(max, min)| max >= min));
    }

    #[test]
    fn a_trigger_that_always_fires_leaves_the_acceptance() {
        let always = TurnOn::new(-100.0, 0.1).unwrap();
        let [with, without] = [j_psi(), j_psi().with_trigger(always)]
            .map(|channel| channel.efficiency(20_000, Seed::new(3)).unwrap());
        assert!(with < without);
    }

    #[test]
    fn a_selection_that_accepts_nothing_is_an_error() {
        let nowhere = Acceptance::new([20.0, 21.0], 0.0, 0.0).unwrap();
        let error = j_psi().with_acceptance(nowhere).sample(1, Seed::new(1)).unwrap_err();
        assert_eq!(error.to_string(), "the selection accepts none of 1048576 decays");
    }

    #[test]
    fn masses_that_cannot_be_reached_are_refused() {
        for mass in [0.2, 4.8, f64::NAN] {
            assert!(BranchingRatioChannel::new(mass).is_err());
        }
        let error = BranchingRatioChannel::new(5.0).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the mass of the resonance must be between 0.2113 and 4.7857 GeV, those of two muons and of B+ less K+, got 5"
        );
    }
}
