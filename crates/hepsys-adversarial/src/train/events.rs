use hepsys_core::Sample;
use hepsys_nn::Batch;
use hepsys_nn::sequence::Rows;

use crate::{AdversarialError, Inputs};

/// Events ready for a network: what it sees of them, their classes, and weights of mean one; a batch of the training loop.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Events {
    /// What the network sees.
    pub rows: Rows<f32>,
    /// The class of each event, counted from zero; in a control region 0 for simulation and 1 for data.
    pub classes: Vec<usize>,
    /// The weight of each event.
    pub weights: Vec<f64>,
}

impl Events {
    /// The samples with their names, one for each class; each class has the same total weight.
    ///
    /// # Errors
    ///
    /// As [`Inputs::read`], and [`AdversarialError::BadParameter`] without a sample.
    pub fn of<'s>(
        inputs: &Inputs,
        samples: impl IntoIterator<Item = (&'s str, &'s Sample)>,
    ) -> Result<Self, AdversarialError> {
        let mut events: Option<Self> = None;
        let mut n_classes = 0;
        for (name, sample) in samples {
            let total = sample.weights().total();
            let part = Self {
                rows: inputs.read(sample, name)?,
                classes: vec![n_classes; sample.n_events()],
                weights: sample.weights().iter().map(|w| w / total).collect(),
            };
            n_classes += 1;
            events = Some(match events {
                None => part,
                Some(before) => Self {
                    rows: before.rows.and(&part.rows),
                    classes: [before.classes, part.classes].concat(),
                    weights: [before.weights, part.weights].concat(),
                },
            });
        }
        let mut events =
            events.ok_or_else(|| AdversarialError::bad("the number of samples", "positive", 0))?;
        let scale = events.classes.len() as f64 / n_classes as f64;
        events.weights.iter_mut().for_each(|weight| *weight *= scale);
        Ok(events)
    }

    /// A number that other events hardly share: a training that is resumed has to agree in it.
    pub(crate) fn digest(&self) -> u64 {
        let rows = self.rows.values().iter().map(|x| u64::from(x.to_bits()));
        let classes = self.classes.iter().map(|&class| class as u64);
        let words = rows.chain(classes).chain(self.weights.iter().map(|weight| weight.to_bits()));
        // FNV-1a on words.
        words.fold(0xcbf2_9ce4_8422_2325, |hash, word| (hash ^ word).wrapping_mul(0x0100_0000_01b3))
    }
}

impl Batch for Events {
    fn n_events(&self) -> usize {
        self.classes.len()
    }

    fn take(&self, events: &[usize]) -> Self {
        Self {
            rows: self.rows.take(events),
            classes: events.iter().map(|&event| self.classes[event]).collect(),
            weights: events.iter().map(|&event| self.weights[event]).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hepsys_core::Feature;

    #[test]
    fn other_events_have_another_digest() {
        let events = |masses: [f64; 3]| {
            let sample = Sample::from_columns([(Feature::new("mass", "GeV"), masses.to_vec())]).unwrap();
            let inputs = Inputs::standardized(&sample, &["mass"]).unwrap();
            Events::of(&inputs, [("signal", &sample), ("background", &sample)]).unwrap().digest()
        };
        assert_eq!(events([1.0, 2.0, 4.0]), events([1.0, 2.0, 4.0]));
        assert_ne!(events([1.0, 2.0, 4.0]), events([1.0, 2.0, 5.0]));
        assert_ne!(events([1.0, 2.0, 4.0]), events([2.0, 1.0, 4.0]));
    }
}
