use burn::tensor::{Int, Tensor, TensorData};
use hepsys_core::{Sample, Seed};
use rand::seq::SliceRandom;

use crate::{Device, NnError};

/// Events to train on: all of them, or a part.
///
/// Implement it for what a loss needs beyond [`Labelled`]: nuisance parameters, sequences, a second sample.
pub trait Batch: Sized {
    /// How many events there are.
    fn n_events(&self) -> usize;

    /// The events at these positions, in this order; [`rows`] does it for one tensor.
    #[must_use]
    fn take(&self, events: &[usize]) -> Self;
}

/// The rows of a tensor at these positions.
///
/// # Shapes
///
/// `[n_events, ...]` to `[events.len(), ...]`
///
/// # Panics
///
/// If a position is beyond the end.
#[must_use]
pub fn rows<const R: usize>(tensor: &Tensor<R>, events: &[usize]) -> Tensor<R> {
    let positions: Vec<i32> =
        events.iter().map(|&e| i32::try_from(e).expect("fewer than 2^31 events fit a device")).collect();
    let length = positions.len();
    let positions = Tensor::<1, Int>::from_data(TensorData::new(positions, [length]), &tensor.device());
    tensor.clone().select(0, positions)
}

impl<const R: usize> Batch for Tensor<R> {
    fn n_events(&self) -> usize {
        self.dims()[0]
    }

    fn take(&self, events: &[usize]) -> Self {
        rows(self, events)
    }
}

/// Events with what the network should say about them, and their weights.
#[derive(Debug, Clone)]
pub struct Labelled {
    inputs: Tensor<2>,
    targets: Tensor<2>,
    weights: Tensor<2>,
}

impl Labelled {
    /// The features and weights of a sample on a device, with one target for each event.
    ///
    /// # Errors
    ///
    /// [`NnError::LengthMismatch`] unless there are as many targets as events.
    pub fn new(sample: &Sample, targets: &[f64], device: &Device) -> Result<Self, NnError> {
        let n_events = sample.n_events();
        if targets.len() != n_events {
            return Err(NnError::LengthMismatch {
                what: "targets".to_owned(),
                expected: n_events,
                found: targets.len(),
            });
        }
        Ok(Self {
            inputs: sample.to_tensor(device),
            targets: Tensor::from_data(TensorData::new(targets.to_vec(), [n_events, 1]), device),
            weights: sample.weights().to_tensor(device),
        })
    }

    /// Background with target 0, followed by signal with target 1.
    ///
    /// # Errors
    ///
    /// [`NnError::Core`] if the samples have different features.
    pub fn classes(background: &Sample, signal: &Sample, device: &Device) -> Result<Self, NnError> {
        let mut targets = vec![0.0; background.n_events()];
        targets.resize(background.n_events() + signal.n_events(), 1.0);
        Self::new(&background.concat(signal)?, &targets, device)
    }

    /// The features, `[n_events, n_features]`.
    #[must_use]
    pub fn inputs(&self) -> Tensor<2> {
        self.inputs.clone()
    }

    /// The targets, `[n_events, 1]`.
    #[must_use]
    pub fn targets(&self) -> Tensor<2> {
        self.targets.clone()
    }

    /// The weights, `[n_events, 1]`.
    #[must_use]
    pub fn weights(&self) -> Tensor<2> {
        self.weights.clone()
    }
}

impl Batch for Labelled {
    fn n_events(&self) -> usize {
        self.inputs.dims()[0]
    }

    fn take(&self, events: &[usize]) -> Self {
        Self {
            inputs: rows(&self.inputs, events),
            targets: rows(&self.targets, events),
            weights: rows(&self.weights, events),
        }
    }
}

/// All events in an order that depends on the seed and the epoch only, so a resumed training goes on with the same.
pub(crate) fn shuffled(n_events: usize, seed: Seed, epoch: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n_events).collect();
    order.shuffle(&mut seed.named("epoch").index(epoch).stream());
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use hepsys_core::Feature;

    #[test]
    fn a_batch_takes_the_rows_of_all_its_tensors() {
        let device = Device::flex();
        let sample = |values: Vec<f64>| Sample::from_columns([(Feature::new("x", "1"), values)]).unwrap();
        let data = Labelled::classes(&sample(vec![1.0, 2.0]), &sample(vec![3.0]), &device).unwrap();
        let batch = data.take(&[2, 0]);
        assert_eq!(batch.n_events(), 2);
        assert_eq!(crate::mlp::read(batch.inputs()).unwrap(), [3.0, 1.0]);
        assert_eq!(crate::mlp::read(batch.targets()).unwrap(), [1.0, 0.0]);
        assert_eq!(crate::mlp::read(batch.weights()).unwrap(), [1.0, 1.0]);
    }

    #[test]
    fn every_epoch_sees_each_event_once_in_an_order_of_its_own() {
        let seed = Seed::new(1);
        let mut order = shuffled(100, seed, 3);
        assert_eq!(order, shuffled(100, seed, 3));
        assert_ne!(order, shuffled(100, seed, 4));
        order.sort_unstable();
        assert_eq!(order, (0..100).collect::<Vec<_>>());
    }
}
