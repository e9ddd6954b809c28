use hepsys_core::{Sample, Weights};

use crate::AdversarialError;

/// Whether a sample was simulated or measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// Simulation, which may be wrong.
    Simulation,
    /// Data, such as beam-induced background from a trigger of its own.
    Data,
}

/// One class of a [`TrainingSet`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Class {
    /// Its name.
    pub name: String,
    /// Its events.
    pub sample: Sample,
    /// Where they come from.
    pub source: Source,
}

/// Events of each class that a classifier tells apart; the first class is the signal.
///
/// Each class counts the same in training, whatever its number of events: weights are scaled to one total.
///
/// ```
/// use hepsys_adversarial::{Feature, Sample, TrainingSet};
/// let sample = |x: f64| Sample::from_columns([(Feature::new("x", "1"), vec![x, x + 1.0])]);
/// let training = TrainingSet::new()
///     .simulated("signal", sample(1.0)?)
///     .simulated("multijet", sample(-1.0)?)
///     .measured("beam-induced", sample(0.0)?)
///     .check()?;
/// assert_eq!(training.names(), ["signal", "multijet", "beam-induced"]);
/// # Ok::<(), hepsys_adversarial::AdversarialError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct TrainingSet {
    classes: Vec<Class>,
}

impl TrainingSet {
    /// No class yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One class more, from simulation.
    #[must_use]
    pub fn simulated(self, name: impl Into<String>, sample: Sample) -> Self {
        self.and(name, sample, Source::Simulation)
    }

    /// One class more, from data.
    #[must_use]
    pub fn measured(self, name: impl Into<String>, sample: Sample) -> Self {
        self.and(name, sample, Source::Data)
    }

    fn and(mut self, name: impl Into<String>, sample: Sample, source: Source) -> Self {
        self.classes.push(Class { name: name.into(), sample, source });
        self
    }

    /// The set, if a classifier can learn from it.
    ///
    /// # Errors
    ///
    /// [`AdversarialError::BadParameter`] with fewer than two classes or two of one name, [`AdversarialError::Weightless`] and
    /// [`AdversarialError::NegativeWeight`] with the sample whose weights cannot be trained with.
    pub fn check(self) -> Result<Self, AdversarialError> {
        let n = self.classes.len();
        AdversarialError::check(n >= 2, "the number of classes", "two or more", n as f64)?;
        for (index, class) in self.classes.iter().enumerate() {
            if self.classes[..index].iter().any(|other| other.name == class.name) {
                return Err(AdversarialError::bad("the names of classes", "different", &class.name));
            }
            check_weights(&class.name, class.sample.weights())?;
        }
        Ok(self)
    }

    /// The names of the classes; the first is the signal.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.classes.iter().map(|class| class.name.clone()).collect()
    }

    /// The classes.
    #[must_use]
    pub fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// The same classes with other samples.
    pub(crate) fn map(
        &self,
        sample: impl Fn(&Class) -> Result<Sample, AdversarialError>,
    ) -> Result<Self, AdversarialError> {
        let class = |class: &Class| {
            Ok(Class { name: class.name.clone(), sample: sample(class)?, source: class.source })
        };
        Ok(Self { classes: self.classes.iter().map(class).collect::<Result<_, AdversarialError>>()? })
    }
}

pub(crate) fn check_weights(sample: &str, weights: &Weights) -> Result<(), AdversarialError> {
    if let Some((event, weight)) = weights.iter().enumerate().find(|(_, weight)| *weight < 0.0) {
        return Err(AdversarialError::NegativeWeight { sample: sample.to_owned(), event, weight });
    }
    if weights.total() > 0.0 { Ok(()) } else { Err(AdversarialError::Weightless(sample.to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hepsys_core::Feature;

    fn sample(weights: &[f64]) -> Sample {
        let column = vec![0.0; weights.len()];
        let sample = Sample::from_columns([(Feature::new("x", "1"), column)]).unwrap();
        sample.with_weights(Weights::new(weights.to_vec()).unwrap()).unwrap()
    }

    #[test]
    fn a_set_that_cannot_be_learnt_is_refused() {
        let error = |set: TrainingSet| set.check().unwrap_err().to_string();
        let one = TrainingSet::new().simulated("signal", sample(&[1.0]));
        assert!(error(one.clone()).contains("classes must be two or more"));
        assert!(error(one.clone().simulated("signal", sample(&[1.0]))).contains("signal"));
        assert!(error(one.clone().measured("BIB", sample(&[0.0, 0.0]))).contains("\"BIB\""));
        assert!(error(one.clone().measured("BIB", sample(&[]))).contains("\"BIB\""));
        assert!(error(one.measured("BIB", sample(&[1.0, -2.0]))).contains("event 1"));
    }
}
