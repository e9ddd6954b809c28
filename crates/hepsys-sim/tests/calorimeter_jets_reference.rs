//! Means and quantiles of calorimeter jets against the prototype of the benchmark; `tests/reference/make_calorimeter_jets.py`
//! writes them.

use std::collections::BTreeMap;

use hepsys_core::Seed;
use hepsys_sim::calorimeter_jets::{CalorimeterJets, Cluster, JetRegion, Jets, Origin, Process, Source};
use serde::Deserialize;

/// How many standard deviations two simulations may differ by. These are known from 20 batches only: by chance, one of
/// 13 000 comparisons fails.
const LARGEST_PULL: f64 = 5.0;

const N_JETS: usize = 100_000;

#[derive(Deserialize)]
struct Reference {
    case: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    process: Process,
    origin: Origin,
    region: JetRegion,
    n_jets: f64,
    n_batches: f64,
    values: BTreeMap<String, Numbers>,
    deviations: BTreeMap<String, Numbers>,
}

#[derive(Deserialize, Clone)]
#[serde(untagged)]
enum Numbers {
    One(f64),
    Several(Vec<f64>),
}

impl Numbers {
    fn into_vec(self) -> Vec<f64> {
        match self {
            Self::One(number) => vec![number],
            Self::Several(numbers) => numbers,
        }
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Quantiles between the two neighbours, as NumPy has them.
fn quantiles(mut values: Vec<f64>, fractions: &[f64]) -> Vec<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let at = |fraction: &f64| {
        let place = fraction * (values.len() - 1) as f64;
        let below = place.floor() as usize;
        let above = (below + 1).min(values.len() - 1);
        values[below] + (place - below as f64) * (values[above] - values[below])
    };
    fractions.iter().map(at).collect()
}

/// What the reference has, of these jets.
fn summary(jets: &Jets) -> BTreeMap<&'static str, Vec<f64>> {
    let of_jets = |f: &dyn Fn(usize) -> f64| vec![mean(&(0..jets.len()).map(f).collect::<Vec<_>>())];
    let fraction = |cluster: &Cluster| f64::from(cluster.hadronic_fraction());
    let nth = |n: usize| jets.iter().filter_map(|jet| jet.clusters.get(n).copied()).collect::<Vec<_>>();
    let [leading, second, third] = [nth(0), nth(1), nth(2)];
    let times = |clusters: &[Cluster]| clusters.iter().map(|c| f64::from(c.time)).collect::<Vec<_>>();
    let hadronic = |clusters: &[Cluster]| clusters.iter().map(fraction).collect::<Vec<_>>();
    let layer = |i: usize| {
        let of = |c: &Cluster| f64::from(if i < 4 { c.ecal[i] } else { c.hcal[i - 4] } / c.energy());
        mean(&leading.iter().map(of).collect::<Vec<_>>())
    };
    let clusters: Vec<Cluster> = jets.iter().flat_map(|jet| jet.clusters).copied().collect();
    let tracks: Vec<_> = jets.iter().flat_map(|jet| jet.tracks).copied().collect();
    let segments: Vec<_> = jets.iter().flat_map(|jet| jet.segments).copied().collect();
    let leading_tracks: Vec<f64> =
        jets.iter().filter_map(|jet| jet.tracks.first()).map(|track| f64::from(track.pt)).collect();
    let all = |values: Vec<f32>| vec![mean(&values.into_iter().map(f64::from).collect::<Vec<_>>())];
    let is = |is_true: bool| f64::from(u8::from(is_true));
    let central = [0.16, 0.5, 0.84];
    BTreeMap::from([
        ("jet_pt", of_jets(&|i| f64::from(jets.get(i).pt))),
        ("clusters", of_jets(&|i| jets.get(i).clusters.len() as f64)),
        ("tracks", of_jets(&|i| jets.get(i).tracks.len() as f64)),
        ("without_tracks", of_jets(&|i| is(jets.get(i).tracks.is_empty()))),
        ("segments", of_jets(&|i| jets.get(i).segments.len() as f64)),
        ("without_segments", of_jets(&|i| is(jets.get(i).segments.is_empty()))),
        ("leading_share", of_jets(&|i| f64::from(jets.get(i).clusters[0].pt / jets.get(i).pt))),
        ("leading_hadronic_fraction", vec![mean(&hadronic(&leading))]),
        ("leading_hadronic_median", quantiles(hadronic(&leading), &[0.5])),
        ("third_hadronic_fraction", vec![mean(&hadronic(&third))]),
        ("layers_of_leading", (0..8).map(layer).collect()),
        ("leading_time", vec![mean(&times(&leading))]),
        ("leading_time_quantiles", quantiles(times(&leading), &central)),
        ("second_time_quantiles", quantiles(times(&second), &central)),
        ("time_quantiles", quantiles(times(&clusters), &[0.01, 0.16, 0.5, 0.84, 0.99])),
        ("cluster_abs_phi", all(clusters.iter().map(|cluster| cluster.phi.abs()).collect())),
        ("leading_track_pt", vec![mean(&leading_tracks)]),
        ("track_pt", all(tracks.iter().map(|track| track.pt).collect())),
        ("vertex_particles", all(tracks.iter().map(|track| track.vertex_n_particles).collect())),
        ("segment_abs_phi", all(segments.iter().map(|segment| segment.phi_position.abs()).collect())),
        ("segment_abs_direction", all(segments.iter().map(|segment| segment.eta_direction.abs()).collect())),
        ("segment_t0", all(segments.iter().map(|segment| segment.t0).collect())),
    ])
}

#[test]
fn jets_are_distributed_as_those_of_the_prototype() {
    let reference: Reference = toml::from_str(include_str!("reference/calorimeter_jets.toml")).unwrap();
    let generator = CalorimeterJets::params().check().unwrap();
    assert_eq!(reference.case.len(), 5);
    for case in reference.case {
        let source = Source { process: case.process, origin: case.origin, region: case.region };
        let found = summary(&generator.jets(source, N_JETS, Seed::new(7)).unwrap());
        assert_eq!(found.len(), case.values.len());
        let n_reference = case.n_jets * case.n_batches;
        let factor = (case.n_jets / N_JETS as f64 + case.n_jets / n_reference).sqrt();
        for (name, values) in case.values {
            let values = values.into_vec();
            let deviations = case.deviations[&name].clone().into_vec();
            assert_eq!(values.len(), found[name.as_str()].len(), "{name}");
            for ((value, deviation), found) in values.iter().zip(deviations).zip(&found[name.as_str()]) {
                let pull = (found - value) / (factor * deviation);
                assert!(
                    pull.abs() < LARGEST_PULL,
                    "{name} of {source:?}: {found}, expected {value} ± {}",
                    factor * deviation
                );
            }
        }
    }
}
