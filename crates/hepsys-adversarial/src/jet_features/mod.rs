//! What a jet looks like in two dozen numbers: the inputs of boosted trees, and of comparisons of simulation with data.

mod objects;
mod summaries;

use std::sync::Arc;

use hepsys_core::{Feature, Sample, Schema};
use serde::{Deserialize, Serialize};

use crate::AdversarialError;
use objects::Objects;

/// The features of a jet itself, each with its unit.
pub const JET_KINEMATICS: [(&str, &str); 2] = [("jet_pt", "GeV"), ("jet_abs_eta", "1")];

/// The features of a jet's clusters but for their times, each with its unit.
///
/// Fractions of hadronic energy are those of all clusters and of the hardest one; `cluster_leading_fraction` and
/// `cluster_second_fraction` are shares of the clusters' transverse momentum, and `cluster_dispersion` is
/// $\sqrt{\sum p_T^2}/\sum p_T$. Widths are standard deviations weighted with pT, and `cluster_radius` is the weighted mean of
/// $\sqrt{\Delta\eta^2 + \Delta\phi^2}$. Depths are means over the eight layers, from 0 to 7, weighted with energy.
pub const CLUSTER_SUMMARIES: [(&str, &str); 15] = [
    ("n_clusters", "1"),
    ("cluster_leading_pt", "GeV"),
    ("cluster_leading_fraction", "1"),
    ("cluster_second_fraction", "1"),
    ("cluster_dispersion", "1"),
    ("cluster_eta_width", "1"),
    ("cluster_phi_width", "rad"),
    ("cluster_radius", "1"),
    ("hadronic_fraction", "1"),
    ("leading_hadronic_fraction", "1"),
    ("first_layers_fraction", "1"),
    ("last_layers_fraction", "1"),
    ("depth", "1"),
    ("depth_width", "1"),
    ("leading_depth", "1"),
];

/// The features of a jet's tracks, each with its unit; `track_pt_fraction` is $\sum p_T$ of tracks over the jet's.
pub const TRACK_SUMMARIES: [(&str, &str); 5] = [
    ("n_tracks", "1"),
    ("track_pt_fraction", "1"),
    ("track_largest_pt", "GeV"),
    ("track_radius", "1"),
    ("track_mean_abs_d0", "mm"),
];

/// The features of a jet's muon segments, each with its unit. Their times are those of another detector than the clusters'.
pub const SEGMENT_SUMMARIES: [(&str, &str); 4] = [
    ("n_segments", "1"),
    ("segment_mean_abs_eta_dir", "1"),
    ("segment_mean_abs_phi", "rad"),
    ("segment_mean_t0", "ns"),
];

/// The features of the times of a jet's clusters, each with its unit: of the hardest two, and mean and standard deviation
/// weighted with pT.
pub const TIME_SUMMARIES: [(&str, &str); 4] =
    [("time_leading", "ns"), ("time_second", "ns"), ("time_mean", "ns"), ("time_width", "ns")];

/// The engineered features of jets whose clusters, tracks and muon segments are columns of a sample, as [`Inputs::calratio`]
/// reads them: 26, and four more of cluster times.
///
/// An object is there if one of its columns that are read is not zero; what needs an object that a jet does not have is zero.
///
/// ```
/// use hepsys_adversarial::JetFeatures;
/// use hepsys_sim::calorimeter_jets::{CalorimeterJets, Process, Source};
/// # use hepsys_adversarial::Seed;
///
/// let generator = CalorimeterJets::params().check().unwrap();
/// let jets = generator.jets(Source::simulated(Process::Signal), 100, Seed::new(1)).unwrap().to_sample().unwrap();
/// let features = JetFeatures::calratio().of(&jets)?;
/// assert_eq!(features.n_features(), 30);
/// assert!(features.column("hadronic_fraction")?.iter().all(|fraction| (0.0..=1.0).contains(fraction)));
///
/// let without = JetFeatures::calratio().without_time();
/// assert!(without.names().iter().all(|name| !name.starts_with("time")));
/// assert_eq!(without.of(&jets)?.n_features(), 26);
/// # Ok::<(), hepsys_adversarial::AdversarialError>(())
/// ```
///
/// [`Inputs::calratio`]: crate::Inputs::calratio
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JetFeatures {
    n_clusters: usize,
    n_tracks: usize,
    n_segments: usize,
    has_time: bool,
}

impl JetFeatures {
    /// Those of jets with 15 clusters, 20 tracks and 20 muon segments at most, with cluster times.
    ///
    /// # References
    ///
    /// `atlas2022`
    #[must_use]
    pub fn calratio() -> Self {
        Self { n_clusters: 15, n_tracks: 20, n_segments: 20, has_time: true }
    }

    /// How many clusters, tracks and muon segments of a jet are read. Defaults to 15, 20 and 20.
    #[must_use]
    pub fn most_objects(self, [n_clusters, n_tracks, n_segments]: [usize; 3]) -> Self {
        Self { n_clusters, n_tracks, n_segments, ..self }
    }

    /// The same without [those of cluster times](TIME_SUMMARIES), whose columns need not be there then.
    #[must_use]
    pub fn without_time(self) -> Self {
        Self { has_time: false, ..self }
    }

    fn list(&self) -> Vec<(&'static str, &'static str)> {
        let mut list = JET_KINEMATICS.to_vec();
        list.extend(CLUSTER_SUMMARIES);
        list.extend(TRACK_SUMMARIES);
        list.extend(SEGMENT_SUMMARIES);
        if self.has_time {
            list.extend(TIME_SUMMARIES);
        }
        list
    }

    /// The names of the features, in the order of the columns.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        self.list().into_iter().map(|(name, _)| name).collect()
    }

    /// The features of each jet, with the jets' weights.
    ///
    /// # Shapes
    ///
    /// `jets`: `[n_jets, 503]` or more columns; the result: `[n_jets, 30]`, or 26 without times
    ///
    /// # Errors
    ///
    /// [`AdversarialError::Core`] with the column that the sample lacks, or with a feature that is not finite.
    pub fn of(&self, jets: &Sample) -> Result<Sample, AdversarialError> {
        let list = self.list();
        let (pt, eta) = (jets.column("jet_pt")?, jets.column("jet_eta")?);
        let clusters = Objects::read(jets, "clus", &summaries::CLUSTER_COLUMNS, self.n_clusters)?;
        let tracks = Objects::read(jets, "track", &summaries::TRACK_COLUMNS, self.n_tracks)?;
        let segments = Objects::read(jets, "MSeg", &summaries::SEGMENT_COLUMNS, self.n_segments)?;
        let times = self
            .has_time
            .then(|| Objects::read(jets, "clus", &["pt", "time"], self.n_clusters))
            .transpose()?;
        let mut columns = vec![Vec::with_capacity(jets.n_events()); list.len()];
        let mut row = Vec::with_capacity(list.len());
        for jet in 0..jets.n_events() {
            row.clear();
            row.extend([pt[jet], eta[jet].abs()]);
            row.extend(summaries::clusters(&clusters.of(jet)));
            row.extend(summaries::tracks(&tracks.of(jet), pt[jet]));
            row.extend(summaries::segments(&segments.of(jet)));
            if let Some(times) = &times {
                row.extend(summaries::times(&times.of(jet)));
            }
            columns.iter_mut().zip(&row).for_each(|(column, &value)| column.push(value));
        }
        let schema = Schema::new(list.iter().map(|&(name, unit)| Feature::new(name, unit)))?;
        let columns: Vec<Arc<[f64]>> = columns.into_iter().map(Arc::from).collect();
        Ok(Sample::new(schema, columns, jets.weights().clone())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hepsys_core::Weights;

    /// Jets with two clusters, two tracks and one segment at most, all zero unless said otherwise.
    fn jets(values: &[(&str, [f64; 2])]) -> Sample {
        let mut names: Vec<String> = ["jet_pt", "jet_eta", "jet_phi"].map(str::to_owned).to_vec();
        let mut add = |prefix: &str, features: &[&str], n: usize| {
            names.extend((0..n).flat_map(|i| features.iter().map(move |f| format!("{prefix}_{f}_{i}"))));
        };
        add("clus", &summaries::CLUSTER_COLUMNS, 2);
        add("clus", &["time"], 2);
        add("track", &summaries::TRACK_COLUMNS, 2);
        add("MSeg", &summaries::SEGMENT_COLUMNS, 1);
        let column = |name: &String| {
            let value = values.iter().find(|(given, _)| given == name).map_or([0.0; 2], |(_, value)| *value);
            (Feature::new(name.clone(), "1"), value.to_vec())
        };
        let sample = Sample::from_columns(names.iter().map(column)).unwrap();
        sample.with_weights(Weights::new(vec![2.0, 0.5]).unwrap()).unwrap()
    }

    /// The first jet has everything, the second nothing but momentum.
    fn known() -> Sample {
        jets(&[
            ("jet_pt", [40.0, 60.0]),
            ("jet_eta", [-1.5, 0.5]),
            ("clus_pt_0", [30.0, 0.0]),
            ("clus_eta_0", [0.1, 0.0]),
            ("clus_l1ecal_0", [10.0, 0.0]),
            ("clus_l1hcal_0", [30.0, 0.0]),
            ("clus_time_0", [1.0, 0.0]),
            ("clus_pt_1", [10.0, 0.0]),
            ("clus_eta_1", [-0.3, 0.0]),
            ("clus_l4hcal_1", [20.0, 0.0]),
            ("clus_time_1", [-3.0, 0.0]),
            ("track_pt_0", [8.0, 0.0]),
            ("track_phi_0", [0.2, 0.0]),
            ("track_d0_0", [-1.0, 0.0]),
            ("track_pt_1", [2.0, 0.0]),
            ("track_d0_1", [0.5, 0.0]),
            ("MSeg_etaDir_0", [-2.0, 0.0]),
            ("MSeg_t0_0", [-4.0, 0.0]),
        ])
    }

    fn small() -> JetFeatures {
        JetFeatures::calratio().most_objects([2, 2, 1])
    }

    #[test]
    fn a_jet_has_the_features_that_its_objects_say() {
        let features = small().of(&known()).unwrap();
        for (name, expected) in [
            ("jet_pt", 40.0),
            ("jet_abs_eta", 1.5),
            ("n_clusters", 2.0),
            ("cluster_leading_pt", 30.0),
            ("cluster_leading_fraction", 0.75),
            ("cluster_second_fraction", 0.25),
            ("cluster_dispersion", 1000.0_f64.sqrt() / 40.0),
            // Mean 0, mean square 0.75 · 0.01 + 0.25 · 0.09.
            ("cluster_eta_width", 0.03_f64.sqrt()),
            ("cluster_phi_width", 0.0),
            ("cluster_radius", 0.75 * 0.1 + 0.25 * 0.3),
            ("hadronic_fraction", 50.0 / 60.0),
            ("leading_hadronic_fraction", 0.75),
            ("first_layers_fraction", 10.0 / 60.0),
            ("last_layers_fraction", 20.0 / 60.0),
            // 10 GeV in layer 0, 30 in layer 4, 20 in layer 7.
            ("depth", 260.0 / 60.0),
            ("depth_width", (1460.0 / 60.0 - (260.0_f64 / 60.0).powi(2)).sqrt()),
            ("leading_depth", 3.0),
            ("n_tracks", 2.0),
            ("track_pt_fraction", 0.25),
            ("track_largest_pt", 8.0),
            ("track_radius", 0.16),
            ("track_mean_abs_d0", 0.75),
            ("n_segments", 1.0),
            ("segment_mean_abs_eta_dir", 2.0),
            ("segment_mean_abs_phi", 0.0),
            ("segment_mean_t0", -4.0),
            ("time_leading", 1.0),
            ("time_second", -3.0),
            ("time_mean", 0.0),
            ("time_width", 3.0_f64.sqrt()),
        ] {
            let found = features.column(name).unwrap()[0];
            assert!((found - expected).abs() < 1e-12, "{name}: {found}, expected {expected}");
        }
        assert_eq!(features.weights().iter().collect::<Vec<_>>(), [2.0, 0.5]);
    }

    #[test]
    fn what_a_jet_lacks_is_zero() {
        let features = small().of(&known()).unwrap();
        for (name, column) in features.schema().names().zip(features.columns()) {
            let expected = [("jet_pt", 60.0), ("jet_abs_eta", 0.5)];
            let expected = expected.iter().find(|(given, _)| *given == name).map_or(0.0, |(_, value)| *value);
            assert_eq!(column[1], expected, "{name}");
        }
    }

    #[test]
    fn a_missing_column_is_named_and_times_need_not_be_there() {
        let jets = known();
        let timeless: Vec<String> =
            jets.schema().names().filter(|name| !name.contains("time")).map(str::to_owned).collect();
        let timeless = jets.select_features(&timeless).unwrap();
        assert!(small().of(&timeless).unwrap_err().to_string().contains("clus_time_0"));
        let features = small().without_time().of(&timeless).unwrap();
        let all = small().of(&jets).unwrap();
        assert_eq!(features, all.select_features(&small().without_time().names()).unwrap());
        let error = JetFeatures::calratio().of(&jets).unwrap_err().to_string();
        assert!(error.contains("clus_pt_2"), "{error}");
    }

    #[test]
    fn names_are_all_different() {
        let mut names = JetFeatures::calratio().names();
        assert_eq!(names.len(), 30);
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 30);
    }
}
