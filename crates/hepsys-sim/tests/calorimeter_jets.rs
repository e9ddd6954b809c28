//! Jets of the calorimeter: what the benchmark fixes exactly, and what holds for every jet.

use hepsys_core::{Seed, Unit};
use hepsys_sim::calorimeter_jets::{
    Arrival, CLUSTER_FEATURES, Calorimeter, CalorimeterJets, CalorimeterJetsParams, DecayMode, Flight,
    JET_FEATURES, Jet, JetDepth, JetModel, JetRegion, Jets, Mismodelling, Process, RegionModel,
    SEGMENT_FEATURES, Source, TRACK_FEATURES, TimeResolution, beam_induced_time, delay_of_slow_particle,
};
use proptest::prelude::*;

fn benchmark() -> CalorimeterJets {
    CalorimeterJets::params().check().unwrap()
}

fn jets(params: CalorimeterJetsParams, source: Source, n_jets: usize) -> Jets {
    params.check().unwrap().jets(source, n_jets, Seed::new(1)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_passes_the_checks_makes_finite_jets(
        strength in 0.0..33.0_f64,
        shift in prop_oneof![Just(-1e6), -10.0..10.0_f64, Just(1e6)],
        scale in prop_oneof![Just(1e-300), 0.1..10.0_f64, Just(1e6)],
        length in prop_oneof![Just(1e-3), Just(1e6)],
        depth in prop_oneof![Just(-1e6), 0.0..8.0_f64, Just(1e6)],
        sharing in prop_oneof![Just(1e-300), Just(10.0)],
        gamma in prop_oneof![Just(1.0 + f64::EPSILON), Just(1e6)],
        mean in prop_oneof![Just(0.0), 0.0..50.0_f64, Just(1000.0)],
        most in prop_oneof![2..6_usize, Just(100)],
        largest_abs_eta in prop_oneof![Just(1e-300), Just(10.0)],
        process in 0..3_usize,
    ) {
        let process = Process::ALL[process];
        let mut model = JetModel::benchmark(process);
        model.depth = JetDepth::Normal { mean: depth, sigma: 1.0, range: [-1e6, 1e6] };
        if process == Process::Signal {
            model.arrival = Arrival::Slow { shape: 1e-300, scale: 1e6, least_gamma: gamma };
        }
        model.clusters.length = [length, length];
        model.clusters.sharing = sharing;
        model.clusters.mean.at_zero = mean;
        model.tracks.mean = model.clusters.mean;
        model.segments.mean = mean;
        let region = RegionModel { largest_abs_eta, ..RegionModel::benchmark(JetRegion::Main) };
        let mismodelling =
            Mismodelling { strength, hadronic_shift: shift, cluster_pt_scale: scale, ..Mismodelling::default() };
        let params = CalorimeterJets::params()
            .model(process, model)
            .region(JetRegion::Main, region)
            .mismodelling(mismodelling)
            .time_resolution_scale(scale)
            .most_clusters(most)
            .most_tracks(most)
            .most_segments(most);
        let jets = jets(params, Source::data(process), 30);
        prop_assert_eq!(jets.to_sample().unwrap().n_events(), 30);
        prop_assert!(jets.iter().all(|jet| jet.clusters.is_sorted_by(|a, b| a.pt >= b.pt)));
        prop_assert!(jets.iter().all(|jet| jet.clusters.len() <= most && jet.tracks.len() <= most));
    }
}

fn leading_times(jets: &Jets) -> Vec<f64> {
    jets.iter().map(|jet| f64::from(jet.clusters[0].time)).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Every kind of jets, simulated and as data.
fn all_sources() -> Vec<Source> {
    Process::ALL.into_iter().flat_map(|process| [Source::simulated(process), Source::data(process)]).collect()
}

#[test]
fn times_of_the_beam_halo_are_those_of_its_muons() {
    for (r, z, flight, expected) in [
        (3000.0, 0.0, Flight::Outgoing, -10.007),
        (3000.0, 0.0, Flight::Incoming, -10.007),
        (3000.0, 3000.0, Flight::Outgoing, -4.145),
        (3000.0, -3000.0, Flight::Outgoing, -4.145),
        (3000.0, 3000.0, Flight::Incoming, -24.16),
    ] {
        let found = beam_induced_time(r, z, flight);
        assert!((found - expected).abs() < 0.005, "{found} at {r}, {z} {flight:?}");
    }
}

#[test]
fn a_slow_particle_comes_late() {
    let delay = delay_of_slow_particle(3000.0, 0.9);
    assert!((delay - 1.112).abs() < 0.005, "{delay}");
    assert_eq!(delay_of_slow_particle(3000.0, 1.0), 0.0);
}

#[test]
fn leading_clusters_of_data_are_early_by_what_the_benchmark_says() {
    let control = |source: Source| source.inside(JetRegion::Control);
    let [simulated, data] = [Source::simulated(Process::Multijet), Source::data(Process::Multijet)]
        .map(|source| jets(CalorimeterJets::params(), control(source), 50_000));
    // Standard deviations of 0.8 and 1.2 ns: the difference is known to 0.007 ns.
    let shift = mean(&leading_times(&data)) - mean(&leading_times(&simulated));
    assert!((shift + 0.59).abs() < 0.05, "{shift}");
    // The same from the formula alone.
    let mismodelling = Mismodelling::default();
    let exact = |jet: Jet<'_>| {
        let leading = jet.clusters[0];
        mismodelling.mean_shift(f64::from(leading.pt), f64::from(leading.hadronic_fraction()))
    };
    let expected = mean(&data.iter().map(exact).collect::<Vec<_>>());
    assert!((shift - expected).abs() < 4.0 * 0.007, "{shift}, expected {expected}");
}

#[test]
fn without_strength_data_are_distributed_as_simulation() {
    let params = CalorimeterJets::params().mismodelling_strength(0.0);
    let [simulated, data] = [Source::simulated(Process::Multijet), Source::data(Process::Multijet)]
        .map(|source| leading_times(&jets(params.clone(), source, 20_000)));
    // A standard deviation of 0.8 ns: the difference is known to 0.008 ns.
    assert!((mean(&data) - mean(&simulated)).abs() < 4.0 * 0.008);
    assert_ne!(simulated, data, "they are independent");
}

#[test]
fn every_jet_is_what_a_jet_can_be() {
    for source in all_sources() {
        for jet in jets(CalorimeterJets::params(), source, 3000).iter() {
            let [n_clusters, n_tracks, n_segments] =
                [jet.clusters.len(), jet.tracks.len(), jet.segments.len()];
            assert!((1..=15).contains(&n_clusters) && n_tracks <= 20 && n_segments <= 20);
            assert!(jet.clusters.is_sorted_by(|a, b| a.pt >= b.pt));
            assert!(jet.tracks.is_sorted_by(|a, b| a.pt >= b.pt));
            assert!(
                (40.0..=500.0).contains(&jet.pt)
                    && jet.eta.abs() <= 2.4
                    && jet.phi.abs() <= std::f32::consts::PI
            );
            // Rounding of fifteen numbers in single precision.
            let sum: f32 = jet.clusters.iter().map(|cluster| cluster.pt).sum();
            assert!((sum / jet.pt - 1.0).abs() < 1e-5, "{sum} of {}", jet.pt);
            for cluster in jet.clusters {
                let energy = cluster.pt * (jet.eta + cluster.eta).cosh();
                assert!((cluster.energy() - energy).abs() <= 1e-5 * energy);
                assert!((0.0..=1.0 + 1e-6).contains(&cluster.hadronic_fraction()));
            }
        }
    }
}

#[test]
fn the_scale_of_data_multiplies_clusters_and_nothing_else() {
    let source = Source::data(Process::Multijet);
    let [nominal, scaled] =
        [1.0, 1.05].map(|scale| jets(CalorimeterJets::params().cluster_pt_scale(scale), source, 500));
    for (nominal, scaled) in nominal.iter().zip(scaled.iter()) {
        assert_eq!(
            (nominal.pt, nominal.tracks, nominal.segments),
            (scaled.pt, scaled.tracks, scaled.segments)
        );
        for (before, after) in nominal.clusters.iter().zip(scaled.clusters) {
            assert!((after.pt / before.pt - 1.05).abs() < 1e-6 && before.time == after.time);
            assert!((after.hadronic_fraction() - before.hadronic_fraction()).abs() < 1e-6);
        }
    }
    let simulated = Source::simulated(Process::Multijet);
    let [a, b] =
        [1.0, 1.05].map(|scale| jets(CalorimeterJets::params().cluster_pt_scale(scale), simulated, 500));
    assert_eq!(a, b);
}

#[test]
fn a_sample_has_the_objects_of_each_jet_and_zeros_for_those_it_lacks() {
    let jets = jets(CalorimeterJets::params(), Source::data(Process::BeamInduced), 400);
    let sample = jets.to_sample().unwrap();
    assert_eq!((sample.n_events(), sample.n_features()), (400, 503));
    assert!(sample.weights().are_unit());
    let columns: Vec<_> = sample.columns().collect();
    for (i, jet) in jets.iter().enumerate() {
        let mut expected = vec![jet.pt, jet.eta, jet.phi];
        let objects = |n: usize, features: Vec<f32>, width: usize| {
            let mut padded = features;
            padded.resize(n * width, 0.0);
            padded
        };
        expected.extend(objects(15, jet.clusters.iter().flat_map(|c| c.features()).collect(), 12));
        expected.extend(objects(20, jet.tracks.iter().flat_map(|t| t.features()).collect(), 10));
        expected.extend(objects(20, jet.segments.iter().flat_map(|s| s.features()).collect(), 6));
        assert!(columns.iter().zip(expected).all(|(column, value)| column[i] == f64::from(value)), "jet {i}");
    }
    let names: Vec<_> = sample.schema().names().collect();
    assert_eq!(names[..5], ["jet_pt", "jet_eta", "jet_phi", "clus_pt_0", "clus_eta_0"]);
    assert_eq!(names[3 + 179..][..2], ["clus_time_14", "track_pt_0"]);
    assert_eq!(names[3 + 180 + 199..][..3], ["track_SCTHits_19", "MSeg_etaPos_0", "MSeg_phiPos_0"]);
    assert_eq!(names[502], "MSeg_t0_19");
    let unit =
        |name: &str| sample.schema().features()[sample.schema().index_of(name).unwrap()].unit().clone();
    let units = ["clus_l3hcal_2", "clus_time_0", "track_d0_0", "MSeg_phiPos_0"].map(unit);
    assert_eq!(units, [Unit::GeV, "ns".into(), "mm".into(), Unit::Radian]);
    let lengths = [JET_FEATURES.len(), CLUSTER_FEATURES.len(), TRACK_FEATURES.len(), SEGMENT_FEATURES.len()];
    assert_eq!(lengths, [3, 12, 10, 6]);
}

#[test]
fn layers_of_a_sample_are_those_of_the_cluster() {
    let jets = jets(CalorimeterJets::params(), Source::simulated(Process::Signal), 1);
    let sample = jets.to_sample().unwrap();
    let cluster = jets.get(0).clusters[0];
    for (layer, (ecal, hcal)) in cluster.ecal.into_iter().zip(cluster.hcal).enumerate() {
        for (name, value) in [("ecal", ecal), ("hcal", hcal)] {
            let column = sample.column(&format!("clus_l{}{name}_0", layer + 1)).unwrap();
            assert_eq!(column[0], f64::from(value));
        }
    }
}

#[test]
fn choosing_jets_and_joining_them_is_choosing_and_joining_samples() {
    let [a, b] = [Process::Signal, Process::Multijet]
        .map(|process| jets(CalorimeterJets::params(), Source::simulated(process), 60));
    let both = a.clone().concat(&b);
    let sample = both.to_sample().unwrap();
    assert_eq!(sample, a.to_sample().unwrap().concat(&b.to_sample().unwrap()).unwrap());
    assert!(both.processes()[..60].iter().all(|&process| process == Process::Signal));
    let indices = [119, 3, 3, 60];
    let taken = sample.take(&indices).unwrap();
    assert_eq!(both.take(&indices).to_sample().unwrap(), taken);
    assert_eq!(both.sample_of(&indices).unwrap(), taken);
    assert_eq!(
        both.sample_of(&[120]).unwrap_err().to_string(),
        "event 120 asked for, but the sample has 120 events"
    );
    assert_eq!(both.take(&[]).to_sample().unwrap().n_events(), 0);
}

#[test]
fn more_jets_begin_with_the_fewer_ones_and_sources_share_none() {
    let generator = benchmark();
    for source in all_sources() {
        let [few, many] = [700, 2500].map(|n| generator.jets(source, n, Seed::new(2)).unwrap());
        assert!(few.iter().zip(many.iter()).all(|(few, many)| few == many));
    }
    let first = |source| generator.jets(source, 1, Seed::new(2)).unwrap().get(0).pt;
    let mut momenta: Vec<f32> = all_sources().into_iter().map(first).collect();
    momenta.sort_by(f32::total_cmp);
    momenta.dedup();
    assert_eq!(momenta.len(), 6);
}

#[test]
fn more_objects_can_be_asked_for() {
    let params = CalorimeterJets::params().most_clusters(30).most_segments(30);
    let jets = jets(params, Source::simulated(Process::Multijet), 2000);
    assert!(jets.iter().any(|jet| jet.clusters.len() > 15));
    assert_eq!(jets.to_sample().unwrap().n_features(), 3 + 30 * 12 + 20 * 10 + 30 * 6);
}

#[test]
fn layers_are_cylinders_in_the_middle_and_discs_at_the_ends() {
    let calorimeter = Calorimeter::default();
    let barrel = calorimeter.positions(1.0);
    assert!(barrel.iter().zip(calorimeter.barrel_radii).all(|(p, r)| p.r == r));
    let endcap = calorimeter.positions(-2.0);
    for (position, z) in endcap.iter().zip(calorimeter.endcap_places) {
        assert_eq!(position.z, -z);
        // The direction is that of the pseudorapidity.
        assert!(((position.z / position.r).asinh() + 2.0).abs() < 1e-12);
        assert!((position.distance() - position.r * 2.0_f64.cosh()).abs() < 1e-9);
    }
}

#[test]
fn a_worse_resolution_is_worse_by_its_scale() {
    let [nominal, worse] =
        [1.0, 2.0].map(|scale| TimeResolution { scale, ..TimeResolution::default() }.sigma(20.0, 0.3));
    assert!((worse / nominal - 2.0).abs() < 1e-12);
    let slow = TimeResolution::default();
    assert_eq!(slow.sigma(0.1, 0.0), slow.sigma(0.5, 0.0));
    assert!((slow.sigma(0.5, 0.0).powi(2) - (0.0625 + 0.5 * 2.25 / 0.5)).abs() < 1e-12);
}

#[test]
fn the_outgoing_fraction_moves_beam_induced_jets() {
    let early = |fraction| {
        let params = CalorimeterJets::params().outgoing_fraction(fraction);
        let times = leading_times(&jets(params, Source::simulated(Process::BeamInduced), 5000));
        times.iter().filter(|&&time| time < -8.0).count()
    };
    let [none, some, all] = [0.0, 0.7, 1.0].map(early);
    assert!(none > some && some > all, "{none} {some} {all}");
}

#[test]
fn the_central_control_region_selects_what_it_says() {
    let source = Source::simulated(Process::Multijet).inside(JetRegion::CentralControl);
    let jets = jets(CalorimeterJets::params(), source, 5000);
    assert!(jets.iter().all(|jet| jet.tracks.len() <= 3 && jet.eta.abs() < 1.4));
    let mut region = benchmark().region(JetRegion::Main).clone();
    region.most_tracks = None;
    region.least_segments = 1;
    let params = CalorimeterJets::params().region(JetRegion::CentralControl, region.clone());
    let with_segments = self::jets(params, source, 200);
    assert!(with_segments.iter().all(|jet| !jet.segments.is_empty()));
    region.least_segments = 21;
    let impossible = CalorimeterJets::params().region(JetRegion::CentralControl, region).check().unwrap();
    let error = impossible.jets(source, 1, Seed::new(1)).unwrap_err();
    assert_eq!(error.to_string(), "the central control region accepts none of 1048576 jets");
}

#[test]
fn events_have_their_jets_and_their_sums() {
    let generator = benchmark();
    for (process, n_special) in [(Process::Signal, 2), (Process::BeamInduced, 1), (Process::Multijet, 0)] {
        let events = generator.events(Source::simulated(process), 600, Seed::new(3)).unwrap();
        let sample = events.to_sample().unwrap();
        let column = |name: &str| sample.column(name).unwrap();
        assert_eq!(events.jets_of(599).end, events.jets().len());
        for event in 0..600 {
            let jets = events.jets().take(&events.jets_of(event).collect::<Vec<_>>());
            assert!((2..=5).contains(&jets.len()));
            assert_eq!(column("n_jet")[event], jets.len() as f64);
            let special = jets.processes().iter().filter(|&&p| p != Process::Multijet).collect::<Vec<_>>();
            assert!(special.len() == n_special && special.iter().all(|&&p| p == process));
            let momenta: Vec<f32> = jets.iter().map(|jet| jet.pt).collect();
            assert!(momenta.is_sorted_by(|a, b| a >= b));
            let ht: f64 = momenta.iter().map(|&pt| f64::from(pt)).sum();
            assert!((column("ht")[event] - ht).abs() < 1e-9);
            let ratio = column("ht_miss_over_ht")[event];
            assert!((0.0..=1.0).contains(&ratio) && (ratio * ht - column("ht_miss")[event]).abs() < 1e-9);
        }
    }
}

#[test]
fn two_jets_of_known_directions_have_a_known_missing_momentum() {
    let events = benchmark().events(Source::simulated(Process::Multijet), 50, Seed::new(4)).unwrap();
    let event = (0..50).find(|&event| events.jets_of(event).len() == 2).unwrap();
    let [a, b] = [0, 1].map(|i| events.jets().get(events.jets_of(event).start + i));
    let [p, q, phi_a, phi_b] = [a.pt, b.pt, a.phi, b.phi].map(f64::from);
    let expected = (p * p + q * q + 2.0 * p * q * (phi_a - phi_b).cos()).sqrt();
    assert!((events.missing_ht(event) - expected).abs() < 1e-9);
}

#[test]
fn jets_of_long_lived_particles_know_their_decay() {
    let signal = jets(CalorimeterJets::params(), Source::simulated(Process::Signal), 5000);
    let calorimeter = Calorimeter::default();
    for (jet, decay) in signal.iter().zip(signal.truth()) {
        let decay = decay.unwrap();
        assert!(decay.gamma >= 1.0 && decay.is_in_endcap == (jet.eta.abs() >= 1.4));
        let layers = if decay.is_in_endcap { calorimeter.endcap_places } else { calorimeter.barrel_radii };
        assert!(layers.contains(&f64::from(decay.length())), "{decay:?}");
        assert!(((decay.z / decay.r).asinh() - jet.eta).abs() < 1e-5);
    }
    // γ is 1 plus Gamma(2, 1.6): a mean of 4.2 ± 2.26/√5000.
    let gammas: Vec<f64> = signal.truth().iter().map(|decay| f64::from(decay.unwrap().gamma)).collect();
    assert!((mean(&gammas) - 4.2).abs() < 4.0 * 0.032);
    for (mode, fraction) in [85.0, 5.0, 8.0].into_iter().map(|f| f / 98.0).enumerate() {
        let n = signal.truth().iter().filter(|decay| decay.unwrap().mode == mode).count() as f64;
        let sigma = (5000.0 * fraction * (1.0_f64 - fraction)).sqrt();
        assert!((n - 5000.0 * fraction).abs() < 4.0 * sigma, "{n} of mode {mode}");
    }
    let multijet = jets(CalorimeterJets::params(), Source::simulated(Process::Multijet), 50);
    assert!(multijet.truth().iter().all(Option::is_none));
    let both = signal.clone().concat(&multijet).take(&[5003, 7]);
    assert_eq!(both.truth(), [None, signal.truth()[7]]);
}

#[test]
fn modes_of_decays_change_nothing_else() {
    let source = Source::simulated(Process::Signal);
    let mode = |name: &str, fraction| DecayMode { name: name.to_owned(), fraction };
    let other = CalorimeterJets::params().decay_modes([mode("ss", 0.0), mode("gg", 2.0)]);
    let [a, b] = [CalorimeterJets::params(), other.clone()].map(|params| jets(params, source, 1500));
    assert_eq!(a.to_sample().unwrap(), b.to_sample().unwrap());
    assert!(b.truth().iter().all(|decay| decay.unwrap().mode == 1));
    let error = |modes: &[DecayMode]| {
        CalorimeterJets::params().decay_modes(modes.to_vec()).check().unwrap_err().to_string()
    };
    assert!(error(&[]).contains("the sum of the fractions of decay modes"));
    assert!(error(&[mode("bb", 1.0), mode("bb", 1.0)]).contains("different names"));
    assert!(error(&[mode("bb", -1.0)]).contains("the fraction bb"));
}

#[test]
fn events_of_signal_have_two_decays_the_harder_jet_first() {
    let generator = benchmark();
    let [few, many] =
        [100, 300].map(|n| generator.events(Source::simulated(Process::Signal), n, Seed::new(3)).unwrap());
    let decays = many.decays().unwrap();
    assert_eq!((decays.n_events(), decays.n_features()), (300, 12));
    assert_eq!(few.decays().unwrap(), decays.take(&(0..100).collect::<Vec<_>>()).unwrap());
    let column = |name: &str| decays.column(name).unwrap();
    assert!(column("llp_1_pt").iter().zip(column("llp_2_pt")).all(|(a, b)| a >= b));
    for event in 0..300 {
        let displaced: Vec<Jet<'_>> = many
            .jets_of(event)
            .map(|jet| many.jets().get(jet))
            .filter(|jet| jet.process == Process::Signal)
            .collect();
        assert_eq!(column("llp_2_abs_eta")[event], f64::from(displaced[1].eta.abs()));
    }
    assert!((0..3).all(|mode| column("llp_2_decay_mode").contains(&f64::from(mode))));
    let multijet = generator.events(Source::simulated(Process::Multijet), 5, Seed::new(3)).unwrap();
    let error = multijet.decays().unwrap_err().to_string();
    assert_eq!(error, "the number of decays of event 0 must be two, got 0");
}

#[test]
fn events_begin_with_the_fewer_ones_and_join() {
    let generator = benchmark();
    let source = Source::data(Process::BeamInduced);
    let [few, many] = [100, 700].map(|n| generator.events(source, n, Seed::new(5)).unwrap());
    assert_eq!(few.jets_of(99), many.jets_of(99));
    assert!(few.jets().iter().zip(many.jets().iter()).all(|(few, many)| few == many));
    let both = few.clone().concat(&many);
    assert_eq!(both.n_events(), 800);
    assert_eq!(both.jets_of(100).start, few.jets().len());
    let sample = few.to_sample().unwrap().concat(&many.to_sample().unwrap()).unwrap();
    assert_eq!(both.to_sample().unwrap(), sample);
}

#[test]
fn numbers_out_of_range_are_named() {
    let params = CalorimeterJets::params;
    let negative = Mismodelling { tail_width: -1.0, ..Mismodelling::default() };
    for (params, message) in [
        (
            params().outgoing_fraction(1.2),
            "the outgoing fraction of beam-induced jets must be between 0 and 1, got 1.2",
        ),
        (
            params().time_resolution_scale(0.0),
            "the scale of the time resolution must be positive and at most 1e6, got 0",
        ),
        (
            params().mismodelling_strength(40.0),
            "the tail fraction times the strength of the mismodelling must be between 0 and 1, got 1.2",
        ),
        (
            params().cluster_pt_scale(f64::NAN),
            "the scale of cluster pT of the mismodelling must be positive and at most 1e6, got NaN",
        ),
        (
            params().mismodelling(negative),
            "the tail width of the mismodelling must be between 0 and 1e6, got -1",
        ),
        (
            params().most_clusters(0),
            "the largest number of clusters of a jet must be between 1 and 100, got 0",
        ),
        (
            params().most_clusters(1),
            "the least number of clusters of multijet jets must be at most the largest number, 1, got 2",
        ),
    ] {
        assert_eq!(params.check().unwrap_err().to_string(), message);
    }
}
