use hepsys_core::Sample;

use crate::AdvocateError;

/// The least events of a channel: below, its efficiency is not known to a few per cent, whatever the weights are.
const FEWEST_EVENTS: usize = 100;

/// Simulated and selected events of each channel, all with the same features.
///
/// ```
/// use hepsys_advocate::{Feature, Sample, Simulation};
///
/// let events = |shift: f64| {
///     let x: Vec<f64> = (0..200).map(|i| shift + f64::from(i) / 100.0).collect();
///     Sample::from_columns([(Feature::new("pt", "GeV"), x)])
/// };
/// let simulation = Simulation::new([("B+ -> K+ V", events(0.5)?), ("B+ -> K+ J/psi", events(0.0)?)])?;
/// assert_eq!(simulation.of("B+ -> K+ V")?.n_events(), 200);
/// # Ok::<(), hepsys_advocate::AdvocateError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Simulation {
    channels: Vec<(String, Sample)>,
}

impl Simulation {
    /// The events of each channel.
    ///
    /// # Errors
    ///
    /// [`AdvocateError::BadChannel`] for a channel that is there twice, has fewer than a hundred events, a negative weight, or
    /// other features than the first.
    pub fn new<N: Into<String>>(
        channels: impl IntoIterator<Item = (N, Sample)>,
    ) -> Result<Self, AdvocateError> {
        let mut simulation = Self { channels: Vec::new() };
        for (name, sample) in channels {
            let name = name.into();
            simulation
                .check(&name, &sample)
                .map_err(|reason| AdvocateError::BadChannel { channel: name.clone(), reason })?;
            simulation.channels.push((name, sample));
        }
        Ok(simulation)
    }

    /// The events of one channel.
    ///
    /// # Errors
    ///
    /// [`AdvocateError::NoChannel`] if there are none.
    pub fn of(&self, channel: &str) -> Result<&Sample, AdvocateError> {
        let found = self.channels.iter().find(|(name, _)| name == channel);
        found.map(|(_, sample)| sample).ok_or_else(|| AdvocateError::NoChannel {
            name: channel.to_owned(),
            available: self.names().map(str::to_owned).collect(),
        })
    }

    /// The names of the channels.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.channels.iter().map(|(name, _)| name.as_str())
    }

    fn check(&self, name: &str, sample: &Sample) -> Result<(), String> {
        if self.channels.iter().any(|(other, _)| other == name) {
            return Err("is given twice".to_owned());
        }
        if let Some(event) = sample.weights().iter().position(|weight| weight < 0.0) {
            return Err(format!("has a negative weight, that of event {event}"));
        }
        let n_events = sample.weights().iter().filter(|weight| *weight > 0.0).count();
        if n_events < FEWEST_EVENTS {
            return Err(format!("has {n_events} events with a weight, of at least {FEWEST_EVENTS}"));
        }
        if let Some((first, other)) = self.channels.first()
            && !other.schema().names().eq(sample.schema().names())
        {
            let list = |sample: &Sample| sample.schema().names().collect::<Vec<_>>().join(", ");
            return Err(format!(
                "has the features {}, but that of \"{first}\" {}",
                list(sample),
                list(other)
            ));
        }
        Ok(())
    }
}
