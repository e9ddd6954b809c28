use hepsys_core::Sample;

use crate::AdversarialError;

/// Objects of one kind as columns of a sample, such as `clus_pt_0`.
pub(super) struct Objects<'a, const N: usize> {
    /// Object by object, its features.
    columns: Vec<[&'a [f64]; N]>,
}

impl<'a, const N: usize> Objects<'a, N> {
    pub(super) fn read(
        sample: &'a Sample,
        prefix: &str,
        features: &[&str; N],
        n_objects: usize,
    ) -> Result<Self, AdversarialError> {
        let object = |object: usize| {
            let mut columns: [&[f64]; N] = [&[]; N];
            for (column, feature) in columns.iter_mut().zip(features) {
                *column = sample.column(&format!("{prefix}_{feature}_{object}"))?;
            }
            Ok(columns)
        };
        Ok(Self { columns: (0..n_objects).map(object).collect::<Result<_, AdversarialError>>()? })
    }

    /// The objects that an event has.
    pub(super) fn of(&self, event: usize) -> Vec<[f64; N]> {
        let all = self.columns.iter().map(|columns| columns.map(|column| column[event]));
        all.filter(|object| object.iter().any(|value| *value != 0.0)).collect()
    }
}

/// The mean of values with weights, zero where all weights are.
pub(super) fn mean(values: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (sum, total) = values.fold((0.0, 0.0), |(sum, total), (x, w)| (sum + w * x, total + w));
    if total > 0.0 { sum / total } else { 0.0 }
}

/// The standard deviation of values with weights, zero where all weights are.
pub(super) fn width(values: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    let centre = mean(values.clone());
    mean(values.map(|(x, w)| ((x - centre) * (x - centre), w))).max(0.0).sqrt()
}
