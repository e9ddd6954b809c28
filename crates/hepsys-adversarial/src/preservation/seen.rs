//! Inputs of a file in ONNX: like those of the network here, but not scaled, and object by object.

use hepsys_core::Sample;
use hepsys_nn::onnx::Values;

use crate::{AdversarialError, Inputs};

impl Inputs {
    /// The columns of a sample that it reads, without those of hidden features.
    pub(super) fn visible_columns(&self) -> Vec<String> {
        let is_visible = |name: &String| !self.hidden.contains(name);
        let of_objects = self.sequences.iter().flat_map(|sequence| {
            let features =
                sequence.features.iter().map(|f| sequence.feature_name(f)).filter(|name| is_visible(name));
            features.flat_map(|name| (0..sequence.length).map(move |object| format!("{name}_{object}")))
        });
        of_objects.chain(self.flat.iter().map(|flat| flat.name.clone()).filter(is_visible)).collect()
    }

    /// What goes into a file for each input, by its name: mirrored and as fractions, with the features of the event itself under
    /// the name `flat`.
    ///
    /// # Shapes
    ///
    /// `[n_events, length, n_features]`, `[n_events, n_flat]`
    pub(super) fn unscaled(
        &self,
        sample: &Sample,
        flat: &str,
    ) -> Result<Vec<(String, Values<f32>)>, AdversarialError> {
        let mut inputs = self.clone();
        inputs.sequences.iter_mut().flat_map(|s| &mut s.features).for_each(|feature| feature.scale = 1.0);
        inputs.flat.iter_mut().for_each(|flat| (flat.shift, flat.scale) = (0.0, 1.0));
        let rows = inputs.read(sample, "reference")?;
        let n_events = sample.n_events();
        let events = || rows.values().chunks_exact(rows.n_columns().max(1));
        let mut found = Vec::new();
        let mut first = 0;
        for sequence in &self.sequences {
            let (length, n_features) = (sequence.length, sequence.features.len());
            // Feature by feature there, object by object here.
            let place = |index: usize| first + (index % n_features) * length + index / n_features;
            let values = events().flat_map(|event| (0..length * n_features).map(move |i| event[place(i)]));
            let values = Values::new([n_events, length, n_features], values.collect())?;
            found.push((sequence.name.clone(), values));
            first += length * n_features;
        }
        if !self.flat.is_empty() {
            let values = events().flat_map(|event| event[first..].iter().copied()).collect();
            found.push((flat.to_owned(), Values::new([n_events, self.flat.len()], values)?));
        }
        Ok(found)
    }
}
