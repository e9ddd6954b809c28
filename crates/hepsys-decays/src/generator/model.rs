use std::ops::Range;

use hepsys_core::{Feature, Sample, Schema, Seed, Weights};
use hepsys_nn::flow::{ConditionedColumns, DenseFlow, FlowShape};
use hepsys_nn::{History, Standardizer};
use serde::{Deserialize, Serialize};

use super::mode_sample::with_features;
use crate::DecaysError;

/// How many events pass through the flow at once.
const EVENTS_AT_ONCE: usize = 8192;

/// Whose features a sample has to have, in errors.
pub(super) const WHOSE: &str = "the generator";

/// A trained generator: draws events of any of its modes, and knows their density.
///
/// Serialised with serde it is complete: read back, it gives the same events to the last bit.
/// What does not fit together is refused.
/// It is evaluated on the CPU.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Content", into = "Content")]
pub struct KinematicsGenerator(Content);

/// What a file says, before anybody has looked whether it fits together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Content {
    pub(super) modes: Vec<String>,
    pub(super) features: Vec<Feature>,
    pub(super) standardizer: Standardizer,
    pub(super) shape: FlowShape,
    pub(super) parameters: Vec<f64>,
    pub(super) histories: Vec<History>,
}

impl TryFrom<Content> for KinematicsGenerator {
    type Error = DecaysError;

    fn try_from(content: Content) -> Result<Self, DecaysError> {
        let Content { modes, features, standardizer, shape, parameters, .. } = &content;
        let counts = (shape.n_features(), shape.n_conditions());
        if counts != (features.len(), modes.len()) {
            return Err(DecaysError::bad(
                "the flow of a generator",
                format!("one of {} features and {} modes", features.len(), modes.len()),
                shape,
            ));
        }
        if let Some((_, name)) = modes.iter().enumerate().find(|(index, name)| modes[..*index].contains(name))
        {
            return Err(DecaysError::bad("the modes of a generator", "different from each other", name));
        }
        Schema::new(features.iter().cloned())?;
        if let Some(lost) = features.iter().find(|f| standardizer.shift_and_scale(f.name()).is_none()) {
            return Err(DecaysError::bad("the features of a generator", "scaled", lost.name()));
        }
        if let Some(parameter) = parameters.iter().find(|parameter| !parameter.is_finite()) {
            return Err(DecaysError::bad("the parameters of a generator", "finite", parameter));
        }
        DenseFlow::<f32>::new(shape).networks(parameters)?;
        Ok(Self(content))
    }
}

impl From<KinematicsGenerator> for Content {
    fn from(generator: KinematicsGenerator) -> Self {
        generator.0
    }
}

impl KinematicsGenerator {
    /// The names of the modes.
    #[must_use]
    pub fn modes(&self) -> &[String] {
        &self.0.modes
    }

    /// The features of its events.
    #[must_use]
    pub fn features(&self) -> &[Feature] {
        &self.0.features
    }

    /// The losses of its trainings: the first, and those of each transport after it.
    #[must_use]
    pub fn histories(&self) -> &[History] {
        &self.0.histories
    }

    /// How many parameters its flow has.
    #[must_use]
    pub fn n_parameters(&self) -> usize {
        self.0.parameters.len()
    }

    /// So many events of a mode, each of weight one; the seed decides all of them.
    ///
    /// # Errors
    ///
    /// [`DecaysError::UnknownMode`], and [`DecaysError::Core`] should an event not be finite.
    pub fn sample(&self, mode: &str, n_events: usize, seed: Seed) -> Result<Sample, DecaysError> {
        let mode = index_of(self.modes(), mode)?;
        let schema = Schema::new(self.features().iter().cloned())?;
        let flow = DenseFlow::<f32>::new(&self.0.shape);
        let mut columns: Vec<Vec<f64>> = vec![Vec::with_capacity(n_events); schema.n_features()];
        for (block, events) in blocks(n_events).enumerate() {
            let n = events.len();
            let drawn = flow.sample(&self.0.parameters, &self.conditions(mode, n), n, seed.index(block))?;
            for ((column, values), feature) in columns.iter_mut().zip(drawn).zip(self.features()) {
                let (shift, scale) = self.scaling(feature);
                column.extend(values.into_iter().map(|value| shift + scale * value));
            }
        }
        Ok(Sample::new(schema, columns, Weights::unit(n_events))?)
    }

    /// $\ln p(x \mid \text{mode})$ of each event, in the units of its features; weights do not matter.
    ///
    /// # Errors
    ///
    /// [`DecaysError::UnknownMode`], and [`DecaysError::BadMode`] for a sample of other features.
    pub fn log_density(&self, sample: &Sample, mode: &str) -> Result<Vec<f64>, DecaysError> {
        let index = index_of(self.modes(), mode)?;
        let scaled = self.0.standardizer.apply(&with_features(mode, sample, self.features(), WHOSE)?)?;
        let volume: f64 = self.features().iter().map(|feature| self.scaling(feature).1.ln()).sum();
        let flow = DenseFlow::<f32>::new(&self.0.shape);
        let mut densities = Vec::with_capacity(scaled.n_events());
        for block in blocks(scaled.n_events()) {
            let conditions = self.conditions(index, block.len());
            let events = ConditionedColumns::new(&scaled.take(&block.collect::<Vec<_>>())?, conditions)?;
            let found = flow.log_density(&self.0.parameters, &events)?;
            densities.extend(found.into_iter().map(|density| density - volume));
        }
        Ok(densities)
    }

    pub(super) fn content(&self) -> &Content {
        &self.0
    }

    /// The conditions of so many events of a mode.
    fn conditions(&self, mode: usize, n_events: usize) -> Vec<Vec<f64>> {
        (0..self.modes().len()).map(|index| vec![f64::from(u8::from(index == mode)); n_events]).collect()
    }

    fn scaling(&self, feature: &Feature) -> (f64, f64) {
        self.0
            .standardizer
            .shift_and_scale(feature.name())
            .expect("the features of a checked generator are scaled")
    }
}

/// The events in blocks.
fn blocks(n_events: usize) -> impl Iterator<Item = Range<usize>> {
    (0..n_events).step_by(EVENTS_AT_ONCE).map(move |begin| begin..n_events.min(begin + EVENTS_AT_ONCE))
}

/// The place of a mode.
pub(super) fn index_of(modes: &[String], mode: &str) -> Result<usize, DecaysError> {
    let found = modes.iter().position(|known| known == mode);
    found.ok_or_else(|| DecaysError::UnknownMode { mode: mode.to_owned(), available: modes.to_vec() })
}
