use std::collections::HashMap;

use hepsys_nn::Batch;
use hepsys_nn::burn::tensor::{Tensor, TensorData};
use hepsys_nn::dense::Columns;
use hepsys_nn::{Device, NnError, Seed, rows};
use rand::RngExt;

/// Columns in the precision of the training.
pub(crate) type Columns32 = Columns<f32>;

/// Events to train on, scaled: columns of inputs, and target, weight and z of each.
pub(crate) struct Prepared {
    pub(crate) inputs: Vec<Vec<f64>>,
    pub(crate) targets: Vec<f64>,
    pub(crate) weights: Vec<f64>,
    pub(crate) z: Vec<f64>,
    /// What events at several z have in common if they are one event; their place, if they are not.
    pub(crate) keys: Vec<u64>,
}

/// Events for the dense kernel.
#[derive(Clone)]
pub(super) struct KernelEvents {
    pub(super) inputs: Columns32,
    /// Target and weight.
    pub(super) terms: Columns32,
    /// z and weight: the target of an adversary.
    pub(super) z: Columns32,
}

/// Events on a device: inputs, and target, weight and z.
#[derive(Clone)]
pub(super) struct TensorEvents {
    pub(super) inputs: Tensor<2>,
    pub(super) targets: Tensor<2>,
    pub(super) weights: Tensor<2>,
    pub(super) z: Tensor<2>,
}

impl Prepared {
    /// The events at these positions.
    fn take(&self, events: &[usize]) -> Self {
        let take = |column: &Vec<f64>| events.iter().map(|&event| column[event]).collect::<Vec<f64>>();
        Self {
            inputs: self.inputs.iter().map(take).collect(),
            targets: take(&self.targets),
            weights: take(&self.weights),
            z: take(&self.z),
            keys: events.iter().map(|&event| self.keys[event]).collect(),
        }
    }

    /// Events to train on, and a part of them to watch the training with, if any; chosen by the seed.
    pub(super) fn split(self, fraction: f64, seed: Seed) -> (Self, Option<Self>) {
        if fraction == 0.0 {
            return (self, None);
        }
        let is_aside = |key: u64| seed.index(key as usize).stream().random::<f64>() < fraction;
        let mut known: HashMap<u64, bool> = HashMap::new();
        let (aside, kept): (Vec<usize>, Vec<usize>) = (0..self.keys.len())
            .partition(|&event| *known.entry(self.keys[event]).or_insert_with_key(|key| is_aside(*key)));
        let aside = (!aside.is_empty()).then(|| self.take(&aside));
        (self.take(&kept), aside)
    }

    pub(super) fn for_kernel(&self) -> Result<KernelEvents, NnError> {
        Ok(KernelEvents {
            inputs: Columns::new(self.inputs.iter().map(Vec::as_slice))?,
            terms: Columns::new([self.targets.as_slice(), &self.weights])?,
            z: Columns::new([self.z.as_slice(), &self.weights])?,
        })
    }

    pub(super) fn on_device(&self, device: &Device) -> TensorEvents {
        let (n_events, n_inputs) = (self.targets.len(), self.inputs.len());
        let values: Vec<f64> =
            (0..n_events).flat_map(|event| self.inputs.iter().map(move |column| column[event])).collect();
        let column =
            |values: &[f64]| Tensor::from_data(TensorData::new(values.to_vec(), [n_events, 1]), device);
        TensorEvents {
            inputs: Tensor::from_data(TensorData::new(values, [n_events, n_inputs]), device),
            targets: column(&self.targets),
            weights: column(&self.weights),
            z: column(&self.z),
        }
    }
}

impl Batch for KernelEvents {
    fn n_events(&self) -> usize {
        self.terms.n_events()
    }

    fn take(&self, events: &[usize]) -> Self {
        Self { inputs: self.inputs.take(events), terms: self.terms.take(events), z: self.z.take(events) }
    }
}

impl Batch for TensorEvents {
    fn n_events(&self) -> usize {
        self.targets.dims()[0]
    }

    fn take(&self, events: &[usize]) -> Self {
        Self {
            inputs: rows(&self.inputs, events),
            targets: rows(&self.targets, events),
            weights: rows(&self.weights, events),
            z: rows(&self.z, events),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_event_is_on_one_side_wherever_it_appears() {
        let n = 300;
        let column = |f: fn(usize) -> f64| (0..n).map(f).collect::<Vec<f64>>();
        let events = Prepared {
            inputs: vec![column(|i| i as f64)],
            targets: column(|i| (i % 2) as f64),
            weights: vec![1.0; n],
            z: column(|i| (i / 100) as f64),
            keys: (0..n as u64).map(|i| i % 100).collect(),
        };
        let (kept, aside) = events.split(0.3, Seed::new(1));
        let aside = aside.unwrap();
        assert!(aside.keys.iter().all(|key| !kept.keys.contains(key)));
        assert_eq!(kept.targets.len() + aside.targets.len(), n);
        // Thirty of a hundred events, three times each, within four standard deviations.
        assert!((aside.targets.len() as f64 / 3.0 - 30.0).abs() < 18.5, "{}", aside.targets.len());
    }
}
