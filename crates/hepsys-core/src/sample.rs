use std::sync::Arc;

use crate::{CoreError, Feature, Region, Schema, Weights};

/// Events: one column of finite values for each feature of the schema, and a weight for each event.
///
/// # Shapes
///
/// `[n_events, n_features]`, stored by column.
/// Columns are shared: cloning a sample and choosing some of its columns copies no event.
///
/// ```
/// use hepsys_core::{Feature, Sample};
///
/// let muons = Sample::from_columns([
///     (Feature::new("pt", "GeV"), vec![45.0, 27.5, 31.0]),
///     (Feature::new("eta", "1"), vec![0.3, -2.1, 1.4]),
/// ])?;
/// assert_eq!(muons.n_events(), 3);
/// assert_eq!(muons.column("eta")?, [0.3, -2.1, 1.4]);
/// # Ok::<(), hepsys_core::CoreError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    schema: Schema,
    columns: Vec<Arc<[f64]>>,
    weights: Weights,
}

impl Sample {
    /// The sample with these columns, in the order of the schema, and these weights.
    ///
    /// # Errors
    ///
    /// [`CoreError::LengthMismatch`] if the columns, or the weights, disagree about the number of events,
    /// [`CoreError::NotFinite`] with the column and event of a value that is NaN or infinite.
    pub fn new(
        schema: Schema,
        columns: impl IntoIterator<Item = impl Into<Arc<[f64]>>>,
        weights: Weights,
    ) -> Result<Self, CoreError> {
        let columns: Vec<Arc<[f64]>> = columns.into_iter().map(Into::into).collect();
        if columns.len() != schema.n_features() {
            return Err(CoreError::Conversion(format!(
                "the schema has {} features, but there are {} columns",
                schema.n_features(),
                columns.len()
            )));
        }
        for (name, column) in schema.names().zip(&columns) {
            check_column(name, column, weights.len())?;
        }
        Ok(Self { schema, columns, weights })
    }

    /// The sample with these features and columns, every event counting once.
    ///
    /// # Errors
    ///
    /// As [`Sample::new`], and [`CoreError::DuplicateFeature`].
    pub fn from_columns(
        columns: impl IntoIterator<Item = (Feature, impl Into<Arc<[f64]>>)>,
    ) -> Result<Self, CoreError> {
        let (features, columns): (Vec<_>, Vec<Arc<[f64]>>) =
            columns.into_iter().map(|(f, c)| (f, c.into())).unzip();
        let n_events = columns.first().map_or(0, |c| c.len());
        Self::new(Schema::new(features)?, columns, Weights::unit(n_events))
    }

    /// The same events with other weights.
    ///
    /// # Errors
    ///
    /// [`CoreError::LengthMismatch`] unless there is one for each event.
    pub fn with_weights(mut self, weights: Weights) -> Result<Self, CoreError> {
        if weights.len() != self.n_events() {
            return Err(CoreError::LengthMismatch {
                what: "the list of weights".into(),
                expected: self.n_events(),
                found: weights.len(),
            });
        }
        self.weights = weights;
        Ok(self)
    }

    /// The same events, weighted so that they stand for `total` expected events.
    ///
    /// # Errors
    ///
    /// [`CoreError::NonPositiveTotal`] if the weights sum to zero or less.
    pub fn scaled_to(mut self, total: f64) -> Result<Self, CoreError> {
        self.weights = self.weights.scaled_to(total)?;
        Ok(self)
    }

    /// The features.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// The weights.
    #[must_use]
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// How many events there are.
    #[must_use]
    pub fn n_events(&self) -> usize {
        self.weights.len()
    }

    /// How many features there are.
    #[must_use]
    pub fn n_features(&self) -> usize {
        self.schema.n_features()
    }

    /// The values of one feature.
    ///
    /// # Errors
    ///
    /// [`CoreError::UnknownFeature`] if there is none of this name.
    pub fn column(&self, name: &str) -> Result<&[f64], CoreError> {
        Ok(&self.columns[self.schema.index_of(name)?])
    }

    /// The columns in the order of the schema.
    pub fn columns(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        self.columns.iter().map(|c| &**c)
    }

    /// The sample with these features only, in this order.
    ///
    /// # Errors
    ///
    /// [`CoreError::UnknownFeature`] or [`CoreError::DuplicateFeature`].
    pub fn select_features<S: AsRef<str>>(&self, names: &[S]) -> Result<Self, CoreError> {
        let indices =
            names.iter().map(|n| self.schema.index_of(n.as_ref())).collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            schema: Schema::new(indices.iter().map(|&i| self.schema.features()[i].clone()))?,
            columns: indices.iter().map(|&i| Arc::clone(&self.columns[i])).collect(),
            weights: self.weights.clone(),
        })
    }

    /// The sample with one more feature, or with new values for one that it has.
    ///
    /// # Errors
    ///
    /// As [`Sample::new`].
    pub fn with_column(mut self, feature: Feature, values: impl Into<Arc<[f64]>>) -> Result<Self, CoreError> {
        let values = values.into();
        check_column(feature.name(), &values, self.n_events())?;
        match self.schema.index_of(feature.name()) {
            Ok(i) => {
                let mut features = self.schema.features().to_vec();
                features[i] = feature;
                self.schema = Schema::new(features)?;
                self.columns[i] = values;
            }
            Err(_) => {
                self.schema = Schema::new(self.schema.features().iter().cloned().chain([feature]))?;
                self.columns.push(values);
            }
        }
        Ok(self)
    }

    /// The events at `indices`, in that order; an event may be asked for more than once.
    ///
    /// # Errors
    ///
    /// [`CoreError::NoSuchEvent`] for an index beyond the end.
    pub fn take(&self, indices: &[usize]) -> Result<Self, CoreError> {
        let n_events = self.n_events();
        if let Some(&index) = indices.iter().find(|&&i| i >= n_events) {
            return Err(CoreError::NoSuchEvent { index, n_events });
        }
        Ok(Self {
            schema: self.schema.clone(),
            columns: self.columns.iter().map(|c| indices.iter().map(|&i| c[i]).collect()).collect(),
            weights: self.weights.take(indices),
        })
    }

    /// The events inside a region.
    ///
    /// # Errors
    ///
    /// [`CoreError::UnknownFeature`] if the region cuts on a feature that the sample lacks.
    pub fn select(&self, region: &Region) -> Result<Self, CoreError> {
        self.take(&region.indices(self)?)
    }

    /// These events, followed by those of `other`.
    ///
    /// # Errors
    ///
    /// [`CoreError::SchemaMismatch`] unless both have the same features in the same order and units.
    pub fn concat(&self, other: &Self) -> Result<Self, CoreError> {
        if self.schema != other.schema {
            return Err(CoreError::SchemaMismatch {
                expected: self.schema.described(),
                found: other.schema.described(),
            });
        }
        Ok(Self {
            schema: self.schema.clone(),
            columns: self
                .columns
                .iter()
                .zip(&other.columns)
                .map(|(a, b)| a.iter().chain(b.iter()).copied().collect())
                .collect(),
            weights: self.weights.concat(&other.weights),
        })
    }
}

fn check_column(name: &str, column: &[f64], n_events: usize) -> Result<(), CoreError> {
    if column.len() != n_events {
        return Err(CoreError::LengthMismatch {
            what: format!("column \"{name}\""),
            expected: n_events,
            found: column.len(),
        });
    }
    match column.iter().position(|v| !v.is_finite()) {
        None => Ok(()),
        Some(event) => {
            Err(CoreError::NotFinite { what: format!("column \"{name}\""), event, value: column[event] })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sample(values: Vec<f64>) -> Sample {
        Sample::from_columns([(Feature::new("x", "1"), values)]).unwrap()
    }

    #[test]
    fn a_column_that_is_not_finite_is_named() {
        let error =
            Sample::from_columns([(Feature::new("pt", "GeV"), vec![1.0, f64::INFINITY])]).unwrap_err();
        assert_eq!(error.to_string(), "column \"pt\" must be finite, but event 1 has inf");
    }

    #[test]
    fn columns_agree_about_the_number_of_events() {
        let columns = [(Feature::new("a", "1"), vec![1.0, 2.0]), (Feature::new("b", "1"), vec![1.0])];
        let error = Sample::from_columns(columns).unwrap_err();
        assert_eq!(error.to_string(), "column \"b\" has 1 events, expected 2");
    }

    #[test]
    fn choosing_columns_shares_them() {
        let both = sample(vec![1.0, 2.0]).with_column(Feature::new("y", "1"), vec![3.0, 4.0]).unwrap();
        let y = both.select_features(&["y"]).unwrap();
        assert!(std::ptr::eq(y.column("y").unwrap(), both.column("y").unwrap()));
    }

    #[test]
    fn samples_of_different_features_do_not_join() {
        let other = Sample::from_columns([(Feature::new("z", "1"), vec![1.0])]).unwrap();
        assert!(matches!(sample(vec![1.0]).concat(&other), Err(CoreError::SchemaMismatch { .. })));
    }

    proptest! {
        #[test]
        fn weight_sum_is_preserved_by_a_partition(values in prop::collection::vec(-5.0..5.0_f64, 0..100)) {
            let n = values.len();
            let sample = sample(values.clone()).with_weights(Weights::new(values).unwrap()).unwrap();
            let (even, odd): (Vec<_>, Vec<_>) = (0..n).partition(|i| i % 2 == 0);
            let parts = sample.take(&even).unwrap().weights().total() + sample.take(&odd).unwrap().weights().total();
            prop_assert!((parts - sample.weights().total()).abs() < 1e-9);
        }

        #[test]
        fn taking_every_event_changes_nothing(values in prop::collection::vec(-5.0..5.0_f64, 0..100)) {
            let sample = sample(values);
            let all: Vec<_> = (0..sample.n_events()).collect();
            prop_assert_eq!(sample.take(&all).unwrap(), sample);
        }
    }
}
