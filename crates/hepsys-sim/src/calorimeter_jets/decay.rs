use hepsys_core::{Feature, Sample, Stream};
use rand::RngExt;
use serde::{Deserialize, Serialize};

use super::checks::Checks;
use super::{JetEvents, Jets};
use crate::SimError;

/// What a long-lived particle decays into, and how often.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecayMode {
    /// Its name, such as `bb`.
    pub name: String,
    /// How often, relative to the other modes.
    pub fraction: f64,
}

/// The decay of a long-lived particle, which no detector sees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decay {
    /// γ of the particle.
    pub gamma: f32,
    /// The distance of the decay to the beam line in mm, $L_{xy}$.
    pub r: f32,
    /// The place of the decay along the beam in mm.
    pub z: f32,
    /// Whether it is in a disc of the calorimeter rather than in a cylinder.
    pub is_in_endcap: bool,
    /// What it decays into, a place in [`CalorimeterJets::decay_modes`](super::CalorimeterJets::decay_modes). It decides nothing
    /// else.
    pub mode: usize,
}

impl Decay {
    /// How far the particle came towards the layers of the calorimeter, in mm: $L_{xy}$ in the cylinders, $|L_z|$ in the discs.
    #[must_use]
    pub fn length(&self) -> f32 {
        if self.is_in_endcap { self.z.abs() } else { self.r }
    }
}

/// The features of each of an event's two long-lived particles in [`JetEvents::decays`].
pub const DECAY_FEATURES: [&str; 6] = ["pt", "abs_eta", "gamma", "length", "is_in_endcap", "decay_mode"];

/// Their units.
pub const DECAY_UNITS: [&str; 6] = ["GeV", "1", "1", "mm", "1", "1"];

/// What stands before their names.
pub const DECAY_PREFIXES: [&str; 2] = ["llp_1", "llp_2"];

impl Jets {
    /// The decays that made the jets; none for a jet that no long-lived particle made.
    ///
    /// Modes have random numbers of their own, so that another list of them changes nothing else.
    ///
    /// ```
    /// use hepsys_core::Seed;
    /// use hepsys_sim::calorimeter_jets::{CalorimeterJets, Process, Source};
    ///
    /// let generator = CalorimeterJets::params().check()?;
    /// let jets = generator.jets(Source::simulated(Process::Signal), 100, Seed::new(1))?;
    /// let decay = jets.truth()[0].expect("jets of signal are decays");
    /// assert!(decay.gamma > 1.0 && decay.length() >= 1450.0);
    /// assert!(["bb", "cc", "tautau"].contains(&generator.decay_modes()[decay.mode].name.as_str()));
    /// # Ok::<(), hepsys_sim::SimError>(())
    /// ```
    #[must_use]
    pub fn truth(&self) -> &[Option<Decay>] {
        &self.decays
    }

    /// Gives the jet at this place one of the modes; the stream moves on by one number whatever made the jet.
    pub(super) fn choose_mode(&mut self, jet: usize, modes: &[DecayMode], stream: &mut Stream) {
        let mut left = stream.random::<f64>() * modes.iter().map(|mode| mode.fraction).sum::<f64>();
        let is_it = |mode: &DecayMode| {
            left -= mode.fraction;
            left < 0.0
        };
        // Rounding may leave the last one a little short.
        let last = modes.iter().rposition(|mode| mode.fraction > 0.0).unwrap_or(0);
        let mode = modes.iter().position(is_it).unwrap_or(last);
        if let Some(decay) = &mut self.decays[jet] {
            decay.mode = mode;
        }
    }
}

impl JetEvents {
    /// The two decays of each event of signal, that of the harder jet first: [`DECAY_FEATURES`] of either, called `llp_1_pt` to
    /// `llp_2_decay_mode`.
    ///
    /// Momentum and pseudorapidity are those of the jet, and modes are places in
    /// [`CalorimeterJets::decay_modes`](super::CalorimeterJets::decay_modes).
    ///
    /// # Shapes
    ///
    /// `[n_events, 12]`
    ///
    /// # Errors
    ///
    /// [`SimError::BadParameter`] for an event with more or fewer than two decays.
    pub fn decays(&self) -> Result<Sample, SimError> {
        let mut columns = vec![Vec::with_capacity(self.n_events()); 2 * DECAY_FEATURES.len()];
        for event in 0..self.n_events() {
            let jets = self.jets_of(event);
            let found =
                jets.filter_map(|jet| self.jets().truth()[jet].map(|decay| (self.jets().get(jet), decay)));
            let values: Vec<f64> = found
                .flat_map(|(jet, decay)| {
                    let is_in_endcap = f32::from(u8::from(decay.is_in_endcap));
                    let numbers = [jet.pt, jet.eta.abs(), decay.gamma, decay.length(), is_in_endcap];
                    numbers.map(f64::from).into_iter().chain([decay.mode as f64])
                })
                .collect();
            let n_decays = values.len() / DECAY_FEATURES.len();
            let name = format!("the number of decays of event {event}");
            crate::numbers::check(&name, "two", n_decays as f64, n_decays == 2)?;
            columns.iter_mut().zip(values).for_each(|(column, value)| column.push(value));
        }
        let features = DECAY_PREFIXES.iter().flat_map(|prefix| {
            DECAY_FEATURES
                .iter()
                .zip(DECAY_UNITS)
                .map(move |(name, unit)| Feature::new(format!("{prefix}_{name}"), unit))
        });
        Ok(Sample::from_columns(features.zip(columns))?)
    }
}

/// Those of a light scalar that couples as the Higgs boson does.
pub(super) fn default_modes() -> Vec<DecayMode> {
    let mode = |(name, fraction): (&str, f64)| DecayMode { name: name.to_owned(), fraction };
    [("bb", 85.0), ("cc", 5.0), ("tautau", 8.0)].map(mode).to_vec()
}

pub(super) fn check(modes: &[DecayMode]) -> Result<(), SimError> {
    let of = Checks::of("decay modes");
    let mut names: Vec<&str> = modes.iter().map(|mode| mode.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let n = modes.len();
    of.check("the number of different names", "that of all", names.len() as f64, names.len() == n)?;
    for mode in modes {
        of.not_negative(&format!("the fraction {}", mode.name), mode.fraction)?;
    }
    of.positive("the sum of the fractions", modes.iter().map(|mode| mode.fraction).sum())
}
