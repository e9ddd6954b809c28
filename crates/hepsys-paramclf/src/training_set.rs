use hepsys_core::{Sample, Weights};

use crate::{ParamclfError, Simulation, TrainedNuisance};

/// Simulated events of both classes at several values of a nuisance parameter, to train on.
///
/// Every class at every value has the same total weight, whatever its cross section: the score of a perfect classifier is then
/// $p_S(x|z)\\,/\\,[p_S(x|z) + p_B(x|z)]$.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingSet {
    pub(crate) nuisance: TrainedNuisance,
    /// All events; weights have a mean of one.
    pub(crate) events: Sample,
    /// 1 for signal, 0 for background.
    pub(crate) targets: Vec<f64>,
    /// z of each event.
    pub(crate) z: Vec<f64>,
    pub(crate) values: Vec<f64>,
}

impl TrainingSet {
    /// The events of a simulation at these values of z.
    ///
    /// # Errors
    ///
    /// [`ParamclfError::BadParameter`] without a value, [`ParamclfError::Empty`] for a sample without events,
    /// [`ParamclfError::Core`] for samples with different features, and the errors of the simulation.
    pub fn new(
        nuisance: &TrainedNuisance,
        simulation: &(impl Simulation + ?Sized),
        values: &[f64],
    ) -> Result<Self, ParamclfError> {
        let mut parts: Vec<(f64, f64, Sample)> = Vec::new();
        for &z in values {
            let simulated = simulation.at(z)?;
            for (target, name, sample) in
                [(0.0, "background", simulated.background), (1.0, "signal", simulated.signal)]
            {
                if sample.n_events() == 0 || sample.weights().total() <= 0.0 {
                    let z = format!("{} = {z}", nuisance.name());
                    return Err(ParamclfError::Empty { sample: name.into(), z });
                }
                parts.push((z, target, sample));
            }
        }
        let n_events: usize = parts.iter().map(|(_, _, sample)| sample.n_events()).sum();
        let each = n_events as f64 / parts.len() as f64;
        let mut weights = Vec::with_capacity(n_events);
        let (mut targets, mut z) = (Vec::with_capacity(n_events), Vec::with_capacity(n_events));
        for (value, target, sample) in &parts {
            weights.extend(sample.weights().scaled_to(each)?.iter());
            targets.resize(weights.len(), *target);
            z.resize(weights.len(), *value);
        }
        let samples: Vec<&Sample> = parts.iter().map(|(_, _, sample)| sample).collect();
        let Some(events) = joined(&samples)? else {
            let name = format!("the values of \"{}\" to train at", nuisance.name());
            return Err(ParamclfError::bad(name, "one or more", "none"));
        };
        let events = events.with_weights(Weights::new(weights)?)?;
        Ok(Self { nuisance: nuisance.clone(), events, targets, z, values: values.to_vec() })
    }

    /// The nuisance parameter.
    #[must_use]
    pub fn nuisance(&self) -> &TrainedNuisance {
        &self.nuisance
    }

    /// How many events there are.
    #[must_use]
    pub fn n_events(&self) -> usize {
        self.targets.len()
    }

    /// The values of z.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// A number that two different sets hardly share: what a training that is resumed has to agree in.
    pub(crate) fn digest(&self) -> u64 {
        let numbers = self.events.columns().flatten().copied();
        let numbers = numbers.chain(self.events.weights().iter()).chain(self.targets.iter().copied());
        let numbers = numbers.chain(self.z.iter().copied()).chain([self.nuisance.nominal(), self.spread()]);
        // FNV-1a on words.
        numbers.fold(0xcbf2_9ce4_8422_2325, |hash, x| (hash ^ x.to_bits()).wrapping_mul(0x0100_0000_01b3))
    }

    /// The largest distance of a value from the nominal one, or one if there is none.
    pub(crate) fn spread(&self) -> f64 {
        let distance = |z: &f64| (z - self.nuisance.nominal()).abs();
        let largest = self.values.iter().map(distance).fold(0.0, f64::max);
        if largest > 0.0 { largest } else { 1.0 }
    }
}

/// All events, one sample after the other; joined in pairs, so that no event is copied more than a few times.
fn joined(samples: &[&Sample]) -> Result<Option<Sample>, ParamclfError> {
    Ok(match samples {
        [] => None,
        [one] => Some((*one).clone()),
        many => {
            let (left, right) = many.split_at(many.len() / 2);
            match (joined(left)?, joined(right)?) {
                (Some(left), Some(right)) => Some(left.concat(&right)?),
                (one, other) => one.or(other),
            }
        }
    })
}
