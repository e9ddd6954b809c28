use std::f64::consts::PI;
use std::ops::Range;

use hepsys_core::{Feature, Sample, Seed, Stream};
use rand::RngExt;
use serde::{Deserialize, Serialize};

use super::checks::Checks;
use super::draw::{normal, uniform};
use super::generator::{DECAY_MODES, Maker};
use super::{CalorimeterJets, Jets, Process, Source};
use crate::SimError;

/// Events of a block, which has its own stream of random numbers.
const BLOCK: usize = 256;

/// The fewest jets of an event.
const FEWEST_JETS: usize = 2;

/// The features of an event: the number of jets, $H_T = \sum p_T$ and $|\sum \vec p_T|$ in GeV, and the
/// ratio of the two.
pub const EVENT_FEATURES: [&str; 4] = ["n_jet", "ht", "ht_miss", "ht_miss_over_ht"];

/// How many jets events have, and where they fly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EventModel {
    /// How often there are two, three, four and five jets, relative to each other. Defaults to 0.45, 0.30, 0.17, 0.08.
    pub jet_numbers: [f64; 4],
    /// Standard deviation in radians of the azimuths of jets around an axis, of which they take the two sides in turns.
    /// Jets of the beam's halo have nothing to do with it. Defaults to 0.4.
    pub recoil_width: f64,
}

impl Default for EventModel {
    fn default() -> Self {
        Self { jet_numbers: [0.45, 0.30, 0.17, 0.08], recoil_width: 0.4 }
    }
}

impl EventModel {
    pub(super) fn check(&self) -> Result<(), SimError> {
        let of = Checks::of("events");
        for frequency in self.jet_numbers {
            of.not_negative("the frequency of a number of jets", frequency)?;
        }
        of.positive("the sum of the frequencies of numbers of jets", self.jet_numbers.iter().sum())?;
        of.not_negative("the spread of the azimuths", self.recoil_width)
    }

    fn n_jets(&self, stream: &mut Stream) -> usize {
        let mut left = stream.random::<f64>() * self.jet_numbers.iter().sum::<f64>();
        let is_it = |frequency: &f64| {
            left -= frequency;
            left < 0.0
        };
        // Rounding may leave the last one a little short.
        let last = self.jet_numbers.iter().rposition(|&frequency| frequency > 0.0).unwrap_or(0);
        FEWEST_JETS + self.jet_numbers.iter().position(is_it).unwrap_or(last)
    }
}

/// Events of two to five jets each.
///
/// The jets of all events stand in one piece, those of an event by their transverse momentum, the hardest first:
/// what is computed for each jet belongs to the event whose [range](Self::jets_of) it is in.
///
/// ```
/// use hepsys_core::Seed;
/// use hepsys_sim::calorimeter_jets::{CalorimeterJets, Process, Source};
///
/// let generator = CalorimeterJets::params().check()?;
/// let events = generator.events(Source::simulated(Process::Signal), 100, Seed::new(1))?;
/// let sample = events.to_sample()?;
/// for event in 0..events.n_events() {
///     let jets = events.jets_of(event);
///     assert_eq!(jets.len() as f64, sample.column("n_jet")?[event]);
///     let n_displaced = jets.filter(|&jet| events.jets().get(jet).process == Process::Signal).count();
///     assert_eq!(n_displaced, 2);
/// }
/// # Ok::<(), hepsys_sim::SimError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct JetEvents {
    jets: Jets,
    ends: Vec<usize>,
    processes: Vec<Process>,
}

impl CalorimeterJets {
    /// `n_events` events, each counting once.
    ///
    /// Events of [`Process::Signal`] have two jets of it, those of [`Process::BeamInduced`] one; the other jets are multijet
    /// ones. All jets of an event have the source's origin and selection.
    /// Every block of 256 events has its own random numbers, so that more events begin with the fewer ones.
    ///
    /// # Errors
    ///
    /// [`SimError::NoJetPasses`] if none of a million jets is inside the region.
    pub fn events(&self, source: Source, n_events: usize, seed: Seed) -> Result<JetEvents, SimError> {
        let seed = source.seed(seed.named("events"));
        let mut maker = Maker::new(self, source.origin, source.region);
        let mut events = JetEvents {
            jets: Jets::new(self.most_objects()),
            ends: Vec::with_capacity(n_events),
            processes: vec![source.process; n_events],
        };
        let mut event = Jets::new(self.most_objects());
        for (block, first) in (0..n_events).step_by(BLOCK).enumerate() {
            let mut stream = seed.index(block).stream();
            let mut modes = seed.named(DECAY_MODES).index(block).stream();
            for _ in first..n_events.min(first + BLOCK) {
                event.truncate(0);
                self.event(source.process, &mut maker, &mut event, &mut stream)?;
                (0..event.len()).for_each(|jet| event.choose_mode(jet, self.decay_modes(), &mut modes));
                events.push(&event);
            }
        }
        Ok(events)
    }

    fn event(
        &self,
        process: Process,
        maker: &mut Maker<'_>,
        event: &mut Jets,
        stream: &mut Stream,
    ) -> Result<(), SimError> {
        let model = self.events_model();
        let n_special = match process {
            Process::Signal => 2,
            Process::Multijet => 0,
            Process::BeamInduced => 1,
        };
        let axis = uniform([-PI, PI], stream);
        let mut is_opposite = false;
        for jet in 0..model.n_jets(stream) {
            let made_by = if jet < n_special { process } else { Process::Multijet };
            maker.push(made_by, event, stream)?;
            if made_by != Process::BeamInduced {
                let side = if is_opposite { PI } else { 0.0 };
                event.momenta[jet][2] = wrapped(axis + side + model.recoil_width * normal(stream)) as f32;
                is_opposite = !is_opposite;
            }
        }
        Ok(())
    }
}

impl JetEvents {
    /// How many there are.
    #[must_use]
    pub fn n_events(&self) -> usize {
        self.ends.len()
    }

    /// The jets of all events.
    #[must_use]
    pub fn jets(&self) -> &Jets {
        &self.jets
    }

    /// Which of the jets are those of an event.
    ///
    /// # Panics
    ///
    /// If there is no such event.
    #[must_use]
    pub fn jets_of(&self, event: usize) -> Range<usize> {
        let first = if event == 0 { 0 } else { self.ends[event - 1] };
        first..self.ends[event]
    }

    /// What made each event.
    #[must_use]
    pub fn processes(&self) -> &[Process] {
        &self.processes
    }

    /// The sum of the transverse momenta of an event's jets in GeV, $H_T$.
    ///
    /// # Panics
    ///
    /// If there is no such event.
    #[must_use]
    pub fn ht(&self, event: usize) -> f64 {
        self.jets.momenta[self.jets_of(event)].iter().map(|momentum| f64::from(momentum[0])).sum()
    }

    /// The transverse momentum in GeV that an event's jets lack for a balance.
    ///
    /// # Panics
    ///
    /// If there is no such event.
    #[must_use]
    pub fn missing_ht(&self, event: usize) -> f64 {
        let [mut x, mut y] = [0.0, 0.0];
        for &[pt, _, phi] in &self.jets.momenta[self.jets_of(event)] {
            let (sin, cos) = f64::from(phi).sin_cos();
            x += f64::from(pt) * cos;
            y += f64::from(pt) * sin;
        }
        x.hypot(y)
    }

    /// [`EVENT_FEATURES`] of each event, with the weight one.
    ///
    /// # Errors
    ///
    /// [`CoreError`](hepsys_core::CoreError) if a feature is not finite.
    pub fn to_sample(&self) -> Result<Sample, SimError> {
        let of = |f: &dyn Fn(usize) -> f64| (0..self.n_events()).map(f).collect::<Vec<_>>();
        let columns = [
            of(&|event| self.jets_of(event).len() as f64),
            of(&|event| self.ht(event)),
            of(&|event| self.missing_ht(event)),
            of(&|event| self.missing_ht(event) / self.ht(event)),
        ];
        let features = EVENT_FEATURES.into_iter().zip(["1", "GeV", "GeV", "1"]);
        let columns = features.zip(columns).map(|((name, unit), column)| (Feature::new(name, unit), column));
        Ok(Sample::from_columns(columns)?)
    }

    /// These events, followed by those of `other`.
    #[must_use]
    pub fn concat(mut self, other: &Self) -> Self {
        let n_jets = self.jets.len();
        self.ends.extend(other.ends.iter().map(|end| n_jets + end));
        self.processes.extend_from_slice(&other.processes);
        self.jets = self.jets.concat(&other.jets);
        self
    }

    /// The jets of one more event, in any order.
    fn push(&mut self, event: &Jets) {
        let mut order: Vec<_> = (0..event.len()).collect();
        order.sort_by(|&a, &b| event.momenta[b][0].total_cmp(&event.momenta[a][0]));
        for jet in order {
            self.jets.push(event, jet);
        }
        self.ends.push(self.jets.len());
    }
}

/// An angle in [−π, π].
fn wrapped(angle: f64) -> f64 {
    angle - 2.0 * PI * (angle / (2.0 * PI)).round()
}
