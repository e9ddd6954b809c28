//! Jets as a sample: one column for each feature of each object, zeros where there is no object.

use std::sync::Arc;

use hepsys_core::{CoreError, Feature, Sample, Schema, Weights};

use super::jets::Parts;
use super::{
    CLUSTER_FEATURES, CLUSTER_PREFIX, CLUSTER_UNITS, JET_FEATURES, JET_PREFIX, JET_UNITS, Jets,
    SEGMENT_FEATURES, SEGMENT_PREFIX, SEGMENT_UNITS, TRACK_FEATURES, TRACK_PREFIX, TRACK_UNITS,
};
use crate::SimError;

/// The column of a feature of the object at this place, such as `clus_time_0`.
///
/// ```
/// use hepsys_sim::calorimeter_jets::{CLUSTER_PREFIX, column_name};
/// assert_eq!(column_name(CLUSTER_PREFIX, "l1hcal", 14), "clus_l1hcal_14");
/// ```
#[must_use]
pub fn column_name(prefix: &str, feature: &str, object: usize) -> String {
    format!("{prefix}_{feature}_{object}")
}

impl Jets {
    /// The jets as a sample, each with the weight one.
    ///
    /// The columns are `jet_pt`, `jet_eta` and `jet_phi`; then, object by object, the features of clusters (`clus_pt_0`,
    /// `clus_eta_0`, …, `clus_time_14`), of tracks (`track_pt_0`, …) and of muon segments (`MSeg_etaPos_0`, …).
    /// Objects that a jet lacks are zeros in every column.
    ///
    /// # Shapes
    ///
    /// `[n_jets, 3 + 12 n_clusters + 10 n_tracks + 6 n_segments]` with [`most_objects`](Self::most_objects): 503 columns
    /// of 8 bytes a jet unless told otherwise. Columns without any object share their zeros.
    ///
    /// # Errors
    ///
    /// [`CoreError`](hepsys_core::CoreError) if a feature is not finite, as an overflow of single precision would be.
    pub fn to_sample(&self) -> Result<Sample, SimError> {
        self.sample(self.len(), &(0..self.len()))
    }

    /// The jets at `indices` as a sample, in that order, without a copy of the jets in between.
    ///
    /// # Errors
    ///
    /// [`CoreError::NoSuchEvent`] for an index beyond the end, and as [`to_sample`](Self::to_sample).
    pub fn sample_of(&self, indices: &[usize]) -> Result<Sample, SimError> {
        match indices.iter().find(|&&jet| jet >= self.len()) {
            Some(&index) => Err(CoreError::NoSuchEvent { index, n_events: self.len() }.into()),
            None => self.sample(indices.len(), &indices.iter().copied()),
        }
    }

    fn schema(&self) -> Result<Schema, CoreError> {
        let [clusters, tracks, segments] = self.most_objects();
        let jet = JET_FEATURES.iter().zip(JET_UNITS);
        let mut features: Vec<_> =
            jet.map(|(name, unit)| Feature::new(format!("{JET_PREFIX}_{name}"), unit)).collect();
        let mut add = |prefix: &str, names: &[&str], units: &[&str], most: usize| {
            for object in 0..most {
                let named = names.iter().zip(units);
                features
                    .extend(named.map(|(name, unit)| Feature::new(column_name(prefix, name, object), *unit)));
            }
        };
        add(CLUSTER_PREFIX, &CLUSTER_FEATURES, &CLUSTER_UNITS, clusters);
        add(TRACK_PREFIX, &TRACK_FEATURES, &TRACK_UNITS, tracks);
        add(SEGMENT_PREFIX, &SEGMENT_FEATURES, &SEGMENT_UNITS, segments);
        Schema::new(features)
    }

    fn sample(
        &self,
        n_jets: usize,
        jets: &(impl Iterator<Item = usize> + Clone),
    ) -> Result<Sample, SimError> {
        let zeros: Arc<[f64]> = vec![0.0; n_jets].into();
        let momentum =
            |i: usize| jets.clone().map(|jet| f64::from(self.momenta[jet][i])).collect::<Arc<[f64]>>();
        let mut columns: Vec<Arc<[f64]>> = (0..JET_FEATURES.len()).map(momentum).collect();
        pad(&mut columns, &self.clusters, jets, &zeros, super::Cluster::features);
        pad(&mut columns, &self.tracks, jets, &zeros, super::Track::features);
        pad(&mut columns, &self.segments, jets, &zeros, super::MuonSegment::features);
        Ok(Sample::new(self.schema()?, columns, Weights::unit(n_jets))?)
    }
}

/// The columns of all objects of a sequence, one object after the other.
fn pad<T: Copy, const N: usize>(
    columns: &mut Vec<Arc<[f64]>>,
    parts: &Parts<T>,
    jets: &(impl Iterator<Item = usize> + Clone),
    zeros: &Arc<[f64]>,
    features: impl Fn(&T) -> [f32; N],
) {
    for object in 0..parts.most() {
        if !jets.clone().any(|jet| object < parts.of(jet).len()) {
            columns.extend((0..N).map(|_| Arc::clone(zeros)));
            continue;
        }
        let mut padded: [Vec<f64>; N] = std::array::from_fn(|_| Vec::with_capacity(zeros.len()));
        for jet in jets.clone() {
            let values = parts.of(jet).get(object).map_or([0.0; N], &features);
            for (column, value) in padded.iter_mut().zip(values) {
                column.push(f64::from(value));
            }
        }
        columns.extend(padded.map(Arc::from));
    }
}
