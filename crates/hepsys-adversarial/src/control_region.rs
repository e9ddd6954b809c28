use hepsys_core::Sample;

use crate::AdversarialError;
use crate::training_set::check_weights;

/// A region without signal in which simulation and data should be alike: where a difference between them is learnt, and unlearnt.
///
/// Simulation and data count the same in all that is done with it, whatever their numbers of events.
#[derive(Debug, Clone)]
pub struct ControlRegion {
    name: String,
    simulation: Sample,
    data: Sample,
}

impl ControlRegion {
    /// A region with its simulation and its data.
    ///
    /// # Errors
    ///
    /// [`AdversarialError::Weightless`] and [`AdversarialError::NegativeWeight`] with the sample whose weights cannot be used.
    pub fn new(name: impl Into<String>, simulation: Sample, data: Sample) -> Result<Self, AdversarialError> {
        let name = name.into();
        check_weights(&format!("{name}, simulation"), simulation.weights())?;
        check_weights(&format!("{name}, data"), data.weights())?;
        Ok(Self { name, simulation, data })
    }

    /// The region, if no simulated event has this label in the column `labels`: `class` must not be in a control region.
    ///
    /// ```
    /// use hepsys_adversarial::{ControlRegion, Feature, Sample};
    /// let events = |label: Vec<f64>| Sample::from_columns([(Feature::new("class", "1"), label)]);
    /// let region = ControlRegion::new("di-jet", events(vec![1.0, 0.0, 1.0])?, events(vec![1.0])?)?;
    /// let error = region.without_class("class", 0.0, "signal").unwrap_err();
    /// assert!(error.to_string().contains("holds 1 simulated events labelled signal"));
    /// # Ok::<(), hepsys_adversarial::AdversarialError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`AdversarialError::SignalInControl`] with the first such event.
    pub fn without_class(self, labels: &str, value: f64, class: &str) -> Result<Self, AdversarialError> {
        let column = self.simulation.column(labels)?;
        let found: Vec<usize> = (0..column.len()).filter(|&event| column[event] == value).collect();
        match found.first() {
            None => Ok(self),
            Some(&first) => Err(AdversarialError::SignalInControl {
                region: self.name,
                class: class.to_owned(),
                column: labels.to_owned(),
                value,
                n_events: found.len(),
                first,
            }),
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its simulated events.
    #[must_use]
    pub fn simulation(&self) -> &Sample {
        &self.simulation
    }

    /// Its measured events.
    #[must_use]
    pub fn data(&self) -> &Sample {
        &self.data
    }

    /// The same region with other simulated events, such as corrected ones.
    pub(crate) fn with_simulation(&self, simulation: Sample) -> Self {
        Self { simulation, ..self.clone() }
    }
}
