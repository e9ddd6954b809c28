use burn::tensor::{Device, Tensor, TensorData};

use crate::{CoreError, Sample, Schema, Weights};

/// The only place where the host's `f64` meets a device's float type.
impl Sample {
    /// The values of all features on a device, in the device's float type.
    ///
    /// # Shapes
    ///
    /// `[n_events, n_features]`
    #[must_use]
    pub fn to_tensor(&self, device: &Device) -> Tensor<2> {
        let (n_events, n_features) = (self.n_events(), self.n_features());
        let mut values = vec![0.0_f64; n_events * n_features];
        for (feature, column) in self.columns().enumerate() {
            for (event, value) in column.iter().enumerate() {
                values[event * n_features + feature] = *value;
            }
        }
        Tensor::from_data(TensorData::new(values, [n_events, n_features]), device)
    }

    /// The sample that a tensor of shape `[n_events, n_features]` holds.
    ///
    /// # Errors
    ///
    /// [`CoreError::Conversion`] if the shape does not fit the schema or the tensor cannot be read back,
    /// otherwise as [`Sample::new`].
    pub fn from_tensor(schema: Schema, tensor: Tensor<2>, weights: Weights) -> Result<Self, CoreError> {
        let [n_events, n_features] = tensor.dims();
        if n_features != schema.n_features() {
            return Err(CoreError::Conversion(format!(
                "the schema has {} features, but the tensor has {n_features} columns",
                schema.n_features()
            )));
        }
        let values: Vec<f64> = tensor
            .into_data()
            .convert::<f64>()
            .try_to_vec()
            .map_err(|e| CoreError::Conversion(format!("the tensor cannot be read back: {e:?}")))?;
        let columns: Vec<Vec<f64>> =
            (0..n_features).map(|f| (0..n_events).map(|e| values[e * n_features + f]).collect()).collect();
        Self::new(schema, columns, weights)
    }
}

impl Weights {
    /// The weights on a device, in the device's float type.
    ///
    /// # Shapes
    ///
    /// `[n_events, 1]`
    #[must_use]
    pub fn to_tensor(&self, device: &Device) -> Tensor<2> {
        let weights: Vec<f64> = self.iter().collect();
        let n_events = weights.len();
        Tensor::from_data(TensorData::new(weights, [n_events, 1]), device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Feature;

    #[test]
    fn a_sample_comes_back_from_the_device() {
        let sample = Sample::from_columns([
            (Feature::new("a", "1"), vec![1.0, 2.0, 3.0]),
            (Feature::new("b", "GeV"), vec![0.5, -0.25, 8.0]),
        ])
        .unwrap();
        let tensor = sample.to_tensor(&Device::flex());
        assert_eq!(tensor.dims(), [3, 2]);
        let back = Sample::from_tensor(sample.schema().clone(), tensor, sample.weights().clone()).unwrap();
        // Exact: the values are multiples of powers of two, which f32 holds.
        assert_eq!(back, sample);
    }

    #[test]
    fn an_empty_sample_has_an_empty_tensor() {
        let sample = Sample::from_columns([(Feature::new("a", "1"), vec![])]).unwrap();
        assert_eq!(sample.to_tensor(&Device::flex()).dims(), [0, 1]);
    }
}
