//! The control region behind the scores: whether it is one, and what slices of a score make of the inputs.

use hepsys_adversarial::{
    ControlRegion, ControlRegionReport, ExpectedYields, JetFeatures, ScoreSlice, Scores, score_slices,
};
use hepsys_core::{Sample, Weights};
use serde::{Deserialize, Serialize};

use super::measure::histogram;
use super::sample::CLASSES;
use super::spec::CalratioSpec;
use super::tagger::Tagger;
use crate::ExperimentError;

/// How many slices of the score of signal are looked at.
const N_SLICES: usize = 3;

/// The features whose distributions are drawn, each with its unit, its range and its bins.
pub(super) const DRAWN: [(&str, &str, (f64, f64, usize)); 3] = [
    ("time_mean", "ns", (-6.0, 6.0, 24)),
    ("n_tracks", "", (-0.5, 15.5, 16)),
    ("cluster_leading_pt", "GeV", (0.0, 120.0, 12)),
];

/// The control region as a classifier sees it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Region {
    /// The three conditions.
    pub(super) report: ControlRegionReport,
    /// All features in slices of the score of signal.
    pub(super) slices: Vec<ScoreSlice>,
    /// The drawn features in each slice.
    pub(super) drawn: Vec<[Drawn; N_SLICES]>,
}

/// Counts of a feature in a slice, in simulation and data.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Drawn {
    pub(super) simulation: Vec<f64>,
    pub(super) data: Vec<f64>,
}

impl Region {
    /// Looks at a control region; `multijet` are the scores of the main sample's simulation.
    pub(super) fn new(
        spec: &CalratioSpec,
        tagger: &Tagger<'_>,
        region: &ControlRegion,
        [simulation, data]: &[Scores; 2],
        multijet: &Scores,
    ) -> Result<Self, ExperimentError> {
        let [signal, background] = spec.search.control;
        let seen = |features: JetFeatures| -> Result<[Sample; 2], ExperimentError> {
            Ok([features.of(region.simulation())?, features.of(region.data())?])
        };
        let features = seen(JetFeatures::calratio())?;
        let [without, data_without] = seen(JetFeatures::calratio().without_time())?;
        let report = ControlRegionReport::params().check()?.report(
            ExpectedYields { signal, background },
            (simulation, region.simulation().weights()),
            (multijet, &Weights::unit(multijet.n_events())),
            (&without, &data_without),
            tagger.seed().named("inputs"),
        )?;
        let scores = [simulation.of(CLASSES[0])?, data.of(CLASSES[0])?];
        let slices = score_slices(N_SLICES, (scores[0], &features[0]), (scores[1], &features[1]))?;
        let mut drawn = Vec::new();
        for (name, _, range) in DRAWN {
            let columns = [features[0].column(name)?, features[1].column(name)?];
            drawn.push(std::array::from_fn(|slice| {
                let [simulation, data] = [0, 1].map(|kind: usize| {
                    let is_in = |score: f64| slices[slice].contains(score);
                    let inside = scores[kind].iter().zip(columns[kind]).filter(|(score, _)| is_in(**score));
                    histogram(range, &inside.map(|(_, value)| *value).collect::<Vec<f64>>())
                });
                Drawn { simulation, data }
            }));
        }
        Ok(Self { report, slices, drawn })
    }

    /// The distance of a feature in each slice.
    pub(super) fn distances(&self, feature: &str) -> impl Iterator<Item = f64> {
        self.slices
            .iter()
            .filter_map(move |slice| slice.inputs.iter().find(|input| input.feature == feature))
            .map(|input| input.distance)
    }
}
